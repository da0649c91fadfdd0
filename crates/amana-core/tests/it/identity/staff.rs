//! Decisions of staff by example: what goes along, what a ban gives back, what stands in the way.

use super::world::{Deed, NOW, World, id, kinds};
use amana_core::catalog::Trust;
use amana_core::identity::{
    Bond, COMPONENT_MAX, Candidate, Dropped, Edge, FragmentId, Unjoinable, ban, join, lift_ban, resolve, split,
};
use amana_core::profile::Fragment;
use std::collections::BTreeSet;

#[test]
fn a_split_takes_along_what_hangs_on_who_goes_and_a_join_lifts_it() {
    let mut world = World::new();
    world.happen(&Deed::Event(Trust::Server, vec![0, 1]));
    world.happen(&Deed::Event(Trust::Server, vec![1, 2]));
    let members = |world: &World, one| world.component(id(one)).fragments.into_keys().collect::<Vec<_>>();
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
    assert!(world.component(id(0)).cuts.is_empty() && members(&world, 0).len() == 3);
    let act = world.staff();
    assert_eq!(join(&mut world.each(), act, id(0), id(2)), Err(Unjoinable::Already));
    assert_eq!(join(&mut world.each(), act, id(0), id(99)), Err(Unjoinable::Gone));
    world.fragments.get_mut(&id(7)).expect("there").scope = "elsewhere".into();
    assert_eq!(join(&mut world.each(), act, id(0), id(7)), Err(Unjoinable::Scopes));
}

#[test]
fn a_ban_takes_what_is_many_peoples_from_all_of_them_and_lifting_it_gives_it_back() {
    let mut world = World::new();
    world.happen(&Deed::Event(Trust::Server, vec![0, 1]));
    world.happen(&Deed::Event(Trust::Server, vec![1, 2]));
    let before = world.fragments.clone();
    let act = world.staff();
    let banned = ban(&mut world.each(), act, id(1)).expect("it is not banned");
    assert_eq!((banned.rest, banned.edges), (BTreeSet::from([0, 2].map(id)), vec![id(0), id(2)]));
    let again = world.staff();
    assert_eq!(ban(&mut world.each(), again, id(1)), None, "once is enough");
    assert_eq!(join(&mut world.each(), again, id(0), id(1)), Err(Unjoinable::Banned));
    assert_eq!(join(&mut world.each(), again, id(1), id(0)), Err(Unjoinable::Banned));
    let banned = world.component(id(1));
    let kinds = kinds();
    let candidate = |place: usize, component| Candidate { rule: &kinds[place], fragment: None, component };
    let others = [candidate(1, Some(&banned)), candidate(2, None)];
    let resolution = resolve(&others, &kinds, Trust::Server);
    assert_eq!((resolution.kept, resolution.dropped), (vec![1], vec![(0, Dropped::Banned)]));
    let alone = resolve(&others[..1], &kinds, Trust::Server);
    assert_eq!((alone.kept, alone.owner), (vec![0], Some(0)));
    world.happen(&Deed::Event(Trust::Server, vec![0, 1, 2]));
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
        world.happen(&Deed::Event(Trust::Server, vec![other, 4]));
    }
    world.happen(&Deed::Ban(4));
    world.happen(&Deed::Join(1, 2));
    world.happen(&Deed::Split(1, vec![2]));
    let lifted = lift_ban(&mut world.each(), id(4)).expect("it is banned");
    assert_eq!((lifted.edges.len(), lifted.stay.len()), (1, 1), "one of both sides");
    assert!(!world.component(id(1)).fragments.contains_key(&id(2)));

    let mut world = World::new();
    world.happen(&Deed::Event(Trust::Server, vec![0, 1]));
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
    assert_eq!(world.component(id(0)).fragments.len(), COMPONENT_MAX);
}
