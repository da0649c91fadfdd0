//! Consent signals that are not heard: of what a device says of a slot over and over within one record of a public source
//! only the newest count. Public keys are known to everybody, each act is kept for good, and nobody changes their mind a
//! hundred times between two requests.

use super::acts::Arrival;
use super::task::Task;
use amana_core::catalog::Trust;
use amana_core::identity::BEARER_KIND;
use amana_core::permission::{ActKind, signals};
use amana_core::{Moment, Slot, SlotSet};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Of how many different signals a device's acts are made, for a slot and record.
pub(super) const ACTS_PER_RECORD_MAX: usize = 20;

/// What is said, by whose event it will be and about which slot, in the order it came.
type AllSaid = HashMap<([u8; 24], Slot), Vec<Said>>;

/// A signal, with those after it that only repeat it.
struct Said {
    allowed: bool,
    newest: (Moment, usize),
    places: Vec<usize>,
}

/// Notes for the events of one record which of their signals are not heard.
pub(super) fn mute(tasks: &mut [Task<'_>]) {
    if tasks.len() <= ACTS_PER_RECORD_MAX {
        return;
    }
    let mut said = AllSaid::new();
    for (place, task) in tasks.iter().enumerate() {
        let Task::Event(arrival, of) = task else { continue };
        if arrival.source.trust != Trust::Public || arrival.source.consent_categories.is_empty() {
            return;
        }
        // Whose event it will be: the device's, else the visit's.
        let device = of.keyed.iter().find(|(found, _)| found.rule.code == BEARER_KIND).map(|(_, key)| *key);
        let device = device.filter(|_| !arrival.source.shared_devices || of.visit.is_none());
        let Some(key) = device.or(of.visit).or_else(|| of.keyed.first().map(|(_, key)| *key)) else { continue };
        hear(&mut said, key, place, arrival);
    }
    let mut muted = HashMap::<usize, SlotSet>::new();
    for ((_, slot), mut said) in said.into_iter().filter(|(_, said)| said.len() > ACTS_PER_RECORD_MAX) {
        said.sort_by_key(|said| Reverse(said.newest));
        for place in said.drain(ACTS_PER_RECORD_MAX..).flat_map(|said| said.places) {
            muted.entry(place).or_default().insert(slot);
        }
    }
    for (place, slots) in muted {
        if let Some(Task::Event(arrival, _)) = tasks.get_mut(place) {
            arrival.muted = slots;
        }
    }
}

fn hear(said: &mut AllSaid, key: [u8; 24], place: usize, arrival: &Arrival<'_>) {
    for signal in signals(arrival.event, arrival.source) {
        let (allowed, newest) = (signal.kind == ActKind::Grant, (arrival.at(), place));
        let said = said.entry((key, signal.slot)).or_default();
        match said.last_mut().filter(|last| !signal.explicit && last.allowed == allowed) {
            Some(last) => {
                last.newest = last.newest.max(newest);
                last.places.push(place);
            }
            None => said.push(Said { allowed, newest, places: vec![place] }),
        }
    }
}
