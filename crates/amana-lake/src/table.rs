//! Some profiles as a slot sees them, in columns.

use crate::{Columns, EvaluationError, Matches, Predicate, evaluate};
use amana_core::Moment;
use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, TimestampMillisecondArray};
use arrow::buffer::BooleanBuffer;
use std::sync::Arc;

/// Rows of one slot's table, ready to be asked by any number of predicates.
pub struct Table {
    pub(crate) columns: Arc<Columns>,
    pub(crate) rows: usize,
    /// `None` for columns that were not built.
    pub(crate) arrays: Vec<Option<ArrayRef>>,
    /// The rows that hide the column; `None` when no row does.
    pub(crate) hidden: Vec<Option<BooleanBuffer>>,
    pub(crate) misfits: usize,
}

impl Table {
    /// How many rows the table has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether the table has no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// How many cells held a value of another type than their column's, and were hidden therefore.
    #[must_use]
    pub fn misfits(&self) -> usize {
        self.misfits
    }

    /// The rows for which the predicate is true at the instant `now`.
    ///
    /// NULL is no match; a row that hides a column which the predicate names is no match; a row that cannot be
    /// computed is no match and is counted in [`Matches::failed`].
    ///
    /// # Errors
    /// When the predicate was parsed for other columns, or the table was built without one that it uses.
    pub fn matches(&self, predicate: &Predicate, now: Moment) -> Result<Matches, EvaluationError> {
        if !self.columns.same_as(predicate.columns()) {
            return Err(EvaluationError::OtherColumns);
        }
        let seen = self.seen(predicate);
        if self.rows == 0 || seen.as_ref().is_some_and(|seen| seen.count_set_bits() == 0) {
            return Ok(Matches { rows: BooleanBuffer::new_unset(self.rows), failed: 0 });
        }
        let batch = self.batch(predicate, now)?;
        let outcome = evaluate::evaluate(predicate.expression(), &batch);
        let (rows, failed) = match &seen {
            Some(seen) => (&outcome.matching & seen, &outcome.failed.into_buffer(self.rows) & seen),
            None => (outcome.matching, outcome.failed.into_buffer(self.rows)),
        };
        Ok(Matches { rows, failed: failed.count_set_bits() })
    }

    /// The rows that hide no column which the predicate names; `None` when that is all of them.
    fn seen(&self, predicate: &Predicate) -> Option<BooleanBuffer> {
        let hidden = predicate.columns_used().iter().filter_map(|index| self.hidden[*index].as_ref());
        hidden.fold(None, |seen: Option<BooleanBuffer>, hidden| {
            let shown = !hidden;
            Some(seen.map_or(shown.clone(), |seen| &seen & &shown))
        })
    }

    /// The used columns alone, and the instant as one more, so that a wide table costs no more than a narrow one.
    fn batch(&self, predicate: &Predicate, now: Moment) -> Result<RecordBatch, EvaluationError> {
        let mut arrays = Vec::with_capacity(predicate.columns_used().len() + 1);
        for index in predicate.columns_used() {
            let array = self.arrays[*index].as_ref();
            let missing = || EvaluationError::NotBuilt(self.columns.visible()[*index].name.clone());
            arrays.push(Arc::clone(array.ok_or_else(missing)?));
        }
        if predicate.depends_on_time() {
            let instants = TimestampMillisecondArray::from_value(now.0, self.rows);
            arrays.push(Arc::new(instants.with_data_type(crate::predicate::time_type())));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        RecordBatch::try_new_with_options(Arc::clone(predicate.schema()), arrays, &options)
            .map_err(|error| EvaluationError::Engine(error.to_string()))
    }
}
