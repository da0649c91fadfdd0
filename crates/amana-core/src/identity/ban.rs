//! Banning an identifier that is many people's, and taking that back: an address of a family, a shop's own number, a test
//! account. It stands alone from then on, with what came under it, and joins nobody.

use super::staff::{StaffAct, component};
use super::{COMPONENT_MAX, Component, FragmentId, Fragments};
use crate::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// That an identifier is banned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// The act of staff.
    pub act: Uuid,
    /// Since when.
    pub at: Moment,
    /// At the other ends of the edges that hold no longer because of it: lifting it gives back these, and what else was
    /// banned stays so.
    pub edges: Vec<FragmentId>,
}

/// What a ban has parted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banned {
    /// Whom it was held together with.
    pub rest: BTreeSet<FragmentId>,
    /// The other ends of the edges that hold no longer.
    pub edges: Vec<FragmentId>,
}

/// What lifting a ban has given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifted {
    /// The other ends of the edges that hold again.
    pub edges: Vec<FragmentId>,
    /// The other ends of those that do not: that end is banned as well, they have been split meanwhile, or the person
    /// would be too large.
    pub stay: Vec<FragmentId>,
}

/// Bans an identifier: its edges hold no longer, and no event, proof or staff adds one. `None` when it is banned already
/// or not there.
pub fn ban(fragments: &mut Fragments<'_>, act: StaffAct, id: FragmentId) -> Option<Banned> {
    let mut rest: BTreeSet<FragmentId> = component(fragments, id).fragments.into_keys().collect();
    rest.remove(&id);
    let fragment = fragments.get_mut(&id).filter(|fragment| fragment.ban.is_none())?;
    let edges: Vec<FragmentId> = fragment.edges.iter().filter(|edge| edge.holds()).map(|edge| edge.to).collect();
    for to in &edges {
        fragment.ban_edge(*to, act.at);
    }
    fragment.ban = Some(Ban { act: act.id, at: act.at, edges: edges.clone() });
    for to in &edges {
        if let Some(other) = fragments.get_mut(to) {
            other.ban_edge(id, act.at);
        }
    }
    Some(Banned { rest, edges })
}

/// Lifts a ban: the edges that held until then hold again, each as it was. `None` when it is not banned. The fragments
/// have to include everybody at the other ends, with whom they are held together with.
pub fn lift_ban(fragments: &mut Fragments<'_>, id: FragmentId) -> Option<Lifted> {
    let banned = fragments.get_mut(&id)?;
    let Ban { edges, .. } = banned.ban.take()?;
    banned.belonged = None;
    let (mut one, mut lifted) = (component(fragments, id), Lifted { edges: Vec::new(), stay: Vec::new() });
    for to in edges {
        if let Some(known) = fragments.get_mut(&to).and_then(|other| other.ban.as_mut()) {
            // The edge is both ends' to give: it comes back when the other ban is lifted too.
            known.edges.push(id);
            lifted.stay.push(to);
            continue;
        }
        let two = component(fragments, to);
        if !can_meet(&one, &two, to) {
            lifted.stay.push(to);
            continue;
        }
        for (from, to) in [(id, to), (to, id)] {
            if let Some(fragment) = fragments.get_mut(&from) {
                fragment.lift_edge(to);
            }
        }
        lifted.edges.push(to);
        one.fragments.extend(two.fragments);
        one.cuts.extend(two.cuts);
    }
    Some(lifted)
}

/// Whether an edge may come back: what was decided or grew meanwhile is not undone by lifting.
fn can_meet(one: &Component, two: &Component, to: FragmentId) -> bool {
    let is_known = two.fragments.contains_key(&to);
    let is_one = one.fragments.contains_key(&to);
    is_known && (is_one || !one.is_cut_from(two) && one.fragments.len() + two.fragments.len() <= COMPONENT_MAX)
}
