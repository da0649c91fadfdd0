//! Spaces in the LSM tree: one keyspace each, and one more for what the engine itself must remember.
//!
//! A stored value is the version (u64, little-endian) and then the value. Versions are the numbers of commits, so no
//! version ever comes twice, not even for a key that was deleted in between.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use fjall::{
    CompressionType, Database, Guard, Keyspace, KeyspaceCreateOptions, PersistMode, Readable as _, Slice,
    config::{BloomConstructionPolicy, CompressionPolicy, FilterPolicy, FilterPolicyEntry},
};

use crate::{
    batch::RESERVED_META_PREFIX,
    error::StoreError,
    formats::{Found, formats},
    log_name::LogName,
    range::KeyRange,
    space::{Codec, Key, Space},
    store::{FORMAT_VERSION, Versioned},
};

/// Spaces whose values come by the thousand in each commit; their memtables are larger, so that they are flushed less.
const BUSY: [Space; 6] = [Space::Index, Space::Fragment, Space::Ring, Space::Block, Space::Event, Space::Seen];
const MEMTABLE_BYTES_BUSY: u64 = 32 << 20;
const MEMTABLE_BYTES_QUIET: u64 = 8 << 20;
const VERSION_BYTES: usize = 8;
const LAST_VERSION_KEY: &[u8] = b"version";
const LOG_HEAD_PREFIX: &[u8] = b"log/";

/// The open LSM tree.
pub(crate) struct Spaces {
    database: Database,
    /// One per space, in the order of their numbers.
    keyspaces: Arc<[Keyspace]>,
    engine: Keyspace,
}

impl Spaces {
    pub(crate) fn open(dir: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        let builder = Database::builder(dir)
            .cache_size(cache_bytes)
            // Sealed values do not shrink, and the others are short.
            .journal_compression(CompressionType::None)
            // Each batch says by itself how durable it is.
            .manual_journal_persist(true);
        let database = builder.open().map_err(|error| match error {
            fjall::Error::Locked => StoreError::Locked { place: format!("the folder {}", dir.display()) },
            error => StoreError::engine("open its folder")(error),
        })?;
        let open = |name: &str, space| {
            database.keyspace(name, || options(space)).map_err(StoreError::engine("open a keyspace"))
        };
        let mut keyspaces = Vec::with_capacity(Space::ALL.len());
        for space in Space::ALL {
            keyspaces.push(open(space.name(), Some(space))?);
        }
        let engine = open("engine", None)?;
        let spaces = Self { database, keyspaces: keyspaces.into(), engine };
        spaces.check_formats(dir)?;
        Ok(spaces)
    }

    /// Refuses a folder whose formats this program does not read, and notes those that it writes.
    fn check_formats(&self, dir: &Path) -> Result<(), StoreError> {
        let view = self.view();
        let found = view.scan(Space::Meta, &KeyRange::prefix(RESERVED_META_PREFIX), usize::MAX)?;
        let place = dir.display().to_string();
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        for format in formats() {
            if let Some((_, noted)) = found.iter().find(|(key, _)| key.as_slice() == format.key.as_bytes()) {
                match format.judge(&noted.value, &place)? {
                    Found::Current => continue,
                    Found::Readable => {}
                    Found::TooOld(found) => {
                        if !view.is_empty(format.space)? {
                            return Err(format.refused(found, &place));
                        }
                    }
                }
            }
            let value = encode_value(&mut Vec::new(), 0, format.known.to_string().as_bytes());
            batch.insert(self.keyspace(Space::Meta), format.key.as_bytes(), value);
        }
        batch.commit().map_err(StoreError::engine("note its formats"))
    }

    pub(crate) fn keyspace(&self, space: Space) -> &Keyspace {
        &self.keyspaces[space as usize]
    }

    /// What is committed now.
    pub(crate) fn view(&self) -> View {
        View { snapshot: self.database.snapshot(), keyspaces: Arc::clone(&self.keyspaces) }
    }

    /// The version of the last commit.
    pub(crate) fn last_version(&self) -> Result<u64, StoreError> {
        self.number(LAST_VERSION_KEY)
    }

    /// The committed head of a log.
    pub(crate) fn log_head(&self, log: &LogName) -> Result<u64, StoreError> {
        self.number(&log_head_key(log))
    }

    fn number(&self, key: &[u8]) -> Result<u64, StoreError> {
        let stored = self.engine.get(key).map_err(StoreError::engine("read"))?;
        stored.map_or(Ok(0), |bytes| {
            let bytes = bytes.as_ref().try_into();
            Ok(u64::from_le_bytes(bytes.map_err(|_| StoreError::corrupt("engine", 0, "a number has not 8 bytes"))?))
        })
    }

    /// Begins a commit that is on disk when it is done.
    pub(crate) fn begin(&self, items: usize) -> SpacesBatch<'_> {
        let batch = fjall::OwnedWriteBatch::with_capacity(self.database.clone(), items + 2);
        SpacesBatch { spaces: self, batch: batch.durability(Some(PersistMode::SyncData)), scratch: Vec::new() }
    }
}

/// Changes on their way into the LSM tree. No key may come twice: within one batch the tree knows no order.
pub(crate) struct SpacesBatch<'a> {
    spaces: &'a Spaces,
    batch: fjall::OwnedWriteBatch,
    scratch: Vec<u8>,
}

impl SpacesBatch<'_> {
    pub(crate) fn change(&mut self, space: Space, key: &[u8], value: Option<&[u8]>, version: u64) {
        let keyspace = self.spaces.keyspace(space);
        match value {
            Some(value) => self.batch.insert(keyspace, key, encode_value(&mut self.scratch, version, value)),
            None => self.batch.remove(keyspace, key),
        }
    }

    pub(crate) fn log_head(&mut self, log: &LogName, head: u64) {
        self.batch.insert(&self.spaces.engine, log_head_key(log), head.to_le_bytes());
    }

    pub(crate) fn commit(mut self, last_version: u64) -> Result<(), StoreError> {
        self.batch.insert(&self.spaces.engine, LAST_VERSION_KEY, last_version.to_le_bytes());
        self.batch.commit().map_err(StoreError::engine("commit"))
    }
}

fn log_head_key(log: &LogName) -> Key {
    [LOG_HEAD_PREFIX, log.as_str().as_bytes()].concat()
}

/// One consistent state of all spaces.
#[derive(Clone)]
pub(crate) struct View {
    snapshot: fjall::Snapshot,
    keyspaces: Arc<[Keyspace]>,
}

impl View {
    pub(crate) fn get_many(&self, space: Space, keys: &[Key]) -> Result<Vec<Option<Versioned>>, StoreError> {
        let keyspace = &self.keyspaces[space as usize];
        let get = |key: &Key| {
            let stored = self.snapshot.get(keyspace, key).map_err(StoreError::engine("read"))?;
            stored.map(|stored| decode_value(space, &stored)).transpose()
        };
        keys.iter().map(get).collect()
    }

    pub(crate) fn version(&self, space: Space, key: &[u8]) -> Result<Option<u64>, StoreError> {
        let stored = self.snapshot.get(&self.keyspaces[space as usize], key).map_err(StoreError::engine("read"))?;
        stored.map(|stored| split_value(space, &stored).map(|(version, _)| version)).transpose()
    }

    pub(crate) fn scan(
        &self,
        space: Space,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Vec<(Key, Versioned)>, StoreError> {
        self.iterate(space, range).take(limit).map(|guard| decode_entry(space, guard)).collect()
    }

    pub(crate) fn scan_reverse(
        &self,
        space: Space,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Vec<(Key, Versioned)>, StoreError> {
        self.iterate(space, range).rev().take(limit).map(|guard| decode_entry(space, guard)).collect()
    }

    /// Whether nothing is in a space; never true of the store as a whole.
    fn is_empty(&self, space: Option<Space>) -> Result<bool, StoreError> {
        space.map_or(Ok(false), |space| Ok(self.scan(space, &KeyRange::all(), 1)?.is_empty()))
    }

    fn iterate(&self, space: Space, range: &KeyRange) -> Box<dyn DoubleEndedIterator<Item = Guard>> {
        let keyspace = &self.keyspaces[space as usize];
        if range.is_empty() {
            return Box::new(std::iter::empty());
        }
        match &range.end {
            Some(end) => Box::new(self.snapshot.range(keyspace, range.start.as_slice()..end.as_slice())),
            None => Box::new(self.snapshot.range(keyspace, range.start.as_slice()..)),
        }
    }
}

fn options(space: Option<Space>) -> KeyspaceCreateOptions {
    let busy = space.is_some_and(|space| BUSY.contains(&space));
    let sealed = space.is_some_and(|space| space.codec() == Codec::Sealed);
    let options = KeyspaceCreateOptions::default()
        .max_memtable_size(if busy { MEMTABLE_BYTES_BUSY } else { MEMTABLE_BYTES_QUIET })
        // Most reads of new people's keys find nothing; ten bits a key let 1 in 100 of them touch the disk.
        .filter_policy(FilterPolicy::all(FilterPolicyEntry::Bloom(BloomConstructionPolicy::BitsPerKey(10.0))));
    if sealed { options.data_block_compression_policy(CompressionPolicy::disabled()) } else { options }
}

fn encode_value(scratch: &mut Vec<u8>, version: u64, value: &[u8]) -> Slice {
    scratch.clear();
    scratch.extend_from_slice(&version.to_le_bytes());
    scratch.extend_from_slice(value);
    Slice::from(scratch.as_slice())
}

fn split_value(space: Space, stored: &[u8]) -> Result<(u64, &[u8]), StoreError> {
    let (version, value) = stored
        .split_first_chunk::<VERSION_BYTES>()
        .ok_or_else(|| StoreError::corrupt(space.name(), 0, "a value is shorter than its version"))?;
    Ok((u64::from_le_bytes(*version), value))
}

/// Copies the value. A view into the engine's block would keep the whole block in memory for as long as the value lives.
fn decode_value(space: Space, stored: &[u8]) -> Result<Versioned, StoreError> {
    let (version, value) = split_value(space, stored)?;
    Ok(Versioned { version, value: Bytes::copy_from_slice(value) })
}

fn decode_entry(space: Space, guard: Guard) -> Result<(Key, Versioned), StoreError> {
    let (key, stored) = guard.into_inner().map_err(StoreError::engine("scan"))?;
    Ok((key.to_vec(), decode_value(space, &stored)?))
}

const _: () = assert!(FORMAT_VERSION == 1, "a new format needs a migration, and a sample in tests/samples");
