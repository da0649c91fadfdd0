//! The installation under measure.

use super::Failure;
use crate::govern::apply_catalog;
use crate::hash::sha256_hex;
use crate::server::{Config, Doors, Installation};
use amana_core::catalog::Catalog;
use std::path::Path;

/// The key of the site.
pub(super) const WEB_KEY: &str = "bench-web-public-key";
/// The key of the CRM.
pub(super) const CRM_KEY: &str = "bench-crm-secret-key";
/// A key of the API, of role `privacy`.
pub(super) const API_KEY: &str = "bench-api-key";

/// Starts a new installation with the benchmark's catalogue.
pub(super) async fn start(folder: &Path) -> Result<(Installation, Doors), Failure> {
    let installation = Installation::start(fresh(folder)?).await?;
    apply_catalog(installation.app(), &catalog()?, None).await?;
    let doors = Doors::open(installation.app(), folder, ([127, 0, 0, 1], 0).into()).await?;
    Ok((installation, doors))
}

/// A new installation in a folder that is emptied.
pub(super) fn fresh(folder: &Path) -> Result<Config, Failure> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(Config::new(folder))
}

/// The benchmark's catalogue.
pub(super) fn catalog() -> Result<Catalog, Failure> {
    let text = include_str!("org.toml");
    let text = text.replace("@@sha256:crm@@", &sha256_hex(CRM_KEY.as_bytes()));
    let text = text.replace("@@sha256:api@@", &sha256_hex(API_KEY.as_bytes()));
    Catalog::read(&text).map_err(|problems| format!("the benchmark's catalogue: {problems:?}").into())
}

/// Waits until everything is worked on, or until nothing will be any more.
pub(super) async fn settle(installation: &Installation) -> Result<(), Failure> {
    let journal = installation.app().journal();
    tokio::select! {
        () = journal.committed(journal.written()) => Ok(()),
        reason = installation.fatal() => Err(reason.into()),
    }
}
