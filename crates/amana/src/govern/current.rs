//! The catalogue in force, compiled, and where it is stored.

use crate::audience::Audiences;
use amana_core::catalog::{Catalog, Numbers, Policy};
use amana_store::seal::{Root, associated_data, open, seal};
use amana_store::space::key;
use amana_store::{Batch, Dice, Space, Store, StoreError};
use serde::{Deserialize, Serialize};
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
}

/// A version of the catalogue as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) catalog: Catalog,
    pub(super) numbers: Numbers,
}

impl Current {
    /// Compiles a version of the catalogue.
    ///
    /// # Errors
    /// When an audience of a stored catalogue can't be asked any more, as after a change of the built-in schemas.
    pub(super) fn compile(version: u64, stored: Stored) -> Result<Self, Vec<crate::audience::AudienceProblem>> {
        let policy = Policy::compile(version, &stored.catalog, &stored.numbers);
        let audiences = Audiences::compile(&policy)?;
        let expires = policy.slots.iter().any(|rule| rule.consent_expires_after.is_some());
        let depends_on_time = audiences.depend_on_time() || expires;
        Ok(Self { policy: Arc::new(policy), numbers: stored.numbers, audiences, depends_on_time })
    }
}

/// Loads the catalogue in force; an empty one, under which nothing is permitted, where none was applied yet.
///
/// # Errors
/// When it cannot be read.
pub async fn load_current(store: &Store, root: &Root) -> Result<Current, StoreError> {
    let damaged = |what: &str| StoreError::Invalid(format!("the stored catalogue {what}"));
    let Some(version) = store.get(Space::Catalog, key::CATALOG_CURRENT.to_vec()).await? else {
        let empty = Stored { catalog: Catalog::default(), numbers: Numbers::default() };
        return Current::compile(0, empty).map_err(|_| damaged("is empty and cannot be compiled"));
    };
    let version = u64::from_be_bytes(*version.value.first_chunk().ok_or_else(|| damaged("has no version"))?);
    let place = key::catalog(version);
    let row = store.get(Space::Catalog, place.clone()).await?.ok_or_else(|| damaged("is missing"))?;
    let (format, sealed) = row.value.split_first().ok_or_else(|| damaged("is empty"))?;
    if *format != FORMAT {
        return Err(damaged("was written by a newer program: install the version that wrote it"));
    }
    let plain = open(root.system_key().as_bytes(), &associated_data(Space::Catalog, &place), sealed)
        .map_err(|_| damaged("cannot be opened with this root file"))?;
    let stored = serde_json::from_slice(&plain).map_err(|_| damaged("cannot be read"))?;
    Current::compile(version, stored).map_err(|problems| {
        let codes: Vec<_> = problems.into_iter().map(|problem| problem.audience).collect();
        damaged(&format!("has audiences that cannot be asked any more: {}", codes.join(", ")))
    })
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
