//! The state of a slot for somebody: a function of its basis, their marks and the instant.

use super::lifetime::after;
use super::{ActKind, Mark, Marks, Target};
use crate::catalog::{Basis, SlotRule};
use crate::{Moment, Slot};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The states of the six bases (DESIGN §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Consent: nothing was said.
    Unknown,
    /// Consent: asked for confirmation.
    Requested,
    /// Consent: given.
    Given,
    /// Consent: refused.
    Refused,
    /// Consent: withdrawn.
    Withdrawn,
    /// Consent: given too long ago, or ended by what the purpose names.
    Expired,
    /// Consent: given, but found invalid.
    Invalidated,
    /// Contract, obligation, vital interest: nothing started it.
    None,
    /// Contract: in force.
    Active,
    /// Contract: over.
    Ended,
    /// Obligation: in force.
    Ongoing,
    /// Obligation: over.
    Completed,
    /// Vital interest: asserted and not yet over.
    Asserted,
    /// Interest, task: the person was not told.
    NotInformed,
    /// Interest, task: the person was told.
    Informed,
    /// Interest, task: objected, to be weighed.
    ObjectionPending,
    /// Interest, task: objected.
    Objected,
    /// Interest, task: objected, compelling grounds recorded.
    Overridden,
}

/// How a state weighs when fragments are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Says nothing: neither allows nor speaks against.
    Neutral,
    /// Allows.
    Allows,
    /// Speaks against: wins over everything.
    Denies,
}

impl State {
    /// Whether processing is allowed by the basis.
    #[must_use]
    pub fn allows(self) -> bool {
        self.weight() == Weight::Allows
    }

    /// Whether the basis justifies keeping data. While an objection is weighed data is kept and not used
    /// (GDPR Art. 18(1)(d)): destroyed, it could not be given back to a purpose whose grounds prevail.
    #[must_use]
    pub fn holds(self) -> bool {
        self.allows() || self == Self::ObjectionPending
    }

    /// Whether anything has happened that decides: somebody said something, or something began.
    #[must_use]
    pub fn says_something(self) -> bool {
        !matches!(self, Self::Unknown | Self::None | Self::NotInformed)
    }

    /// How it weighs when fragments are joined. What somebody decided wins, and so does what has ended: only what has
    /// not begun says nothing about another fragment's (DESIGN §5: unknown is neutral).
    #[must_use]
    pub fn weight(self) -> Weight {
        match self {
            Self::Given | Self::Active | Self::Ongoing | Self::Asserted | Self::Informed | Self::Overridden => {
                Weight::Allows
            }
            Self::Refused
            | Self::Withdrawn
            | Self::Expired
            | Self::Invalidated
            | Self::Ended
            | Self::Completed
            | Self::ObjectionPending
            | Self::Objected => Weight::Denies,
            Self::Unknown | Self::Requested | Self::None | Self::NotInformed => Weight::Neutral,
        }
    }
}

/// A state, since when and until when it holds if nothing else happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: State,
    /// When what brought it about was done.
    pub since: Option<Moment>,
    /// When time alone will change it.
    pub until: Option<Moment>,
    /// What was agreed to before has ended, and nothing was decided since: being asked again changes nothing about that.
    pub ended: bool,
}

impl Standing {
    /// How it weighs when fragments are joined. Somebody who was told and whose reason has ended, or whose guardian's
    /// agreement has, is not in the state of somebody who was never asked: what has ended speaks against.
    #[must_use]
    pub fn weight(&self) -> Weight {
        match self.state {
            State::Unknown | State::NotInformed if self.since.is_some() => Weight::Denies,
            _ if self.ended => Weight::Denies,
            state => state.weight(),
        }
    }

    /// Whether anything has happened that decides: somebody said something, something began, or something ended.
    #[must_use]
    pub fn says_something(&self) -> bool {
        self.state.says_something() || self.weight() == Weight::Denies
    }

    fn of(state: State, mark: Option<Mark>) -> Self {
        Self { state, since: mark.map(|mark| mark.at), until: None, ended: false }
    }
}

/// The state of a slot by somebody's marks at an instant, for somebody whose birthday is not known.
#[must_use]
pub fn standing(rule: &SlotRule, marks: &Marks, now: Moment) -> Standing {
    standing_of(rule, marks, None, now)
}

/// The state of a slot by somebody's marks at an instant. `of_age` is when they are or were old enough to decide about
/// this purpose themselves, as [`of_age_at`](super::of_age_at) says: what was agreed to before ends there.
#[must_use]
pub fn standing_of(rule: &SlotRule, marks: &Marks, of_age: Option<Moment>, now: Moment) -> Standing {
    let target = Target::Slot(rule.slot);
    match rule.basis {
        Basis::Consent => consent(rule, marks, of_age, now),
        Basis::Contract => started(marks, target, State::Active, State::Ended),
        Basis::LegalObligation => started(marks, target, State::Ongoing, State::Completed),
        Basis::VitalInterest => vital(marks, target, now),
        Basis::PublicTask | Basis::LegitimateInterest => interest(rule, marks, target),
    }
}

/// The earliest instant after now at which time alone changes the state of a slot: consent expires, an assertion ends,
/// somebody comes of age. At that instant the change has happened.
#[must_use]
pub fn next_change(rule: &SlotRule, marks: &Marks, of_age: Option<Moment>, now: Moment) -> Option<Moment> {
    let due = [standing_of(rule, marks, of_age, now).until, of_age];
    due.into_iter().flatten().filter(|due| *due > now).min()
}

/// Ways to say no. Which word fits a basis is the law's concern, not the person's: whichever was recorded counts.
const REFUSALS: [ActKind; 3] = [ActKind::Refuse, ActKind::Object, ActKind::Withdraw];

/// What was decided last about a slot. Who says no to everything says no to this slot, too, and so does who said no to
/// an earlier version of its purpose; agreeing to either is no agreement to this, for consent is specific (GDPR
/// Art. 4(11)).
fn decided(marks: &Marks, rule: &SlotRule, kinds: &[ActKind]) -> Option<(ActKind, Mark)> {
    let own = marks.latest(Target::Slot(rule.slot), kinds);
    let whole = marks.latest(Target::Person, &REFUSALS);
    let earlier = rule.before.iter().filter_map(|slot| refused(marks, slot));
    let no = earlier.chain(whole).max_by_key(|(_, mark)| mark.at);
    match (own, no) {
        (Some((_, one)), Some((_, other))) if one.at > other.at => own,
        (own, no) => no.or(own),
    }
}

/// The no that was said last about a slot, where it was not followed by a yes.
fn refused(marks: &Marks, slot: Slot) -> Option<(ActKind, Mark)> {
    let [refuse, object, withdraw] = REFUSALS;
    let last = marks.latest(Target::Slot(slot), &[ActKind::Grant, refuse, object, withdraw]);
    last.filter(|(kind, _)| *kind != ActKind::Grant)
}

/// Whether the basis of a slot still justifies keeping somebody's data. Who objects to all direct marketing leaves
/// nothing to keep for it (GDPR Art. 17(1)(c)), until they agree to one purpose anew.
#[must_use]
pub fn holds(rule: &SlotRule, marks: &Marks, of_age: Option<Moment>, now: Moment) -> bool {
    standing_of(rule, marks, of_age, now).state.holds() && !(rule.direct_marketing && objects_to_marketing(marks, rule))
}

/// Whether somebody objects to all direct marketing and has not agreed to this slot since.
pub(crate) fn objects_to_marketing(marks: &Marks, rule: &SlotRule) -> bool {
    let Some((_, objected)) = marks.latest(Target::DirectMarketing, &REFUSALS) else { return false };
    marks.get(Target::Slot(rule.slot), ActKind::Grant).is_none_or(|agreed| agreed.at <= objected.at)
}

fn consent(rule: &SlotRule, marks: &Marks, of_age: Option<Moment>, now: Moment) -> Standing {
    use ActKind::{End, Grant, Invalidate, Object, Refuse, Request, Withdraw};
    let target = Target::Slot(rule.slot);
    let Some((kind, mark)) = decided(marks, rule, &[Grant, Invalidate, Refuse, Object, Withdraw]) else {
        // Asking for confirmation is no decision: it moves only who has not decided, so that nobody can end or revive
        // somebody's consent by filling in a form with their address.
        let requested = marks.get(target, Request);
        return Standing::of(requested.map_or(State::Unknown, |_| State::Requested), requested);
    };
    match kind {
        // What ends a consent ends one that was given, and takes nothing from a no.
        Grant => match marks.get(target, End).filter(|end| end.at >= mark.at) {
            Some(end) => Standing::of(State::Expired, Some(end)),
            None => given(rule, marks, mark, of_age, now),
        },
        Invalidate => Standing::of(State::Invalidated, Some(mark)),
        Refuse => Standing::of(State::Refused, Some(mark)),
        _ => Standing::of(State::Withdrawn, Some(mark)),
    }
}

fn given(rule: &SlotRule, marks: &Marks, mark: Mark, of_age: Option<Moment>, now: Moment) -> Standing {
    let expiry = rule.consent_expires_after.map(|span| after(mark.at, span));
    let grown = childhood_end(rule, marks, mark, of_age);
    let until = [expiry, grown].into_iter().flatten().min();
    match until {
        Some(end) if end <= now && expiry == until => {
            Standing { state: State::Expired, since: until, until: None, ended: false }
        }
        Some(end) if end <= now => asked_anew(rule, marks, end),
        until => Standing { state: State::Given, since: Some(mark.at), until, ended: false },
    }
}

/// When an agreement that was given as a child ends, because the person decides alone from then on (GDPR Art. 8(1)).
/// The birthday counts where it is known, else what the guardian's decision says.
fn childhood_end(rule: &SlotRule, marks: &Marks, given: Mark, of_age: Option<Moment>) -> Option<Moment> {
    let guarded_until = || marks.get(Target::Slot(rule.slot), ActKind::Guardian)?.until;
    of_age.or_else(guarded_until).filter(|end| given.at < *end)
}

/// Nothing is decided any more: they are asked as if for the first time.
fn asked_anew(rule: &SlotRule, marks: &Marks, since: Moment) -> Standing {
    let requested = marks.get(Target::Slot(rule.slot), ActKind::Request).filter(|request| request.at >= since);
    let state = requested.map_or(State::Unknown, |_| State::Requested);
    Standing { state, since: Some(requested.map_or(since, |request| request.at)), until: None, ended: true }
}

fn started(marks: &Marks, target: Target, running: State, over: State) -> Standing {
    match marks.latest(target, &[ActKind::Start, ActKind::End]) {
        Some((ActKind::Start, mark)) => Standing::of(running, Some(mark)),
        Some((_, mark)) if marks.get(target, ActKind::Start).is_some() => Standing::of(over, Some(mark)),
        _ => Standing::of(State::None, None),
    }
}

fn vital(marks: &Marks, target: Target, now: Moment) -> Standing {
    let asserted = marks.latest(target, &[ActKind::Assert, ActKind::End]);
    match asserted {
        // An assertion without an end would hold for ever, which no emergency does: it counts as none.
        Some((ActKind::Assert, mark)) if mark.until.is_some_and(|until| until > now) => {
            Standing { state: State::Asserted, since: Some(mark.at), until: mark.until, ended: false }
        }
        _ => Standing::of(State::None, None),
    }
}

fn interest(rule: &SlotRule, marks: &Marks, target: Target) -> Standing {
    use ActKind::{Grant, Override, Uphold};
    let informed = informed(marks, target);
    let [refuse, object, withdraw] = REFUSALS;
    let Some((kind, mark)) = decided(marks, rule, &[Grant, refuse, withdraw, object, Uphold]) else {
        return informed;
    };
    if kind == Grant {
        return informed;
    }
    // What was upheld stays so whatever is objected again, and whatever grounds staff find later: the person was told
    // that it ended, and only the person begins anew. Where nothing runs there is nothing to weigh, and against an
    // objection to direct marketing nothing weighs at all (GDPR Art. 21(3)).
    let upheld_of = |slot| matches!(marks.latest(Target::Slot(slot), &[Grant, Uphold]), Some((Uphold, _)));
    let upheld = upheld_of(rule.slot) || rule.before.iter().any(upheld_of);
    if rule.direct_marketing || upheld || !informed.state.allows() {
        return Standing::of(State::Objected, Some(mark));
    }
    match marks.get(target, Override).filter(|grounds| grounds.at > mark.at) {
        Some(grounds) => Standing::of(State::Overridden, Some(grounds)),
        None => Standing::of(State::ObjectionPending, Some(mark)),
    }
}

/// Whether somebody was told, and what they were told of goes on: what ends it ends it until something starts it anew.
fn informed(marks: &Marks, target: Target) -> Standing {
    let Some(told) = marks.get(target, ActKind::Inform) else { return Standing::of(State::NotInformed, None) };
    let start = marks.get(target, ActKind::Start).filter(|start| start.at > told.at);
    let begun = start.unwrap_or(told);
    match marks.get(target, ActKind::End).filter(|end| end.at >= begun.at) {
        Some(end) => Standing::of(State::NotInformed, Some(end)),
        None => Standing::of(State::Informed, Some(begun)),
    }
}

/// The state of several people's worth of marks that are read together without proof that they are one person: who
/// speaks against wins, who says nothing is neutral. Never wider than any part that says anything.
#[must_use]
pub fn combine(standings: impl IntoIterator<Item = Standing>) -> Option<Standing> {
    // Of those who speak against, one whose objection is only being weighed is the milder.
    let strength = |standing: &Standing| (standing.weight(), standing.state != State::ObjectionPending);
    standings.into_iter().reduce(|one, other| {
        let (mine, theirs) = (strength(&one), strength(&other));
        if mine != theirs {
            return if mine > theirs { one } else { other };
        }
        // Of equals the earlier end counts, then the later beginning, then the state's own order, so that the
        // result does not depend on the order of the parts.
        let until = [one.until, other.until].into_iter().flatten().min();
        let pick = if (one.since, one.state as u8) >= (other.since, other.state as u8) { one } else { other };
        Standing { until, ended: one.ended || other.ended, ..pick }
    })
}
