//! What people and staff decided: acts that move permissions, preferences, corrections.

use super::Work;
use crate::journal::Decided;
use crate::pipeline::tally::TallyName;
use crate::profile::held;
use amana_core::catalog::CategoryId;
use amana_core::identity::{FragmentId, normalise};
use amana_core::permission::{Act, Content, Target};
use amana_core::profile::{Origin, STAFF};
use amana_core::{Moment, SlotSet, Value};

impl Work<'_> {
    /// Takes an act of a person or of staff into account.
    pub(in crate::pipeline) fn decided(&mut self, decided: &Decided, key: [u8; 24]) {
        let id = self.named(key, &decided.kind, &decided.scope, decided.received_at);
        for (place, target) in decided.targets.iter().enumerate() {
            let name = if place == 0 { decided.id } else { self.dice.id(self.now) };
            let act = self.act_of(decided, name, *target);
            self.tally.add(TallyName::Acts, 1);
            self.reach_before(id, std::slice::from_ref(&act));
            match decided.content.clone() {
                Some(Content::Correction { field, value }) => self.correct(id, act, field, value),
                Some(content) => self.write_down(id, act.saying(content)),
                None => self.write_down(id, act),
            }
        }
        self.vouch(id);
        self.forget(id);
        self.touched.insert(id);
        self.keep_named(id, decided);
        self.part_known(id, STAFF, decided.received_at);
    }

    /// Whom an act names is known by that identifier from then on, for what they are held for now: a newsletter that somebody
    /// confirmed has an address to go to. Where nothing is held nothing is kept, so whoever only says no stays unwritten.
    fn keep_named(&mut self, id: FragmentId, decided: &Decided) {
        let Some(rule) = self.policy.identifier(&decided.kind) else { return };
        // What is many people's is nobody's to be written to.
        if self.people.get(id).is_none_or(|entry| entry.fragment.ban.is_some()) {
            return;
        }
        let Ok(value) = normalise(rule, &decided.value, &self.policy.catalog.organisation.country) else { return };
        let held = self.held_by(id);
        let class = self.slots_that_have(rule.category, held);
        let origin = Origin { at: decided.at, received: decided.received_at, source: STAFF };
        self.name_anew(id, class, &value, origin);
    }

    /// The same for an act that has a name: of a row of a file, or as its sender named it. It counts once, for whoever was
    /// stopped sends again; and what has the same name and says something else is not the same.
    pub(in crate::pipeline) fn imported(&mut self, decided: &Decided, key: [u8; 24]) {
        let id = self.named(key, &decided.kind, &decided.scope, decided.received_at);
        let Some(entry) = self.people.get_mut(id) else { return };
        if entry.see(decided.known_as(), decided.received_at) {
            return;
        }
        if decided.words.is_some() {
            // For whoever uses the name again for something else, and has to be told.
            entry.see(decided.name_known_as(), decided.received_at);
        }
        self.decided(decided, key);
    }

    /// The fragment of an identifier, a new one where there is none.
    pub(super) fn named(&mut self, key: [u8; 24], kind: &str, scope: &str, received: Moment) -> FragmentId {
        let known = self.index.get(&key).copied();
        known.unwrap_or_else(|| self.create(key, kind, scope, received))
    }

    /// An act about one of its targets. What it means depends on the basis of the slot.
    fn act_of(&self, decided: &Decided, id: uuid::Uuid, target: Target) -> Act {
        let slot = match target {
            Target::Slot(slot) => self.policy.slot(slot),
            _ => None,
        };
        let kind = slot.map_or(decided.act, |rule| decided.act.under(rule.basis));
        let mut evidence = decided.evidence.clone();
        if let Some(rule) = slot {
            evidence.purpose = Some(rule.purpose.clone());
            evidence.brand.clone_from(&rule.brand);
        }
        Act::new(id, kind, target, decided.at, decided.received_at, evidence).until(decided.until)
    }

    pub(super) fn write_down(&mut self, id: FragmentId, act: Act) {
        if let Some(entry) = self.people.get_mut(id) {
            entry.act(act);
        }
    }

    /// Puts a value right, for every slot that may have it and is held now. The act itself keeps no value: it is
    /// history, and outlives what the purposes hold.
    pub(super) fn correct(&mut self, id: FragmentId, act: Act, field: String, value: Option<Value>) {
        let Some(category) = self.policy.traits.get(&field).map(|rule| rule.category) else { return };
        let whole = self.whole(id);
        let group = whole.group_of(id).unwrap_or_default();
        let wrong: Vec<Value> =
            whole.component.fragments.keys().flat_map(|member| self.known_values(*member, &field)).collect();
        let held = held(self.policy, &whole.marks[group], whole.of_age(group), self.now);
        let class = self.slots_that_have(category, held);
        let (at, received) = (act.at, act.received);
        let written = Content::Correction { field: field.clone(), value: None };
        self.write_down(id, act.saying(written));
        // What was wrong is not only hidden: it is gone, with the keys that open older copies of it (GDPR Art. 16).
        for member in &whole.groups[group] {
            if let Some(entry) = self.people.get_mut(*member) {
                entry.forget_trait(&field);
            }
        }
        let number = (!class.is_empty()).then(|| self.classes.number(class)).flatten();
        if let (Some(class), Some(entry)) = (number, self.people.get_mut(id)) {
            entry.correct(class, &field, value, &wrong, (at, received));
        }
    }

    fn known_values(&self, id: FragmentId, field: &str) -> Vec<Value> {
        let holdings = self.people.get(id).into_iter().flat_map(|entry| entry.holdings.values());
        holdings.filter_map(|holding| holding.traits.get(field)).map(|known| known.value.clone()).collect()
    }

    fn slots_that_have(&self, category: CategoryId, held: SlotSet) -> SlotSet {
        let open = |slot: &amana_core::Slot| self.policy.slot(*slot).is_some_and(|rule| !rule.retired);
        self.policy.slots_for(category).and(held).iter().filter(open).collect()
    }
}
