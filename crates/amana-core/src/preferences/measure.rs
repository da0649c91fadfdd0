//! How often at most.

use jiff::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many contacts a person may allow at most in a period: beyond that they might as well set no limit.
pub const CONTACTS_MAX: u32 = 1_000;

const HOURS_MAX: u32 = 366 * 24;

/// How long a period is, in whole hours: from an hour to a year. A month counts as 31 days and a year as 366, for who
/// says "at most" would rather hear less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Period(u32);

impl Period {
    /// Reads an ISO 8601 duration from `PT1H` to `P1Y`; parts of an hour count as a whole one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let span: Span = text.parse().ok().filter(|_| text.starts_with('P'))?;
        let days = |each: i64, count: i64| count.checked_mul(each * 24);
        let whole = days(366, span.get_years().into())?
            .checked_add(days(31, span.get_months().into())?)?
            .checked_add(days(7, span.get_weeks().into())?)?
            .checked_add(days(1, span.get_days().into())?)?;
        let time = Span::new().try_hours(span.get_hours()).ok()?.try_minutes(span.get_minutes()).ok()?;
        let time = time.try_seconds(span.get_seconds()).ok()?.total(jiff::Unit::Hour).ok()?;
        #[expect(clippy::cast_possible_truncation, reason = "jiff's hours are far below what 64 bits can count")]
        let hours = u32::try_from(whole.checked_add(time.ceil() as i64)?).ok()?;
        // Twelve months are a year, however long each may be.
        Self::hours(if span.get_years() == 0 && span.get_months() == 12 { hours.min(HOURS_MAX) } else { hours })
    }

    /// So many hours, if that is from an hour to a year.
    #[must_use]
    pub fn hours(hours: u32) -> Option<Self> {
        (1..=HOURS_MAX).contains(&hours).then_some(Self(hours))
    }

    /// How many hours.
    #[must_use]
    pub fn as_hours(self) -> u32 {
        self.0
    }

    /// Whether it is as long as a period can be, however it came here.
    pub(super) fn is_fit(self) -> bool {
        Self::hours(self.0).is_some()
    }
}

impl std::fmt::Display for Period {
    /// As [`Period::read`] reads it.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_multiple_of(24) {
            write!(formatter, "P{}D", self.0 / 24)
        } else {
            write!(formatter, "PT{}H", self.0)
        }
    }
}

/// So many contacts at most in any period of that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub struct AtMost {
    /// How many.
    pub count: u32,
    /// In which period, up to the instant of the next.
    pub period: Period,
}

impl AtMost {
    /// What keeps both: as few as the fewer, in as long as the longer.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { count: self.count.min(other.count), period: self.period.max(other.period) }
    }
}
