//! When somebody comes to the sites and the app, with which device, and what they do there.

use super::World;
use super::device::{APP_DEVICE, Choice, Door, Installation};
use super::dice::Dice;
use super::life::Life;
use super::person::{Habit, Person};
use super::plan::{Entry, Outcome, Session, What};

impl Life<'_> {
    /// Sessions at the given instants, which are sorted; answers with those instants.
    pub(super) fn sessions(&mut self, times: &[i64], guest: bool) -> Vec<i64> {
        let devices = Devices::draw(&mut self.dice, self.world);
        let mut seen: Vec<Seen> = Vec::new();
        for (place, at) in times.iter().enumerate() {
            let installation = devices.pick(&mut self.dice, self.person, *at);
            let session = self.session(*at, installation, &mut seen, guest && place + 1 == times.len());
            self.add(*at, What::Session(session));
        }
        times.to_vec()
    }

    fn session(&mut self, at_ms: i64, installation: Installation, seen: &mut Vec<Seen>, guest: bool) -> Session {
        let known = seen.iter().position(|known| known.installation == installation);
        let place = known.unwrap_or_else(|| {
            let (_, choice) = installation.identity(self.world);
            seen.push(Seen { installation, choice, signed_in: false });
            seen.len() - 1
        });
        let online = self.person.habit == Habit::Online;
        let closes_account = online && self.outline.closes_ms == Some(at_ms);
        let entry = if guest {
            Entry::Guest
        } else if !online || at_ms < self.outline.joined_ms {
            Entry::Anonymous
        } else if at_ms == self.outline.joined_ms && !self.outline.old {
            Entry::SignsUp
        } else if seen[place].signed_in && self.dice.chance(850) {
            Entry::SignedIn
        } else if closes_account || self.dice.chance(720) {
            Entry::SignsIn
        } else {
            Entry::Anonymous
        };
        let named = !matches!(entry, Entry::Anonymous | Entry::Guest);
        let outcome = match entry {
            Entry::Guest => Outcome::Orders,
            _ if named && !closes_account => {
                *self.dice.weighted(&[(56, Outcome::Leaves), (15, Outcome::FillsCart), (29, Outcome::Orders)])
            }
            _ => *self.dice.weighted(&[(88, Outcome::Leaves), (12, Outcome::FillsCart)]),
        };
        let choice = seen[place].choice;
        let refuses_now = known.is_some() && choice == Choice::All && self.dice.chance(15);
        if refuses_now {
            seen[place].choice = Choice::Nothing;
        }
        seen[place].signed_in = named;
        Session {
            person: self.person.index,
            installation,
            first: known.is_none(),
            entry,
            outcome,
            choice,
            refuses_now,
            newsletter: false,
            signs_out: false,
            closes_account,
        }
    }
}

/// What is remembered of an installation from one session to the next.
pub(super) struct Seen {
    pub(super) installation: Installation,
    pub(super) choice: Choice,
    pub(super) signed_in: bool,
}

/// The devices somebody uses, and when their cookies were deleted or the app was installed again.
struct Devices {
    count: u8,
    renewed_ms: [Option<i64>; 3],
}

impl Devices {
    fn draw(dice: &mut Dice, world: &World) -> Self {
        let count = *dice.weighted(&[(45, 1), (35, 2), (20, 3)]);
        let mut renew = || {
            let at = dice.instant(world.from_ms, world.until_ms);
            dice.chance(120).then_some(at)
        };
        Self { count, renewed_ms: [renew(), renew(), renew()] }
    }

    fn pick(&self, dice: &mut Dice, person: &Person, at_ms: i64) -> Installation {
        let device = *dice.weighted(&[(55, 0), (28, 1), (17, APP_DEVICE)]) % self.count;
        let water = person.prefers_water == dice.chance(850);
        let door = match device {
            APP_DEVICE => Door::App,
            _ if water => Door::Water,
            _ => Door::Mountain,
        };
        let renewed = self.renewed_ms[usize::from(device)].is_some_and(|renewed| at_ms >= renewed);
        Installation { actor: person.index, device, door, generation: u8::from(renewed) }
    }
}
