//! Evaluating an expression so that one bad row cannot fail the batch.

use arrow::array::{Array, AsArray, BooleanArray, BooleanBufferBuilder, RecordBatch};
use arrow::buffer::BooleanBuffer;
use datafusion_common::DataFusionError;
use datafusion_physical_expr::PhysicalExpr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What came of a batch.
pub(crate) struct Outcome {
    /// The rows for which the expression is true.
    pub(crate) matching: BooleanBuffer,
    /// The rows for which it has no value.
    pub(crate) failed: FailedRows,
}

/// The rows that could not be computed, ascending. Nearly always none.
#[derive(Default)]
pub(crate) struct FailedRows(Vec<usize>);

impl FailedRows {
    /// The rows as a bitmap over `len` rows.
    pub(crate) fn into_buffer(self, len: usize) -> BooleanBuffer {
        let mut bits = BooleanBufferBuilder::new(len);
        bits.append_n(len, false);
        for row in self.0 {
            bits.set_bit(row, true);
        }
        bits.finish()
    }
}

/// Evaluates the whole batch at once. When that fails, halves are tried until the rows that fail stand alone, so that
/// a few bad rows among many cost some extra evaluations and not one for each row.
pub(crate) fn evaluate(expression: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Outcome {
    let mut failed = FailedRows::default();
    if let Ok(matching) = attempt(expression, batch) {
        return Outcome { matching, failed };
    }
    let mut matching = BooleanBufferBuilder::new(batch.num_rows());
    // The first range is on top, so that results are appended in the order of the rows.
    let mut ranges = vec![(0, batch.num_rows())];
    while let Some((start, len)) = ranges.pop() {
        match attempt(expression, &batch.slice(start, len)) {
            Ok(found) => matching.append_buffer(&found),
            Err(_) if len <= 1 => {
                matching.append_n(len, false);
                failed.0.extend(start..start + len);
            }
            Err(_) => {
                let half = len / 2;
                ranges.push((start + half, len - half));
                ranges.push((start, half));
            }
        }
    }
    Outcome { matching: matching.finish(), failed }
}

/// A panic of the engine counts as a failure: a profile that trips over a bug in a kernel must not stop the pipeline
/// for everybody behind it.
fn attempt(expression: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<BooleanBuffer, DataFusionError> {
    let evaluated = catch_unwind(AssertUnwindSafe(|| expression.evaluate(batch)?.into_array(batch.num_rows())));
    let array = evaluated.unwrap_or_else(|_| Err(DataFusionError::Internal("the engine panicked".to_owned())))?;
    let result = array.as_boolean_opt();
    let result = result.ok_or_else(|| DataFusionError::Internal("a predicate gave no boolean".to_owned()))?;
    Ok(true_rows(result))
}

/// NULL is no match.
fn true_rows(result: &BooleanArray) -> BooleanBuffer {
    match result.nulls() {
        Some(valid) => result.values() & valid.inner(),
        None => result.values().clone(),
    }
}
