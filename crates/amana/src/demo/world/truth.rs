//! What is true of the sample and no source ever says: in whose hands a tablet was, and what somebody meant to give
//! when an address was typed wrong. For whoever checks what was made of it.

use super::household::Household;
use super::person::Person;
use super::plan::{Given, Spelling, Visit, What, plan, tell};
use super::{Step, World};

/// A household's tablet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tablet {
    /// The customer numbers of those who take turns at it.
    pub members: Vec<String>,
    /// What was done on it, in order of time.
    pub turns: Vec<Turn>,
    /// Whose steps it is about, see [`World::steps_of`].
    pub actors: Vec<u32>,
}

/// Somebody's turn at a tablet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Whose hands it was in: a place in `members`.
    pub member: usize,
    /// The anonymous id that the site gave the tablet.
    pub anonymous_id: String,
    /// The code of the source.
    pub source: &'static str,
    /// When a product was looked at, in milliseconds since 1970, and whether the site knew by then who looked.
    pub views: Vec<(i64, bool)>,
}

/// An address that was typed wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistyped {
    /// The customer number of whoever gave it, if they have one.
    pub user_id: Option<String>,
    /// The address they have.
    pub email: String,
    /// What was typed.
    pub typed: String,
    /// The customer number of whose address that is, if it is anybody's.
    pub whose: Option<String>,
    /// The code of the source.
    pub source: &'static str,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The loyalty card that was given beside it.
    pub loyalty_id: Option<String>,
    /// Whose steps it is about, see [`World::steps_of`].
    pub actors: Vec<u32>,
}

impl World {
    /// All tablets that are shared.
    #[must_use]
    pub fn tablets(&self) -> Vec<Tablet> {
        let households = (0..Household::blocks(self)).filter_map(|block| Household::of_block(self, block));
        households.map(|household| self.tablet(&household)).collect()
    }

    fn tablet(&self, household: &Household) -> Tablet {
        let (members, tablet) = (household.first..household.first + household.size, self.people + household.block);
        let turn = |step: (Visit, Vec<Step>)| match step.0.what {
            What::Session(session) => Some(Turn {
                member: (session.person - household.first) as usize,
                anonymous_id: session.installation.identity(self).0,
                source: session.installation.door.source(),
                views: step.1.iter().filter_map(view).collect(),
            }),
            _ => None,
        };
        Tablet {
            members: members.clone().map(|index| Person::new(self, index).user_id).collect(),
            turns: self.told(tablet).filter_map(turn).collect(),
            actors: members.chain([tablet]).collect(),
        }
    }

    /// All addresses that were typed wrong.
    #[must_use]
    pub fn mistyped(&self) -> Vec<Mistyped> {
        (0..self.people).flat_map(|index| self.mistyped_by(index)).collect()
    }

    fn mistyped_by(&self, index: u32) -> Vec<Mistyped> {
        let person = Person::new(self, index);
        let home = Household::of(self, index);
        let twin = || home.map(|home| Person::new(self, home.first + 1).user_id);
        let wrong = |(visit, steps): (Visit, Vec<Step>)| {
            let (What::Till(Given { email: spelling, .. }) | What::Call { email: spelling, .. }) = visit.what else {
                return None;
            };
            if !matches!(spelling, Spelling::Typo | Spelling::Twin) {
                return None;
            }
            let first = steps.first()?;
            let given = |name: &str| first.json["context"]["traits"][name].as_str().map(str::to_owned);
            Some(Mistyped {
                user_id: person.is_customer().then(|| person.user_id.clone()),
                email: person.email.clone(),
                typed: given("email")?,
                whose: if spelling == Spelling::Twin { twin() } else { None },
                source: first.source,
                at_ms: visit.at_ms,
                loyalty_id: given("loyalty_id"),
                actors: home.map_or_else(|| vec![index], |home| (home.first..home.first + home.size).collect()),
            })
        };
        self.told(index).filter_map(wrong).collect()
    }

    /// The steps of a few actors, in order of time, as in the whole stream.
    #[must_use]
    pub fn steps_of(&self, actors: &[u32]) -> Vec<Step> {
        let mut steps: Vec<Step> =
            actors.iter().flat_map(|actor| self.told(*actor)).flat_map(|(_, steps)| steps).collect();
        steps.retain(|step| step.at_ms < self.until_ms);
        steps.sort_by_key(|step| step.at_ms);
        steps
    }

    /// What an actor does, each visit with its steps.
    fn told(&self, actor: u32) -> impl Iterator<Item = (Visit, Vec<Step>)> + '_ {
        plan(self, actor).into_iter().zip(0_u16..).map(move |(visit, place)| {
            let mut steps = Vec::new();
            tell(self, &mut steps, (actor, place), &visit);
            (visit, steps)
        })
    }
}

/// When a step is a look at a product, and whether it names an account.
fn view(step: &Step) -> Option<(i64, bool)> {
    let is_view = step.json["event"] == "Product Viewed" && !step.repeated;
    is_view.then(|| (step.at_ms, step.json["userId"].as_str().is_some_and(|user| user.starts_with("c-"))))
}
