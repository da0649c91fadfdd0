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

/// A change of the state of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingChange {
    /// When it was so.
    pub at: Moment,
    /// When it was learned; for what time alone brought about, when it came about.
    pub received: Moment,
    /// The state before.
    pub before: Standing,
    /// The state from then on.
    pub after: Standing,
    /// The act that brought it about; none: time alone did.
    pub act: Option<Uuid>,
}

/// How the state of a slot went from the first act to `until`, as known at `known_at`, time's own changes included.
/// One change for each instant; several acts of one instant count as the last of them that moved anything.
#[must_use]
pub fn timeline<'a>(
    rule: &SlotRule,
    acts: impl IntoIterator<Item = &'a Act>,
    of_age: Option<Moment>,
    until: Moment,
    known_at: Moment,
) -> Vec<StandingChange> {
    let mut by_instant = BTreeMap::<Moment, Vec<&Act>>::new();
    for act in acts.into_iter().filter(|act| act.at <= until && act.received <= known_at) {
        by_instant.entry(act.at).or_default().push(act);
    }
    let Some((begin, _)) = by_instant.first_key_value() else { return Vec::new() };
    let mut walk = Walk::new(rule, of_age, begin.plus_millis(-1));
    for (at, mut acts) in by_instant {
        walk.wait(at.plus_millis(-1));
        acts.sort_by_key(|act| (act.received, act.id));
        walk.act(at, &acts);
    }
    walk.wait(until);
    walk.changes
}

/// A walk along time.
struct Walk<'r> {
    rule: &'r SlotRule,
    of_age: Option<Moment>,
    marks: Marks,
    now: Moment,
    standing: Standing,
    changes: Vec<StandingChange>,
}

impl<'r> Walk<'r> {
    fn new(rule: &'r SlotRule, of_age: Option<Moment>, now: Moment) -> Self {
        let marks = Marks::default();
        let standing = standing_of(rule, &marks, of_age, now);
        Self { rule, of_age, marks, now, standing, changes: Vec::new() }
    }

    /// Lets time go by up to an instant, and notes what it changes.
    fn wait(&mut self, end: Moment) {
        while let Some(due) = next_change(self.rule, &self.marks, self.of_age, self.now).filter(|due| *due <= end) {
            self.now = due;
            self.note(due, None);
        }
    }

    /// Takes the acts of one instant into account.
    fn act(&mut self, at: Moment, acts: &[&Act]) {
        self.now = at;
        let mut mover = None;
        let mut standing = standing_of(self.rule, &self.marks, self.of_age, at);
        for act in acts {
            self.marks.add(act);
            let after = standing_of(self.rule, &self.marks, self.of_age, at);
            if after.state != standing.state || after.since != standing.since {
                mover = Some(*act);
            }
            standing = after;
        }
        self.note(mover.map_or(at, |act| act.received), mover.map(|act| act.id));
    }

    /// Notes the state if it is another.
    fn note(&mut self, received: Moment, act: Option<Uuid>) {
        let after = standing_of(self.rule, &self.marks, self.of_age, self.now);
        if after.state != self.standing.state {
            let before = self.standing;
            self.changes.push(StandingChange { at: self.now, received, before, after, act });
        }
        self.standing = after;
    }
}
