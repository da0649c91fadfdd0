//! A purchase at a till of a mountain shop, told in steps.

use super::dice::Dice;
use super::goods::{Basket, MOUNTAIN};
use super::household::Household;
use super::message::{Teller, context_traits, object};
use super::person::Person;
use super::plan::{Given, Spelling, Telling};
use super::spelling::{shouted, typo};
use super::{World, source};
use serde_json::{Map, Value as Json, json};

const SHOPS: &[&str] = &["Innsbruck", "München", "Chur", "Freiburg", "Graz"];

/// Tells a purchase. The receipt's number stands where sites have an anonymous id.
pub(super) fn tell(telling: Telling<'_>, dice: &mut Dice, person: &Person, given: Given) {
    let Telling { world, place, at_ms, out } = telling;
    let mut teller = Teller::new(world, out, place, at_ms, source::TILL);
    teller.local_time = true;
    let receipt = format!("r-{:x}-{:x}", person.index, place.1);
    teller.anonymous_id = Some(format!("receipt-{receipt}"));
    let mut traits = Map::new();
    if given.card
        && let Some(card) = &person.loyalty_id
    {
        traits.insert("loyalty_id".into(), card.as_str().into());
    }
    if let Some(email) = typed(world, dice, person, given.email) {
        traits.insert("email".into(), email.into());
    }
    if !traits.is_empty() {
        teller.context = context_traits(traits);
    }
    let basket = Basket::fill(dice, MOUNTAIN);
    teller.track("Order Completed", basket.order(receipt, dice.pick::<&str>(SHOPS), false));
    if let Some(gear) = basket.safety_gear().filter(|_| given.card) {
        teller.track("Safety Gear Registered", object(json!({ "product_id": gear.id })));
    }
    if given.newsletter {
        teller.wait_ms(40_000);
        teller.context.insert("consent".into(), json!({ "categoryPreferences": { "news": true } }));
        teller.track("Segment Consent Preference Updated", Map::new());
    }
    if dice.chance(6) {
        teller.repeat(120_000);
    }
}

/// An address as it was typed, `None` when it was not asked for.
pub(super) fn typed(world: &World, dice: &mut Dice, person: &Person, spelling: Spelling) -> Option<String> {
    match spelling {
        Spelling::Absent => None,
        Spelling::Right if dice.chance(80) => Some(shouted(&person.email)),
        Spelling::Right => Some(person.email.clone()),
        Spelling::Typo => Some(typo(dice, &person.email)),
        Spelling::Twin => Household::of(world, person.index).map(|home| Person::new(world, home.first + 1).email),
    }
}

/// Traits for a context, as JSON.
pub(super) fn with_phone(mut traits: Map<String, Json>, dice: &mut Dice, person: &Person) -> Map<String, Json> {
    traits.insert("phone".into(), person.phone.as_written(dice).into());
    traits
}
