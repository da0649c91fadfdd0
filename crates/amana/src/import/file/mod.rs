//! Reading files row by row, whatever their format, in bounded memory.
//!
//! A row that cannot be read is rejected and the next one is read. What makes all that follows unreadable (a packed
//! stream that breaks off, a row without end) ends the file.

mod bounded;
mod csv;
mod json_lines;
mod parquet;
#[cfg(test)]
mod tests;
mod unpacked;

pub(super) use bounded::Stopper;
pub(super) use unpacked::{Packing, packing, unpacked};

use self::bounded::Bounded;
use super::map::{Format, ImportMap};
use super::reject::{Reject, Wrong};
use super::row::Row;
use amana_lake::{ParquetError, RandomAccess};
use std::io::Read;
use std::sync::Arc;

/// What is next in a file.
pub(super) type Next = Result<Row, Reject>;

/// Why a file cannot be read on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileBroken {
    /// Something in it cannot be read.
    #[error("line {line}: {why}")]
    At {
        /// The line, from 1.
        line: u64,
        /// Why, with what was expected.
        why: String,
    },
    /// It is no Parquet, or passes a limit.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// It cannot be read from where it lies.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// Whoever reads it was told to stop.
    #[error("reading was stopped")]
    Stopped,
}

/// A file, read row by row. After an error there is nothing more.
pub(super) enum Rows {
    Csv(csv::CsvRows),
    JsonLines(json_lines::JsonLines),
    Parquet(parquet::ParquetFileRows),
}

/// Bytes of a file.
pub(super) type Bytes = Box<dyn Read + Send>;

impl Rows {
    /// Reads text (CSV, JSON Lines), which may be packed by gzip or zstd.
    pub(super) fn of_text(bytes: Bytes, format: Format, map: &ImportMap, stop: Stopper) -> Result<Self, FileBroken> {
        let unpacked = unpacked(bytes, stop.clone()).map_err(|error| unreadable(&error))?;
        let bounded = Bounded::new(unpacked, stop);
        match format {
            Format::Csv => Self::Csv(csv::CsvRows::new(bounded, map)?).with_columns_of(map),
            Format::JsonLines => Ok(Self::JsonLines(json_lines::JsonLines::new(bounded, map))),
            Format::Parquet => Err(ParquetError::Broken.into()),
        }
    }

    /// Reads Parquet. Only the columns that the map names are read, unless all are wanted.
    pub(super) fn of_parquet(file: Arc<dyn RandomAccess>, map: &ImportMap, all: bool) -> Result<Self, FileBroken> {
        Self::Parquet(parquet::ParquetFileRows::new(file, map, all)?).with_columns_of(map)
    }

    /// A column that is not there would be empty in every row, and nobody would hear of it. The file's own names are not
    /// told: where a heading is missing they are somebody's data.
    fn with_columns_of(self, map: &ImportMap) -> Result<Self, FileBroken> {
        let known = self.columns();
        match map.columns().into_iter().find(|column| !known.iter().any(|known| known == column)) {
            None => Ok(self),
            Some(column) => {
                let why = format!("the file has no column `{column}`, which the map names; spelling and case count");
                Err(FileBroken::At { line: 1, why })
            }
        }
    }

    /// How many rows the file says it has, where it does.
    pub(super) fn rows_told(&self) -> Option<u64> {
        match self {
            Self::Parquet(rows) => Some(rows.rows_told()),
            Self::Csv(_) | Self::JsonLines(_) => None,
        }
    }

    /// The names of the columns, as far as they are known before the rows.
    pub(super) fn columns(&self) -> Vec<String> {
        match self {
            Self::Csv(rows) => rows.columns().to_vec(),
            Self::JsonLines(_) => Vec::new(),
            Self::Parquet(rows) => rows.columns().to_vec(),
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Next, FileBroken>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Csv(rows) => rows.next(),
            Self::JsonLines(rows) => rows.next(),
            Self::Parquet(rows) => rows.next(),
        }
    }
}

pub(super) fn unreadable(error: &std::io::Error) -> FileBroken {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<FileBroken>()) {
        Some(known) => known.clone(),
        // The library's own words, which name places and kinds and no content.
        None => FileBroken::Unreadable(error.kind().to_string()),
    }
}

/// A text in the encoding of the map, or what is wrong with it.
fn decoded(encoding: &'static encoding_rs::Encoding, bytes: &[u8], column: &str) -> Result<String, Wrong> {
    let wrong = || Wrong::new(column, "bad_encoding", format!("it is not {}", encoding.name()));
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or_else(wrong)?;
    Ok(text.into_owned())
}
