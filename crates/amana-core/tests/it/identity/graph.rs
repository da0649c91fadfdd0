//! Which identifiers belong together, within limits; and what is one person by proof.

use crate::support::kind;
use amana_core::Moment;
use amana_core::catalog::{IdentifierRule, Normalise, Trust};
use amana_core::identity::{
    Bond, COMPONENT_MAX, Candidate, Component, Cut, Dropped, Edge, FragmentId, Graph, Resolution, component_of, group,
    leave_out_beside, resolve,
};
use amana_core::profile::Fragment;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn fragment(number: u128) -> FragmentId {
    FragmentId(uuid::Uuid::from_u128(number))
}

fn kinds() -> Vec<IdentifierRule> {
    let kind = |code: &str, priority, limit| kind(code, Normalise::Trim, priority, limit);
    vec![kind("user_id", 100, 1), kind("email", 80, 2), kind("phone", 80, 2), kind("anonymous_id", 10, 3)]
}

fn component(fragments: &[(u128, &str)]) -> Component {
    let fragments = fragments.iter().map(|(number, kind)| (fragment(*number), (*kind).to_owned()));
    Component { fragments: fragments.collect(), ..Component::default() }
}

/// Resolves identifiers, each a kind and what it is known to be part of (by its first fragment).
fn resolved(identifiers: &[(&str, Option<&Component>)], trust: Trust) -> Resolution {
    let kinds = kinds();
    let candidates: Vec<_> = identifiers
        .iter()
        .map(|(code, component)| Candidate {
            rule: kinds.iter().find(|rule| rule.code == *code).expect("a declared kind"),
            fragment: component.and_then(|component| component.profile()),
            component: *component,
            shared: false,
        })
        .collect();
    resolve(&candidates, &kinds, trust)
}

#[test]
fn a_shared_tablet_stays_with_whom_it_was_first() {
    let (first, second) = (component(&[(1, "anonymous_id"), (2, "user_id")]), component(&[(3, "user_id")]));
    let resolution = resolved(&[("anonymous_id", Some(&first)), ("user_id", Some(&second))], Trust::Server);
    assert_eq!(resolution.kept, [1]);
    assert_eq!(resolution.dropped, [(0, Dropped::KindLimit)]);
    assert_eq!(resolution.owner, Some(1));
}

#[test]
fn a_source_that_only_claims_speaks_for_the_device() {
    let identifiers = [("user_id", None), ("anonymous_id", None)];
    assert_eq!(resolved(&identifiers, Trust::Public).owner, Some(1));
    assert_eq!(resolved(&identifiers, Trust::Server).owner, Some(0));
    assert_eq!(resolved(&[("user_id", None)], Trust::Public).owner, Some(0));
    assert_eq!(resolved(&[], Trust::Public), Resolution::default());
}

#[test]
fn a_claim_joins_nobody_to_somebody_else_who_is_known() {
    let known = |fragments: &[(u128, &str)]| {
        let by_system = |(id, code): &(u128, &str)| (*code != "anonymous_id").then_some(fragment(*id));
        Component { known: true, knows: fragments.iter().filter_map(by_system).collect(), ..component(fragments) }
    };
    let (ann, address) = (known(&[(1, "user_id"), (2, "anonymous_id")]), known(&[(3, "email")]));
    let (bob, new) = (known(&[(4, "user_id")]), component(&[(5, "email")]));
    let device = component(&[(2, "anonymous_id")]);
    let kept = |named: &[(&str, Option<&Component>)], trust| resolved(named, trust).kept;
    let typed = [("user_id", Some(&ann)), ("anonymous_id", Some(&ann)), ("email", Some(&address))];
    assert_eq!(kept(&typed, Trust::Public), [0, 1], "the address is somebody's");
    assert_eq!(resolved(&typed, Trust::Public).dropped, [(2, Dropped::KnownApart)]);
    assert_eq!(kept(&typed, Trust::Server), [0, 2, 1], "a system may say so");
    assert_eq!(kept(&typed[1..], Trust::Public), [0], "what is typed on a device of hers");
    assert_eq!(kept(&[("user_id", Some(&bob)), ("anonymous_id", Some(&ann))], Trust::Public), [0], "who signs in");
    let unknown = [("user_id", Some(&ann)), ("anonymous_id", Some(&device)), ("email", Some(&new)), ("phone", None)];
    assert_eq!(kept(&unknown, Trust::Public).len(), 4, "nobody's yet");
    // An account that only claims name is somebody's as well, be it named for the first time.
    let claimed = component(&[(6, "user_id"), (7, "anonymous_id")]);
    for (account, device) in [(None, None), (Some(&claimed), Some(&claimed)), (Some(&claimed), None)] {
        let typed = [("user_id", account), ("anonymous_id", device), ("email", Some(&address))];
        assert_eq!(resolved(&typed, Trust::Public).dropped, [(2, Dropped::KnownApart)]);
        assert_eq!(kept(&typed, Trust::Server).len(), 3, "a system may say so");
    }
    let on_device = [("anonymous_id", Some(&claimed)), ("email", Some(&address))];
    assert_eq!(resolved(&on_device, Trust::Public).dropped, [(1, Dropped::KnownApart)]);
    assert_eq!(kept(&[("anonymous_id", None), ("email", Some(&address))], Trust::Public), [1, 0], "no account");
    // What was typed on another device, too, leads no further to or from somebody who is known.
    let told = Component { knows: [fragment(9)].into(), ..known(&[(6, "email"), (7, "anonymous_id"), (9, "user_id")]) };
    let elsewhere = component(&[(10, "email"), (11, "anonymous_id")]);
    let hers = [("email", Some(&told)), ("anonymous_id", Some(&device))];
    assert_eq!(resolved(&hers, Trust::Public).dropped, [(0, Dropped::KnownApart)], "on a device of somebody else");
    let theirs = [("user_id", Some(&ann)), ("email", Some(&elsewhere))];
    assert_eq!(resolved(&theirs, Trust::Public).dropped, [(1, Dropped::KnownApart)], "what somebody else typed first");
    let nobody = [("user_id", None), ("email", Some(&elsewhere))];
    assert_eq!(resolved(&nobody, Trust::Public).dropped, [], "whom only claims name");
    let both = known(&[(3, "email"), (8, "anonymous_id")]);
    let signs_in = [("user_id", None), ("anonymous_id", Some(&both)), ("email", Some(&both))];
    assert_eq!(kept(&signs_in, Trust::Public), [0], "the device stays with whose address was typed on it first");
}

/// A visit is named by no event, and counts with whatever it hangs together with.
#[test]
fn whom_a_visit_cannot_be_one_with_is_left_out() {
    let kinds = kinds();
    let left_out = |visit: &Component, named: &[(&str, &Component)]| {
        let candidates: Vec<_> = named
            .iter()
            .map(|(code, component)| Candidate {
                rule: kinds.iter().find(|rule| rule.code == *code).expect("a declared kind"),
                fragment: component.profile(),
                component: Some(component),
                shared: false,
            })
            .collect();
        let mut resolution = Resolution { kept: (0..named.len()).collect(), ..Resolution::default() };
        let count = leave_out_beside(visit, &candidates, &kinds, &mut resolution);
        assert_eq!(count, resolution.dropped.len());
        assert_eq!(count + resolution.kept.len(), named.len());
        resolution.dropped
    };
    let known = |component: &Component| Component { known: true, ..component.clone() };
    let side = |component: &Component, parted| {
        let cut = Cut { act: uuid::Uuid::from_u128(9), parted, parts: 1 };
        Component { cuts: [cut].into(), ..component.clone() }
    };
    let (ann, mail) = (component(&[(1, "user_id")]), component(&[(2, "email")]));
    let of_ann = component(&[(1, "user_id"), (9, "~visit")]);
    let alone = component(&[(9, "~visit")]);
    let of_two = component(&[(3, "email"), (4, "email"), (9, "~visit")]);
    assert_eq!(left_out(&known(&of_ann), &[("user_id", &known(&of_ann)), ("email", &mail)]), [], "as it mostly is");
    // Who was parted goes, and whoever is named beside stays.
    let parted = [("user_id", &side(&ann, true)), ("email", &mail)];
    assert_eq!(left_out(&side(&alone, false), &parted), [(0, Dropped::Split)]);
    // Staff joined it to somebody else whom systems know.
    let other = component(&[(5, "user_id"), (9, "~visit")]);
    assert_eq!(left_out(&known(&other), &[("email", &known(&mail))]), [(0, Dropped::KnownApart)]);
    assert_eq!(left_out(&known(&other), &[("email", &mail)]), []);
    // And an address that systems know is not joined to the account of a visit either, which nobody need know.
    assert_eq!(left_out(&other, &[("email", &known(&mail))]), [(0, Dropped::KnownApart)]);
    assert_eq!(left_out(&alone, &[("email", &known(&mail))]), []);
    // And it may have as many as a person may already.
    assert_eq!(left_out(&of_two, &[("user_id", &ann), ("email", &mail)]), [(1, Dropped::KindLimit)]);
}

#[test]
fn who_has_more_than_a_lowered_limit_keeps_it_and_gets_no_further_one() {
    let crowded = component(&[(1, "email"), (2, "email"), (3, "email"), (4, "gone"), (5, "gone")]);
    let device = [("email", Some(&crowded)), ("anonymous_id", None)];
    assert_eq!(resolved(&device, Trust::Server).kept, [0, 1]);
    let further = [("email", Some(&crowded)), ("email", None)];
    assert_eq!(resolved(&further, Trust::Server).dropped, [(1, Dropped::KindLimit)]);
}

#[test]
fn a_person_has_at_most_so_many_fragments() {
    let crowd = |from: u128, count: usize| Component {
        fragments: (from..).take(count).map(|number| (fragment(number), "phone".to_owned())).collect(),
        ..Component::default()
    };
    let (most, one) = (crowd(1, COMPONENT_MAX), crowd(5_000, 1));
    let together = resolved(&[("phone", Some(&most)), ("email", Some(&one))], Trust::Server);
    assert_eq!(together.dropped, [(1, Dropped::SizeLimit)]);
    assert_eq!(resolved(&[("phone", Some(&most)), ("phone", Some(&most))], Trust::Server).dropped, []);
}

#[test]
fn what_staff_split_no_event_joins_again() {
    let act = uuid::Uuid::from_u128(9);
    let side = |mut known: Component, parted| {
        known.cuts.insert(Cut { act, parted, parts: 1 });
        known
    };
    let (one, other) = (side(component(&[(1, "user_id")]), false), side(component(&[(2, "email")]), true));
    let again = resolved(&[("user_id", Some(&one)), ("email", Some(&other))], Trust::Server);
    assert_eq!((again.kept.as_slice(), again.dropped.as_slice()), (&[0][..], &[(1, Dropped::Split)][..]));
    let beside =
        resolved(&[("user_id", Some(&one)), ("email", Some(&side(component(&[(3, "email")]), false)))], Trust::Server);
    assert_eq!(beside.kept, [0, 1]);
}

/// A chain 1 - 2 - 3 - 4 with a shortcut 1 - 3 that was banned, and 5 hanging on 4.
fn chain() -> BTreeMap<FragmentId, Vec<Edge>> {
    let mut edges: BTreeMap<FragmentId, Vec<Edge>> = (1..=6).map(|number| (fragment(number), Vec::new())).collect();
    for (from, to, banned) in [(1, 2, false), (2, 3, false), (3, 4, false), (4, 5, false), (1, 3, true)] {
        for (one, other) in [(from, to), (to, from)] {
            let edge = Edge {
                banned: banned.then_some(Moment(5)),
                ..Edge::new(fragment(other), Bond::Verified, 1, Moment(1))
            };
            edges.get_mut(&fragment(one)).expect("in the chain").push(edge);
        }
    }
    edges
}

#[test]
fn a_path_says_why_two_are_one_person() {
    let edges = chain();
    let graph = Graph::new(edges.iter().map(|(fragment, edges)| (*fragment, edges.as_slice())));
    let path = |from, to| graph.path(fragment(from), fragment(to));
    assert_eq!(path(1, 4), Some([1, 2, 3, 4].map(fragment).to_vec()));
    assert_eq!(path(3, 3), Some(vec![fragment(3)]));
    assert_eq!(path(1, 6), None);
}

#[test]
fn the_oldest_fragment_names_a_person_and_each_counts_for_its_kind() {
    let three = component(&[(3, "email"), (1, "email"), (2, "user_id")]);
    assert_eq!((three.profile(), Component::default().profile()), (Some(fragment(1)), None));
    assert_eq!(three.kinds(), [("email", 2), ("user_id", 1)].into());
}

/// Of two ways that are equally long the one over stronger bonds is told, of equals the one over the older fragment.
#[test]
fn a_path_goes_over_strong_bonds_first() {
    let between = |bonds: [Bond; 2]| {
        let ends = [(1, 2, bonds[0]), (2, 4, bonds[0]), (1, 3, bonds[1]), (3, 4, bonds[1])];
        let mut edges: BTreeMap<FragmentId, Vec<Edge>> = (1..=4).map(|number| (fragment(number), Vec::new())).collect();
        for (one, other, bond) in
            ends.into_iter().flat_map(|(one, other, bond)| [(one, other, bond), (other, one, bond)])
        {
            let end = edges.get_mut(&fragment(one)).expect("one of four");
            end.insert(0, Edge::new(fragment(other), bond, 1, Moment(1)));
        }
        Graph::new(edges.iter().map(|(id, edges)| (*id, edges.as_slice()))).path(fragment(1), fragment(4))
    };
    use Bond::{Asserted, Claimed, Verified};
    for (bonds, through) in [([Claimed, Verified], 3), ([Claimed, Asserted], 3), ([Verified, Asserted], 2)] {
        assert_eq!(between(bonds), Some([1, through, 4].map(fragment).to_vec()), "{bonds:?}");
    }
    assert_eq!(between([Verified; 2]), Some([1, 2, 4].map(fragment).to_vec()), "the older one");
}

#[test]
fn who_is_parted_takes_along_what_hangs_on_them_alone() {
    let edges = chain();
    let graph =
        Graph::new(edges.iter().filter(|(id, _)| **id != fragment(6)).map(|(id, edges)| (*id, edges.as_slice())));
    let part =
        |anchor, leaving: &[u128]| graph.part_with(fragment(anchor), &leaving.iter().copied().map(fragment).collect());
    assert_eq!(part(1, &[4]), BTreeSet::from([4, 5].map(fragment)));
    assert_eq!(part(5, &[3]), BTreeSet::from([1, 2, 3].map(fragment)));
    assert_eq!(part(1, &[1]), BTreeSet::new());
}

proptest! {
    #[test]
    fn grouping_parts_a_component_and_only_proof_holds_together(
        ends in prop::collection::vec((0..8_u128, 0..10_u128, any::<bool>(), prop::bool::weighted(0.9), prop::bool::weighted(0.2)), 0..12),
    ) {
        let mut edges: BTreeMap<FragmentId, Vec<Edge>> = (0..8).map(|number| (fragment(number), Vec::new())).collect();
        for (from, to, verified, both, banned) in ends {
            let bond = if verified { Bond::Verified } else { Bond::Claimed };
            let banned = banned.then_some(Moment(5));
            let edge = |to| Edge { banned, ..Edge::new(fragment(to), bond, 1, Moment(1)) };
            edges.get_mut(&fragment(from)).expect("a fragment of the component").push(edge(to));
            if both && let Some(twins) = edges.get_mut(&fragment(to)) {
                twins.push(edge(from));
            }
        }
        let groups = group(edges.iter().map(|(fragment, edges)| (*fragment, edges.as_slice())));
        let all: Vec<_> = groups.concat();
        prop_assert_eq!(all.len(), edges.len());
        prop_assert_eq!(all.iter().copied().collect::<BTreeSet<_>>(), edges.keys().copied().collect());
        prop_assert!(groups.iter().all(|group| group.is_sorted()) && groups.is_sorted_by_key(|group| group[0]));
        let backwards = group(edges.iter().rev().map(|(fragment, edges)| (*fragment, edges.as_slice())));
        prop_assert_eq!(&groups, &backwards);

        let of = |id: &FragmentId| groups.iter().position(|group| group.contains(id));
        let verified = |from: &FragmentId, to: &FragmentId| edges.get(from).is_some_and(|edges| edges.iter().any(|edge| edge.to == *to && edge.holds() && edge.bond == Bond::Verified));
        for one in edges.keys() {
            let linked: Vec<_> = edges.keys().filter(|other| verified(one, other) && verified(other, one)).collect();
            prop_assert!(linked.iter().all(|other| of(other) == of(one)));
            prop_assert!(groups[of(one).expect("it is in a group")].len() == 1 || linked.iter().any(|other| *other != one));
        }
    }
}

proptest! {
    /// A path is one of the shortest, over edges that hold; where there is none, neither is there any way.
    #[test]
    fn a_path_is_as_short_as_any(
        ends in prop::collection::vec((0..8_u128, 0..8_u128, prop::bool::weighted(0.2)), 0..14), from in 0..8_u128, to in 0..8_u128,
    ) {
        let mut edges: BTreeMap<FragmentId, Vec<Edge>> = (0..8).map(|number| (fragment(number), Vec::new())).collect();
        for (one, other, banned) in ends.into_iter().filter(|(one, other, _)| one != other) {
            for (one, other) in [(one, other), (other, one)] {
                let banned = banned.then_some(Moment(5));
                let edge = Edge { banned, ..Edge::new(fragment(other), Bond::Verified, 1, Moment(1)) };
                edges.get_mut(&fragment(one)).expect("one of eight").push(edge);
            }
        }
        // One end is of no concern to whoever asks.
        edges.remove(&fragment(7));
        let holds = |one: &FragmentId, other: &FragmentId| {
            let there = edges.contains_key(other);
            there && edges.get(one).is_some_and(|edges| edges.iter().any(|edge| edge.to == *other && edge.holds()))
        };
        let mut reached = vec![BTreeSet::from([fragment(from)])];
        while !reached.iter().flatten().any(|id| *id == fragment(to)) && reached.len() < 9 {
            let last = reached.last().into_iter().flatten();
            let next = last.flat_map(|one| edges.keys().filter(move |other| holds(one, other))).copied().collect();
            reached.push(next);
        }
        let shortest = reached.iter().position(|ids| ids.contains(&fragment(to)));
        let path = Graph::new(edges.iter().map(|(id, edges)| (*id, edges.as_slice()))).path(fragment(from), fragment(to));
        prop_assert_eq!(path.as_ref().map(|path| path.len() - 1), shortest);
        for path in path.iter().filter(|path| path.len() > 1) {
            prop_assert!(path[0] == fragment(from) && path[path.len() - 1] == fragment(to));
            prop_assert!(path.windows(2).all(|step| holds(&step[0], &step[1])));
        }
    }
}

/// However many claim to be somebody, what is proven of them is all there.
#[test]
fn claims_beyond_the_limit_of_size_take_no_place_of_what_is_proven() {
    let mut fragments = BTreeMap::<FragmentId, Fragment>::new();
    let mut join = |one: u128, other: u128, bond| {
        for (from, to) in [(one, other), (other, one)] {
            let known = fragments.entry(fragment(from)).or_default();
            known.kind = "email".into();
            known.join(Edge::new(fragment(to), bond, 1, Moment(0)));
        }
    };
    // The proven ones hang on each other in a chain, each with a crowd of claims that is met first.
    for proven in 0..12_u128 {
        (0..100).for_each(|claim| join(proven, 1_000 + proven * 100 + claim, Bond::Claimed));
    }
    (1..12_u128).for_each(|proven| join(proven - 1, proven, Bond::Verified));
    for start in [0, 11, 1_000] {
        let one = component_of(fragment(start), |id| fragments.get(&id));
        assert_eq!(one.fragments.len(), COMPONENT_MAX, "from {start}");
        let proven = (0..12_u128).filter(|proven| one.fragments.contains_key(&fragment(*proven))).count();
        assert_eq!(proven, 12, "from {start}");
    }
}
