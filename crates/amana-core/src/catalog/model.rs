//! The catalogue as it is written: plain data, one struct for each table of the file.
//!
//! Types here say what can be written; whether it makes sense together is checked elsewhere in this folder.

use crate::FieldType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// The lawful basis of a purpose (GDPR Art. 6(1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Art. 6(1)(a)
    Consent,
    /// Art. 6(1)(b)
    Contract,
    /// Art. 6(1)(c)
    LegalObligation,
    /// Art. 6(1)(d)
    VitalInterest,
    /// Art. 6(1)(e)
    PublicTask,
    /// Art. 6(1)(f)
    LegitimateInterest,
}

/// Why data is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// Short name in lower case.
    pub code: String,
    /// Raised whenever the meaning changes; a wider version asks people again.
    #[serde(default = "one")]
    pub version: u32,
    /// The lawful basis.
    pub basis: Basis,
    /// The brands that pursue it, each with a permission of its own; left out: one permission for all brands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brands: Vec<String>,
    /// Data categories it may use; a category includes everything below it.
    pub categories: Vec<String>,
    /// What starts the basis: events or notices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts_on: Vec<Trigger>,
    /// What ends the basis.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends_on: Vec<Trigger>,
    /// How long a datum lives, from the datum's own time: an ISO 8601 duration such as `P2Y`.
    pub keep: String,
    /// Direct marketing: an objection is absolute (GDPR Art. 21(2), (3)).
    #[serde(default, skip_serializing_if = "is_false")]
    pub direct_marketing: bool,
    /// Whether a Global Privacy Control signal counts as an objection; left out: as `direct_marketing` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub honours_gpc: Option<bool>,
    /// The uses it is for; left out: all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<UseKind>,
    /// Codes of destinations that may receive its data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<String>,
    /// The ground for reading or writing a person's device (ePrivacy Art. 5(3)); left out: it does neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_ground: Option<DeviceGround>,
    /// The ground for electronic mail nobody asked for (ePrivacy Art. 13); left out: it sends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_ground: Option<MailGround>,
    /// The condition of GDPR Art. 9(2) for special categories, and where it is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special_condition: Option<String>,
    /// Countries whose people it is for; left out: everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Below this age in years a guardian decides; left out: for consent, advertising and profiling as the law of the
    /// person's country says, else that of the organisation's, else 16 (GDPR Art. 8(1)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_min: Option<u8>,
    /// Nothing is done for it with people whose age is not known, unless a guardian decided.
    #[serde(default, skip_serializing_if = "is_false")]
    pub age_required: bool,
    /// Consent is given only after the person confirmed it in a second step.
    #[serde(default, skip_serializing_if = "is_false")]
    pub double_opt_in: bool,
    /// Consent expires after this time, an ISO 8601 duration; left out: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_expires_after: Option<String>,
    /// Registers that block it: while any is not in force, nobody may be processed for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked_by: Vec<String>,
    /// No longer pursued: denied, while what was kept for it runs out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub retired: bool,
    /// What people read, by language (BCP 47).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, Text>,
}

/// What moves a basis: exactly one of both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// An event of that name, built in or declared in `events`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// A notice that the source serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}

/// A ground of ePrivacy Art. 5(3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceGround {
    /// The person agreed: the purpose's own basis must be consent.
    Consent,
    /// Strictly necessary for what the person asked for.
    StrictlyNecessary,
}

/// A ground of ePrivacy Art. 13.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailGround {
    /// Art. 13(1)
    Consent,
    /// Art. 13(2): an existing customer, similar products, an easy way out.
    SoftOptIn,
    /// Not marketing: the message is part of what the person asked for.
    Service,
}

/// What may be done with data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UseKind {
    /// Keep what comes in.
    Collect,
    /// Join identifiers.
    Link,
    /// Hold.
    Store,
    /// Put into audiences.
    Segment,
    /// Count.
    Analyse,
    /// Read, score.
    Profile,
    /// Choose what the person is shown.
    Decide,
    /// Write or call.
    Contact,
    /// Hand to a recipient.
    Share,
    /// Tell recipients of a change (GDPR Art. 19).
    Notify,
    /// Disclose to the subject, an authority or for a legal claim.
    Disclose,
}

impl UseKind {
    /// All uses.
    pub const ALL: [Self; 11] = [
        Self::Collect,
        Self::Link,
        Self::Store,
        Self::Segment,
        Self::Analyse,
        Self::Profile,
        Self::Decide,
        Self::Contact,
        Self::Share,
        Self::Notify,
        Self::Disclose,
    ];
}

/// A text in one language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// A few words.
    pub title: String,
    /// Plain language, whole.
    pub text: String,
}

/// What people are told where data is collected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Short name in lower case.
    pub code: String,
    /// Raised with each change.
    #[serde(default = "one")]
    pub version: u32,
    /// The purposes it informs about.
    pub purposes: Vec<String>,
    /// What people read, by language (BCP 47).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, Text>,
}

/// What people can ask to be told about, or not to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Short name in lower case.
    pub code: String,
    /// The purpose whose messages it is about; left out: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Name as people know it, by language (BCP 47).
    pub name: BTreeMap<String, String>,
}

/// How far a source's claims about who somebody is are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Its write key is known to everybody: it only claims.
    Public,
    /// Its write key is a secret of the organisation: it verifies.
    Server,
}

/// Where data comes in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Short name in lower case.
    pub code: String,
    /// The brand it belongs to.
    pub brand: String,
    /// `web`, `app`, `till`, `call_centre`, `crm`, `email`, …
    pub channel: String,
    /// How far it is believed.
    pub trust: Trust,
    /// The key it sends, for public sources. One of both must be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_key: Option<String>,
    /// SHA-256 of the key it sends, in hex, for keys that are secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_key_sha256: Option<String>,
    /// The purposes it collects for.
    pub collects: Vec<String>,
    /// Consent category of the SDK or banner → purposes. What is not named permits nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub consent_categories: BTreeMap<String, Vec<String>>,
    /// The notices people see there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// Identifiers of different scopes never meet.
    #[serde(default = "default_scope")]
    pub identity_scope: String,
    /// Whether what it collects is read from or written to a person's device.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reads_device: bool,
    /// For public sources: what proves that somebody is who they say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_proof: Option<super::IdentityProof>,
}

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

/// People chosen by a predicate, for a purpose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// Short name in lower case.
    pub code: String,
    /// Name as people know it.
    pub name: String,
    /// The purpose it serves.
    pub purpose: String,
    /// The brand it serves, for purposes with brands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// A SQL predicate over traits and metrics. Somebody for whom it cannot be computed, as where a metric that is zero
    /// divides, does not belong.
    #[serde(rename = "where")]
    pub predicate: String,
    /// Destinations told who enters and leaves: recipients that the purpose names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<String>,
}

/// A recipient system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Short name in lower case.
    pub code: String,
    /// Name as people know it: the recipient they are told of (GDPR Art. 15(1)(c)).
    pub name: String,
    /// Reached by signed HTTP requests (Standard Webhooks). Exactly one way must be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// What it may receive, field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<ContractField>,
    /// ISO 3166-1 alpha-2 code of where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// A destination reached by signed HTTP requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// `https://…`
    pub url: String,
    /// `whsec_` and base64, or `env:NAME` for a variable of the server's environment.
    pub signing_secret: String,
    /// Networks (CIDR) it may reach although they are private.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_networks: Vec<String>,
    /// Requests at the same time; left out: 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u16>,
}

/// One field of a destination's contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractField {
    /// The trait, metric or identifier kind it is filled from.
    pub from: String,
    /// Its name in the message; left out: as `from`.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Sent as SHA-256 in hex of the normalised value.
    #[serde(default, skip_serializing_if = "is_false")]
    pub hashed: bool,
}

/// What a key of the API may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Changes the catalogue and keys; reads no person.
    Admin,
    /// Answers for data protection: reads people and permissions, records acts.
    Privacy,
    /// Audiences, destinations, deliveries.
    Marketing,
    /// Counts; no person.
    Analyst,
    /// A department's system: one person at a time, for a purpose.
    Service,
}

/// A key of the API. Only its hash is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// SHA-256 of the key, in hex. `amana key new` makes both.
    pub sha256: String,
    /// The purposes it may name; left out: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<String>,
}

fn utc() -> String {
    "UTC".into()
}

fn one() -> u32 {
    1
}

fn default_scope() -> String {
    "default".into()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
