//! What became of the messages to a destination.

use super::auth::Caller;
use super::input::{CodePath, QueryFields};
use super::json;
use super::openapi::Refused;
use super::problem::Problem;
use crate::app::App;
use crate::deliver::{DELIVERIES_PAGE_MAX, DeliveryView, Totals, deliveries, totals};
use crate::profile::spelling::word;
use amana_core::catalog::Policy;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How many deliveries are counted one by one for a key that may see only some of them.
const COUNTED_MAX: usize = 100_000;

/// A page of deliveries, with the totals of the destination.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryPage {
    /// Code of the destination.
    #[schema(example = "mailer")]
    destination: String,
    /// What became of everything selected for it: `selected = delivered + withheld + failed + waiting`. For a key that
    /// is limited to some purposes: of those deliveries of theirs that were looked at, and null where the destination has
    /// more than 100,000 deliveries.
    totals: Option<DeliveryTotals>,
    /// Deliveries in their order. What nobody has looked at yet is counted as waiting and has no number.
    deliveries: Vec<Delivery>,
    /// What to name as `after` for the next page; none on the last.
    next: Option<String>,
    /// When that was found.
    as_of: String,
}

/// What became of everything selected for a destination.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
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
    /// The `profile_id` that the message carried: each recipient knows people by ids of its own. None when it carried
    /// none.
    recipient_profile_id: Option<String>,
    /// Code of the audience.
    audience: String,
    /// `entered`, `updated` or `exited`.
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
/// purposes sees the deliveries of their audiences and totals of these alone; where those of others are many, a page can
/// be shorter
/// than `limit` and still have a `next`.
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
    let limit = query.limit(DELIVERIES_PAGE_MAX);
    query.finish()?;
    let (seen, next) = page(&app, &code, &caller, after, limit).await?;
    // Asked after the page, so that they are never behind it.
    let totals = match caller.purposes.as_slice() {
        [] => Some(of_everybody(&totals(&app, &code).await?)),
        _ => of_purposes(&app, &code, &caller).await?,
    };
    let current = app.current();
    let policy = &current.policy;
    Ok(json(&DeliveryPage {
        destination: code,
        totals,
        deliveries: seen.into_iter().map(|delivery| told(policy, delivery)).collect(),
        next: next.map(|last| last.to_string()),
        as_of: app.now().to_string(),
    }))
}

/// A page of the deliveries that a key may see, and after which one the next begins. What it may not see is passed over,
/// up to a bound, so that an answer takes no longer than a page of a thousand.
async fn page(
    app: &App,
    code: &str,
    caller: &Caller,
    mut after: Option<u64>,
    limit: usize,
) -> Result<(Vec<DeliveryView>, Option<u64>), Problem> {
    let current = app.current();
    let (mut seen, mut looked_at) = (Vec::new(), 0);
    while looked_at < DELIVERIES_PAGE_MAX {
        let read = if caller.purposes.is_empty() { limit } else { DELIVERIES_PAGE_MAX - looked_at };
        let found = deliveries(app, code, after, read).await?;
        let through = found.len() < read;
        looked_at += found.len();
        for delivery in found {
            after = Some(delivery.sequence);
            if may_see(caller, &current.policy, &delivery) {
                seen.push(delivery);
            }
            if seen.len() == limit {
                return Ok((seen, after));
            }
        }
        if through {
            return Ok((seen, None));
        }
    }
    Ok((seen, after))
}

fn of_everybody(totals: &Totals) -> DeliveryTotals {
    DeliveryTotals {
        selected: totals.selected,
        delivered: totals.delivered,
        withheld: totals.withheld.iter().map(|(reason, count)| (reason.code(), *count)).collect(),
        failed: totals.failed,
        waiting: totals.waiting,
    }
}

/// The totals of the deliveries that a key may see, counted one by one: the destination's own are not kept by purpose.
/// `None` when there are too many to count for an answer.
async fn of_purposes(app: &App, code: &str, caller: &Caller) -> Result<Option<DeliveryTotals>, Problem> {
    let current = app.current();
    let (mut counted, mut after) = (DeliveryTotals::default(), None);
    for _ in 0..COUNTED_MAX / DELIVERIES_PAGE_MAX {
        let page = deliveries(app, code, after, DELIVERIES_PAGE_MAX).await?;
        page.iter().filter(|delivery| may_see(caller, &current.policy, delivery)).for_each(|seen| counted.count(seen));
        after = page.last().map(|last| last.sequence);
        if page.len() < DELIVERIES_PAGE_MAX {
            return Ok(Some(counted));
        }
    }
    Ok(None)
}

impl DeliveryTotals {
    fn count(&mut self, delivery: &DeliveryView) {
        self.selected += 1;
        match delivery.state {
            "delivered" => self.delivered += 1,
            "failed" => self.failed += 1,
            "withheld" => *self.withheld.entry(delivery.reason.unwrap_or_default()).or_default() += 1,
            _ => self.waiting += 1,
        }
    }
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
        recipient_profile_id: delivery.recipient_profile_id.map(|id| id.to_string()),
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
