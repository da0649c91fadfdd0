//! What is told of an act as its evidence, before it is held against the catalogue: the same from every door.

use amana_core::catalog::check::is_language;
use amana_core::permission::{JURISDICTION_IN_WORDS, Method, is_jurisdiction};

/// How many bytes of notes staff may write down with an act, and of any other part of the evidence.
pub const NOTE_BYTES_MAX: usize = 2_000;
/// How many bytes the name of another system has, and its own id of an act.
pub const SYSTEM_BYTES_MAX: usize = 128;
/// How many bytes a language tag has: what BCP 47 §4.4.1 asks everybody to have room for.
pub const LANGUAGE_BYTES_MAX: usize = 35;

/// What a language is written as.
pub const LANGUAGE_IN_WORDS: &str = "a language tag (BCP 47), such as de or de-AT";
/// What the hash of a text is written as.
pub const TEXT_HASH_IN_WORDS: &str = "64 hexadecimal digits";

/// What is told of an act as its evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvidenceDraft {
    /// How it reached us; none: by the door itself.
    pub method: Option<Method>,
    /// How it was verified who did it: the second step of a double opt-in, how a guardian proved to be one.
    pub verified: Option<String>,
    /// Where the paper, the recording or the scan lies.
    pub document: Option<String>,
    /// For what another system recorded: that system, and its own id of the act, which may be empty where a file names
    /// none.
    pub system: Option<(String, String)>,
    /// Code of the notice that was shown.
    pub notice: Option<String>,
    /// The version of that notice.
    pub notice_version: Option<u32>,
    /// The version of the purpose whose text was shown.
    pub purpose_version: Option<u32>,
    /// Language of the text that was shown.
    pub language: Option<String>,
    /// SHA-256 in lower-case hex of the text that was shown.
    pub text_sha256: Option<String>,
    /// The law that applied.
    pub jurisdiction: Option<String>,
    /// What is to be remembered with it.
    pub note: Option<String>,
}

/// Whether a text is a language tag.
#[must_use]
pub fn is_language_tag(text: &str) -> bool {
    text.len() <= LANGUAGE_BYTES_MAX && is_language(text)
}

/// The hash of a text, as it is kept; none where it is not one.
#[must_use]
pub fn text_hash(text: &str) -> Option<String> {
    let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| text.to_ascii_lowercase())
}

impl EvidenceDraft {
    /// The first part that is not written as it must be, whatever the catalogue says: its field, and what it must be.
    #[must_use]
    pub fn misformed(&self) -> Option<(&'static str, String)> {
        let (system, id) = self.system.as_ref().map(|(system, id)| (system, id)).unzip();
        let texts = [
            ("verified", self.verified.as_ref(), NOTE_BYTES_MAX),
            ("document", self.document.as_ref(), NOTE_BYTES_MAX),
            ("note", self.note.as_ref(), NOTE_BYTES_MAX),
            ("notice", self.notice.as_ref(), SYSTEM_BYTES_MAX),
            ("system", system, SYSTEM_BYTES_MAX),
            ("external_id", id, SYSTEM_BYTES_MAX),
        ];
        let is_text = |text: &str, bytes_max| text.len() <= bytes_max && !text.contains('\0');
        for (field, text, bytes_max) in texts {
            if text.is_some_and(|text| !is_text(text, bytes_max)) {
                return Some((field, format!("a text of at most {bytes_max} bytes")));
            }
        }
        if self.language.as_deref().is_some_and(|tag| !is_language_tag(tag)) {
            return Some(("language", LANGUAGE_IN_WORDS.to_owned()));
        }
        if self.jurisdiction.as_deref().is_some_and(|text| !is_jurisdiction(text)) {
            return Some(("jurisdiction", JURISDICTION_IN_WORDS.to_owned()));
        }
        if self.text_sha256.as_deref().is_some_and(|text| text_hash(text).as_deref() != Some(text)) {
            return Some(("text_sha256", TEXT_HASH_IN_WORDS.to_owned()));
        }
        None
    }
}
