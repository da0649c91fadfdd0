//! A register that keeps what was said last.

use crate::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// What was said last. Ordered by when it was said, then by when it was learned, then by the value itself, so that two
/// things said at once leave the same whichever is learned first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Register<T> {
    /// When it was said.
    pub at: Moment,
    /// When we learned of it.
    pub received: Moment,
    /// What was said.
    pub value: T,
}

/// Keeps the later of both. Says whether anything changed.
pub(super) fn set<T: Ord>(place: &mut Option<Register<T>>, said: Register<T>) -> bool {
    if place.as_ref().is_some_and(|known| *known >= said) {
        return false;
    }
    *place = Some(said);
    true
}

/// Keeps the later of both under a key. Says whether anything changed.
pub(super) fn set_in<K: Ord, T: Ord>(places: &mut BTreeMap<K, Register<T>>, key: K, said: Register<T>) -> bool {
    match places.entry(key) {
        Entry::Vacant(place) => {
            place.insert(said);
        }
        Entry::Occupied(place) if *place.get() >= said => return false,
        Entry::Occupied(mut place) => {
            place.insert(said);
        }
    }
    true
}

/// Takes what another register keeps into account.
pub(super) fn join<T: Ord + Clone>(place: &mut Option<Register<T>>, other: &Option<Register<T>>) {
    if let Some(said) = other {
        set(place, said.clone());
    }
}
