//! Joining and parting people as staff decide. It is one deed for whoever carries it out and for whoever asks beforehand
//! what it would change: a preview that did it in its own way would one day tell something else.

use super::{Bond, COMPONENT_MAX, Component, Cut, Edge, FragmentId, Graph, component_of, parts};
use crate::Moment;
use crate::profile::Fragment;
use std::collections::{BTreeMap, BTreeSet};
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
