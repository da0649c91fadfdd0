//! A restored store of which nobody knows whether every act since its copy was applied: consents that were taken back may
//! be in force in it. Until staff confirm that it may be used, people's data is handed to themselves and used for nothing
//! else (DESIGN §7 *Acts log*): doors refuse, the pipeline and deliveries rest.

use crate::acts_log::Head;
use crate::app::App;
use amana_core::Moment;
use amana_store::space::key;
use amana_store::{Batch, CommitError, Space, Store, StoreError};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

const DOUBT: &str = "restore/unconfirmed";
const CONFIRMED: &str = "restore/confirmed";
/// How long what is told with a confirmation may be.
pub const CONFIRMATION_BYTES_MAX: usize = 1_000;

/// Since when it is not known, and how far the store went then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unconfirmed {
    /// Since when.
    pub since: Moment,
    next: u64,
    hash: [u8; 32],
}

/// By whom it was confirmed: kept for whoever asks later.
#[derive(Serialize)]
struct Confirmed<'a> {
    key: &'a str,
    role: &'a str,
    at: String,
    note: &'a str,
}

impl Unconfirmed {
    /// What is noted while a store whose acts end there is restored.
    #[must_use]
    pub fn new(since: Moment, acts: Head) -> Self {
        Self { since, next: acts.next, hash: acts.hash }
    }

    /// Where the store's acts ended when it was restored.
    #[must_use]
    pub fn acts(&self) -> Head {
        Head { next: self.next, hash: self.hash }
    }

    /// What is noted in a store; none where nothing is in doubt.
    ///
    /// # Errors
    /// When the store can't be read, or the note is damaged.
    pub async fn load(store: &Store) -> Result<Option<Self>, StoreError> {
        let Some(row) = store.get(Space::Cursor, key::cursor(DOUBT)).await? else { return Ok(None) };
        let read = postcard::from_bytes(&row.value);
        read.map(Some).map_err(|_| StoreError::Invalid("the note of an unconfirmed restore cannot be read".into()))
    }

    /// Notes it.
    pub fn note(&self, batch: &mut Batch) {
        let row = postcard::to_allocvec(self).expect("numbers have a length");
        batch.put(Space::Cursor, key::cursor(DOUBT), row);
    }

    /// Nothing is in doubt any more: every act up to a head that was noted elsewhere is applied.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn dispel(store: &Store) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        batch.delete(Space::Cursor, key::cursor(DOUBT));
        commit(store, batch).await
    }
}

/// Whether the restore that a process serves is in doubt, for everybody in it.
#[derive(Debug)]
pub struct Doubt(watch::Sender<bool>);

impl Doubt {
    /// As a store says.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        Ok(Self(watch::Sender::new(Unconfirmed::load(store).await?.is_some())))
    }

    /// Nothing is in doubt.
    #[must_use]
    pub fn none() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Whether it is.
    #[must_use]
    pub fn is_there(&self) -> bool {
        *self.0.borrow()
    }

    /// Changes when it is gone.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}

/// Staff take it on themselves that the restored store may be used. Says whether there was anything to confirm.
///
/// # Errors
/// When the store can't be written.
pub async fn confirm_restore(app: &App, key: &str, role: &str, note: &str) -> Result<bool, StoreError> {
    if !app.doubt().is_there() {
        return Ok(false);
    }
    let confirmed = Confirmed { key, role, at: app.now().to_string(), note };
    let mut batch = Batch::new();
    batch.delete(Space::Cursor, key::cursor(DOUBT));
    batch.put(Space::Cursor, key::cursor(CONFIRMED), serde_json::to_vec(&confirmed).expect("texts are JSON"));
    commit(app.store(), batch).await?;
    tracing::warn!(key, role, "a restore was confirmed whose acts are not known to be complete");
    app.doubt().0.send_replace(false);
    Ok(true)
}

async fn commit(store: &Store, batch: Batch) -> Result<(), StoreError> {
    store.commit(batch).await.map_err(|error| match error {
        CommitError::Store(error) => error,
        CommitError::Conflict(_) => StoreError::Invalid("a commit without expectations met a conflict".into()),
    })
}
