//! JSON Lines: an object on each line. Empty lines are none.

use super::super::limits::{ROW_BYTES_MAX, ROWLESS_BYTES_MAX};
use super::super::map::ImportMap;
use super::super::reject::Wrong;
use super::super::row::Row;
use super::bounded::{Bounded, Left};
use super::{FileBroken, Next, decoded};
use encoding_rs::Encoding;
use std::io::{BufRead as _, BufReader, Error, Read, Result as IoResult};

type Source = Bounded<Box<dyn Read>>;

/// The rows of a JSON Lines file.
pub(in crate::import) struct JsonLines {
    reader: BufReader<Source>,
    left: Left,
    encoding: &'static Encoding,
    line: Vec<u8>,
    /// Bytes since the last row: a packed file may be made of nothing else.
    rowless: usize,
    lines: u64,
    number: u64,
    ended: bool,
}

/// What a line is.
enum Line {
    Whole,
    TooLong,
    End,
}

impl JsonLines {
    pub(super) fn new(source: Source, map: &ImportMap) -> Self {
        let left = source.left();
        let reader = BufReader::with_capacity(64 * 1024, source);
        Self { reader, left, encoding: map.encoding, line: Vec::new(), rowless: 0, lines: 0, number: 0, ended: false }
    }

    /// Reads a line. Of one that is too long only its end is looked for.
    fn read(&mut self) -> IoResult<Line> {
        self.line.clear();
        let mut bytes = 0_usize;
        loop {
            self.left.renew();
            let there = self.reader.fill_buf()?;
            if there.is_empty() {
                return Ok(if bytes == 0 { Line::End } else { self.whole(bytes) });
            }
            let end = there.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(there.len(), |end| end + 1);
            bytes = bytes.saturating_add(used);
            self.rowless = self.rowless.saturating_add(used);
            if self.rowless > ROWLESS_BYTES_MAX {
                let why = format!("there is no row in {ROWLESS_BYTES_MAX} bytes");
                return Err(Error::other(FileBroken::At { line: self.lines + 1, why }));
            }
            if bytes <= ROW_BYTES_MAX {
                self.line.extend_from_slice(&there[..used]);
            }
            self.reader.consume(used);
            if end.is_some() {
                return Ok(self.whole(bytes));
            }
        }
    }

    fn whole(&self, bytes: usize) -> Line {
        if bytes > ROW_BYTES_MAX { Line::TooLong } else { Line::Whole }
    }

    fn row(&self) -> Result<Row, Wrong> {
        let text = decoded(self.encoding, &self.line, "")?;
        let fields = crate::collect::read_object(text.as_bytes()).map_err(|code| {
            Wrong::new("", code.as_str(), "the line is not one JSON object, within the limits of events")
        })?;
        Ok(Row { number: self.number, line: self.lines, fields })
    }
}

impl Iterator for JsonLines {
    type Item = Result<Next, FileBroken>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.ended {
                return None;
            }
            let row = match self.read() {
                Ok(Line::End) => return None,
                Ok(Line::Whole) => {
                    self.lines += 1;
                    let line = self.line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.line);
                    if line.trim_ascii().is_empty() {
                        continue;
                    }
                    self.rowless = 0;
                    self.row()
                }
                Ok(Line::TooLong) => {
                    self.lines += 1;
                    Err(Wrong::new("", "row_too_large", format!("the line has more than {ROW_BYTES_MAX} bytes")))
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(super::unreadable(&error)));
                }
            };
            self.number += 1;
            return Some(Ok(row.map_err(|wrong| wrong.at(self.number - 1, self.lines))));
        }
    }
}
