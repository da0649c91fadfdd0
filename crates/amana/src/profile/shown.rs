//! What a reader of a profile is shown.

use super::permissions::PermissionAct;
use super::what_if::{RuleResult, StandingView};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A profile as one purpose may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Profile {
    /// Names the profile: the oldest of the identifiers that are held together, of somebody whom systems know the oldest that
    /// they know. An alias, not a key to build upon.
    #[schema(example = "019577e0-7e5f-7c3e-9f0e-6b1d5a3c2f10")]
    pub profile_id: String,
    /// The purpose it was read for.
    #[schema(example = "orders")]
    pub purpose: String,
    /// The brand, where the purpose has a permission for each.
    pub brand: Option<String>,
    /// When it was read.
    #[schema(example = "2026-03-01T12:00:00.000Z")]
    pub as_of: String,
    /// Attributes by name: of each the newest value that is kept for this purpose.
    #[schema(example = json!({"firstName": "Sam", "address.country": "DE"}))]
    pub traits: BTreeMap<String, Json>,
    /// Computed attributes by name. Counts, and sums and extremes of whole numbers, are whole numbers.
    #[schema(example = json!({"orders": 3, "revenue": 120.5}))]
    pub metrics: BTreeMap<String, Json>,
    /// Identifiers.
    pub identifiers: Vec<ProfileIdentifier>,
    /// Codes of the audiences of this purpose that the profile is in.
    #[schema(example = json!(["regulars"]))]
    pub audiences: Vec<String>,
    /// With `explain=true`: where each value comes from, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<BTreeMap<String, ValueProvenance>>,
    /// With `explain=true`: what is known and not shown, under names of which nothing is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Vec<HiddenValue>>,
    /// With `explain=true`: why the profile may be read. A refusal (403) has the same in its problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<ProfileVerdict>,
}

/// An identifier of a profile.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProfileIdentifier {
    /// Code of its kind.
    #[schema(example = "email")]
    pub kind: String,
    /// The value in the one form of its kind.
    #[schema(example = "sam@example.com")]
    pub value: String,
    /// With `explain=true`: where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<ValueProvenance>,
}

/// Where a value comes from.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ValueProvenance {
    /// It was sent.
    Sent(SentFrom),
    /// It was computed from events.
    Computed(ComputedFrom),
}

/// Where a value that was sent comes from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SentFrom {
    /// Code of the source it came through.
    pub source: Option<String>,
    /// How far that source is believed: `server` verifies, `public` only claims.
    pub trust: Option<String>,
    /// When it was so.
    pub at: String,
    /// When it was learned.
    pub received: String,
    /// Id of the fragment it is kept in.
    pub fragment: String,
    /// The kind of identifier that fragment stands for.
    pub kind: String,
}

/// What a value was computed from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComputedFrom {
    /// The event.
    pub event: String,
    /// What was computed.
    pub function: String,
    /// The field that was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// Something known that this purpose is not shown.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct HiddenValue {
    /// Name of the trait, metric or identifier kind.
    pub name: String,
    /// Its data category; none when it is no longer declared.
    pub category: Option<String>,
    /// Why it is not shown: `not_kept_for_purpose`, `not_held`, `kept_long_enough`,
    /// `counted_otherwise`, or a reason of `permit`.
    #[schema(example = "not_kept_for_purpose")]
    pub reason: String,
    /// The same in words.
    pub words: String,
}

/// Why a profile may be read, or may not.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProfileVerdict {
    /// Whether it may.
    pub allow: bool,
    /// The reason's code.
    pub reason: String,
    /// The reason in words.
    pub words: String,
    /// Every rule with its result, in the order they are asked.
    pub rules: Vec<RuleResult>,
    /// The state of the permission it rests on.
    pub standing: StandingView,
    /// The acts that led to that state, newest first; the one that decides is marked.
    pub acts: Vec<PermissionAct>,
}
