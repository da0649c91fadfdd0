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
    let device_id = IdentifierRule { device: true, ..kind("device_id", 20, 2) };
    vec![kind("user_id", 100, 1), kind("email", 80, 2), kind("phone", 80, 2), device_id, kind(BEARER_KIND, 10, 3)]
}

/// Of which some are declared no more, and some are visits.
const CODES: [&str; 9] =
    ["user_id", "email", "phone", BEARER_KIND, "device_id", "user_id", "email", "gone", VISIT_KIND];

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
            claimed.knows.extend(&group.knows);
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
            let fragments: BTreeMap<FragmentId, String> = fragments.collect();
            let cuts = cuts.into_iter().map(|(act, parted)| Cut { act: Uuid::from_u128(act), parted, parts: 1 });
            let (cuts, shared) = (cuts.collect(), banned && shared);
            // Of somebody who is known some addresses are what only claims have told.
            let by_system =
                |(id, kind): &(&FragmentId, &String)| is_known && **kind != BEARER_KIND && id.0.as_u128() % 3 > 0;
            let knows = fragments.iter().filter(by_system).map(|(id, _)| *id).collect();
            let of_nobody = Component { fragments, cuts, banned, shared, ..Component::default() };
            known.groups.push(Component { known: is_known, knows, ..of_nobody });
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

/// How far the source of an event is believed, and whether it runs on devices that many people use.
type Door = (Trust, bool);

fn event(crowd: impl Strategy<Value = usize>) -> impl Strategy<Value = (Known, Vec<Named>, Door)> {
    let named = prop_oneof![
        4 => (0..6_usize, 0..4_usize).prop_map(|(group, place)| Named::Known(group, place)),
        1 => (0..5_usize).prop_map(Named::Unknown),
    ];
    let door = (select(vec![Trust::Public, Trust::Server]), prop::bool::weighted(0.3));
    (known_with(crowd), prop::collection::vec(named, 0..6), door)
}

/// The candidates of an event, those of declared kinds.
fn candidates<'a>(
    known: &Known,
    components: &'a [Component],
    named: &[Named],
    (kinds, is_shared): (&'a [IdentifierRule], bool),
) -> Vec<Candidate<'a>> {
    let shared = |rule: &IdentifierRule| is_shared && rule.device;
    let candidate = |named: &Named| match named {
        Named::Unknown(kind) => {
            let rule = &kinds[*kind];
            Some(Candidate { rule, fragment: None, component: None, shared: shared(rule) })
        }
        Named::Known(group, place) => {
            let group = group % components.len();
            let own = &known.groups[group].fragments;
            let (fragment, kind) = own.iter().nth(place % own.len())?;
            let rule = kinds.iter().find(|rule| rule.code == *kind)?;
            let component = Some(&components[group]);
            Some(Candidate { rule, fragment: Some(*fragment), component, shared: shared(rule) })
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

/// Who of them a claim may not join to the one who is believed, since one of both is known and the other is, too, or has an
/// account: an account before a device, that before what is typed, of these the kind of higher priority; of equals who is
/// known, and of such the one named last.
fn known_apart(candidates: &[Candidate<'_>], kept: &[usize]) -> Vec<usize> {
    let of = |place: usize| candidates[place].component;
    let known = |place: usize| of(place).is_some_and(|component| component.known);
    let account = |place: usize| match of(place) {
        Some(component) => component.fragments.values().any(|kind| kind == "user_id"),
        None => candidates[place].rule.code == "user_id",
    };
    let sides: Vec<usize> = kept.iter().copied().filter(|place| known(*place) || account(*place)).collect();
    let named = |code: &str| {
        let of_kind = || sides.iter().rev().copied().filter(|place| candidates[*place].rule.code == code);
        of_kind().find(|place| known(*place)).or_else(|| of_kind().next())
    };
    let believed = ["user_id", BEARER_KIND].into_iter().find_map(named);
    let typed = || sides.iter().copied().max_by_key(|place| (candidates[*place].rule.priority, known(*place)));
    let Some(person) = believed.or_else(typed) else { return Vec::new() };
    let is_one =
        |place: usize| place == person || of(place).zip(of(person)).is_some_and(|(a, b)| a.profile() == b.profile());
    let apart = |place: &usize| !is_one(*place) && (known(*place) || known(person));
    sides.into_iter().filter(apart).collect()
}

/// What is typed and merely claimed elsewhere, of which the lowest goes first: it is somebody's who is known, or was typed on
/// a device, too, and is named beside somebody who is known. What hangs together already may.
fn beyond(candidates: &[Candidate<'_>], kept: &[usize]) -> Vec<usize> {
    let (mut left, mut beyond) = (kept.to_vec(), Vec::new());
    let known = |place: &usize| candidates[*place].component.is_some_and(|component| component.known);
    for place in kept.iter().rev().filter(|_| kept.iter().any(known)) {
        let Candidate { rule, fragment: Some(fragment), component: Some(of), .. } = candidates[*place] else {
            continue;
        };
        let others: Vec<usize> = left.iter().copied().filter(|other| other != place).collect();
        let together = |other: &usize| candidates[*other].component.is_some_and(|one| one.profile() == of.profile());
        let is_told = rule.code != "user_id" && rule.code != BEARER_KIND && !of.knows.contains(&fragment);
        let used = of.fragments.values().any(|kind| kind == BEARER_KIND || kind == VISIT_KIND);
        let too_far = of.known || used && others.iter().any(known);
        if is_told && too_far && !others.is_empty() && !others.iter().any(together) {
            left.retain(|kept| kept != place);
            beyond.push(*place);
        }
    }
    beyond
}

/// Why these join nobody: staff banned them, or they are of a device that several people use, which all that names it is.
fn joins_nobody(candidates: &[Candidate<'_>]) -> BTreeMap<usize, Dropped> {
    let has_shown = |candidate: &Candidate<'_>| candidate.component.is_some_and(|component| component.shared);
    let is_of_shared = candidates.iter().any(|candidate| candidate.shared || has_shown(candidate));
    let why = |candidate: &Candidate<'_>| match candidate.component {
        _ if is_of_shared && candidate.rule.device => Some(Dropped::SharedDevice),
        Some(component) if component.shared => Some(Dropped::SharedDevice),
        Some(component) if component.banned => Some(Dropped::Banned),
        _ => None,
    };
    candidates.iter().enumerate().filter_map(|(place, candidate)| Some((place, why(candidate)?))).collect()
}

/// Of those who join nobody the one whose the event is where nobody else is named, first who is no device, then the
/// device's own id; none of those that are joined to somebody.
fn alone(candidates: &[Candidate<'_>], order: &[usize]) -> Option<usize> {
    let stands_alone = |place: &usize| {
        candidates[*place].component.is_none_or(|component| component.banned || component.fragments.len() == 1)
    };
    let of = |is_one: &dyn Fn(&IdentifierRule) -> bool| {
        order.iter().copied().filter(stands_alone).find(|place| is_one(candidates[*place].rule))
    };
    of(&|rule| !rule.device).or_else(|| of(&|rule| rule.code == BEARER_KIND)).or_else(|| of(&|_| true))
}

fn keeps_what_limits_allow_and_not_less(
    (known, named, (trust, is_shared)): (Known, Vec<Named>, Door),
) -> Result<(), TestCaseError> {
    let (kinds, components) = (kinds(), known.components());
    let candidates = candidates(&known, &components, &named, (&kinds, is_shared));
    let resolution = resolve(&candidates, &kinds, trust);

    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(candidates[*place].rule.priority));
    let nobodys = joins_nobody(&candidates);
    let mut kept: Vec<usize> = order.iter().copied().filter(|place| !nobodys.contains_key(place)).collect();
    if kept.is_empty() {
        kept.extend(alone(&candidates, &order));
    }
    let left_out = order.iter().filter(|place| !kept.contains(place));
    let mut dropped: Vec<(usize, Dropped)> = left_out.map(|place| (*place, nobodys[place])).collect();
    if trust == Trust::Public {
        for leave_out in [beyond, known_apart] {
            let apart = leave_out(&candidates, &kept);
            kept.retain(|place| !apart.contains(place));
            dropped.extend(apart.into_iter().map(|place| (place, Dropped::KnownApart)));
        }
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

    // A device that many people use is never one with anybody, nor whose the event is where it is somebody's.
    let shared = resolution.kept.iter().find(|place| candidates[**place].shared);
    let is_alone = |place: &usize| {
        let component = candidates[*place].component;
        resolution.kept.len() == 1 && component.is_none_or(|component| component.fragments.len() == 1)
    };
    prop_assert!(shared.is_none_or(is_alone), "{:?}", resolution);
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
