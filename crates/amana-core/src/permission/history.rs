//! What was so when, and what was known of it when: acts on two time axes, never edited.
//!
//! `as_of` asks what was so at an instant, `known_at` with the knowledge of which instant. Both together answer what
//! a decision of that time rested on (GDPR Art. 5(2), 7(1)).

use super::{Act, Marks, Standing, next_change, standing_of};
use crate::Moment;
use crate::catalog::SlotRule;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The marks of what was done by an instant, as it was known at another. Both are included.
#[must_use]
pub fn marks_at<'a>(acts: impl IntoIterator<Item = &'a Act>, as_of: Moment, known_at: Moment) -> Marks {
    let mut marks = Marks::default();
    for act in acts.into_iter().filter(|act| act.at <= as_of && act.received <= known_at) {
        marks.add(act);
    }
    marks
}

/// The rule by which a slot is judged from an instant on, until the next one.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'r> {
    /// From when; none: whatever was before.
    pub from: Option<Moment>,
    /// The version of the catalogue that put it in force.
    pub version: u64,
    /// The rule.
    pub rule: &'r SlotRule,
    /// When the person is or was of age by it.
    pub of_age: Option<Moment>,
}

impl<'r> Judged<'r> {
    /// One rule for all times.
    #[must_use]
    pub fn always(rule: &'r SlotRule, of_age: Option<Moment>) -> Self {
        Self { from: None, version: 0, rule, of_age }
    }

    fn standing(&self, marks: &Marks, now: Moment) -> Standing {
        standing_of(self.rule, marks, self.of_age, now)
    }
}

/// A change of the state of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingChange {
    /// When it was so.
    pub at: Moment,
    /// When it was learned; for what time or the catalogue brought about, when it came about.
    pub received: Moment,
    /// The state before.
    pub before: Standing,
    /// The state from then on.
    pub after: Standing,
    /// The act that brought it about; none: time or the catalogue did.
    pub act: Option<Uuid>,
    /// The version of the catalogue that brought it about, by judging otherwise than the one before.
    pub version: Option<u64>,
}

/// How the state of a slot went from the first act to `until`, as known at `known_at`, each instant judged by the rule of
/// that instant: what acts changed, what time alone did, and what another rule did. Rules stand in the order of their
/// instants; before the first one there is no state.
///
/// One change for each instant; several acts of one instant count as the last of them that moved anything, after what
/// another rule moved at that instant.
#[must_use]
pub fn timeline<'a>(
    rules: &[Judged<'_>],
    acts: impl IntoIterator<Item = &'a Act>,
    until: Moment,
    known_at: Moment,
) -> Vec<StandingChange> {
    let mut by_instant = BTreeMap::<Moment, (Option<Judged<'_>>, Vec<&Act>)>::new();
    for act in acts.into_iter().filter(|act| act.at <= until && act.received <= known_at) {
        by_instant.entry(act.at).or_default().1.push(act);
    }
    let Some((begin, _)) = by_instant.first_key_value() else { return Vec::new() };
    let start = begin.plus_millis(-1);
    let (before, later) = rules.split_at(rules.partition_point(|rule| rule.from.is_none_or(|from| from <= start)));
    for (from, rule) in later.iter().filter_map(|rule| Some((rule.from?, rule))).filter(|(from, _)| *from <= until) {
        by_instant.entry(from).or_default().0 = Some(*rule);
    }
    let mut walk = Walk::new(before.last().copied(), start);
    for (at, (rule, mut acts)) in by_instant {
        walk.wait(at.plus_millis(-1));
        rule.into_iter().for_each(|rule| walk.turn(at, rule));
        acts.sort_by_key(|act| (act.received, act.id));
        walk.act(at, &acts);
    }
    walk.wait(until);
    walk.changes
}

/// A walk along time.
struct Walk<'r> {
    /// The rule in force, with the state by it.
    judged: Option<(Judged<'r>, Standing)>,
    marks: Marks,
    now: Moment,
    changes: Vec<StandingChange>,
}

impl<'r> Walk<'r> {
    fn new(rule: Option<Judged<'r>>, now: Moment) -> Self {
        let marks = Marks::default();
        let judged = rule.map(|rule| (rule, rule.standing(&marks, now)));
        Self { judged, marks, now, changes: Vec::new() }
    }

    /// Lets time go by up to an instant, and notes what it changes.
    fn wait(&mut self, end: Moment) {
        while let Some(due) = self.due().filter(|due| *due <= end) {
            self.now = due;
            self.note(due, None, None);
        }
    }

    fn due(&self) -> Option<Moment> {
        let (Judged { rule, of_age, .. }, _) = self.judged?;
        next_change(rule, &self.marks, of_age, self.now)
    }

    /// Another rule comes in force. Where there was none, whoever has said nothing is what the state is told from. What
    /// would be so by the rule before as well, time alone has brought about.
    fn turn(&mut self, at: Moment, rule: Judged<'r>) {
        self.now = at;
        let state = |rule: Judged<'r>| rule.standing(&self.marks, at).state;
        let turned = self.judged.is_none_or(|(before, _)| state(before) != state(rule));
        let before = self.judged.map(|(_, standing)| standing);
        self.judged = Some((rule, before.unwrap_or_else(|| rule.standing(&Marks::default(), at))));
        self.note(at, None, turned.then_some(rule.version));
    }

    /// Takes the acts of one instant into account.
    fn act(&mut self, at: Moment, acts: &[&Act]) {
        self.now = at;
        let standing = |walk: &Self| Some(walk.judged?.0.standing(&walk.marks, at));
        let (mut mover, mut before) = (None, standing(self));
        for act in acts {
            self.marks.add(act);
            let after = standing(self);
            if after.map(|after| (after.state, after.since)) != before.map(|before| (before.state, before.since)) {
                mover = Some(*act);
            }
            before = after;
        }
        self.note(mover.map_or(at, |act| act.received), mover.map(|act| act.id), None);
    }

    /// Notes the state if it is another.
    fn note(&mut self, received: Moment, act: Option<Uuid>, version: Option<u64>) {
        let Some((rule, before)) = self.judged else { return };
        let after = rule.standing(&self.marks, self.now);
        if after.state != before.state {
            self.changes.push(StandingChange { at: self.now, received, before, after, act, version });
        }
        self.judged = Some((rule, after));
    }
}
