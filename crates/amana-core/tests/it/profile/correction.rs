//! What was put right stays right (GDPR Art. 16).

use crate::support::rule;
use amana_core::catalog::Basis;
use amana_core::identity::FragmentId;
use amana_core::profile::{Holding, Origin, Part, Piece, Reading, Sight};
use amana_core::{Moment, Slot, SlotSet, Value};

fn said(holding: &mut Holding, name: &str, at: i64) {
    let part = Part {
        class: SlotSet::ALL,
        event: None,
        fields: Vec::new(),
        traits: vec![("first_name".into(), Value::Text(name.into()))],
        metrics: Vec::new(),
        identifier: None,
    };
    holding.fold(&part, Origin { at: Moment(at), received: Moment(at), source: 1 });
}

fn right(holding: &mut Holding, name: Option<&str>, wrong: &[&str], at: i64) {
    let wrong: Vec<Value> = wrong.iter().map(|text| Value::Text((*text).into())).collect();
    let value = name.map(|name| Value::Text(name.into()));
    holding.correct("first_name", value, &wrong, Moment(at), Moment(at));
}

/// What one slot sees of several fragments, the first of them the person by proof.
fn seen(holdings: &[&Holding]) -> Sight {
    let rule = rule(0, Basis::Consent);
    let (class, held) = (SlotSet::from_iter([Slot(0)]), SlotSet::ALL);
    let pieces: Vec<_> = holdings
        .iter()
        .zip(1_u128..)
        .map(|(holding, id)| {
            let fragment = FragmentId(uuid::Uuid::from_u128(id));
            Piece { fragment, kind: "user_id", proven: id == 1, class, held, holding }
        })
        .collect();
    match (Reading { pieces: &pieces, rule: &rule, now: Moment(1_000) }).trait_named("first_name") {
        Sight::Value(value, _) => Sight::Value(value, None),
        other => other,
    }
}

fn name(text: &str) -> Sight {
    Sight::Value(Value::Text(text.into()), None)
}

#[test]
fn a_source_that_was_not_corrected_does_not_bring_the_wrong_value_back() {
    let mut holding = Holding::default();
    said(&mut holding, "Jon", 10);
    right(&mut holding, Some("John"), &["Jon"], 20);
    for at in [5, 15, 30] {
        said(&mut holding, "Jon", at);
        said(&mut holding, " JON ", at + 1);
    }
    assert_eq!(seen(&[&holding]), name("John"));
    said(&mut holding, "Johnny", 40);
    assert_eq!(seen(&[&holding]), name("Johnny"), "what nobody knew then is news");
}

#[test]
fn the_wrong_value_does_not_come_back_through_another_fragment() {
    let (mut one, mut other) = (Holding::default(), Holding::default());
    said(&mut other, "Jon", 10);
    right(&mut one, Some("John"), &["Jon"], 20);
    said(&mut other, "Jon", 50);
    assert_eq!(seen(&[&one, &other]), name("John"));
    assert_eq!(seen(&[&other, &one]), name("Jon"), "who only claims to be somebody corrects nothing of theirs");
}

/// Also where the other one is proven to be theirs and says it later; and only a correction that the purpose may look at.
#[test]
fn a_correction_holds_for_all_of_a_person_and_for_whom_it_was_kept() {
    let (mut one, mut other) = (Holding::default(), Holding::default());
    right(&mut one, Some("John"), &["Jon"], 20);
    said(&mut other, "Jon", 50);
    let rule = rule(0, Basis::Consent);
    let class = SlotSet::from_iter([Slot(0)]);
    let piece = |id: u128, class, held, holding| {
        let fragment = FragmentId(uuid::Uuid::from_u128(id));
        Piece { fragment, kind: "user_id", proven: true, class, held, holding }
    };
    let read = |class_of_one, held_of_one| {
        let pieces = [piece(1, class_of_one, held_of_one, &one), piece(2, class, SlotSet::ALL, &other)];
        match (Reading { pieces: &pieces, rule: &rule, now: Moment(1_000) }).trait_named("first_name") {
            Sight::Value(value, _) => Sight::Value(value, None),
            other => other,
        }
    };
    assert_eq!(read(class, SlotSet::ALL), name("John"));
    assert_eq!(read(SlotSet::from_iter([Slot(1)]), SlotSet::ALL), name("Jon"), "it was kept for another purpose");
    assert_eq!(read(class, SlotSet::EMPTY), name("Jon"), "it is held no longer");
}

#[test]
fn a_value_that_was_taken_away_stays_away() {
    let mut holding = Holding::default();
    said(&mut holding, "Jon", 10);
    right(&mut holding, None, &["Jon"], 20);
    said(&mut holding, "Jon", 30);
    assert_eq!(seen(&[&holding]), Sight::Absent);
    right(&mut holding, Some("Jon"), &[], 40);
    assert_eq!(seen(&[&holding]), name("Jon"), "what was wrong once may be right now");
}
