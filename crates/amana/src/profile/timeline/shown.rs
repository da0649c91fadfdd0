//! What happened, as it is told.

use crate::profile::claimed::is_none;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What happened, newest first, as one purpose may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    /// The purpose it was read for.
    #[schema(example = "offers")]
    pub purpose: String,
    /// The brand, where the purpose has a permission for each.
    pub brand: Option<String>,
    /// When it was read.
    pub as_of: String,
    /// What happened.
    pub entries: Vec<TimelineEntry>,
    /// `before` of the next page; none: there is nothing older.
    pub next: Option<String>,
    /// How many identifiers, or groups of them, merely claim to belong to the person and have too many acts to be told:
    /// ask for them by themselves.
    #[serde(skip_serializing_if = "is_none")]
    #[schema(example = 0)]
    pub claims_left_out: usize,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum TimelineEntry {
    /// An event.
    Event(TimelineEvent),
    /// Something that was decided.
    Act(TimelineAct),
}

/// An event of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineEvent {
    /// Its name.
    #[schema(example = "Order Completed")]
    pub event: String,
    /// When it happened.
    pub at: String,
    /// When it was learned.
    pub received: String,
    /// Code of the source it came through; none: one that is declared no more.
    pub source: Option<String>,
    /// Its fields, those that are kept for the purpose.
    #[schema(example = json!({"revenue": 12.5}))]
    pub fields: BTreeMap<String, Json>,
}

/// An act about the purpose.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineAct {
    /// Names the act.
    pub id: String,
    /// What was done.
    #[schema(example = "grant")]
    pub act: String,
    /// What it is about: `purpose`, or for keys of role `privacy` also `person` and `direct_marketing`.
    #[schema(example = "purpose")]
    pub target: &'static str,
    /// When it was done.
    pub at: String,
    /// When it was learned.
    pub received: String,
    /// How it reached us.
    #[schema(example = "form")]
    pub method: String,
    /// The source it came through, or the name of the API key.
    pub source: String,
    /// Whose word it is: `person`, the role of staff, or `source` for what a file says of a person.
    pub actor: String,
    /// What staff wrote down. For keys of role `privacy` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
