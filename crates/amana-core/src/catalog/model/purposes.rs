//! What data is used for: purposes with their lawful basis, the registers they depend on, and what people read about them.

use super::{is_false, one};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// Codes of registers that it depends on: while any is not in force, nobody may be processed for it.
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
    /// Since which day this version is in force, where that is not when it was applied: `2025-05-01`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
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

/// What kind of paper a purpose depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegisterKind {
    /// An assessment that has to be approved, such as a data protection impact assessment (GDPR Art. 35).
    Assessment,
    /// A contract with a vendor that processes for the organisation (GDPR Art. 28).
    Contract,
    /// What a transfer to another country rests on (GDPR Art. 45, 46).
    Transfer,
}

/// A paper that purposes depend on. While it is not in force their use stops for everybody; nothing is destroyed by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Short name in lower case.
    pub code: String,
    /// What kind of paper it is.
    pub kind: RegisterKind,
    /// Whether it is approved or signed; left out: it is not, and blocks whatever names it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub in_force: bool,
    /// The day at whose beginning it lapses, in the organisation's time zone, such as `2027-01-31`; left out: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Where the paper is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}
