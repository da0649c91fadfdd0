//! What stands for one identifier: the unit that is stored and never merged.

use crate::catalog::Number;
use crate::identity::Edge;
use crate::permission::Marks;
use crate::{Moment, Slot};
use serde::{Deserialize, Serialize};

/// For how many days a `messageId` is remembered, the day of receipt included: a week's retries whatever the hour.
pub const SEEN_DAYS: i32 = 8;

/// A fragment without the data it holds: edges, marks, and where its data lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    /// Code of its identifier's kind.
    pub kind: String,
    /// The identity scope it belongs to.
    pub scope: String,
    /// When it was first seen.
    pub created: Moment,
    /// What joins it to others.
    pub edges: Vec<Edge>,
    /// What acts left behind.
    pub marks: Marks,
    /// Numbers of the hold classes it holds data for, ascending.
    pub classes: Vec<u32>,
    /// The days (UTC, by receipt) for which message ids are remembered, ascending.
    pub seen_days: Vec<i32>,
    /// The audiences the profile named by this fragment is in.
    pub memberships: Vec<Membership>,
    /// Numbers of the sources it was seen through, ascending.
    pub sources: Vec<Number>,
    /// What each source last said of a slot by the consent fields it sends with everything, ascending. Only a change is
    /// an act: a device that repeats what was said once has decided nothing anew, and neither has another system's list.
    pub signalled: Vec<((Slot, Number), bool)>,
}

/// A profile's being in an audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The audience's number.
    pub audience: Number,
    /// Since when.
    pub since: Moment,
}

impl Fragment {
    /// Notes that it holds data for a class. Says whether that is new.
    pub fn hold(&mut self, class: u32) -> bool {
        insert_sorted(&mut self.classes, class)
    }

    /// Notes that it was seen through a source. Says whether that is new.
    pub fn see(&mut self, source: Number) -> bool {
        insert_sorted(&mut self.sources, source)
    }

    /// What a source last signalled of a slot.
    #[must_use]
    pub fn signalled(&self, slot: Slot, source: Number) -> Option<bool> {
        let place = self.signalled.binary_search_by_key(&(slot, source), |(key, _)| *key).ok()?;
        Some(self.signalled[place].1)
    }

    /// Notes what a source signals of a slot. Says whether that is new.
    pub fn signal(&mut self, slot: Slot, source: Number, allowed: bool) -> bool {
        match self.signalled.binary_search_by_key(&(slot, source), |(key, _)| *key) {
            Ok(place) => std::mem::replace(&mut self.signalled[place].1, allowed) != allowed,
            Err(place) => {
                self.signalled.insert(place, ((slot, source), allowed));
                true
            }
        }
    }

    /// Adds an edge, or makes a claimed one verified. Says whether anything changed.
    pub fn join(&mut self, edge: Edge) -> bool {
        use crate::catalog::Trust;
        match self.edges.iter_mut().find(|known| known.to == edge.to) {
            Some(known) if known.trust == Trust::Public && edge.trust == Trust::Server => *known = edge,
            Some(_) => return false,
            None => self.edges.push(edge),
        }
        true
    }
}

fn insert_sorted<T: Ord + Copy>(list: &mut Vec<T>, item: T) -> bool {
    match list.binary_search(&item) {
        Ok(_) => false,
        Err(place) => {
            list.insert(place, item);
            true
        }
    }
}
