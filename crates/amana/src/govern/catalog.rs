//! Changing the catalogue: planned, then applied all or nothing against the version that was planned against.

use super::affected::count_affected;
use super::change::CHANGE_TRIES_MAX;
use super::current::{Current, Stored, load_current, save};
use super::predicate::PredicateWords;
use crate::acts_log::{LogEntry, overtaken};
use crate::app::App;
use amana_core::Moment;
use amana_core::catalog::{Catalog, Path, Plan, Problem, ProblemCode, plan};
use amana_lake::PredicateError;
use amana_store::space::key;
use amana_store::{Batch, CommitError, Space, StoreError};
use serde::Serialize;
use std::sync::Arc;

/// What a change would do.
#[derive(Debug, Serialize)]
pub struct Planned {
    /// The version it is planned against; name it when applying.
    pub base: u64,
    /// The difference.
    pub plan: Plan,
    /// What is allowed and still deserves a thought.
    pub warnings: Vec<Problem>,
}

/// What a change has done.
#[derive(Debug, Serialize)]
pub struct Applied {
    /// The version in force now.
    pub version: u64,
    /// The difference.
    pub plan: Plan,
}

/// Why a change was refused; nothing of it was applied.
#[derive(Debug, thiserror::Error)]
pub enum CatalogRefused {
    /// It is wrong.
    #[error("the catalogue has {} problems", .0.len())]
    Problems(Vec<Problem>),
    /// Another change came first.
    #[error("version {base} was planned against, but version {current} is in force: plan again")]
    Outdated {
        /// The version named.
        base: u64,
        /// The version in force.
        current: u64,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Says what a change would do, and how many people and how much data that affects.
///
/// # Errors
/// When it could not be applied, or the store cannot be read.
pub async fn plan_catalog(app: &App, next: &Catalog) -> Result<Planned, CatalogRefused> {
    let current = app.current();
    let (_, mut plan) = compile(&current, next, app.now())?;
    count_affected(app, &current, &mut plan).await?;
    Ok(Planned { base: current.policy.version, plan, warnings: next.warnings() })
}

/// Applies a catalogue, all or nothing, while the version it was planned against is in force. A catalogue equal to
/// the one in force changes nothing and makes no version.
///
/// # Errors
/// When it is wrong, outdated, or could not be stored.
pub async fn apply_catalog(app: &App, next: &Catalog, base: Option<u64>) -> Result<Applied, CatalogRefused> {
    let current = app.current();
    let in_force = current.policy.version;
    if let Some(base) = base.filter(|base| *base != in_force) {
        return Err(CatalogRefused::Outdated { base, current: in_force });
    }
    let (compiled, mut plan) = compile(&current, next, app.now())?;
    count_affected(app, &current, &mut plan).await?;
    if in_force > 0 && *next == current.policy.catalog {
        return Ok(Applied { version: in_force, plan });
    }
    let row = app.store().get(Space::Catalog, key::CATALOG_CURRENT.to_vec()).await?;
    let stored_version = row.as_ref().and_then(|row| row.value.first_chunk().copied()).map_or(0, u64::from_be_bytes);
    if stored_version != in_force {
        // Whoever stored it was cut off before putting it in force.
        app.set_current(Arc::new(load_current(app.store(), app.root()).await?));
        return Err(CatalogRefused::Outdated { base: in_force, current: stored_version });
    }
    match store_version(app, (in_force, row.map(|row| row.version)), &compiled.stored()).await {
        Ok(()) => {}
        Err(CommitError::Conflict(_)) => {
            return Err(CatalogRefused::Outdated { base: in_force, current: in_force + 1 });
        }
        Err(CommitError::Store(error)) => return Err(error.into()),
    }
    app.set_current(Arc::new(compiled));
    Ok(Applied { version: in_force + 1, plan })
}

/// Stores a version with its record in the acts log, while `base` is in force.
async fn store_version(app: &App, base: (u64, Option<u64>), stored: &Stored) -> Result<(), CommitError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let mut batch = Batch::new();
        save(&mut batch, app.root(), base, stored, &mut app.dice());
        let mut turn = app.acts().turn().await?;
        turn.add(&LogEntry::Catalog(Box::new(stored.change(base.0 + 1, app.now()))), &mut batch, &mut app.dice());
        turn.save(&mut batch);
        match app.store().commit(batch).await {
            Err(CommitError::Conflict(keys)) if overtaken(&keys) && tries < CHANGE_TRIES_MAX => {}
            done => return done,
        }
    }
}

/// The catalogue in force as a file.
#[must_use]
pub fn export_catalog(app: &App) -> String {
    app.current().policy.catalog.to_toml()
}

fn compile(current: &Current, next: &Catalog, now: Moment) -> Result<(Current, Plan), CatalogRefused> {
    let problems = next.check();
    if !problems.is_empty() {
        return Err(CatalogRefused::Problems(problems));
    }
    let numbers = current.numbers.assign(next).map_err(CatalogRefused::Problems)?;
    let numbers = numbers.opened(&current.numbers, now).serving(next, now).beginning(next, Some(now));
    let plan = plan(&current.policy.catalog, next, &current.numbers, &numbers, now);
    let stored = Stored::after(current, next, numbers, now);
    let compiled = Current::compile(current.policy.version + 1, stored).map_err(|problems| {
        let problem = |problem: crate::audience::AudienceProblem| {
            let place = next.audiences.iter().position(|audience| audience.code == problem.audience).unwrap_or(0);
            let path = Path::root("audiences").item(place, &problem.audience).key("where");
            let PredicateWords { message, expected, .. } = PredicateWords::of(&problem.error);
            let PredicateError { line, column, .. } = problem.error;
            let found = format!("line {line}, column {column} of the predicate: {message}");
            Problem::at(path, ProblemCode::BadPredicate, found, expected)
        };
        CatalogRefused::Problems(problems.into_iter().map(problem).collect())
    })?;
    Ok((compiled, plan))
}
