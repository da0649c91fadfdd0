//! Destroying what nothing justifies keeping any longer: data lives only as long as a purpose holds it (DESIGN §5).

use super::classes::Classes;
use super::entry::Entry;
use amana_core::catalog::Policy;
use amana_core::permission::adult_by;
use amana_core::profile::{Retention, end_of_epoch};
use amana_core::{Moment, SlotSet};
use amana_store::seal::KeyId;
use jiff::civil::Date;

const DAY_MILLIS: i64 = 86_400_000;

/// What decides about a fragment's data.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// The purposes.
    pub policy: &'a Policy,
    /// The hold classes.
    pub classes: &'a Classes,
    /// The slots whose basis still justifies keeping the fragment's data.
    pub held: SlotSet,
    /// The instant.
    pub now: Moment,
}

impl Entry {
    /// Lets go of what nothing justifies keeping any longer, and of the keys it was sealed under. Returns when the next
    /// datum will have to go.
    ///
    /// What has outlived its purposes is hidden at that very instant; its bytes go with the day that follows, and of
    /// events with the month they are of, so that a person's keys are not changed with every passing hour.
    pub fn retain(&mut self, judge: Judge<'_>) -> Option<Moment> {
        let (born, mut next) = (self.birthday(), None);
        for class in self.fragment.classes.clone() {
            let retention = Retention::of(judge.policy, judge.classes.slots(class), judge.held);
            let ends = if retention.is_over() { None } else { self.retain_class(class, &retention, judge.now) };
            match ends {
                None => self.destroy_class(class),
                Some(end) => next = Some(next.map_or(end, |next: Moment| next.min(end))),
            }
        }
        self.remember_childhood(born, judge.now);
        next.into_iter().chain(self.fragment.of_age).min()
    }

    /// Of a birthday that goes a month is left while it protects a child, and nothing while the birthday is known itself.
    fn remember_childhood(&mut self, before: Option<Date>, now: Moment) {
        let of_age = match (before, self.birthday()) {
            (_, Some(_)) => None,
            (Some(birthday), None) => adult_by(birthday),
            (None, None) => self.fragment.of_age,
        };
        let of_age = of_age.filter(|of_age| *of_age > now);
        self.changes.fragment |= of_age != self.fragment.of_age;
        self.fragment.of_age = of_age;
    }

    /// Lets go of what a class holds for too long. `None` when nothing is left of it.
    fn retain_class(&mut self, class: u32, retention: &Retention, now: Moment) -> Option<Moment> {
        let epochs = self.ring.ids_of_class(class).map(|id| id.epoch).filter(|epoch| *epoch > 0);
        let fresh = self.changes.events.keys().filter(|(of, _)| *of == class).map(|(_, epoch)| *epoch);
        let mut epochs: Vec<u16> = epochs.chain(fresh).collect();
        let last_of = |epoch| end_of_epoch(epoch).plus_millis(-1);
        epochs.retain(|epoch| {
            let kept = retention.keeps(last_of(*epoch), now);
            if !kept {
                self.destroy_epoch(class, *epoch);
            }
            kept
        });
        let holding = self.holdings.get_mut(&class);
        let oldest = holding.as_deref().and_then(|holding| holding.oldest());
        if let Some(holding) = holding
            && oldest.is_some_and(|oldest| !retention.keeps(oldest, now))
            && holding.let_go(retention, now)
        {
            // What it was sealed under opens copies of what has gone: the rest gets a new key.
            self.ring.destroy(KeyId { class, epoch: 0 });
            (self.changes.ring, self.changes.rekeyed) = (true, true);
            self.changes.holdings.insert(class);
        }
        let oldest = self.holdings.get(&class).and_then(|holding| holding.oldest());
        let data = oldest.and_then(|oldest| retention.end_of(oldest)).map(end_of_day);
        let events = epochs.iter().min().and_then(|epoch| retention.end_of(last_of(*epoch)));
        [data, events].into_iter().flatten().min()
    }

    fn destroy_class(&mut self, class: u32) {
        let ids: Vec<KeyId> = self.ring.ids_of_class(class).collect();
        for id in ids {
            self.ring.destroy(id);
        }
        self.fragment.classes.retain(|known| *known != class);
        self.holdings.remove(&class);
        self.changes.holdings.remove(&class);
        self.changes.events.retain(|(of, _), _| *of != class);
        self.forget_names(class, None);
        self.destroyed(class, None);
    }

    fn destroy_epoch(&mut self, class: u32, epoch: u16) {
        self.ring.destroy(KeyId { class, epoch });
        self.changes.events.remove(&(class, epoch));
        self.forget_names(class, Some(epoch));
        self.destroyed(class, Some(epoch));
    }

    fn destroyed(&mut self, class: u32, epoch: Option<u16>) {
        (self.changes.ring, self.changes.fragment) = (true, true);
        self.changes.destroyed.push((class, epoch));
    }
}

/// The beginning of the day after an instant.
fn end_of_day(instant: Moment) -> Moment {
    Moment((instant.0.div_euclid(DAY_MILLIS) + 1).saturating_mul(DAY_MILLIS))
}

#[cfg(test)]
#[path = "retain_tests.rs"]
mod tests;
