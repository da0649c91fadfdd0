//! Why an act is believed: how it reached us and what proves it (GDPR Art. 7(1), 5(2)).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an act reached us. The numbers are stored and never change.
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
    /// The second step of a double opt-in: a link that only the owner of an address could follow.
    DoubleOptIn,
    /// The portal, by a person who had signed in.
    Portal,
    /// A person of staff, by themselves.
    Staff,
    /// A device showed that several people sign in on it.
    SharedDevice,
}

/// The version of a notice of which nobody said which one it was: versions begin with 1. A number and not an option, for
/// the coding of the acts log names no fields and what it has written is kept.
pub const NOTICE_VERSION_UNSAID: u32 = 0;

/// Why an act is believed to have happened as recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// How it reached us.
    pub method: Method,
    /// The source it came through, or the API key's name.
    pub source: String,
    /// Whose word it is: `person`, the role of staff, or `source` where a file says what no person said.
    pub actor: String,
    /// The notice shown and its version, or [`NOTICE_VERSION_UNSAID`].
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
    /// The purpose's code, so that history can be read when the slot has closed.
    #[serde(default)]
    pub purpose: Option<String>,
    /// The brand's code, likewise; none: all brands.
    #[serde(default)]
    pub brand: Option<String>,
    /// Where the paper, the recording or the scan lies.
    #[serde(default)]
    pub document: Option<String>,
    /// How it was verified: the message of a double opt-in, or how a guardian proved to be one (GDPR Art. 8(2)).
    #[serde(default)]
    pub verified: Option<String>,
    /// For what another system recorded: that system, and its own id of the act.
    #[serde(default)]
    pub system: Option<(String, String)>,
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
            purpose: None,
            brand: None,
            document: None,
            verified: None,
            system: None,
        }
    }

    /// Whether it proves that the owner of the address, or who is signed in, did the act themselves: what a purpose
    /// with double opt-in waits for (GDPR Art. 7(1)).
    #[must_use]
    pub fn confirms(&self) -> bool {
        matches!(self.method, Method::DoubleOptIn | Method::Portal) || self.is_verified()
    }

    /// Whether it says how the act was verified.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.verified.as_deref().is_some_and(|how| !how.trim().is_empty())
    }
}
