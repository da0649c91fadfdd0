//! What can be reached from a fragment: everything that makes one person of it.

use super::{BEARER_KIND, Bond, COMPONENT_MAX, Component, Edge, FragmentId, VISIT_KIND};
use crate::profile::Fragment;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// What more than claims hold together.
type Part<'f> = BTreeMap<FragmentId, &'f Fragment>;

/// What can be reached from a fragment over edges that hold. What staff banned is reached by nobody and reaches nobody.
///
/// What is more than a claim is followed first, and all of it: claims, which anybody can make in any number, take no place
/// that something proven has. What a claim leads to comes with all that holds together with it, and is left out where that
/// would pass the limit.
#[must_use]
pub fn component_of<'f>(start: FragmentId, fragment: impl Fn(FragmentId) -> Option<&'f Fragment>) -> Component {
    let mut component = Component::default();
    for (id, known) in parts_from(start, &fragment).iter().flatten() {
        if known.is_known() {
            component.known = true;
            component.knows.insert(*id);
        }
        component.banned |= known.ban.is_some();
        component.shared |= known.ban.is_some() && known.belonged.is_some();
        component.fragments.insert(*id, known.kind.clone());
        component.cuts.extend(known.cuts.iter().copied());
    }
    component
}

/// The parts that are reached over claims, that of the start first, as many as one person may have.
fn parts_from<'f>(start: FragmentId, fragment: &impl Fn(FragmentId) -> Option<&'f Fragment>) -> Vec<Part<'f>> {
    let (mut parts, mut seen, mut claimed) = (Vec::new(), BTreeSet::new(), VecDeque::from([start]));
    while let Some(next) = claimed.pop_front().filter(|_| seen.len() < COMPONENT_MAX) {
        let part = held_together(next, &seen, fragment);
        if part.is_empty() || !parts.is_empty() && seen.len() + part.len() > COMPONENT_MAX {
            continue;
        }
        seen.extend(part.keys().copied());
        claimed.extend(claims(&part).map(|edge| edge.to));
        parts.push(part);
    }
    parts
}

/// What more than claims hold together with a fragment, of what was not seen yet. What staff banned is alone, and there only
/// where it is asked for.
fn held_together<'f>(
    start: FragmentId,
    seen: &BTreeSet<FragmentId>,
    fragment: &impl Fn(FragmentId) -> Option<&'f Fragment>,
) -> Part<'f> {
    let (mut part, mut open) = (BTreeMap::new(), vec![start]);
    while let Some(id) = open.pop() {
        let is_new = !part.contains_key(&id) && !seen.contains(&id);
        let Some(known) = fragment(id).filter(|_| is_new) else { continue };
        let is_asked_for = part.is_empty() && seen.is_empty();
        if known.ban.is_some() && !is_asked_for {
            continue;
        }
        part.insert(id, known);
        if known.ban.is_none() {
            let edges = known.edges.iter().filter(|edge| edge.holds() && edge.bond > Bond::Claimed);
            open.extend(edges.map(|edge| edge.to));
        }
    }
    part
}

/// The claims of a part. Those of what is banned lead nowhere.
fn claims<'p>(part: &'p Part<'_>) -> impl Iterator<Item = &'p Edge> + 'p {
    let joins = part.values().filter(|known| known.ban.is_none());
    joins.flat_map(|known| &known.edges).filter(|edge| edge.holds() && edge.bond == Bond::Claimed)
}

/// The claims that lead too far from somebody whom systems know: further than to who named them and what those named. An
/// address that two devices claim makes what was done on one of them nothing of whoever is known on the other, to be read or
/// to be stopped by them. The address stays with whoever claimed it first.
#[must_use]
pub fn claims_beyond<'f>(
    start: FragmentId,
    fragment: impl Fn(FragmentId) -> Option<&'f Fragment>,
) -> Vec<(FragmentId, FragmentId)> {
    let parts = parts_from(start, &fragment);
    let is_known = |part: &Part<'_>| part.values().any(|known| known.is_known());
    let core: BTreeSet<usize> = (0..parts.len()).filter(|place| is_known(&parts[*place])).collect();
    if core.is_empty() || parts.len() <= core.len() + 1 {
        return Vec::new();
    }
    let places = parts.iter().enumerate().flat_map(|(place, part)| part.keys().map(move |id| (*id, place)));
    let places: HashMap<FragmentId, usize> = places.collect();
    let next =
        |place: &usize| claims(&parts[*place]).filter_map(|edge| places.get(&edge.to).copied()).collect::<Vec<_>>();
    let named: BTreeSet<usize> = core.iter().copied().chain(core.iter().flat_map(next)).collect();
    let told = named.iter().flat_map(next).filter(|place| !is_used(&parts[*place]));
    let around: BTreeSet<usize> = named.iter().copied().chain(told).collect();
    let leads = |place: &usize| {
        let edges = claims(&parts[*place]).filter_map(|edge| Some((edge, places.get(&edge.to)?)));
        let (near, beyond): (Vec<_>, Vec<_>) = edges.partition(|(_, to)| around.contains(to));
        let first = |edges: &[(&Edge, &usize)]| edges.iter().map(|(edge, _)| edge.since).min();
        let theirs = !core.contains(place) && !beyond.is_empty() && first(&beyond) < first(&near);
        let taken = if theirs { near } else { beyond };
        let claims_it = |known: &Fragment, to| known.edges.iter().any(|edge| edge.to == to && edge.holds());
        let from = |to| parts[*place].iter().find(|(_, known)| claims_it(known, to)).map(|(from, _)| *from);
        taken.into_iter().filter_map(|(edge, _)| Some((from(edge.to)?, edge.to))).collect::<Vec<_>>()
    };
    around.iter().flat_map(leads).collect()
}

/// Whether it is a device or somebody's visit on one: what is done comes under these, and under no address that is typed.
fn is_used(part: &Part<'_>) -> bool {
    part.values().any(|known| [BEARER_KIND, VISIT_KIND].contains(&known.kind.as_str()))
}
