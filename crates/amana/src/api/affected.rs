//! What a change of the catalogue affects, as the API tells it.

use amana_core::catalog::{Affected, AffectedWhat, Effect, Plan};
use serde::Serialize;
use utoipa::ToSchema;

/// A slot or an audience that a change affects, with how many stand behind it. Nobody is gone over to tell it: the
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
    /// What happens. Slots: `closes` (nobody is processed for it any more), `replaced` (by a wider version, for which
    /// everybody begins anew), `narrows` (fewer people, less data or a shorter time). Audiences: `changes`, `removed`,
    /// `emptied` (its purpose closes or is replaced).
    #[schema(example = "narrows", value_type = String)]
    effect: Effect,
    /// For `narrows`: the fields of the purpose in which.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["keep"]), value_type = Vec<String>)]
    fields: Vec<&'static str>,
    /// `ready`, or `counting` when the version in force has not reached everybody yet: there are no numbers then, and
    /// the same plan a little later has them.
    #[schema(example = "ready")]
    state: &'static str,
    /// Of a slot: how many profiles may be processed for it now, in profiles.
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
            effect: affected.effect,
            fields: affected.fields.clone(),
            state: if counts.is_some() { "ready" } else { "counting" },
            people: None,
            holdings: None,
            holdings_only: None,
            members: None,
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
            AffectedWhat::Audience { code, .. } => {
                Self { audience: Some(code.clone()), members: counts.map(|counts| counts.people), ..view }
            }
        }
    }
}
