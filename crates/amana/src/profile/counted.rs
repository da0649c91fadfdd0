//! What a fragment is counted as: kept beside its record, so that a count moves by the difference to what was counted and
//! neither by hand nor twice.

use super::classes::Classes;
use super::entry::Entry;
use amana_core::SlotSet;
use amana_core::catalog::Number;
use serde::{Deserialize, Serialize};

/// For what somebody and what is held of them counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The slots for which the profile that the fragment names is processed now; none for a fragment that names none.
    pub permitted: SlotSet,
    /// The slots that hold what the fragment holds: of those that its hold classes are for.
    pub held: SlotSet,
}

/// What a fragment was counted as, in the counts that were committed with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// For what.
    pub standing: Standing,
    /// The hold classes it held data for.
    pub classes: Vec<u32>,
    /// The sources it was seen through; none while they were not counted yet.
    pub sources: Option<Vec<Number>>,
}

impl Entry {
    /// Notes for what the fragment counts from now on. Its record is written anew only when that is something else.
    pub fn stand(&mut self, permitted: SlotSet, held: SlotSet, classes: &Classes) {
        let referred = self.fragment.classes.iter().fold(SlotSet::EMPTY, |all, class| all.or(classes.slots(*class)));
        let standing = Standing { permitted, held: held.and(referred) };
        let is_counted = |counted: &Counted| counted.standing == standing && counted.sources.is_some();
        if !self.counted.as_ref().is_some_and(is_counted) {
            self.changes.standing = Some(standing);
            self.changes.fragment = true;
        }
    }
}
