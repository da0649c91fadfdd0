//! Chance that can be repeated: each person, household, visit and device has dice of its own.
//!
//! Only whole numbers of the generator are used, not the distributions of a library, so that a new version of that
//! library does not quietly change the world.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What the dice are for. Two topics of one person never influence each other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Topic {
    Person = 1,
    Life = 2,
    Visit = 3,
    Household = 4,
    Device = 5,
    Bot = 6,
}

/// A stream of random numbers that follows from the world's seed and a place in the world alone.
#[derive(Debug)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// Dice for one topic of one actor, and one turn of it.
    pub(super) fn new(seed: u64, topic: Topic, actor: u32, turn: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..12].copy_from_slice(&actor.to_le_bytes());
        key[12] = topic as u8;
        key[16..24].copy_from_slice(&turn.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number from 0 to `end`, without `end`; 0 when `end` is 0.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let scaled = (u64::from(self.0.next_u32()) * u64::from(end)) >> 32;
        u32::try_from(scaled).unwrap_or_default()
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True so many times in a thousand.
    pub(super) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// One of several, each as likely as the others. The list must not be empty.
    pub(super) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(u32::try_from(list.len()).unwrap_or(u32::MAX)) as usize]
    }

    /// One of several by weight. The list must not be empty.
    pub(super) fn weighted<'a, T>(&mut self, list: &'a [(u32, T)]) -> &'a T {
        let mut left = self.below(list.iter().map(|(weight, _)| weight).sum());
        for (weight, item) in list {
            if left < *weight {
                return item;
            }
            left -= weight;
        }
        &list[0].1
    }

    /// An instant from `low` to `high`, without `high`; `low` when there is nothing between them.
    pub(super) fn instant(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or_default();
        let scaled = (u128::from(self.0.next_u64()) * u128::from(width)) >> 64;
        low + i64::try_from(scaled).unwrap_or_default()
    }

    /// Sixteen random bytes in the usual form of a UUID of version 4, as browsers make them for an anonymous id.
    pub(super) fn uuid(&mut self) -> String {
        let high = self.0.next_u64() & 0xffff_ffff_ffff_0fff | 0x4000;
        let low = self.0.next_u64() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
        let (first, second, third) = (high >> 32, high >> 16 & 0xffff, high & 0xffff);
        format!("{first:08x}-{second:04x}-{third:04x}-{:04x}-{:012x}", low >> 48, low & 0xffff_ffff_ffff)
    }
}
