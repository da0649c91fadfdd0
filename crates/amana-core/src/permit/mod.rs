//! `permit`: the one decision function. There is no door around it.
//!
//! It asks its [rules](Rule) in their order; the first that fails is the reason. It is pure, so the same question
//! always has the same answer, and [`explain`] can show every rule's result beside the verdict.

mod claims;
mod reason;
mod rules;

pub use reason::Reason;
use rules::Outcome;
pub use rules::Rule;

use crate::Moment;
use crate::catalog::{CategorySet, Policy, SlotRule, UseKind};
use crate::permission::{Born, Channel, Marks, Standing, State, combine, of_age_at, standing_of};
use crate::preferences::{ContactFacts, Wishes};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use<'a> {
    /// Keep what comes in.
    Collect,
    /// Join identifiers.
    Link,
    /// Hold.
    Store,
    /// Put into audiences.
    Segment,
    /// Count.
    Analyse,
    /// Read, score.
    Profile,
    /// Choose what the person is shown.
    Decide,
    /// Write or call.
    Contact(Channel),
    /// Hand to the recipient of that code.
    Share(&'a str),
    /// Tell a recipient who received data of a change (GDPR Art. 19).
    Notify,
    /// Disclose.
    Disclose(Disclosure),
}

/// To whom data is disclosed outside the purposes that people are told of as uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// The person (Art. 15, 20).
    Subject,
    /// An authority.
    Authority,
    /// A legal claim.
    LegalClaim,
}

impl Use<'_> {
    /// The kind of use, as purposes declare it.
    #[must_use]
    pub fn kind(self) -> UseKind {
        match self {
            Self::Collect => UseKind::Collect,
            Self::Link => UseKind::Link,
            Self::Store => UseKind::Store,
            Self::Segment => UseKind::Segment,
            Self::Analyse => UseKind::Analyse,
            Self::Profile => UseKind::Profile,
            Self::Decide => UseKind::Decide,
            Self::Contact(_) => UseKind::Contact,
            Self::Share(_) => UseKind::Share,
            Self::Notify => UseKind::Notify,
            Self::Disclose(_) => UseKind::Disclose,
        }
    }
}

/// What `permit` needs to know of somebody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Person<'a> {
    /// The marks of each group of fragments that are verified to be one person, those of the core first. Between
    /// groups there is no such proof, so an act counts for its own group only and who speaks against wins.
    pub groups: &'a [Marks],
    /// How many of the groups are the core: known to the organisation's own systems, or joined to such by its staff.
    /// What merely claims to belong to the core neither permits nor stops anything for it, or a public key could
    /// agree and withdraw for somebody else (DESIGN §6). Zero: there are only claims, and each decides about its own data.
    pub core: usize,
    /// Whether the organisation's own systems, a proof or a recorded act know somebody of the core. Then the core alone
    /// answers for the person, also where it has said nothing. Else staff joined what only claims have named.
    pub known: bool,
    /// For each group on which side of staff's joins it stands: between sides there is nothing but the word of staff that
    /// they are one person. None: it came after they joined them, and they did not know of it. Empty: all on one.
    pub sides: &'a [Option<usize>],
    /// The group whose data is at stake, when it is one group's: its own basis must allow it.
    pub own: Option<usize>,
    /// For each group when they were born, where that is known. A claim's is for the claim alone: what it says stops
    /// nothing that the core has decided, and makes nobody older.
    pub births: &'a [Option<Born>],
    /// How they want to be written to.
    pub wishes: Option<&'a Wishes>,
    /// ISO 3166-1 alpha-2 code of the country of whom is asked for: of the group whose data is at stake, else of the
    /// person as a whole. None where it is not known.
    pub region: Option<&'a str>,
    /// For each group the country, as [`Person::region`] has it for that group's data. Empty: that of all.
    pub regions: &'a [Option<String>],
}

/// The circumstances of a use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context {
    /// The data categories at stake. Empty: the question is about the person as a whole, and fields are asked later.
    pub categories: CategorySet,
    /// A field of no known category is at stake.
    pub unclassified: bool,
    /// A person's device is read or written.
    pub device: bool,
    /// The address to be used is only claimed to be this person's.
    pub address_claimed: bool,
}

/// A question to `permit`.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The compiled catalogue.
    pub policy: &'a Policy,
    /// The slot, `None` when nothing is known by the name that was given.
    pub slot: Option<&'a SlotRule>,
    /// The person.
    pub person: Person<'a>,
    /// The use.
    pub usage: Use<'a>,
    /// The circumstances.
    pub context: Context,
    /// What is known of a message that is about to be sent.
    pub contact: Option<ContactFacts<'a>>,
    /// The instant of use.
    pub now: Moment,
}

impl<'a> Question<'a> {
    /// The state of the slot for this person: over the groups at stake, and never better than that of the data's own.
    /// Whether data may be kept is its own group's to say, since being read together with others only ever stops a use.
    /// Where there are only claims to ask, each stands by itself.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let nothing = Standing { state: State::None, since: None, until: None, ended: false };
        let Some(rule) = self.slot else { return nothing };
        if let Some(standing) = self.is_for_claims().then(|| self.standing_of_claims()).flatten() {
            return standing;
        }
        // A group that is not there has said nothing.
        let none = Marks::default();
        let of = |place: usize| self.standing_of(rule, place, self.person.groups.get(place).unwrap_or(&none));
        let all = combine(self.places_at_stake().map(|(place, _)| of(place))).unwrap_or_else(|| of(usize::MAX));
        match self.person.own {
            Some(own) if all.state.allows() => {
                let own = of(own);
                if own.state.allows() { all } else { own }
            }
            _ => all,
        }
    }

    /// The groups whose acts bear on this use: of somebody as a whole the core's, and everybody's where the core has
    /// said nothing of what is theirs by right; of one group's data that group's and the core's. Holding is each group's
    /// own affair.
    pub(crate) fn groups_at_stake(&self) -> impl Iterator<Item = &'a Marks> + Clone {
        self.places_at_stake().map(|(_, marks)| marks)
    }

    /// The same, each with its place.
    pub(crate) fn places_at_stake(&self) -> impl Iterator<Item = (usize, &'a Marks)> + Clone {
        let Person { groups, core, own, .. } = self.person;
        let (stored, core_decides) = (self.usage == Use::Store, own.is_none() && self.is_for_core());
        let bears = move |place: usize| match own {
            Some(own) if stored => place == own,
            Some(own) => place == own || place < core,
            None => place < core || !core_decides,
        };
        groups.iter().enumerate().filter(move |(place, _)| bears(*place))
    }

    /// When those were born whose age is at stake: whose the data is, else all whose acts bear on this use.
    pub(crate) fn births_at_stake(&self) -> impl Iterator<Item = Born> {
        let own = self.person.own;
        let others = self.places_at_stake().map(|(place, _)| place).filter(move |_| own.is_none());
        own.into_iter().chain(others).filter_map(move |place| self.born(place))
    }

    fn born(&self, place: usize) -> Option<Born> {
        self.person.births.get(place).copied().flatten()
    }

    /// Whether what others merely claim is no answer: something in the core moved the slot's state, or the person is
    /// known and it is they who have not said anything. Holding, telling recipients and disclosing rest on other grounds.
    fn is_for_core(&self) -> bool {
        self.core_has_said() || self.person.known && !self.is_of_right()
    }

    /// Whether the use does not rest on what the person was asked or told.
    fn is_of_right(&self) -> bool {
        matches!(self.usage, Use::Store | Use::Notify | Use::Disclose(_))
    }

    /// Whether anything in the core moved the slot's state.
    fn core_has_said(&self) -> bool {
        let Some(rule) = self.slot else { return false };
        let core = self.person.groups.iter().enumerate().take(self.person.core);
        core.map(|(place, marks)| self.standing_of(rule, place, marks)).any(|standing| standing.says_something())
    }

    /// The state of a slot by the marks of the group at a place.
    pub(crate) fn standing_of(&self, rule: &SlotRule, place: usize, marks: &Marks) -> Standing {
        let country = &self.policy.catalog.organisation.country;
        let birthday = self.born(place).and_then(Born::birthday);
        let of_age = birthday.and_then(|day| of_age_at(rule, day, self.person.region, country));
        standing_of(rule, marks, of_age, self.now)
    }
}

/// The answer, with what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it may be done.
    pub allow: bool,
    /// Why: [`Reason::Permitted`], or the first rule that failed.
    pub reason: Reason,
    /// The state it rests on.
    pub standing: Standing,
    /// When time alone will next change that state, or block the purpose.
    pub until: Option<Moment>,
}

/// Whether a use is permitted.
#[must_use]
pub fn permit(question: &Question<'_>) -> Verdict {
    let standing = question.standing();
    let failed = match question.is_for_claims() {
        true => question.outcomes_of_claims().into_iter().find_map(|(_, outcome)| outcome.err()),
        false => Rule::ALL.iter().find_map(|rule| rule.check(question, &standing).err()),
    };
    let lapses = question.slot.and_then(|rule| rule.depends.lapses_after(question.now));
    let until = [standing.until.filter(|until| *until > question.now), lapses].into_iter().flatten().min();
    Verdict { allow: failed.is_none(), reason: failed.unwrap_or(Reason::Permitted), standing, until }
}

/// Every rule with its result, in the order they are asked.
#[must_use]
pub fn explain(question: &Question<'_>) -> Vec<(Rule, Result<(), Reason>)> {
    if question.is_for_claims() {
        return question.outcomes_of_claims();
    }
    let standing = question.standing();
    Rule::ALL.iter().map(|rule| (*rule, rule.check(question, &standing))).collect()
}
