//! Audiences as people look at them: what is declared, and how many belong.

use super::headcount::Headcount;
use super::sweep::Sweep;
use crate::app::App;
use crate::govern::Current;
use amana_core::Moment;
use amana_core::catalog::{Audience, Number};
use amana_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// Analysts are told of no group below this size (DESIGN §8).
pub const GROUP_SIZE_MIN: u64 = 10;

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
    /// Whether who belongs is known: `evaluating` after it was saved or the catalogue changed what it sees, until
    /// everybody was gone over; then `ready`. `blocked` while a register is not in force on which its purpose depends:
    /// nobody belongs.
    #[schema(example = "ready", value_type = String)]
    pub state: AudienceState,
    /// How many profiles belong. None while it is evaluated, and when it is withheld because the group is small.
    #[schema(example = 1204)]
    pub count: Option<u64>,
    /// When the count is withheld: it is below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_below: Option<u64>,
    /// When that was counted. None while it is evaluated.
    #[schema(example = "2026-03-01T12:00:00.000Z")]
    pub as_of: Option<String>,
}

/// Whether who belongs to an audience is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AudienceState {
    /// Not everybody was put to its predicate yet: a count would be partly that of the predicate before.
    Evaluating,
    /// Everybody was.
    Ready,
    /// A register is not in force on which its purpose depends.
    Blocked,
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
    let known = Known::load(app).await?;
    let declared = current.policy.catalog.audiences.iter();
    let shown = declared.filter(|audience| purposes.is_empty() || purposes.contains(&audience.purpose));
    Ok(shown.map(|audience| known.view(app, &current, audience, counts)).collect())
}

/// One audience. `None` when none of that code is declared.
///
/// # Errors
/// When the store cannot be read.
pub async fn read_audience(app: &App, code: &str, counts: Counts) -> Result<Option<AudienceView>, StoreError> {
    let current = app.current();
    match current.policy.catalog.audiences.iter().find(|audience| audience.code == code) {
        Some(audience) => Ok(Some(Known::load(app).await?.view(app, &current, audience, counts))),
        None => Ok(None),
    }
}

/// How many profiles belong to an audience, as the pipeline last found.
///
/// # Errors
/// When the store cannot be read.
pub async fn count_members(app: &App, audience: Number) -> Result<u64, StoreError> {
    Ok(Headcount::load(app.store()).await?.of(audience))
}

/// What is known of who belongs.
struct Known {
    /// The version of the catalogue that everybody was gone over for.
    through: u64,
    headcount: Headcount,
}

impl Known {
    /// Where the sweep stands is read first, so that a count is never from before the end of the sweep that it needs.
    async fn load(app: &App) -> Result<Self, StoreError> {
        let through = Sweep::load(app.store()).await?.through();
        Ok(Self { through, headcount: Headcount::load(app.store()).await? })
    }

    fn view(&self, app: &App, current: &Current, audience: &Audience, counts: Counts) -> AudienceView {
        let since = current.audiences_since.get(&audience.code).copied().unwrap_or(current.policy.version);
        let state = match self.through >= since {
            // Whoever has not left yet is not told of, either.
            _ if is_blocked(current, audience, app.now()) => AudienceState::Blocked,
            true => AudienceState::Ready,
            false => AudienceState::Evaluating,
        };
        let number = current.numbers.audiences.get(&audience.code);
        let count = match state {
            AudienceState::Ready => Some(number.map_or(0, |number| self.headcount.of(*number))),
            AudienceState::Blocked => Some(0),
            AudienceState::Evaluating => None,
        };
        let withheld = counts == Counts::NoSmallGroups && count.is_some_and(|count| count < GROUP_SIZE_MIN);
        AudienceView {
            code: audience.code.clone(),
            name: audience.name.clone(),
            purpose: audience.purpose.clone(),
            brand: audience.brand.clone(),
            predicate: audience.predicate.clone(),
            destinations: audience.destinations.clone(),
            state,
            count: count.filter(|_| !withheld),
            count_below: withheld.then_some(GROUP_SIZE_MIN),
            as_of: count.map(|_| app.now().to_string()),
        }
    }
}

/// Whether a register that is not in force closes an audience to everybody.
fn is_blocked(current: &Current, audience: &Audience, now: Moment) -> bool {
    let slot = current.policy.find_slot(&audience.purpose, audience.brand.as_deref());
    slot.is_some_and(|rule| rule.depends.blocked_at(now).is_some())
}
