//! How long what a fragment holds may be kept: by whose purposes, and from each datum's own time.

use super::{Holding, MetricState};
use crate::catalog::Policy;
use crate::permission::after;
use crate::{Moment, SlotSet};
use jiff::Span;
use jiff::civil::date;
use jiff::tz::Offset;

/// What justifies keeping data of one hold class: the `keep` of every slot that is in the class and still held. A datum
/// lives until the last of them has passed, counted from its own time (DESIGN §5).
#[derive(Clone, Debug)]
pub struct Retention {
    keeps: Vec<Span>,
}

impl Retention {
    /// For data of `class` of somebody who is held for `held`.
    #[must_use]
    pub fn of(policy: &Policy, class: SlotSet, held: SlotSet) -> Self {
        let slots = class.and(held);
        Self { keeps: slots.iter().filter_map(|slot| policy.slot(slot)).map(|rule| rule.keep).collect() }
    }

    /// Whether nothing justifies keeping any of it: it is destroyed, whatever its age.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.keeps.is_empty()
    }

    /// The instant at which a datum of this time has outlived every purpose. `None`: it has already, at any age.
    #[must_use]
    pub fn end_of(&self, at: Moment) -> Option<Moment> {
        self.keeps.iter().map(|keep| after(at, *keep)).max()
    }

    /// Whether a datum of this time may still be kept.
    #[must_use]
    pub fn keeps(&self, at: Moment, now: Moment) -> bool {
        self.end_of(at).is_some_and(|end| end > now)
    }
}

impl Holding {
    /// Lets go of every datum that has outlived its purposes. Says whether anything went.
    pub fn let_go(&mut self, retention: &Retention, now: Moment) -> bool {
        let before = self.size();
        let keeps = |at| retention.keeps(at, now);
        self.traits.retain(|_, value| keeps(value.origin.at));
        self.corrections.retain(|_, correction| keeps(correction.at));
        self.identifier.take_if(|value| !keeps(value.origin.at));
        self.metrics.values_mut().for_each(|state| state.let_go(keeps));
        self.metrics.retain(|_, state| !state.is_empty());
        self.last_seen.take_if(|at| !keeps(*at));
        // When somebody was first seen is a datum of that time; afterwards nothing older than what is kept is known.
        self.first_seen.take_if(|at| !keeps(*at));
        before != self.size()
    }

    /// The time of the oldest datum.
    #[must_use]
    pub fn oldest(&self) -> Option<Moment> {
        let traits = self.traits.values().chain(&self.identifier).map(|value| value.origin.at);
        let metrics = self.metrics.values().filter_map(MetricState::oldest);
        let corrections = self.corrections.values().map(|correction| correction.at);
        traits.chain(metrics).chain(corrections).chain(self.first_seen).chain(self.last_seen).min()
    }

    /// Whether nothing is left that could be read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.traits.is_empty()
            && self.corrections.is_empty()
            && self.identifier.is_none()
            && self.metrics.is_empty()
            && self.last_seen.is_none()
    }

    /// How much there is of everything that can go.
    fn size(&self) -> [usize; 6] {
        let figures = self.metrics.values().map(MetricState::len).sum();
        let single = [self.identifier.is_some(), self.first_seen.is_some(), self.last_seen.is_some()];
        let [identifier, first, last] = single.map(usize::from);
        [self.traits.len(), self.corrections.len(), figures, identifier, first, last]
    }
}

/// The epoch of an event: the calendar month (UTC) it happened in, counted from January 1970 as 1. Events of one month
/// share a key, so that a month can go as a whole; 0 is what a class holds besides events. What happened before 1970
/// or after the year 7400 counts as of the first or last month.
#[must_use]
pub fn epoch_of(at: Moment) -> u16 {
    let day = Offset::UTC.to_datetime(at.timestamp()).date();
    let months = (i32::from(day.year()) - 1970) * 12 + i32::from(day.month());
    u16::try_from(months.max(1)).unwrap_or(u16::MAX)
}

/// The day of an event: its epoch and the day of that month (1 to 31). Days lie in time as they compare, so what is
/// before the first epoch is of its first day, and all of the last one is of one day.
#[must_use]
pub fn day_of(at: Moment) -> (u16, u8) {
    let day = Offset::UTC.to_datetime(at.timestamp()).date();
    let epoch = epoch_of(at);
    match epoch {
        1 if day.year() < 1970 => (epoch, 1),
        u16::MAX => (epoch, 31),
        _ => (epoch, day.day().unsigned_abs()),
    }
}

/// The instant after the last of an epoch; the last epoch has whatever comes later, up to the calendar's end.
#[must_use]
pub fn end_of_epoch(epoch: u16) -> Moment {
    if epoch == u16::MAX {
        return Moment::MAX;
    }
    let months = i32::from(epoch);
    let (year, month) = (1970 + months / 12, months % 12 + 1);
    let fits = i16::try_from(year).ok().zip(i8::try_from(month).ok());
    let start = fits.and_then(|(year, month)| Offset::UTC.to_timestamp(date(year, month, 1).at(0, 0, 0, 0)).ok());
    start.map_or(Moment::MAX, |start| Moment(start.as_millisecond()))
}
