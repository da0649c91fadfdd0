//! What is remembered of catalogues that are in force no longer, beside the numbers of what they declared: since when each
//! version of a notice is in force, and under which identity scopes there may be people.

use super::{Catalog, Numbers};
use crate::Moment;

/// How many versions of a notice are remembered with their beginning; of those before, nobody knows it.
pub const BEGUN_VERSIONS_MAX: usize = 100;

impl Numbers {
    /// Notes since when the notices of a catalogue that is in force from an instant on are in force themselves: since the
    /// day they declare, else since then. What the first version that is declared here had been before, nobody knows.
    #[must_use]
    pub fn beginning(mut self, next: &Catalog, now: Option<Moment>) -> Self {
        for notice in &next.notices {
            let versions = self.begun.entry(notice.code.clone()).or_default();
            let declared = notice.in_force(&next.organisation.time_zone);
            let applied = now.filter(|_| !versions.is_empty());
            match declared {
                Some(since) => versions.insert(notice.version, Some(since)).is_some(),
                None => versions.entry(notice.version).or_insert(applied).is_some(),
            };
            while versions.len() > BEGUN_VERSIONS_MAX {
                versions.pop_first();
            }
        }
        self
    }

    /// When a version of a notice begins, where that is known and comes after an instant.
    #[must_use]
    pub fn begins_after(&self, notice: &str, version: u32, at: Moment) -> Option<Moment> {
        let begins = self.begun.get(notice)?.get(&version).copied().flatten();
        begins.filter(|begins| *begins > at)
    }

    /// Takes from a catalogue what is to be remembered of it; `applied` is since when it was in force, where that is known.
    /// For catalogues that earlier programs stored, which noted none of it: one after the other, in their order.
    #[must_use]
    pub fn recalling(mut self, earlier: &Catalog, applied: Option<Moment>) -> Self {
        self.with_scopes_of(earlier);
        self.beginning(earlier, applied)
    }

    pub(super) fn with_scopes_of(&mut self, catalog: &Catalog) {
        self.scopes.extend(catalog.sources.iter().map(|source| source.identity_scope.clone()));
    }
}
