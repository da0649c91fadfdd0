//! What can be reached from a fragment: a person, as far as is known.

use super::{Edge, FragmentId};
use crate::catalog::Trust;
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many fragments one person may have.
pub const COMPONENT_MAX: usize = 1_000;

/// Fragments that are held together, with what limits count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Component {
    /// Its fragments with the code of their identifier kind, in ascending order.
    pub fragments: BTreeMap<FragmentId, String>,
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
}

/// Parts a component into groups that verified edges hold together. Each group is one person by proof; between
/// groups there are only claims. An edge counts when both ends hold it as verified. Groups come in the order of their
/// smallest fragment.
#[must_use]
pub fn group<'a>(fragments: impl IntoIterator<Item = (FragmentId, &'a [Edge])>) -> Vec<Vec<FragmentId>> {
    let edges: BTreeMap<_, _> = fragments.into_iter().collect();
    let mut seen = HashSet::with_capacity(edges.len());
    let mut groups = Vec::<Vec<FragmentId>>::new();
    for start in edges.keys() {
        if !seen.insert(*start) {
            continue;
        }
        let (mut open, mut members) = (vec![*start], Vec::new());
        while let Some(fragment) = open.pop() {
            members.push(fragment);
            for edge in edges[&fragment].iter().filter(|edge| edge.trust == Trust::Server) {
                let twin = edges.get(&edge.to).is_some_and(|back| back.iter().any(|twin| is_verified(twin, fragment)));
                if twin && seen.insert(edge.to) {
                    open.push(edge.to);
                }
            }
        }
        members.sort_unstable();
        groups.push(members);
    }
    groups
}

fn is_verified(edge: &Edge, to: FragmentId) -> bool {
    edge.to == to && edge.trust == Trust::Server
}
