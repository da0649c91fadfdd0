//! Audiences as people look at them: what is declared, and how many belong.

use crate::app::App;
use amana_core::catalog::{Audience, Number};
use amana_store::space::key;
use amana_store::{KeyRange, Space, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

/// Analysts are told of no group below this size (DESIGN §8).
pub const GROUP_SIZE_MIN: u64 = 10;
/// How many members are counted at a time.
const COUNT_STEP: usize = 10_000;

/// An audience and how many belong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AudienceView {
    /// Its code.
    #[schema(example = "regulars")]
    pub code: String,
    /// Its name.
    #[schema(example = "Ordered twice, last within half a year")]
    pub name: String,
    /// The purpose it serves.
    #[schema(example = "similar")]
    pub purpose: String,
    /// The brand it serves, for purposes with brands.
    pub brand: Option<String>,
    /// The SQL predicate.
    #[serde(rename = "where")]
    #[schema(example = "orders >= 2 AND last_order_at > now() - INTERVAL '180 days'")]
    pub predicate: String,
    /// Codes of the destinations told who enters and leaves.
    pub destinations: Vec<String>,
    /// How many profiles belong. None when it is withheld because the group is small.
    pub count: Option<u64>,
    /// When the count is withheld: it is below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_below: Option<u64>,
    /// When that was counted.
    pub as_of: String,
}

/// How a count is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// As it is.
    Exact,
    /// Not below [`GROUP_SIZE_MIN`].
    NoSmallGroups,
}

/// All audiences that serve one of these purposes; all purposes when there are none.
///
/// # Errors
/// When the store cannot be read.
pub async fn list_audiences(app: &App, purposes: &[String], counts: Counts) -> Result<Vec<AudienceView>, StoreError> {
    let current = app.current();
    let declared = current.policy.catalog.audiences.iter();
    let mut listed = Vec::new();
    for audience in declared.filter(|audience| purposes.is_empty() || purposes.contains(&audience.purpose)) {
        listed.push(view(app, audience, counts).await?);
    }
    Ok(listed)
}

/// One audience. `None` when none of that code is declared.
///
/// # Errors
/// When the store cannot be read.
pub async fn read_audience(app: &App, code: &str, counts: Counts) -> Result<Option<AudienceView>, StoreError> {
    let current = app.current();
    match current.policy.catalog.audiences.iter().find(|audience| audience.code == code) {
        Some(audience) => view(app, audience, counts).await.map(Some),
        None => Ok(None),
    }
}

/// How many profiles belong to an audience, as the pipeline last found.
///
/// # Errors
/// When the store cannot be read.
pub async fn count_members(app: &App, audience: Number) -> Result<u64, StoreError> {
    let snapshot = app.store().snapshot().await?;
    let mut range = KeyRange::prefix(key::members_of_audience(audience));
    let mut count = 0;
    loop {
        let rows = snapshot.scan(Space::Member, range.clone(), COUNT_STEP).await?;
        count += rows.len() as u64;
        match rows.last() {
            Some((last, _)) if rows.len() == COUNT_STEP => range = range.after(last),
            _ => return Ok(count),
        }
    }
}

async fn view(app: &App, audience: &Audience, counts: Counts) -> Result<AudienceView, StoreError> {
    let number = app.current().numbers.audiences.get(&audience.code).copied();
    let count = match number {
        Some(number) => count_members(app, number).await?,
        None => 0,
    };
    let withheld = counts == Counts::NoSmallGroups && count < GROUP_SIZE_MIN;
    Ok(AudienceView {
        code: audience.code.clone(),
        name: audience.name.clone(),
        purpose: audience.purpose.clone(),
        brand: audience.brand.clone(),
        predicate: audience.predicate.clone(),
        destinations: audience.destinations.clone(),
        count: (!withheld).then_some(count),
        count_below: withheld.then_some(GROUP_SIZE_MIN),
        as_of: app.now().to_string(),
    })
}
