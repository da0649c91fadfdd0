//! When a delivery is tried again: exponential back-off with full jitter, and what the recipient asked for.

use amana_core::Moment;

/// How often a delivery is tried.
pub const ATTEMPTS_MAX: u32 = 10;
/// The longest pause after the first attempt; it doubles with each further one.
pub const BACKOFF_BASE_MILLIS: i64 = 1_000;
/// The longest pause that back-off comes to.
pub const BACKOFF_MAX_MILLIS: i64 = 3_600_000;
/// The longest pause that a recipient can ask for.
pub const RETRY_AFTER_MAX_MILLIS: i64 = 6 * 3_600_000;

/// The pause after so many attempts. `fraction` is drawn from 0 to 1: the whole pause is jitter, so that deliveries
/// which failed together are not tried together. What the recipient asked for is a lower bound.
pub(super) fn pause_millis(attempts: u32, asked_millis: Option<i64>, fraction: f64) -> i64 {
    let doublings = attempts.saturating_sub(1).min(30);
    let ceiling = BACKOFF_BASE_MILLIS.saturating_mul(1 << doublings).min(BACKOFF_MAX_MILLIS);
    let jittered = (ceiling as f64 * fraction.clamp(0.0, 1.0)) as i64;
    jittered.max(asked_millis.unwrap_or(0).clamp(0, RETRY_AFTER_MAX_MILLIS))
}

/// Reads a `Retry-After` (RFC 9110 §10.2.3): whole seconds, or an HTTP date.
pub(super) fn retry_after_millis(header: &str, now: Moment) -> Option<i64> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit say the same as the longest pause.
        let seconds = header.parse::<i64>().unwrap_or(i64::MAX);
        return Some(seconds.saturating_mul(1_000));
    }
    let date = jiff::fmt::rfc2822::parse(header).ok()?;
    Some(Moment(date.timestamp().as_millisecond()).since_millis(now).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_are_all_jitter() {
        let longest: Vec<i64> = (1..=14).map(|attempts| pause_millis(attempts, None, 1.0) / 1_000).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);
        assert_eq!(pause_millis(9, None, 0.0), 0);
        assert_eq!(pause_millis(u32::MAX, None, 0.5), BACKOFF_MAX_MILLIS / 2);
    }

    #[test]
    fn what_the_recipient_asks_for_is_waited_for_up_to_a_cap() {
        assert_eq!(pause_millis(1, Some(30_000), 1.0), 30_000);
        assert_eq!(pause_millis(10, Some(1), 1.0), 512_000);
        assert_eq!(pause_millis(1, Some(i64::MAX), 0.0), RETRY_AFTER_MAX_MILLIS);
        assert_eq!(pause_millis(1, Some(-5), 0.0), 0);
    }

    #[test]
    fn seconds_and_dates_are_read() {
        let now = Moment::parse("1994-11-06T08:49:07Z").unwrap();
        assert_eq!(retry_after_millis("120", now), Some(120_000));
        assert_eq!(retry_after_millis("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(30_000));
        assert_eq!(retry_after_millis("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(0));
        assert_eq!(retry_after_millis("99999999999999999999", now), Some(i64::MAX));
        for odd in ["", "soon", "-1", "1.5"] {
            assert_eq!(retry_after_millis(odd, now), None, "{odd:?}");
        }
    }
}
