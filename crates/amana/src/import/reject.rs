//! Why a row was not taken: line, field and reason, and never a value.

use serde::{Deserialize, Serialize};

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The number of the row, from 0: a heading is none.
    pub row: u64,
    /// The line on which it begins, from 1; in a Parquet file, which has no lines, the row from 1.
    pub line: u64,
    /// The column that was wrong, or the field of the event; empty for the row as a whole.
    pub field: String,
    /// Which rule it breaks.
    pub code: String,
    /// The same in words, with what was expected.
    pub reason: String,
}

/// What is wrong with a row, before it is known which one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) field: String,
    pub(crate) code: &'static str,
    pub(crate) reason: String,
}

impl Wrong {
    pub(crate) fn new(field: impl Into<String>, code: &'static str, reason: impl Into<String>) -> Self {
        Self { field: field.into(), code, reason: reason.into() }
    }

    pub(crate) fn at(self, row: u64, line: u64) -> Reject {
        Reject { row, line, field: self.field, code: self.code.into(), reason: self.reason }
    }
}
