//! Traffic that follows from a seed: households, each with requests that come in their order, whoever else sends.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

/// Chance that can be repeated.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number below another.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        u32::try_from((u64::from(self.0.next_u32()) * u64::from(end)) >> 32).unwrap()
    }

    fn in_hundred(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }
}

/// One request, which is sent until it is answered.
pub(super) enum Request {
    /// Events of a source.
    Events { source: &'static str, events: Vec<Json> },
    /// An act by API.
    Act { user: String, act: Json },
}

/// A person, and what must be found of them whatever else happens.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) user: String,
    pub(super) devices: Vec<String>,
    pub(super) orders: u64,
    pub(super) revenue: Decimal,
}

/// People who share a tablet, so that the order of their requests matters.
pub(super) struct Household {
    pub(super) people: Vec<Person>,
    pub(super) tablet: Option<String>,
    pub(super) requests: Vec<Request>,
}

pub(super) struct Traffic {
    pub(super) households: Vec<Household>,
    /// What stands wherever something personal stands.
    pub(super) mark: String,
}

impl Traffic {
    /// The traffic of so many people. The mark is put wherever something personal stands.
    pub(super) fn new(seed: u64, people: u32, mark: &str) -> Self {
        let mut dice = Dice::new(seed);
        let mut households = Vec::new();
        let mut number = 0;
        while number < people {
            let size = if dice.in_hundred(20) { 2 } else { 1 };
            households.push(Life { dice: &mut dice, mark, seconds: 0, messages: 0, number }.household(size));
            number += size;
        }
        Self { households, mark: mark.to_owned() }
    }

    pub(super) fn requests(&self) -> usize {
        self.households.iter().map(|household| household.requests.len()).sum()
    }

    pub(super) fn people(&self) -> impl Iterator<Item = &Person> {
        self.households.iter().flat_map(|household| &household.people)
    }

    /// Everybody's identifiers, as paths of the API.
    pub(super) fn identifiers(&self) -> impl Iterator<Item = String> {
        self.households.iter().flat_map(|household| {
            let devices = household.people.iter().flat_map(|person| &person.devices).chain(&household.tablet);
            let users = household.people.iter().map(|person| format!("user_id/{}", person.user));
            users.chain(devices.map(|device| format!("anonymous_id/{device}"))).collect::<Vec<_>>()
        })
    }
}

/// One household's life while it is made up.
struct Life<'a> {
    dice: &'a mut Dice,
    mark: &'a str,
    seconds: u32,
    messages: u32,
    number: u32,
}

impl Life<'_> {
    fn household(mut self, size: u32) -> Household {
        let tablet = (size > 1).then(|| format!("tablet-{}-{}", self.mark, self.number));
        let mut requests = Vec::new();
        let people =
            (0..size).map(|place| self.person(self.number + place, tablet.as_deref(), &mut requests)).collect();
        Household { people, tablet, requests }
    }

    fn person(&mut self, number: u32, tablet: Option<&str>, requests: &mut Vec<Request>) -> Person {
        let mut person = Person {
            user: format!("user-{}-{number}", self.mark),
            devices: vec![format!("device-{}-{number}-0", self.mark)],
            orders: 0,
            revenue: Decimal::ZERO,
        };
        let device = person.devices[0].clone();
        requests.push(self.events("site", vec![view(&device), view(&device)]));
        if self.dice.in_hundred(70) {
            let news = self.dice.in_hundred(80);
            requests.push(self.events("site", vec![consent(&device, None, news), view(&device)]));
        }
        requests.push(self.sign_up(&person, number));
        if self.dice.in_hundred(40) {
            person.devices.push(format!("device-{}-{number}-1", self.mark));
            let (second, user) = (&person.devices[1], &person.user);
            requests.push(self.events("site", vec![view(second)]));
            // The till knows whose phone it is; the site only says so.
            let source = if self.dice.in_hundred(50) { "shop" } else { "site" };
            let identify = json!({ "type": "identify", "userId": user, "anonymousId": second, "traits": {} });
            requests.push(self.events(source, vec![identify, view(second)]));
        }
        if let Some(tablet) = tablet {
            let identify = json!({ "type": "identify", "userId": person.user, "anonymousId": tablet, "traits": {} });
            requests.push(self.events("shop", vec![identify, view(tablet)]));
        }
        for _ in 0..1 + self.dice.below(3) {
            requests.push(self.orders(&mut person));
        }
        requests.extend(self.change_of_mind(&person));
        if self.dice.in_hundred(30) {
            requests.push(self.orders(&mut person));
        }
        person
    }

    fn sign_up(&mut self, person: &Person, number: u32) -> Request {
        let traits = json!({
            "email": format!("{}.{number}@people.example", self.mark),
            "firstName": format!("Ann {}", self.mark), "country": "DE", "not declared": self.mark,
        });
        let consent = json!({ "consent": { "categoryPreferences": { "news": self.dice.in_hundred(60) } } });
        let (user, device) = (&person.user, &person.devices[0]);
        let identify = json!({ "type": "identify", "userId": user, "traits": traits });
        let signed = json!({
            "type": "track", "event": "Signed Up", "userId": user, "anonymousId": device, "context": consent,
        });
        self.events("shop", vec![signed, identify])
    }

    fn orders(&mut self, person: &mut Person) -> Request {
        let count = 1 + self.dice.below(2);
        let orders = (0..count).map(|_| {
            let cents = Decimal::new(i64::from(1 + self.dice.below(99_999)), 2);
            person.orders += 1;
            person.revenue += cents;
            let revenue: Json = serde_json::from_str(&cents.normalize().to_string()).unwrap();
            json!({
                "type": "track", "event": "Order Completed", "userId": person.user,
                "properties": {
                    "order_id": format!("order-{}-{}", person.user, person.orders), "revenue": revenue,
                    "currency": "EUR", "gift note": self.mark,
                },
            })
        });
        let orders = orders.collect();
        let source = if self.dice.in_hundred(50) { "shop" } else { "till" };
        self.events(source, orders)
    }

    /// A withdrawal on the device, an act by API, an account that is closed, or nothing.
    fn change_of_mind(&mut self, person: &Person) -> Option<Request> {
        let (user, device) = (&person.user, &person.devices[0]);
        let at = self.next_time();
        let act = |act: Json| Some(Request::Act { user: user.clone(), act });
        match self.dice.below(8) {
            0 => Some(self.events("site", vec![consent(device, None, false)])),
            1 => Some(self.events("shop", vec![consent(device, Some(user), false)])),
            2 => act(json!({ "act": "withdraw", "purpose": "news", "at": at, "note": self.mark })),
            3 => act(json!({ "act": "object", "target": "direct_marketing", "at": at })),
            4 => act(json!({ "act": "grant", "purpose": "news", "at": at, "method": "call" })),
            5 => {
                let closed = json!({ "type": "track", "event": "Account Closed", "userId": user });
                Some(self.events("shop", vec![closed]))
            }
            _ => None,
        }
    }

    /// A request whose events have names and times of their own, which stay the same however often it is sent.
    fn events(&mut self, source: &'static str, mut events: Vec<Json>) -> Request {
        for event in &mut events {
            self.messages += 1;
            event["messageId"] = format!("message-{}-{}", self.number, self.messages).into();
            event["timestamp"] = self.next_time().into();
        }
        Request::Events { source, events }
    }

    fn next_time(&mut self) -> String {
        self.seconds += 1 + self.dice.below(50);
        format!("2026-03-01T{:02}:{:02}:{:02}.000Z", self.seconds / 3_600, self.seconds / 60 % 60, self.seconds % 60)
    }
}

fn view(device: &str) -> Json {
    json!({
        "type": "track", "event": "Product Viewed", "anonymousId": device,
        "properties": { "product_id": "tent-1", "name": "Tent" },
    })
}

/// An explicit change of preferences, on a device or of somebody who is signed in.
fn consent(device: &str, user: Option<&str>, news: bool) -> Json {
    json!({
        "type": "track", "event": "Segment Consent Preference Updated", "anonymousId": device, "userId": user,
        "context": { "consent": { "categoryPreferences": { "news": news } } },
    })
}
