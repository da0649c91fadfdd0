//! Whatever comes in whatever order, claims among it: what was split stays apart, each decision changes what it is about
//! and nothing else, and nothing makes a consent that no act gave (DESIGN §5 *Merge algebra*, §6; issue 3).

use super::world::{Deed, NOW, PEOPLE, World, anyone, deed, deeds, id};
use crate::support::rule;
use amana_core::Slot;
use amana_core::catalog::{Basis, Trust};
use amana_core::identity::{Bond, Cut, Edge, FragmentId, Joined, Parted, Unjoinable, group, join, lift_ban, split};
use amana_core::permission::{ActKind, Marks, Standing, State, Target, combine, standing};
use amana_core::profile::Fragment;
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::{BTreeMap, BTreeSet};

/// The edges of somebody that hold, to these.
fn holding(world: &World, one: FragmentId, to: &BTreeSet<FragmentId>) -> Vec<Edge> {
    world.fragments[&one].edges.iter().filter(|edge| edge.holds() && to.contains(&edge.to)).cloned().collect()
}

/// Two whom something has parted, where there are any.
fn parted(world: &World, place: Index) -> Option<[FragmentId; 2]> {
    let gone = |(id, fragment): (&FragmentId, &Fragment)| {
        fragment.edges.iter().filter(|edge| !edge.holds()).map(|edge| [*id, edge.to]).collect::<Vec<_>>()
    };
    let pairs: Vec<[FragmentId; 2]> = world.fragments.iter().flat_map(gone).collect();
    (!pairs.is_empty()).then(|| *place.get(&pairs))
}

/// The state of each group of a person, and of the person over them.
fn state(world: &World, one: FragmentId) -> State {
    let rule = rule(0, Basis::Consent);
    let members = world.members(one);
    let edges = members.iter().map(|id| (*id, world.fragments[id].edges.as_slice()));
    let of_group = |ids: Vec<FragmentId>| -> Standing {
        let mut marks = Marks::default();
        ids.iter().for_each(|id| marks.join(&world.fragments[id].marks));
        standing(&rule, &marks, NOW)
    };
    combine(group(edges).into_iter().map(of_group)).map_or(State::None, |standing| standing.state)
}

/// The same, told from the acts themselves and from who proved whom to be whom.
fn state_by_the_acts(world: &World, one: FragmentId) -> State {
    let mut left = world.members(one);
    let mut words = Vec::new();
    while let Some(start) = left.pop_first() {
        let mut proven = BTreeSet::from([start]);
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            let edges = world.fragments[&at].edges.iter().filter(|edge| edge.holds() && edge.bond == Bond::Verified);
            open.extend(edges.map(|edge| edge.to).filter(|to| proven.insert(*to)));
        }
        left.retain(|id| !proven.contains(id));
        words.extend(world.said.iter().rfind(|(who, _)| proven.contains(who)).map(|(_, given)| *given));
    }
    match words.iter().copied().reduce(|one, other| one && other) {
        None => State::Unknown,
        Some(true) => State::Given,
        Some(false) => State::Withdrawn,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_stands_on_two_sides_of_a_split_no_event_joins(deeds in deeds(40)) {
        let mut world = World::new();
        for deed in &deeds {
            let before = world.clone();
            world.happen(deed);
            for one in world.ids() {
                let (was, is) = (before.component(one), world.component(one));
                prop_assert!(!is.is_cut_from(&is), "nobody stands on both sides of a split");
                if let Deed::Event(..) = deed {
                    let apart = before.ids().into_iter().filter(|other| was.is_cut_from(&before.component(*other)));
                    for other in apart {
                        prop_assert!(!is.fragments.contains_key(&other), "an event joined what was split");
                        prop_assert!(is.is_cut_from(&world.component(other)), "and what was split stays apart");
                    }
                }
            }
        }
    }

    /// An edge holds at both ends alike; what is banned has none that does.
    #[test]
    fn both_ends_say_the_same_and_what_is_banned_is_alone(deeds in deeds(40)) {
        let world = World::after(&deeds);
        for (id, fragment) in &world.fragments {
            for edge in &fragment.edges {
                let twin = Edge { to: *id, ..edge.clone() };
                prop_assert!(edge.to != *id && world.fragments[&edge.to].edges.contains(&twin), "{:?}", edge);
                prop_assert_eq!(fragment.edges.iter().filter(|other| other.to == edge.to).count(), 1);
                prop_assert_eq!(edge.holds(), edge.banned.is_none() && fragment.ban.is_none());
            }
            let members = world.members(*id);
            prop_assert!(members.contains(id) && (fragment.ban.is_none() || members.len() == 1));
        }
    }

    /// Public keys are known to everybody: what they say proves nothing, unproves nothing and joins nobody whom staff
    /// has parted.
    #[test]
    fn a_claim_changes_nothing_that_is_proven_or_asserted(deeds in deeds(30), names in prop::collection::vec(0..PEOPLE, 1..4)) {
        let mut world = World::after(&deeds);
        let before = world.clone();
        world.happen(&Deed::Event(Trust::Public, names));
        for weakest in [Bond::Verified, Bond::Asserted] {
            let (was, mut is) = (before.partition(weakest), world.partition(weakest));
            is.retain(|id, _| before.fragments.contains_key(id));
            prop_assert_eq!(was, is);
        }
        for (id, was) in &before.fragments {
            let is = &world.fragments[id];
            prop_assert_eq!((&was.marks, &was.cuts, &was.ban, &was.preferences), (&is.marks, &is.cuts, &is.ban, &is.preferences));
            prop_assert_eq!(&is.edges[..was.edges.len()], &was.edges[..], "what held and what is banned stays as it is");
            prop_assert!(is.edges[was.edges.len()..].iter().all(|edge| edge.bond == Bond::Claimed));
        }
    }

    /// Whatever is named goes, and what hangs on the person through it alone; everybody else stays, as they were.
    #[test]
    fn a_split_parts_two_sides_and_changes_nothing_else(deeds in deeds(30), one in anyone(), part in prop::collection::vec(anyone(), 1..4)) {
        let mut world = World::after(&deeds);
        let before = world.clone();
        let (anchor, named) = (id(one), part.iter().map(|one| id(*one)).collect::<BTreeSet<_>>());
        let members = before.members(anchor);
        world.now = NOW.plus_millis(1);
        let act = world.staff();
        let parted = split(&mut world.each(), act, anchor, &named);
        let stays = world.members(anchor);
        let goes: BTreeSet<FragmentId> = members.difference(&stays).copied().collect();
        if named.contains(&anchor) || named.is_disjoint(&members) {
            prop_assert_eq!(parted, None);
            prop_assert_eq!(&before.fragments, &world.fragments);
            return Ok(());
        }
        prop_assert!(stays.is_subset(&members) && stays.is_disjoint(&named));
        prop_assert!(goes.iter().all(|gone| named.contains(gone) || holding(&before, *gone, &stays).is_empty()));
        // It tells what it did: the edges that held across, from who stays to who goes.
        let mut told = parted.expect("who was named is theirs");
        told.edges.sort_unstable();
        let across = |one: &FragmentId| holding(&before, *one, &goes).into_iter().map(|edge| (*one, edge.to)).collect::<BTreeSet<_>>();
        let across: Vec<_> = stays.iter().flat_map(across).collect();
        prop_assert_eq!(told, Parted { stays: stays.clone(), goes: goes.clone(), edges: across });
        let parts: BTreeSet<BTreeSet<FragmentId>> = goes.iter().map(|gone| world.members(*gone)).collect();
        for (id, was) in &before.fragments {
            let mut is = world.fragments[id].clone();
            if !members.contains(id) {
                prop_assert_eq!(was, &is, "who is not theirs is not concerned");
                continue;
            }
            let own = if goes.contains(id) { &goes } else { &stays };
            for (was, is) in was.edges.iter().zip(&mut is.edges) {
                if was.holds() && !own.contains(&was.to) {
                    prop_assert_eq!(is.banned.take(), Some(act.at));
                }
            }
            let place = is.cuts.iter().position(|cut| cut.act == act.id).expect("each knows its side");
            let parts = u32::try_from(parts.len()).expect("few parts");
            prop_assert_eq!(is.cuts.remove(place), Cut { act: act.id, parted: goes.contains(id), parts });
            prop_assert_eq!(was, &is);
        }
    }

    /// What kept the two apart goes; every other split stays, and so does everything else. Where a split parted several at
    /// once the two come to stand together on the side of whom they left: the others stay parted from both.
    #[test]
    fn a_join_adds_an_edge_and_changes_nothing_else(
        deeds in deeds(30), one in anyone(), other in anyone(), again in prop::option::of(any::<Index>()),
    ) {
        let mut world = World::after(&deeds);
        let before = world.clone();
        world.now = NOW.plus_millis(1);
        let (act, ends) = (world.staff(), again.and_then(|place| parted(&before, place)).unwrap_or([id(one), id(other)]));
        let joined = join(&mut world.each(), act, ends[0], ends[1]);
        let there = ends.map(|end| before.fragments.get(&end));
        let [Some(first), Some(second)] = there else {
            prop_assert_eq!(joined, Err(Unjoinable::Gone));
            return Ok(());
        };
        let reason = match () {
            () if first.scope != second.scope => Some(Unjoinable::Scopes),
            () if first.ban.is_some() || second.ban.is_some() => Some(Unjoinable::Banned),
            // Who is only claimed to be one can be joined.
            () if before.held_with(ends[0], Bond::Asserted).contains(&ends[1]) => Some(Unjoinable::Already),
            () => None,
        };
        if reason.is_some() {
            prop_assert_eq!(joined.err(), reason);
            prop_assert_eq!(&before.fragments, &world.fragments, "nothing half done");
            return Ok(());
        }
        let (first, second) = (before.component(ends[0]), before.component(ends[1]));
        let against = |cut: &Cut| Cut { parted: !cut.parted, ..*cut };
        let between: Vec<Cut> = first.cuts.iter().filter(|cut| second.cuts.contains(&against(cut))).copied().collect();
        let lifted = between.iter().map(|cut| cut.act).collect();
        prop_assert_eq!(joined, Ok(Joined { edge: (ends[0], ends[1]), lifted }));
        for (id, was) in &before.fragments {
            let is = &world.fragments[id];
            let concerned = first.fragments.contains_key(id) || second.fragments.contains_key(id);
            let mut cuts = was.cuts.clone();
            for cut in between.iter().filter(|_| concerned) {
                cuts.retain(|known| known.act != cut.act);
                cuts.extend((cut.parts > 1).then_some(Cut { parted: false, ..*cut }));
            }
            cuts.sort_unstable();
            prop_assert_eq!(&cuts, &is.cuts);
            let across = |edge: &Edge| ends.contains(id) && ends.contains(&edge.to);
            let known = |edge: &Edge| was.edges.iter().find(|known| known.to == edge.to);
            for edge in &is.edges {
                let expected = match known(edge) {
                    Some(known) if !across(edge) => known.clone(),
                    // Whatever was proven between them before a split is proven again.
                    Some(known) => Edge { bond: known.bond.max(Bond::Asserted), act: Some(act.id), since: act.at, banned: None, ..known.clone() },
                    None => Edge { act: Some(act.id), ..Edge::new(edge.to, Bond::Asserted, 0, act.at) },
                };
                prop_assert!(across(edge) || known(edge).is_some(), "no other edge");
                prop_assert_eq!(edge, &expected);
            }
            prop_assert!(!ends.contains(id) || is.edges.iter().filter(|edge| across(edge)).count() == 1);
            // That they were held together otherwise is remembered.
            let rest = |fragment: &Fragment| Fragment { edges: Vec::new(), cuts: Vec::new(), former: Vec::new(), ..fragment.clone() };
            prop_assert_eq!(rest(was), rest(is));
            prop_assert!(ends.contains(id) || was.former == is.former);
        }
    }

    /// To the byte, but for the banned edge and the cut, which say that it was so. Between whom no claim stood before,
    /// everything is as if they had never been joined; else as if they had been split without it.
    #[test]
    fn a_split_undoes_a_join_byte_for_byte(deeds in deeds(30), one in anyone(), other in anyone()) {
        let mut joined = World::after(&deeds);
        let before = joined.clone();
        let is_there = before.fragments.contains_key(&id(other));
        let parted: BTreeSet<FragmentId> =
            if is_there { before.held_with(id(other), Bond::Asserted) } else { BTreeSet::new() };
        let is_one = before.fragments.contains_key(&id(one)) && before.members(id(one)).contains(&id(other));
        joined.joined_by_staff = false;
        joined.happen(&Deed::Join(one, other));
        if !joined.joined_by_staff {
            prop_assert_eq!(&before.fragments, &joined.fragments, "nothing half done");
            return Ok(());
        }
        prop_assert!(joined.held_with(id(one), Bond::Asserted).contains(&id(other)));
        prop_assert!(!joined.component(id(one)).is_cut_from(&joined.component(id(other))));
        let mut never = before.clone();
        let act = never.staff();
        let all = before.members(id(other));
        let leaving = if is_one { &parted } else { &all };
        if is_one {
            split(&mut never.each(), act, id(one), leaving);
        }
        split(&mut joined.each(), act, id(one), leaving);
        for (id, was) in &never.fragments {
            let is = &joined.fragments[id];
            let same = |fragment: &Fragment| {
                let edges: Vec<Edge> = fragment.edges.iter().filter(|edge| edge.holds()).cloned().collect();
                Fragment { edges, cuts: Vec::new(), ..fragment.clone() }
            };
            prop_assert_eq!(same(was), same(is));
            prop_assert_eq!(never.members(*id), joined.members(*id));
            prop_assert_eq!(state(&never, *id), state(&joined, *id));
        }
    }

    /// To the byte: edges with who said so and when, splits, marks.
    #[test]
    fn lifting_a_ban_undoes_it(deeds in deeds(30), banned in prop::collection::vec(0..PEOPLE, 1..4), seed in any::<u64>()) {
        let mut world = World::after(&deeds);
        let before = world.fragments.clone();
        let mut made: Vec<usize> = Vec::new();
        for one in banned {
            let was_banned = world.fragments.get(&id(one)).is_none_or(|fragment| fragment.ban.is_some());
            let others = world.clone();
            world.happen(&Deed::Ban(one));
            if !was_banned {
                made.push(one);
                let concerned: BTreeSet<FragmentId> = world.fragments[&id(one)].ban.iter().flat_map(|ban| ban.edges.iter().copied()).chain([id(one)]).collect();
                prop_assert!(world.fragments.iter().all(|(id, fragment)| concerned.contains(id) || *fragment == others.fragments[id]));
            }
        }
        // Several are lifted in any order: an edge between two comes back with the last of them.
        made.sort_by_key(|one| (*one as u64 + 1).wrapping_mul(seed | 1));
        for one in &made {
            let taken: BTreeSet<FragmentId> = world.fragments[&id(*one)].ban.iter().flat_map(|ban| ban.edges.iter().copied()).collect();
            let lifted = lift_ban(&mut world.each(), id(*one)).expect("it is banned");
            prop_assert_eq!([lifted.edges, lifted.stay].concat().into_iter().collect::<BTreeSet<_>>(), taken);
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

    /// Whatever happens between, lifting gives back nothing that was banned for another reason, or that would join what
    /// staff has parted.
    #[test]
    fn lifting_a_ban_gives_back_what_it_took_and_no_more(before in deeds(20), banned in 0..PEOPLE, after in deeds(20)) {
        let mut world = World::after(&before);
        world.happen(&Deed::Ban(banned));
        after.iter().filter(|deed| !matches!(deed, Deed::LiftBan(_))).for_each(|deed| world.happen(deed));
        let Some(taken) = world.fragments.get(&id(banned)).and_then(|fragment| fragment.ban.clone()) else { return Ok(()) };
        let was = world.clone();
        world.happen(&Deed::LiftBan(banned));
        for (one, fragment) in &world.fragments {
            let held: BTreeMap<FragmentId, bool> = was.fragments[one].edges.iter().map(|edge| (edge.to, edge.holds())).collect();
            for edge in fragment.edges.iter().filter(|edge| edge.holds() != held[&edge.to]) {
                let end = if *one == id(banned) { edge.to } else { *one };
                prop_assert!(edge.holds() && (*one == id(banned) || edge.to == id(banned)) && taken.edges.contains(&end));
                prop_assert!(was.fragments[&end].ban.is_none());
                prop_assert!(!was.component(end).is_cut_from(&was.component(id(banned))));
            }
            let component = world.component(*one);
            prop_assert!(!component.is_cut_from(&component));
        }
    }

    /// Whoever is taken to have agreed did so last among those proven to be them, and nobody who hangs on them says no.
    #[test]
    fn no_sequence_of_merges_and_splits_makes_a_consent_that_no_act_gave(deeds in prop::collection::vec(deed(), 0..40)) {
        let mut world = World::new();
        for deed in &deeds {
            world.happen(deed);
            for one in world.ids() {
                prop_assert_eq!(state(&world, one), state_by_the_acts(&world, one));
            }
        }
        // And each fragment has exactly the marks of its own acts.
        for (id, fragment) in &world.fragments {
            for (kind, given) in [(ActKind::Grant, true), (ActKind::Withdraw, false)] {
                let marked = fragment.marks.get(Target::Slot(Slot(0)), kind).is_some();
                prop_assert_eq!(marked, world.said.contains(&(*id, given)));
            }
        }
    }
}
