//! CSV (RFC 4180), as programs and people really write it.

use super::super::limits::COLUMNS_MAX;
use super::super::map::ImportMap;
use super::super::reject::Wrong;
use super::super::row::Row;
use super::bounded::{Bounded, Left, RowTooLarge};
use super::{FileBroken, Next, decoded};
use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};
use encoding_rs::Encoding;
use serde_json::Map;
use std::io::Read;

type Source = Bounded<Box<dyn Read>>;

/// The rows of a CSV file.
pub(in crate::import) struct CsvRows {
    reader: Reader<Source>,
    left: Left,
    encoding: &'static Encoding,
    columns: Vec<String>,
    record: ByteRecord,
    number: u64,
    ended: bool,
}

impl CsvRows {
    pub(super) fn new(source: Source, map: &ImportMap) -> Result<Self, FileBroken> {
        let left = source.left();
        // Rows of another length are told one by one, so the library takes any.
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(map.csv.delimiter).quote(map.csv.quote);
        let mut rows = Self {
            reader: builder.from_reader(source),
            left,
            encoding: map.encoding,
            columns: Vec::new(),
            record: ByteRecord::new(),
            number: 0,
            ended: false,
        };
        rows.columns = match &map.csv.columns {
            Some(columns) => columns.clone(),
            None => rows.heading()?,
        };
        Ok(rows)
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The names of the columns, from the first line.
    fn heading(&mut self) -> Result<Vec<String>, FileBroken> {
        let broken = |why: String| FileBroken::At { line: 1, why };
        if !self.read()? {
            return Err(broken("the file is empty; a line with the names of the columns is expected".into()));
        }
        if self.record.len() > COLUMNS_MAX {
            return Err(broken(format!("there are {} columns, and at most {COLUMNS_MAX} are read", self.record.len())));
        }
        let mut columns = Vec::<String>::with_capacity(self.record.len());
        for bytes in &self.record {
            // Excel writes the mark of UTF-8 whatever the encoding of the rest.
            let bytes = if columns.is_empty() { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) } else { bytes };
            let name =
                decoded(self.encoding, bytes, "").map_err(|wrong| broken(format!("a name: {}", wrong.reason)))?;
            let name = name.trim().to_owned();
            // In a file without a heading this is somebody's data, so places are named and not what stands there.
            if let Some(same) = columns.iter().position(|known| !name.is_empty() && *known == name) {
                let why = format!("columns {} and {} have the same name", same + 1, columns.len() + 1);
                return Err(broken(why));
            }
            columns.push(name);
        }
        Ok(columns)
    }

    fn read(&mut self) -> Result<bool, FileBroken> {
        self.left.renew();
        let line = self.reader.position().line();
        self.reader.read_byte_record(&mut self.record).map_err(|error| {
            self.ended = true;
            match error.kind() {
                ErrorKind::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<RowTooLarge>()) => {
                    FileBroken::At { line, why: RowTooLarge.to_string() }
                }
                ErrorKind::Io(error) => super::unreadable(error),
                _ => FileBroken::At { line, why: "it is no CSV".into() },
            }
        })
    }

    fn row(&self, line: u64) -> Result<Row, Wrong> {
        if self.record.len() != self.columns.len() {
            let why = format!("the row has {} columns, {} are expected", self.record.len(), self.columns.len());
            return Err(Wrong::new("", "column_count", why));
        }
        let mut fields = Map::with_capacity(self.columns.len());
        for (place, (name, bytes)) in self.columns.iter().zip(&self.record).enumerate() {
            let first = self.number == 0 && place == 0;
            let bytes = if first { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) } else { bytes };
            fields.insert(name.clone(), decoded(self.encoding, bytes, name)?.into());
        }
        Ok(Row { number: self.number, line, fields })
    }
}

impl Iterator for CsvRows {
    type Item = Result<Next, FileBroken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.read() {
            Ok(true) => {}
            Ok(false) => {
                self.ended = true;
                return None;
            }
            Err(broken) => return Some(Err(broken)),
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        let row = self.row(line).map_err(|wrong| wrong.at(self.number, line));
        self.number += 1;
        Some(Ok(row))
    }
}
