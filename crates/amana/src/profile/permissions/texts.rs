//! The texts that people were shown, by their hash: of the catalogue in force, and of those before it.

use super::shown::ShownText;
use crate::app::App;
use crate::govern::load_catalog;
use crate::hash::sha256_hex;
use amana_core::catalog::{Catalog, Text};
use amana_core::permission::Act;
use amana_store::StoreError;
use std::collections::{BTreeSet, HashMap};

/// How many versions of the catalogue are looked through.
const CATALOGS_MAX: u64 = 500;

/// Texts by their hash.
#[derive(Debug, Default)]
pub(super) struct Texts(HashMap<String, ShownText>);

impl Texts {
    /// The texts of one catalogue.
    pub(super) fn of_catalog(catalog: &Catalog) -> Self {
        let mut texts = Self::default();
        texts.add(catalog);
        texts
    }

    /// The texts of these acts, newest catalogue first, until all are found.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) async fn of(app: &App, acts: impl Iterator<Item = &Act>) -> Result<Self, StoreError> {
        let policy = app.current().policy.clone();
        let mut texts = Self::of_catalog(&policy.catalog);
        let wanted: BTreeSet<String> = acts.filter_map(|act| act.evidence.text_sha256.clone()).collect();
        let oldest = policy.version.saturating_sub(CATALOGS_MAX);
        for version in (oldest..policy.version).rev() {
            if wanted.iter().all(|hash| texts.0.contains_key(hash)) {
                break;
            }
            if let Some(catalog) = load_catalog(app.store(), app.root(), version).await? {
                texts.add(&catalog);
            }
        }
        Ok(texts)
    }

    /// The text of a hash, where it is known.
    pub(super) fn get(&self, hash: &str) -> Option<ShownText> {
        self.0.get(hash).cloned()
    }

    fn add(&mut self, catalog: &Catalog) {
        let of_purposes = catalog.purposes.iter().flat_map(|purpose| purpose.texts.values());
        let of_notices = catalog.notices.iter().flat_map(|notice| notice.texts.values());
        for Text { title, text, .. } in of_purposes.chain(of_notices) {
            let hash = sha256_hex(format!("{title}\n{text}").as_bytes());
            self.0.entry(hash).or_insert_with(|| ShownText { title: title.clone(), text: text.clone() });
        }
    }
}
