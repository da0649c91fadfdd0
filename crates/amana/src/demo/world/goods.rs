//! What the two brands sell, and orders of it. Amounts are whole cents until they are written.

use super::dice::Dice;
use serde_json::{Map, Value as Json, json};

/// Something for sale.
#[derive(Debug)]
pub(super) struct Product {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) category: &'static str,
    pub(super) price_cents: u32,
}

const fn product(id: &'static str, name: &'static str, category: &'static str, price_cents: u32) -> Product {
    Product { id, name, category, price_cents }
}

/// What the mountain brand sells.
pub(super) static MOUNTAIN: &[Product] = &[
    product("ng-1001", "Gratwind 2 tent", "tents", 44_995),
    product("ng-1002", "Gratwind 3 tent", "tents", 56_995),
    product("ng-1003", "Bivouac sack", "tents", 8_990),
    product("ng-1101", "Firn 800 sleeping bag", "sleeping", 32_950),
    product("ng-1102", "Tarn 400 sleeping bag", "sleeping", 18_950),
    product("ng-1103", "Insulated mat", "sleeping", 12_995),
    product("ng-1201", "Karst 28 rucksack", "rucksacks", 13_995),
    product("ng-1202", "Karst 45 rucksack", "rucksacks", 19_995),
    product("ng-1203", "Child carrier", "rucksacks", 26_900),
    product("ng-1301", "Scree boot", "boots", 21_995),
    product("ng-1302", "Approach shoe", "boots", 14_995),
    product("ng-1303", "Winter boot", "boots", 28_995),
    product("ng-1401", "Three-layer jacket", "clothing", 37_950),
    product("ng-1402", "Down jacket", "clothing", 24_950),
    product("ng-1403", "Merino shirt", "clothing", 7_995),
    product("ng-1404", "Trekking trousers", "clothing", 10_995),
    product("ng-1405", "Merino socks", "clothing", 1_995),
    product("ng-1501", "60 m rope", "climbing", 17_990),
    product("ng-1502", "Harness", "climbing", 6_995),
    product("ng-1503", "Quickdraw set", "climbing", 9_450),
    product("ng-1504", "Helmet", "climbing", 7_450),
    product("ng-1601", "Avalanche transceiver", "safety", 29_995),
    product("ng-1602", "First-aid kit", "safety", 2_495),
    product("ng-1701", "Gas stove", "kitchen", 5_995),
    product("ng-1702", "Titanium pot", "kitchen", 4_450),
    product("ng-1703", "Trail meal", "kitchen", 849),
    product("ng-1704", "Water bottle", "kitchen", 2_150),
    product("ng-1801", "Headlamp", "lights", 5_495),
];

/// What the water sports brand sells.
pub(super) static WATER: &[Product] = &[
    product("bh-2001", "Touring kayak", "kayaks", 139_900),
    product("bh-2002", "Inflatable kayak", "kayaks", 54_900),
    product("bh-2003", "Carbon paddle", "paddles", 24_900),
    product("bh-2004", "Two-piece paddle", "paddles", 8_990),
    product("bh-2101", "Touring board", "boards", 64_900),
    product("bh-2102", "Children's board", "boards", 32_900),
    product("bh-2103", "Board pump", "boards", 5_990),
    product("bh-2201", "Life jacket", "safety", 11_995),
    product("bh-2202", "Throw bag", "safety", 4_495),
    product("bh-2203", "Signal whistle", "safety", 795),
    product("bh-2301", "Long wetsuit", "suits", 19_995),
    product("bh-2302", "Short wetsuit", "suits", 9_995),
    product("bh-2303", "Dry suit", "suits", 69_900),
    product("bh-2304", "Neoprene shoes", "suits", 4_495),
    product("bh-2401", "Dry bag 20 l", "bags", 2_795),
    product("bh-2402", "Dry bag 60 l", "bags", 5_450),
    product("bh-2501", "Mask and snorkel", "diving", 5_995),
    product("bh-2502", "Fins", "diving", 6_450),
    product("bh-2503", "Dive torch", "diving", 8_990),
    product("bh-2601", "Quick-dry shirt", "clothing", 3_995),
    product("bh-2602", "Swim shorts", "clothing", 4_995),
    product("bh-2603", "Changing robe", "clothing", 8_995),
];

/// Products a defect of which may cost a life: bought with a registration, so that a recall reaches the buyer.
pub(super) const SAFETY: &str = "safety";

/// Cents as the decimal number that JSON has for them.
pub(super) fn euros(cents: u32) -> Json {
    json!(f64::from(cents) / 100.0)
}

impl Product {
    /// As the properties of an e-commerce event.
    pub(super) fn to_json(&self, quantity: u32) -> Map<String, Json> {
        let mut properties = Map::with_capacity(6);
        properties.insert("product_id".into(), self.id.into());
        properties.insert("name".into(), self.name.into());
        properties.insert("category".into(), self.category.into());
        properties.insert("price".into(), euros(self.price_cents));
        properties.insert("quantity".into(), quantity.into());
        properties.insert("currency".into(), "EUR".into());
        properties
    }
}

/// What somebody buys at once.
#[derive(Debug, Default)]
pub(super) struct Basket {
    lines: Vec<(&'static Product, u32)>,
}

impl Basket {
    /// Fills a basket with one to four different things.
    pub(super) fn fill(dice: &mut Dice, goods: &'static [Product]) -> Self {
        let mut basket = Self::default();
        for _ in 0..*dice.weighted(&[(55, 1), (28, 2), (12, 3), (5, 4)]) {
            let product = dice.pick(goods);
            let quantity = *dice.weighted(&[(88, 1), (9, 2), (3, 3)]);
            if basket.lines.iter().all(|(other, _)| other.id != product.id) {
                basket.lines.push((product, quantity));
            }
        }
        basket
    }

    /// The products with how many of each.
    pub(super) fn lines(&self) -> &[(&'static Product, u32)] {
        &self.lines
    }

    /// Whether there is something in it that may have to be recalled.
    pub(super) fn safety_gear(&self) -> Option<&'static Product> {
        self.lines.iter().map(|(product, _)| *product).find(|product| product.category == SAFETY)
    }

    /// What the goods cost.
    pub(super) fn cents(&self) -> u32 {
        self.lines.iter().map(|(product, quantity)| product.price_cents * quantity).sum()
    }

    /// The lines as JSON.
    pub(super) fn products(&self) -> Json {
        self.lines.iter().map(|(product, quantity)| Json::Object(product.to_json(*quantity))).collect()
    }

    /// The properties of "Order Completed": `revenue` is what the goods cost, `total` with shipping. Prices include
    /// value added tax, of which 19 parts in 119 are written apart.
    pub(super) fn order(&self, order_id: String, affiliation: &str, ships: bool) -> Map<String, Json> {
        let goods = self.cents();
        let shipping = if ships && goods < 7_500 { 495 } else { 0 };
        let mut properties = Map::with_capacity(8);
        properties.insert("order_id".into(), order_id.into());
        properties.insert("affiliation".into(), affiliation.into());
        properties.insert("revenue".into(), euros(goods));
        properties.insert("shipping".into(), euros(shipping));
        properties.insert("tax".into(), euros((goods + shipping) * 19 / 119));
        properties.insert("total".into(), euros(goods + shipping));
        properties.insert("currency".into(), "EUR".into());
        properties.insert("products".into(), self.products());
        properties
    }
}
