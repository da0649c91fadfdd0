//! What is told of a person's permissions.

use crate::profile::claimed::is_none;
use crate::profile::preferences::HonouredWishes;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// All permissions of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Permissions {
    /// Names the profile. None when nobody is known by this identifier, and for keys of services.
    pub profile_id: Option<String>,
    /// The instant they are told for: what was so then.
    #[schema(example = "2026-03-01T12:00:00.000Z")]
    pub as_of: String,
    /// The instant whose knowledge they are told with: what was learned later does not count.
    #[schema(example = "2026-03-01T12:00:00.000Z")]
    pub known_at: String,
    /// The version of the catalogue by which they are judged: the one in force at `as_of` or, where that is earlier, at
    /// `known_at`. 0: none was, so nothing was permitted and there was no purpose.
    #[schema(example = 3)]
    pub catalog_version: u64,
    /// One for each purpose and brand that was declared then.
    pub permissions: Vec<Permission>,
    /// Acts about the whole person, all direct marketing or a channel that count. Not for keys of services.
    pub general: Vec<PermissionAct>,
    /// How the person wants to be written to, as it is to be honoured: for those who contact people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferences: Option<HonouredWishes>,
    /// How many identifiers, or groups of them, merely claim to belong to the person and have too many acts to be told:
    /// ask for them by themselves.
    #[serde(skip_serializing_if = "is_none")]
    #[schema(example = 0)]
    pub claims_left_out: usize,
    /// With `history=true`: how it came to that, oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<HistoryEntry>>,
    /// What to name as `after` for the next page of the history, with the same `as_of` and `known_at`; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The permission for a purpose and brand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Permission {
    /// Code of the purpose.
    #[schema(example = "news")]
    pub purpose: String,
    /// The brand, where each has a permission of its own.
    pub brand: Option<String>,
    /// The version of the purpose that people were asked for.
    pub version: u32,
    /// The lawful basis.
    #[schema(example = "consent")]
    pub basis: String,
    /// The state.
    #[schema(example = "given")]
    pub state: String,
    /// When what brought it about was done.
    pub since: Option<String>,
    /// When time alone will change it.
    pub until: Option<String>,
    /// What may be done, by use.
    pub uses: BTreeMap<String, UseVerdict>,
    /// The acts that count, newest first; the one that decides is marked.
    pub acts: Vec<PermissionAct>,
}

/// Whether a use is permitted.
#[derive(Debug, Serialize, ToSchema)]
pub struct UseVerdict {
    /// Whether it is.
    pub allow: bool,
    /// The reason's code.
    #[schema(example = "consent_unknown")]
    pub reason: String,
    /// The reason in words.
    pub words: String,
}

/// An act, with its evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionAct {
    /// Names the act.
    pub id: String,
    /// What was done.
    #[schema(example = "grant")]
    pub act: String,
    /// What it is about: `purpose`, `person`, `direct_marketing` or `channel:<channel>`.
    #[schema(example = "purpose")]
    pub target: String,
    /// Of `correct` the trait, of `prefer` the part of the preferences that it is about. Values are read with the profile and
    /// the preferences.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "firstName")]
    pub field: Option<String>,
    /// Whether the state rests on it; in a history, whether it brought the change about.
    pub decides: bool,
    /// When it was done.
    pub at: String,
    /// When it was learned.
    pub received: String,
    /// Until when it holds, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// How it reached us.
    #[schema(example = "sdk")]
    pub method: String,
    /// The source it came through, or the name of the API key.
    pub source: String,
    /// Whose word it is: `person`, the role of staff, or `source` for what a file says of a person.
    pub actor: String,
    /// The notice that was shown, and its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<ShownNotice>,
    /// The version of the purpose whose text was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose_version: Option<u32>,
    /// The language of that text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// SHA-256 of that text, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_sha256: Option<String>,
    /// The text itself, where a version of the catalogue still has it: of the act that decides, and in a history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<ShownText>,
    /// The law that applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// Where the paper, the recording or the scan lies. Not for keys of services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// How it was verified who did it. Not for keys of services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<String>,
    /// For what another system recorded: that system, and its own id of the act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<RecordedElsewhere>,
    /// What staff wrote down. Not for keys of services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A notice that was shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownNotice {
    /// Its code.
    pub code: String,
    /// Its version; none: nobody said which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// A text that was shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShownText {
    /// Its title.
    pub title: String,
    /// The text.
    pub text: String,
}

/// Another system that recorded an act.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordedElsewhere {
    /// The system.
    pub name: String,
    /// Its id of the act.
    pub id: String,
}

/// A change of a state, or an act that moved none.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryEntry {
    /// When it was so.
    pub at: String,
    /// When it was learned; for what time or the catalogue brought about, when it came about.
    pub received: String,
    /// Code of the purpose; none: the act is about the person, all direct marketing, a channel, a value or a preference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The brand, where each has a permission of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The version of the purpose that people were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The state before; none: the act moved no state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The state from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Whether it is of identifiers that are the person's by proof; else of such as only claim to be.
    pub proven: bool,
    /// The act; none: time alone brought it about, or the catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<PermissionAct>,
    /// The version of the catalogue that brought it about, by judging otherwise than the version before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 3)]
    pub catalog_version: Option<u64>,
}
