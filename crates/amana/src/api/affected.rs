//! What a change of the catalogue affects, as the API tells it.

use amana_core::catalog::{Affected, AffectedWhat, Effect, Plan};
use serde::Serialize;
use utoipa::ToSchema;

/// A slot, a source or an audience that a change affects, with how many stand behind it. Nobody is gone over to tell it: the
/// numbers are kept with what they count.
#[derive(Serialize, ToSchema)]
pub(super) struct AffectedView {
    /// Of a slot: its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 4)]
    slot: Option<u8>,
    /// Of a slot: its purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "news")]
    purpose: Option<String>,
    /// Of a slot: its brand, for purposes with brands.
    #[serde(skip_serializing_if = "Option::is_none")]
    brand: Option<String>,
    /// Of an audience: its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<String>,
    /// Of a source: its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// What happens. Slots: `closes` (nobody is processed for it any more), `replaced` (by a wider version, for which
    /// everybody begins anew), `narrows` (fewer people, less data or a shorter time), `blocked` and `unblocked` (by
    /// registers: its use stops or goes on, and nothing is destroyed), `lapses` (a register will block it), `hides` and
    /// `takes` (data of another category: hidden at once, or kept from now on), `retypes` (values that were kept in another
    /// type: no audience finds anybody by them until they are told anew), `restarts` and `mixes` (a metric with another
    /// function, which begins anew, or with another event or field, which goes on from what was counted), `untold` (people
    /// are told of the purpose no more where they were). Audiences: `changes`, `removed`, `emptied` (its purpose closes or
    /// is replaced). Sources: `collects_less`, `collects_more`, `distrusted` (what it says of who somebody is is only a claim
    /// from now on), `trusted` (it is a proof), `shares_devices` and `joins_devices` (its devices are many people's and join
    /// nobody, or no longer), `rescoped` (another identity scope), `removed`.
    #[schema(example = "narrows", value_type = String)]
    effect: Effect,
    /// In what. For `narrows` the fields of the purpose; for `blocked`, `unblocked` and `lapses` the registers; for `hides`,
    /// `takes`, `retypes`, `restarts` and `mixes` the data, as in `events.Order Completed.total` or `metrics.orders`; for
    /// `untold` the notices that it was taken out of, or the sources that show them no longer; for a source the purposes, or the new scope.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["keep"]))]
    fields: Vec<String>,
    /// `ready`, or `counting` when the version in force has not reached everybody yet: there are no numbers then, and
    /// the same plan a little later has them.
    #[schema(example = "ready")]
    state: &'static str,
    /// Of a slot: how many profiles may be processed for it now, or could if every register were in force, in profiles.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 12300)]
    people: Option<u64>,
    /// Of a slot: how much is kept for it, in holdings. A holding is what one identifier of somebody holds for the same
    /// set of purposes; it counts for every slot that holds it, also when part of it has outlived that slot's `keep`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 11900)]
    holdings: Option<u64>,
    /// Of a slot: how many of these no slot keeps that goes on after the change. When the slot closes they go as its
    /// `keep` passes; when it becomes narrower they go, or not, by it alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 300)]
    holdings_only: Option<u64>,
    /// Of an audience: how many belong to it now, in profiles.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<u64>,
    /// Of a source: under how many identifiers something was kept that came through it.
    #[serde(skip_serializing_if = "Option::is_none")]
    identifiers: Option<u64>,
    /// Of a source: how many of these hold something for the purposes in `fields`, or for any where it moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    identifiers_holding: Option<u64>,
}

/// What a plan affects.
pub(super) fn views(plan: &Plan) -> Vec<AffectedView> {
    plan.affects.iter().map(AffectedView::of).collect()
}

impl AffectedView {
    fn of(affected: &Affected) -> Self {
        let counts = affected.counts;
        let view = Self {
            slot: None,
            purpose: None,
            brand: None,
            audience: None,
            source: None,
            effect: affected.effect,
            fields: affected.fields.clone(),
            state: if counts.is_some() { "ready" } else { "counting" },
            people: None,
            holdings: None,
            holdings_only: None,
            members: None,
            identifiers: None,
            identifiers_holding: None,
        };
        match &affected.what {
            AffectedWhat::Slot { slot, purpose, brand, .. } => Self {
                slot: Some(slot.0),
                purpose: Some(purpose.clone()),
                brand: brand.clone(),
                people: counts.map(|counts| counts.people),
                holdings: counts.map(|counts| counts.holdings),
                holdings_only: counts.map(|counts| counts.holdings_only),
                ..view
            },
            AffectedWhat::Source { code, .. } => Self {
                source: Some(code.clone()),
                identifiers: counts.map(|counts| counts.identifiers),
                identifiers_holding: counts.map(|counts| counts.identifiers_holding),
                ..view
            },
            AffectedWhat::Audience { code, .. } => {
                Self { audience: Some(code.clone()), members: counts.map(|counts| counts.people), ..view }
            }
        }
    }
}
