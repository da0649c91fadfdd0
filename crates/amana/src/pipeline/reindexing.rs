//! Moving the identifier index to its newest secret: what events name moves as they come, and a pass over everybody moves
//! whoever's value is known from a holding. A secret under which nothing is left is forgotten.
//!
//! Where the pass stands is committed with what it moved, so it goes on after a crash.

use super::commit::Worked;
use super::error::PipelineError;
use super::index_rows::count;
use super::worker::Pipeline;
use crate::govern::Current;
use crate::profile::{Entry, KeepError, People, View, index_keys};
use amana_core::Value;
use amana_core::catalog::Policy;
use amana_core::identity::{FragmentId, NORMALISER_VERSION, NORMALISERS, normalise};
use amana_store::seal::{IndexKey, IndexSecrets};
use amana_store::{Batch, KeyRange, Space};
use bytes::Bytes;
use std::collections::HashMap;

impl Pipeline {
    /// Moves the next fragments to the newest secret, and forgets secrets under which nothing stands any more. Says
    /// whether there was something to do.
    pub(super) async fn work_on_reindexing(&mut self, current: &Current) -> Result<bool, PipelineError> {
        let secrets = self.keeper.root().index_secrets();
        // Another version than the pass is for: a secret has begun, or keys were put into an older copy of the store.
        if !self.reindexing.is_for(secrets.newest_version()) {
            self.reindexing.set_pass(secrets.newest_version(), Some(Vec::new()));
        }
        match self.reindexing.at() {
            Some(from) => self.move_next(&current.policy, &secrets, from).await,
            None if secrets.has_older() => self.forget_empty(&secrets).await,
            None => Ok(false),
        }
    }

    /// Whether some stand under a secret that is gone, as in an older copy of a store, and were not gone over yet. Events
    /// must wait: they would not find them, and make them again.
    pub(super) fn must_move_first(&self) -> bool {
        let secrets = self.keeper.root().index_secrets();
        let under_way = !self.reindexing.is_for(secrets.newest_version()) || self.reindexing.at().is_some();
        under_way && self.reindexing.lost(&secrets) > 0
    }

    async fn move_next(
        &mut self,
        policy: &Policy,
        secrets: &IndexSecrets,
        from: Vec<u8>,
    ) -> Result<bool, PipelineError> {
        let range = if from.is_empty() { KeyRange::all() } else { KeyRange::all().after(&from) };
        let rows = self.store.scan(Space::Fragment, range, self.sweep_fragments).await?;
        let through = rows.len() < self.sweep_fragments;
        let ids: Vec<FragmentId> =
            rows.iter().filter_map(|(key, _)| uuid::Uuid::from_slice(key).ok()).map(FragmentId).collect();
        let mut people = self.readable_fragments_of(&ids).await?;
        // Their rows stay where they are, and so the secret that leads to them.
        self.unreadable.meet(people.unreadable())?;
        let wanted: Vec<(FragmentId, IndexKey)> =
            people.iter().filter_map(|entry| Some((entry.id, newest_key(entry, policy, secrets)?))).collect();
        let keys: Vec<IndexKey> = wanted.iter().map(|(_, key)| *key).collect();
        let led = self.keeper.find(View::Live(&self.store), &keys).await?;
        for ((id, key), led) in wanted.into_iter().zip(led) {
            // A new normaliser may give two values one form: whoever stands there first keeps the place.
            if led.is_none_or(|led| led == id) {
                people.get_mut(id).map(|entry| entry.lead(key, None));
            }
        }
        let at = rows.last().filter(|_| !through).map(|(key, _)| key.clone());
        self.reindexing.set_pass(secrets.newest_version(), at);
        self.commit_moves(people, None).await?;
        self.sweep_fragments = self.options.sweep_fragments;
        if through {
            let left: u64 = secrets.versions().skip(1).map(|version| self.reindexing.rows(version)).sum();
            tracing::info!(left, "whoever's identifier is kept is found by the newest index secret");
            let lost = self.reindexing.lost(secrets);
            if lost > 0 {
                tracing::warn!(
                    lost,
                    "identifiers stand under a forgotten index secret: apply the acts, or nobody finds them"
                );
            }
        }
        Ok(true)
    }

    /// Fragments alone, without what is joined to them.
    pub(super) async fn fragments_of(&mut self, ids: &[FragmentId]) -> Result<People, PipelineError> {
        let people = self.readable_fragments_of(ids).await?;
        let damaged = people.unreadable().next();
        damaged.map_or(Ok(people), |(_, space)| Err(KeepError::Damaged { space }.into()))
    }

    /// The same, where who cannot be read holds up nobody else.
    async fn readable_fragments_of(&mut self, ids: &[FragmentId]) -> Result<People, PipelineError> {
        let (mut people, mut missing) = (People::default(), Vec::new());
        for id in ids {
            match self.memory.take(*id) {
                Some(entry) => people.insert(entry),
                None => missing.push(*id),
            }
        }
        let loaded = self.keeper.load_readable(View::Live(&self.store), &missing).await?;
        loaded.entries.into_iter().for_each(|entry| people.insert(entry));
        loaded.unreadable.iter().for_each(|(id, error)| people.note_unreadable(*id, error));
        Ok(people)
    }

    /// Commits that fragments have moved; `made` are the records of it, where they were made before.
    pub(super) async fn commit_moves(&mut self, people: People, made: Option<Vec<Bytes>>) -> Result<(), PipelineError> {
        let (shifts, batch) = (super::audiences::Shifts::default(), Batch::new());
        let worked = Worked { people, index: HashMap::new(), shifts, end: None, batch, made };
        let stages = self.stages.clone();
        self.commit(worked, &mut stages.start()).await
    }

    /// Forgets the secrets under which nothing stands any more. Says whether there were any.
    async fn forget_empty(&mut self, secrets: &IndexSecrets) -> Result<bool, PipelineError> {
        let mut empty = Vec::new();
        for version in secrets.versions().skip(1) {
            if self.reindexing.rows(version) > 0 {
                continue;
            }
            // Whoever still stood there would never be found again, so the count alone is not believed.
            if self.store.scan(Space::Index, KeyRange::prefix([version]), 1).await?.is_empty() {
                empty.push(version);
            } else {
                self.reindexing.recounted(count(&self.store).await?);
            }
        }
        if empty.is_empty() {
            return Ok(false);
        }
        self.keeper.root().forget_index_secrets(&empty, &mut self.dice)?;
        tracing::info!(versions = ?empty, "index secrets are forgotten: nothing stands under them any more");
        Ok(true)
    }
}

/// The newest key of a fragment that stands under an older one, if its identifier's value is kept.
fn newest_key(entry: &Entry, policy: &Policy, secrets: &IndexSecrets) -> Option<IndexKey> {
    let stands = entry.index?;
    if stands == entry.own_key(IndexSecrets::version_of(&stands)) {
        return Some(entry.own_key(secrets.newest_version())).filter(|newest| *newest != stands);
    }
    let place = (entry.fragment.scope.as_str(), entry.fragment.kind.as_str());
    let values = entry.holdings.values().filter_map(|holding| holding.identifier.as_ref());
    let mut texts = values.filter_map(|known| match &known.value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let (text, normaliser) = texts.find_map(|text| Some((text, normaliser_of(stands, place, text, secrets)?)))?;
    let country = &policy.catalog.organisation.country;
    let rule = policy.identifier(place.1).filter(|_| normaliser != NORMALISER_VERSION);
    let anew = rule.and_then(|rule| normalise(rule, text, country).ok());
    let newest = index_keys(secrets, place, anew.as_deref().unwrap_or(text), &[]).next();
    newest.filter(|newest| *newest != stands)
}

/// The version of the normaliser that gave a value the form under which a key was made. None when it is not of this value.
fn normaliser_of(key: IndexKey, (scope, kind): (&str, &str), text: &str, secrets: &IndexSecrets) -> Option<u8> {
    let made = |version: &u8| secrets.keys_all_versions(scope, kind, *version, text).any(|made| made == key);
    // Where the secret is gone, as in an older copy of a store, there is nothing to compare with.
    let is_readable = secrets.versions().any(|version| version == IndexSecrets::version_of(&key));
    let mut versions = NORMALISERS.iter().map(|normaliser| normaliser.version);
    if is_readable { versions.find(made) } else { versions.next() }
}
