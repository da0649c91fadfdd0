//! An act as it is asked to be recorded.

use super::EvidenceDraft;
use crate::profile::find::Sought;
use crate::profile::spelling::{ACTS_OF_PEOPLE, word};
use amana_core::Moment;
use amana_core::catalog::Role;
use amana_core::permission::{ActKind, Channel, Method};
use amana_core::preferences::Change;
use serde_json::Value as Json;
use uuid::Uuid;

/// What an act says beyond its kind and what it is about.
#[derive(Clone, Debug, Default, PartialEq)]
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

/// Who tells of an act.
#[derive(Clone, Copy, Debug)]
pub enum Teller<'a> {
    /// Whoever holds an API key, mostly as it happens: what nobody says of the text that was shown is what the catalogue
    /// declares.
    Key {
        /// Its name.
        name: &'a str,
        /// Its role.
        role: Role,
    },
    /// A file of a source: what was recorded elsewhere and some time ago, so that what the file does not say is not
    /// known.
    File {
        /// Code of the source.
        source: &'a str,
    },
}

impl<'a> Teller<'a> {
    /// What the evidence names as where it came from.
    pub(super) fn name(self) -> &'a str {
        match self {
            Self::Key { name, .. } => name,
            Self::File { source } => source,
        }
    }

    /// How an act reached us when nobody says how.
    pub(super) fn method(self) -> Method {
        if self.is_file() { Method::Import } else { Method::Api }
    }

    /// Whose word an act is.
    pub(super) fn actor(self, act: ActKind) -> String {
        match self {
            _ if ACTS_OF_PEOPLE.contains(&act) => "person".to_owned(),
            Self::Key { role, .. } => word(&role),
            Self::File { .. } => "source".to_owned(),
        }
    }

    /// Whether it is a file.
    pub(super) fn is_file(self) -> bool {
        matches!(self, Self::File { .. })
    }
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
    /// When it was done; none: now, or in a file: nobody knows.
    pub at: Option<Moment>,
    /// For assertions, and a guardian's decision: until when.
    pub until: Option<Moment>,
    /// Of a guardian's decision: an identifier of the guardian, which must not be the child's.
    pub guardian: Option<Sought<'a>>,
    /// What it says, for acts that say more.
    pub said: Said,
    /// Why it is to be believed.
    pub evidence: EvidenceDraft,
    /// Who tells of it.
    pub by: Teller<'a>,
}

impl<'a> ActAsk<'a> {
    /// An act of now that says nothing more.
    #[must_use]
    pub fn new(sought: Sought<'a>, act: ActKind, about: About<'a>, by: Teller<'a>) -> Self {
        Self {
            id: None,
            sought,
            act,
            about,
            at: None,
            until: None,
            guardian: None,
            said: Said::Nothing,
            evidence: EvidenceDraft::default(),
            by,
        }
    }
}
