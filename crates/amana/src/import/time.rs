//! Times as files have them: in a form and a time zone that the map names.

use amana_core::Moment;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

/// How the times of a column are written.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeForm {
    pattern: Pattern,
    zone: TimeZone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// RFC 3339; a date and time without an offset, or a date alone, in the zone; numbers are milliseconds since 1970.
    Iso,
    /// Seconds since 1970, with or without a fraction.
    UnixSeconds,
    /// Milliseconds since 1970.
    UnixMillis,
    /// A pattern of `strftime`.
    Strftime(String),
}

impl Default for TimeForm {
    fn default() -> Self {
        Self { pattern: Pattern::Iso, zone: TimeZone::UTC }
    }
}

/// What a form may be, in words.
pub(super) const FORMS_IN_WORDS: &str = "`iso`, `unix`, `unix_ms`, or a pattern such as `%d.%m.%Y %H:%M`";

impl TimeForm {
    /// The form of that name or pattern; `None` when no time could be read by it.
    pub(super) fn named(text: &str) -> Option<Self> {
        let pattern = match text {
            "iso" => Pattern::Iso,
            "unix" => Pattern::UnixSeconds,
            "unix_ms" => Pattern::UnixMillis,
            pattern => {
                let sample = DateTime::constant(2026, 3, 1, 13, 45, 59, 123_000_000).to_zoned(TimeZone::UTC).ok()?;
                let written = jiff::fmt::strtime::format(pattern, &sample).ok()?;
                let form = Self { pattern: Pattern::Strftime(pattern.into()), zone: TimeZone::UTC };
                form.read_text(&written)?;
                return Some(form);
            }
        };
        Some(Self { pattern, zone: TimeZone::UTC })
    }

    /// The same form in a time zone, for times that name none.
    #[must_use]
    pub(super) fn zoned(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// Reads a time.
    pub(super) fn read(&self, json: &Json) -> Option<Moment> {
        match (json, &self.pattern) {
            (Json::String(text), _) => self.read_text(text.trim()),
            (Json::Number(number), Pattern::UnixSeconds) => seconds(number.as_f64()?),
            (Json::Number(number), Pattern::Iso | Pattern::UnixMillis) => within(number.as_i64()?),
            // A date without signs between its parts, such as 20260301, is a number to who does not know.
            (Json::Number(number), Pattern::Strftime(_)) => self.read_text(&number.to_string()),
            _ => None,
        }
    }

    fn read_text(&self, text: &str) -> Option<Moment> {
        match &self.pattern {
            Pattern::Iso => Moment::parse(text).or_else(|| self.civil(text.parse().ok()?)),
            Pattern::UnixSeconds => seconds(text.parse().ok()?),
            Pattern::UnixMillis => within(text.parse().ok()?),
            Pattern::Strftime(pattern) => {
                let parts = BrokenDownTime::parse(pattern, text).ok()?;
                if let Ok(timestamp) = parts.to_timestamp() {
                    return within(timestamp.as_millisecond());
                }
                let civil = parts.to_datetime().or_else(|_| parts.to_date().map(Date::into)).ok()?;
                self.civil(civil)
            }
        }
    }

    /// An hour that came twice is the first, one that never was moves on with the clock (RFC 5545).
    fn civil(&self, civil: DateTime) -> Option<Moment> {
        let zoned = civil.to_zoned(self.zone.clone()).ok()?;
        within(zoned.timestamp().as_millisecond())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be within the calendar")]
fn seconds(seconds: f64) -> Option<Moment> {
    let millis = (seconds * 1_000.0).round();
    (millis.abs() < 1e15).then(|| within(millis as i64)).flatten()
}

fn within(millis: i64) -> Option<Moment> {
    (-62_135_596_800_000..=Moment::MAX.0).contains(&millis).then_some(Moment(millis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(form: &str, zone: &str, json: Json) -> Option<String> {
        let zone = TimeZone::get(zone).unwrap();
        TimeForm::named(form).unwrap().zoned(zone).read(&json).map(|moment| moment.to_string())
    }

    #[test]
    fn times_are_read_in_the_form_and_zone_of_the_map() {
        for (form, json, expected) in [
            ("%d.%m.%Y %H:%M", json!("01.03.2026 13:05"), "2026-03-01T12:05:00.000Z"),
            ("%d.%m.%Y", json!("01.07.2026"), "2026-06-30T22:00:00.000Z"),
            ("%Y%m%d", json!(20_260_301), "2026-02-28T23:00:00.000Z"),
            ("%Y-%m-%dT%H:%M:%S%z", json!("2026-03-01T12:00:00+0200"), "2026-03-01T10:00:00.000Z"),
            ("iso", json!("2026-03-01"), "2026-02-28T23:00:00.000Z"),
            ("iso", json!("2026-03-01T12:00:00Z"), "2026-03-01T12:00:00.000Z"),
            ("iso", json!("2026-03-01 12:00:00"), "2026-03-01T11:00:00.000Z"),
            ("unix", json!("1772366400"), "2026-03-01T12:00:00.000Z"),
            ("unix", json!(1_772_366_400.5), "2026-03-01T12:00:00.500Z"),
            ("unix_ms", json!(1_772_366_400_000_i64), "2026-03-01T12:00:00.000Z"),
        ] {
            assert_eq!(read(form, "Europe/Berlin", json.clone()).as_deref(), Some(expected), "{form} {json}");
        }
    }

    #[test]
    fn hours_of_the_change_of_clocks_are_read() {
        assert_eq!(read("iso", "Europe/Berlin", json!("2026-10-25 02:30")).unwrap(), "2026-10-25T00:30:00.000Z");
        assert_eq!(read("iso", "Europe/Berlin", json!("2026-03-29 02:30")).unwrap(), "2026-03-29T01:30:00.000Z");
    }

    #[test]
    fn a_pattern_by_which_nothing_can_be_read_is_none() {
        for wrong in ["", "dd.mm.yyyy", "%H:%M", "%Q", "%"] {
            assert_eq!(TimeForm::named(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_or_number_makes_it_panic(text in ".{0,30}", float: f64, integer: i64) {
            for form in ["iso", "unix", "unix_ms", "%d.%m.%Y %H:%M"] {
                let form = TimeForm::named(form).unwrap();
                for json in [json!(text), json!(float), json!(integer), json!(null), json!([])] {
                    let _ = form.read(&json);
                }
            }
        }
    }
}
