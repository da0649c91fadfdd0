//! The year of a household's tablet: its members use it in turns, mostly signing in and out, not always.

use super::World;
use super::browsing::Seen;
use super::device::{Choice, Door, Installation, TABLET};
use super::dice::{Dice, Topic};
use super::hours::{DAY_MS, daytime};
use super::household::Household;
use super::life::Outline;
use super::plan::{Entry, Outcome, Session, Visit, What};

/// Everything done on the tablet, in order of time.
pub(super) fn plan(world: &World, actor: u32, household: &Household) -> Vec<Visit> {
    let mut dice = Dice::new(world.seed, Topic::Life, actor, 0);
    let members: Vec<(u32, Outline)> =
        (household.first..household.first + household.size).map(|index| (index, Outline::of(world, index))).collect();
    let doors = if dice.chance(620) { [Door::Mountain, Door::Water] } else { [Door::Water, Door::Mountain] };
    let mut times: Vec<i64> =
        (0..dice.between(6, 16)).map(|_| daytime(&mut dice, world.from_ms + DAY_MS, world.until_ms)).collect();
    times.sort_unstable();
    let mut seen: Vec<Seen> = Vec::new();
    let mut visits = Vec::with_capacity(times.len());
    let mut turn = dice.below(household.size) as usize;
    for at_ms in times {
        // Whoever had it last passes it on more often than not.
        turn = (turn + usize::from(dice.chance(700))) % members.len();
        let (person, outline) = members[turn];
        let installation =
            Installation { actor, device: TABLET, door: doors[usize::from(dice.chance(150))], generation: 0 };
        let signs_in = outline.is_open(at_ms) && dice.chance(760);
        let session = session(&mut dice, world, (person, installation), signs_in, &mut seen);
        visits.push(Visit { at_ms, what: What::Session(session) });
    }
    visits
}

fn session(
    dice: &mut Dice,
    world: &World,
    (person, installation): (u32, Installation),
    signs_in: bool,
    seen: &mut Vec<Seen>,
) -> Session {
    let known = seen.iter().any(|known| known.installation == installation);
    let choice = match installation.identity(world).1 {
        // Somebody in the family closes the banner sooner or later.
        Choice::Silent => Choice::Some,
        choice => choice,
    };
    if !known {
        seen.push(Seen { installation, choice, signed_in: false });
    }
    let orders = *dice.weighted(&[(65, Outcome::Leaves), (15, Outcome::FillsCart), (20, Outcome::Orders)]);
    Session {
        person,
        installation,
        first: !known,
        entry: if signs_in { Entry::SignsIn } else { Entry::Anonymous },
        outcome: if signs_in { orders } else { Outcome::Leaves },
        choice,
        refuses_now: false,
        newsletter: false,
        signs_out: signs_in && dice.chance(850),
        closes_account: false,
    }
}
