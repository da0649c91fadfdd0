//! The year as one stream in order of time.
//!
//! A heap holds, for each actor, when they act next; another the steps of what is going on now. An actor's plan is
//! made again for each visit and thrown away, so memory does not grow with what happened.

use super::plan::{actors, plan, tell};
use super::{Step, World};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// How many actors are looked at for an estimate.
const SAMPLE_MAX: u32 = 2_000;

/// When an actor acts next. Sixteen bytes: all that is kept of anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at_ms: i64,
    actor: u32,
    visit: u16,
}

/// A step whose turn has not come. Order is by time, then by actor, visit and place within it.
#[derive(Debug)]
struct Waiting {
    at_ms: i64,
    actor: u32,
    visit: u16,
    place: u16,
    step: Step,
}

impl Waiting {
    fn order(&self) -> (i64, u32, u16, u16) {
        (self.at_ms, self.actor, self.visit, self.place)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

/// The steps of a world in order of time.
#[derive(Debug)]
pub struct Steps {
    world: World,
    due: BinaryHeap<Reverse<Due>>,
    waiting: BinaryHeap<Reverse<Waiting>>,
    /// Room for the steps of one visit, kept to be used again.
    visit: Vec<Step>,
}

impl Steps {
    pub(super) fn new(world: World) -> Self {
        let first = |actor| {
            let at_ms = plan(&world, actor).first()?.at_ms;
            Some(Reverse(Due { at_ms, actor, visit: 0 }))
        };
        let due: Vec<_> = (0..actors(&world)).filter_map(first).collect();
        Self { world, due: due.into(), waiting: BinaryHeap::new(), visit: Vec::new() }
    }

    /// How many bytes are held for actors, and how many steps are waiting for their turn.
    #[must_use]
    pub fn held(&self) -> (usize, usize) {
        (self.due.capacity() * size_of::<Due>(), self.waiting.len())
    }

    /// Tells every visit that begins no later than the next step, for one of its steps may come first.
    fn begin_visits(&mut self) {
        while let Some(Reverse(due)) = self.due.peek().copied() {
            if self.waiting.peek().is_some_and(|Reverse(next)| next.at_ms < due.at_ms) {
                return;
            }
            self.due.pop();
            self.begin(due);
        }
    }

    fn begin(&mut self, due: Due) {
        let Due { actor, visit, .. } = due;
        let visits = plan(&self.world, actor);
        let Some(current) = visits.get(usize::from(visit)) else { return };
        tell(&self.world, &mut self.visit, (actor, visit), current);
        for (place, step) in (0..u16::MAX).zip(self.visit.drain(..)) {
            if step.at_ms < self.world.until_ms {
                self.waiting.push(Reverse(Waiting { at_ms: step.at_ms, actor, visit, place, step }));
            }
        }
        let Some(next) = visit.checked_add(1) else { return };
        if let Some(following) = visits.get(usize::from(next)) {
            self.due.push(Reverse(Due { at_ms: following.at_ms, actor, visit: next }));
        }
    }
}

impl Iterator for Steps {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        self.begin_visits();
        self.waiting.pop().map(|Reverse(next)| next.step)
    }
}

/// Counts the steps of actors evenly spread over all, and scales up.
pub(super) fn estimate(world: &World) -> u64 {
    let all = actors(world);
    let sample = all.clamp(1, SAMPLE_MAX);
    let mut steps = Vec::new();
    for place in 0..sample {
        let actor = u32::try_from(u64::from(place) * u64::from(all) / u64::from(sample)).unwrap_or_default();
        for (number, visit) in (0..u16::MAX).zip(plan(world, actor)) {
            tell(world, &mut steps, (actor, number), &visit);
        }
    }
    steps.retain(|step| step.at_ms < world.until_ms);
    steps.len() as u64 * u64::from(all) / u64::from(sample)
}
