//! The keys of one fragment.

use std::{collections::BTreeMap, fmt};

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{BUCKETS, SealError, key::SecretKey};
use crate::{dice::Dice, space::FragmentId};

/// Of format 1 were entries without epoch; all of them were what epoch 0 is now.
const FORMAT: u8 = 2;
const ENTRY_BYTES: usize = 4 + 2 + 32;
const ENTRY_BYTES_FORMAT_1: usize = 4 + 32;

/// The bucket of a fragment: which of the 4,096 bucket keys wraps its ring. The first 12 bits of a hash, so that buckets
/// stay even whatever the ids look like.
#[must_use]
pub fn bucket(fragment: FragmentId) -> u16 {
    let hash = Sha256::digest(fragment.as_bytes());
    u16::from_be_bytes([hash[0], hash[1]]) >> (16 - BUCKETS.trailing_zeros())
}

/// Names a key of a ring.
///
/// What a class holds lies under epoch 0; its events lie under one epoch for each month, so that the events of a month
/// can be made unreadable when their time is over and the later ones stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId {
    /// The hold class.
    pub class: u32,
    /// 0, or the month of the events: months since January 1970, plus 1.
    pub epoch: u16,
}

impl KeyId {
    /// The key of what a class holds.
    #[must_use]
    pub const fn holding(class: u32) -> Self {
        Self { class, epoch: 0 }
    }

    /// The key of the events of a class and an epoch.
    #[must_use]
    pub const fn events(class: u32, epoch: u16) -> Self {
        Self { class, epoch }
    }
}

/// The keys of one fragment, one per hold class and epoch.
///
/// Destroying a key here and storing the ring again hides the values; they are gone for good when the bucket has been
/// rekeyed too ([`super::Root::begin_destroying`]), for older wrapped rings may survive in history and backups.
#[derive(Clone, Default)]
pub struct Ring {
    keys: BTreeMap<KeyId, SecretKey>,
}

impl Ring {
    /// A ring without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A key.
    #[must_use]
    pub fn key(&self, id: KeyId) -> Option<&SecretKey> {
        self.keys.get(&id)
    }

    /// A key, made now if it is new.
    pub fn key_or_new(&mut self, id: KeyId, dice: &mut dyn Dice) -> &SecretKey {
        self.keys.entry(id).or_insert_with(|| SecretKey::random(dice))
    }

    /// Destroys a key; true when there was one.
    pub fn destroy(&mut self, id: KeyId) -> bool {
        self.keys.remove(&id).is_some()
    }

    /// Destroys a key and makes another in its place, for what goes on being held: what is to stay is sealed again with
    /// the new one, and what was sealed with the old one before is gone.
    pub fn replace(&mut self, id: KeyId, dice: &mut dyn Dice) -> &SecretKey {
        self.destroy(id);
        self.key_or_new(id, dice)
    }

    /// Takes in the keys of another ring of the same fragment that this one does not have.
    pub fn take_in(&mut self, other: &Self) {
        for (id, key) in &other.keys {
            self.keys.entry(*id).or_insert_with(|| key.clone());
        }
    }

    /// Every key there is: by class, and then by epoch.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys.keys().copied()
    }

    /// The keys of one class, by epoch.
    pub fn ids_of_class(&self, class: u32) -> impl Iterator<Item = KeyId> {
        self.keys.range(KeyId::holding(class)..=KeyId::events(class, u16::MAX)).map(|(id, _)| *id)
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

    /// `format u8 | (class u32 | epoch u16 | key 32)*`, to be wrapped.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(1 + self.keys.len() * ENTRY_BYTES));
        bytes.push(FORMAT);
        for (id, key) in &self.keys {
            bytes.extend_from_slice(&id.class.to_be_bytes());
            bytes.extend_from_slice(&id.epoch.to_be_bytes());
            bytes.extend_from_slice(key.as_bytes());
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        match bytes.split_first() {
            Some((1, entries)) => decode_entries::<ENTRY_BYTES_FORMAT_1>(entries, |head| {
                let (class, []) = head.split_first_chunk()? else { return None };
                Some(KeyId::holding(u32::from_be_bytes(*class)))
            }),
            Some((&FORMAT, entries)) => decode_entries::<ENTRY_BYTES>(entries, |head| {
                let (class, epoch) = head.split_first_chunk()?;
                Some(KeyId::events(u32::from_be_bytes(*class), u16::from_be_bytes(epoch.try_into().ok()?)))
            }),
            Some((&found, _)) if found > FORMAT => Err(SealError::NewerFormat { found, known: FORMAT }),
            _ => Err(SealError::CannotOpen),
        }
    }
}

/// Entries of `N` bytes each: what names the key, and then the key.
fn decode_entries<const N: usize>(entries: &[u8], id: impl Fn(&[u8]) -> Option<KeyId>) -> Result<Ring, SealError> {
    let (entries, []) = entries.as_chunks::<N>() else { return Err(SealError::CannotOpen) };
    let entry = |entry: &[u8; N]| {
        let (head, key) = entry.split_last_chunk::<32>()?;
        Some((id(head)?, SecretKey::from_bytes(key)))
    };
    let keys = entries.iter().map(|bytes| entry(bytes).ok_or(SealError::CannotOpen));
    Ok(Ring { keys: keys.collect::<Result<_, _>>()? })
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

    const NAME: KeyId = KeyId::holding(7);
    const OTHER: KeyId = KeyId::holding(3);
    const MARCH: KeyId = KeyId::events(7, 675);

    #[test]
    fn a_ring_is_read_as_it_was_written() {
        let mut ring = Ring::new();
        let first = ring.key_or_new(NAME, &mut SystemDice).clone();
        assert_eq!(*ring.key_or_new(NAME, &mut SystemDice), first, "an id keeps its key");
        assert_ne!(*ring.key_or_new(MARCH, &mut SystemDice), first, "each epoch has its own");
        ring.key_or_new(OTHER, &mut SystemDice);
        let read = Ring::decode(&ring.encode()).unwrap();
        assert_eq!(read.ids().collect::<Vec<_>>(), [OTHER, NAME, MARCH]);
        assert_eq!(read.ids_of_class(7).collect::<Vec<_>>(), [NAME, MARCH]);
        assert_eq!((read.key(NAME), read.key(MARCH)), (Some(&first), ring.key(MARCH)));
        assert!(Ring::decode(&ring.encode()[..20]).is_err());
        assert!(ring.destroy(NAME) && !ring.destroy(NAME) && ring.key(NAME).is_none() && ring.key(MARCH).is_some());
    }

    #[test]
    fn a_replaced_key_is_another_one() {
        let mut ring = Ring::new();
        let first = ring.key_or_new(NAME, &mut SystemDice).clone();
        let second = ring.replace(NAME, &mut SystemDice).clone();
        assert!(second != first && ring.key(NAME) == Some(&second) && ring.len() == 1);
    }

    #[test]
    fn a_ring_of_format_1_is_read_as_epoch_0_and_a_newer_one_is_named() {
        let entry = [&[1][..], &7_u32.to_be_bytes(), &[9; 32]].concat();
        let ring = Ring::decode(&entry).unwrap();
        assert_eq!(ring.ids().collect::<Vec<_>>(), [NAME]);
        assert_eq!(ring.key(NAME), Some(&SecretKey::from_bytes(&[9; 32])));
        assert!(Ring::decode(&entry[..30]).is_err() && Ring::decode(&[]).is_err() && Ring::decode(&[0]).is_err());
        assert!(matches!(Ring::decode(&[3]), Err(SealError::NewerFormat { found: 3, known: 2 })));
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
