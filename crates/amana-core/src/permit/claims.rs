//! Whose word decides about a person as a whole whom only claims have named: each claim's about what came from it. A public
//! key is known to everybody, so none of them speaks for another: a no stops its own data, a yes opens its own data, and
//! nobody is contacted because of either (DESIGN §6 *Trust*). For whom the organisation's own systems know none speaks.

use super::{Outcome, Person, Question, Reason, Rule};
use crate::permission::{Standing, Weight, combine};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How far a claim comes on its way to a yes. Ordered: of several the furthest answers for all of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    /// It speaks for or against; else it is neutral.
    decides: bool,
    says_something: bool,
    /// The place of the rule that stops it, behind the last where none does.
    stopped: usize,
    /// Of those whom the same rule stops the answer must not depend on their order.
    reason: Option<Reason>,
}

impl Way {
    fn of(asked: &Question<'_>) -> Self {
        let standing = asked.standing();
        let failed = |(place, rule): (usize, &Rule)| Some((place, rule.check(asked, &standing).err()?));
        let stop = Rule::ALL.iter().enumerate().find_map(failed);
        Self {
            decides: standing.weight() != Weight::Neutral,
            says_something: standing.says_something(),
            stopped: stop.map_or(Rule::ALL.len(), |(place, _)| place),
            reason: stop.map(|(_, reason)| reason),
        }
    }

    fn is_allowed(self) -> bool {
        self.reason.is_none()
    }

    fn is_against(self) -> bool {
        self.decides && !self.is_allowed()
    }
}

impl<'a> Question<'a> {
    /// Whether there are only claims to answer: it is about using the person as a whole, rests on the purpose's basis, and
    /// there is no core, or one that nobody but staff knows and that has not said anything of it. Who is alone claims to be
    /// nobody else. Holding is asked of each group by itself.
    pub(super) fn is_for_claims(&self) -> bool {
        let Person { groups, core, own, .. } = self.person;
        own.is_none() && !self.is_of_right() && groups.len() > core.max(1) && !self.is_for_core()
    }

    /// Whether it would be allowed if a claim could speak for whom systems know.
    pub(super) fn is_claimed_alone(&self) -> bool {
        let Person { own, known, .. } = self.person;
        own.is_none() && known && self.put().any(|(_, asked)| asked.standing().state.allows())
    }

    /// Whether nobody but a claim allows it.
    pub(super) fn is_of_claims(&self) -> bool {
        let Person { core, own, .. } = self.person;
        own.map_or(core == 0, |own| own >= core)
    }

    /// The question as it is put to each claim about its own data, by the side of staff's joins on which the claim stands.
    fn put(&self) -> impl Iterator<Item = (Option<usize>, Self)> + use<'a> {
        let question = *self;
        let Person { groups, core, sides, regions, region, .. } = question.person;
        (core..groups.len()).map(move |place| {
            let region = regions.get(place).map_or(region, Option::as_deref);
            let person = Person { own: Some(place), region, ..question.person };
            (sides.get(place).copied().unwrap_or(Some(0)), Question { person, ..question })
        })
    }

    /// The claim that answers. Of those whom nobody but claims joined the one that comes furthest, which is asked about its
    /// own data alone. What staff joined they took for two people until then: of what both sides decided the more
    /// restrictive counts. What came after that is no side of it.
    fn answering(&self) -> Option<(Way, Self)> {
        let mut sides = BTreeMap::<Option<usize>, (Way, Self)>::new();
        for (side, asked) in self.put() {
            let way = Way::of(&asked);
            let best = sides.entry(side).or_insert((way, asked));
            if way > best.0 {
                *best = (way, asked);
            }
        }
        let against = |(side, (way, _)): &(&Option<usize>, &(Way, Self))| side.is_some() && way.is_against();
        let furthest = |(_, (way, _)): &(&Option<usize>, &(Way, Self))| *way;
        let stops = sides.iter().filter(against).max_by_key(furthest);
        stops.or_else(|| sides.iter().max_by_key(furthest)).map(|(_, answering)| *answering)
    }

    /// Every rule as a person of whom only claims speak is judged by it.
    pub(super) fn outcomes_of_claims(&self) -> Vec<(Rule, Outcome)> {
        let Some((_, asked)) = self.answering() else { return Vec::new() };
        let standing = asked.standing();
        Rule::ALL.iter().map(|rule| (*rule, rule.check(&asked, &standing))).collect()
    }

    /// The state over all claims: where one allows it stands as that one says, and between what staff joined who speaks
    /// against wins.
    pub(super) fn standing_of_claims(&self) -> Option<Standing> {
        let mut sides = BTreeMap::<Option<usize>, Standing>::new();
        for (side, asked) in self.put() {
            let standing = asked.standing();
            sides.entry(side).and_modify(|known| *known = either(*known, standing)).or_insert(standing);
        }
        let after = sides.remove(&None);
        let joined = combine(sides.into_values());
        match (joined, after) {
            (Some(joined), Some(after)) if joined.weight() != Weight::Denies => Some(either(joined, after)),
            (joined, after) => joined.or(after),
        }
    }
}

/// Of two claims' states the one that allows, and of such the one that does so longest.
fn either(one: Standing, other: Standing) -> Standing {
    let lasts = |standing: &Standing| (standing.until.is_none(), standing.until, Reverse(standing.since));
    let order = |standing: &Standing| (lasts(standing), standing.state as u8);
    match (one.state.allows(), other.state.allows()) {
        (true, false) => one,
        (false, true) => other,
        (true, true) if order(&one) >= order(&other) => one,
        (true, true) => other,
        (false, false) => combine([one, other]).unwrap_or(one),
    }
}
