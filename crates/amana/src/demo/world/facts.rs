//! People whom it is worth looking at, found by what their plans say.

use super::World;
use super::device::{Choice, Installation};
use super::household::{BLOCK, Household};
use super::life::Outline;
use super::person::{Habit, Person};
use super::plan::{Given, Outcome, Row, Session, Spelling, Visit, What, plan};
use super::session::signed_in;

/// How many people are looked at before a fact is given up.
const LOOKED_AT_MAX: u32 = 50_000;

/// What somebody is an example of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// One profile of several devices.
    SeveralDevices,
    /// Asked for news, confirmed it, and withdrew.
    Withdrew,
    /// Takes turns with others at one tablet.
    SharesTablet,
    /// Objected to recommendations by mail.
    Objected,
    /// An address was typed wrong at a till, with the loyalty card beside it.
    MistypedAtTill,
    /// At a till the address of somebody else of the household was typed.
    TypedAsAnother,
    /// Younger than 16, so a guardian decides about consent.
    Minor,
    /// Closed the account after an order: the invoice stays.
    ClosedAccount,
    /// Refused everything on every device, and is a customer all the same.
    RefusedAll,
}

/// Somebody to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What they are an example of.
    pub kind: FactKind,
    /// Their number.
    pub person: u32,
    /// Their customer number, an identifier of kind `user_id`.
    pub user_id: String,
    /// Their address, an identifier of kind `email`.
    pub email: String,
    /// The purpose with which it shows.
    pub purpose: &'static str,
    /// The brand, for purposes with brands.
    pub brand: Option<&'static str>,
    /// What happened, in one sentence.
    pub sentence: String,
}

impl FactKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::SeveralDevices,
        Self::Withdrew,
        Self::SharesTablet,
        Self::Objected,
        Self::MistypedAtTill,
        Self::TypedAsAnother,
        Self::Minor,
        Self::ClosedAccount,
        Self::RefusedAll,
    ];
}

impl World {
    /// The first person who is an example of something; a small world may have none.
    #[must_use]
    pub fn fact(&self, kind: FactKind) -> Option<Fact> {
        (0..self.people.min(LOOKED_AT_MAX)).find_map(|index| {
            // Most of what there is to see of households is seen without making anybody's year.
            let lives_together = Household::of(self, index).is_some();
            let needs_household = matches!(kind, FactKind::SharesTablet | FactKind::TypedAsAnother);
            (lives_together == needs_household).then(|| self.fact_of(kind, index))?
        })
    }

    fn fact_of(&self, kind: FactKind, index: u32) -> Option<Fact> {
        let person = Person::new(self, index);
        if !person.is_customer() {
            return None;
        }
        let visits = plan(self, index);
        let life = Life { world: self, person: &person, visits: &visits };
        let (purpose, brand, sentence) = life.describe(kind)?;
        let Person { user_id, email, .. } = &person;
        Some(Fact {
            kind,
            person: index,
            user_id: user_id.clone(),
            email: email.clone(),
            purpose,
            brand,
            sentence: format!("{user_id} {sentence}"),
        })
    }
}

type Description = (&'static str, Option<&'static str>, String);

struct Life<'a> {
    world: &'a World,
    person: &'a Person,
    visits: &'a [Visit],
}

impl Life<'_> {
    fn describe(&self, kind: FactKind) -> Option<Description> {
        match kind {
            FactKind::SeveralDevices => self.several_devices(),
            FactKind::Withdrew => self.withdrew(),
            FactKind::SharesTablet => self.shares_tablet(),
            FactKind::Objected => self.objected(),
            FactKind::MistypedAtTill => self.mistyped(),
            FactKind::TypedAsAnother => self.typed_as_another(),
            FactKind::Minor => self.minor(),
            FactKind::ClosedAccount => self.closed(),
            FactKind::RefusedAll => self.refused_all(),
        }
    }

    fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.visits.iter().filter_map(|visit| match &visit.what {
            What::Session(session) => Some(session),
            _ => None,
        })
    }

    /// Installations somebody signed in on.
    fn installations(&self) -> Vec<Installation> {
        let mut found: Vec<Installation> = Vec::new();
        for session in self.sessions().filter(|session| signed_in(session.entry)) {
            if !found.contains(&session.installation) {
                found.push(session.installation);
            }
        }
        found
    }

    fn buys(&self) -> bool {
        self.sessions().any(|session| session.outcome == Outcome::Orders)
    }

    /// Somebody of age with an account that stays open: an example of nothing else.
    fn stays(&self) -> bool {
        let open = Outline::of(self.world, self.person.index).closes_ms.is_none();
        open && self.person.habit == Habit::Online && self.person.age > 18
    }

    fn accepts(&self) -> bool {
        self.sessions().any(|session| session.choice == Choice::All)
    }

    /// When and through which source somebody answered one category so, and nothing but that.
    fn decided(&self, category: &str, allowed: bool) -> Option<(i64, &'static str)> {
        self.visits.iter().find_map(|visit| match visit.what {
            What::Decision { source, answers: [answer] } if *answer == (category, allowed) => {
                Some((visit.at_ms, source))
            }
            _ => None,
        })
    }

    fn several_devices(&self) -> Option<Description> {
        let installations = self.installations();
        let mut devices: Vec<u8> = installations.iter().map(|installation| installation.device).collect();
        devices.sort_unstable();
        devices.dedup();
        (devices.len() >= 2 && self.accepts() && self.buys() && self.stays()).then(|| {
            let sentence = format!(
                "signed in on {} devices, under {} anonymous ids: one profile.",
                devices.len(),
                installations.len()
            );
            ("orders", None, sentence)
        })
    }

    fn withdrew(&self) -> Option<Description> {
        let (given, _) = self.decided("news", true)?;
        let (withdrawn, office) = self.decided("news", false)?;
        let sentence = format!("asked for news, confirmed it on {} and withdrew on {}.", date(given), date(withdrawn));
        (self.stays()).then_some(("news", Some(brand_of(office)), sentence))
    }

    fn objected(&self) -> Option<Description> {
        let (at, office) = self.decided("similar", false)?;
        let sentence = format!("bought something and objected to recommendations by mail on {}.", date(at));
        (self.buys() && self.stays()).then_some(("similar", Some(brand_of(office)), sentence))
    }

    fn shares_tablet(&self) -> Option<Description> {
        let home = Household::of(self.world, self.person.index)?;
        let turns: Vec<(u32, Installation)> = plan(self.world, self.world.people + home.block)
            .iter()
            .filter_map(|visit| match &visit.what {
                What::Session(session) if signed_in(session.entry) => Some((session.person, session.installation)),
                _ => None,
            })
            .collect();
        let (_, mine) = turns.iter().find(|(person, _)| *person == self.person.index)?;
        let (other, _) = turns.iter().find(|(person, theirs)| *person != self.person.index && theirs == mine)?;
        let other = Person::new(self.world, *other).user_id;
        let (tablet, _) = mine.identity(self.world);
        let sentence = format!(
            "takes turns with {other} at the tablet {tablet}: two profiles, and neither shows what the other did signed in."
        );
        Some(("orders", None, sentence))
    }

    fn till_with(&self, spelling: Spelling) -> Option<i64> {
        self.visits.iter().find_map(|visit| match visit.what {
            What::Till(Given { card: true, email, .. }) if email == spelling => Some(visit.at_ms),
            _ => None,
        })
    }

    fn mistyped(&self) -> Option<Description> {
        let at = self.till_with(Spelling::Typo)?;
        let corrected =
            self.visits.iter().find(|visit| visit.at_ms > at && matches!(visit.what, What::Row(Row::Changed)))?;
        let sentence = format!(
            "gave card and address at a till on {}, where a letter went wrong; the CRM file put it right on {}.",
            date(at),
            date(corrected.at_ms)
        );
        (self.stays()).then_some(("orders", None, sentence))
    }

    fn typed_as_another(&self) -> Option<Description> {
        let at = self.till_with(Spelling::Twin)?;
        let other = Person::new(self.world, (self.person.index / BLOCK) * BLOCK + 1);
        let sentence = format!(
            "gave a card at a till on {}, and beside it {} was typed, which is {}'s: they stay two.",
            date(at),
            other.email,
            other.user_id
        );
        (self.stays()).then_some(("orders", None, sentence))
    }

    fn minor(&self) -> Option<Description> {
        let open = Outline::of(self.world, self.person.index).closes_ms.is_none();
        let minor = self.person.age < 16 && open && self.person.habit == Habit::Online;
        let sentence = format!("was born on {} and agreed to everything: a guardian has to.", self.person.birthday);
        (minor && self.accepts()).then_some(("personalisation", Some("mountain"), sentence))
    }

    fn closed(&self) -> Option<Description> {
        let closes = Outline::of(self.world, self.person.index).closes_ms?;
        let sentence = format!("closed the account on {}; what the law demands of the orders stays.", date(closes));
        let gone = self.visits.last().is_some_and(|last| matches!(last.what, What::Row(Row::Closed)));
        let adult = self.person.age > 18 && self.person.habit == Habit::Online;
        (gone && adult && self.buys()).then_some(("bookkeeping", None, sentence))
    }

    fn refused_all(&self) -> Option<Description> {
        let refuses = self.sessions().all(|session| session.choice == Choice::Nothing);
        let silent = self.decided("news", true).is_none() && self.stays();
        let sentence = "refused everything on every device, and has orders all the same.".to_owned();
        (refuses && silent && self.sessions().count() > 2 && self.buys()).then_some(("orders", None, sentence))
    }
}

fn brand_of(office: &str) -> &'static str {
    if office == super::source::CALL_CENTRE { "water" } else { "mountain" }
}

fn date(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .map(|timestamp| timestamp.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
        .unwrap_or_default()
}
