//! Acts, marks and states: their algebra, every transition, history on two axes, ages.

mod ages;
mod algebra;
mod bases;
mod history;
mod jurisdictions;
mod justified;
mod merging;
mod versions;

use amana_core::permission::{Act, ActKind, Channel, Evidence, Method, Target};
use amana_core::{Moment, Slot};
use proptest::prelude::*;
use proptest::sample::select;

pub(crate) const TARGETS: [Target; 4] =
    [Target::Person, Target::DirectMarketing, Target::Channel(Channel::Sms), Target::Slot(Slot(0))];

/// An act of `person` with evidence that verifies whatever has to be verified.
pub(crate) fn act(kind: ActKind, target: Target, at: i64, received: i64) -> Act {
    let evidence = Evidence { verified: Some("identity card".into()), ..Evidence::new(Method::Api, "test", "person") };
    Act::new(uuid::Uuid::nil(), kind, target, Moment(at), Moment(received), evidence)
}

pub(crate) fn instants() -> impl Strategy<Value = Option<Moment>> {
    prop::option::of((0..4_i64).prop_map(Moment))
}

/// Any act, many of them at the same instant, most about the slot that is asked about.
pub(crate) fn any_act() -> impl Strategy<Value = Act> {
    let targets = prop_oneof![3 => Just(Target::Slot(Slot(0))), 2 => select(TARGETS.to_vec())];
    let until = prop::option::of((0..12_i64).prop_map(Moment));
    (select(ActKind::ALL.to_vec()), targets, 0..6_i64, 0..5_i64, until, any::<u128>()).prop_map(
        |(kind, target, at, late, until, id)| Act {
            id: uuid::Uuid::from_u128(id),
            ..act(kind, target, at, at + late).until(until)
        },
    )
}
