//! One record as it lies in the log and in shipped files.
//!
//! ```text
//! format u8 (1) | number of the key u32 | sequence u64 | SHA-256 of the previous record 32 | sealed entry
//! ```
//!
//! Numbers are big-endian. The head is the associated data of what is sealed, so a record can't be given another place.

use super::entry::LogEntry;
use super::error::Wrong;
use super::head::Head;
use super::keys::ActsKeys;
use amana_store::Dice;
use amana_store::seal::{open, seal};

const FORMAT: u8 = 1;
const HEAD_BYTES: usize = 1 + 4 + 8 + 32;

/// A record whose head was read.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its number in the chain; the first is 0.
    pub sequence: u64,
    /// SHA-256 of the record before it.
    pub previous: [u8; 32],
    key: u32,
    head: &'a [u8; HEAD_BYTES],
    sealed: &'a [u8],
}

/// SHA-256 of a record's bytes, by which the next record names it.
#[must_use]
pub fn record_hash(record: &[u8]) -> [u8; 32] {
    crate::hash::sha256(record)
}

impl<'a> Record<'a> {
    /// Reads the head of a record.
    ///
    /// # Errors
    /// When it is none, or a newer program wrote it.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Wrong> {
        let (head, sealed) = bytes.split_first_chunk::<HEAD_BYTES>().ok_or(Wrong::NoRecord)?;
        let (format, rest) = (head[0], &head[1..]);
        if format != FORMAT {
            return Err(Wrong::Format { found: format });
        }
        let (key, rest) = rest.split_first_chunk::<4>().ok_or(Wrong::NoRecord)?;
        let (sequence, previous) = rest.split_first_chunk::<8>().ok_or(Wrong::NoRecord)?;
        Ok(Self {
            sequence: u64::from_be_bytes(*sequence),
            previous: previous.try_into().map_err(|_| Wrong::NoRecord)?,
            key: u32::from_be_bytes(*key),
            head,
            sealed,
        })
    }

    /// What it tells.
    ///
    /// # Errors
    /// When it was changed, was sealed under another root file, or can't be understood.
    pub fn open(&self, keys: &ActsKeys) -> Result<LogEntry, Wrong> {
        let key = keys.key(self.key);
        let plain = open(key.as_bytes(), self.head, self.sealed).map_err(|_| Wrong::Sealed)?;
        postcard::from_bytes(&plain).map_err(|_| Wrong::Content)
    }
}

/// Makes the record that comes after a head.
pub(super) fn make(after: &Head, entry: &LogEntry, keys: &ActsKeys, dice: &mut dyn Dice) -> Vec<u8> {
    let mut record = Vec::with_capacity(512);
    record.push(FORMAT);
    record.extend_from_slice(&ActsKeys::NEWEST.to_be_bytes());
    record.extend_from_slice(&after.next.to_be_bytes());
    record.extend_from_slice(&after.hash);
    let plain = postcard::to_allocvec(entry).expect("these types have a length and no foreign parts");
    let sealed = seal(keys.key(ActsKeys::NEWEST).as_bytes(), &record, &plain, dice);
    record.extend_from_slice(&sealed);
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acts_log::{ActOf, NamedFragment};
    use crate::dice::Dice;
    use amana_core::Moment;
    use amana_core::permission::{Act, ActKind, Evidence, Method, Target};
    use amana_store::seal::{MasterKey, Root};
    use uuid::Uuid;

    /// An entry of format 1 as it was stored. When this fails, raise [`FORMAT`] and go on reading what was written before:
    /// shipped acts outlive programs.
    const ENTRY_1: &str = include_str!("entry_1.hex");

    fn entry() -> LogEntry {
        let fragment = NamedFragment {
            id: Uuid::from_u128(1),
            kind: "email".into(),
            scope: "default".into(),
            created: Moment(1),
            vouched: true,
            index: Some([7; 24]),
        };
        let evidence = Evidence::new(Method::Form, "privacy", "person");
        let act = Act::new(Uuid::from_u128(2), ActKind::Withdraw, Target::Person, Moment(3), Moment(4), evidence);
        LogEntry::Act(Box::new(ActOf { fragment, others: Vec::new(), edges: Vec::new(), act }))
    }

    #[test]
    fn an_entry_of_format_1_is_still_read() {
        let hex: Vec<u8> = ENTRY_1.trim().bytes().collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        let stored: Vec<u8> = hex.chunks(2).map(byte).collect();
        let today: String = postcard::to_allocvec(&entry()).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(postcard::from_bytes::<LogEntry>(&stored).ok(), Some(entry()), "today it is {today}");
    }

    #[test]
    fn a_record_opens_in_its_place_and_with_its_root_file_alone() {
        let dir = tempfile::tempdir().unwrap();
        let root = |name: &str| {
            let mut dice = Dice::System;
            let master = MasterKey::random(&mut dice);
            ActsKeys::of(&Root::open_or_create(&dir.path().join(name), &master, &mut dice).unwrap())
        };
        let (keys, others) = (root("one"), root("two"));
        let mut bytes = make(&Head::default(), &entry(), &keys, &mut Dice::System);
        assert_eq!(Record::read(&bytes).unwrap().open(&keys).unwrap(), entry());
        assert_eq!(Record::read(&bytes).unwrap().open(&others), Err(Wrong::Sealed));
        for place in 1..bytes.len() {
            bytes[place] ^= 1;
            assert_eq!(Record::read(&bytes).unwrap().open(&keys), Err(Wrong::Sealed), "byte {place}");
            bytes[place] ^= 1;
        }
    }
}
