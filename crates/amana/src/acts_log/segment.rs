//! Files of shipped acts.
//!
//! ```text
//! magic "AMANAACT" | format u8 (1) | number of the first record u64 | SHA-256 of the record before it 32
//! then for each record:  length u32 | record | first 8 bytes of its SHA-256
//! ```
//!
//! Numbers are big-endian. A file that is written to ends in `.open`; it is renamed when it is full and never changes
//! again. The sum beside each record finds a flipped bit in the last one, which no later record names yet.

use super::error::{ActsError, Wrong};
use super::head::Head;
use super::incoming::follows;
use super::record::record_hash;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"AMANAACT";
const FORMAT: u8 = 1;
pub(super) const HEAD_BYTES: usize = 8 + 1 + 8 + 32;
const CHECK_BYTES: usize = 8;
/// A file that is larger is none of ours.
const FILE_BYTES_MAX: u64 = 256 << 20;
/// How many files a folder may hold.
const FILES_MAX: usize = 1_000_000;

/// A file of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SegmentFile {
    /// The number of its first record.
    pub(super) first: u64,
    /// Whether it is still written to.
    pub(super) open: bool,
    /// Where it lies.
    pub(super) path: PathBuf,
}

/// The files of a folder in their order. Whatever else lies there is left alone.
pub(super) fn list(dir: &Path) -> Result<Vec<SegmentFile>, ActsError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(ActsError::io("read the folder", dir))? {
        let path = entry.map_err(ActsError::io("read the folder", dir))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let Some((number, ending)) = name.strip_prefix("acts-").and_then(|rest| rest.split_once('.')) else { continue };
        let (Ok(first), true) = (number.parse(), matches!(ending, "log" | "open")) else { continue };
        if files.len() == FILES_MAX {
            return Err(ActsError::io("read the folder", dir)(std::io::Error::other("it holds too many files")));
        }
        files.push(SegmentFile { first, open: ending == "open", path });
    }
    files.sort();
    Ok(files)
}

/// Where a file lies.
pub(super) fn path_of(dir: &Path, first: u64, open: bool) -> PathBuf {
    dir.join(format!("acts-{first:020}.{}", if open { "open" } else { "log" }))
}

/// The beginning of a file whose first record comes after a head.
pub(super) fn file_head(after: &Head) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD_BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.push(FORMAT);
    bytes.extend_from_slice(&after.next.to_be_bytes());
    bytes.extend_from_slice(&after.hash);
    bytes
}

/// Adds a record to what is to be written.
pub(super) fn push_frame(bytes: &mut Vec<u8>, record: &[u8]) {
    let length = u32::try_from(record.len()).expect("a record has at most 16 MiB");
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(record);
    bytes.extend_from_slice(&record_hash(record)[..CHECK_BYTES]);
}

/// A file's bytes.
pub(super) struct Segment {
    bytes: Vec<u8>,
    /// The head that its first record comes after.
    pub(super) after: Head,
}

impl Segment {
    /// Reads a file.
    pub(super) fn read(file: &SegmentFile) -> Result<Self, ActsError> {
        let path = &file.path;
        let wrong = |wrong| ActsError::damaged(path, file.first, wrong);
        let bytes_long = std::fs::metadata(path).map_err(ActsError::io("read", path))?.len();
        if bytes_long > FILE_BYTES_MAX {
            return Err(wrong(Wrong::NoFile));
        }
        let bytes = std::fs::read(path).map_err(ActsError::io("read", path))?;
        let (head, _) = bytes.split_first_chunk::<HEAD_BYTES>().ok_or_else(|| wrong(Wrong::Torn))?;
        if head[..8] != *MAGIC {
            return Err(wrong(Wrong::NoFile));
        }
        if head[8] != FORMAT {
            return Err(wrong(Wrong::Format { found: head[8] }));
        }
        let (mut next, mut hash) = ([0; 8], [0; 32]);
        next.copy_from_slice(&head[9..17]);
        hash.copy_from_slice(&head[17..]);
        let after = Head { next: u64::from_be_bytes(next), hash };
        if after.next != file.first {
            return Err(wrong(Wrong::Order { found: after.next }));
        }
        Ok(Self { bytes, after })
    }

    /// The record at a place, with the place after it; none at the end.
    pub(super) fn record_at(&self, place: usize) -> Result<Option<(&[u8], usize)>, Wrong> {
        let rest = self.bytes.get(place..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(Wrong::Torn)?;
        let length = u32::from_be_bytes(*length) as usize;
        if length > amana_store::RECORD_BYTES_MAX {
            return Err(Wrong::Checksum);
        }
        let (record, rest) = rest.split_at_checked(length).ok_or(Wrong::Torn)?;
        let (check, _) = rest.split_first_chunk::<CHECK_BYTES>().ok_or(Wrong::Torn)?;
        if record_hash(record)[..CHECK_BYTES] != *check {
            return Err(Wrong::Checksum);
        }
        Ok(Some((record, place + 4 + length + CHECK_BYTES)))
    }

    /// How far it is whole: where it ends then, at which byte, and what is wrong behind that.
    pub(super) fn whole(&self) -> (Head, usize, Option<Wrong>) {
        let (mut head, mut place) = (self.after, HEAD_BYTES);
        loop {
            match self.record_at(place) {
                Ok(None) => return (head, place, None),
                Ok(Some((record, after))) => match follows(&head, record) {
                    Ok(()) => (head, place) = (head.after(record), after),
                    Err(wrong) => return (head, place, Some(wrong)),
                },
                Err(wrong) => return (head, place, Some(wrong)),
            }
        }
    }

    /// The first bytes.
    pub(super) fn up_to(&self, place: usize) -> &[u8] {
        &self.bytes[..place]
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }
}
