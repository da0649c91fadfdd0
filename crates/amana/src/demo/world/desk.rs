//! What staff and back-office systems send: rows of the nightly CRM file, calls, decisions people told them.

use super::dice::Dice;
use super::message::{Teller, context_traits, object};
use super::person::Person;
use super::plan::{Row, Spelling, Telling};
use super::source;
use super::till::{typed, with_phone};
use serde_json::{Map, Value as Json, json};

const TOPICS: &[&str] = &["delivery", "return", "size", "warranty", "invoice", "advice"];
const TIERS: &[(u32, &str)] = &[(60, "bronze"), (30, "silver"), (10, "gold")];

fn teller<'a>(telling: Telling<'a>, source: &'static str, person: &Person) -> Teller<'a> {
    let Telling { world, place, at_ms, out } = telling;
    let mut teller = Teller::new(world, out, place, at_ms, source);
    if person.is_customer() {
        teller.user_id = Some(person.user_id.clone());
    }
    teller
}

/// A row of the CRM file.
pub(super) fn row(telling: Telling<'_>, dice: &mut Dice, person: &Person, row: Row) {
    let mut teller = teller(telling, source::CRM, person);
    match row {
        Row::Known => teller.track("Signed Up", object(json!({ "type": "known before" }))),
        Row::New => teller.track("Signed Up", object(json!({ "type": "customer" }))),
        Row::Closed => {
            teller.track("Account Closed", object(json!({ "reason": "closed by the customer" })));
            return;
        }
        Row::Changed => {}
    }
    let traits = traits(dice, person);
    teller.identify(traits);
}

fn traits(dice: &mut Dice, person: &Person) -> Map<String, Json> {
    let mut traits = object(json!({
        "email": person.email,
        "firstName": person.given.0,
        "lastName": person.family.0,
        "birthday": person.birthday,
        "country": person.country.code,
        "language": &person.country.locale[..2],
        "address": { "city": person.city.0, "postalCode": person.city.1, "country": person.country.code },
        "loyalty_tier": dice.weighted(TIERS),
    }));
    if let Some(card) = &person.loyalty_id {
        traits.insert("loyalty_id".into(), card.as_str().into());
    }
    if dice.chance(700) {
        traits = with_phone(traits, dice, person);
    }
    if dice.chance(5) {
        // What the old system wrote where it knew no birthday.
        traits.insert("birthday".into(), "00.00.0000".into());
    }
    if dice.chance(10) {
        // Free text that nobody declared: it is set aside, for nobody knows what staff wrote there.
        traits.insert("staff_note".into(), "prefers to be called in the evening".into());
    }
    traits
}

/// Somebody calls: the desk sees the number and may ask for the address.
pub(super) fn call(telling: Telling<'_>, dice: &mut Dice, person: &Person, ticket: u32, spelling: Spelling) {
    let world = telling.world;
    let mut teller = teller(telling, source::CALL_CENTRE, person);
    // Half of the callers are found in the customer file while they speak.
    if dice.chance(500) {
        teller.user_id = None;
    }
    teller.anonymous_id = teller.user_id.is_none().then(|| format!("call-{:x}-{ticket}", person.index));
    let mut traits = with_phone(Map::new(), dice, person);
    if let Some(email) = typed(world, dice, person, spelling) {
        traits.insert("email".into(), email.into());
    }
    teller.context = context_traits(traits);
    let topic = *dice.pick(TOPICS);
    teller.track(
        "Ticket Opened",
        object(json!({ "ticket_id": ticket_id(person, ticket), "topic": topic, "channel": "phone" })),
    );
}

/// The ticket is closed.
pub(super) fn answered(telling: Telling<'_>, dice: &mut Dice, person: &Person, ticket: u32, corrects: bool) {
    let mut teller = teller(telling, source::CALL_CENTRE, person);
    teller.anonymous_id = teller.user_id.is_none().then(|| format!("call-{:x}-{ticket}", person.index));
    if corrects {
        let traits = with_phone(object(json!({ "email": person.email })), dice, person);
        teller.identify(traits);
    }
    let satisfaction = *dice.weighted(&[(5, 1), (8, 2), (17, 3), (35, 4), (35, 5)]);
    teller.track(
        "Ticket Closed",
        object(json!({ "ticket_id": ticket_id(person, ticket), "satisfaction": satisfaction })),
    );
}

fn ticket_id(person: &Person, ticket: u32) -> String {
    format!("t-{:x}-{ticket}", person.index)
}

/// An accident: kept only while somebody has asserted a vital interest.
pub(super) fn emergency(telling: Telling<'_>, dice: &mut Dice, person: &Person) {
    let mut teller = teller(telling, source::CALL_CENTRE, person);
    teller.anonymous_id = teller.user_id.is_none().then(|| format!("sos-{:x}", person.index));
    teller.context = context_traits(with_phone(Map::new(), dice, person));
    teller.track("Emergency Reported", object(json!({ "place": person.city.0, "kind": "accident" })));
}

/// What somebody decided: a link in a mail, the preference centre, a letter, a call.
pub(super) fn decision(telling: Telling<'_>, person: &Person, source: &'static str, answers: &[(&'static str, bool)]) {
    let mut teller = teller(telling, source, person);
    if teller.user_id.is_none() {
        teller.anonymous_id = Some(format!("mail-{:x}", person.index));
    }
    teller.context = context_traits(object(json!({ "email": person.email })));
    let preferences: Map<_, _> =
        answers.iter().map(|(code, allowed)| ((*code).to_owned(), Json::Bool(*allowed))).collect();
    teller.context.insert("consent".into(), json!({ "categoryPreferences": preferences }));
    teller.track("Segment Consent Preference Updated", Map::new());
}
