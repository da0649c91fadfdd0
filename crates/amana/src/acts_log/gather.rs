//! The records that a commit of the pipeline makes: one for each act that it writes down.
//!
//! Who a person is, is told once for each person and commit: told with every act, thousands of acts of somebody whom
//! claims have joined over thousands of edges would be more than any commit holds.

use super::entry::{ActOf, LogEntry, MovedKeys, NamedFragment};
use crate::profile::Entry;
use amana_core::Moment;
use amana_core::identity::{COMPONENT_MAX, Edge, FragmentId};
use amana_core::permission::{Act, Content, Method};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How many fragments of a person are named with a decision; more joined ones are reached by their own acts alone.
const OTHERS_MAX: usize = COMPONENT_MAX;
/// Up to so many edges of a person are all told; of more only those that hold the person together.
const EDGES_MAX: usize = 512;

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
    let acts = entries.iter().flat_map(|entry| entry.changes.acts.iter().map(move |act| (entry, act)));
    let mut acts: Vec<(&Entry, &Act)> = acts.collect();
    if acts.is_empty() {
        return Vec::new();
    }
    acts.sort_by_key(|(_, act)| act.received);
    let known = entries.iter().map(|entry| (entry.id, entry)).collect();
    let mut telling = Telling { known, told: BTreeSet::new() };
    acts.into_iter().map(|(entry, act)| telling.record(entry, act)).collect()
}

/// What is being told by one commit.
struct Telling<'a> {
    known: BTreeMap<FragmentId, &'a Entry>,
    /// Whose person a record of this commit tells already.
    told: BTreeSet<FragmentId>,
}

impl Telling<'_> {
    fn record(&mut self, entry: &Entry, act: &Act) -> LogEntry {
        let (mut others, mut edges) = (BTreeSet::new(), Vec::new());
        if act.kind.is_decision() {
            if !self.told.contains(&entry.id) {
                (others, edges) = self.around(entry);
            }
            let named = named_by(act);
            // What was done on a device that is shared now is reached by its edges alone.
            let left = named.iter().filter(|_| act.evidence.method == Method::SharedDevice);
            for entry in left.filter_map(|id| self.known.get(id).copied()).collect::<Vec<_>>() {
                let (around, between) = self.around(entry);
                others.extend(around);
                edges.extend(between);
            }
            others.extend(named);
        }
        others.remove(&entry.id);
        let others = others.iter().filter_map(|id| self.known.get(id)).map(|entry| named(entry)).collect();
        LogEntry::Act(Box::new(ActOf { fragment: named(entry), others, edges, act: act.clone() }))
    }

    /// Who the person is, with what joins them.
    fn around(&mut self, start: &Entry) -> (BTreeSet<FragmentId>, Vec<(Uuid, Edge)>) {
        let (mut reached, mut open) = (BTreeSet::from([start.id]), vec![start]);
        while let Some(entry) = open.pop() {
            for edge in entry.fragment.edges.iter().filter(|edge| edge.holds()) {
                let Some(other) = self.known.get(&edge.to) else { continue };
                if reached.len() <= OTHERS_MAX && reached.insert(edge.to) {
                    open.push(other);
                }
            }
        }
        self.told.extend(&reached);
        // Each edge is known at both its ends, and told from one.
        let entries = reached.iter().filter_map(|id| self.known.get(id));
        let ends = entries.flat_map(|entry| entry.fragment.edges.iter().map(|edge| (entry.id, edge)));
        let told = ends.filter(|(id, edge)| edge.holds() && *id < edge.to && reached.contains(&edge.to));
        let edges = holding_together(told.map(|(id, edge)| (id.0, edge.clone())).collect());
        (reached, edges)
    }
}

/// Whom an act names.
fn named_by(act: &Act) -> BTreeSet<FragmentId> {
    let Some(Content::Identity { with, edges }) = &act.content else { return BTreeSet::new() };
    let ends = edges.iter().flat_map(|(one, other)| [one, other]);
    with.iter().chain(ends).map(|id| FragmentId(*id)).collect()
}

/// All edges, or of very many those that hold as much together, and as strongly: the strongest first, each that joins
/// what no stronger one has joined (Kruskal's spanning forest).
fn holding_together(mut edges: Vec<(Uuid, Edge)>) -> Vec<(Uuid, Edge)> {
    if edges.len() <= EDGES_MAX {
        return edges;
    }
    edges.sort_by_key(|(_, edge)| Reverse(edge.bond));
    let mut joined = Joined::default();
    edges.retain(|(from, edge)| joined.join(*from, edge.to.0));
    edges
}

/// Which fragments are joined so far: each points to another one of its part, or is its part's first.
#[derive(Default)]
struct Joined(BTreeMap<Uuid, Uuid>);

impl Joined {
    fn first(&mut self, id: Uuid) -> Uuid {
        let (mut first, mut passed) = (id, Vec::new());
        while let Some(next) = self.0.get(&first) {
            passed.push(first);
            first = *next;
        }
        self.0.extend(passed.into_iter().map(|passed| (passed, first)));
        first
    }

    /// Joins two fragments. Says whether they were apart.
    fn join(&mut self, one: Uuid, other: Uuid) -> bool {
        let (one, other) = (self.first(one), self.first(other));
        if one == other {
            return false;
        }
        self.0.insert(one, other);
        true
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use amana_core::identity::{Bond, parts};
    use amana_core::permission::{ActKind, Evidence, Method, Target};

    fn id(number: u128) -> FragmentId {
        FragmentId(Uuid::from_u128(number))
    }

    /// So many fragments, each joined to each by a claim, and to the next one by a stronger bond.
    fn tangle(count: u128, strong: impl Fn(u128) -> Bond) -> Vec<Entry> {
        let entry = |number: u128| {
            let mut entry = Entry::new(id(number), "email", "default", Moment(1), [0; 24]);
            for other in (0..count).filter(|other| *other != number) {
                let bond = if number.abs_diff(other) == 1 { strong(number.min(other)) } else { Bond::Claimed };
                entry.fragment.join(Edge::new(id(other), bond, 1, Moment(2)));
            }
            entry
        };
        (0..count).map(entry).collect()
    }

    fn acted(entry: &mut Entry, kind: ActKind, received: i64) {
        let evidence = Evidence::new(Method::Sdk, "site", "person");
        let name = Uuid::from_u128(u128::from(received.unsigned_abs()));
        entry.act(Act::new(name, kind, Target::Person, Moment(received), Moment(received), evidence));
    }

    fn of(record: &LogEntry) -> &ActOf {
        let LogEntry::Act(of) = record else { panic!("no act") };
        of
    }

    #[test]
    fn who_a_person_is_is_told_once_with_their_first_decision() {
        let mut entries = tangle(4, |_| Bond::Verified);
        acted(&mut entries[3], ActKind::Inform, 10);
        acted(&mut entries[2], ActKind::Withdraw, 12);
        acted(&mut entries[0], ActKind::Refuse, 11);
        acted(&mut entries[0], ActKind::Object, 13);
        let mut alone = Entry::new(id(9), "email", "default", Moment(1), [0; 24]);
        acted(&mut alone, ActKind::Withdraw, 14);
        entries.push(alone);
        let records = gather(&entries, Moment(20));
        let told: Vec<_> = records.iter().map(|record| (of(record).others.len(), of(record).edges.len())).collect();
        assert_eq!(told, [(0, 0), (3, 6), (0, 0), (0, 0), (0, 0)]);
    }

    #[test]
    fn of_very_many_edges_those_are_told_that_hold_as_much_together() {
        let bond = |number: u128| match number % 3 {
            0 => Bond::Verified,
            1 => Bond::Asserted,
            _ => Bond::Claimed,
        };
        let mut entries = tangle(60, bond);
        acted(&mut entries[7], ActKind::Withdraw, 10);
        let records = gather(&entries, Moment(20));
        let edges = &of(&records[0]).edges;
        assert_eq!(edges.len(), 59, "a tree");
        let mut again: Vec<Entry> =
            (0..60).map(|number| Entry::new(id(number), "email", "default", Moment(1), [0; 24])).collect();
        for (from, edge) in edges {
            for (from, to) in [(FragmentId(*from), edge.to), (edge.to, FragmentId(*from))] {
                let entry = again.iter_mut().find(|entry| entry.id == from).unwrap();
                entry.fragment.join(Edge { to, ..edge.clone() });
            }
        }
        for weakest in [Bond::Verified, Bond::Asserted, Bond::Claimed] {
            let of = |entries: &[Entry]| {
                parts(entries.iter().map(|entry| (entry.id, entry.fragment.edges.as_slice())), weakest)
            };
            assert_eq!(of(&again), of(&entries), "{weakest:?}");
        }
    }
}
