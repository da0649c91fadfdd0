//! The catalogue as it is written: plain data, one struct for each table of the file.
//!
//! Types here say what can be written; whether it makes sense together is checked elsewhere in this folder.

mod data;
mod purposes;
mod recipients;
mod sources;

pub use data::*;
pub use purposes::*;
pub use recipients::*;
pub use sources::*;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A whole catalogue file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The controller (GDPR Art. 4(7)) of this installation.
    pub organisation: Organisation,
    /// The names it trades under.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brands: Vec<Brand>,
    /// Data categories beyond the built-in tree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Category>,
    /// Why data is used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<Purpose>,
    /// Papers that purposes depend on: assessments, contracts and transfer instruments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registers: Vec<Register>,
    /// What people are told where data is collected (GDPR Art. 13).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// What people can ask to be told about, or not to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Topic>,
    /// Where data comes in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// Traits beyond the built-in ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traits: Vec<Field>,
    /// Events beyond the built-in ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventSchema>,
    /// Computed traits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    /// Identifier kinds beyond or instead of the built-in ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<IdentifierKind>,
    /// People chosen by a predicate, for a purpose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<Audience>,
    /// Recipient systems.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<Destination>,
    /// Keys of the API.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_keys: Vec<ApiKey>,
}

/// The controller of this installation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Short name in lower case.
    pub code: String,
    /// Name as people know it.
    pub name: String,
    /// ISO 3166-1 alpha-2 code of its main establishment.
    pub country: String,
    /// IANA time zone in which its days begin.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// How to reach whoever answers for data protection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_contact: Option<String>,
}

/// A name the organisation trades under.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    /// Short name in lower case.
    pub code: String,
    /// Name as people know it.
    pub name: String,
}

/// What kind of data a field is: a dotted path whose parent must exist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Dotted path, such as `behaviour.browsing`.
    pub code: String,
    /// Name as people know it.
    pub name: String,
    /// Special category of GDPR Art. 9: denied until a condition is recorded. Children inherit it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub special: bool,
}

fn utc() -> String {
    "UTC".into()
}

fn one() -> u32 {
    1
}

/// The identity scope of sources that declare none, and of whoever names none.
pub const IDENTITY_SCOPE_DEFAULT: &str = "default";

fn default_scope() -> String {
    IDENTITY_SCOPE_DEFAULT.into()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
