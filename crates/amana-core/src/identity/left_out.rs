//! Identifiers that were left out of somebody's events, remembered with them: why two are *not* one person has an answer
//! too. Somebody else's identifier is never written here, only which fragment it leads to.

use super::{Dropped, FragmentId};
use crate::Moment;
use crate::catalog::Number;
use serde::{Deserialize, Serialize};

/// How many are remembered with one fragment; the newest are kept.
pub const LEFT_OUT_MAX: usize = 20;

/// An identifier that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Code of its kind.
    pub kind: String,
    /// The fragment it leads to; none where nobody was known by it.
    pub other: Option<FragmentId>,
    /// Why.
    pub why: Dropped,
    /// Number of the source that named it last.
    pub source: Number,
    /// When it first came, by receipt.
    pub first: Moment,
    /// When it came first on the last day (UTC) on which it came.
    pub last: Moment,
    /// On how many days it came.
    pub days: u32,
}

impl LeftOut {
    /// An identifier that was left out now.
    #[must_use]
    pub fn new(kind: &str, other: Option<FragmentId>, why: Dropped, source: Number, received: Moment) -> Self {
        Self { kind: kind.to_owned(), other, why, source, first: received, last: received, days: 1 }
    }

    /// Notes one in a list, the oldest first. Says whether the list has changed: what repeats within a day changes
    /// nothing, and a full list gives way to new ones only once a day, so that no stream of events writes with each.
    pub fn note(list: &mut Vec<Self>, new: Self) -> bool {
        let same = |known: &Self| (known.other, known.why) == (new.other, new.why) && known.kind == new.kind;
        if let Some(place) = list.iter().position(same) {
            if list[place].last.day() >= new.last.day() {
                return false;
            }
            let mut known = list.remove(place);
            (known.last, known.source, known.days) = (new.last, new.source, known.days.saturating_add(1));
            list.push(known);
            return true;
        }
        if list.len() >= LEFT_OUT_MAX {
            if list[0].last.day() >= new.last.day() {
                return false;
            }
            list.remove(0);
        }
        list.push(new);
        true
    }
}
