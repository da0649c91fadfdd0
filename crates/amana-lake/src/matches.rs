//! Which rows of a table a predicate selects.

use arrow::buffer::BooleanBuffer;

/// The rows that match, as a bitmap, and how many could not be computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matches {
    pub(crate) rows: BooleanBuffer,
    pub(crate) failed: usize,
}

impl Matches {
    /// Whether the row matches. A row past the end does not.
    #[must_use]
    pub fn get(&self, row: usize) -> bool {
        row < self.rows.len() && self.rows.value(row)
    }

    /// The matching rows, ascending.
    pub fn iter_ones(&self) -> impl Iterator<Item = usize> {
        self.rows.set_indices()
    }

    /// How many rows match.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.count_set_bits()
    }

    /// How many rows were asked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no row was asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many rows do not match because the predicate could not be computed for them: division by zero, overflow,
    /// a cast of what cannot be cast. Only their number is kept, for the engine's message quotes the value.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.failed
    }
}
