//! Index keys of a batch, and under which older keys the same identifiers may still stand.

use crate::profile::index_keys;
use amana_core::identity::NORMALISER_VERSION;
use amana_store::seal::{IndexKey, IndexSecrets};
use std::cell::RefCell;
use std::collections::HashMap;

/// By index key the older keys of the same identifier, the newest first.
pub(super) type OlderKeys = HashMap<IndexKey, Vec<IndexKey>>;

/// Makes index keys.
pub(super) struct Indexing<'a> {
    secrets: &'a IndexSecrets,
    older: RefCell<OlderKeys>,
}

impl<'a> Indexing<'a> {
    /// Makes keys under these secrets.
    pub(super) fn new(secrets: &'a IndexSecrets) -> Self {
        Self { secrets, older: RefCell::default() }
    }

    /// The newest key of an identifier of a scope and kind. While there is nothing older, that is all it costs.
    pub(super) fn key(&self, (scope, kind): (&str, &str), value: &str, forms: &[(u8, String)]) -> IndexKey {
        let key = self.secrets.key(scope, kind, NORMALISER_VERSION, value);
        if self.secrets.has_older() || !forms.is_empty() {
            let older = || index_keys(self.secrets, (scope, kind), value, forms).skip(1).collect();
            self.older.borrow_mut().entry(key).or_insert_with(older);
        }
        key
    }

    /// The older keys of everything that a key was made for.
    pub(super) fn into_older(self) -> OlderKeys {
        self.older.into_inner()
    }
}
