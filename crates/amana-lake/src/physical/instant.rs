//! `now()`: a bound column that is read as one value.

use crate::predicate::{NOW_COLUMN, time_type};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema};
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::ColumnarValue;
use datafusion_physical_expr::PhysicalExpr;
use std::fmt;
use std::sync::Arc;

/// The instant that came with the batch. All rows hold the same one, so reading it as a scalar keeps what is computed
/// from it a scalar too: `now() - INTERVAL '7 days'` is subtracted once and not for each row.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Instant {
    index: usize,
}

impl Instant {
    pub(crate) fn new(index: usize) -> Self {
        Self { index }
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(NOW_COLUMN)
    }
}

impl PhysicalExpr for Instant {
    fn data_type(&self, _: &Schema) -> Result<DataType> {
        Ok(time_type())
    }

    fn nullable(&self, _: &Schema) -> Result<bool> {
        Ok(false)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        // CASE asks its branches with empty batches too.
        let scalar = match batch.num_rows() {
            0 => ScalarValue::try_from(time_type())?,
            _ => ScalarValue::try_from_array(batch.column(self.index), 0)?,
        };
        Ok(ColumnarValue::Scalar(scalar))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        Vec::new()
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(self)
    }

    fn fmt_sql(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
