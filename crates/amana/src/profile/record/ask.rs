//! An act as it is asked to be recorded.

use crate::profile::find::Sought;
use amana_core::Moment;
use amana_core::catalog::Role;
use amana_core::permission::{ActKind, Channel, Method};
use amana_core::preferences::Change;
use serde_json::Value as Json;
use uuid::Uuid;

/// What an act says beyond its kind and what it is about.
#[derive(Clone, Debug, Default)]
pub enum Said {
    /// Nothing.
    #[default]
    Nothing,
    /// Of a correction.
    Correction {
        /// The trait.
        field: String,
        /// The right value; null: there is none.
        value: Json,
    },
    /// Of preferences: what changes.
    Preferences(Vec<Change>),
}

/// What an act is about.
#[derive(Clone, Copy, Debug)]
pub enum About<'a> {
    /// A purpose, for one brand or, where that makes sense, for all.
    Purpose {
        /// Its code.
        purpose: &'a str,
        /// Code of the brand.
        brand: Option<&'a str>,
    },
    /// All direct marketing.
    DirectMarketing,
    /// The whole person.
    Person,
    /// A channel.
    Channel(Channel),
}

/// An act to be recorded.
#[derive(Clone, Debug)]
pub struct ActAsk<'a> {
    /// Names the act, where the caller does: the same name again is the same act.
    pub id: Option<Uuid>,
    /// Whose permission it moves.
    pub sought: Sought<'a>,
    /// What was done.
    pub act: ActKind,
    /// What it is about.
    pub about: About<'a>,
    /// When it was done; none: now.
    pub at: Option<Moment>,
    /// For assertions, and a guardian's decision: until when.
    pub until: Option<Moment>,
    /// How it reached us; none: by the API.
    pub method: Option<Method>,
    /// How it was verified who did it: the second step of a double opt-in, how a guardian proved to be one.
    pub verified: Option<String>,
    /// Of a guardian's decision: an identifier of the guardian, which must not be the child's.
    pub guardian: Option<Sought<'a>>,
    /// Where the paper, the recording or the scan lies.
    pub document: Option<String>,
    /// For what another system recorded: that system, and its own id of the act.
    pub system: Option<(String, String)>,
    /// What it says, for acts that say more.
    pub said: Said,
    /// Code of the notice that was shown.
    pub notice: Option<String>,
    /// The version of that notice; none: the one of today.
    pub notice_version: Option<u32>,
    /// Language of the text that was shown.
    pub language: Option<String>,
    /// SHA-256 in hex of the text that was shown.
    pub text_sha256: Option<String>,
    /// The law that applied.
    pub jurisdiction: Option<String>,
    /// What staff wrote down.
    pub note: Option<String>,
    /// Name of the key it came with.
    pub key: &'a str,
    /// Role of that key.
    pub role: Role,
}
