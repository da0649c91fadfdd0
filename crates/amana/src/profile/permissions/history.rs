//! How permissions came to be what they are: every act, and every change of a state, time's own included.

use super::Answer;
use super::shown::HistoryEntry;
use crate::profile::past::{Instants, Past};
use crate::profile::spelling::word;
use amana_core::Moment;
use amana_core::catalog::SlotRule;
use amana_core::permission::{Act, Target, timeline};
use std::collections::BTreeSet;
use uuid::Uuid;

/// How many entries of a history are told at a time.
pub const HISTORY_PAGE_MAX: usize = 1_000;

/// A page of a history.
#[derive(Clone, Copy, Debug)]
pub struct HistoryAsk {
    /// How many entries come before it.
    pub after: usize,
    /// How many it has at most.
    pub limit: usize,
}

/// A page as it was found.
pub(super) struct HistoryPage {
    pub(super) entries: Vec<HistoryEntry>,
    pub(super) next: Option<usize>,
}

/// What a history is put in order by.
type Row = ((Moment, Moment, Option<Uuid>), HistoryEntry);

impl Answer<'_> {
    /// A page of the history, oldest first.
    pub(super) fn history(&self, past: &Past, at: Instants, page: HistoryAsk) -> HistoryPage {
        let mut rows = Vec::new();
        for (place, group) in past.whole.groups.iter().enumerate() {
            let acts: Vec<&Act> = group.iter().flat_map(|id| past.acts_of(*id)).collect();
            let proven = place < past.whole.core.max(1);
            let mut movers = BTreeSet::new();
            for rule in self.policy.slots.iter().filter(|rule| self.sees(rule)) {
                self.changes(rule, &acts, (place, proven), at, &mut movers, &mut rows);
            }
            let others = acts.into_iter().filter(|act| !movers.contains(&(act.id, act.target)));
            rows.extend(others.filter_map(|act| self.mere_act(act, proven)));
        }
        rows.sort_by_key(|(order, _)| *order);
        let more = rows.len() > page.after.saturating_add(page.limit);
        let next = more.then(|| page.after + page.limit);
        let entries = rows.into_iter().skip(page.after).take(page.limit).map(|(_, entry)| entry).collect();
        HistoryPage { entries, next }
    }

    /// The changes of one slot's state.
    fn changes(
        &self,
        rule: &SlotRule,
        acts: &[&Act],
        (group, proven): (usize, bool),
        at: Instants,
        movers: &mut BTreeSet<(Uuid, Target)>,
        rows: &mut Vec<Row>,
    ) {
        let of_age = self.whole.of_age(group).at(self.policy, rule);
        let own = acts.iter().copied().filter(|act| matches!(act.target, Target::Person) || is_about(rule, act));
        let own: Vec<&Act> = own.collect();
        for change in timeline(rule, own.iter().copied(), of_age, at.as_of, at.known_at) {
            let act = change.act.and_then(|id| own.iter().find(|act| act.id == id));
            movers.extend(act.map(|act| (act.id, act.target)));
            // A no to everything is told to who may see the whole, and to others as what it means for their purpose.
            let told = act.filter(|act| self.sight.whole || matches!(act.target, Target::Slot(_)));
            let entry = HistoryEntry {
                before: Some(word(&change.before.state)),
                after: Some(word(&change.after.state)),
                act: told.map(|act| self.told().act(act, true)),
                ..of_slot(Some(rule), change.at, change.received, proven)
            };
            rows.push(((change.at, change.received, change.act), entry));
        }
    }

    /// An act that moved no state.
    fn mere_act(&self, act: &Act, proven: bool) -> Option<Row> {
        let rule = match act.target {
            Target::Slot(slot) => Some(self.policy.slot(slot)?),
            _ => None,
        };
        if !rule.map_or(self.sight.whole, |rule| self.sees(rule)) {
            return None;
        }
        let entry =
            HistoryEntry { act: Some(self.told().act(act, true)), ..of_slot(rule, act.at, act.received, proven) };
        Some(((act.at, act.received, Some(act.id)), entry))
    }
}

/// Whether an act is about a slot, as it says and not only as its number says.
fn is_about(rule: &SlotRule, act: &Act) -> bool {
    let same = act.evidence.purpose.as_ref().is_none_or(|purpose| *purpose == rule.purpose);
    act.target == Target::Slot(rule.slot) && same
}

fn of_slot(rule: Option<&SlotRule>, at: Moment, received: Moment, proven: bool) -> HistoryEntry {
    HistoryEntry {
        at: at.to_string(),
        received: received.to_string(),
        purpose: rule.map(|rule| rule.purpose.clone()),
        brand: rule.and_then(|rule| rule.brand.clone()),
        version: rule.map(|rule| rule.since_version),
        before: None,
        after: None,
        proven,
        act: None,
    }
}
