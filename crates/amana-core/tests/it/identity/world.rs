//! A world to try decisions in: fragments of several kinds and scopes, sources that prove and sources that only claim,
//! people who agree and take it back, and staff. Limits are counted as the pipeline counts them: whoever proves adds to
//! what is proven, whoever claims adds to everything that hangs together.

use crate::support::{kind, mark};
use amana_core::catalog::{IdentifierRule, Normalise, Trust};
use amana_core::identity::{
    BEARER_KIND, Bond, Candidate, Component, Edge, FragmentId, Fragments, StaffAct, VISIT_KIND, ban, component_of,
    group, join, leave_out_beside, lift_ban, parts, resolve, split,
};
use amana_core::permission::{ActKind, Target};
use amana_core::profile::Fragment;
use amana_core::{Moment, Slot};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Identifiers that may be named; each may have a visit besides, which has no identifier.
pub(super) const PEOPLE: usize = 12;
/// From here on those are who come in crowds.
const CROWD: usize = 1_000;
/// From here on they are of another scope.
const ELSEWHERE: usize = 9;
pub(super) const NOW: Moment = Moment(1_000_000);

pub(super) fn kinds() -> Vec<IdentifierRule> {
    vec![
        kind("user_id", Normalise::Trim, 100, 1),
        kind("email", Normalise::Email, 90, 2),
        kind("anonymous_id", Normalise::Trim, 10, 3),
    ]
}

pub(super) fn id(number: usize) -> FragmentId {
    FragmentId(Uuid::from_u128(number as u128 + 1))
}

/// What may happen.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// An event of a source of this trust names these.
    Event(Trust, Vec<usize>),
    /// Somebody agrees or takes it back.
    Act(usize, bool),
    /// Staff join.
    Join(usize, usize),
    /// Staff split.
    Split(usize, Vec<usize>),
    /// Staff ban an identifier.
    Ban(usize),
    /// Staff lift a ban.
    LiftBan(usize),
}

/// Staff may name a visit, too: they see it as a fragment.
pub(super) fn anyone() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 0..PEOPLE, 1 => PEOPLE..2 * PEOPLE]
}

pub(super) fn deed() -> impl Strategy<Value = Deed> {
    let event = |trust| prop::collection::vec(0..PEOPLE, 1..4).prop_map(move |names| Deed::Event(trust, names));
    prop_oneof![
        4 => event(Trust::Server),
        4 => event(Trust::Public),
        3 => (anyone(), any::<bool>()).prop_map(|(one, given)| Deed::Act(one, given)),
        2 => (anyone(), anyone()).prop_map(|(one, other)| Deed::Join(one, other)),
        3 => (anyone(), prop::collection::vec(anyone(), 1..4)).prop_map(|(one, part)| Deed::Split(one, part)),
        2 => (0..PEOPLE).prop_map(Deed::Ban),
        1 => (0..PEOPLE).prop_map(Deed::LiftBan),
    ]
}

pub(super) fn deeds(most: usize) -> impl Strategy<Value = Vec<Deed>> {
    prop::collection::vec(deed(), 0..most)
}

/// Fragments, and what happens to them.
#[derive(Clone)]
pub(super) struct World {
    pub(super) fragments: BTreeMap<FragmentId, Fragment>,
    pub(super) kinds: Vec<IdentifierRule>,
    acts: u128,
    /// When whatever happens is received.
    pub(super) now: Moment,
    /// What everybody said, in its order.
    pub(super) said: Vec<(FragmentId, bool)>,
    /// Whether a join by staff was done.
    pub(super) joined_by_staff: bool,
    /// Whether events come from devices that many people use, as the catalogue says of their source.
    pub(super) shared_devices: bool,
}

impl World {
    pub(super) fn new() -> Self {
        let kinds = kinds();
        let fragment = |number: usize| {
            let kind = kinds[number % kinds.len()].code.clone();
            let scope = if number < ELSEWHERE { "default" } else { "elsewhere" };
            (id(number), Fragment { kind, scope: scope.into(), ..Fragment::default() })
        };
        let fragments = (0..PEOPLE).map(fragment).collect();
        Self { fragments, kinds, acts: 0, now: NOW, said: Vec::new(), joined_by_staff: false, shared_devices: false }
    }

    pub(super) fn after(deeds: &[Deed]) -> Self {
        let mut world = Self::new();
        deeds.iter().for_each(|deed| world.happen(deed));
        world
    }

    pub(super) fn ids(&self) -> Vec<FragmentId> {
        self.fragments.keys().copied().collect()
    }

    /// Lets a crowd hang on somebody, more than deeds would bring together. Limits of kinds bind nobody from then on.
    pub(super) fn crowd(&mut self, anchor: usize, size: usize, bond: Bond) {
        self.kinds.iter_mut().for_each(|rule| rule.limit = u32::MAX);
        let scope = self.fragments[&id(anchor)].scope.clone();
        let first = CROWD + self.fragments.len();
        let crowd: Vec<FragmentId> = (first..first + size).map(id).collect();
        let edge = |to| Edge::new(to, bond, 1, self.now);
        let one = || Fragment { kind: "email".into(), scope: scope.clone(), ..Fragment::default() };
        let crowd_of_one = crowd.iter().map(|each| (*each, Fragment { edges: vec![edge(id(anchor))], ..one() }));
        self.fragments.extend(crowd_of_one.collect::<Vec<_>>());
        let edges: Vec<Edge> = crowd.into_iter().map(edge).collect();
        self.fragments.get_mut(&id(anchor)).expect("everybody is there").edges.extend(edges);
    }

    pub(super) fn component(&self, one: FragmentId) -> Component {
        component_of(one, |id| self.fragments.get(&id))
    }

    pub(super) fn members(&self, one: FragmentId) -> BTreeSet<FragmentId> {
        self.component(one).fragments.into_keys().collect()
    }

    /// Who is held together with somebody by bonds of at least this strength.
    pub(super) fn held_with(&self, one: FragmentId, weakest: Bond) -> BTreeSet<FragmentId> {
        let members = self.members(one);
        let edges = members.iter().map(|id| (*id, self.fragments[id].edges.as_slice()));
        let part = parts(edges, weakest).into_iter().find(|part| part.contains(&one));
        part.into_iter().flatten().collect()
    }

    /// Everybody with whom they are held together with, by bonds of at least this strength.
    pub(super) fn partition(&self, weakest: Bond) -> BTreeMap<FragmentId, BTreeSet<FragmentId>> {
        self.fragments.keys().map(|id| (*id, self.held_with(*id, weakest))).collect()
    }

    pub(super) fn staff(&mut self) -> StaffAct {
        self.acts += 1;
        StaffAct { id: Uuid::from_u128(self.acts), at: self.now }
    }

    pub(super) fn each(&mut self) -> Fragments<'_> {
        self.fragments.iter_mut().map(|(id, fragment)| (*id, fragment)).collect()
    }

    pub(super) fn happen(&mut self, deed: &Deed) {
        match deed {
            Deed::Event(trust, names) => self.event(*trust, names),
            Deed::Act(one, given) => {
                let at = i64::try_from(self.staff().id.as_u128()).expect("few acts");
                let kind = if *given { ActKind::Grant } else { ActKind::Withdraw };
                let Some(fragment) = self.fragments.get_mut(&id(*one)) else { return };
                fragment.marks.mark(Target::Slot(Slot(0)), kind, mark(at));
                self.said.push((id(*one), *given));
            }
            Deed::Join(one, other) => {
                let act = self.staff();
                self.joined_by_staff |= join(&mut self.each(), act, id(*one), id(*other)).is_ok();
            }
            Deed::Split(one, part) => {
                let act = self.staff();
                let part = part.iter().map(|one| id(*one)).collect();
                split(&mut self.each(), act, id(*one), &part);
            }
            Deed::Ban(one) => {
                let act = self.staff();
                ban(&mut self.each(), act, id(*one));
            }
            Deed::LiftBan(one) => {
                lift_ban(&mut self.each(), id(*one));
            }
        }
    }

    fn event(&mut self, trust: Trust, names: &[usize]) {
        // A source has one scope, and an event names each identifier once.
        let same_scope = |one: &usize| (*one < ELSEWHERE) == (names[0] < ELSEWHERE);
        let names: BTreeSet<usize> = names.iter().copied().filter(same_scope).collect();
        if names.is_empty() {
            return;
        }
        let names: Vec<usize> = names.into_iter().collect();
        let counted: Vec<Component> = names.iter().map(|one| self.counted(id(*one), trust)).collect();
        let rule = |one: usize| &self.kinds[one % self.kinds.len()];
        let candidates = names.iter().zip(&counted).map(|(one, component)| Candidate {
            rule: rule(*one),
            fragment: Some(id(*one)),
            component: Some(component),
            shared: self.shared_devices && rule(*one).device,
        });
        let candidates: Vec<Candidate<'_>> = candidates.collect();
        let mut resolution = resolve(&candidates, &self.kinds, trust);
        let is_joined = |place: &usize| counted[*place].fragments.len() > 1;
        if candidates.iter().any(|candidate| !candidate.joins_nobody()) {
            assert!(resolution.kept.iter().all(|place| !candidates[*place].joins_nobody()), "it is left out");
        } else {
            assert!(resolution.kept.len() <= 1 && !resolution.kept.iter().any(is_joined), "and one is alone else");
        }
        let Some(place) = resolution.owner else {
            let all_joined = candidates.iter().zip(0..).all(|(candidate, place)| candidate.shared && is_joined(&place));
            return assert!(all_joined, "somebody is named");
        };
        let visits = trust == Trust::Public && candidates[place].rule.code != BEARER_KIND;
        // Nothing is done for what joins nobody.
        if visits && candidates[place].joins_nobody() {
            return;
        }
        let visit = id(PEOPLE + names[place]);
        if visits && self.fragments.contains_key(&visit) {
            leave_out_beside(&self.component(visit), &candidates, &self.kinds, &mut resolution);
        }
        let kept: Vec<FragmentId> = resolution.kept.iter().map(|place| id(names[*place])).collect();
        let owner = if visits { self.visit(names[place]) } else { id(names[place]) };
        if trust == Trust::Server {
            self.vouch(kept.iter().chain([&owner]));
        }
        for other in kept.into_iter().filter(|other| *other != owner) {
            for (from, to) in [(owner, other), (other, owner)] {
                let fragment = self.fragments.get_mut(&from).expect("everybody is there");
                fragment.join(Edge::new(to, trust.into(), 1, self.now));
            }
        }
    }

    /// Whom systems know. In this world they know addresses alone, so that much is left that may be claimed, and no limit
    /// but this keeps two of them apart.
    fn vouch<'i>(&mut self, ids: impl Iterator<Item = &'i FragmentId>) {
        let address = &self.kinds[1].code;
        for id in ids {
            let fragment = self.fragments.get_mut(id).expect("everybody is there");
            fragment.vouched |= fragment.kind == *address;
        }
    }

    /// What somebody without a device said under an account: a fragment of its own.
    fn visit(&mut self, account: usize) -> FragmentId {
        let (visit, scope) = (id(PEOPLE + account), self.fragments[&id(account)].scope.clone());
        let new = || Fragment { kind: VISIT_KIND.into(), scope, ..Fragment::default() };
        self.fragments.entry(visit).or_insert_with(new);
        visit
    }

    /// What the limits count.
    pub(super) fn counted(&self, one: FragmentId, trust: Trust) -> Component {
        let whole = self.component(one);
        if trust == Trust::Public {
            return whole;
        }
        let edges = whole.fragments.keys().map(|id| (*id, self.fragments[id].edges.as_slice()));
        let groups = group(edges);
        let of = |id: &FragmentId| groups.iter().find(|group| group.contains(id)).into_iter().flatten().copied();
        let (mut fragments, mut claimed): (BTreeSet<FragmentId>, _) = (of(&one).collect(), BTreeSet::new());
        if whole.fragments[&one] == BEARER_KIND {
            // A device is also of whom it says it is.
            let named = self.fragments[&one].edges.iter().filter(|edge| edge.holds()).map(|edge| edge.to);
            let own = fragments.clone();
            fragments.extend(named.collect::<Vec<_>>().iter().flat_map(of));
            claimed.extend(fragments.difference(&own));
        }
        let kind = |id: FragmentId| (id, whole.fragments[&id].clone());
        Component { fragments: fragments.into_iter().map(kind).collect(), claimed, ..whole }
    }
}
