//! What became of the messages to a destination.

use super::auth::Caller;
use super::input::{CodePath, QueryFields};
use super::json;
use super::openapi::Refused;
use super::problem::Problem;
use crate::app::App;
use crate::deliver::{DELIVERIES_PAGE_MAX, DeliveryView, deliveries, totals};
use crate::profile::spelling::word;
use amana_core::catalog::Policy;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How many deliveries are told when nobody says how many.
const LIMIT_DEFAULT: u64 = 100;

/// A page of deliveries, with the totals of the destination.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryPage {
    /// Code of the destination.
    #[schema(example = "mailer")]
    destination: String,
    /// What became of everything selected for it: `selected = delivered + withheld + failed + waiting`.
    totals: DeliveryTotals,
    /// Deliveries in their order. What nobody has looked at yet is counted as waiting and has no number.
    deliveries: Vec<Delivery>,
    /// What to name as `after` for the next page; none on the last.
    next: Option<String>,
    /// When that was found.
    as_of: String,
}

/// What became of everything selected for a destination.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryTotals {
    /// Messages that were to be sent.
    #[schema(example = 120)]
    selected: u64,
    /// Confirmed by the recipient.
    #[schema(example = 100)]
    delivered: u64,
    /// Withheld, by reason.
    #[schema(example = json!({"consent_withdrawn": 15}))]
    withheld: BTreeMap<&'static str, u64>,
    /// Given up.
    #[schema(example = 2)]
    failed: u64,
    /// Not looked at yet, being sent, or to be tried again.
    #[schema(example = 3)]
    waiting: u64,
}

/// One message. What was sent is not stored; which fields were is.
#[derive(Serialize, ToSchema)]
pub(super) struct Delivery {
    /// Its number among those of the destination.
    sequence: u64,
    /// `waiting`, `unknown`, `sending`, `delivered`, `withheld` or `failed`.
    #[schema(example = "withheld")]
    state: &'static str,
    /// Why it stands there.
    #[schema(example = "consent_withdrawn")]
    reason: Option<&'static str>,
    /// The profile it is about.
    profile_id: String,
    /// Code of the audience.
    audience: String,
    /// `entered` or `exited`.
    #[schema(example = "entered")]
    kind: String,
    /// How often it was about to be sent.
    attempts: u32,
    /// The last status the recipient answered.
    last_status: Option<u16>,
    /// When the move was found.
    selected_at: String,
    /// Since when it stands where it stands.
    at: String,
    /// When it is tried again.
    next_attempt_at: Option<String>,
    /// Whether the recipient received it, or may have.
    disclosed: bool,
    /// Names and categories of the fields that were sent, or may have been.
    fields: Vec<DeliveredField>,
    /// What the last decision rested on.
    ground: Option<DeliveryGround>,
}

/// A field of a message, without its value.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveredField {
    /// Its name in the message.
    name: String,
    /// Its data category.
    category: String,
}

/// What a decision rested on.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryGround {
    /// Code of the purpose.
    purpose: Option<String>,
    /// The brand, where each has a permission of its own.
    brand: Option<String>,
    /// The version of the purpose then.
    purpose_version: u32,
    /// The version of the catalogue that was asked.
    catalog_version: u64,
    /// The state of the permission.
    #[schema(example = "given")]
    state: String,
    /// Since when.
    since: Option<String>,
}

/// List deliveries to a destination
///
/// Each message with what became of it and why, and totals that always balance. A key that is limited to some
/// purposes sees the deliveries of their audiences, so a page can be shorter than `limit` and still have a `next`.
#[utoipa::path(
    get,
    path = "/api/v1/destinations/{code}/deliveries",
    tag = "Destinations",
    params(
        ("code" = String, Path, description = "Code of the destination", example = "mailer"),
        ("after" = Option<String>, Query, description = "The `next` of the page before"),
        ("limit" = Option<u64>, Query, description = "At most so many, 1 to 1000; left out: 100"),
    ),
    responses((status = 200, description = "A page", body = DeliveryPage), Refused),
)]
pub(super) async fn get_deliveries(
    State(app): State<App>,
    caller: Caller,
    CodePath(code): CodePath,
    QueryFields(mut query): QueryFields,
) -> Result<Response, Problem> {
    let after = query.optional_number("after", 0..=u64::MAX);
    let limit = query.optional_number("limit", 1..=DELIVERIES_PAGE_MAX as u64).unwrap_or(LIMIT_DEFAULT);
    query.finish()?;
    let limit = usize::try_from(limit).unwrap_or(DELIVERIES_PAGE_MAX);
    let found = deliveries(&app, &code, after, limit).await?;
    // Asked after the page, so that they are never behind it.
    let totals = totals(&app, &code).await?;
    let current = app.current();
    let policy = &current.policy;
    let next = found.last().filter(|_| found.len() == limit).map(|last| last.sequence.to_string());
    let seen = found.into_iter().filter(|delivery| may_see(&caller, policy, delivery));
    Ok(json(&DeliveryPage {
        destination: code,
        totals: DeliveryTotals {
            selected: totals.selected,
            delivered: totals.delivered,
            withheld: totals.withheld.iter().map(|(reason, count)| (reason.code(), *count)).collect(),
            failed: totals.failed,
            waiting: totals.waiting,
        },
        deliveries: seen.map(|delivery| told(policy, delivery)).collect(),
        next,
        as_of: app.now().to_string(),
    }))
}

fn may_see(caller: &Caller, policy: &Policy, delivery: &DeliveryView) -> bool {
    let by_ground = delivery.ground.and_then(|ground| policy.slot(ground.slot));
    let audience = policy.audiences.iter().find(|audience| audience.code == delivery.audience);
    let rule = by_ground.or_else(|| audience.and_then(|audience| policy.slot(audience.slot)));
    // Whose purpose cannot be told any more is for keys that may name all.
    rule.map_or(caller.purposes.is_empty(), |rule| caller.may_name(&rule.purpose))
}

fn told(policy: &Policy, delivery: DeliveryView) -> Delivery {
    let ground = delivery.ground.map(|ground| {
        let rule = policy.slot(ground.slot);
        DeliveryGround {
            purpose: rule.map(|rule| rule.purpose.clone()),
            brand: rule.and_then(|rule| rule.brand.clone()),
            purpose_version: ground.purpose_version,
            catalog_version: ground.catalog_version,
            state: word(&ground.state),
            since: ground.since.map(|since| since.to_string()),
        }
    });
    let field = |field: crate::deliver::SentField| DeliveredField { name: field.name, category: field.category };
    Delivery {
        sequence: delivery.sequence,
        state: delivery.state,
        reason: delivery.reason,
        profile_id: delivery.profile_id.to_string(),
        audience: delivery.audience,
        kind: word(&delivery.kind),
        attempts: delivery.attempts,
        last_status: delivery.last_status,
        selected_at: delivery.selected_at.to_string(),
        at: delivery.at.to_string(),
        next_attempt_at: delivery.next_attempt_at.map(|next| next.to_string()),
        disclosed: delivery.disclosed,
        fields: delivery.fields.into_iter().map(field).collect(),
        ground,
    }
}
