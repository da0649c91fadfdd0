//! Installations that are there. Most commands look at one or work on one: whoever mistypes a folder must not get a new one
//! in it and be told that nobody is known. Only what begins an installation makes one.

use super::serve::config;
use super::{Failure, InFolder};
use crate::app::App;
use crate::server::open_app;
use std::path::Path;

pub(super) const ROOT_FILE: &str = "root.keys";
/// The embedded store, unless PostgreSQL is named.
const STORE_FOLDER: &str = "store";

/// Whether an installation is in this folder. Nothing is made.
///
/// # Errors
/// When the folder cannot be looked into, or has keys and no store: then what it stores is somewhere else, and an empty
/// store beside its keys would say that nobody is known.
pub(super) fn is_there(place: &InFolder) -> Result<bool, Failure> {
    if !lies(&place.data.join(ROOT_FILE))? {
        return Ok(false);
    }
    if place.store.is_none() && !lies(&place.data.join(STORE_FOLDER))? {
        return Err(format!(
            "the installation in {} has no store there: name the PostgreSQL that it stores in with --store",
            place.data.display()
        )
        .into());
    }
    Ok(true)
}

/// Refuses a folder in which no installation is.
pub(super) fn exists(place: &InFolder) -> Result<(), Failure> {
    if is_there(place)? {
        return Ok(());
    }
    Err(format!(
        "there is no installation in {}: name its folder with --data (`amana serve` begins a new one)",
        place.data.display()
    )
    .into())
}

/// Refuses a folder in which no copy of a store waits for its keys.
pub(super) fn copy_exists(place: &InFolder) -> Result<(), Failure> {
    let wanted = if place.store.is_some() { place.data.clone() } else { place.data.join(STORE_FOLDER) };
    if lies(&wanted)? {
        return Ok(());
    }
    Err(format!(
        "there is no copy of an installation in {}: expected {}; put the copy of the store there first, or name its folder \
         with --data",
        place.data.display(),
        wanted.display()
    )
    .into())
}

/// Opens an installation that nobody serves for as long as something takes.
pub(super) async fn opened<T>(
    place: &InFolder,
    work: impl AsyncFnOnce(&App) -> Result<T, Failure>,
) -> Result<T, Failure> {
    exists(place)?;
    let app = open_app(&config(place)).await?;
    let done = match is_its_database(place, &app).await {
        Ok(()) => work(&app).await,
        Err(error) => Err(error),
    };
    app.store().clone().close().await;
    done
}

/// Refuses a database to which nothing was ever written: it is another one than this installation's, or a new one. What
/// is in a database shows only when it is open.
async fn is_its_database(place: &InFolder, app: &App) -> Result<(), Failure> {
    let is_new = app.journal().written().0 == 0 && app.acts().head().await?.next == 0;
    if place.store.is_none() || !is_new {
        return Ok(());
    }
    Err(format!(
        "the database of --store is empty, and the installation in {} is looked for in it: name the PostgreSQL that it \
         stores in",
        place.data.display()
    )
    .into())
}

/// Whether something lies there. What cannot be looked at is not taken for missing.
fn lies(path: &Path) -> Result<bool, Failure> {
    path.try_exists().map_err(|error| format!("{} cannot be looked at: {error}", path.display()).into())
}
