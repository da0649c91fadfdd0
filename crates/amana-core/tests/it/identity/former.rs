//! Whatever is decided, proven or taken back later, what held at an instant is told as it was (DESIGN §5: history is never
//! edited).

use super::world::{Deed, World, deed, id};
use amana_core::Moment;
use amana_core::catalog::Trust;
use amana_core::identity::{Bond, Edge, FORMER_MAX, FragmentId};
use amana_core::profile::Fragment;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Whom each is held together with, and how strongly.
type Held = BTreeMap<FragmentId, BTreeSet<(FragmentId, Bond)>>;

fn told(edges: &[Edge]) -> BTreeSet<(FragmentId, Bond)> {
    edges.iter().map(|edge| (edge.to, edge.bond)).collect()
}

fn held(world: &World) -> Held {
    let holding = |fragment: &Fragment| fragment.edges.iter().filter(|edge| edge.holds()).cloned().collect::<Vec<_>>();
    world.fragments.iter().map(|(id, fragment)| (*id, told(&holding(fragment)))).collect()
}

fn banned(world: &World) -> BTreeSet<FragmentId> {
    world.fragments.iter().filter(|(_, fragment)| fragment.ban.is_some()).map(|(id, _)| *id).collect()
}

fn edge(to: usize, bond: Bond, since: i64) -> Edge {
    Edge::new(id(to), bond, 1, Moment(since))
}

/// The one edge of a fragment at an instant.
fn at(fragment: &Fragment, instant: i64) -> Option<Bond> {
    let edges = fragment.edges_at(Moment(instant));
    assert!(edges.len() < 2, "{edges:?}");
    edges.first().map(|edge| edge.bond)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Bans that were lifted are told by their acts, here by what was noted at each instant.
    #[test]
    fn what_held_at_an_instant_is_told_whatever_comes_later(deeds in prop::collection::vec(deed(), 0..40)) {
        let mut world = World::new();
        let mut noted: Vec<(Moment, Held, BTreeSet<FragmentId>)> = Vec::new();
        for deed in &deeds {
            world.now = world.now.plus_millis(10);
            world.happen(deed);
            noted.push((world.now, held(&world), banned(&world)));
        }
        for (now, then, banned) in &noted {
            // What holds from an instant on holds until just before the next one.
            for instant in [*now, now.plus_millis(9)] {
                for (id, fragment) in &world.fragments {
                    let mut edges = fragment.edges_at(instant);
                    edges.retain(|edge| !banned.contains(id) && !banned.contains(&edge.to));
                    let ends: BTreeSet<FragmentId> = edges.iter().map(|edge| edge.to).collect();
                    prop_assert_eq!(ends.len(), edges.len(), "two are held together once");
                    prop_assert_eq!(Some(told(&edges)), then.get(id).cloned().or(Some(BTreeSet::new())));
                }
            }
        }
    }

    /// Both ends remember the same.
    #[test]
    fn both_ends_remember_the_same(deeds in prop::collection::vec(deed(), 0..40)) {
        let mut world = World::new();
        for deed in &deeds {
            world.now = world.now.plus_millis(10);
            world.happen(deed);
        }
        for (id, fragment) in &world.fragments {
            for former in &fragment.former {
                let other = &world.fragments[&former.to].former;
                prop_assert!(other.iter().any(|twin| twin.to == *id && twin.edge().bond == former.bond
                    && (twin.from, twin.until) == (former.from, former.until)), "{:?}", former);
                prop_assert!(former.from < former.until);
            }
        }
    }
}

#[test]
fn what_staff_join_again_was_one_before_and_apart_between() {
    let mut world = World::new();
    let mut happen = |at: i64, deed: Deed| {
        world.now = Moment(at);
        world.happen(&deed);
        world.fragments[&id(0)].clone()
    };
    happen(100, Deed::Event(Trust::Server, vec![0, 1]));
    happen(200, Deed::Split(0, vec![1]));
    let fragment = happen(300, Deed::Join(0, 1));
    for (instant, bond) in [(99, None), (100, Some(Bond::Verified)), (199, Some(Bond::Verified)), (200, None)] {
        assert_eq!(at(&fragment, instant), bond, "{instant}");
    }
    assert_eq!((at(&fragment, 299), at(&fragment, 300)), (None, Some(Bond::Verified)));
    let former = &fragment.former[0];
    assert_eq!((former.source, former.act), (1, None), "the system said so, not staff");
}

#[test]
fn a_claim_that_is_proven_later_was_a_claim_before() {
    let mut fragment = Fragment::default();
    assert!(fragment.join(edge(1, Bond::Claimed, 100)));
    assert!(fragment.assert_joined(id(1), Uuid::from_u128(7), Moment(200)));
    assert!(fragment.join(edge(1, Bond::Verified, 300)));
    for (instant, bond) in [
        (99, None),
        (100, Some(Bond::Claimed)),
        (199, Some(Bond::Claimed)),
        (200, Some(Bond::Asserted)),
        (300, Some(Bond::Verified)),
    ] {
        assert_eq!(at(&fragment, instant), bond, "{instant}");
    }
    assert_eq!(fragment.former[1].act, Some(Uuid::from_u128(7)), "and whose word it was");
}

#[test]
fn a_claim_that_is_taken_away_was_there_until_then() {
    let mut fragment = Fragment::default();
    assert!(fragment.join(edge(1, Bond::Claimed, 100)) && fragment.join(edge(2, Bond::Verified, 100)));
    assert!(!fragment.forget_claim(id(2), Moment(200)), "a proof is no claim");
    assert!(fragment.forget_claim(id(1), Moment(200)) && !fragment.forget_claim(id(1), Moment(210)));
    assert_eq!((fragment.edges.len(), fragment.former.len()), (1, 1));
    assert_eq!(told(&fragment.edges_at(Moment(199))), [(id(1), Bond::Claimed), (id(2), Bond::Verified)].into());
    assert_eq!(told(&fragment.edges_at(Moment(200))), [(id(2), Bond::Verified)].into());
    // What came and went within an instant never held.
    assert!(fragment.join(edge(3, Bond::Claimed, 300)) && fragment.forget_claim(id(3), Moment(300)));
    assert_eq!(fragment.former.len(), 1);
}

#[test]
fn of_very_many_former_edges_the_oldest_are_forgotten() {
    let (mut fragment, more) = (Fragment::default(), 3);
    let count = i64::try_from(FORMER_MAX).expect("a small number") + more;
    for round in 0..count {
        fragment.join(edge(1, Bond::Claimed, round * 10));
        fragment.forget_claim(id(1), Moment(round * 10 + 5));
    }
    assert_eq!(fragment.former.len(), FORMER_MAX);
    assert_eq!((at(&fragment, (more - 1) * 10), at(&fragment, more * 10)), (None, Some(Bond::Claimed)));
    assert_eq!(at(&fragment, (count - 1) * 10), Some(Bond::Claimed));
}
