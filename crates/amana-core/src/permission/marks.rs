//! What acts leave behind.

use super::{Act, ActKind, Target};
use crate::Moment;
use serde::{Deserialize, Serialize};

/// The act of one kind about one target that counts.
///
/// Ordered by when it was done, then by when it was learned: what somebody did last counts, however late it became
/// known, so that importing last year's list changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mark {
    /// When it was done.
    pub at: Moment,
    /// When we learned of it.
    pub received: Moment,
    /// Until when it holds, where it says so.
    pub until: Option<Moment>,
}

/// For each target and kind the mark that counts: a join-semilattice under [`Marks::join`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Sorted by target and kind.
    entries: Vec<((Target, ActKind), Mark)>,
}

impl Marks {
    /// Takes an act into account. Says whether anything changed: an act that leaves no mark changes nothing.
    pub fn add(&mut self, act: &Act) -> bool {
        act.leaves_mark()
            && self.mark(act.target, act.kind, Mark { at: act.at, received: act.received, until: act.until })
    }

    /// Takes a mark into account. Says whether anything changed.
    ///
    /// Being informed and a browser's standing signal count from their first time, since they are repeated with every
    /// request and repetition says nothing new; everything else counts from its last. Kinds that leave no mark are
    /// left out.
    pub fn mark(&mut self, target: Target, kind: ActKind, mark: Mark) -> bool {
        if !kind.leaves_mark() {
            return false;
        }
        match self.entries.binary_search_by_key(&(target, kind), |(key, _)| *key) {
            Err(place) => self.entries.insert(place, ((target, kind), mark)),
            Ok(place) => {
                let known = &mut self.entries[place].1;
                let first_counts = matches!(kind, ActKind::Inform | ActKind::PrivacyControl);
                if if first_counts { mark >= *known } else { mark <= *known } {
                    return false;
                }
                *known = mark;
            }
        }
        true
    }

    /// Takes everything of `other` into account.
    pub fn join(&mut self, other: &Self) {
        for ((target, kind), mark) in &other.entries {
            self.mark(*target, *kind, *mark);
        }
    }

    /// The mark of a kind about a target.
    #[must_use]
    pub fn get(&self, target: Target, kind: ActKind) -> Option<Mark> {
        let place = self.entries.binary_search_by_key(&(target, kind), |(key, _)| *key).ok()?;
        Some(self.entries[place].1)
    }

    /// The latest of several kinds about a target. Of two done at the same instant the one named later in `kinds`
    /// counts, so callers name the more restrictive later.
    #[must_use]
    pub fn latest(&self, target: Target, kinds: &[ActKind]) -> Option<(ActKind, Mark)> {
        let first = self.entries.partition_point(|((known, _), _)| *known < target);
        let about = self.entries[first..].iter().take_while(|((known, _), _)| *known == target);
        about
            .filter_map(|((_, kind), mark)| Some((kinds.iter().position(|named| named == kind)?, *kind, *mark)))
            .max_by_key(|(place, _, mark)| (mark.at, *place))
            .map(|(_, kind, mark)| (kind, mark))
    }

    /// Whether nothing is marked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All marks.
    pub fn iter(&self) -> impl Iterator<Item = (Target, ActKind, Mark)> {
        self.entries.iter().map(|((target, kind), mark)| (*target, *kind, *mark))
    }
}
