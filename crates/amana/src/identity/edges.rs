//! What holds the fragments of a person together, and what did before, with who said so.

use super::graph::{Looking, told};
use super::shown::{IdentityEdge, IdentityFormer};
use crate::profile::Entry;
use crate::profile::spelling::word;
use amana_core::Moment;
use amana_core::identity::{Edge, Former, FragmentId};
use amana_core::permission::{Act, ActKind, Content};
use uuid::Uuid;

impl Looking<'_> {
    /// Every edge once: both ends hold it, and what was banned leads to somebody else.
    pub(super) fn edges(&self) -> Vec<IdentityEdge> {
        let edges = self.members().flat_map(|entry| entry.fragment.edges.iter().map(|edge| (entry.id, edge)));
        edges
            .filter(|(from, edge)| self.is_told_from(*from, edge.to))
            .map(|(from, edge)| self.edge(from, edge))
            .collect()
    }

    /// The same of what was an edge before.
    pub(super) fn former(&self) -> Vec<IdentityFormer> {
        let all = self.members().flat_map(|entry| entry.fragment.former.iter().map(|former| (entry.id, former)));
        let told = all.filter(|(from, former)| self.is_told_from(*from, former.to));
        told.map(|(from, former)| self.former_edge(from, former)).collect()
    }

    fn members(&self) -> impl Iterator<Item = &Entry> {
        self.whole.component.fragments.keys().filter_map(|id| self.entry(*id))
    }

    /// Whether an edge is told from this end.
    fn is_told_from(&self, from: FragmentId, to: FragmentId) -> bool {
        !self.whole.component.fragments.contains_key(&to) || from < to
    }

    fn edge(&self, from: FragmentId, edge: &Edge) -> IdentityEdge {
        IdentityEdge {
            between: [from.to_string(), edge.to.to_string()],
            bond: word(&edge.bond),
            source: self.source(edge.source),
            since: edge.since.to_string(),
            banned: edge.banned.map(|banned| banned.to_string()),
            act: edge.act.and_then(|act| self.acts.get(&act)).map(told),
            banned_by: edge.banned.and_then(|at| self.banned_by((from.0, edge.to.0), at)).map(told),
        }
    }

    fn former_edge(&self, from: FragmentId, former: &Former) -> IdentityFormer {
        IdentityFormer {
            between: [from.to_string(), former.to.to_string()],
            bond: word(&former.bond),
            source: self.source(former.source),
            since: former.from.to_string(),
            until: former.until.to_string(),
            act: former.act.and_then(|act| self.acts.get(&act)).map(told),
            banned_by: self.banned_by((from.0, former.to.0), former.until).map(told),
        }
    }

    /// The act by which an edge holds no longer.
    fn banned_by(&self, (one, other): (Uuid, Uuid), at: Moment) -> Option<&Act> {
        let parts = |act: &&Act| match &act.content {
            Some(Content::Identity { edges, .. }) => edges.contains(&(one, other)) || edges.contains(&(other, one)),
            _ => false,
        };
        let at_that_time = self.acts.values().filter(|act| act.received == at && act.kind != ActKind::Join);
        at_that_time.filter(parts).min_by_key(|act| act.id)
    }
}
