//! Households: a few people who live together and take turns at one tablet.
//!
//! The tablet keeps its anonymous id whoever holds it. Joining everybody who ever used it would show one person's
//! browsing to another, so it must not happen.

use super::World;
use super::dice::{Dice, Topic};
use super::names::TWINS;
use super::person::Person;
use super::places::{COUNTRIES, Country};

/// One block of so many people may hold one household.
pub(super) const BLOCK: u32 = 25;

/// A household: people with consecutive numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Household {
    /// The number of its block, and so of the household.
    pub(super) block: u32,
    /// The number of its first member.
    pub(super) first: u32,
    /// How many they are: two or three.
    pub(super) size: u32,
    /// The two first members' e-mail addresses differ in one letter: a place in [`TWINS`].
    pub(super) twins: Option<usize>,
}

impl Household {
    /// The household of a block, if people in it share a tablet.
    pub(super) fn of_block(world: &World, block: u32) -> Option<Self> {
        let mut dice = Dice::new(world.seed, Topic::Household, block, 0);
        let (shares, size) = (dice.chance(600), dice.between(2, 3));
        let twins = dice.chance(120).then(|| dice.below(u32::try_from(TWINS.len()).unwrap_or_default()) as usize);
        let first = block * BLOCK;
        (shares && first + size <= world.people).then_some(Self { block, first, size, twins })
    }

    /// The household somebody lives in.
    pub(super) fn of(world: &World, person: u32) -> Option<Self> {
        // Most people are past the largest household's place in their block, and need no dice to know it.
        if person % BLOCK >= 3 {
            return None;
        }
        Self::of_block(world, person / BLOCK).filter(|household| person < household.first + household.size)
    }

    /// The country all its members live in.
    pub(super) fn country(&self, world: &World) -> &'static Country {
        Dice::new(world.seed, Topic::Household, self.block, 1).weighted(COUNTRIES)
    }

    /// How many households there may be.
    pub(super) fn blocks(world: &World) -> u32 {
        world.people.div_ceil(BLOCK)
    }

    /// Gives a member what the household decides: the family name, given names that differ and, for twins, nearly
    /// the same address.
    pub(super) fn shape(&self, person: &mut Person) {
        let names = person.country.names;
        let (block, member) = (self.block as usize, (person.index - self.first) as usize);
        person.family = names.family[block % names.family.len()];
        person.given = names.given[(block + 3 * member) % names.given.len()];
        if let Some(twins) = self.twins {
            let (one, other) = TWINS[twins];
            match member {
                0 => person.given = one,
                1 => person.given = other,
                _ => {}
            }
        }
    }
}
