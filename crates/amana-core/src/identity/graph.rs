//! Questions about who is one person: why, and what a split would part.

use super::{Edge, FragmentId};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The fragments of a component with their edges.
#[derive(Clone, Debug, Default)]
pub struct Graph<'a> {
    edges: BTreeMap<FragmentId, &'a [Edge]>,
}

impl<'a> Graph<'a> {
    /// The graph of these fragments. Edges to others are left out.
    #[must_use]
    pub fn new(fragments: impl IntoIterator<Item = (FragmentId, &'a [Edge])>) -> Self {
        Self { edges: fragments.into_iter().collect() }
    }

    /// Why two fragments are one person: a shortest path over edges that hold, strong bonds before weak ones where
    /// paths are equally long. Both ends are in it.
    #[must_use]
    pub fn path(&self, from: FragmentId, to: FragmentId) -> Option<Vec<FragmentId>> {
        let mut came_from = BTreeMap::from([(from, from)]);
        let mut open = VecDeque::from([from]);
        while let Some(fragment) = open.pop_front() {
            if fragment == to {
                let mut path = vec![to];
                while let Some(before) =
                    path.last().and_then(|last| came_from.get(last)).filter(|_| path.last() != Some(&from))
                {
                    path.push(*before);
                }
                path.reverse();
                return Some(path);
            }
            let mut next: Vec<&Edge> = self.neighbours(fragment).collect();
            next.sort_by_key(|edge| (std::cmp::Reverse(edge.bond), edge.to));
            for edge in next {
                if let Entry::Vacant(place) = came_from.entry(edge.to) {
                    place.insert(fragment);
                    open.push_back(edge.to);
                }
            }
        }
        None
    }

    /// What goes when these fragments are taken from the person an anchor stands for: they, and whatever hangs on the
    /// anchor through them alone. Empty when the anchor is among them.
    #[must_use]
    pub fn part_with(&self, anchor: FragmentId, leaving: &BTreeSet<FragmentId>) -> BTreeSet<FragmentId> {
        if leaving.contains(&anchor) {
            return BTreeSet::new();
        }
        let (mut stays, mut open) = (BTreeSet::from([anchor]), vec![anchor]);
        while let Some(fragment) = open.pop() {
            for edge in self.neighbours(fragment) {
                if !leaving.contains(&edge.to) && stays.insert(edge.to) {
                    open.push(edge.to);
                }
            }
        }
        self.edges.keys().filter(|fragment| !stays.contains(fragment)).copied().collect()
    }

    fn neighbours(&self, fragment: FragmentId) -> impl Iterator<Item = &'a Edge> {
        let edges = self.edges.get(&fragment).copied().into_iter().flatten();
        edges.filter(|edge| edge.holds() && self.edges.contains_key(&edge.to))
    }
}
