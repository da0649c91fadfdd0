//! AND and OR whose right side is computed only for the rows that the left side leaves open.

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{and_kleene, or_kleene};
use arrow::datatypes::{DataType, Schema};
use datafusion_common::{Result, exec_err, internal_datafusion_err};
use datafusion_expr::{ColumnarValue, Operator};
use datafusion_physical_expr::PhysicalExpr;
use std::fmt;
use std::sync::Arc;

/// DataFusion skips the right side only when the left side settles the whole batch. So a batch would fail where each
/// of its rows alone would not, and the rows that `orders > 0 AND spent / orders > 50` protects would be paid for with
/// an evaluation each.
#[derive(Debug, Eq)]
pub(crate) struct Guarded {
    left: Arc<dyn PhysicalExpr>,
    operator: Operator,
    right: Arc<dyn PhysicalExpr>,
}

// Derived, it would move out of the `Arc` (rust-lang/rust#78808).
impl PartialEq for Guarded {
    fn eq(&self, other: &Self) -> bool {
        self.left.eq(&other.left) && self.operator == other.operator && self.right.eq(&other.right)
    }
}

impl std::hash::Hash for Guarded {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (&self.left, self.operator, &self.right).hash(state);
    }
}

impl Guarded {
    pub(crate) fn new(left: Arc<dyn PhysicalExpr>, operator: Operator, right: Arc<dyn PhysicalExpr>) -> Self {
        Self { left, operator, right }
    }

    /// The rows for which the left side alone does not decide: a NULL never does.
    fn open(&self, left: &BooleanArray) -> BooleanArray {
        let deciding = match self.operator {
            Operator::And => !left.values(),
            _ => left.values().clone(),
        };
        let decided = match left.nulls() {
            Some(valid) => &deciding & valid.inner(),
            None => deciding,
        };
        BooleanArray::new(!&decided, None)
    }
}

impl fmt::Display for Guarded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "({} {} {})", self.left, self.operator, self.right)
    }
}

impl PhysicalExpr for Guarded {
    fn data_type(&self, _: &Schema) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn nullable(&self, schema: &Schema) -> Result<bool> {
        Ok(self.left.nullable(schema)? || self.right.nullable(schema)?)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let rows = batch.num_rows();
        let left = self.left.evaluate(batch)?.into_array(rows)?;
        let not_boolean = || internal_datafusion_err!("a side of {} is not boolean", self.operator);
        let decided = left.as_boolean_opt().ok_or_else(not_boolean)?;
        let open = self.open(decided);
        if !open.has_true() {
            return Ok(ColumnarValue::Array(left));
        }
        let right = self.right.evaluate_selection(batch, &open)?.into_array(rows)?;
        let right = right.as_boolean_opt().ok_or_else(not_boolean)?;
        let combined = match self.operator {
            Operator::And => and_kleene(decided, right)?,
            _ => or_kleene(decided, right)?,
        };
        Ok(ColumnarValue::Array(Arc::new(combined)))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.left, &self.right]
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        match <[_; 2]>::try_from(children) {
            Ok([left, right]) => Ok(Arc::new(Self { left, operator: self.operator, right })),
            Err(_) => exec_err!("{} takes two inputs", self.operator),
        }
    }

    fn fmt_sql(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
