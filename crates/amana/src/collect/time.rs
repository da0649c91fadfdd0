//! When an event happened: what its sender claims, corrected by how wrong the sender's clock is.
//!
//! The rule is Segment's: `timestamp = receivedAt − (sentAt − originalTimestamp)`, with two exceptions. Differences of
//! at most [`CLOCK_SKEW_IGNORED_MS`] between `sentAt` and our clock are the network and the retries of an SDK rather
//! than a wrong clock; correcting them would only add noise, move a backfilled date across midnight, and give the
//! same event another time on each retry. And nothing happens in the future: then the time of receipt stands in.

use super::code::Code;
use super::limits::CLOCK_SKEW_IGNORED_MS;
use super::refusal::Fault;
use amana_core::Moment;
use serde_json::Value as Json;

/// 0001-01-01T00:00:00Z: the earliest time that can be written as RFC 3339.
const EARLIEST: Moment = Moment(-62_135_596_800_000);

/// Reads a time: RFC 3339, a date or a date and time without offset (taken as UTC), or whole milliseconds since 1970
/// (older libraries). Null and empty text are no time.
pub(super) fn read(field: &'static str, json: &Json) -> Result<Option<Moment>, Fault> {
    let moment = match json {
        Json::Null => return Ok(None),
        Json::String(text) if text.is_empty() => return Ok(None),
        Json::String(text) => Moment::parse(text).or_else(|| in_utc(text)),
        Json::Number(number) => number.as_i64().map(Moment),
        other => return Err(Fault::wrong_type(field, "a time (RFC 3339)", other)),
    };
    match moment {
        Some(moment) if (EARLIEST..=Moment::MAX).contains(&moment) => Ok(Some(moment)),
        _ => Err(Fault::new(
            Code::BadTime,
            field,
            format!("`{field}` must be a time such as 2026-03-01T12:00:00.000Z, or whole milliseconds since 1970"),
        )),
    }
}

fn in_utc(text: &str) -> Option<Moment> {
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Moment(zoned.timestamp().as_millisecond()))
}

/// When an event happened that was claimed for one time, sent at another and received now.
pub(super) fn happened_at(claimed: Option<Moment>, sent_at: Option<Moment>, received_at: Moment) -> Moment {
    let Some(claimed) = claimed else { return received_at };
    let skew = sent_at.map_or(0, |sent_at| received_at.since_millis(sent_at));
    let corrected = if skew.saturating_abs() > CLOCK_SKEW_IGNORED_MS { claimed.plus_millis(skew) } else { claimed };
    corrected.clamp(EARLIEST, received_at.max(EARLIEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const HOUR: i64 = 3_600_000;

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn a_wrong_clock_is_corrected() {
        let received = moment("2026-03-01T12:00:00Z");
        for wrong in [2 * HOUR, -2 * HOUR, -56 * 365 * 24 * HOUR] {
            let sent = received.plus_millis(wrong);
            let claimed = sent.plus_millis(-5_000);
            assert_eq!(happened_at(Some(claimed), Some(sent), received), received.plus_millis(-5_000), "{wrong}");
        }
    }

    #[test]
    fn a_backfilled_time_stays_what_it_is() {
        let received = moment("2026-03-01T12:00:00Z");
        let claimed = moment("1997-01-12T00:00:00Z");
        assert_eq!(happened_at(Some(claimed), None, received), claimed);
        for network in [0, 40, 9_000, -800] {
            assert_eq!(happened_at(Some(claimed), Some(received.plus_millis(-network)), received), claimed);
        }
    }

    #[test]
    fn nothing_happens_in_the_future() {
        let received = moment("2026-03-01T12:00:00Z");
        assert_eq!(happened_at(Some(received.plus_millis(1)), None, received), received);
        assert_eq!(happened_at(Some(received.plus_millis(5_000)), Some(received), received), received);
        assert_eq!(happened_at(None, Some(received.plus_millis(-HOUR)), received), received);
    }

    #[test]
    fn times_of_old_and_new_libraries_are_read() {
        let noon = Some(moment("2026-03-01T12:00:00Z"));
        for json in [
            json!("2026-03-01T12:00:00.000Z"),
            json!("2026-03-01T14:00:00+02:00"),
            json!("2026-03-01T12:00:00.000000+00:00"),
            json!("2026-03-01 12:00:00"),
            json!("2026-03-01T12:00:00"),
            json!(1_772_366_400_000_i64),
        ] {
            assert_eq!(read("timestamp", &json), Ok(noon), "{json}");
        }
        assert_eq!(read("timestamp", &json!("1997-01-12")), Ok(Some(moment("1997-01-12T00:00:00Z"))));
        assert_eq!(read("timestamp", &json!(null)), Ok(None));
        assert_eq!(read("timestamp", &json!("")), Ok(None));
    }

    #[test]
    fn what_is_no_time_is_refused_without_repeating_it() {
        for json in [
            json!("canary"),
            json!("2026-02-30T00:00:00Z"),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(1.5),
            json!(["canary"]),
            json!({"canary": 1}),
            json!("-009999-01-01T00:00:00Z"),
        ] {
            let fault = read("timestamp", &json).unwrap_err();
            assert_eq!(fault.field, "timestamp");
            assert!(!fault.message.contains("canary"), "{}", fault.message);
        }
    }

    proptest! {
        #[test]
        fn no_clock_makes_it_panic_or_pass_the_receipt(claimed: Option<i64>, sent: Option<i64>, received in 0..Moment::MAX.0) {
            let at = happened_at(claimed.map(Moment), sent.map(Moment), Moment(received));
            prop_assert!(at <= Moment(received) && at >= EARLIEST);
        }

        #[test]
        fn any_text_is_a_time_or_refused(text in ".{0,40}") {
            let _ = read("sentAt", &Json::String(text));
        }
    }
}
