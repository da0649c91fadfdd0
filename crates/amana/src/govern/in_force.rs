//! Which version of the catalogue was in force when. What was decided in the past is accounted for by what was declared
//! then, not by what is declared today (GDPR Art. 5(2)).
//!
//! Each stored version notes since when it is in force. Versions of earlier programs do not: they come before all that
//! do, and the last of them counts for whatever was before. Before the first version nothing was declared, so nothing
//! was permitted.

use super::current::{Current, load_stored};
use crate::app::App;
use amana_core::Moment;
use amana_core::catalog::{Catalog, Numbers, Policy, SlotRule};
use amana_store::seal::Root;
use amana_store::{Store, StoreError};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many versions that were read are held in memory, compiled: reading one takes about 2 ms in a build without
/// optimisation, and an instant among a thousand versions is found by reading ten.
const VERSIONS_READ_MAX: usize = 16;
/// How many ways of judging permissions are told apart for one history; what was before counts as judged by the oldest.
pub const JUDGEMENTS_MAX: usize = 100;

/// A version that was in force.
#[derive(Clone, Debug)]
pub struct InForce {
    /// Compiled; of version 0, by which nothing is permitted, where none had been applied.
    pub policy: Arc<Policy>,
    /// Since when, where that is known.
    pub since: Option<Moment>,
    /// The version since which the states of permissions are judged as by this one.
    judges_since: u64,
}

/// How permissions were judged for a time.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The version of the catalogue that brought it.
    pub version: u64,
    /// Since when; none: whatever was before.
    pub since: Option<Moment>,
    /// The rule of each slot, at the slot's number.
    pub slots: Vec<SlotRule>,
    /// The country of the organisation.
    pub country: String,
}

/// The version that was in force at an instant.
///
/// # Errors
/// When a version cannot be read.
pub async fn in_force_at(app: &App, current: &Current, instant: Moment) -> Result<InForce, StoreError> {
    let versions = Versions { store: app.store(), root: app.root(), current };
    Ok(versions.at(instant).await?.unwrap_or_else(InForce::none))
}

/// How permissions were judged from one instant to another, the oldest first.
///
/// # Errors
/// When a version cannot be read.
pub async fn judgements(
    app: &App,
    current: &Current,
    from: Moment,
    until: Moment,
) -> Result<Vec<Judgement>, StoreError> {
    Versions { store: app.store(), root: app.root(), current }.judgements(from, until).await
}

impl InForce {
    fn of(current: &Current) -> Self {
        Self { policy: current.policy.clone(), since: current.applied, judges_since: current.judges_since }
    }

    /// Before the first version.
    fn none() -> Self {
        let policy = Policy::compile(0, &Catalog::default(), &Numbers::default());
        Self { policy: Arc::new(policy), since: None, judges_since: 0 }
    }

    fn began_by(&self, instant: Moment) -> bool {
        self.since.is_none_or(|since| since <= instant)
    }
}

/// All versions up to the one in force.
struct Versions<'a> {
    store: &'a Store,
    root: &'a Root,
    current: &'a Current,
}

impl Versions<'_> {
    /// The last that had come in force by an instant; `None` before the first.
    async fn at(&self, instant: Moment) -> Result<Option<InForce>, StoreError> {
        let newest = InForce::of(self.current);
        if newest.policy.version == 0 || newest.began_by(instant) {
            return Ok(Some(newest));
        }
        // The one in force began later; of 0, before the first, it counts as begun.
        let (mut begun, mut later) = (0, newest.policy.version);
        while begun + 1 < later {
            let middle = begun.midpoint(later);
            if self.version(middle).await?.began_by(instant) {
                begun = middle;
            } else {
                later = middle;
            }
        }
        if begun == 0 { Ok(None) } else { self.version(begun).await.map(Some) }
    }

    async fn judgements(&self, from: Moment, until: Moment) -> Result<Vec<Judgement>, StoreError> {
        let (mut found, mut next) = (VecDeque::new(), self.at(until).await?);
        while let Some(last) = next {
            let first = self.version(last.judges_since).await?;
            let goes_back = last.judges_since > 1 && first.since.is_some_and(|since| since > from);
            let is_full = found.len() + 1 >= JUDGEMENTS_MAX;
            next = if goes_back && !is_full { Some(self.version(last.judges_since - 1).await?) } else { None };
            found.push_front(Judgement {
                version: last.judges_since,
                since: first.since.filter(|_| !(goes_back && is_full)),
                slots: last.policy.slots.clone(),
                country: last.policy.catalog.organisation.country.clone(),
            });
        }
        Ok(found.into())
    }

    async fn version(&self, version: u64) -> Result<InForce, StoreError> {
        if version == self.current.policy.version {
            return Ok(InForce::of(self.current));
        }
        if let Some(known) = self.current.read.get(version) {
            return Ok(known);
        }
        let missing = || StoreError::Invalid(format!("version {version} of the stored catalogue is missing"));
        let stored = load_stored(self.store, self.root, version).await?.ok_or_else(missing)?;
        let judges_since = if stored.judges_since == 0 { version } else { stored.judges_since };
        let policy = Arc::new(Policy::compile(version, &stored.catalog, &stored.numbers));
        let read = InForce { policy, since: stored.applied, judges_since };
        self.current.read.keep(read.clone());
        Ok(read)
    }
}

/// Versions that were read, the last one last.
#[derive(Debug, Default)]
pub(super) struct ReadVersions(Mutex<VecDeque<InForce>>);

impl ReadVersions {
    fn get(&self, version: u64) -> Option<InForce> {
        let read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read.iter().find(|known| known.policy.version == version).cloned()
    }

    fn keep(&self, version: InForce) {
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if read.len() >= VERSIONS_READ_MAX {
            read.pop_front();
        }
        read.push_back(version);
    }
}

#[cfg(test)]
#[path = "in_force_tests.rs"]
mod tests;
