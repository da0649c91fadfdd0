//! Joining and parting people as staff decide. It is one deed for whoever carries it out and for whoever asks beforehand
//! what it would change: a preview that did it in its own way would one day tell something else.

use super::{Bond, COMPONENT_MAX, Component, Cut, Edge, FragmentId, Graph, parts};
use crate::Moment;
use crate::profile::Fragment;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use uuid::Uuid;

/// Fragments to be worked on: at least everything that hangs together with whom a decision names.
pub type Fragments<'a> = BTreeMap<FragmentId, &'a mut Fragment>;

/// An act of staff about who is one person.
#[derive(Clone, Copy, Debug)]
pub struct StaffAct {
    /// Names the act.
    pub id: Uuid,
    /// When it was received.
    pub at: Moment,
}

/// What a split has parted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parted {
    /// Who stays with the person.
    pub stays: BTreeSet<FragmentId>,
    /// Who goes: who was named, and whatever hung on the person through them alone.
    pub goes: BTreeSet<FragmentId>,
    /// The edges that hold no longer, from who stays to who goes.
    pub edges: Vec<(FragmentId, FragmentId)>,
}

/// What a join has joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The edge that staff asserts.
    pub edge: (FragmentId, FragmentId),
    /// The splits that no longer keep them apart.
    pub lifted: BTreeSet<Uuid>,
}

/// Why staff cannot join two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unjoinable {
    /// One of them is not there.
    Gone,
    /// They are held together already, by more than a claim.
    Already,
    /// Identifiers of different identity scopes never meet.
    Scopes,
    /// One of them is an identifier that staff banned.
    Banned,
    /// One person would have more fragments than anybody may have.
    Size,
}

/// What can be reached from a fragment over edges that hold. What staff banned is reached by nobody and reaches nobody.
///
/// What is more than a claim is followed first, and all of it: claims, which anybody can make in any number, take no place
/// that something proven has. What a claim leads to comes with all that holds together with it, and is left out where that
/// would pass the limit.
#[must_use]
pub fn component_of<'f>(start: FragmentId, fragment: impl Fn(FragmentId) -> Option<&'f Fragment>) -> Component {
    let (mut component, mut claimed) = (Component::default(), VecDeque::from([start]));
    while let Some(next) = claimed.pop_front().filter(|_| component.fragments.len() < COMPONENT_MAX) {
        let part = held_together(next, &component, &fragment);
        let is_first = component.fragments.is_empty();
        if !is_first && component.fragments.len() + part.len() > COMPONENT_MAX {
            continue;
        }
        for (id, known) in part {
            component.known |= known.is_known();
            component.banned |= known.ban.is_some();
            component.shared |= known.ban.is_some() && known.belonged.is_some();
            component.fragments.insert(id, known.kind.clone());
            component.cuts.extend(known.cuts.iter().copied());
            if !component.banned {
                let claims = known.edges.iter().filter(|edge| edge.holds() && edge.bond == Bond::Claimed);
                claimed.extend(claims.map(|edge| edge.to));
            }
        }
    }
    component
}

/// What more than claims hold together with a fragment, of what is in no component yet. What staff banned is alone, and
/// there only where it is asked for.
fn held_together<'f>(
    start: FragmentId,
    component: &Component,
    fragment: impl Fn(FragmentId) -> Option<&'f Fragment>,
) -> BTreeMap<FragmentId, &'f Fragment> {
    let (mut part, mut open) = (BTreeMap::new(), vec![start]);
    while let Some(id) = open.pop() {
        let is_new = !part.contains_key(&id) && !component.fragments.contains_key(&id);
        let Some(known) = fragment(id).filter(|_| is_new) else { continue };
        let is_asked_for = part.is_empty() && component.fragments.is_empty();
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

/// Parts a person: edges between both sides hold no longer, and no event joins them again. `None` when nothing would go,
/// or the anchor itself.
pub fn split(
    fragments: &mut Fragments<'_>,
    act: StaffAct,
    anchor: FragmentId,
    leaving: &BTreeSet<FragmentId>,
) -> Option<Parted> {
    let members: BTreeSet<FragmentId> = component(fragments, anchor).fragments.into_keys().collect();
    let goes = Graph::new(edges_of(fragments, &members)).part_with(anchor, leaving);
    if goes.is_empty() {
        return None;
    }
    let count = parts(edges_of(fragments, &goes), Bond::Claimed).len();
    let (mut edges, parts) = (Vec::new(), u32::try_from(count).unwrap_or(u32::MAX));
    for id in &members {
        let parted = goes.contains(id);
        let Some(fragment) = fragments.get_mut(id) else { continue };
        let ends = fragment.edges.iter().filter(|edge| edge.holds()).map(|edge| edge.to);
        let across: Vec<FragmentId> = ends.filter(|to| goes.contains(to) != parted).collect();
        for to in across {
            fragment.ban_edge(to, act.at);
            if !parted {
                edges.push((*id, to));
            }
        }
        fragment.cut(Cut { act: act.id, parted, parts });
    }
    let stays = members.difference(&goes).copied().collect();
    Some(Parted { stays, goes, edges })
}

/// Joins two persons by an edge that staff asserts, and takes back what kept them apart. Limits of kinds do not bind
/// staff; that of size does, for nobody could work on such a person.
///
/// # Errors
/// Why they cannot be joined; nothing has changed then.
pub fn join(
    fragments: &mut Fragments<'_>,
    act: StaffAct,
    anchor: FragmentId,
    other: FragmentId,
) -> Result<Joined, Unjoinable> {
    let (one, two) = (component(fragments, anchor), component(fragments, other));
    can_be_one(fragments, (anchor, &one), (other, &two))?;
    let against = |cut: &&Cut| two.cuts.contains(&Cut { parted: !cut.parted, ..**cut });
    let lifted: BTreeSet<Cut> = one.cuts.iter().filter(against).copied().collect();
    for id in one.fragments.keys().chain(two.fragments.keys()) {
        if let Some(fragment) = fragments.get_mut(id) {
            lifted.iter().for_each(|cut| fragment.lift_cut(*cut));
        }
    }
    let lifted = lifted.into_iter().map(|cut| cut.act).collect();
    for (from, to) in [(anchor, other), (other, anchor)] {
        if let Some(fragment) = fragments.get_mut(&from) {
            fragment.assert_joined(to, act.id, act.at);
        }
    }
    Ok(Joined { edge: (anchor, other), lifted })
}

fn can_be_one(
    fragments: &Fragments<'_>,
    (anchor, one): (FragmentId, &Component),
    (other, two): (FragmentId, &Component),
) -> Result<(), Unjoinable> {
    let (Some(first), Some(second)) = (fragments.get(&anchor), fragments.get(&other)) else {
        return Err(Unjoinable::Gone);
    };
    if first.scope != second.scope {
        return Err(Unjoinable::Scopes);
    }
    if first.ban.is_some() || second.ban.is_some() {
        return Err(Unjoinable::Banned);
    }
    if one.fragments.contains_key(&other) {
        let members: BTreeSet<FragmentId> = one.fragments.keys().copied().collect();
        let held = parts(edges_of(fragments, &members), Bond::Asserted);
        let together = held.iter().any(|part| part.contains(&anchor) && part.contains(&other));
        return if together { Err(Unjoinable::Already) } else { Ok(()) };
    }
    if one.fragments.len() + two.fragments.len() > COMPONENT_MAX { Err(Unjoinable::Size) } else { Ok(()) }
}

pub(super) fn component(fragments: &Fragments<'_>, start: FragmentId) -> Component {
    component_of(start, |id| fragments.get(&id).map(|fragment| &**fragment))
}

fn edges_of<'f>(
    fragments: &'f Fragments<'_>,
    members: &'f BTreeSet<FragmentId>,
) -> impl Iterator<Item = (FragmentId, &'f [Edge])> {
    members.iter().filter_map(|id| Some((*id, fragments.get(id)?.edges.as_slice())))
}
