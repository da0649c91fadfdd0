//! An instant, in whole milliseconds: the only form of time that is stored.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 wherever people read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    /// The latest instant the calendar knows, some hours before the end of the year 9999.
    pub const MAX: Self = Self(253_402_207_200_999);

    /// Reads RFC 3339 (`2026-03-01T12:00:00.000Z`, any offset).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|timestamp| Self(timestamp.as_millisecond()))
    }

    /// This instant as the calendar library knows it; instants outside its range are moved to its ends.
    #[must_use]
    pub fn timestamp(self) -> jiff::Timestamp {
        // Only the last second there is cannot be made of milliseconds.
        let within = self.0.clamp(-62_135_596_800_000, Self::MAX.0);
        jiff::Timestamp::from_millisecond(within).unwrap_or(jiff::Timestamp::MAX)
    }

    /// This instant moved by `millis`, stopping at the ends of the range instead of wrapping.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    #[must_use]
    pub fn since_millis(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The day this instant falls on, counted in UTC from 1970-01-01.
    #[must_use]
    pub fn day(self) -> i32 {
        i32::try_from(self.0.div_euclid(86_400_000)).unwrap_or(if self.0 < 0 { i32::MIN } else { i32::MAX })
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:.3}", self.timestamp())
    }
}
