//! Quiet time: days and hours in which somebody wants to be left in peace, by the clock on their wall.

use super::Wishes;
use crate::Moment;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many hours a day has on the wall.
pub(super) const HOURS: u8 = 24;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Day {
    /// All days.
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    fn of(weekday: Weekday) -> Self {
        let place = weekday.to_monday_zero_offset().rem_euclid(7);
        Self::ALL[usize::from(place.unsigned_abs())]
    }
}

/// Hours of some days. From 22 to 8 is the night that begins on each of these days; from 0 to 24 is all day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Quiet {
    /// The days on which it begins.
    pub days: BTreeSet<Day>,
    /// The hour at which it begins, from 0 to 23.
    pub from: u8,
    /// The hour at which it ends, from 0 to 24; not after `from`: on the next day.
    pub to: u8,
}

impl Quiet {
    /// The end, on the wall, of what is quiet at this time on the wall; none when it is not quiet.
    fn end(&self, wall: DateTime) -> Option<DateTime> {
        let hour = u8::try_from(wall.hour()).unwrap_or_default();
        let (today, yesterday) = (wall.date(), wall.date().yesterday().ok()?);
        let begins_on = |weekday: Weekday| self.days.contains(&Day::of(weekday));
        let overnight = self.to <= self.from;
        let last_day = if begins_on(today.weekday()) && hour >= self.from && (overnight || hour < self.to) {
            if overnight || self.to == HOURS { today.tomorrow().ok()? } else { today }
        } else if overnight && begins_on(yesterday.weekday()) && hour < self.to {
            today
        } else {
            return None;
        };
        Some(last_day.at(i8::try_from(self.to % HOURS).unwrap_or_default(), 0, 0, 0))
    }
}

/// Quiet time with the clock it goes by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Stretch {
    /// IANA name of the time zone; none: where the organisation is.
    pub time_zone: Option<String>,
    /// The hours.
    pub quiet: Quiet,
}

/// How far ahead is looked: all stretches repeat every week, and clocks are changed by hours.
const LOOK_AHEAD_MILLIS: i64 = 9 * 86_400_000;

/// When somebody may next be contacted: now, when it is not quiet; none: never. `usual` is the time zone of people who
/// have named none.
#[must_use]
pub fn quiet_until(wishes: &Wishes, usual: &str, now: Moment) -> Option<Moment> {
    let stretches: Vec<_> = wishes.quiet.iter().map(|stretch| (zone(stretch, usual), &stretch.quiet)).collect();
    let mut moment = now;
    while moment.since_millis(now) < LOOK_AHEAD_MILLIS {
        match stretches.iter().filter_map(|(zone, quiet)| end(zone, quiet, moment)).max() {
            None => return Some(moment),
            Some(end) => moment = end,
        }
    }
    None
}

/// The instant at which a stretch that is quiet now ends.
fn end(zone: &TimeZone, quiet: &Quiet, now: Moment) -> Option<Moment> {
    let wall = quiet.end(zone.to_datetime(now.timestamp()))?;
    let ends = zone.to_ambiguous_timestamp(wall);
    // Where the clock leaps over the end, it is over with the leap.
    let leap = || zone.following(now.timestamp()).next().map(|leap| leap.timestamp());
    let leap = matches!(ends.offset(), AmbiguousOffset::Gap { .. }).then(leap).flatten();
    // An hour that the clock repeats ends twice. A calendar that ends has no later hour.
    let candidates = [leap, ends.compatible().ok(), ends.later().ok()].into_iter().flatten();
    let mut later = candidates.map(|end| Moment(end.as_millisecond())).filter(|end| *end > now);
    Some(later.next().unwrap_or(Moment::MAX))
}

fn zone(stretch: &Stretch, usual: &str) -> TimeZone {
    let named = |name: &str| TimeZoneDatabase::bundled().get(name).ok();
    stretch.time_zone.as_deref().and_then(named).or_else(|| named(usual)).unwrap_or(TimeZone::UTC)
}
