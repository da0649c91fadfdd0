//! One file of a log.
//!
//! ```text
//! magic "AMANALOG" | format u16 | kind u8 | 0 | salt u32 | base position u64 | checksum u32 | 0 u32     32 bytes
//! confirmed position u64 | checksum u32 | 0 u32                                                          16 bytes
//! records
//! ```
//!
//! The salt goes into the checksums of the records, so that bytes which somebody sent us as a payload are never taken for
//! a record. "Confirmed" is written when the log is closed in good order: everything before it had been synced.

use std::{
    fs::File,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::LogKind;
use crate::error::StoreError;

/// The format of log files that this program writes.
pub(crate) const LOG_FORMAT_VERSION: u16 = 1;
/// Where the first record begins.
pub(crate) const SEGMENT_HEADER_BYTES: u64 = 48;
/// How many bytes may lie between two marks of the index.
const MARK_EVERY_BYTES: u64 = 64 << 10;

const MAGIC: &[u8; 8] = b"AMANALOG";
const CONFIRMED_AT: u64 = 32;

/// What the head of a segment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) kind: LogKind,
    pub(crate) salt: u32,
    pub(crate) base: u64,
    /// Everything before this position had been synced; a lower bound.
    pub(crate) confirmed: u64,
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES as usize] {
        let mut bytes = [0; SEGMENT_HEADER_BYTES as usize];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..10].copy_from_slice(&LOG_FORMAT_VERSION.to_le_bytes());
        bytes[10] = self.kind as u8;
        bytes[12..16].copy_from_slice(&self.salt.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.base.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..24]);
        bytes[24..28].copy_from_slice(&checksum.to_le_bytes());
        bytes[32..].copy_from_slice(&encode_confirmed(self.confirmed));
        bytes
    }

    /// Reads the head of the file at `path`.
    pub(crate) fn decode(bytes: &[u8], path: &Path) -> Result<Self, StoreError> {
        let corrupt = |problem| StoreError::corrupt(path, 0, problem);
        let bytes: &[u8; SEGMENT_HEADER_BYTES as usize] =
            bytes.first_chunk().ok_or_else(|| corrupt("the file is shorter than its head"))?;
        if &bytes[..8] != MAGIC {
            return Err(corrupt("it does not begin as a log file of amana"));
        }
        // The format comes before the checksum: a newer format may check its head otherwise.
        let format = u16::from_le_bytes([bytes[8], bytes[9]]);
        if format > LOG_FORMAT_VERSION {
            let place = format!("log file {}", path.display());
            return Err(StoreError::NewerFormat { place, found: format.into(), known: LOG_FORMAT_VERSION.into() });
        }
        if word(bytes, 24) != crc32fast::hash(&bytes[..24]) {
            return Err(corrupt("its head has a wrong checksum"));
        }
        let kind = LogKind::from_number(bytes[10]).ok_or_else(|| corrupt("its head names no kind of log"))?;
        // A torn confirmation only loses the bound, which is no fault.
        let confirmed = if word(bytes, 40) == crc32fast::hash(&bytes[32..40]) { double_word(bytes, 32) } else { 0 };
        Ok(Self { kind, salt: word(bytes, 12), base: double_word(bytes, 16), confirmed })
    }
}

fn encode_confirmed(position: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&position.to_le_bytes());
    let checksum = crc32fast::hash(&bytes[..8]);
    bytes[8..12].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn double_word(bytes: &[u8], at: usize) -> u64 {
    u64::from(word(bytes, at)) | u64::from(word(bytes, at + 4)) << 32
}

/// One open file of a log. Readers share it with the one writer; they never look behind `durable_bytes`.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) file: File,
    pub(crate) base: u64,
    pub(crate) salt: u32,
    durable_bytes: AtomicU64,
    index: Mutex<Index>,
}

/// Where some of the records are, ascending: one mark in about 64 KiB.
#[derive(Debug, Default)]
struct Index {
    marks: Vec<(u64, u64)>,
}

impl Segment {
    pub(crate) fn new(path: PathBuf, file: File, header: &SegmentHeader, durable_bytes: u64) -> Self {
        Self {
            path,
            file,
            base: header.base,
            salt: header.salt,
            durable_bytes: AtomicU64::new(durable_bytes),
            index: Mutex::default(),
        }
    }

    /// The name of the file of the segment that begins at `base`.
    pub(crate) fn file_name(base: u64) -> String {
        format!("{base:020}.seg")
    }

    /// The base that a file name stands for.
    pub(crate) fn base_of_file_name(name: &str) -> Option<u64> {
        let digits = name.strip_suffix(".seg")?;
        (digits.len() == 20).then(|| digits.parse().ok()).flatten()
    }

    pub(crate) fn durable_bytes(&self) -> u64 {
        self.durable_bytes.load(Ordering::Acquire)
    }

    /// Lets readers see what was synced.
    pub(crate) fn publish(&self, durable_bytes: u64) {
        self.durable_bytes.store(durable_bytes, Ordering::Release);
    }

    /// Remembers where a record is, when that helps.
    pub(crate) fn mark(&self, position: u64, offset: u64) {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let at = index.marks.partition_point(|(marked, _)| *marked <= position);
        let before = at.checked_sub(1).map_or(SEGMENT_HEADER_BYTES, |before| index.marks[before].1);
        let after = index.marks.get(at).map_or(u64::MAX, |(_, offset)| *offset);
        if offset >= before + MARK_EVERY_BYTES && after.saturating_sub(offset) >= MARK_EVERY_BYTES {
            index.marks.insert(at, (position, offset));
        }
    }

    /// The nearest known place at or before `position`.
    pub(crate) fn nearest(&self, position: u64) -> (u64, u64) {
        let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let at = index.marks.partition_point(|(marked, _)| *marked <= position);
        at.checked_sub(1).map_or((self.base, SEGMENT_HEADER_BYTES), |before| index.marks[before])
    }

    /// Notes in the head that everything before `position` was synced.
    pub(crate) fn confirm(&self, position: u64) -> std::io::Result<()> {
        self.file.write_all_at(&encode_confirmed(position), CONFIRMED_AT)?;
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_format_is_refused_and_damage_is_noticed() {
        let header = SegmentHeader { kind: LogKind::Appended, salt: 7, base: 1 << 33, confirmed: 5 };
        let path = Path::new("x.seg");
        let mut bytes = header.encode();
        assert_eq!(SegmentHeader::decode(&bytes, path).unwrap(), header);
        bytes[17] ^= 1;
        assert!(matches!(SegmentHeader::decode(&bytes, path), Err(StoreError::Corrupt { .. })));
        bytes[8] = 2;
        assert!(matches!(SegmentHeader::decode(&bytes, path), Err(StoreError::NewerFormat { found: 2, .. })));
        let mut torn = header.encode();
        torn[33] ^= 1;
        assert_eq!(SegmentHeader::decode(&torn, path).unwrap().confirmed, 0);
    }
}
