//! Numbers that left the numbers: infinity and NaN are failures.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Schema};
use datafusion_common::{Result, ScalarValue, exec_err};
use datafusion_expr::ColumnarValue;
use datafusion_physical_expr::PhysicalExpr;
use std::fmt;
use std::sync::Arc;

/// Passes its input on, unless a value is infinite or not a number. Arrow divides floats by zero without a word, and
/// `spent / orders > 100` would select everybody who never ordered.
#[derive(Debug, Eq)]
pub(crate) struct Finite {
    input: Arc<dyn PhysicalExpr>,
}

// Derived, it would move out of the `Arc` (rust-lang/rust#78808).
impl PartialEq for Finite {
    fn eq(&self, other: &Self) -> bool {
        self.input.eq(&other.input)
    }
}

impl std::hash::Hash for Finite {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.input.hash(state);
    }
}

impl Finite {
    pub(crate) fn new(input: Arc<dyn PhysicalExpr>) -> Self {
        Self { input }
    }
}

impl fmt::Display for Finite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "finite({})", self.input)
    }
}

impl PhysicalExpr for Finite {
    fn data_type(&self, schema: &Schema) -> Result<DataType> {
        self.input.data_type(schema)
    }

    fn nullable(&self, schema: &Schema) -> Result<bool> {
        self.input.nullable(schema)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let value = self.input.evaluate(batch)?;
        let finite = match &value {
            ColumnarValue::Scalar(ScalarValue::Float64(number)) => number.is_none_or(f64::is_finite),
            ColumnarValue::Scalar(_) => true,
            ColumnarValue::Array(array) => match array.as_primitive_opt::<Float64Type>() {
                // What stands behind a NULL is left over from the computation and means nothing.
                Some(numbers) if numbers.null_count() > 0 => numbers.iter().flatten().all(f64::is_finite),
                Some(numbers) => numbers.values().iter().all(|number| number.is_finite()),
                None => true,
            },
        };
        if finite { Ok(value) } else { exec_err!("a number is infinite or not a number") }
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.input]
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        match <[_; 1]>::try_from(children) {
            Ok([input]) => Ok(Arc::new(Self { input })),
            Err(_) => exec_err!("finite takes one input"),
        }
    }

    fn fmt_sql(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
