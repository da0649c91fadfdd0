//! A person's year: when they join, come, buy, call, change their mind and leave.

use super::dice::{Dice, Topic};
use super::hours::{DAY_MS, MINUTE_MS, daytime, next_night, opening_hours};
use super::household::Household;
use super::person::{Habit, Person};
use super::plan::{Given, Row, Spelling, Visit, What};
use super::{World, source};

/// Nobody joins in the last days, so that a new account is seen in the CRM file, too.
const LAST_DAYS_MS: i64 = 5 * DAY_MS;

const NEWS: &[(&str, bool)] = &[("news", true)];
const NO_NEWS: &[(&str, bool)] = &[("news", false)];
const NO_SIMILAR: &[(&str, bool)] = &[("similar", false)];
const NO_STATISTICS: &[(&str, bool)] = &[("statistics", false)];
const NO_ADVERTISING: &[(&str, bool)] = &[("advertising", false), ("news", false), ("similar", false)];

/// When somebody has an account, without the details of their year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outline {
    /// From when on; the year's start for those who had it before.
    pub(super) joined_ms: i64,
    /// They had it before the year began.
    pub(super) old: bool,
    /// Until when, if they close it.
    pub(super) closes_ms: Option<i64>,
}

impl Outline {
    /// Whether an account is open at an instant, and not just about to close.
    pub(super) fn is_open(&self, at_ms: i64) -> bool {
        at_ms > self.joined_ms && self.closes_ms.is_none_or(|closes| at_ms < closes)
    }

    pub(super) fn of(world: &World, person: u32) -> Self {
        Self::draw(&mut dice_of(world, person), world)
    }

    fn draw(dice: &mut Dice, world: &World) -> Self {
        let (old, closes) = (dice.chance(420), dice.chance(28));
        let last = (world.until_ms - LAST_DAYS_MS).max(world.from_ms);
        let joined = dice.instant(world.from_ms, last);
        let joined_ms = if old { world.from_ms } else { joined };
        let closing = dice.instant(joined_ms + DAY_MS, world.until_ms - DAY_MS);
        let closes_ms = (closes && closing > joined_ms).then_some(closing);
        Self { joined_ms, old, closes_ms }
    }
}

fn dice_of(world: &World, person: u32) -> Dice {
    Dice::new(world.seed, Topic::Life, person, 0)
}

/// Everything somebody does on their own, in no order.
pub(super) fn plan(world: &World, person: &Person) -> Vec<Visit> {
    let mut dice = dice_of(world, person.index);
    let outline = Outline::draw(&mut dice, world);
    let mut life = Life { world, person, outline, dice, visits: Vec::new() };
    match person.habit {
        Habit::Visitor => life.visit_sites(),
        Habit::ShopOnly => life.visit_shops(),
        Habit::Online => life.live_online(),
    }
    life.visits
}

/// A year in the making.
pub(super) struct Life<'a> {
    pub(super) world: &'a World,
    pub(super) person: &'a Person,
    pub(super) outline: Outline,
    pub(super) dice: Dice,
    visits: Vec<Visit>,
}

impl Life<'_> {
    pub(super) fn add(&mut self, at_ms: i64, what: What) {
        self.visits.push(Visit { at_ms, what });
    }

    /// An instant within a span, seldom at night.
    fn by_day(&mut self, from_ms: i64, until_ms: i64) -> i64 {
        daytime(&mut self.dice, from_ms, until_ms)
    }

    fn visit_sites(&mut self) {
        let count = *self.dice.weighted(&[(34, 1), (32, 2), (20, 3), (14, 4)]) * self.world.activity;
        let times = self.times(count, self.world.from_ms, self.world.until_ms);
        let guest = self.dice.chance(110);
        let sessions = self.sessions(&times, guest);
        if self.dice.chance(70)
            && let Some(at) = sessions.last()
        {
            self.subscribe(*at);
        }
    }

    fn visit_shops(&mut self) {
        let visits = self.dice.between(1, 6);
        self.tills(visits);
        if self.person.loyalty_id.is_some() {
            self.enrol();
            self.decide();
        }
        self.call_centre(60);
    }

    fn live_online(&mut self) {
        let outline = self.outline;
        let sessions = *self.dice.weighted(&[(30, 2), (38, 3), (20, 6), (9, 9), (3, 17)]);
        let before = if outline.old { outline.joined_ms } else { outline.joined_ms - 30 * DAY_MS };
        let until = outline.closes_ms.unwrap_or(self.world.until_ms);
        let mut times = self.times(sessions * self.world.activity, before, until);
        times.retain(|at| *at < until - DAY_MS);
        times.extend((!outline.old).then_some(outline.joined_ms));
        times.extend(outline.closes_ms);
        times.sort_unstable();
        let sessions = self.sessions(&times, false);
        self.enrol();
        if self.dice.chance(330) {
            let visits = self.dice.between(1, 2);
            self.tills(visits);
        }
        if self.dice.chance(340)
            && let Some(at) = sessions.iter().find(|at| outline.is_open(**at)).copied()
        {
            self.subscribe(at);
        }
        self.decide();
        self.call_centre(120);
    }

    /// So many instants, given in thousandths.
    fn times(&mut self, thousandths: u32, from_ms: i64, until_ms: i64) -> Vec<i64> {
        let rest = u32::from(self.dice.chance(thousandths % 1000));
        let mut times: Vec<i64> = (0..thousandths / 1000 + rest).map(|_| self.by_day(from_ms, until_ms)).collect();
        times.retain(|at| *at >= self.world.from_ms);
        times.sort_unstable();
        times
    }

    /// The first rows of the CRM file: a new customer's in the night after joining.
    fn enrol(&mut self) {
        let outline = self.outline;
        let night = next_night(&mut self.dice, outline.joined_ms);
        self.add(night, What::Row(if outline.old { Row::Known } else { Row::New }));
        if self.dice.chance(90) {
            let moved = self.dice.instant(night + DAY_MS, self.world.until_ms);
            let moved = next_night(&mut self.dice, moved);
            if outline.is_open(moved) {
                self.add(moved, What::Row(Row::Changed));
            }
        }
        if let Some(closes) = outline.closes_ms {
            let closed = next_night(&mut self.dice, closes);
            self.add(closed, What::Row(Row::Closed));
        }
    }

    fn tills(&mut self, visits: u32) {
        let until = self.outline.closes_ms.unwrap_or(self.world.until_ms);
        for visit in 0..visits {
            // By then the customer file has a row of a new customer.
            let at = opening_hours(&mut self.dice, self.outline.joined_ms + 2 * DAY_MS, until);
            if at >= until {
                return;
            }
            let card = self.person.loyalty_id.is_some() && self.dice.chance(850);
            let spelling =
                *self.dice.weighted(&[(620, Spelling::Absent), (300, Spelling::Right), (80, Spelling::Typo)]);
            let mixed_up = visit == 0 && card && self.has_twin(at);
            let email = if mixed_up { Spelling::Twin } else { spelling };
            let newsletter = email == Spelling::Right && self.dice.chance(120);
            self.add(at, What::Till(Given { card, email, newsletter }));
            if newsletter {
                self.confirm(at, source::CRM);
            }
            if card && matches!(email, Spelling::Typo | Spelling::Twin) {
                let later = self.dice.instant(at + DAY_MS, at + 20 * DAY_MS);
                let corrected = next_night(&mut self.dice, later);
                self.add(corrected, What::Row(Row::Changed));
            }
        }
    }

    /// Whether the second of two people with nearly the same address is a customer already.
    fn has_twin(&self, at_ms: i64) -> bool {
        Household::of(self.world, self.person.index).is_some_and(|household| {
            let twin = household.first == self.person.index && household.twins.is_some();
            twin && Outline::of(self.world, household.first + 1).is_open(at_ms - 2 * DAY_MS)
        })
    }

    /// Asks for the newsletter in the session at that instant, and confirms the mail that is then sent.
    fn subscribe(&mut self, at_ms: i64) {
        let Some(office) = self.visits.iter_mut().find_map(|visit| match &mut visit.what {
            What::Session(session) if visit.at_ms == at_ms => {
                session.newsletter = true;
                Some(session.installation.door.office())
            }
            _ => None,
        }) else {
            return;
        };
        self.confirm(at_ms, office);
    }

    /// Four of five confirm; of these some withdraw later.
    fn confirm(&mut self, at_ms: i64, office: &'static str) {
        if !self.dice.chance(800) {
            return;
        }
        let confirmed = self.dice.instant(at_ms + 40 * MINUTE_MS, at_ms + 300 * MINUTE_MS);
        self.add(confirmed, What::Decision { source: office, answers: NEWS });
        if self.dice.chance(130) {
            let withdrawn = self.by_day(confirmed + DAY_MS, self.world.until_ms);
            self.add(withdrawn, What::Decision { source: office, answers: NO_NEWS });
        }
    }

    /// Objections, told to whoever serves the preferred brand.
    fn decide(&mut self) {
        let office = if self.person.prefers_water { source::CALL_CENTRE } else { source::CRM };
        for (per_mille, source, answers) in
            [(30, office, NO_SIMILAR), (8, source::CRM, NO_STATISTICS), (10, source::CALL_CENTRE, NO_ADVERTISING)]
        {
            if self.dice.chance(per_mille) {
                let at = self.by_day(self.outline.joined_ms + 30 * DAY_MS, self.world.until_ms);
                if self.outline.is_open(at) {
                    self.add(at, What::Decision { source, answers });
                }
            }
        }
    }

    fn call_centre(&mut self, per_mille: u32) {
        if !self.dice.chance(per_mille) {
            return;
        }
        for ticket in 0..self.dice.between(1, 2) {
            let at = opening_hours(&mut self.dice, self.outline.joined_ms + DAY_MS, self.world.until_ms);
            let email = *self.dice.weighted(&[(45, Spelling::Absent), (45, Spelling::Right), (10, Spelling::Typo)]);
            self.add(at, What::Call { ticket, email });
            let days = i64::from(self.dice.between(1, 5));
            let answered = opening_hours(&mut self.dice, at + days * DAY_MS, at + (days + 1) * DAY_MS);
            self.add(answered, What::Answered { ticket, corrects: email == Spelling::Typo });
        }
        if self.dice.chance(4) {
            let at = self.dice.instant(self.world.from_ms, self.world.until_ms);
            self.add(at, What::Emergency);
        }
    }
}
