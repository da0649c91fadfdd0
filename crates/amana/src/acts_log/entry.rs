//! What a record tells: everything that is needed to apply an act to a store that is older than it.
//!
//! The coding is postcard's, which names no fields: a change of these types or of what they are made of raises the
//! record's format. No plain identifier stands here, only index keys (HMACs, with the secret's version inside), and no
//! value: of a correction only that there was one.

use amana_core::Moment;
use amana_core::identity::Edge;
use amana_core::permission::Act;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a record tells. The order is stored: new kinds come last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LogEntry {
    /// An act.
    Act(Box<ActOf>),
    /// The catalogue was changed.
    Catalog(Box<CatalogChange>),
    /// Fragments stand under other index keys: the secret of the keys before is forgotten when all have moved, and an
    /// older store would find nobody any more without being told.
    Moved(Box<MovedKeys>),
}

/// Fragments that stand under other index keys now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedKeys {
    /// When that was noticed.
    pub at: Moment,
    /// Each fragment with its new key.
    pub moved: Vec<(Uuid, [u8; 24])>,
}

/// An act with whom it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActOf {
    /// The fragment it is written down with.
    pub fragment: NamedFragment,
    /// Of a decision: whom it names, and with the first decision about a person in a commit who else was taken for them.
    pub others: Vec<NamedFragment>,
    /// With the first decision about a person in a commit: what joined them, each from one end; of very many only what
    /// holds them together. A withdrawal reaches whoever is joined to the person, so an older store has to learn of joins
    /// that came before it, or consent would live on there.
    pub edges: Vec<(Uuid, Edge)>,
    /// The act.
    pub act: Act,
}

/// A fragment, such that a store which does not know it can make it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedFragment {
    /// Its id.
    pub id: Uuid,
    /// Code of its identifier's kind.
    pub kind: String,
    /// The identity scope it belongs to.
    pub scope: String,
    /// When it was first seen.
    pub created: Moment,
    /// Whether the organisation's own systems know it.
    pub vouched: bool,
    /// The index key that led to it; none where it was made by a program that did not note it.
    pub index: Option<[u8; 24]>,
}

/// A change of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CatalogChange {
    /// The version it made.
    pub version: u64,
    /// SHA-256 of the catalogue as `amana export` prints it.
    pub sha256: [u8; 32],
    /// When it was made.
    pub at: Moment,
    /// The version as it is stored, with the numbers it gave: acts name slots by number, and the same file applied to an
    /// older store might give other numbers, under which a consent would be taken for another.
    pub stored: Vec<u8>,
}

impl LogEntry {
    /// When it was learned.
    #[must_use]
    pub fn received(&self) -> Moment {
        match self {
            Self::Act(of) => of.act.received,
            Self::Catalog(change) => change.at,
            Self::Moved(moved) => moved.at,
        }
    }

    /// What happened, in a word.
    #[must_use]
    pub fn kind(&self) -> String {
        match self {
            Self::Act(of) => crate::profile::spelling::word(&of.act.kind),
            Self::Catalog(_) => "catalog".into(),
            Self::Moved(_) => "index_moved".into(),
        }
    }
}
