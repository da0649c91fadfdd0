//! A page: the newest entries before a place, whatever the order in which they are found.

use super::shown::{TimelineAct, TimelineEntry, TimelineEvent};
use super::times;
use crate::hash;
use crate::profile::events::KeptEvent;
use crate::profile::spelling::word;
use amana_core::Moment;
use amana_core::catalog::Policy;
use amana_core::identity::FragmentId;
use amana_core::permission::{Act, Target};
use amana_core::profile::{Origin, day_of};
use std::collections::BTreeMap;

/// How many entries a page has at most.
pub const TIMELINE_ENTRIES_MAX: usize = 1_000;

/// A place in what happened: when, when it was learned, and which of those that happened then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(Moment, Moment, u64);

/// Something that was found.
pub(super) enum Found {
    /// An event.
    Event(KeptEvent),
    /// An act.
    Act(Box<Act>),
}

/// The newest entries so far, and one more, which tells that there is a next page.
pub(super) struct Page {
    before: Option<Cursor>,
    limit: usize,
    found: BTreeMap<Cursor, Found>,
    /// How many groups of acts were too many to be read.
    pub(super) left_out: usize,
}

impl Cursor {
    /// Reads a cursor as an answer gave it, or an instant.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('_');
        let numbers = (parts.next()?.parse(), parts.next().map(str::parse), parts.next());
        match numbers {
            (Ok(at), Some(Ok(received)), Some(tie)) if parts.next().is_none() => {
                Some(Self(Moment(at), Moment(received), u64::from_str_radix(tie, 16).ok()?))
            }
            _ => Moment::parse(text).map(|at| Self(at, Moment(i64::MIN), 0)),
        }
    }

    /// The instant.
    #[must_use]
    pub fn at(self) -> Moment {
        self.0
    }

    fn written(self) -> String {
        format!("{}_{}_{:x}", self.0.0, self.1.0, self.2)
    }
}

impl Page {
    pub(super) fn new(before: Option<Cursor>, limit: usize) -> Self {
        Self { before, limit: limit.clamp(1, TIMELINE_ENTRIES_MAX), found: BTreeMap::new(), left_out: 0 }
    }

    /// The oldest entry so far.
    pub(super) fn oldest(&self) -> Option<Cursor> {
        self.found.keys().next().copied()
    }

    /// Whether nothing older can be on it.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() > self.limit
    }

    /// The latest day of a month that something on it may be of.
    pub(super) fn latest_day(&self, month: u16) -> u8 {
        let day = self.before.map(|before| day_of(before.at())).filter(|day| day.0 == month);
        day.map_or(31, |day| day.1)
    }

    /// Whether something of this time can be on it.
    pub(super) fn wants(&self, origin: Origin) -> bool {
        let time = (origin.at, origin.received);
        let too_old = self.is_full() && self.oldest().is_some_and(|oldest| time < (oldest.0, oldest.1));
        !too_old && self.before.is_none_or(|before| time <= (before.0, before.1))
    }

    /// Adds an event of a fragment. What is kept of one event for several classes comes together.
    pub(super) fn event(&mut self, id: FragmentId, event: KeptEvent) {
        let KeptEvent { position, repeated, row } = &event;
        let name = format!("{id}{position}.{repeated}.{}", row.name);
        let place = Cursor(row.origin.at, row.origin.received, hash::short(name.as_bytes()));
        match self.found.get_mut(&place) {
            Some(Found::Event(known)) => known.row.fields.extend(event.row.fields),
            _ => self.keep(place, Found::Event(event)),
        }
    }

    pub(super) fn add(&mut self, found: Found) {
        let place = match &found {
            Found::Act(act) => Cursor(act.at, act.received, hash::short(act.id.as_bytes())),
            Found::Event(event) => Cursor(event.row.origin.at, event.row.origin.received, 0),
        };
        self.keep(place, found);
    }

    fn keep(&mut self, place: Cursor, found: Found) {
        let too_old = self.is_full() && self.found.keys().next().is_some_and(|oldest| place < *oldest);
        if too_old || self.before.is_some_and(|before| place >= before) {
            return;
        }
        self.found.insert(place, found);
        if self.found.len() > self.limit + 1 {
            self.found.pop_first();
        }
    }

    /// The entries as they are told, and where the next page begins.
    pub(super) fn entries(mut self, policy: &Policy, whole: bool) -> (Vec<TimelineEntry>, Option<String>) {
        if self.is_full() {
            self.found.pop_first();
            let next = self.found.keys().next().map(|oldest| oldest.written());
            return (self.told(policy, whole), next);
        }
        (self.told(policy, whole), None)
    }

    fn told(self, policy: &Policy, whole: bool) -> Vec<TimelineEntry> {
        let told = |found| match found {
            Found::Event(event) => TimelineEntry::Event(event_told(event, policy)),
            Found::Act(act) => TimelineEntry::Act(act_told(*act, whole)),
        };
        self.found.into_values().rev().map(told).collect()
    }
}

fn event_told(KeptEvent { row, .. }: KeptEvent, policy: &Policy) -> TimelineEvent {
    let (at, received) = times(row.origin.at, row.origin.received);
    let source = policy.sources.iter().find(|source| source.number == row.origin.source);
    TimelineEvent {
        event: row.name,
        at,
        received,
        source: source.map(|source| source.code.clone()),
        fields: row.fields.into_iter().map(|(name, value)| (name, value.to_json())).collect(),
    }
}

fn act_told(act: Act, whole: bool) -> TimelineAct {
    let (at, received) = times(act.at, act.received);
    TimelineAct {
        id: act.id.to_string(),
        act: word(&act.kind),
        target: match act.target {
            Target::Slot(_) => "purpose",
            Target::DirectMarketing => "direct_marketing",
            Target::Person | Target::Channel(_) => "person",
        },
        at,
        received,
        method: word(&act.evidence.method),
        source: act.evidence.source,
        actor: act.evidence.actor,
        note: act.evidence.note.filter(|_| whole),
    }
}
