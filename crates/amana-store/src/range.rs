//! Ranges of keys.

use crate::space::Key;

/// Keys from `start` (inclusive) to `end` (exclusive; `None` is "to the last key").
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct KeyRange {
    /// The first key of the range.
    pub start: Key,
    /// The first key after the range.
    pub end: Option<Key>,
}

impl KeyRange {
    /// All keys.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Keys from `start` up to, but without, `end`.
    #[must_use]
    pub fn between(start: impl Into<Key>, end: impl Into<Key>) -> Self {
        Self { start: start.into(), end: Some(end.into()) }
    }

    /// Keys from `start` to the last one.
    #[must_use]
    pub fn from(start: impl Into<Key>) -> Self {
        Self { start: start.into(), end: None }
    }

    /// Keys that begin with `prefix`.
    #[must_use]
    pub fn prefix(prefix: impl Into<Key>) -> Self {
        let start: Key = prefix.into();
        let end = successor(&start);
        Self { start, end }
    }

    /// The same range without the keys up to and including `key`: how a scan is continued.
    #[must_use]
    pub fn after(mut self, key: &[u8]) -> Self {
        if key >= self.start.as_slice() {
            self.start = key.to_vec();
            self.start.push(0);
        }
        self
    }

    /// The same range without `key` and the keys behind it: how a reverse scan is continued.
    #[must_use]
    pub fn before(mut self, key: &[u8]) -> Self {
        if self.end.as_deref().is_none_or(|end| key < end) {
            self.end = Some(key.to_vec());
        }
        self
    }

    /// Whether no key can lie in the range.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| *end <= self.start)
    }
}

/// The smallest key that is greater than all keys with this prefix; `None` when there is no such key.
fn successor(prefix: &[u8]) -> Option<Key> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_covers_exactly_the_keys_that_begin_with_it() {
        assert_eq!(KeyRange::prefix(*b"ab").end, Some(b"ac".to_vec()));
        assert_eq!(KeyRange::prefix(vec![1, 255, 255]).end, Some(vec![2]));
        assert_eq!(KeyRange::prefix(vec![255, 255]).end, None);
        assert_eq!(KeyRange::prefix(vec![]), KeyRange::all());
    }

    #[test]
    fn a_scan_continues_behind_the_last_key() {
        assert_eq!(KeyRange::prefix(*b"a").after(b"ab").start, b"ab\0".to_vec());
        assert_eq!(KeyRange::prefix(*b"b").after(b"a").start, b"b".to_vec());
        assert!(KeyRange::between(*b"b", *b"b").is_empty());
    }
}
