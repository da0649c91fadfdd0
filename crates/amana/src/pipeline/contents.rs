//! What may be said of one person now, as marks, for every destination that an audience feeds.

use crate::audience::Announced;
use crate::deliver::{Marker, Subject};
use crate::profile::{Classes, People, Whole};
use amana_core::catalog::{AudienceRule, Policy};
use amana_core::identity::FragmentId;
use amana_core::profile::Piece;
use amana_core::{Moment, Slot};
use std::cell::OnceCell;
use std::collections::HashMap;

/// What is asked for the marks of everybody.
pub(super) struct Contents<'a> {
    pub(super) policy: &'a Policy,
    pub(super) marker: &'a Marker,
    pub(super) people: &'a People,
    pub(super) classes: &'a Classes,
    pub(super) now: Moment,
}

/// The marks of one person: made when they are asked for, and once for all audiences of a slot.
pub(super) struct ContentsOf<'a> {
    all: &'a Contents<'a>,
    profile: FragmentId,
    whole: &'a Whole,
    pieces: OnceCell<Vec<Piece<'a>>>,
    made: HashMap<(Slot, usize), Announced>,
}

impl<'a> Contents<'a> {
    /// The marks of one person.
    pub(super) fn of(&'a self, profile: FragmentId, whole: &'a Whole) -> ContentsOf<'a> {
        ContentsOf { all: self, profile, whole, pieces: OnceCell::new(), made: HashMap::new() }
    }
}

impl ContentsOf<'_> {
    /// What every destination of an audience may be told, ascending by destination.
    pub(super) fn for_audience(&mut self, audience: &AudienceRule) -> Vec<Announced> {
        let mut announced: Vec<Announced> =
            audience.destinations.iter().filter_map(|place| self.for_destination(audience.slot, *place)).collect();
        announced.sort_unstable_by_key(|known| known.destination);
        announced.dedup_by_key(|known| known.destination);
        announced
    }

    fn for_destination(&mut self, slot: Slot, place: usize) -> Option<Announced> {
        if let Some(made) = self.made.get(&(slot, place)) {
            return Some(*made);
        }
        let Contents { policy, marker, people, classes, now } = *self.all;
        let (rule, to) = (policy.slot(slot)?, policy.destinations.get(place)?);
        let pieces = self.pieces.get_or_init(|| people.pieces(self.whole, policy, classes, now));
        let subject = Subject { policy, profile: self.profile, whole: self.whole, pieces, now };
        let made = Announced { destination: to.number, content: marker.of_subject(&subject, rule, to) };
        self.made.insert((slot, place), made);
        Some(made)
    }
}
