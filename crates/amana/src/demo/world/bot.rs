//! Bots: they read everything, buy nothing and are nobody.

use super::World;
use super::device::Door;
use super::dice::{Dice, Topic};
use super::goods::{MOUNTAIN, WATER};
use super::message::Teller;
use super::plan::{Telling, Visit, What};

const BOTS: &[&str] = &[
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "SamplePriceCrawler/1.0 (+https://crawler.example.com/bot)",
];

/// One bot for so many people, and one more.
const PEOPLE_PER_BOT: u32 = 500;

/// How many bots there are.
pub(super) fn count(world: &World) -> u32 {
    world.people / PEOPLE_PER_BOT + 1
}

/// When a bot comes: at any hour.
pub(super) fn plan(world: &World, actor: u32) -> Vec<Visit> {
    let mut dice = Dice::new(world.seed, Topic::Bot, actor, 0);
    let visits = dice.between(2, 4);
    (0..visits).map(|_| Visit { at_ms: dice.instant(world.from_ms, world.until_ms), what: What::Crawl }).collect()
}

/// What a bot does: one product after the other, some seconds apart.
pub(super) fn tell(telling: Telling<'_>, dice: &mut Dice) {
    let Telling { world, place, at_ms, out } = telling;
    let (door, goods) = if dice.chance(500) { (Door::Mountain, MOUNTAIN) } else { (Door::Water, WATER) };
    let mut teller = Teller::new(world, out, place, at_ms, door.source());
    teller.user_agent = BOTS[place.0 as usize % BOTS.len()];
    teller.anonymous_id = Some(dice.uuid());
    teller.context.insert("userAgent".into(), teller.user_agent.into());
    for product in goods.iter().take(dice.between(10, 25) as usize) {
        teller.view(false, product.name, &format!("/{}/{}", product.category, product.id));
        teller.track("Product Viewed", product.to_json(1));
        teller.wait_ms(2_000);
    }
}
