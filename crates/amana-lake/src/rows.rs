//! Building a table row by row from what a slot may see of each profile.

use crate::{ColumnMask, Columns, Table};
use amana_core::{FieldType, Value};
use arrow::array::{
    ArrayRef, BooleanBufferBuilder, BooleanBuilder, Float64Builder, Int64Builder, StringViewBuilder,
    TimestampMillisecondBuilder,
};
use std::sync::Arc;

/// What one profile has in one column, for the slot of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing is known: SQL NULL.
    Absent,
    /// Something is or may be known that the slot may not use. No predicate that names the column matches the row.
    Hidden,
    /// A value that the slot may use.
    Value(&'a Value),
}

/// Collects rows into a [`Table`].
pub struct Rows {
    columns: Arc<Columns>,
    builders: Vec<Option<ColumnBuilder>>,
    rows: usize,
    misfits: usize,
}

struct ColumnBuilder {
    values: ValueBuilder,
    hidden: BooleanBufferBuilder,
    any_hidden: bool,
}

enum ValueBuilder {
    Text(StringViewBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Boolean(BooleanBuilder),
    Time(TimestampMillisecondBuilder),
}

impl Rows {
    /// Space for `capacity` rows of every visible column.
    #[must_use]
    pub fn with_capacity(columns: &Arc<Columns>, capacity: usize) -> Self {
        Self::with_mask(columns, &ColumnMask::all(columns), capacity)
    }

    /// Space for `capacity` rows of the columns in the mask only; cells of other columns are passed over.
    #[must_use]
    pub fn with_mask(columns: &Arc<Columns>, mask: &ColumnMask, capacity: usize) -> Self {
        let builders = columns.visible().iter().enumerate();
        let builders = builders
            .map(|(index, column)| {
                mask.contains(index).then(|| ColumnBuilder::new(column.field_type, capacity)).flatten()
            })
            .collect();
        Self { columns: Arc::clone(columns), builders, rows: 0, misfits: 0 }
    }

    /// Adds a row, its cells in the order of the visible columns. Cells that are not given are hidden: what nobody
    /// vouched for must not select anybody.
    pub fn push<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) {
        let mut cells = cells.into_iter();
        for builder in &mut self.builders {
            let cell = cells.next().unwrap_or(Cell::Hidden);
            if let Some(builder) = builder {
                self.misfits += usize::from(!builder.push(cell));
            }
        }
        self.rows += 1;
    }

    /// Adds a row, asking for the cells of the needed columns only, by their index among the visible columns.
    pub fn push_with<'a>(&mut self, mut cell: impl FnMut(usize) -> Cell<'a>) {
        for (index, builder) in self.builders.iter_mut().enumerate() {
            if let Some(builder) = builder {
                self.misfits += usize::from(!builder.push(cell(index)));
            }
        }
        self.rows += 1;
    }

    /// How many rows were added.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether no row was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The table of the rows that were added.
    #[must_use]
    pub fn finish(self) -> Table {
        let mut arrays = Vec::with_capacity(self.builders.len());
        let mut hidden = Vec::with_capacity(self.builders.len());
        for builder in self.builders {
            let (array, bits) = builder.map(ColumnBuilder::finish).unzip();
            arrays.push(array);
            hidden.push(bits.flatten());
        }
        Table { columns: self.columns, rows: self.rows, arrays, hidden, misfits: self.misfits }
    }
}

impl ColumnBuilder {
    /// `None` for JSON, which no predicate can use.
    fn new(field_type: FieldType, capacity: usize) -> Option<Self> {
        let values = match field_type {
            FieldType::Text => ValueBuilder::Text(StringViewBuilder::with_capacity(capacity)),
            FieldType::Integer => ValueBuilder::Integer(Int64Builder::with_capacity(capacity)),
            FieldType::Number => ValueBuilder::Number(Float64Builder::with_capacity(capacity)),
            FieldType::Boolean => ValueBuilder::Boolean(BooleanBuilder::with_capacity(capacity)),
            FieldType::Time => {
                let builder = TimestampMillisecondBuilder::with_capacity(capacity);
                ValueBuilder::Time(builder.with_data_type(crate::predicate::time_type()))
            }
            FieldType::Json => return None,
        };
        Some(Self { values, hidden: BooleanBufferBuilder::new(capacity), any_hidden: false })
    }

    /// Returns false for a value of another type than the column's. Such a value was stored under an older schema;
    /// it is hidden rather than absent, for something *is* known.
    fn push(&mut self, cell: Cell<'_>) -> bool {
        let (value, hidden, fits) = match cell {
            Cell::Absent => (None, false, true),
            Cell::Hidden => (None, true, true),
            Cell::Value(value) if self.values.fits(value) => (Some(value), false, true),
            Cell::Value(_) => (None, true, false),
        };
        self.values.append(value);
        self.hidden.append(hidden);
        self.any_hidden |= hidden;
        fits
    }

    fn finish(mut self) -> (ArrayRef, Option<arrow::buffer::BooleanBuffer>) {
        let array: ArrayRef = match self.values {
            ValueBuilder::Text(mut builder) => Arc::new(builder.finish()),
            ValueBuilder::Integer(mut builder) => Arc::new(builder.finish()),
            ValueBuilder::Number(mut builder) => Arc::new(builder.finish()),
            ValueBuilder::Boolean(mut builder) => Arc::new(builder.finish()),
            ValueBuilder::Time(mut builder) => Arc::new(builder.finish()),
        };
        (array, self.any_hidden.then(|| self.hidden.finish()))
    }
}

impl ValueBuilder {
    fn fits(&self, value: &Value) -> bool {
        match (self, value) {
            // A number that is not finite has no place in a comparison, and schemas do not let one in.
            (Self::Number(_), Value::Number(number)) => number.is_finite(),
            (Self::Text(_), Value::Text(_))
            | (Self::Integer(_) | Self::Number(_), Value::Integer(_))
            | (Self::Boolean(_), Value::Boolean(_))
            | (Self::Time(_), Value::Time(_)) => true,
            _ => false,
        }
    }

    /// Appends a value that [`fits`](Self::fits), or NULL.
    fn append(&mut self, value: Option<&Value>) {
        #[expect(clippy::cast_precision_loss, reason = "a whole number in a column of numbers is compared as one")]
        match (self, value) {
            (Self::Text(builder), Some(Value::Text(text))) => builder.append_value(text),
            (Self::Integer(builder), Some(Value::Integer(integer))) => builder.append_value(*integer),
            (Self::Number(builder), Some(Value::Number(number))) => builder.append_value(*number),
            (Self::Number(builder), Some(Value::Integer(integer))) => builder.append_value(*integer as f64),
            (Self::Boolean(builder), Some(Value::Boolean(boolean))) => builder.append_value(*boolean),
            (Self::Time(builder), Some(Value::Time(moment))) => builder.append_value(moment.0),
            (Self::Text(builder), _) => builder.append_null(),
            (Self::Integer(builder), _) => builder.append_null(),
            (Self::Number(builder), _) => builder.append_null(),
            (Self::Boolean(builder), _) => builder.append_null(),
            (Self::Time(builder), _) => builder.append_null(),
        }
    }
}
