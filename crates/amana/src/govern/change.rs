//! A change of one declaration: the catalogue in force with it, applied, and tried again when somebody else was faster.

use super::catalog::{CatalogRefused, apply_catalog};
use crate::app::App;
use amana_core::catalog::{Catalog, Plan};

/// How often a change is tried again when others change the catalogue at the same time.
pub const CHANGE_TRIES_MAX: usize = 8;

/// What a change has come to.
#[derive(Debug)]
pub struct Changed {
    /// The version in force now.
    pub version: u64,
    /// The difference.
    pub plan: Plan,
}

/// Applies a change to whatever catalogue is in force.
///
/// # Errors
/// When the catalogue with the change is wrong, could not be stored, or others were faster each time.
pub async fn change_catalog(app: &App, change: impl Fn(&mut Catalog)) -> Result<Changed, CatalogRefused> {
    let mut tries = 0;
    loop {
        tries += 1;
        let current = app.current();
        let mut next = current.policy.catalog.clone();
        change(&mut next);
        match apply_catalog(app, &next, Some(current.policy.version)).await {
            Ok(applied) => return Ok(Changed { version: applied.version, plan: applied.plan }),
            Err(CatalogRefused::Outdated { .. }) if tries < CHANGE_TRIES_MAX => tokio::task::yield_now().await,
            Err(refused) => return Err(refused),
        }
    }
}
