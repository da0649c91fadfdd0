//! The records that a commit of the pipeline makes: one for each act that it writes down.

use super::entry::{ActOf, LogEntry, MovedKeys, NamedFragment};
use crate::profile::Entry;
use amana_core::Moment;
use amana_core::identity::{Edge, FragmentId};
use amana_core::permission::{Act, Content};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How many fragments of a person are named with a decision; more joined ones are reached by their own acts alone.
const OTHERS_MAX: usize = 256;

/// The records of all that entries are about to write down: that they moved in the index, then their acts in the order in
/// which they were learned. Acts name fragments by the keys they stand under, so a move comes before them.
pub(crate) fn gather(entries: &[Entry], now: Moment) -> Vec<LogEntry> {
    let mut records = gather_acts(entries);
    let moves = entries.iter().filter(|entry| entry.changes.moved.is_some());
    let moved: Vec<_> = moves.filter_map(|entry| Some((entry.id.0, entry.index?))).collect();
    if !moved.is_empty() {
        let at = records.first().map_or(now, LogEntry::received);
        records.insert(0, LogEntry::Moved(Box::new(MovedKeys { at, moved })));
    }
    records
}

fn gather_acts(entries: &[Entry]) -> Vec<LogEntry> {
    if entries.iter().all(|entry| entry.changes.acts.is_empty()) {
        return Vec::new();
    }
    let known: BTreeMap<FragmentId, &Entry> = entries.iter().map(|entry| (entry.id, entry)).collect();
    let mut records = Vec::new();
    for entry in entries {
        for act in &entry.changes.acts {
            let (others, edges) = if act.kind.is_decision() { around(&known, entry, act) } else { Default::default() };
            let (fragment, act) = (named(entry), act.clone());
            records.push(LogEntry::Act(Box::new(ActOf { fragment, others, edges, act })));
        }
    }
    records.sort_by_key(LogEntry::received);
    records
}

/// Who else the person is, with what joins them, and whom the act names.
fn around(known: &BTreeMap<FragmentId, &Entry>, start: &Entry, act: &Act) -> (Vec<NamedFragment>, Vec<(Uuid, Edge)>) {
    let (mut reached, mut open, mut edges) = (BTreeSet::from([start.id]), vec![start], Vec::new());
    while let Some(entry) = open.pop() {
        for edge in entry.fragment.edges.iter().filter(|edge| edge.holds()) {
            let Some(other) = known.get(&edge.to) else { continue };
            // Each edge is known at both its ends, and told from one.
            if entry.id < edge.to {
                edges.push((entry.id.0, edge.clone()));
            }
            if reached.len() <= OTHERS_MAX && reached.insert(edge.to) {
                open.push(other);
            }
        }
    }
    edges.retain(|(from, edge)| reached.contains(&FragmentId(*from)) && reached.contains(&edge.to));
    if let Some(Content::Identity { with, edges }) = &act.content {
        let ends = edges.iter().flat_map(|(one, other)| [one, other]);
        reached.extend(with.iter().chain(ends).map(|id| FragmentId(*id)));
    }
    reached.remove(&start.id);
    let others = reached.iter().filter_map(|id| known.get(id)).map(|entry| named(entry));
    (others.collect(), edges)
}

fn named(entry: &Entry) -> NamedFragment {
    NamedFragment {
        id: entry.id.0,
        kind: entry.fragment.kind.clone(),
        scope: entry.fragment.scope.clone(),
        created: entry.fragment.created,
        vouched: entry.fragment.vouched,
        index: entry.index,
    }
}
