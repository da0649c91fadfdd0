//! How long something lives: calendar arithmetic, in UTC.

use crate::Moment;
use jiff::Span;
use jiff::tz::Offset;

const DAY_MILLIS: i64 = 86_400_000;

/// `span` after an instant. The same day of the month, else its last; past the calendar's end it is the calendar's end.
#[must_use]
pub(crate) fn after(moment: Moment, span: Span) -> Moment {
    let end = Offset::UTC.to_datetime(moment.timestamp()).checked_add(span);
    let end = end.and_then(|end| Offset::UTC.to_timestamp(end));
    end.map_or(Moment::MAX, |end| Moment(end.as_millisecond()))
}

/// The instant at which a day begins, in UTC.
#[must_use]
pub(crate) fn day_begins(day: jiff::civil::Date) -> Moment {
    let begins = Offset::UTC.to_timestamp(day.to_datetime(jiff::civil::Time::midnight()));
    begins.map_or(Moment::MAX, |begins| Moment(begins.as_millisecond()))
}

/// Whether what lives for `span` from an instant has lived that long: it is gone at the end itself.
#[must_use]
pub fn outlived(born: Moment, span: Span, now: Moment) -> bool {
    // Most of what is looked at is far from its end, and then no calendar is needed to say so.
    now.since_millis(born) >= days_min(span).saturating_mul(DAY_MILLIS) && after(born, span) <= now
}

/// Fewer days than the span has anywhere in the calendar.
fn days_min(span: Span) -> i64 {
    if span.is_negative() {
        return i64::MIN;
    }
    let months = i64::from(span.get_years()) * 12 + i64::from(span.get_months());
    months * 28 + i64::from(span.get_weeks()) * 7 + i64::from(span.get_days())
}
