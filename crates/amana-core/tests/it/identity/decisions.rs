//! What staff decide about who is one person, among what events say: limits hold, a split undoes a join, and nothing
//! makes a consent that no act gave (DESIGN §5 *Merge algebra*, §6).

use crate::support::{kind, mark, rule};
use amana_core::Moment;
use amana_core::catalog::{Basis, IdentifierRule, Normalise, Trust};
use amana_core::identity::{
    Bond, COMPONENT_MAX, Candidate, Component, Dropped, Edge, FragmentId, Fragments, StaffAct, Unjoinable, ban,
    component_of, group, join, lift_ban, resolve, split,
};
use amana_core::permission::{ActKind, Marks, State, Target, combine, standing};
use amana_core::profile::Fragment;
use amana_core::{Slot, permission::Standing};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const PEOPLE: usize = 10;
const NOW: Moment = Moment(1_000_000);

fn kinds() -> Vec<IdentifierRule> {
    vec![
        kind("user_id", Normalise::Trim, 100, 1),
        kind("email", Normalise::Email, 90, 3),
        kind("anonymous_id", Normalise::Trim, 10, 4),
    ]
}

fn id(number: usize) -> FragmentId {
    FragmentId(Uuid::from_u128(number as u128 + 1))
}

/// What may happen.
#[derive(Clone, Debug)]
enum Deed {
    /// An event of a source that verifies names these.
    Event(Vec<usize>),
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

fn deed() -> impl Strategy<Value = Deed> {
    let one = || 0..PEOPLE;
    prop_oneof![
        5 => prop::collection::vec(one(), 1..4).prop_map(Deed::Event),
        2 => (one(), any::<bool>()).prop_map(|(one, given)| Deed::Act(one, given)),
        2 => (one(), one()).prop_map(|(one, other)| Deed::Join(one, other)),
        2 => (one(), prop::collection::vec(one(), 1..3)).prop_map(|(one, part)| Deed::Split(one, part)),
        2 => one().prop_map(Deed::Ban),
        1 => one().prop_map(Deed::LiftBan),
    ]
}

/// Fragments of three kinds, and what happens to them.
struct World {
    fragments: BTreeMap<FragmentId, Fragment>,
    kinds: Vec<IdentifierRule>,
    acts: u128,
    /// Everybody who ever agreed.
    agreed: BTreeSet<FragmentId>,
    joined_by_staff: bool,
}

impl World {
    fn new() -> Self {
        let kinds = kinds();
        let fragment = |number: usize| {
            let kind = kinds[number % kinds.len()].code.clone();
            (id(number), Fragment { kind, scope: "default".into(), ..Fragment::default() })
        };
        let fragments = (0..PEOPLE).map(fragment).collect();
        Self { fragments, kinds, acts: 0, agreed: BTreeSet::new(), joined_by_staff: false }
    }

    fn component(&self, one: usize) -> Component {
        component_of(id(one), |id| self.fragments.get(&id))
    }

    fn staff(&mut self) -> StaffAct {
        self.acts += 1;
        StaffAct { id: Uuid::from_u128(self.acts), at: NOW }
    }

    fn each(&mut self) -> Fragments<'_> {
        self.fragments.iter_mut().map(|(id, fragment)| (*id, fragment)).collect()
    }

    fn happen(&mut self, deed: &Deed) {
        match deed {
            Deed::Event(names) => self.event(names),
            Deed::Act(one, given) => {
                self.acts += 1;
                let at = i64::try_from(self.acts).expect("few acts");
                let kind = if *given { ActKind::Grant } else { ActKind::Withdraw };
                let fragment = self.fragments.get_mut(&id(*one)).expect("everybody is there");
                fragment.marks.mark(Target::Slot(Slot(0)), kind, mark(at));
                if *given {
                    self.agreed.insert(id(*one));
                }
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
                let banned = self.fragments[&id(*one)].ban.as_ref().map(|ban| ban.edges.clone());
                let lifted = lift_ban(&mut self.each(), id(*one));
                // Lifting gives back what the ban took: each edge holds again, or is still banned for another reason.
                let given =
                    lifted.map(|lifted| [lifted.edges, lifted.stay].concat().into_iter().collect::<BTreeSet<_>>());
                assert_eq!(given, banned.map(|edges| edges.into_iter().collect()));
                // What was joined meanwhile is no reason to keep apart what was one: staff may pass the limits of kinds.
                self.joined_by_staff = true;
            }
        }
    }

    fn event(&mut self, names: &[usize]) {
        let names: Vec<usize> = names.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let components: Vec<Component> = names.iter().map(|one| self.component(*one)).collect();
        let rule = |one: usize| &self.kinds[one % self.kinds.len()];
        let candidates: Vec<Candidate<'_>> = names
            .iter()
            .zip(&components)
            .map(|(one, component)| Candidate {
                rule: rule(*one),
                fragment: Some(id(*one)),
                component: Some(component),
            })
            .collect();
        let resolution = resolve(&candidates, &self.kinds, Trust::Server);
        if candidates.iter().any(|candidate| !candidate.is_banned()) {
            assert!(resolution.kept.iter().all(|place| !candidates[*place].is_banned()), "what is banned is left out");
        } else {
            assert_eq!(resolution.kept.len(), 1, "and where nothing else is named, one is alone");
        }
        let owner = id(names[resolution.owner.expect("somebody is named")]);
        for other in resolution.kept.iter().map(|place| id(names[*place])).filter(|other| *other != owner) {
            for (from, to) in [(owner, other), (other, owner)] {
                let fragment = self.fragments.get_mut(&from).expect("everybody is there");
                fragment.join(Edge::new(to, Bond::Verified, 1, NOW));
            }
        }
    }

    /// The state of each group of a person, and of the person over them.
    fn state(&self, one: usize) -> State {
        let rule = rule(0, Basis::Consent);
        let edges = self.component(one).fragments.into_keys().map(|id| (id, self.fragments[&id].edges.as_slice()));
        let of_group = |ids: Vec<FragmentId>| -> Standing {
            let mut marks = Marks::default();
            ids.iter().for_each(|id| marks.join(&self.fragments[id].marks));
            standing(&rule, &marks, NOW)
        };
        combine(group(edges).into_iter().map(of_group)).map_or(State::None, |standing| standing.state)
    }

    fn without_staff(&self) -> Vec<(Marks, BTreeSet<FragmentId>)> {
        (0..PEOPLE)
            .map(|one| (self.fragments[&id(one)].marks.clone(), self.component(one).fragments.into_keys().collect()))
            .collect()
    }
}

proptest! {
    /// Whatever comes in whatever order. Staff may pass the limits of kinds, so these are looked at where they have not.
    #[test]
    fn limits_hold_and_cuts_keep_apart_under_any_order(deeds in prop::collection::vec(deed(), 0..40)) {
        let mut world = World::new();
        for deed in &deeds {
            let apart: Vec<(usize, usize)> = (0..PEOPLE)
                .flat_map(|one| (0..PEOPLE).map(move |other| (one, other)))
                .filter(|(one, other)| world.component(*one).is_cut_from(&world.component(*other)))
                .collect();
            let before: Vec<usize> = (0..PEOPLE).map(|one| world.component(one).fragments.len()).collect();
            world.happen(deed);
            if let Deed::Event(_) = deed {
                for (one, other) in apart {
                    prop_assert!(!world.component(one).fragments.contains_key(&id(other)), "an event joined what was split");
                }
            }
            for (one, before) in before.iter().enumerate() {
                let component = world.component(one);
                prop_assert!(component.fragments.contains_key(&id(one)));
                for other in component.fragments.keys() {
                    let back = &world.fragments[other].edges;
                    prop_assert!(back.iter().filter(|edge| edge.holds()).all(|edge| {
                        world.fragments[&edge.to].edges.iter().any(|twin| twin.to == *other && twin.holds())
                    }), "both ends say the same");
                }
                if world.fragments[&id(one)].ban.is_some() {
                    prop_assert_eq!(component.fragments.len(), 1, "what is banned is alone");
                    prop_assert!(world.fragments[&id(one)].edges.iter().all(|edge| !edge.holds()));
                }
                prop_assert!(!component.is_cut_from(&component), "nobody stands on both sides of a split");
                if matches!(deed, Deed::Split(..) | Deed::Ban(..)) {
                    prop_assert!(component.fragments.len() <= *before);
                }
                if !world.joined_by_staff {
                    for rule in &world.kinds {
                        let count = component.kinds().get(rule.code.as_str()).copied().unwrap_or_default();
                        prop_assert!(count <= rule.limit as usize, "{} of {}", count, rule.code);
                    }
                }
            }
        }
    }

    #[test]
    fn a_split_undoes_a_join(deeds in prop::collection::vec(deed(), 0..25), one in 0..PEOPLE, other in 0..PEOPLE) {
        let mut world = World::new();
        deeds.iter().for_each(|deed| world.happen(deed));
        let before = world.without_staff();
        let states: Vec<State> = (0..PEOPLE).map(|one| world.state(one)).collect();
        let parted = world.component(other).fragments.into_keys().collect::<BTreeSet<_>>();
        let act = world.staff();
        match join(&mut world.each(), act, id(one), id(other)) {
            Err(why) => prop_assert!(matches!(why, Unjoinable::Already | Unjoinable::Banned)),
            Ok(_) => {
                prop_assert!(world.component(one).fragments.contains_key(&id(other)));
                let act = world.staff();
                prop_assert!(split(&mut world.each(), act, id(one), &parted).is_some());
            }
        }
        prop_assert_eq!(world.without_staff(), before);
        prop_assert_eq!((0..PEOPLE).map(|one| world.state(one)).collect::<Vec<_>>(), states);
    }

    /// To the byte: edges with who said so and when, splits, marks.
    #[test]
    fn lifting_a_ban_undoes_it(deeds in prop::collection::vec(deed(), 0..30), banned in prop::collection::vec(0..PEOPLE, 1..4), seed in any::<u64>()) {
        let mut world = World::new();
        deeds.iter().for_each(|deed| world.happen(deed));
        let before = world.fragments.clone();
        let mut made: Vec<usize> = Vec::new();
        for one in banned {
            let act = world.staff();
            if ban(&mut world.each(), act, id(one)).is_some() {
                made.push(one);
            }
            prop_assert_eq!(world.component(one).fragments.len(), 1);
        }
        // Several are lifted in any order: an edge between two comes back with the last of them.
        made.sort_by_key(|one| (*one as u64 + 1).wrapping_mul(seed | 1));
        for one in &made {
            prop_assert!(lift_ban(&mut world.each(), id(*one)).is_some());
        }
        for (id, fragment) in &mut world.fragments {
            // In which order two bans list the edges between them says nothing.
            let sorted = |fragment: &mut Fragment| fragment.ban.iter_mut().for_each(|ban| ban.edges.sort_unstable());
            let mut was = before[id].clone();
            sorted(fragment);
            sorted(&mut was);
            prop_assert_eq!(fragment, &was);
        }
    }

    /// Whoever is taken to have agreed is, at that moment, one with somebody who did.
    #[test]
    fn no_sequence_of_merges_and_splits_makes_a_consent_that_no_act_gave(deeds in prop::collection::vec(deed(), 0..40)) {
        let mut world = World::new();
        for deed in &deeds {
            world.happen(deed);
            for one in 0..PEOPLE {
                if world.state(one).allows() {
                    let members = world.component(one).fragments;
                    prop_assert!(members.keys().any(|id| world.agreed.contains(id)));
                }
            }
        }
        // And each fragment has exactly the marks of its own acts.
        for (id, fragment) in &world.fragments {
            let granted = fragment.marks.get(Target::Slot(Slot(0)), ActKind::Grant).is_some();
            prop_assert_eq!(granted, world.agreed.contains(id));
        }
    }
}

#[test]
fn a_split_takes_along_what_hangs_on_who_goes_and_a_join_lifts_it() {
    let mut world = World::new();
    world.happen(&Deed::Event(vec![0, 1]));
    world.happen(&Deed::Event(vec![1, 2]));
    let members = |world: &World, one| world.component(one).fragments.into_keys().collect::<Vec<_>>();
    assert_eq!(members(&world, 0), [0, 1, 2].map(id));
    let act = world.staff();
    let parted = split(&mut world.each(), act, id(0), &BTreeSet::from([id(1)])).expect("it is theirs");
    assert_eq!((parted.goes, parted.edges.len()), (BTreeSet::from([1, 2].map(id)), 1));
    for nothing in [BTreeSet::from([id(0)]), BTreeSet::from([id(5)]), BTreeSet::new()] {
        let act = world.staff();
        assert_eq!(split(&mut world.each(), act, id(0), &nothing), None);
    }
    let act = world.staff();
    let joined = join(&mut world.each(), act, id(0), id(2)).expect("staff may");
    assert_eq!(joined.lifted.len(), 1);
    assert!(world.component(0).cuts.is_empty() && members(&world, 0).len() == 3);
    let act = world.staff();
    assert_eq!(join(&mut world.each(), act, id(0), id(2)), Err(Unjoinable::Already));
    assert_eq!(join(&mut world.each(), act, id(0), id(99)), Err(Unjoinable::Gone));
    world.fragments.get_mut(&id(7)).expect("there").scope = "elsewhere".into();
    assert_eq!(join(&mut world.each(), act, id(0), id(7)), Err(Unjoinable::Scopes));
}

#[test]
fn a_ban_takes_what_is_many_peoples_from_all_of_them_and_lifting_it_gives_it_back() {
    let mut world = World::new();
    world.happen(&Deed::Event(vec![0, 1]));
    world.happen(&Deed::Event(vec![1, 2]));
    let before = world.fragments.clone();
    let act = world.staff();
    let banned = ban(&mut world.each(), act, id(1)).expect("it is not banned");
    assert_eq!((banned.rest, banned.edges), (BTreeSet::from([0, 2].map(id)), vec![id(0), id(2)]));
    let again = world.staff();
    assert_eq!(ban(&mut world.each(), again, id(1)), None, "once is enough");
    assert_eq!(join(&mut world.each(), again, id(0), id(1)), Err(Unjoinable::Banned));
    assert_eq!(join(&mut world.each(), again, id(1), id(0)), Err(Unjoinable::Banned));
    let banned = world.component(1);
    let kinds = kinds();
    let candidate = |place: usize, component| Candidate { rule: &kinds[place], fragment: None, component };
    let others = [candidate(1, Some(&banned)), candidate(2, None)];
    let resolution = resolve(&others, &kinds, Trust::Server);
    assert_eq!((resolution.kept, resolution.dropped), (vec![1], vec![(0, Dropped::Banned)]));
    let alone = resolve(&others[..1], &kinds, Trust::Server);
    assert_eq!((alone.kept, alone.owner), (vec![0], Some(0)));
    world.happen(&Deed::Event(vec![0, 1, 2]));
    world.happen(&Deed::LiftBan(1));
    let edges = |id: &FragmentId| &before[id].edges;
    assert_eq!(&world.fragments[&id(1)].edges, edges(&id(1)));
    assert_eq!(lift_ban(&mut world.each(), id(1)), None);
}

/// What staff decided meanwhile stands, and nobody becomes too large.
#[test]
fn lifting_a_ban_joins_nobody_who_was_split_meanwhile_or_would_be_too_large() {
    let mut world = World::new();
    for other in [1, 2] {
        world.happen(&Deed::Event(vec![other, 4]));
    }
    world.happen(&Deed::Ban(4));
    world.happen(&Deed::Join(1, 2));
    world.happen(&Deed::Split(1, vec![2]));
    let lifted = lift_ban(&mut world.each(), id(4)).expect("it is banned");
    assert_eq!((lifted.edges.len(), lifted.stay.len()), (1, 1), "one of both sides");
    assert!(!world.component(1).fragments.contains_key(&id(2)));

    let mut world = World::new();
    world.happen(&Deed::Event(vec![0, 1]));
    world.happen(&Deed::Ban(1));
    let crowd: Vec<FragmentId> = (100..100 + COMPONENT_MAX - 1).map(id).collect();
    let edge = |to| Edge::new(to, Bond::Verified, 1, NOW);
    for one in &crowd {
        let edges = vec![edge(id(0))];
        world.fragments.insert(*one, Fragment { kind: "email".into(), edges, ..Fragment::default() });
    }
    let hub = world.fragments.get_mut(&id(0)).expect("there");
    hub.edges.extend(crowd.iter().map(|to| edge(*to)));
    let lifted = lift_ban(&mut world.each(), id(1)).expect("it is banned");
    assert_eq!((lifted.edges, lifted.stay), (vec![], vec![id(0)]));
    assert_eq!(world.component(0).fragments.len(), COMPONENT_MAX);
}
