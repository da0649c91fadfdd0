//! Writing in memory: new fragments, what joins them, and what of an event is kept.

use super::{Keyed, Work};
use crate::pipeline::acts::{Arrival, Doings};
use crate::pipeline::prospect::Allowance;
use crate::pipeline::tally::TallyName;
use crate::profile::{Entry, held};
use amana_core::catalog::Trust;
use amana_core::identity::{Dropped, Edge, FragmentId, LeftOut};
use amana_core::profile::{Kept, Origin, Part};
use amana_core::{Moment, SlotSet, Value};

impl Work<'_> {
    /// The organisation's own systems know this fragment.
    pub(super) fn vouch(&mut self, id: FragmentId) {
        let Some(entry) = self.people.get_mut(id) else { return };
        if !std::mem::replace(&mut entry.fragment.vouched, true) {
            entry.changes.fragment = true;
            // What claims led to until now may be somebody else from now on.
            if !entry.fragment.edges.is_empty() {
                let before = self.whole(id);
                self.touched.extend(before.component.fragments.keys());
                self.joined.insert(id);
            }
            self.forget(id);
        }
    }

    pub(super) fn ensure(
        &mut self,
        known: Option<FragmentId>,
        key: [u8; 24],
        kind: &str,
        arrival: &Arrival<'_>,
    ) -> FragmentId {
        known.unwrap_or_else(|| self.create(key, kind, &arrival.source.identity_scope, arrival.received))
    }

    pub(super) fn create(&mut self, key: [u8; 24], kind: &str, scope: &str, received: Moment) -> FragmentId {
        let id = self.ids.next(self.now, &mut self.dice);
        self.index.insert(key, id);
        self.people.insert(Entry::new(id, kind, scope, received, key));
        id
    }

    /// Joins identifiers of an event to its owner, and keeps their values where a purpose may have them.
    pub(super) fn join(
        &mut self,
        owner: FragmentId,
        kept: &[&Keyed<'_>],
        arrival: &Arrival<'_>,
        trust: Trust,
        allowance: Allowance,
    ) {
        let origin = origin(arrival);
        for (found, key) in kept {
            let other = self.index.get(key).copied();
            let other = self.ensure(other, *key, &found.rule.code, arrival);
            if other == owner {
                continue;
            }
            let edge = |to| Edge::new(to, trust.into(), origin.source, arrival.received);
            for (from, to) in [(owner, other), (other, owner)] {
                let joined = self.people.get_mut(from).map(|entry| {
                    let changed = entry.fragment.join(edge(to));
                    entry.changes.fragment |= changed;
                    changed
                });
                if joined == Some(true) {
                    self.forget(from);
                    self.joined.insert(from);
                }
            }
            if trust == Trust::Server {
                self.vouch(other);
            }
            let mut class = allowance.collect.and(self.policy.slots_for(found.rule.category));
            // What is merely claimed is held by what its own side is known for; kept for more, it would go at once.
            if trust == Trust::Public && !class.is_empty() {
                class = class.and(self.held_by(other));
            }
            self.keep_identifier(other, class, &found.value, origin);
        }
    }

    /// Notes with the owner what was left out of its event.
    pub(super) fn leave_out(&mut self, owner: FragmentId, dropped: &[(&Keyed<'_>, Dropped)], arrival: &Arrival<'_>) {
        for ((found, key), why) in dropped {
            let other = self.index.get(key).copied();
            let (source, received) = (arrival.source.number, arrival.received);
            if let Some(entry) = self.people.get_mut(owner) {
                let left_out = LeftOut::new(&found.rule.code, other, *why, source, received);
                entry.changes.fragment |= entry.fragment.leave_out(left_out);
            }
        }
    }

    /// The slots for which a fragment's data is held.
    pub(super) fn held_by(&mut self, id: FragmentId) -> SlotSet {
        let whole = self.whole(id);
        let group = whole.group_of(id);
        group.map_or(SlotSet::EMPTY, |group| held(self.policy, &whole.marks[group], whole.of_age(group), self.now))
    }

    fn keep_identifier(&mut self, id: FragmentId, slots: SlotSet, value: &str, origin: Origin) {
        let class = if slots.is_empty() { None } else { self.classes.number(slots) };
        let holding = class.and_then(|class| self.people.get(id)?.holdings.get(&class));
        let known = holding.and_then(|holding| holding.identifier.as_ref());
        if known.is_none_or(|known| known.value != Value::Text(value.to_owned())) {
            self.name_anew(id, slots, value, origin);
        }
    }

    /// Keeps an identifier as it is named now, also where it was known before: it is as old as who said it last.
    pub(super) fn name_anew(&mut self, id: FragmentId, slots: SlotSet, value: &str, origin: Origin) {
        if slots.is_empty() {
            return;
        }
        let Some(class) = self.classes.number(slots) else { return };
        let Some(entry) = self.people.get_mut(id) else { return };
        let part = Part {
            class: slots,
            event: None,
            fields: Vec::new(),
            traits: Vec::new(),
            metrics: Vec::new(),
            identifier: Some(value.to_owned()),
        };
        entry.fold(class, part, origin);
    }

    pub(super) fn write(&mut self, id: FragmentId, doings: Doings, kept: Kept, arrival: &Arrival<'_>) {
        let origin = origin(arrival);
        let Doings { acts, told, .. } = doings;
        if arrival.trust == Trust::Server {
            self.vouch(id);
        }
        if !acts.is_empty() {
            self.tally.add(TallyName::Acts, acts.len());
            self.forget(id);
        }
        let protects = |part: &Part| {
            part.traits.iter().any(|(name, _)| matches!(name.as_str(), "birthday" | "country" | "address.country"))
        };
        if kept.parts.iter().any(protects) {
            self.forget(id);
        }
        let outcome = if kept.parts.is_empty() { TallyName::EventsDecisionOnly } else { TallyName::EventsKept };
        self.tally.add(outcome, 1);
        let numbered: Vec<(u32, Part)> = kept
            .parts
            .into_iter()
            .filter_map(|part| self.classes.number(part.class).map(|class| (class, part)))
            .collect();
        if let Some(entry) = self.people.get_mut(id) {
            acts.into_iter().for_each(|act| entry.act(act));
            told.into_iter().for_each(|(notice, version)| entry.tell(notice, version));
            numbered.into_iter().for_each(|(class, part)| entry.fold(class, part, origin));
        }
        self.touched.insert(id);
    }
}

pub(super) fn origin(arrival: &Arrival<'_>) -> Origin {
    Origin { at: arrival.at(), received: arrival.received, source: arrival.source.number }
}
