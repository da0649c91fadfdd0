//! What can be reached from a fragment: a person, as far as is known.

use super::{Bond, Cut, Edge, FragmentId};
use crate::Moment;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How many fragments one person may have.
pub const COMPONENT_MAX: usize = 1_000;

/// Fragments that are held together, with what limits count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Component {
    /// Its fragments with the code of their identifier kind, in ascending order.
    pub fragments: BTreeMap<FragmentId, String>,
    /// The sides of splits on which it stands.
    pub cuts: BTreeSet<Cut>,
    /// It is an identifier that staff banned: alone, and joined to nobody by what events say.
    pub banned: bool,
    /// It is banned since it is a device that several people sign in on.
    pub shared: bool,
    /// The organisation's own systems know somebody of it, by more than a device.
    pub known: bool,
    /// Of its fragments those that they know.
    pub knows: BTreeSet<FragmentId>,
    /// Of its fragments those that a device merely claims to belong to: see the limits of what is proven.
    pub claimed: BTreeSet<FragmentId>,
}

impl Component {
    /// The fragment that names the profile: the oldest.
    #[must_use]
    pub fn profile(&self) -> Option<FragmentId> {
        self.fragments.keys().next().copied()
    }

    /// How many identifiers of each kind it has.
    #[must_use]
    pub fn kinds(&self) -> HashMap<&str, usize> {
        let mut kinds = HashMap::new();
        for kind in self.fragments.values() {
            *kinds.entry(kind.as_str()).or_default() += 1;
        }
        kinds
    }

    /// Whether a split keeps these two apart.
    #[must_use]
    pub fn is_cut_from(&self, other: &Self) -> bool {
        self.cuts.iter().any(|cut| other.cuts.contains(&Cut { parted: !cut.parted, ..*cut }))
    }
}

/// Parts a component into groups that verified edges hold together. Each group is one person by proof; between groups
/// there are only claims and what staff asserted. Groups come in the order of their smallest fragment.
#[must_use]
pub fn group<'a>(fragments: impl IntoIterator<Item = (FragmentId, &'a [Edge])>) -> Vec<Vec<FragmentId>> {
    parts(fragments, Bond::Verified)
}

/// Parts a component into what bonds of at least this strength hold together, in the order of the parts' smallest
/// fragments. An edge counts when both ends hold it so.
#[must_use]
pub fn parts<'a>(fragments: impl IntoIterator<Item = (FragmentId, &'a [Edge])>, weakest: Bond) -> Vec<Vec<FragmentId>> {
    let edges: BTreeMap<_, _> = fragments.into_iter().collect();
    let binds = |edge: &&Edge| edge.holds() && edge.bond >= weakest;
    let mut seen = HashSet::with_capacity(edges.len());
    let mut parts = Vec::<Vec<FragmentId>>::new();
    for start in edges.keys() {
        if !seen.insert(*start) {
            continue;
        }
        let (mut open, mut members) = (vec![*start], Vec::new());
        while let Some(fragment) = open.pop() {
            members.push(fragment);
            for edge in edges[&fragment].iter().filter(binds) {
                let back = edges.get(&edge.to).into_iter().copied().flatten();
                let twin = back.filter(binds).any(|twin| twin.to == fragment);
                if twin && seen.insert(edge.to) {
                    open.push(edge.to);
                }
            }
        }
        members.sort_unstable();
        parts.push(members);
    }
    parts
}

/// One side of what staff joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Its fragments.
    pub fragments: BTreeSet<FragmentId>,
    /// When staff first joined it to another one; none: they joined nothing to it.
    pub joined: Option<Moment>,
}

/// The sides of what staff joined: what hangs together without their word. One, where they joined nothing. A claim that came
/// after that between two sides makes no one side of them: anybody could take the word of one of both away then.
#[must_use]
pub fn sides<'a>(fragments: impl IntoIterator<Item = (FragmentId, &'a [Edge])>) -> Vec<Side> {
    let fragments: BTreeMap<_, _> = fragments.into_iter().collect();
    let edges = fragments.iter().flat_map(|(from, edges)| edges.iter().map(|edge| (*from, edge)));
    let mut edges: Vec<(FragmentId, &Edge)> =
        edges.filter(|(from, edge)| edge.holds() && *from < edge.to && fragments.contains_key(&edge.to)).collect();
    // Of the same instant what staff said comes before what is claimed.
    edges.sort_unstable_by_key(|(from, edge)| (edge.since, std::cmp::Reverse(edge.bond), *from, edge.to));
    let (mut persons, mut sides) = (Sets::of(fragments.keys()), Sets::of(fragments.keys()));
    let mut joined = Vec::new();
    for (from, edge) in edges {
        let is_between = persons.are_one(from, edge.to) && !sides.are_one(from, edge.to);
        match edge.bond {
            Bond::Asserted => joined.push((from, edge.to, edge.since)),
            Bond::Claimed if is_between => {}
            _ => sides.join(from, edge.to),
        }
        persons.join(from, edge.to);
    }
    let mut all = BTreeMap::<FragmentId, Side>::new();
    for id in fragments.keys() {
        all.entry(sides.first(*id)).or_default().fragments.insert(*id);
    }
    for (from, to, since) in joined {
        for id in [from, to] {
            let side = all.entry(sides.first(id)).or_default();
            side.joined = Some(side.joined.map_or(since, |known| known.min(since)));
        }
    }
    all.into_values().collect()
}

/// Sets that grow together, each named by its smallest fragment.
struct Sets(BTreeMap<FragmentId, FragmentId>);

impl Sets {
    fn of<'a>(fragments: impl Iterator<Item = &'a FragmentId>) -> Self {
        Self(fragments.map(|id| (*id, *id)).collect())
    }

    fn first(&self, id: FragmentId) -> FragmentId {
        let mut at = id;
        while let Some(up) = self.0.get(&at).filter(|up| **up != at) {
            at = *up;
        }
        at
    }

    fn are_one(&self, one: FragmentId, other: FragmentId) -> bool {
        self.first(one) == self.first(other)
    }

    fn join(&mut self, one: FragmentId, other: FragmentId) {
        let (one, other) = (self.first(one), self.first(other));
        self.0.insert(one.max(other), one.min(other));
    }
}
