//! How permissions came to be what they are: every act, and every change of a state, those of time and of the catalogue
//! included. Each instant is judged by the catalogue of that instant.

use super::Answer;
use super::shown::HistoryEntry;
use crate::govern::Judgement;
use crate::profile::past::{Instants, Past};
use crate::profile::spelling::word;
use crate::profile::whole::OfAge;
use amana_core::catalog::{Policy, SlotRule};
use amana_core::permission::{Act, Judged, Target, timeline};
use amana_core::{Moment, Slot};
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

/// One person of it, of those that are proven to be one or claim to be.
struct Side<'a> {
    group: usize,
    proven: bool,
    acts: &'a [&'a Act],
}

impl Answer<'_> {
    /// A page of the history, oldest first. Purposes are named as they were `judged`, else as they are declared today: an
    /// act of before there was a purpose is about the one that came.
    pub(super) fn history(
        &self,
        past: &Past,
        at: Instants,
        (judged, today): (&[Judgement], &Policy),
        page: HistoryAsk,
    ) -> HistoryPage {
        let mut rows = Vec::new();
        let slots = judged.last().map_or(&[][..], |last| last.slots.as_slice());
        for (place, group) in past.whole.groups.iter().enumerate() {
            let acts: Vec<&Act> = group.iter().flat_map(|id| past.acts_of(*id)).collect();
            let proven = place < past.whole.core.max(1);
            let mut movers = BTreeSet::new();
            let side = Side { group: place, proven, acts: &acts };
            for rule in slots.iter().filter(|rule| self.sees(rule)) {
                self.changes(rule, &side, (judged, at), &mut movers, &mut rows);
            }
            let others = acts.iter().filter(|act| !movers.contains(&(act.id, act.target)));
            let named = |slot: Slot| slots.get(usize::from(slot.0)).or_else(|| today.slot(slot));
            rows.extend(others.filter_map(|act| self.mere_act(act, named, proven)));
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
        side: &Side<'_>,
        (judged, at): (&[Judgement], Instants),
        movers: &mut BTreeSet<(Uuid, Target)>,
        rows: &mut Vec<Row>,
    ) {
        let rules = rules_of(rule.slot, judged, self.whole.of_age(side.group));
        let own = side.acts.iter().copied().filter(|act| matches!(act.target, Target::Person) || is_about(rule, act));
        let own: Vec<&Act> = own.collect();
        for change in timeline(&rules, own.iter().copied(), at.as_of, at.known_at) {
            // An act about several purposes, or several versions of one, has one name.
            let named = |id| own.iter().filter(move |act| act.id == id);
            let act = change.act.and_then(|id| named(id).max_by_key(|act| act.target == Target::Slot(rule.slot)));
            movers.extend(act.map(|act| (act.id, act.target)));
            // A no to everything is told to who may see the whole, and to others as what it means for their purpose.
            let told = act.filter(|act| self.sight.whole || matches!(act.target, Target::Slot(_)));
            let entry = HistoryEntry {
                before: Some(word(&change.before.state)),
                after: Some(word(&change.after.state)),
                act: told.map(|act| self.told().of_history(act, true)),
                catalog_version: change.version,
                ..of_slot(Some(rule), change.at, change.received, side.proven)
            };
            rows.push(((change.at, change.received, change.act), entry));
        }
    }

    /// An act that moved no state.
    fn mere_act<'r>(&self, act: &Act, named: impl Fn(Slot) -> Option<&'r SlotRule>, proven: bool) -> Option<Row> {
        let rule = match act.target {
            Target::Slot(slot) => Some(named(slot)?),
            _ => None,
        };
        if !rule.map_or(self.sight.whole, |rule| self.sees(rule)) {
            return None;
        }
        let entry = HistoryEntry {
            act: Some(self.told().of_history(act, false)),
            ..of_slot(rule, act.at, act.received, proven)
        };
        Some(((act.at, act.received, Some(act.id)), entry))
    }
}

/// The rules by which a slot was judged, with when somebody was of age by each.
fn rules_of<'j>(slot: Slot, judged: &'j [Judgement], of_age: OfAge<'_>) -> Vec<Judged<'j>> {
    let rule = |judgement: &'j Judgement| {
        let rule = judgement.slots.get(usize::from(slot.0))?;
        let of_age = of_age.at_home(&judgement.country, rule);
        Some(Judged { from: judgement.since, version: judgement.version, rule, of_age })
    };
    judged.iter().filter_map(rule).collect()
}

/// Whether an act is about a slot or, for a no to it is one to this, about an earlier version of its purpose: as the act
/// says, and not only as its number says.
fn is_about(rule: &SlotRule, act: &Act) -> bool {
    let same = act.evidence.purpose.as_ref().is_none_or(|purpose| *purpose == rule.purpose);
    matches!(act.target, Target::Slot(slot) if slot == rule.slot || rule.before.contains(slot)) && same
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
        catalog_version: None,
    }
}
