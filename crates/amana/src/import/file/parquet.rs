//! Parquet files, whose lines are their rows.

use super::super::map::ImportMap;
use super::super::row::Row;
use super::{FileBroken, Next};
use amana_lake::{ParquetFile, ParquetRows, RandomAccess};
use std::sync::Arc;

/// The rows of a Parquet file.
pub(in crate::import) struct ParquetFileRows {
    rows: ParquetRows,
    columns: Vec<String>,
    rows_told: u64,
    number: u64,
    ended: bool,
}

impl ParquetFileRows {
    pub(super) fn new(file: Arc<dyn RandomAccess>, map: &ImportMap, all: bool) -> Result<Self, FileBroken> {
        let file = ParquetFile::open(file)?;
        let (columns, rows_told) = (file.columns().to_vec(), file.rows_told());
        let wanted = map.columns();
        let rows = file.rows(|name| all || wanted.contains(name))?;
        Ok(Self { rows, columns, rows_told, number: 0, ended: false })
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many rows the file says it has.
    pub(in crate::import) fn rows_told(&self) -> u64 {
        self.rows_told
    }
}

impl Iterator for ParquetFileRows {
    type Item = Result<Next, FileBroken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.rows.next()? {
            Ok(fields) => {
                let number = self.number;
                self.number += 1;
                Some(Ok(Ok(Row { number, line: number + 1, fields })))
            }
            Err(error) => {
                self.ended = true;
                Some(Err(error.into()))
            }
        }
    }
}
