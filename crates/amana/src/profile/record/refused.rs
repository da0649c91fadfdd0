//! Why an act is not recorded.

use super::super::find::FindError;
use super::super::slot::SlotUnclear;
use crate::journal::Closed;
use uuid::Uuid;

/// Why an act was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum ActRefused {
    /// The identifier is not one.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The purpose and brand name no slot.
    #[error(transparent)]
    Slot(#[from] SlotUnclear),
    /// It says that it was done later than now.
    #[error("it was done at an instant that has not come yet")]
    InFuture,
    /// The law or its own meaning rules it out.
    #[error("{why}")]
    Impossible {
        /// The field that would have to be another.
        field: &'static str,
        /// Why, with the article.
        why: &'static str,
        /// What is possible.
        expected: String,
        /// The acts that are, where it is the act that is not.
        possible: Vec<String>,
    },
    /// A yes to an earlier version of a purpose, which is none to the wider one of today.
    #[error("{why}")]
    Earlier {
        /// The field that says so.
        field: &'static str,
        /// Why it cannot be meant.
        why: &'static str,
        /// What could be.
        expected: String,
    },
    /// Evidence that is not what the catalogue declares.
    #[error("{message}")]
    Wrong {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        message: String,
        /// What was expected.
        expected: String,
        /// Names that exist.
        existing: Vec<String>,
    },
    /// Something that has to be told is missing.
    #[error("`{field}` is missing")]
    Missing {
        /// The field.
        field: &'static str,
        /// What it must say.
        expected: &'static str,
    },
    /// Its sender gave the same name to another act of the person within the last days.
    #[error("another act has been recorded under the name {id}")]
    NameUsed {
        /// The name.
        id: Uuid,
    },
    /// The journal takes nothing now; nothing was recorded.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// It is durable and not yet in force.
    #[error("the act is recorded durably and takes effect when what came before it is worked off")]
    NotYetInForce {
        /// Names the act.
        id: Uuid,
    },
}

impl ActRefused {
    /// A field that is not what it can be.
    pub(super) fn wrong(field: &'static str, message: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Wrong { field, message: message.into(), expected: expected.into(), existing: Vec::new() }
    }

    /// A name that is not among those that exist.
    pub(super) fn not_among(field: &'static str, message: &str, names: &[&str]) -> Self {
        let existing: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let expected = match existing.as_slice() {
            [] => "nothing here: none is declared".to_owned(),
            names => format!("one of {}", names.join(", ")),
        };
        Self::Wrong { field, message: message.to_owned(), expected, existing }
    }

    /// What the law or its own meaning rules out.
    pub(super) fn impossible(field: &'static str, why: &'static str, expected: &str) -> Self {
        Self::Impossible { field, why, expected: expected.to_owned(), possible: Vec::new() }
    }
}
