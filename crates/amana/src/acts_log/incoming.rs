//! Shipped acts on their way back: every record of a folder in its order, each held against the one before.

use super::error::{ActsError, Wrong};
use super::head::Head;
use super::record::Record;
use super::segment::{HEAD_BYTES, Segment, SegmentFile, list};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// Reads a folder record by record.
pub struct Incoming {
    files: VecDeque<SegmentFile>,
    file: Option<(PathBuf, Segment, usize)>,
    head: Option<Head>,
    /// How many files were opened.
    pub files_read: usize,
    /// How many bytes they have.
    pub bytes_read: u64,
}

impl Incoming {
    /// The records of a folder from its first one on.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn open(dir: &Path) -> Result<Self, ActsError> {
        let files = list(dir)?;
        Ok(Self { files: files.into(), file: None, head: None, files_read: 0, bytes_read: 0 })
    }

    /// The records of a folder from the file on that holds a record; from the first one where none does.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn open_from(dir: &Path, record: u64) -> Result<Self, ActsError> {
        let mut incoming = Self::open(dir)?;
        let begins = incoming.files.iter().rposition(|file| file.first <= record).unwrap_or_default();
        incoming.files.drain(..begins);
        Ok(incoming)
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.file.is_none()
    }

    /// The head that comes before what is read next; none before the first file was opened.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        self.head
    }

    /// Reads the next record and hands it on, with the head before it; none at the end.
    ///
    /// # Errors
    /// When something is not as it was written: which file, which record, what.
    pub fn next_record(&mut self) -> Result<Option<(Head, Vec<u8>)>, ActsError> {
        loop {
            let Some((path, segment, place)) = &mut self.file else {
                if self.next_file()? {
                    continue;
                }
                return Ok(None);
            };
            let before = self.head.unwrap_or(segment.after);
            let damaged = |wrong| ActsError::damaged(path, before.next, wrong);
            let Some((bytes, after)) = segment.record_at(*place).map_err(damaged)? else {
                self.file = None;
                continue;
            };
            follows(&before, bytes).map_err(damaged)?;
            *place = after;
            let record = bytes.to_vec();
            self.head = Some(before.after(&record));
            return Ok(Some((before, record)));
        }
    }

    fn next_file(&mut self) -> Result<bool, ActsError> {
        let Some(file) = self.files.pop_front() else { return Ok(false) };
        let segment = match Segment::read(&file) {
            // Whoever ships makes a file before they write its beginning.
            Err(ActsError::Damaged { wrong: Wrong::Torn, .. }) if file.open && self.files.is_empty() => {
                return Ok(false);
            }
            read => read?,
        };
        let before = *self.head.get_or_insert(segment.after);
        if segment.after != before {
            let wrong = if segment.after.next == before.next {
                Wrong::Chain
            } else {
                Wrong::Order { found: segment.after.next }
            };
            return Err(ActsError::damaged(&file.path, before.next, wrong));
        }
        self.files_read += 1;
        self.bytes_read += segment.len() as u64;
        self.file = Some((file.path, segment, HEAD_BYTES));
        Ok(true)
    }
}

/// Whether a record comes after a head.
pub(super) fn follows(before: &Head, bytes: &[u8]) -> Result<(), Wrong> {
    let record = Record::read(bytes)?;
    if record.sequence != before.next {
        return Err(Wrong::Order { found: record.sequence });
    }
    if before.precedes(&record) { Ok(()) } else { Err(Wrong::Chain) }
}
