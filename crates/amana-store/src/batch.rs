//! What one commit changes.

use std::{any::Any, collections::BTreeMap, fmt};

use bytes::Bytes;

use crate::{
    error::StoreError,
    log_name::LogName,
    space::{Key, Space},
};

/// The longest key.
pub const KEY_BYTES_MAX: usize = 1_024;
/// The longest value.
pub const VALUE_BYTES_MAX: usize = 16 << 20;
/// The longest record of a log.
pub const RECORD_BYTES_MAX: usize = 16 << 20;
/// The most puts, deletes, appends and expectations of one batch together.
pub const BATCH_ITEMS_MAX: usize = 500_000;
/// The most bytes of keys, values and records of one batch together.
pub const BATCH_BYTES_MAX: usize = 256 << 20;
/// Keys of the space `Meta` that begin so belong to the store itself and cannot be written through a batch.
pub const RESERVED_META_PREFIX: &[u8] = b"store/";

/// The changes of one commit, and what they rely on.
///
/// Of several changes to one key the last one counts. Of several expectations on one key all must hold.
#[derive(Debug, Default)]
pub struct Batch {
    changes: Vec<Change>,
    appends: Vec<(LogName, Bytes)>,
    expectations: Vec<Expectation>,
    held: Held,
}

/// What lives until a request is decided, for whoever has to know that it can still happen. It is the engine that lets it
/// go, for a caller that stops waiting does not take a request back.
#[derive(Default)]
pub(crate) struct Held(Vec<Box<dyn Any + Send + Sync>>);

impl Held {
    pub(crate) fn one(held: impl Send + Sync + 'static) -> Self {
        Self(vec![Box::new(held)])
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Held({})", self.0.len())
    }
}

/// A put (`Some`) or a delete (`None`).
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) space: Space,
    pub(crate) key: Key,
    pub(crate) value: Option<Bytes>,
}

/// The version that a key must have; `None` is "absent".
#[derive(Debug)]
pub(crate) struct Expectation {
    pub(crate) space: Space,
    pub(crate) key: Key,
    pub(crate) version: Option<u64>,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty batch with room for this many puts and deletes.
    #[must_use]
    pub fn with_capacity(changes: usize) -> Self {
        Self { changes: Vec::with_capacity(changes), ..Self::default() }
    }

    /// Stores `value` under `key`. Keys that come in ascending order, space by space, are committed fastest.
    pub fn put(&mut self, space: Space, key: impl Into<Key>, value: impl Into<Bytes>) -> &mut Self {
        self.changes.push(Change { space, key: key.into(), value: Some(value.into()) });
        self
    }

    /// Removes `key`, if it is there.
    pub fn delete(&mut self, space: Space, key: impl Into<Key>) -> &mut Self {
        self.changes.push(Change { space, key: key.into(), value: None });
        self
    }

    /// Appends a record to a log that is only ever written within commits.
    pub fn append(&mut self, log: &LogName, record: impl Into<Bytes>) -> &mut Self {
        self.appends.push((log.clone(), record.into()));
        self
    }

    /// Makes the commit depend on `key` having this version; `None` means that it must be absent.
    pub fn expect(&mut self, space: Space, key: impl Into<Key>, version: Option<u64>) -> &mut Self {
        self.expectations.push(Expectation { space, key: key.into(), version });
        self
    }

    /// Keeps something alive until the batch is committed, refused or dropped, even when nobody waits for that any more.
    pub fn hold(&mut self, held: impl Send + Sync + 'static) -> &mut Self {
        self.held.0.push(Box::new(held));
        self
    }

    /// How many changes, appends and expectations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len() + self.appends.len() + self.expectations.len()
    }

    /// Whether committing would do nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Checks the limits and brings everything into key order with one change per key.
    pub(crate) fn prepare(self) -> Result<Prepared, StoreError> {
        self.check()?;
        let Self { mut changes, appends, mut expectations, held } = self;
        let order = |a: &Change, b: &Change| (a.space, &a.key).cmp(&(b.space, &b.key));
        // Callers that write in order pay for one pass only. "Strictly ascending" also means that no key comes twice.
        if !changes.is_sorted_by(|a, b| order(a, b).is_lt()) {
            changes.sort_by(order);
            changes.reverse();
            // The sort is stable, so after reversing the last change of a key comes first, and that one is kept.
            changes.dedup_by(|later, kept| later.space == kept.space && later.key == kept.key);
            changes.reverse();
        }
        let by_key = |a: &Expectation, b: &Expectation| (a.space, &a.key).cmp(&(b.space, &b.key));
        if !expectations.is_sorted_by(|a, b| by_key(a, b).is_le()) {
            expectations.sort_by(by_key);
        }
        let mut logs: BTreeMap<LogName, Vec<Bytes>> = BTreeMap::new();
        for (log, record) in appends {
            logs.entry(log).or_default().push(record);
        }
        Ok(Prepared { changes, logs: logs.into_iter().collect(), expectations, _held: held })
    }

    /// How many bytes of keys, values and records it has: at most [`BATCH_BYTES_MAX`] can be committed.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let changes = self.changes.iter().map(|change| change.key.len() + change.value.as_ref().map_or(0, Bytes::len));
        changes.sum::<usize>() + self.appends.iter().map(|(_, record)| record.len()).sum::<usize>()
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.len() > BATCH_ITEMS_MAX {
            return Err(StoreError::Invalid(format!(
                "a batch holds at most {BATCH_ITEMS_MAX} items, not {}",
                self.len()
            )));
        }
        for change in &self.changes {
            check_key(change.space, &change.key)?;
            if change.space == Space::Meta && change.key.starts_with(RESERVED_META_PREFIX) {
                return Err(StoreError::Invalid("keys of Meta that begin with \"store/\" belong to the store".into()));
            }
            let value_bytes = change.value.as_ref().map_or(0, Bytes::len);
            if value_bytes > VALUE_BYTES_MAX {
                return Err(too_long("a value", change.space.name(), value_bytes, VALUE_BYTES_MAX));
            }
        }
        for expectation in &self.expectations {
            check_key(expectation.space, &expectation.key)?;
        }
        for (log, record) in &self.appends {
            check_record(log, record)?;
        }
        let bytes = self.bytes();
        if bytes > BATCH_BYTES_MAX {
            return Err(StoreError::Invalid(format!("a batch holds at most {BATCH_BYTES_MAX} bytes, not {bytes}")));
        }
        Ok(())
    }
}

fn check_key(space: Space, key: &[u8]) -> Result<(), StoreError> {
    if key.is_empty() {
        return Err(StoreError::Invalid(format!("a key of {} is empty", space.name())));
    }
    if key.len() > KEY_BYTES_MAX {
        return Err(too_long("a key", space.name(), key.len(), KEY_BYTES_MAX));
    }
    Ok(())
}

pub(crate) fn check_record(log: &LogName, record: &[u8]) -> Result<(), StoreError> {
    if record.len() > RECORD_BYTES_MAX {
        return Err(too_long("a record", log.as_str(), record.len(), RECORD_BYTES_MAX));
    }
    Ok(())
}

fn too_long(what: &str, place: &str, found: usize, max: usize) -> StoreError {
    StoreError::Invalid(format!("{what} of {place} has {found} bytes, and at most {max} are allowed"))
}

/// A batch that an engine can commit: within limits, in key order, one change per key.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// Ascending by space and key, each key once.
    pub(crate) changes: Vec<Change>,
    /// Ascending by name, records in the order in which they were appended.
    pub(crate) logs: Vec<(LogName, Vec<Bytes>)>,
    /// Ascending by space and key; a key can come more than once.
    pub(crate) expectations: Vec<Expectation>,
    _held: Held,
}

impl Prepared {
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.logs.is_empty() && self.expectations.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_change_of_a_key_counts() {
        let mut batch = Batch::new();
        batch.put(Space::Tally, *b"b", "1").put(Space::Meta, *b"z", "2").put(Space::Tally, *b"b", "3");
        batch.delete(Space::Tally, *b"a").put(Space::Tally, *b"a", "4").delete(Space::Meta, *b"z");
        let prepared = batch.prepare().unwrap();
        let found: Vec<_> = prepared.changes.iter().map(|c| (c.space, c.key.clone(), c.value.clone())).collect();
        let expected = vec![
            (Space::Meta, b"z".to_vec(), None),
            (Space::Tally, b"a".to_vec(), Some(Bytes::from("4"))),
            (Space::Tally, b"b".to_vec(), Some(Bytes::from("3"))),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn empty_and_overlong_keys_and_reserved_names_are_refused() {
        for key in [vec![], vec![0; KEY_BYTES_MAX + 1], b"store/format".to_vec()] {
            let mut batch = Batch::new();
            batch.put(Space::Meta, key, "x");
            assert!(matches!(batch.prepare(), Err(StoreError::Invalid(_))));
        }
    }
}
