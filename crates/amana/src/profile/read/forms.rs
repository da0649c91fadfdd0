//! How single values are written in answers, where their stored form says less than their schema.

use amana_core::Moment;
use amana_core::catalog::Policy;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

/// An instant that stands for a day, as that day. A date alone is kept as midnight in UTC; a midnight of somewhere else
/// is most likely the organisation's.
pub(super) fn day(value: Json, policy: &Policy) -> Json {
    let Some(moment) = value.as_str().and_then(Moment::parse) else { return value };
    let zone = match moment.0.rem_euclid(86_400_000) {
        0 => TimeZone::UTC,
        _ => TimeZone::get(&policy.catalog.organisation.time_zone).unwrap_or(TimeZone::UTC),
    };
    moment.timestamp().to_zoned(zone).date().to_string().into()
}

/// A figure over whole numbers, as one: sums and extremes are kept as fractions.
pub(super) fn whole(value: Json) -> Json {
    /// From here on not every whole number has a form of its own as a fraction.
    const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;
    match value.as_f64() {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and within 53 bits")]
        Some(number) if number.fract() == 0.0 && number.abs() < EXACT_BELOW => (number as i64).into(),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use amana_core::catalog::{Catalog, Numbers};
    use serde_json::json;

    #[test]
    fn a_day_of_birth_is_the_day_that_was_meant() {
        let mut catalog = Catalog::default();
        catalog.organisation.time_zone = "Europe/Berlin".into();
        let policy = Policy::compile(1, &catalog, &Numbers::default());
        for (kept, told) in [
            ("1980-05-03T00:00:00.000Z", "1980-05-03"),
            ("1980-05-02T22:00:00.000Z", "1980-05-03"),
            ("1955-01-31T12:00:00.000Z", "1955-01-31"),
        ] {
            assert_eq!(day(json!(kept), &policy), json!(told));
        }
        assert_eq!(day(json!(44), &policy), json!(44), "an age is no day");
    }

    #[test]
    fn whole_figures_are_written_whole() {
        assert_eq!(whole(json!(2.0)).to_string(), "2");
        assert_eq!(whole(json!(-7.0)).to_string(), "-7");
        assert_eq!(whole(json!(2.5)).to_string(), "2.5");
        assert_eq!(whole(json!(1e300)).to_string(), json!(1e300).to_string());
        assert_eq!(whole(Json::Null), Json::Null);
    }
}
