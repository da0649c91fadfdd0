//! The sample world: people of an invented outdoor retailer and everything they do within a year.
//!
//! Pure: no clock, no files, no network. A person's whole year follows from the seed and their number, so the same
//! `(seed, people, from)` gives the same steps for ever, in any pieces, and nobody is kept in memory: the stream holds
//! sixteen bytes for each actor and whatever is going on at that moment.
//!
//! [`World::steps`] tells the year in order of time, [`World::fact`] names people whom it is worth looking at.

mod bot;
mod browsing;
mod desk;
mod device;
mod dice;
mod facts;
mod goods;
mod hours;
mod household;
mod life;
mod message;
mod names;

mod person;
mod places;
mod plan;
mod session;
mod spelling;
mod stream;
mod tablet;
mod till;
mod truth;

#[cfg(test)]
mod tests;

pub use facts::{Fact, FactKind};
pub use stream::Steps;
pub use truth::{Mistyped, Tablet, Turn};

use jiff::{Span, civil::Date, tz::TimeZone};

/// Events for each person and year, unless another number is asked for.
pub const EVENTS_PER_PERSON: u32 = 34;

/// Of these, those that do not depend on how often people come: signing up, the customer file, tills, tablets.
const EVENTS_ALWAYS: u32 = 11;

/// The codes of the sources in `org.toml`.
pub const SOURCES: [&str; 6] =
    [source::SITE_MOUNTAIN, source::SITE_WATER, source::APP, source::TILL, source::CRM, source::CALL_CENTRE];

/// The codes by which steps name their source.
pub(crate) mod source {
    pub(crate) const SITE_MOUNTAIN: &str = "site-mountain";
    pub(crate) const SITE_WATER: &str = "site-water";
    pub(crate) const APP: &str = "app";
    pub(crate) const TILL: &str = "till";
    pub(crate) const CRM: &str = "crm";
    pub(crate) const CALL_CENTRE: &str = "call-centre";
}

/// One call of the tracking API, as a source would send it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The code of the source that sends it.
    pub source: &'static str,
    /// When it is sent, in milliseconds since 1970. Equals the item's `timestamp` unless it is a repetition.
    pub at_ms: i64,
    /// Whether the browser sends `Sec-GPC: 1`.
    pub gpc: bool,
    /// What the browser or app says it is, empty for servers. The item says so too, in `context.userAgent`.
    pub user_agent: &'static str,
    /// Sent before with the same `messageId`, as SDKs do when an answer was lost: it must not count twice.
    pub repeated: bool,
    /// The item, for `POST /v1/batch`.
    pub json: serde_json::Value,
}

/// A year of sample people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct World {
    seed: u64,
    people: u32,
    from_ms: i64,
    until_ms: i64,
    /// The calendar year in which the sample ends.
    year: i16,
    /// Sessions for each thousand of the usual number.
    activity: u32,
}

impl World {
    /// The world of so many people whose year begins at midnight UTC of `from`.
    #[must_use]
    pub fn new(seed: u64, people: u32, from: Date) -> Self {
        let midnight = |date: Date| date.to_zoned(TimeZone::UTC).map_or(0, |zoned| zoned.timestamp().as_millisecond());
        let until = from.saturating_add(Span::new().years(1));
        Self { seed, people, from_ms: midnight(from), until_ms: midnight(until), year: until.year(), activity: 1000 }
    }

    /// The same people, coming more or less often: about so many events for each of them.
    #[must_use]
    pub fn with_events_per_person(self, events: u32) -> Self {
        let sessions = events.saturating_sub(EVENTS_ALWAYS).saturating_mul(1000);
        Self { activity: sessions / (EVENTS_PER_PERSON - EVENTS_ALWAYS), ..self }
    }

    /// How many people there are.
    #[must_use]
    pub fn people(&self) -> u32 {
        self.people
    }

    /// The instants between which everything happens, in milliseconds since 1970; the second is past the end.
    #[must_use]
    pub fn span_ms(&self) -> (i64, i64) {
        (self.from_ms, self.until_ms)
    }

    /// Everything that happens, in order of time. To go on where a run stopped, skip as many steps as were sent.
    #[must_use]
    pub fn steps(&self) -> Steps {
        Steps::new(*self)
    }

    /// About how many steps there are, within a few percent, from a sample.
    #[must_use]
    pub fn steps_total_estimate(&self) -> u64 {
        stream::estimate(self)
    }
}
