//! Which identifiers of an event belong together, whatever the graph: told from what was promised, by trying.

use crate::support::kind;
use amana_core::catalog::{IdentifierRule, Normalise, Trust};
use amana_core::identity::{
    BEARER_KIND, COMPONENT_MAX, Candidate, Component, Cut, Dropped, FragmentId, VISIT_KIND, resolve,
};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

fn kinds() -> Vec<IdentifierRule> {
    let kind = |code: &str, priority, limit| kind(code, Normalise::Trim, priority, limit);
    vec![kind("user_id", 100, 1), kind("email", 80, 2), kind("phone", 80, 2), kind(BEARER_KIND, 10, 3)]
}

/// Of which some are declared no more, and some are visits.
const CODES: [&str; 8] = ["user_id", "email", "phone", BEARER_KIND, "user_id", "email", "gone", VISIT_KIND];

fn fragment(number: usize) -> FragmentId {
    FragmentId(Uuid::from_u128(number as u128))
}

/// Who is known: groups that are proven to be one, the sides of splits on which they stand, whether they join nobody, and
/// with whom a device that is proven to be nobody's says it is.
#[derive(Clone, Debug)]
struct Known {
    groups: Vec<Component>,
    claims: Vec<usize>,
}

impl Known {
    fn is_lone_device(&self, group: usize) -> bool {
        self.groups[group].fragments.values().eq([BEARER_KIND])
    }

    /// What limits count for the fragments of each group: a device's claims, too, so that several may have the same
    /// fragments.
    fn components(&self) -> Vec<Component> {
        let component = |(place, group): (usize, &Component)| {
            let named = self.claims[place] % self.groups.len();
            if !self.is_lone_device(place) || self.is_lone_device(named) || group.banned || self.groups[named].banned {
                return group.clone();
            }
            let mut claimed = self.groups[named].clone();
            claimed.claimed = claimed.fragments.keys().copied().collect();
            claimed.fragments.extend(group.fragments.clone());
            claimed.known |= group.known;
            claimed
        };
        self.groups.iter().enumerate().map(component).collect()
    }
}

/// What is known, each group with so many visits besides.
fn known_with(crowd: impl Strategy<Value = usize>) -> impl Strategy<Value = Known> {
    let cuts = prop::collection::btree_set((0..3_u128, any::<bool>()), 0..2);
    let codes = (prop::collection::vec(select(CODES.to_vec()), 1..5), crowd);
    let flags = (prop::bool::weighted(0.1), any::<bool>(), prop::bool::weighted(0.4));
    prop::collection::vec((codes, cuts, flags, 0..6_usize), 1..6).prop_map(|groups| {
        let (mut next, mut known) = (0, Known { groups: Vec::new(), claims: Vec::new() });
        for ((codes, crowd), cuts, (banned, shared, is_known), claims) in groups {
            let crowd = std::iter::repeat_n(VISIT_KIND, crowd);
            let most = if banned { 1 } else { usize::MAX };
            let fragments = codes.into_iter().chain(crowd).take(most).map(|code| {
                next += 1;
                (fragment(next), code.to_owned())
            });
            let fragments = fragments.collect();
            let cuts = cuts.into_iter().map(|(act, parted)| Cut { act: Uuid::from_u128(act), parted, parts: 1 });
            let (cuts, shared) = (cuts.collect(), banned && shared);
            known.groups.push(Component { fragments, cuts, banned, shared, known: is_known, ..Component::default() });
            known.claims.push(claims);
        }
        known
    })
}

/// An identifier that is known as one of a group's fragments, or not known and of some kind.
#[derive(Clone, Debug)]
enum Named {
    Known(usize, usize),
    Unknown(usize),
}

fn event(crowd: impl Strategy<Value = usize>) -> impl Strategy<Value = (Known, Vec<Named>, Trust)> {
    let named = prop_oneof![
        4 => (0..6_usize, 0..4_usize).prop_map(|(group, place)| Named::Known(group, place)),
        1 => (0..4_usize).prop_map(Named::Unknown),
    ];
    (known_with(crowd), prop::collection::vec(named, 0..6), select(vec![Trust::Public, Trust::Server]))
}

/// The candidates of an event, those of declared kinds.
fn candidates<'a>(
    known: &Known,
    components: &'a [Component],
    named: &[Named],
    kinds: &'a [IdentifierRule],
) -> Vec<Candidate<'a>> {
    let candidate = |named: &Named| match named {
        Named::Unknown(kind) => Some(Candidate { rule: &kinds[*kind], fragment: None, component: None }),
        Named::Known(group, place) => {
            let group = group % components.len();
            let own = &known.groups[group].fragments;
            let (fragment, kind) = own.iter().nth(place % own.len())?;
            let rule = kinds.iter().find(|rule| rule.code == *kind)?;
            Some(Candidate { rule, fragment: Some(*fragment), component: Some(&components[group]) })
        }
    };
    named.iter().filter_map(candidate).collect()
}

/// How many of each kind somebody would have.
fn counted(kept: &[&Candidate<'_>]) -> BTreeMap<String, usize> {
    let known = kept.iter().filter_map(|candidate| candidate.component).flat_map(|component| &component.fragments);
    let known: BTreeMap<FragmentId, String> = known.map(|(id, kind)| (*id, kind.clone())).collect();
    let unknown = kept.iter().filter(|candidate| candidate.component.is_none());
    let mut counts = BTreeMap::new();
    for kind in known.into_values().chain(unknown.map(|candidate| candidate.rule.code.clone())) {
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

/// Why these cannot be one person.
fn objection(kept: &[&Candidate<'_>], kinds: &[IdentifierRule]) -> Option<Dropped> {
    let places = 0..kept.len();
    let mut pairs = places.clone().flat_map(|one| places.clone().map(move |other| (one, other)));
    let cut = |one: usize, other: usize| Some(kept[one].component?.is_cut_from(kept[other].component?));
    if pairs.any(|(one, other)| one < other && cut(one, other) == Some(true)) {
        return Some(Dropped::Split);
    }
    let counts = counted(kept);
    if counts.values().sum::<usize>() > COMPONENT_MAX {
        return Some(Dropped::SizeLimit);
    }
    let proven = |candidate: &&Candidate<'_>| {
        let component = candidate.component.cloned().unwrap_or_default();
        let is_proven = |(id, kind): (FragmentId, String)| (!component.claimed.contains(&id)).then_some(kind);
        let mut had = BTreeMap::<String, usize>::new();
        component
            .fragments
            .clone()
            .into_iter()
            .filter_map(is_proven)
            .for_each(|kind| *had.entry(kind).or_default() += 1);
        had
    };
    let had: Vec<BTreeMap<String, usize>> = kept.iter().map(proven).collect();
    let passes = |(kind, count): (&String, &usize)| {
        let limit = match kinds.iter().find(|rule| rule.code == *kind) {
            Some(rule) => rule.limit as usize,
            None if kind == VISIT_KIND => usize::MAX,
            None => 1,
        };
        let most = had.iter().filter_map(|had| had.get(kind)).max().copied().unwrap_or_default();
        *count > limit && *count > most
    };
    counts.iter().any(passes).then_some(Dropped::KindLimit)
}

/// Who of them are known as somebody else than the one who is believed: an account before a device, that before what is
/// typed, of these the kind of higher priority, and of equals the one named last.
fn known_apart(candidates: &[Candidate<'_>], kept: &[usize]) -> Vec<usize> {
    let profile = |place: usize| candidates[place].component.filter(|component| component.known)?.profile();
    let known: Vec<usize> = kept.iter().copied().filter(|place| profile(*place).is_some()).collect();
    let of = |code: &str| known.iter().rev().copied().find(|place| candidates[*place].rule.code == code);
    let believed = ["user_id", BEARER_KIND].into_iter().find_map(of);
    let typed = || known.iter().copied().max_by_key(|place| candidates[*place].rule.priority);
    let Some(person) = believed.or_else(typed).and_then(profile) else { return Vec::new() };
    known.into_iter().filter(|place| profile(*place) != Some(person)).collect()
}

fn keeps_what_limits_allow_and_not_less(
    (known, named, trust): (Known, Vec<Named>, Trust),
) -> Result<(), TestCaseError> {
    let (kinds, components) = (kinds(), known.components());
    let candidates = candidates(&known, &components, &named, &kinds);
    let resolution = resolve(&candidates, &kinds, trust);

    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(candidates[*place].rule.priority));
    let (banned, mut kept): (Vec<usize>, Vec<usize>) = order.iter().partition(|place| candidates[**place].is_banned());
    let is_shared = |place: usize| candidates[place].component.is_some_and(|component| component.shared);
    let why = |place| if is_shared(place) { Dropped::SharedDevice } else { Dropped::Banned };
    let mut dropped: Vec<(usize, Dropped)> = banned.into_iter().map(|place| (place, why(place))).collect();
    if kept.is_empty() && !dropped.is_empty() {
        kept.push(dropped.remove(0).0);
    }
    if trust == Trust::Public {
        let apart = known_apart(&candidates, &kept);
        kept.retain(|place| !apart.contains(place));
        dropped.extend(apart.into_iter().map(|place| (place, Dropped::KnownApart)));
    }
    let of = |kept: &[usize]| objection(&kept.iter().map(|place| &candidates[*place]).collect::<Vec<_>>(), &kinds);
    while let Some(why) = of(&kept).filter(|_| kept.len() > 1) {
        dropped.push((kept.pop().expect("several are left"), why));
    }
    prop_assert_eq!(&resolution.kept, &kept);
    prop_assert_eq!(&resolution.dropped, &dropped);

    let device = kept.iter().find(|place| trust == Trust::Public && candidates[**place].rule.code == BEARER_KIND);
    prop_assert_eq!(resolution.owner, device.or(kept.first()).copied());
    let places: BTreeSet<usize> = kept.iter().chain(dropped.iter().map(|(place, _)| place)).copied().collect();
    prop_assert_eq!(places, (0..candidates.len()).collect::<BTreeSet<_>>());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Nothing is kept that passes a limit, nothing left out that does not, and always what has the lowest priority.
    #[test]
    fn resolution_keeps_what_limits_allow_and_not_less(event in event(Just(0))) {
        keeps_what_limits_allow_and_not_less(event)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The same where people come near the limit of size, alone or together.
    #[test]
    fn resolution_keeps_people_within_the_limit_of_size(
        event in event(select(vec![0, 0, 1, 330, 331, 497, 498, 499, 500, COMPONENT_MAX - 3, COMPONENT_MAX - 1])),
    ) {
        keeps_what_limits_allow_and_not_less(event)?;
    }
}
