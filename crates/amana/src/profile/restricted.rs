//! Restriction of processing (GDPR Art. 18), as marks tell it: since when, and whether the person was told that it is
//! about to be lifted.

use super::entry::Entry;
use amana_core::Moment;
use amana_core::permission::{ActKind, Marks, Target};

/// A restriction that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// The whole person, or one slot.
    pub target: Target,
    /// Since when.
    pub since: Moment,
    /// When the person was told that it is about to be lifted (Art. 18(3)).
    pub told: Option<Moment>,
}

/// The restriction of a target, where one is in force.
#[must_use]
pub fn restriction(marks: &Marks, target: Target) -> Option<Restriction> {
    let since = marks.get(target, ActKind::Restrict)?.at;
    let lifted = marks.get(target, ActKind::Lift).is_some_and(|lifted| lifted.at > since);
    let told = marks.get(target, ActKind::Told).map(|told| told.at).filter(|told| *told >= since);
    (!lifted).then_some(Restriction { target, since, told })
}

/// All restrictions that are in force.
pub fn restrictions(marks: &Marks) -> impl Iterator<Item = Restriction> {
    let restricted = marks.iter().filter(|(_, kind, _)| *kind == ActKind::Restrict);
    restricted.filter_map(|(target, ..)| restriction(marks, target))
}

/// Whether any is in force.
#[must_use]
pub fn is_restricted(marks: &Marks) -> bool {
    restrictions(marks).next().is_some()
}

impl Entry {
    /// Whether somebody asked for a restriction under this very identifier.
    #[must_use]
    pub fn asked_for_restriction(&self) -> bool {
        self.fragment.marks.iter().any(|(_, kind, _)| kind == ActKind::Restrict)
    }

    /// Notes whether the person it is of is restricted, so that these people are found without going over everybody.
    pub fn note_restriction(&mut self, restricted: bool) {
        if self.asked_for_restriction() {
            self.changes.restricted = Some(restricted);
        }
    }
}
