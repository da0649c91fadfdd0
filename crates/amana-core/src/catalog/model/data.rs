//! What data is: schemas of events and traits, metrics, identifiers.

use super::is_false;
use crate::FieldType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A declared field: a trait, or a field of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Name, with dots between levels (`address.city`).
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// What kind of data it is.
    pub category: String,
}

/// A declared event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventSchema {
    /// Name as sources send it.
    pub name: String,
    /// What kind of data it is that this happened at all.
    pub category: String,
    /// Its properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// How a metric is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetricFunction {
    /// How often the event happened.
    Count,
    /// The exact sum of a number field.
    Sum,
    /// The smallest value of a number field.
    Min,
    /// The largest value of a number field.
    Max,
    /// When it first happened.
    First,
    /// When it last happened.
    Last,
}

/// A computed trait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Name, which becomes a column.
    pub name: String,
    /// The event it looks at.
    pub event: String,
    /// What it computes.
    pub function: MetricFunction,
    /// The field it looks at, for sum, min and max.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// How a value of an identifier kind is brought into one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Normalise {
    /// Without spaces around it.
    Trim,
    /// Trimmed and in lower case.
    Lowercase,
    /// An e-mail address.
    Email,
    /// A telephone number, E.164, national numbers read as of the organisation's country.
    Phone,
}

/// A kind of identifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentifierKind {
    /// Short name in lower case: `user_id`, `email`, `loyalty_id`.
    pub code: String,
    /// How values are brought into one form.
    pub normalise: Normalise,
    /// How many one person may have.
    pub limit: u32,
    /// Where limits collide, the lower number gives way; an event belongs to its highest.
    pub priority: u32,
    /// The data category a value of it is.
    pub category: String,
    /// Names a device rather than a person, as cookies do.
    #[serde(default, skip_serializing_if = "is_false")]
    pub device: bool,
    /// Traits or event fields it is read from, besides the place the tracking API has for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// Values that are nobody's, besides the built-in ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<String>,
}
