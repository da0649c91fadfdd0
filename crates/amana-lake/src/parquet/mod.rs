//! Reading Parquet files row by row, for doors that take rows and know nothing of columns.
//!
//! A file comes from outside: what it says of itself is checked against limits before memory is taken for it, and an
//! error names places and columns and never a value. Only the columns that are asked for are read.

mod cells;
mod source;

pub use source::RandomAccess;

use self::cells::{Cells, is_nested};
use self::source::Source;
use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// The most columns of a file.
pub const PARQUET_COLUMNS_MAX: usize = 1_000;
/// The most bytes of a row group when it is unpacked: writers make groups of 128 MB to 1 GB.
pub const ROW_GROUP_BYTES_MAX: i64 = 1 << 30;
/// Rows that are unpacked at once.
const BATCH_ROWS: usize = 1_024;

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParquetError {
    /// It is no Parquet, or is damaged, or uses what this program does not read.
    #[error("the file is not Parquet, is damaged, or is packed in a way that is not read (snappy, zstd or plain are)")]
    Broken,
    /// It passes a limit.
    #[error("the file has {found} {what}, and at most {max} are read")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        found: u64,
        /// How much may be.
        max: u64,
    },
    /// A column holds lists or records.
    #[error("column `{column}` holds lists or records; write it as JSON Lines, or leave it out")]
    Nested {
        /// Its name.
        column: String,
    },
}

/// A Parquet file whose description was read.
pub struct ParquetFile {
    builder: ParquetRecordBatchReaderBuilder<Source>,
    columns: Vec<String>,
}

impl ParquetFile {
    /// Reads what a file says of itself.
    ///
    /// # Errors
    /// When it is no Parquet or passes a limit.
    pub fn open(file: Arc<dyn RandomAccess>) -> Result<Self, ParquetError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(Source(file)).map_err(|_| ParquetError::Broken)?;
        let columns: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
        if columns.len() > PARQUET_COLUMNS_MAX {
            return Err(too_large("columns", columns.len(), PARQUET_COLUMNS_MAX));
        }
        for group in builder.metadata().row_groups() {
            if !(0..=ROW_GROUP_BYTES_MAX).contains(&group.total_byte_size()) {
                return Err(ParquetError::TooLarge {
                    what: "bytes in a row group",
                    found: group.total_byte_size().unsigned_abs(),
                    max: ROW_GROUP_BYTES_MAX.unsigned_abs(),
                });
            }
        }
        Ok(Self { builder, columns })
    }

    /// The names of its columns, in their order.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many rows it says it has.
    #[must_use]
    pub fn rows_told(&self) -> u64 {
        u64::try_from(self.builder.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// Its rows, with those of the columns that are wanted.
    ///
    /// # Errors
    /// When a wanted column holds lists or records, or the file is damaged.
    pub fn rows(self, wanted: impl Fn(&str) -> bool) -> Result<ParquetRows, ParquetError> {
        let fields = self.builder.schema().fields().clone();
        let chosen = fields.iter().enumerate().filter(|(_, field)| wanted(field.name()));
        if let Some((_, field)) = chosen.clone().find(|(_, field)| is_nested(field.data_type())) {
            return Err(ParquetError::Nested { column: field.name().clone() });
        }
        let roots: Vec<usize> = chosen.map(|(place, _)| place).collect();
        let mask = ProjectionMask::roots(self.builder.parquet_schema(), roots);
        let reader = self.builder.with_projection(mask).with_batch_size(BATCH_ROWS).build();
        Ok(ParquetRows { reader: reader.map_err(|_| ParquetError::Broken)?, batch: None })
    }
}

/// The rows of a file, one after the other. After an error there are none.
pub struct ParquetRows {
    reader: ParquetRecordBatchReader,
    batch: Option<(Cells, usize)>,
}

impl Iterator for ParquetRows {
    type Item = Result<Map<String, Json>, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((cells, next)) = &mut self.batch
                && *next < cells.rows()
            {
                *next += 1;
                return Some(cells.row(*next - 1).ok_or(ParquetError::Broken));
            }
            match self.reader.next()? {
                Ok(batch) => self.batch = Some((Cells(batch), 0)),
                Err(_) => return Some(Err(ParquetError::Broken)),
            }
        }
    }
}

fn too_large(what: &'static str, found: usize, max: usize) -> ParquetError {
    ParquetError::TooLarge { what, found: found as u64, max: max as u64 }
}
