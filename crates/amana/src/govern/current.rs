//! The catalogue in force, compiled, and where it is stored.

use super::in_force::ReadVersions;
use super::recalled::recalled;
use crate::acts_log::CatalogChange;
use crate::audience::Audiences;
use crate::hash::sha256;
use amana_core::Moment;
use amana_core::catalog::{Audience, Catalog, Notice, Numbers, Policy, Purpose, SlotEntry, Text};
use amana_store::seal::{Root, associated_data, open, seal};
use amana_store::space::key;
use amana_store::{Batch, Dice, Space, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

const FORMAT: u8 = 1;

/// The catalogue in force.
pub struct Current {
    /// Compiled.
    pub policy: Arc<Policy>,
    /// The numbers of what it declares and ever declared.
    pub numbers: Numbers,
    /// Its predicates, compiled.
    pub audiences: Audiences,
    /// Whether time alone can change who belongs to an audience within a day.
    pub depends_on_time: bool,
    /// For each audience the version since which it asks what it asks, of the same data.
    pub audiences_since: BTreeMap<String, u64>,
    /// For each purpose since when its version and all texts that could be shown for it are what they are, where that is
    /// known.
    pub shown_since: BTreeMap<String, Moment>,
    /// Since when it is in force, where that is known.
    pub applied: Option<Moment>,
    /// The version since which the states of permissions are judged as by this one.
    pub judges_since: u64,
    /// Versions before it that were asked for.
    pub(super) read: ReadVersions,
}

/// A version of the catalogue as it is stored.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) catalog: Catalog,
    pub(super) numbers: Numbers,
    /// Versions stored by earlier programs have none: their audiences are taken for new.
    #[serde(default)]
    pub(super) audiences_since: BTreeMap<String, u64>,
    /// In versions stored by earlier programs it is not known.
    #[serde(default)]
    pub(super) shown_since: BTreeMap<String, Moment>,
    /// Since when it is in force, never before the version before it. In versions stored by earlier programs it is not
    /// known: they come before all in which it is.
    #[serde(default)]
    pub(super) applied: Option<Moment>,
    /// The version since which the states of permissions are judged as by this one; 0: by itself, for all that is known.
    #[serde(default)]
    pub(super) judges_since: u64,
}

impl Stored {
    /// The version after `current`, with the audiences and purposes that go on as they are.
    pub(super) fn after(current: &Current, next: &Catalog, numbers: Numbers, now: Moment) -> Self {
        let (before, version) = (&current.policy.catalog, current.policy.version + 1);
        let same_data = data_of(before) == data_of(next);
        let since = |audience: &Audience| {
            let known = before.audiences.iter().find(|known| known.code == audience.code);
            let goes_on = same_data && known.is_some_and(|known| asks(known) == asks(audience));
            current.audiences_since.get(&audience.code).copied().filter(|_| goes_on).unwrap_or(version)
        };
        let audiences_since = next.audiences.iter().map(|audience| (audience.code.clone(), since(audience))).collect();
        let shown_since = |purpose: &Purpose| {
            let known = before.purposes.iter().find(|known| known.code == purpose.code);
            let goes_on = known.is_some_and(|known| shown_for(before, known) == shown_for(next, purpose));
            let since = if goes_on { current.shown_since.get(&purpose.code).copied() } else { Some(now) };
            since.map(|since| (purpose.code.clone(), since))
        };
        let shown_since = next.purposes.iter().filter_map(shown_since).collect();
        let judges_alike = judged_by(before, &current.numbers) == judged_by(next, &numbers);
        let judges_since = Some(current.judges_since).filter(|_| judges_alike && version > 1).unwrap_or(version);
        // A clock that was set back must not put a version in force before the one it comes after.
        let applied = Some(current.applied.map_or(now, |before| before.max(now)));
        Self { catalog: next.clone(), numbers, audiences_since, shown_since, applied, judges_since }
    }
}

impl Stored {
    /// What the acts log tells of it.
    pub(super) fn change(&self, version: u64, at: Moment) -> CatalogChange {
        let export = format!("{}\n", self.catalog.to_toml().trim_end());
        let stored = serde_json::to_vec(self).expect("catalogues have only text keys");
        CatalogChange { version, sha256: sha256(export.as_bytes()), at, stored }
    }
}

/// What decides in which state a permission is.
fn judged_by<'c>(catalog: &'c Catalog, numbers: &'c Numbers) -> (&'c [SlotEntry], &'c [Purpose], &'c str) {
    (&numbers.slots, &catalog.purposes, &catalog.organisation.country)
}

/// What could be shown to somebody who is asked for a purpose: its version and texts, and those of the notices about it.
fn shown_for<'c>(catalog: &'c Catalog, purpose: &'c Purpose) -> (u32, &'c BTreeMap<String, Text>, Vec<&'c Notice>) {
    let about = catalog.notices.iter().filter(|notice| notice.purposes.contains(&purpose.code));
    (purpose.version, &purpose.texts, about.collect())
}

/// What decides who belongs to an audience, of its own declaration.
fn asks(audience: &Audience) -> (&str, &str, Option<&str>) {
    (&audience.predicate, &audience.purpose, audience.brand.as_deref())
}

/// What decides who belongs to any audience, beside the audiences themselves: everything that is not about who is told
/// and who may look.
fn data_of(catalog: &Catalog) -> Catalog {
    Catalog { audiences: Vec::new(), destinations: Vec::new(), api_keys: Vec::new(), ..catalog.clone() }
}

impl Current {
    /// Compiles a version of the catalogue.
    ///
    /// # Errors
    /// When an audience of a stored catalogue can't be asked any more, as after a change of the built-in schemas.
    pub(super) fn compile(version: u64, stored: Stored) -> Result<Self, Vec<crate::audience::AudienceProblem>> {
        let policy = Policy::compile(version, &stored.catalog, &stored.numbers);
        let audiences = Audiences::compile(&policy)?;
        // What time alone does to permissions is looked up person by person when it is due.
        let depends_on_time = audiences.depend_on_time();
        Ok(Self {
            policy: Arc::new(policy),
            numbers: stored.numbers,
            audiences,
            depends_on_time,
            audiences_since: stored.audiences_since,
            shown_since: stored.shown_since,
            applied: stored.applied,
            judges_since: if stored.judges_since == 0 { version } else { stored.judges_since },
            read: ReadVersions::default(),
        })
    }

    /// It as it is stored.
    pub(super) fn stored(&self) -> Stored {
        Stored {
            catalog: self.policy.catalog.clone(),
            numbers: self.numbers.clone(),
            audiences_since: self.audiences_since.clone(),
            shown_since: self.shown_since.clone(),
            applied: self.applied,
            judges_since: self.judges_since,
        }
    }
}

/// Loads the catalogue in force; an empty one, under which nothing is permitted, where none was applied yet.
///
/// # Errors
/// When it cannot be read.
pub async fn load_current(store: &Store, root: &Root) -> Result<Current, StoreError> {
    let damaged = |what: &str| StoreError::Invalid(format!("the stored catalogue {what}"));
    let Some(version) = store.get(Space::Catalog, key::CATALOG_CURRENT.to_vec()).await? else {
        return Current::compile(0, Stored::default()).map_err(|_| damaged("is empty and cannot be compiled"));
    };
    let version = u64::from_be_bytes(*version.value.first_chunk().ok_or_else(|| damaged("has no version"))?);
    let stored = load_stored(store, root, version).await?.ok_or_else(|| damaged("is missing"))?;
    let stored = recalled(store, root, version, stored).await?;
    Current::compile(version, stored).map_err(|problems| {
        let codes: Vec<_> = problems.into_iter().map(|problem| problem.audience).collect();
        damaged(&format!("has audiences that cannot be asked any more: {}", codes.join(", ")))
    })
}

/// A version of the catalogue as it was applied. `None` where there is none of that number.
///
/// # Errors
/// When it cannot be read.
pub async fn load_catalog(store: &Store, root: &Root, version: u64) -> Result<Option<Catalog>, StoreError> {
    Ok(load_stored(store, root, version).await?.map(|stored| stored.catalog))
}

pub(super) async fn load_stored(store: &Store, root: &Root, version: u64) -> Result<Option<Stored>, StoreError> {
    let damaged = |what: &str| StoreError::Invalid(format!("the stored catalogue {what}"));
    let place = key::catalog(version);
    let Some(row) = store.get(Space::Catalog, place.clone()).await? else { return Ok(None) };
    let (format, sealed) = row.value.split_first().ok_or_else(|| damaged("is empty"))?;
    if *format != FORMAT {
        return Err(damaged("was written by a newer program: install the version that wrote it"));
    }
    let plain = open(root.system_key().as_bytes(), &associated_data(Space::Catalog, &place), sealed)
        .map_err(|_| damaged("cannot be opened with this root file"))?;
    serde_json::from_slice(&plain).map(Some).map_err(|_| damaged("cannot be read"))
}

/// Adds a version of the catalogue to a batch that holds only while `base` is in force.
pub(super) fn save(
    batch: &mut Batch,
    root: &Root,
    (base, base_row): (u64, Option<u64>),
    stored: &Stored,
    dice: &mut dyn Dice,
) {
    let place = key::catalog(base + 1);
    let plain = serde_json::to_vec(stored).expect("catalogues have only text keys");
    let mut value = vec![FORMAT];
    value.extend(seal(root.system_key().as_bytes(), &associated_data(Space::Catalog, &place), &plain, dice));
    batch.expect(Space::Catalog, key::CATALOG_CURRENT.to_vec(), base_row);
    batch.put(Space::Catalog, place, value);
    batch.put(Space::Catalog, key::CATALOG_CURRENT.to_vec(), (base + 1).to_be_bytes().to_vec());
}
