//! Limits, whatever comes in whatever order: of kinds, of size, of what a claim may join (DESIGN §6; issue 3: component
//! limits hold under any order of events).

use super::world::{Deed, PEOPLE, World, deed, deeds, id};
use amana_core::catalog::Trust;
use amana_core::identity::{Bond, COMPONENT_MAX, FragmentId, Unjoinable, join, lift_ban};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;

/// How many there are of a kind among these.
fn count(world: &World, ids: &BTreeSet<FragmentId>, kind: &str) -> usize {
    ids.iter().filter(|id| world.fragments[id].kind == kind).count()
}

/// What the most of them had before, each with whom they were held together.
fn most(before: &World, now: &BTreeSet<FragmentId>, had: impl Fn(FragmentId) -> usize) -> usize {
    now.iter().filter(|id| before.fragments.contains_key(id)).map(|id| had(*id)).max().unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Limits of kinds do not bind staff: a join, and a ban that they lift, may pass them. What they caused stays as large
    /// as it is: no event adds to it, and nothing else makes anybody larger. What is proven is counted by itself, or
    /// whoever claims enough could keep a customer's own identifiers from them.
    #[test]
    fn limits_hold_under_any_order(deeds in deeds(40)) {
        let mut world = World::new();
        for deed in &deeds {
            let before = world.clone();
            world.happen(deed);
            for one in world.ids() {
                let (proven, whole) = (world.held_with(one, Bond::Verified), world.members(one));
                let scopes: BTreeSet<&str> = whole.iter().map(|id| world.fragments[id].scope.as_str()).collect();
                prop_assert_eq!(scopes.len(), 1, "scopes never meet");
                let decided_by_staff = match deed {
                    Deed::Join(one, other) => whole.contains(&id(*one)) && whole.contains(&id(*other)),
                    Deed::LiftBan(one) => whole.contains(&id(*one)),
                    _ => false,
                };
                for rule in world.kinds.iter().filter(|_| !decided_by_staff) {
                    let limit = rule.limit as usize;
                    let (is, all) = (count(&world, &proven, &rule.code), count(&world, &whole, &rule.code));
                    let had = |id| count(&before, &before.held_with(id, Bond::Verified), &rule.code);
                    let had_of_all = |id| count(&before, &before.members(id), &rule.code);
                    match deed {
                        Deed::Event(trust, _) => {
                            let had = most(&before, &proven, had);
                            prop_assert!(is <= limit.max(had), "{} of {}, and they had {}", is, rule.code, had);
                            // A claim never takes anybody past a limit, whatever hangs on them.
                            let most = most(&before, &whole, had_of_all);
                            prop_assert!(*trust == Trust::Server || all <= limit.max(most), "{} of {}", all, rule.code);
                        }
                        _ => prop_assert!(is <= had(one) && all <= had_of_all(one), "{:?} made somebody larger", deed),
                    }
                }
            }
        }
    }

    /// Whoever knows an address would else be read its owner's record, and whoever is known by an address and names an
    /// account, the account's.
    #[test]
    fn a_claim_makes_nobody_of_two_whom_systems_know(deeds in deeds(40)) {
        let mut world = World::new();
        for deed in &deeds {
            let before = world.clone();
            world.happen(deed);
            for one in world.ids().into_iter().filter(|_| matches!(deed, Deed::Event(Trust::Public, _))) {
                let members = world.members(one);
                let were = || members.iter().filter(|id| before.fragments.contains_key(id));
                let is_known = |was: &BTreeSet<FragmentId>| was.iter().any(|id| before.fragments[id].is_known());
                let known: BTreeSet<_> = were().map(|id| before.members(*id)).filter(is_known).collect();
                prop_assert!(known.len() <= 1, "a claim joined {:?}", known);
                let has_account = |was: &BTreeSet<FragmentId>| was.iter().any(|id| before.fragments[id].kind == "user_id");
                let accounts: BTreeSet<_> = were().map(|id| before.members(*id)).filter(has_account).collect();
                prop_assert!(known.is_empty() || accounts.is_subset(&known), "a claim joined {:?} to {:?}", accounts, known);
            }
        }
    }
}

/// Two whose crowds come to about the limit together.
fn crowds() -> impl Strategy<Value = [usize; 2]> {
    (0..COMPONENT_MAX - 1, 0..6_usize).prop_map(|(one, room)| [one, (COMPONENT_MAX + 1 - room).saturating_sub(one)])
}

/// What happens among few, so that it is often the two.
fn close(deed: Deed) -> Deed {
    let few = |one: usize| one % 4 + PEOPLE * (one / PEOPLE);
    match deed {
        Deed::Event(trust, names) => Deed::Event(trust, names.into_iter().map(|one| one % 4).collect()),
        Deed::Act(one, given) => Deed::Act(few(one), given),
        Deed::Join(one, other) => Deed::Join(few(one), few(other)),
        Deed::Split(one, part) => Deed::Split(few(one), part.into_iter().map(few).collect()),
        Deed::Ban(one) => Deed::Ban(few(one)),
        Deed::LiftBan(one) => Deed::LiftBan(few(one)),
    }
}

proptest! {
    // A person of a thousand fragments takes its time.
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Nobody becomes too large by what anybody says or decides. What systems prove is counted by itself here, too.
    #[test]
    fn the_limit_of_size_holds_under_any_order(
        sizes in crowds(), bond in select(vec![Bond::Verified, Bond::Verified, Bond::Asserted, Bond::Claimed]),
        deeds in prop::collection::vec(deed().prop_map(close), 1..6),
    ) {
        let mut world = World::new();
        world.crowd(0, sizes[0], bond);
        world.crowd(1, sizes[1], bond);
        for deed in &deeds {
            let before = world.clone();
            world.happen(deed);
            for one in (0..4).map(id) {
                let (whole, proven) = (world.members(one), world.held_with(one, Bond::Verified));
                let had = most(&before, &whole, |id| if id.0.as_u128() > 4 { 0 } else { before.members(id).len() });
                let was_proven = most(&before, &proven, |id| {
                    if id.0.as_u128() > 4 { 0 } else { before.held_with(id, Bond::Verified).len() }
                });
                match deed {
                    Deed::Event(Trust::Server, _) => prop_assert!(proven.len() <= COMPONENT_MAX.max(was_proven)),
                    _ => prop_assert!(whole.len() <= COMPONENT_MAX.max(had), "{} by {:?}", whole.len(), deed),
                }
            }
        }
    }
}

/// A ban that held several together gives back as many of them as fit.
#[test]
fn what_a_ban_parted_comes_back_as_far_as_it_fits() {
    for (crowds, given_back) in [([500, 496], 2), ([500, 498], 1)] {
        let mut world = World::new();
        world.happen(&Deed::Event(Trust::Server, vec![0, 1, 2]));
        world.happen(&Deed::Ban(0));
        world.crowd(1, crowds[0], Bond::Verified);
        world.crowd(2, crowds[1], Bond::Verified);
        let lifted = lift_ban(&mut world.each(), id(0)).expect("it is banned");
        assert_eq!((lifted.edges.len(), lifted.stay.len()), (given_back, 2 - given_back), "{crowds:?}");
    }
    // Who came together meanwhile is counted once, and whoever is not there any more stays away.
    let mut world = World::new();
    world.happen(&Deed::Event(Trust::Server, vec![0, 1, 2]));
    world.happen(&Deed::Ban(0));
    world.happen(&Deed::Join(1, 2));
    world.crowd(1, 600, Bond::Verified);
    let lifted = lift_ban(&mut world.each(), id(0)).expect("it is banned");
    assert_eq!((lifted.edges.len(), world.members(id(0)).len()), (2, 603));
    world.happen(&Deed::Ban(0));
    world.fragments.remove(&id(2));
    let lifted = lift_ban(&mut world.each(), id(0)).expect("it is banned");
    assert_eq!((lifted.edges, lifted.stay), (vec![id(1)], vec![id(2)]));
}

/// Each way in which two become one, with one fragment less than too many and with one too many.
#[test]
fn a_person_may_be_as_large_as_the_limit_says_and_no_larger() {
    for (crowd, fits) in [(COMPONENT_MAX - 2, true), (COMPONENT_MAX - 1, false)] {
        for bond in [Bond::Verified, Bond::Asserted] {
            let mut world = World::new();
            world.crowd(0, crowd, bond);
            let act = world.staff();
            let joined = join(&mut world.each(), act, id(0), id(1));
            assert_eq!(joined.err(), (!fits).then_some(Unjoinable::Size), "staff join");
            assert_eq!(join(&mut world.each(), act, id(2), id(0)).err(), Some(Unjoinable::Size), "in either order");

            let mut world = World::new();
            world.happen(&Deed::Event(Trust::Server, vec![0, 1]));
            world.happen(&Deed::Ban(1));
            world.crowd(0, crowd, bond);
            let lifted = lift_ban(&mut world.each(), id(1)).expect("it is banned");
            assert_eq!((lifted.edges.len(), lifted.stay.len()), if fits { (1, 0) } else { (0, 1) }, "a ban is lifted");

            let mut world = World::new();
            world.crowd(0, crowd, bond);
            let trust = if bond == Bond::Verified { Trust::Server } else { Trust::Public };
            world.happen(&Deed::Event(trust, vec![0, 2]));
            assert_eq!(world.members(id(2)).len() == COMPONENT_MAX, fits, "an event of {trust:?}");
            assert_eq!(world.members(id(2)).contains(&id(0)), fits, "an event of {trust:?}");
        }
    }
}
