//! Which identifiers belong together, within limits; and what is one person by proof.

use crate::support::kind;
use amana_core::Moment;
use amana_core::catalog::{IdentifierRule, Normalise, Trust};
use amana_core::identity::{
    Bond, COMPONENT_MAX, Candidate, Component, Cut, Dropped, Edge, FragmentId, Graph, Resolution, group, resolve,
};
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
        known.cuts.insert(Cut { act, parted });
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

/// A kind, and a component when the identifier is known.
type Named = (usize, Option<usize>);

/// Disjoint components of random kinds, and an event that names some of their fragments and some unknown values.
fn event() -> impl Strategy<Value = (Vec<Component>, Vec<Named>, bool)> {
    let components = prop::collection::vec(prop::collection::vec(0..4_usize, 1..4), 0..4);
    let named = prop::collection::vec((0..4_usize, prop::option::of(0..4_usize)), 0..7);
    (components, named, any::<bool>()).prop_map(|(components, named, public)| {
        let mut next = 0;
        let components = components.into_iter().map(|of| {
            let fragments = of.into_iter().map(|kind| {
                next += 1;
                (fragment(next), kinds()[kind].code.clone())
            });
            Component { fragments: fragments.collect(), ..Component::default() }
        });
        (components.collect(), named, public)
    })
}

proptest! {
    #[test]
    fn resolution_keeps_within_limits_whatever_the_graph((components, named, public) in event()) {
        let kinds = kinds();
        // A known identifier is of its fragment's own kind.
        let candidates: Vec<_> = named.iter().map(|(unknown, known)| {
            let component = known.and_then(|place| components.get(place));
            let own = component.and_then(|component| component.fragments.first_key_value());
            let code = own.map_or(&kinds[*unknown].code, |(_, kind)| kind);
            let rule = kinds.iter().find(|rule| rule.code == *code).expect("a declared kind");
            Candidate { rule, fragment: own.map(|(fragment, _)| *fragment), component }
        }).collect();
        let trust = if public { Trust::Public } else { Trust::Server };
        let resolution = resolve(&candidates, &kinds, trust);
        prop_assert_eq!(&resolution, &resolve(&candidates, &kinds, trust));

        let places: BTreeSet<_> = resolution.kept.iter().copied().chain(resolution.dropped.iter().map(|(place, _)| *place)).collect();
        prop_assert_eq!(places.len(), resolution.kept.len() + resolution.dropped.len());
        prop_assert_eq!(places, (0..candidates.len()).collect::<BTreeSet<_>>());
        prop_assert_eq!(resolution.owner.is_some(), !candidates.is_empty());
        prop_assert!(resolution.owner.is_none_or(|owner| resolution.kept.contains(&owner)));

        let priority = |place: &usize| candidates[*place].rule.priority;
        prop_assert!(resolution.kept.is_sorted_by(|one, other| priority(one) >= priority(other)));
        let highest = (0..candidates.len()).max_by_key(|place| (priority(place), std::cmp::Reverse(*place)));
        prop_assert_eq!(resolution.kept.first().copied(), highest);

        let mut together = BTreeMap::new();
        let mut unknown = Vec::new();
        for candidate in resolution.kept.iter().map(|place| &candidates[*place]) {
            match candidate.component {
                Some(component) => together.extend(component.fragments.clone()),
                None => unknown.push(candidate.rule.code.clone()),
            }
        }
        if resolution.kept.len() > 1 {
            for rule in &kinds {
                let count = together.values().chain(&unknown).filter(|kind| **kind == rule.code).count();
                let before = components.iter().map(|known| known.kinds().get(rule.code.as_str()).copied().unwrap_or(0)).max();
                prop_assert!(count <= (rule.limit as usize).max(before.unwrap_or(0)));
            }
        }
    }

    #[test]
    fn grouping_parts_a_component_and_only_proof_holds_together(
        ends in prop::collection::vec((0..8_u128, 0..10_u128, any::<bool>(), prop::bool::weighted(0.9)), 0..12),
    ) {
        let mut edges: BTreeMap<FragmentId, Vec<Edge>> = (0..8).map(|number| (fragment(number), Vec::new())).collect();
        for (from, to, verified, both) in ends {
            let bond = if verified { Bond::Verified } else { Bond::Claimed };
            let edge = |to| Edge::new(fragment(to), bond, 1, Moment(1));
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
        let verified = |from: &FragmentId, to: &FragmentId| edges.get(from).is_some_and(|edges| edges.iter().any(|edge| edge.to == *to && edge.bond == Bond::Verified));
        for one in edges.keys() {
            let linked: Vec<_> = edges.keys().filter(|other| verified(one, other) && verified(other, one)).collect();
            prop_assert!(linked.iter().all(|other| of(other) == of(one)));
            prop_assert!(groups[of(one).expect("it is in a group")].len() == 1 || linked.iter().any(|other| *other != one));
        }
    }
}
