//! Acts: what somebody did that moves a permission, with the evidence that it was so (GDPR Art. 7(1)).

use crate::catalog::Basis;
use crate::{Moment, Slot};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What was done. A closed set; the numbers are stored and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// Was told (GDPR Art. 13, 14).
    Inform,
    /// Something happened that starts the basis.
    Start,
    /// Something happened that ends the basis.
    End,
    /// Asked for consent to be confirmed in a second step.
    Request,
    /// Agreed; for purposes without consent: takes an objection back.
    Grant,
    /// Said no when asked.
    Refuse,
    /// Took consent back (Art. 7(3)).
    Withdraw,
    /// Objected (Art. 21).
    Object,
    /// The objection was upheld.
    Uphold,
    /// Compelling grounds against the objection are recorded; impossible for direct marketing.
    Override,
    /// A vital interest was asserted by a person of staff, with a reason, until an instant.
    Assert,
    /// The consent turned out to be invalid.
    Invalidate,
    /// A guardian decided for a child (Art. 8).
    Guardian,
    /// A browser said so by Global Privacy Control: an objection by automated means (Art. 21(5)).
    PrivacyControl,
    /// Processing is restricted (Art. 18).
    Restrict,
    /// The restriction is lifted.
    Lift,
    /// Everything about the person was erased (Art. 17).
    Erase,
}

impl ActKind {
    /// What an act of this kind means under a basis: taking consent back from something that never needed it is an
    /// objection, objecting to what rests on consent takes the consent back. People need not know the difference.
    #[must_use]
    pub fn under(self, basis: Basis) -> Self {
        match (self, basis) {
            (Self::Object, Basis::Consent) => Self::Withdraw,
            (Self::Refuse | Self::Withdraw, Basis::LegitimateInterest | Basis::PublicTask) => Self::Object,
            _ => self,
        }
    }

    /// Whether somebody decided something, in contrast to something that merely happened.
    #[must_use]
    pub fn is_decision(self) -> bool {
        !matches!(self, Self::Inform | Self::Start | Self::End)
    }
}

/// A way to reach somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Electronic mail.
    Email,
    /// Text message.
    Sms,
    /// Notification of an app.
    Push,
    /// A call.
    Phone,
    /// A letter.
    Post,
}

/// What an act is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Target {
    /// The whole person.
    Person,
    /// All direct marketing, also what is declared later (Art. 21(2)).
    DirectMarketing,
    /// One channel, whatever the purpose.
    Channel(Channel),
    /// One slot.
    Slot(Slot),
}

/// How an act reached us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A form or page of the organisation.
    Form,
    /// A call.
    Call,
    /// Paper.
    Paper,
    /// The consent fields of an SDK.
    Sdk,
    /// Global Privacy Control.
    Gpc,
    /// A file.
    Import,
    /// The API.
    Api,
    /// An event that a purpose names.
    Event,
    /// A notice that a source serves.
    Notice,
}

/// Why an act is believed to have happened as recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// How it reached us.
    pub method: Method,
    /// The source it came through, or the API key's name.
    pub source: String,
    /// Whose word it is: `person`, or the role of staff.
    pub actor: String,
    /// The notice shown and its version.
    pub notice: Option<(String, u32)>,
    /// The version of the purpose whose text was shown.
    pub purpose_version: Option<u32>,
    /// The language of that text.
    pub language: Option<String>,
    /// SHA-256 of that text, in hex.
    pub text_sha256: Option<String>,
    /// The law that applied, as the source knew it (`DE`, `US-CA`).
    pub jurisdiction: Option<String>,
    /// What staff wrote down: a reason, grounds.
    pub note: Option<String>,
}

impl Evidence {
    /// Evidence that names only how and from where.
    #[must_use]
    pub fn new(method: Method, source: &str, actor: &str) -> Self {
        Self {
            method,
            source: source.into(),
            actor: actor.into(),
            notice: None,
            purpose_version: None,
            language: None,
            text_sha256: None,
            jurisdiction: None,
            note: None,
        }
    }
}

/// Something somebody did, on two time axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// Names the act.
    pub id: Uuid,
    /// What was done.
    pub kind: ActKind,
    /// What it is about.
    pub target: Target,
    /// When it was done, as claimed and bounded; never after `received`.
    pub at: Moment,
    /// When we learned of it.
    pub received: Moment,
    /// For assertions: until when.
    pub until: Option<Moment>,
    /// Why it is believed.
    pub evidence: Evidence,
}
