//! What stands in the journal.

use super::{FORMAT_CODED, FORMAT_CODED_NAMED, FORMAT_JSON, RECORD_EVENTS_MAX, coded};
use crate::hash::short_of;
use amana_core::permission::{ActKind, Content, Evidence, Target};
use amana_core::{Event, Moment};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a record of the journal says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// Events of one request.
    Collected(Collected),
    /// An act of a person or of staff.
    Decided(Box<Decided>),
    /// Staff joined or parted who is taken for one person.
    Identity(Box<IdentityDecision>),
    /// Acts of rows of a file.
    Imported(Imported),
    /// Staff want what was set aside to be worked on again.
    Again(Again),
    /// Staff delete what was set aside.
    Deleted(Box<DeletedAside>),
}

impl Entry {
    /// How many events it is.
    #[must_use]
    pub fn events(&self) -> usize {
        match self {
            Self::Collected(collected) => collected.events.len(),
            Self::Decided(_) | Self::Identity(_) | Self::Deleted(_) => 1,
            Self::Imported(imported) => imported.decisions.len(),
            Self::Again(again) => again.records.iter().map(|record| record.events).sum(),
        }
    }

    /// Its records.
    pub(super) fn to_records(&self) -> Vec<(u8, Vec<u8>)> {
        match self {
            Self::Collected(collected) if self.events() > RECORD_EVENTS_MAX => {
                let parts = collected.events.chunks(RECORD_EVENTS_MAX);
                parts.map(|events| (collected.format(), coded::code(collected, events))).collect()
            }
            Self::Imported(imported) if self.events() > RECORD_EVENTS_MAX => {
                let parts = imported.decisions.chunks(RECORD_EVENTS_MAX);
                parts.map(|decisions| (FORMAT_JSON, json(&Part::Imported { decisions }))).collect()
            }
            // What stood in a record of its own does so again: it was the smallest batch that could be worked on.
            Self::Again(again) => {
                let each = again.records.chunks(1);
                each.map(|records| (FORMAT_JSON, json(&Part::Again { records }))).collect()
            }
            whole => vec![whole.to_bytes()],
        }
    }

    pub(crate) fn to_bytes(&self) -> (u8, Vec<u8>) {
        match self {
            Self::Collected(collected) => (collected.format(), coded::code(collected, &collected.events)),
            rare => (FORMAT_JSON, json(rare)),
        }
    }

    pub(crate) fn from_bytes(format: u8, bytes: &[u8]) -> Option<Self> {
        if matches!(format, FORMAT_CODED | FORMAT_CODED_NAMED) {
            let named = format == FORMAT_CODED_NAMED;
            return coded::decode(bytes).map(|collected| Self::Collected(Collected { named, ..collected }));
        }
        serde_json::from_slice(bytes).ok()
    }
}

/// A part of an entry, which reads as an entry of its own.
#[derive(Serialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
enum Part<'a> {
    Imported { decisions: &'a [Decided] },
    Again { records: &'a [AgainRecord] },
}

fn json(entry: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(entry).expect("entries have only text keys")
}

/// One request's worth of accepted events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collected {
    /// Code of the source whose write key came with it.
    pub source: String,
    /// When it was received.
    pub received_at: Moment,
    /// Whether the request carried a Global Privacy Control signal.
    pub gpc: bool,
    /// Whether the sender is a known bot: counted and set apart, never part of a profile.
    pub bot: bool,
    /// Whether the events have names of their own (an order's number in a file): they are known by them for as long as
    /// anything of them is kept, and not for some days only.
    #[serde(default)]
    pub named: bool,
    /// The events, in the order they came.
    pub events: Vec<Event>,
}

impl Collected {
    fn format(&self) -> u8 {
        if self.named { FORMAT_CODED_NAMED } else { FORMAT_CODED }
    }
}

/// What rows of a file say that people decided. Who was stopped while importing sends rows again under the same ids,
/// and each counts once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// The acts, in the order of their rows.
    pub decisions: Vec<Decided>,
}

/// Records that were set aside and are to be worked on again, in their order. What they say stays where it was put until
/// that is done, so that nothing of it is lost and nothing stands twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// The records.
    pub records: Vec<AgainRecord>,
}

/// A record that was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgainRecord {
    /// Where it stands in the log of what was set aside.
    pub place: u64,
    /// How many events it is.
    pub events: usize,
}

/// What was set aside and is never worked on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedAside {
    /// Where it ends in the log of what was set aside.
    pub until: u64,
    /// How many records it is.
    pub records: u64,
    /// How many events, so far as they could be opened.
    pub events: usize,
    /// When it was deleted.
    pub at: Moment,
    /// Why.
    pub note: String,
}

/// An act, with whom it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// Names the act.
    pub id: Uuid,
    /// The identifier of the person: code of its kind, and value.
    pub kind: String,
    /// The value.
    pub value: String,
    /// The identity scope it belongs to.
    pub scope: String,
    /// What was done.
    pub act: ActKind,
    /// What it is about.
    pub targets: Vec<Target>,
    /// When it was done.
    pub at: Moment,
    /// When we learned of it.
    pub received_at: Moment,
    /// For assertions: until when.
    pub until: Option<Moment>,
    /// Why it is believed.
    pub evidence: Evidence,
    /// What was said, for acts that are about a value or a preference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// Where the caller gave the act its name: a hash of everything the caller said. The same name again is the same act
    /// only where this is the same, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<u64>,
}

impl Decided {
    /// The short hash by which it is known again: of whose name for it that is, the name, and what was said. With the name
    /// alone an act that is named like another by mistake would be acknowledged and forgotten. Names of rows of files are
    /// made of what stands there, so they need no words.
    #[must_use]
    pub fn known_as(&self) -> u64 {
        let words = self.words.map(u64::to_be_bytes);
        let words = words.as_ref().map_or(&[][..], |words| words);
        short_of(&[b"act", self.evidence.source.as_bytes(), self.id.as_bytes(), words])
    }

    /// The short hash of its name alone.
    #[must_use]
    pub fn name_known_as(&self) -> u64 {
        short_of(&[b"act name", self.evidence.source.as_bytes(), self.id.as_bytes()])
    }
}

/// An identifier, in the one form of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Code of its kind.
    pub kind: String,
    /// The value.
    pub value: String,
    /// The identity scope it belongs to.
    pub scope: String,
}

/// A decision of staff about who is one person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityDecision {
    /// Names the act.
    pub id: Uuid,
    /// What was decided: [`ActKind::Join`], [`ActKind::Split`], [`ActKind::Ban`] or [`ActKind::LiftBan`].
    pub act: ActKind,
    /// The person, or the identifier that is banned.
    pub anchor: Named,
    /// Who is joined to them, or goes from them.
    pub others: Vec<Named>,
    /// Who goes from them besides, by fragment: a visit has no identifier that could be named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fragments: Vec<Uuid>,
    /// When it was received.
    pub received_at: Moment,
    /// Why it is believed.
    pub evidence: Evidence,
}
