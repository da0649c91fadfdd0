//! How far the log of what was set aside is done with, and its keys. Each generation of records has a key of its own, which
//! is destroyed in the commit that is done with the last of them: whatever their people take back afterwards must not be
//! readable there for ever. It goes for good as the keys of people do, with the bucket key that wrapped its ring.

use super::set_aside::SetAside;
use crate::profile::READS_MAX;
use amana_store::seal::{KeyId, Ring, Root, SealError, SecretKey};
use amana_store::space::key;
use amana_store::{Batch, Dice, FragmentId, Space, Store, StoreError};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Whose ring it is: nobody's. Ids of fragments are made of the time, in a version of UUID that this is not.
const RING: [u8; 16] = *b"amana, set aside";
/// Where it stands how far the log is done with.
const STANDING: &str = "set_aside";
/// How many records are sealed under one key.
const GENERATION_RECORDS_MAX: u64 = 256;

/// How far the log is done with: what stands before was worked on later, or deleted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Standing {
    /// The first place that is not.
    pub(super) done: u64,
    /// The number of the next generation: none comes again.
    next: u32,
    /// The generations that are not done with, ascending.
    generations: Vec<Generation>,
}

/// Records that are sealed under one key.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Generation {
    number: u32,
    /// The place of the first.
    from: u64,
    /// The place after the last.
    until: u64,
}

impl Standing {
    /// As a store says.
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let Some(row) = store.get(Space::Cursor, key::cursor(STANDING)).await? else { return Ok(Self::default()) };
        postcard::from_bytes(&row.value)
            .map_err(|_| StoreError::Invalid("how far what was set aside is done cannot be read".into()))
    }
}

/// The keys.
#[derive(Debug)]
pub(super) struct AsideKeys {
    /// None: it is damaged.
    ring: Option<Ring>,
}

impl Default for AsideKeys {
    fn default() -> Self {
        Self { ring: Some(Ring::new()) }
    }
}

impl AsideKeys {
    /// As a store has them.
    pub(super) async fn load(store: &Store, root: &Root) -> Result<Self, StoreError> {
        let mut ring = None;
        for _ in 0..READS_MAX {
            let Some(row) = store.get(Space::Ring, key::ring(aside_ring())).await? else { return Ok(Self::default()) };
            match root.unwrap_ring(aside_ring(), &row.value) {
                Ok(found) => ring = Some(found),
                // It was wrapped anew meanwhile.
                Err(SealError::NoSuchKey { .. }) => continue,
                Err(_) => {}
            }
            break;
        }
        Ok(Self { ring })
    }

    /// Keys of which nobody can open one.
    #[cfg(test)]
    pub(super) fn damaged() -> Self {
        Self { ring: None }
    }

    pub(super) fn key(&self, generation: u32) -> Option<&SecretKey> {
        self.ring.as_ref()?.key(KeyId::holding(generation))
    }

    pub(super) fn key_or_new(&mut self, generation: u32, dice: &mut dyn Dice) -> Option<&SecretKey> {
        Some(self.ring.as_mut()?.key_or_new(KeyId::holding(generation), dice))
    }
}

/// Names the ring of the log.
#[must_use]
pub fn aside_ring() -> FragmentId {
    FragmentId::from_bytes(RING)
}

/// The log in the hands of the worker, who alone writes it.
#[derive(Debug, Default)]
pub(super) struct AsideLog {
    standing: Standing,
    keys: AsideKeys,
}

impl AsideLog {
    /// As a store has it.
    pub(super) async fn load(store: &Store, root: &Root) -> Result<Self, StoreError> {
        let keys = AsideKeys::load(store, root).await?;
        if keys.ring.is_none() {
            tracing::error!("the keys of what was set aside are damaged: it cannot be opened, and is kept");
        }
        Ok(Self { standing: Standing::load(store).await?, keys })
    }

    /// The first place that is not done with.
    pub(super) fn done(&self) -> u64 {
        self.standing.done
    }

    pub(super) fn keys(&self) -> &AsideKeys {
        &self.keys
    }

    /// Adds records to a batch, behind the head of the log: those that could not be opened as they are, then the others.
    /// `again`: they were worked on again, and must not hold up that the rest goes.
    pub(super) fn append(
        &mut self,
        (unopened, aside): (&[Bytes], &[SetAside]),
        (head, again): (u64, bool),
        (root, batch, dice): (&Root, &mut Batch, &mut dyn Dice),
    ) {
        let mut place = head;
        for stored in unopened {
            let number = SetAside::generation_of(stored);
            for known in self.standing.generations.iter_mut().filter(|known| Some(known.number) == number) {
                known.until = place + 1;
            }
            batch.append(&SetAside::log(), stored.clone());
            place += 1;
        }
        let mut fresh = again;
        for aside in aside {
            let number = self.generation(place, std::mem::take(&mut fresh));
            batch.append(&SetAside::log(), aside.seal(root, &mut self.keys, number, dice));
            place += 1;
        }
    }

    /// The generation of a record at a place.
    fn generation(&mut self, place: u64, fresh: bool) -> u32 {
        match self.standing.generations.last_mut() {
            Some(last) if !fresh && place - last.from < GENERATION_RECORDS_MAX => {
                last.until = place + 1;
                last.number
            }
            _ => {
                let number = self.standing.next;
                self.standing.next += 1;
                self.standing.generations.push(Generation { number, from: place, until: place + 1 });
                number
            }
        }
    }

    /// Everything before a place is done with. Says whether keys were destroyed by that.
    pub(super) fn pass(&mut self, done: u64) -> bool {
        self.standing.done = self.standing.done.max(done);
        let done = self.standing.done;
        let (gone, stay) = self.standing.generations.iter().partition(|generation| generation.until <= done);
        self.standing.generations = stay;
        let (gone, ring): (Vec<Generation>, _) = (gone, &mut self.keys.ring);
        let destroy = |ring: &mut Ring| gone.iter().filter(|gone| ring.destroy(KeyId::holding(gone.number))).count();
        ring.as_mut().map_or(0, destroy) > 0
    }

    /// Adds how it stands to a batch.
    pub(super) fn save(&self, root: &Root, batch: &mut Batch, dice: &mut dyn Dice) {
        let standing = postcard::to_allocvec(&self.standing).expect("numbers have a length");
        batch.put(Space::Cursor, key::cursor(STANDING), standing);
        match &self.keys.ring {
            Some(ring) if ring.is_empty() => drop(batch.delete(Space::Ring, key::ring(aside_ring()))),
            Some(ring) => root.put_ring(batch, aside_ring(), ring, dice),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_with_the_last_record_it_sealed() {
        let mut log = AsideLog::default();
        let mut dice = amana_store::SystemDice;
        let mut at = |log: &mut AsideLog, place, fresh| {
            let number = log.generation(place, fresh);
            log.keys.key_or_new(number, &mut dice).unwrap();
            number
        };
        let numbers: Vec<u32> = (0..300).map(|place| at(&mut log, place, false)).collect();
        assert_eq!((numbers[0], numbers[255], numbers[256], numbers[299]), (0, 0, 1, 1));
        assert_eq!(at(&mut log, 300, true), 2, "what is set aside again holds up nothing else");
        assert!(!log.pass(255) && log.keys.key(0).is_some());
        assert!(log.pass(256) && log.keys.key(0).is_none() && log.keys.key(1).is_some());
        assert!(log.pass(300) && log.keys.key(1).is_none() && log.keys.key(2).is_some());
        assert!(log.pass(301) && log.keys.key(2).is_none());
        assert_eq!(at(&mut log, 301, false), 3, "no number comes again");
    }
}
