//! Saving and removing an audience: a change of the catalogue, against whatever version is in force.

use super::compiled::check;
use crate::app::App;
use crate::govern::{CatalogRefused, Changed, change_catalog};
use amana_core::catalog::{Audience, Policy};
use amana_lake::PredicateError;

/// Why an audience was not saved; nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum AudienceRefused {
    /// Its predicate cannot be asked of its purpose's table.
    #[error("the predicate is wrong: {0}")]
    Predicate(PredicateError),
    /// No audience of that code is declared.
    #[error("no audience of that code is declared")]
    Unknown,
    /// The catalogue with it is wrong, or could not be stored.
    #[error(transparent)]
    Catalog(#[from] CatalogRefused),
}

/// Saves an audience under its code.
///
/// # Errors
/// When it is wrong or could not be stored.
pub async fn put_audience(app: &App, audience: &Audience) -> Result<Changed, AudienceRefused> {
    check_predicate(&app.current().policy, audience)?;
    let changed =
        change_catalog(app, |catalog| match catalog.audiences.iter_mut().find(|known| known.code == audience.code) {
            Some(known) => *known = audience.clone(),
            None => catalog.audiences.push(audience.clone()),
        });
    Ok(changed.await?)
}

/// Removes an audience. Whoever was told of its members is told that they left when everybody is gone over next.
///
/// # Errors
/// When there is none of that code, or the change could not be stored.
pub async fn delete_audience(app: &App, code: &str) -> Result<Changed, AudienceRefused> {
    if !app.current().policy.catalog.audiences.iter().any(|audience| audience.code == code) {
        return Err(AudienceRefused::Unknown);
    }
    Ok(change_catalog(app, |catalog| catalog.audiences.retain(|audience| audience.code != code)).await?)
}

/// Says more of a wrong predicate than the catalogue's own check, where the slot is clear already.
fn check_predicate(policy: &Policy, audience: &Audience) -> Result<(), AudienceRefused> {
    let Some(rule) = policy.find_slot(&audience.purpose, audience.brand.as_deref()) else { return Ok(()) };
    check(policy, rule.slot, &audience.predicate).map(drop).map_err(AudienceRefused::Predicate)
}
