//! The deliveries to one destination that are not final, in memory: which of them can be looked at now.
//!
//! Messages about the same profile and audience keep their order, for a recipient that hears of leaving before
//! entering would keep what it should drop. Others do not wait for each other.

use super::reasons::Why;
use super::record::{DeliveryState, Record};
use crate::audience::NoticeKind;
use amana_core::Moment;
use amana_core::catalog::Number;
use amana_core::identity::FragmentId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How many deliveries of one destination can be open. Beyond, rows stay in the log: a destination that is down for
/// days costs no more memory and no longer a start than one that was down for a minute.
pub const OPEN_ROWS_MAX: usize = 4_096;

/// Open deliveries, by number.
#[derive(Debug, Default)]
pub(super) struct Line {
    rows: BTreeMap<u64, Record>,
    lines: HashMap<(FragmentId, Number), BTreeSet<u64>>,
}

impl Line {
    /// Adds a delivery.
    pub(super) fn insert(&mut self, sequence: u64, record: Record) {
        self.lines.entry((record.profile, record.audience)).or_default().insert(sequence);
        self.rows.insert(sequence, record);
    }

    /// Takes a delivery out.
    pub(super) fn remove(&mut self, sequence: u64) -> Option<Record> {
        let record = self.rows.remove(&sequence)?;
        let about = (record.profile, record.audience);
        if let Some(line) = self.lines.get_mut(&about) {
            line.remove(&sequence);
            if line.is_empty() {
                self.lines.remove(&about);
            }
        }
        Some(record)
    }

    /// A delivery.
    pub(super) fn get(&self, sequence: u64) -> Option<&Record> {
        self.rows.get(&sequence)
    }

    /// A delivery to be changed.
    pub(super) fn get_mut(&mut self, sequence: u64) -> Option<&mut Record> {
        self.rows.get_mut(&sequence)
    }

    /// All of them, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Record)> {
        self.rows.iter().map(|(sequence, record)| (*sequence, record))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many wait for people who cannot be read, those behind them included.
    pub(super) fn unreadable(&self) -> usize {
        let first = |line: &BTreeSet<u64>| line.first().and_then(|sequence| self.rows.get(sequence));
        let waits = |line: &&BTreeSet<u64>| first(line).is_some_and(|record| record.waits_for(Why::PersonUnreadable));
        self.lines.values().filter(waits).map(BTreeSet::len).sum()
    }

    /// Whether no earlier message about the same is open.
    pub(super) fn is_first(&self, sequence: u64) -> bool {
        self.rows.get(&sequence).is_some_and(|record| {
            let line = self.lines.get(&(record.profile, record.audience));
            line.and_then(BTreeSet::first) == Some(&sequence)
        })
    }

    /// Whether the latest open delivery about the same will say what holds when it is sent, under a name that nobody
    /// has seen yet: then there is nothing to add to it.
    pub(super) fn will_say(&self, profile: FragmentId, audience: Number) -> bool {
        let line = self.lines.get(&(profile, audience));
        let rows = line.into_iter().flatten().rev().filter_map(|sequence| self.rows.get(sequence));
        rows.filter(|record| !record.state.is_final()).take(1).any(|record| {
            let waits = matches!(record.state, DeliveryState::Waiting { .. }) && !record.disclosed;
            waits && record.kind != NoticeKind::Exited
        })
    }

    /// Those that wait behind nothing, with when they are due.
    fn waiting(&self) -> impl Iterator<Item = (Moment, u64)> {
        self.iter().filter_map(|(sequence, record)| match record.state {
            DeliveryState::Waiting { due, .. } if self.is_first(sequence) => Some((due, sequence)),
            _ => None,
        })
    }

    /// At most so many that are due: who has waited longest first.
    pub(super) fn due(&self, now: Moment, most: usize) -> Vec<u64> {
        let mut due: Vec<_> = self.waiting().filter(|(due, _)| *due <= now).collect();
        due.sort_unstable();
        due.into_iter().take(most).map(|(_, sequence)| sequence).collect()
    }

    /// When the next one is due.
    pub(super) fn next_due(&self) -> Option<Moment> {
        self.waiting().map(|(due, _)| due).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::OutboxRow;

    fn record(person: u8, due: i64) -> Record {
        let profile = FragmentId(uuid::Uuid::from_bytes([person; 16]));
        let row = OutboxRow { profile, audience: 1, kind: NoticeKind::Entered, at: Moment(0) };
        Record::new(&row, Moment(due))
    }

    #[test]
    fn messages_about_the_same_keep_their_order_and_others_do_not_wait() {
        let mut line = Line::default();
        line.insert(1, record(1, 50));
        line.insert(2, record(1, 0));
        line.insert(3, record(2, 10));
        line.insert(4, record(3, 5));
        assert_eq!(line.due(Moment(20), 9), [4, 3]);
        assert_eq!(line.due(Moment(20), 1), [4]);
        assert_eq!(line.next_due(), Some(Moment(5)));
        line.get_mut(4).unwrap().enter(DeliveryState::Sending, Moment(20));
        line.remove(3);
        assert_eq!((line.due(Moment(20), 9), line.next_due()), (vec![], Some(Moment(50))));
        line.remove(1);
        assert_eq!(line.due(Moment(20), 9), [2]);
    }

    #[test]
    fn whoever_waits_behind_somebody_unreadable_is_counted_with_them() {
        let mut line = Line::default();
        for (sequence, person) in [(1, 1), (2, 1), (3, 2)] {
            line.insert(sequence, record(person, 0));
        }
        assert_eq!(line.unreadable(), 0);
        let waits = DeliveryState::Waiting { due: Moment(9), why: Why::PersonUnreadable };
        line.get_mut(1).unwrap().enter(waits, Moment(0));
        assert_eq!(line.unreadable(), 2);
        line.remove(1);
        assert_eq!(line.unreadable(), 0);
    }
}
