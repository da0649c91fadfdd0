//! Decisions of staff by example: what goes along, what a ban gives back, what stands in the way.

use super::world::{Deed, NOW, World, id, kinds};
use amana_core::Moment;
use amana_core::catalog::Trust;
use amana_core::identity::{
    Bond, COMPONENT_MAX, Candidate, Dropped, Edge, FragmentId, Unjoinable, ban, join, lift_ban, resolve, sides, split,
};
use amana_core::profile::Fragment;
use std::collections::{BTreeMap, BTreeSet};

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
    let candidate =
        |place: usize, component| Candidate { rule: &kinds[place], fragment: None, component, shared: false };
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

/// Who is banned stands alone, whatever an edge still says; who is banned as a shared device is told as that.
#[test]
fn what_is_banned_is_reached_by_nobody_and_reaches_nobody() {
    let mut world = World::new();
    world.happen(&Deed::Event(Trust::Server, vec![2, 1]));
    let mut tablet = world.fragments[&id(2)].clone();
    world.happen(&Deed::Ban(2));
    tablet.ban.clone_from(&world.fragments[&id(2)].ban);
    // As a store could have it that was written by another program: the ban without its edges.
    world.fragments.insert(id(2), tablet);
    world.fragments.get_mut(&id(1)).expect("there").edges[0].banned = None;
    assert_eq!((world.members(id(1)), world.members(id(2))), (BTreeSet::from([id(1)]), BTreeSet::from([id(2)])));
    let alone = world.component(id(2));
    assert!(alone.banned && !alone.shared);
    world.fragments.get_mut(&id(2)).expect("there").belonged = Some(id(20));
    assert!(world.component(id(2)).shared && !world.component(id(1)).shared);
    lift_ban(&mut world.each(), id(2)).expect("it is banned");
    assert_eq!(world.fragments[&id(2)].belonged, None, "what was done on it before is its own again");
}

/// Who goes may be several who hung together through the person alone. Each is joined again by itself.
#[test]
fn who_went_in_parts_comes_back_part_by_part() {
    let mut world = World::new();
    world.happen(&Deed::Event(Trust::Server, vec![0, 1, 2]));
    world.happen(&Deed::Event(Trust::Server, vec![1, 5]));
    let act = world.staff();
    let parted = split(&mut world.each(), act, id(0), &BTreeSet::from([id(1), id(2)])).expect("they are theirs");
    assert_eq!(parted.goes, BTreeSet::from([1, 2, 5].map(id)));
    assert_eq!(parted.edges, [(id(0), id(1)), (id(0), id(2))]);
    assert!([1, 2, 5].iter().all(|gone| world.fragments[&id(*gone)].cuts[0].parts == 2), "two parts went");
    // Whichever of the two is named first.
    for (one, other) in [(0, 5), (5, 0)] {
        let mut world = world.clone();
        world.happen(&Deed::Join(one, other));
        assert_eq!(world.members(id(0)), BTreeSet::from([0, 1, 5].map(id)));
        // The other stays parted from both, whoever names them together.
        for together in [vec![0, 2], vec![1, 2], vec![5, 2]] {
            world.happen(&Deed::Event(Trust::Server, together));
            assert_eq!(world.members(id(2)), BTreeSet::from([id(2)]));
        }
        world.happen(&Deed::Join(2, 1));
        assert_eq!(world.members(id(0)), BTreeSet::from([0, 1, 2, 5].map(id)));
    }
}

/// What was parted before and came together by another way is not parted a second time.
#[test]
fn a_split_tells_of_edges_that_held_until_then() {
    let mut world = World::new();
    world.happen(&Deed::Event(Trust::Server, vec![0, 1]));
    world.happen(&Deed::Split(0, vec![1]));
    world.happen(&Deed::Join(0, 2));
    world.happen(&Deed::Join(2, 1));
    assert_eq!(world.members(id(0)), BTreeSet::from([0, 1, 2].map(id)));
    world.now = NOW.plus_millis(1);
    let act = world.staff();
    let parted = split(&mut world.each(), act, id(0), &BTreeSet::from([id(1)])).expect("it is theirs");
    assert_eq!(parted.edges, [(id(2), id(1))]);
    assert_eq!(world.fragments[&id(0)].edges[0].banned, Some(NOW), "it keeps its time");
}

/// What claims lead to comes with all that holds together with it, or not at all.
#[test]
fn a_claim_to_more_than_fits_is_left_out_whole() {
    let mut world = World::new();
    world.happen(&Deed::Event(Trust::Public, vec![0, 2]));
    world.crowd(0, COMPONENT_MAX - 4, Bond::Verified);
    world.happen(&Deed::Event(Trust::Server, vec![2, 1]));
    assert_eq!(world.members(id(0)).len(), COMPONENT_MAX - 1, "two of them, and the crowd");
    world.happen(&Deed::Event(Trust::Server, vec![4, 1]));
    assert_eq!(world.members(id(0)).len(), COMPONENT_MAX);
    world.happen(&Deed::Event(Trust::Server, vec![5, 1]));
    assert_eq!(world.members(id(0)).len(), COMPONENT_MAX - 3, "without whom it only claims");
    assert_eq!(world.members(id(5)).len(), 4, "and they without them");
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

/// One and another whom staff joined, each with a device that claims them; and a third device that claims both, before or
/// after staff did.
#[test]
fn who_claims_both_of_what_staff_joined_makes_one_side_of_them_only_beforehand() {
    let sides_of = |claimed_at: i64| {
        let mut fragments = BTreeMap::<FragmentId, Vec<Edge>>::new();
        let mut join = |one: usize, other: usize, bond, at: i64| {
            for (from, to) in [(one, other), (other, one)] {
                fragments.entry(id(from)).or_default().push(Edge::new(id(to), bond, 1, Moment(at)));
            }
        };
        for (device, account) in [(2, 0), (3, 1)] {
            join(device, account, Bond::Claimed, 10);
        }
        join(0, 1, Bond::Asserted, 50);
        for account in [0, 1] {
            join(4, account, Bond::Claimed, claimed_at);
        }
        let all = sides(fragments.iter().map(|(id, edges)| (*id, edges.as_slice())));
        all.into_iter().map(|side| (side.fragments.len(), side.joined)).collect::<Vec<_>>()
    };
    assert_eq!(sides_of(20), [(5, Some(Moment(50)))], "staff joined one person to themselves");
    assert_eq!(sides_of(60), [(3, Some(Moment(50))), (2, Some(Moment(50)))]);
    assert_eq!(sides_of(50), sides_of(60), "of the same instant what staff said came first");
}
