//! Whose word decides about a person as a whole where the organisation's own systems say nothing: each claim's about what
//! came from it. A public key is known to everybody, so none of them speaks for another: a no stops its own data, a yes
//! opens its own data, and nobody is contacted because of either (DESIGN §6 *Trust*).

use super::{Outcome, Person, Question, Reason, Rule, Use};
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
}

impl<'a> Question<'a> {
    /// Whether there are only claims to answer: it is about using the person as a whole, rests on the purpose's basis, and
    /// the core has not said anything of it or is not there. Who is alone claims to be nobody else. Holding is asked of
    /// each group by itself.
    pub(super) fn is_for_claims(&self) -> bool {
        let Person { groups, core, own, .. } = self.person;
        let other = matches!(self.usage, Use::Store | Use::Notify | Use::Disclose(_));
        own.is_none() && !other && groups.len() > core.max(1) && !self.core_has_said()
    }

    /// Whether nobody but a claim allows it.
    pub(super) fn is_of_claims(&self) -> bool {
        let Person { core, own, .. } = self.person;
        own.map_or(core == 0, |own| own >= core)
    }

    /// The question as it is put to each claim about its own data, by the side of staff's joins on which the claim stands.
    fn put(&self) -> impl Iterator<Item = (usize, Self)> + use<'a> {
        let question = *self;
        let Person { groups, core, sides, regions, region, .. } = question.person;
        (core..groups.len()).map(move |place| {
            let region = regions.get(place).map_or(region, Option::as_deref);
            let person = Person { own: Some(place), region, ..question.person };
            (sides.get(place).copied().unwrap_or_default(), Question { person, ..question })
        })
    }

    /// The claim that answers. Of those whom nobody but claims joined the one that comes furthest, which is asked about its
    /// own data alone. What staff joined they took for two people until then: of what both sides decided the more
    /// restrictive counts.
    fn answering(&self) -> Option<(Way, Self)> {
        let mut sides = BTreeMap::<usize, (Way, Self)>::new();
        for (side, asked) in self.put() {
            let way = Way::of(&asked);
            let best = sides.entry(side).or_insert((way, asked));
            if way > best.0 {
                *best = (way, asked);
            }
        }
        let against = |(way, _): &&(Way, Self)| way.decides && !way.is_allowed();
        let furthest = |(way, _): &&(Way, Self)| *way;
        let stops = sides.values().filter(against).max_by_key(furthest);
        stops.or_else(|| sides.values().max_by_key(furthest)).copied()
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
        let mut sides = BTreeMap::<usize, Standing>::new();
        for (side, asked) in self.put() {
            let standing = asked.standing();
            sides.entry(side).and_modify(|known| *known = either(*known, standing)).or_insert(standing);
        }
        combine(sides.into_values())
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
