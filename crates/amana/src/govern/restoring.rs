//! Bringing back a version of the catalogue that an older store does not have, with the numbers it had.

use super::current::{Stored, load_current, save};
use crate::acts_log::CatalogChange;
use crate::app::App;
use amana_store::space::key;
use amana_store::{Batch, CommitError, Space, StoreError};
use bytes::Bytes;
use std::sync::Arc;

/// Puts a version in force as it was, with its record in the acts log.
///
/// # Errors
/// When it can't be understood or stored.
pub async fn restore_catalog(app: &App, change: &CatalogChange, record: Bytes) -> Result<(), StoreError> {
    let damaged = |what: &str| StoreError::Invalid(format!("version {} of the catalogue {what}", change.version));
    let mut stored: Stored = serde_json::from_slice(&change.stored).map_err(|_| damaged("cannot be read"))?;
    // It is in force since it was then, not since it was brought back. Earlier programs noted that with the change alone.
    let noted = app.current().applied.map_or(change.at, |before| before.max(change.at));
    stored.applied.get_or_insert(noted);
    let row = app.store().get(Space::Catalog, key::CATALOG_CURRENT.to_vec()).await?.map(|row| row.version);
    let mut turn = app.acts().turn().await?;
    let mut batch = Batch::new();
    save(&mut batch, app.root(), (change.version.saturating_sub(1), row), &stored, &mut app.dice());
    turn.add_made(record, &mut batch);
    turn.save(&mut batch);
    app.store().commit(batch).await.map_err(|error| match error {
        CommitError::Store(error) => error,
        CommitError::Conflict(_) => damaged("cannot be put in force: somebody else works on this store"),
    })?;
    drop(turn);
    app.set_current(Arc::new(load_current(app.store(), app.root()).await?));
    Ok(())
}
