//! Destroying one class never harms another, and nothing that may be kept is lost.

use super::*;
use crate::dice::Dice;
use amana_core::catalog::{Catalog, Numbers};
use amana_core::identity::FragmentId;
use amana_core::profile::{Origin, Part, epoch_of};
use amana_core::{Slot, Value};
use proptest::prelude::*;

const KEEPS: [&str; 3] = ["P1M", "P1Y", "P10Y"];

fn policy() -> Policy {
    let mut text = String::from(
        "[organisation]\ncode = \"o\"\nname = \"O\"\ncountry = \"DE\"\n[[brands]]\ncode = \"b\"\nname = \"B\"\n",
    );
    for (place, keep) in KEEPS.iter().enumerate() {
        text.push_str(&format!(
            "[[purposes]]\ncode = \"p{place}\"\nbasis = \"contract\"\ncategories = [\"commerce\"]\nkeep = \"{keep}\"\n\
             starts_on = [{{ event = \"Order Completed\" }}]\ntexts.en = {{ title = \"T\", text = \"T.\" }}\n"
        ));
    }
    let catalog = Catalog::read(&text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let numbers = Numbers::default().assign(&catalog).unwrap();
    Policy::compile(1, &catalog, &numbers)
}

fn slots(bits: u8) -> SlotSet {
    (0..3).filter(|place| bits >> place & 1 == 1).map(Slot).collect()
}

/// A datum of a class, on a day.
type Datum = (u8, i64);

fn kept(entry: &mut Entry, classes: &mut Classes, (bits, day): Datum) -> u32 {
    let class = classes.number(slots(bits)).unwrap();
    let at = Moment(day * DAY_MILLIS);
    let part = Part {
        class: slots(bits),
        event: Some("Order Completed".into()),
        fields: Vec::new(),
        traits: vec![(format!("t{day}"), Value::Integer(day))],
        metrics: Vec::new(),
        identifier: None,
    };
    entry.fold(class, part, Origin { at, received: at, source: 1 });
    let mut dice = Dice::seeded(1);
    entry.ring.key_or_new(KeyId::holding(class), &mut dice);
    entry.ring.key_or_new(KeyId::events(class, epoch_of(at)), &mut dice);
    class
}

proptest! {
    #[test]
    fn what_is_held_stays_and_what_is_not_goes(
        data in prop::collection::vec((1..8_u8, 0..4_000_i64), 1..30), held in 0..8_u8, now in 0..8_000_i64,
    ) {
        let (policy, now) = (policy(), Moment(now * DAY_MILLIS));
        let (mut classes, mut entry) =
            (Classes::default(), Entry::new(FragmentId(uuid::Uuid::from_u128(1)), "user_id", "default", Moment(0), [0; 24]));
        let places: Vec<u32> = data.iter().map(|datum| kept(&mut entry, &mut classes, *datum)).collect();
        entry.changes = crate::profile::Changes::default();
        let due = entry.retain(Judge { policy: &policy, classes: &classes, held: slots(held), now });
        for ((bits, day), class) in data.iter().zip(&places) {
            let (at, retention) = (Moment(day * DAY_MILLIS), Retention::of(&policy, slots(*bits), slots(held)));
            let holding = entry.holdings.get(class);
            let there = holding.is_some_and(|holding| holding.traits.contains_key(&format!("t{day}")));
            prop_assert_eq!(there, retention.keeps(at, now), "a value of class {} from day {}", class, day);
            let epoch = epoch_of(at);
            let opens = entry.ring.key(KeyId::events(*class, epoch)).is_some();
            prop_assert_eq!(opens, retention.keeps(end_of_epoch(epoch).plus_millis(-1), now), "its events");
        }
        prop_assert!(due.is_none_or(|due| due > now), "whoever is looked at again is looked at later");
        prop_assert_eq!(due.is_none(), entry.fragment.classes.is_empty(), "what is left will have to go some day");
        prop_assert!(entry.ring.ids().all(|id| entry.fragment.classes.contains(&id.class)));
    }
}
