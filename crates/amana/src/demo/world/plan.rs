//! Plans: when each actor of the world does what. Telling a visit in steps is for other files.
//!
//! Actors are numbered: people first, then the blocks that may hold a household (whose tablet has a life of its own),
//! then bots.

use super::device::{Choice, Installation};
use super::dice::Dice;
use super::household::Household;
use super::person::Person;
use super::{Step, World, bot, desk, life, session, tablet, till};

/// Something that is done at one go.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) at_ms: i64,
    pub(super) what: What,
}

/// What is done.
#[derive(Debug)]
pub(super) enum What {
    /// Somebody on a site or in the app.
    Session(Session),
    /// A bot on a site.
    Crawl,
    /// Somebody at a till.
    Till(Given),
    /// The nightly file of the CRM has a row for somebody.
    Row(Row),
    /// Somebody calls; the number says which ticket it is.
    Call { ticket: u32, email: Spelling },
    /// A ticket is closed, and an address typed wrong when it was opened is put right.
    Answered { ticket: u32, corrects: bool },
    /// An accident is reported.
    Emergency,
    /// A server-side source tells what somebody decided.
    Decision { source: &'static str, answers: &'static [(&'static str, bool)] },
}

/// How an e-mail address was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    Absent,
    Right,
    /// One letter is off.
    Typo,
    /// One letter is off, and it is the address of somebody of the same household.
    Twin,
}

/// What somebody gives at a till.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) card: bool,
    pub(super) email: Spelling,
    /// Signs for the newsletter on paper.
    pub(super) newsletter: bool,
}

/// What a row of the CRM file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// A customer the file had before the year began.
    Known,
    /// A new customer.
    New,
    /// Something was corrected or has changed.
    Changed,
    /// An account was closed.
    Closed,
}

/// How somebody comes to a session, or what they become in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Anonymous,
    /// Orders without an account, giving an e-mail address.
    Guest,
    SignsUp,
    SignsIn,
    /// Signed in on this device before.
    SignedIn,
}

/// What a session ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Leaves,
    FillsCart,
    Orders,
}

/// Somebody on a site or in the app.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// Whose hands the device is in.
    pub(super) person: u32,
    pub(super) installation: Installation,
    /// Nothing was asked on this installation before.
    pub(super) first: bool,
    pub(super) entry: Entry,
    pub(super) outcome: Outcome,
    /// Answered before, or now if it is the first session.
    pub(super) choice: Choice,
    /// The banner is opened again and answered otherwise.
    pub(super) refuses_now: bool,
    pub(super) newsletter: bool,
    pub(super) signs_out: bool,
    pub(super) closes_account: bool,
}

/// Who acts.
#[derive(Debug)]
enum Actor {
    Person(u32),
    Household(Household),
    Bot(u32),
    /// A block without a household.
    Nobody,
}

fn actor(world: &World, number: u32) -> Actor {
    let blocks = Household::blocks(world);
    if number < world.people {
        Actor::Person(number)
    } else if number < world.people + blocks {
        Household::of_block(world, number - world.people).map_or(Actor::Nobody, Actor::Household)
    } else {
        Actor::Bot(number)
    }
}

/// How many actors there are.
pub(super) fn actors(world: &World) -> u32 {
    world.people + Household::blocks(world) + bot::count(world)
}

/// Everything an actor does within the year, in order of time.
pub(super) fn plan(world: &World, number: u32) -> Vec<Visit> {
    let mut visits = match actor(world, number) {
        Actor::Person(index) => life::plan(world, &Person::new(world, index)),
        Actor::Household(household) => tablet::plan(world, number, &household),
        Actor::Bot(number) => bot::plan(world, number),
        Actor::Nobody => Vec::new(),
    };
    visits.retain(|visit| (world.from_ms..world.until_ms).contains(&visit.at_ms));
    visits.sort_by_key(|visit| visit.at_ms);
    visits
}

/// Writes the steps of a visit, none before the visit's own time.
pub(super) fn tell(world: &World, out: &mut Vec<Step>, place: (u32, u16), visit: &Visit) {
    let mut dice = Dice::new(world.seed, super::dice::Topic::Visit, place.0, u64::from(place.1));
    let begin = |out| Telling { world, place, at_ms: visit.at_ms, out };
    let person = || Person::new(world, place.0);
    match &visit.what {
        What::Session(session) => session::tell(begin(out), &mut dice, session),
        What::Crawl => bot::tell(begin(out), &mut dice),
        What::Till(given) => till::tell(begin(out), &mut dice, &person(), *given),
        What::Row(row) => desk::row(begin(out), &mut dice, &person(), *row),
        What::Call { ticket, email } => desk::call(begin(out), &mut dice, &person(), *ticket, *email),
        What::Answered { ticket, corrects } => desk::answered(begin(out), &mut dice, &person(), *ticket, *corrects),
        What::Emergency => desk::emergency(begin(out), &mut dice, &person()),
        What::Decision { source, answers } => desk::decision(begin(out), &person(), source, answers),
    }
}

/// What every telling needs to begin.
pub(super) struct Telling<'a> {
    pub(super) world: &'a World,
    /// Actor and number of the visit.
    pub(super) place: (u32, u16),
    pub(super) at_ms: i64,
    pub(super) out: &'a mut Vec<Step>,
}
