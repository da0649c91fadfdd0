//! Corrections: a value that was put right stays right, whatever a source sends again (GDPR Art. 16).

use super::holding::{Holding, Origin, TraitValue};
use crate::{Moment, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::hash::Hasher as _;

/// The most wrong values of one trait that are remembered. A trait that was corrected more often than that from ever new
/// wrong values takes the newest again.
const REJECTED_MAX: usize = 32;

/// That a trait was put right, and what was wrong.
///
/// Whatever is older loses to it. So does whatever is one of the values that were known to be wrong, however new: a
/// system that was not corrected sends them again and again. A value that nobody knew then is news and counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// When it was put right.
    pub at: Moment,
    /// Marks of the values that were wrong: not the values, which are gone.
    pub rejected: BTreeSet<u64>,
}

impl Correction {
    /// Whether a candidate is not to be believed.
    #[must_use]
    pub fn rejects(&self, candidate: &TraitValue) -> bool {
        candidate.origin.source != STAFF && candidate.origin.at <= self.at
            || self.rejected.contains(&mark(&candidate.value))
    }

    fn join(&mut self, other: &Self) {
        self.at = self.at.max(other.at);
        self.rejected.extend(&other.rejected);
        while self.rejected.len() > REJECTED_MAX {
            self.rejected.pop_first();
        }
    }
}

/// The source of what a person or staff put right: no source has this number.
pub const STAFF: u32 = 0;

impl Holding {
    /// Puts a trait right: `None` says that there is no right value. `wrong` are the values known until now, whatever
    /// they are kept for.
    pub fn correct<'a>(
        &mut self,
        name: &str,
        value: Option<Value>,
        wrong: impl IntoIterator<Item = &'a Value>,
        at: Moment,
        received: Moment,
    ) {
        let right = value.as_ref().map(mark);
        let rejected = wrong.into_iter().map(mark).filter(|wrong| Some(*wrong) != right).collect();
        let correction = self.corrections.entry(name.to_owned()).or_default();
        correction.join(&Correction { at, rejected });
        // What was wrong once may be right now.
        right.map(|right| correction.rejected.remove(&right));
        let origin = Origin { at, received, source: STAFF };
        match value {
            Some(value) => drop(self.traits.insert(name.to_owned(), TraitValue { value, origin })),
            None => drop(self.traits.remove(name)),
        }
    }

    /// Whether a correction forbids to believe a value.
    #[must_use]
    pub fn is_rejected(&self, name: &str, value: &Value, origin: Origin) -> bool {
        let correction = self.corrections.get(name);
        correction.is_some_and(|known| known.rejects(&TraitValue { value: value.clone(), origin }))
    }
}

/// A mark of a value that tells nothing of a long one and little of a short one; it lies sealed beside the data.
fn mark(value: &Value) -> u64 {
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    let text = match value {
        // Who corrected a name does not want it back in capital letters or with a blank behind it.
        Value::Text(text) => text.trim().to_lowercase(),
        other => other.to_json().to_string(),
    };
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// FNV-1a: marks are stored, so they must be the same in every build.
struct Fnv(u64);

impl std::hash::Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
