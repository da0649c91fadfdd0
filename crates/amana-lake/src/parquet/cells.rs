//! From columns of a batch to rows as JSON.

use arrow::array::{Array, AsArray as _, BooleanArray, RecordBatch};
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::{Map, Value as Json};

/// Whether values of a type are lists or records.
pub(super) fn is_nested(data_type: &DataType) -> bool {
    data_type.is_nested()
}

/// A batch, read row by row.
pub(super) struct Cells(pub(super) RecordBatch);

impl Cells {
    pub(super) fn rows(&self) -> usize {
        self.0.num_rows()
    }

    /// A row; what is null is left out. `None` when a value cannot be written.
    pub(super) fn row(&self, row: usize) -> Option<Map<String, Json>> {
        let schema = self.0.schema_ref();
        let mut map = Map::with_capacity(self.0.num_columns());
        for (field, column) in schema.fields().iter().zip(self.0.columns()) {
            if !column.is_null(row) {
                map.insert(field.name().clone(), cell(column, row)?);
            }
        }
        Some(map)
    }
}

/// Numbers, truth values and text are what they are in JSON; everything else (instants, dates, exact decimals) is text
/// as people write it, for JSON has no such values.
fn cell(column: &dyn Array, row: usize) -> Option<Json> {
    Some(match column.data_type() {
        DataType::Boolean => column.as_any().downcast_ref::<BooleanArray>()?.value(row).into(),
        DataType::Int8 => column.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => column.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt8 => column.as_primitive::<UInt8Type>().value(row).into(),
        DataType::UInt16 => column.as_primitive::<UInt16Type>().value(row).into(),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().value(row).into(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).into(),
        // What is no number (NaN, infinity) becomes null.
        DataType::Float32 => f64::from(column.as_primitive::<Float32Type>().value(row)).into(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).into(),
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::LargeUtf8 => column.as_string::<i64>().value(row).into(),
        DataType::Utf8View => column.as_string_view().value(row).into(),
        _ => written(column, row)?.into(),
    })
}

fn written(column: &dyn Array, row: usize) -> Option<String> {
    let options = FormatOptions::default();
    ArrayFormatter::try_new(column, &options).ok()?.value(row).try_to_string().ok()
}
