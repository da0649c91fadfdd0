//! The keys of one fragment.

use std::{collections::BTreeMap, fmt};

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{BUCKETS, SealError, key::SecretKey};
use crate::{dice::Dice, space::FragmentId};

const FORMAT: u8 = 1;
const ENTRY_BYTES: usize = 4 + 32;

/// The bucket of a fragment: which of the 4,096 bucket keys wraps its ring. The first 12 bits of a hash, so that buckets
/// stay even whatever the ids look like.
#[must_use]
pub fn bucket(fragment: FragmentId) -> u16 {
    let hash = Sha256::digest(fragment.as_bytes());
    u16::from_be_bytes([hash[0], hash[1]]) >> (16 - BUCKETS.trailing_zeros())
}

/// The keys of one fragment, one per hold class.
///
/// Destroying a key here and storing the ring again hides the values; they are gone for good when the bucket has been
/// rekeyed too ([`super::Root::begin_rekey`]), for older wrapped rings may survive in history and backups.
#[derive(Clone, Default)]
pub struct Ring {
    keys: BTreeMap<u32, SecretKey>,
}

impl Ring {
    /// A ring without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The key of a hold class.
    #[must_use]
    pub fn key(&self, class: u32) -> Option<&SecretKey> {
        self.keys.get(&class)
    }

    /// The key of a hold class, made now if it is new.
    pub fn key_or_new(&mut self, class: u32, dice: &mut dyn Dice) -> &SecretKey {
        self.keys.entry(class).or_insert_with(|| SecretKey::random(dice))
    }

    /// Destroys the key of a hold class; true when there was one.
    pub fn destroy(&mut self, class: u32) -> bool {
        self.keys.remove(&class).is_some()
    }

    /// The hold classes that have a key, ascending.
    pub fn classes(&self) -> impl Iterator<Item = u32> {
        self.keys.keys().copied()
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no value of the fragment can be opened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// `format u8 | (class u32 | key 32)*`, to be wrapped.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(1 + self.keys.len() * ENTRY_BYTES));
        bytes.push(FORMAT);
        for (class, key) in &self.keys {
            bytes.extend_from_slice(&class.to_be_bytes());
            bytes.extend_from_slice(key.as_bytes());
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        let (format, entries) = bytes.split_first().ok_or(SealError::CannotOpen)?;
        if *format > FORMAT {
            return Err(SealError::NewerFormat { found: *format, known: FORMAT });
        }
        let (entries, []) = entries.as_chunks::<ENTRY_BYTES>() else { return Err(SealError::CannotOpen) };
        let mut keys = BTreeMap::new();
        for entry in entries {
            let (class, key) = entry.split_first_chunk::<4>().ok_or(SealError::CannotOpen)?;
            let key = key.try_into().map_err(|_| SealError::CannotOpen)?;
            keys.insert(u32::from_be_bytes(*class), SecretKey::from_bytes(key));
        }
        Ok(Self { keys })
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ring({} keys)", self.keys.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::SystemDice;

    #[test]
    fn a_ring_is_read_as_it_was_written() {
        let mut ring = Ring::new();
        let first = ring.key_or_new(7, &mut SystemDice).clone();
        assert_eq!(*ring.key_or_new(7, &mut SystemDice), first, "a class keeps its key");
        ring.key_or_new(3, &mut SystemDice);
        let read = Ring::decode(&ring.encode()).unwrap();
        assert_eq!(read.classes().collect::<Vec<_>>(), [3, 7]);
        assert_eq!(read.key(7), Some(&first));
        assert!(Ring::decode(&ring.encode()[..20]).is_err());
        assert!(ring.destroy(7) && !ring.destroy(7) && ring.key(7).is_none());
    }

    #[test]
    fn buckets_are_even() {
        let mut dice = SystemDice;
        let mut counts = vec![0_u32; BUCKETS];
        for _ in 0..BUCKETS * 16 {
            let mut id = [0; 16];
            dice.fill(&mut id);
            counts[usize::from(bucket(FragmentId::from_bytes(id)))] += 1;
        }
        assert!(counts.iter().all(|count| *count < 60));
    }
}
