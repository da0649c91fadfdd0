//! Quiet time goes by the clock on the person's wall, whatever that does.

use super::quiet;
use crate::support::moment;
use amana_core::Moment;
use amana_core::preferences::{Day, Quiet, Stretch, Wishes, quiet_until};

fn wishes(time_zone: Option<&str>, stretches: &[Quiet]) -> Wishes {
    let time_zone = time_zone.map(str::to_owned);
    let quiet = stretches.iter().map(|quiet| Stretch { time_zone: time_zone.clone(), quiet: quiet.clone() });
    Wishes { quiet: quiet.collect(), time_zone: time_zone.clone(), ..Wishes::default() }
}

/// When somebody may next be contacted, in UTC; `-` for never, `.` for now.
fn next(wishes: &Wishes, now: &str) -> String {
    match quiet_until(wishes, "UTC", moment(now)) {
        None => "-".into(),
        Some(then) if then == moment(now) => ".".into(),
        Some(then) => then.timestamp().to_string(),
    }
}

#[test]
fn the_weekend_is_when_it_is_there() {
    let riyadh = wishes(Some("Asia/Riyadh"), &[quiet(&[Day::Friday, Day::Saturday], 0, 24)]);
    // Riyadh is three hours ahead of UTC, all year. 2026-03-06 is a Friday.
    assert_eq!(next(&riyadh, "2026-03-05T20:59:59.999Z"), ".");
    assert_eq!(next(&riyadh, "2026-03-05T21:00:00Z"), "2026-03-07T21:00:00Z");
    assert_eq!(next(&riyadh, "2026-03-07T12:00:00Z"), "2026-03-07T21:00:00Z");
    assert_eq!(next(&riyadh, "2026-03-07T21:00:00Z"), ".");
}

#[test]
fn a_night_belongs_to_the_day_on_which_it_begins() {
    let friday_night = wishes(None, &[quiet(&[Day::Friday], 22, 8)]);
    assert_eq!(next(&friday_night, "2026-03-06T07:00:00Z"), ".", "the morning after Thursday");
    assert_eq!(next(&friday_night, "2026-03-06T21:59:00Z"), ".");
    assert_eq!(next(&friday_night, "2026-03-06T22:00:00Z"), "2026-03-07T08:00:00Z");
    assert_eq!(next(&friday_night, "2026-03-07T07:59:00Z"), "2026-03-07T08:00:00Z");
    assert_eq!(next(&friday_night, "2026-03-07T22:30:00Z"), ".");
    let to_midnight = wishes(None, &[quiet(&[Day::Friday], 22, 0)]);
    assert_eq!(next(&to_midnight, "2026-03-06T23:00:00Z"), "2026-03-07T00:00:00Z");
    assert_eq!(next(&to_midnight, "2026-03-07T00:00:00Z"), ".");
}

#[test]
fn stretches_that_touch_are_one() {
    let all = wishes(None, &[quiet(&Day::ALL, 20, 8), quiet(&[Day::Saturday, Day::Sunday], 0, 24)]);
    assert_eq!(next(&all, "2026-03-06T21:00:00Z"), "2026-03-09T08:00:00Z");
    assert_eq!(next(&all, "2026-03-09T12:00:00Z"), ".");
}

#[test]
fn the_clock_that_is_changed_changes_when_quiet_ends() {
    let night = wishes(Some("Europe/Berlin"), &[quiet(&Day::ALL, 22, 8)]);
    // Summer time began on 2026-03-29 and ended on 2026-10-25, at 01:00 UTC.
    assert_eq!(next(&night, "2026-03-27T22:00:00Z"), "2026-03-28T07:00:00Z");
    assert_eq!(next(&night, "2026-03-28T22:00:00Z"), "2026-03-29T06:00:00Z");
    assert_eq!(next(&night, "2026-10-23T22:00:00Z"), "2026-10-24T06:00:00Z");
    assert_eq!(next(&night, "2026-10-24T22:00:00Z"), "2026-10-25T07:00:00Z");
}

#[test]
fn an_hour_that_is_skipped_or_repeated_is_as_quiet_as_its_name() {
    let berlin = |from, to| wishes(Some("Europe/Berlin"), &[quiet(&[Day::Sunday], from, to)]);
    // On 2026-03-29 the clock goes from 02:00 to 03:00: what would end at 02:00 ends there.
    assert_eq!(next(&berlin(1, 2), "2026-03-29T00:30:00Z"), "2026-03-29T01:00:00Z");
    assert_eq!(next(&berlin(2, 3), "2026-03-29T00:59:00Z"), ".");
    assert_eq!(next(&berlin(2, 3), "2026-03-29T01:00:00Z"), ".");
    // On 2026-10-25 the hour from 02:00 to 03:00 comes twice, first at 00:00 UTC.
    assert_eq!(next(&berlin(2, 3), "2026-10-25T00:30:00Z"), "2026-10-25T02:00:00Z");
    assert_eq!(next(&berlin(2, 3), "2026-10-25T01:30:00Z"), "2026-10-25T02:00:00Z");
    assert_eq!(next(&berlin(1, 2), "2026-10-24T23:30:00Z"), "2026-10-25T00:00:00Z");
    // Where two hours are repeated, the first of them ends twice. Troll: 03:00 becomes 01:00.
    let troll = wishes(Some("Antarctica/Troll"), &[quiet(&[Day::Sunday], 1, 2)]);
    assert_eq!(next(&troll, "2026-10-24T23:30:00Z"), "2026-10-25T00:00:00Z");
    assert_eq!(next(&troll, "2026-10-25T01:30:00Z"), "2026-10-25T02:00:00Z");
}

#[test]
fn who_is_never_to_be_disturbed_never_is() {
    assert_eq!(next(&wishes(None, &[quiet(&Day::ALL, 0, 24)]), "2026-03-06T12:00:00Z"), "-");
    let halves = [quiet(&Day::ALL, 0, 12), quiet(&Day::ALL, 12, 24)];
    assert_eq!(next(&wishes(Some("Asia/Riyadh"), &halves), "2026-03-06T12:00:00Z"), "-");
    assert_eq!(next(&wishes(None, &[]), "2026-03-06T12:00:00Z"), ".");
}

#[test]
fn a_zone_nobody_knows_is_that_of_the_organisation() {
    let now = moment("2026-03-06T02:00:00Z");
    let early = |zone| quiet_until(&wishes(zone, &[quiet(&Day::ALL, 0, 4)]), "Asia/Bangkok", now);
    assert_eq!([early(None), early(Some("Mars/Olympus"))], [Some(now), Some(now)], "it is nine in Bangkok");
    assert_eq!(early(Some("UTC")), Some(now.plus_millis(7_200_000)));
}

/// Every hour of two years, in zones with odd clocks: where it is quiet it ends, and when it ends it is over.
#[test]
fn what_ends_is_over() {
    for zone in ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll", "Asia/Kathmandu"] {
        let wishes = wishes(Some(zone), &[quiet(&Day::ALL, 22, 2), quiet(&[Day::Sunday], 1, 3)]);
        let begin = moment("2026-01-01T00:00:00Z");
        for hour in 0..2 * 366 * 24 {
            let now: Moment = begin.plus_millis(hour * 3_600_000);
            let then = quiet_until(&wishes, "UTC", now).expect("the day is open");
            assert_eq!(quiet_until(&wishes, "UTC", then), Some(then), "{zone} {now}");
            assert!(then == now || quiet_until(&wishes, "UTC", then.plus_millis(-1)) == Some(then), "{zone} {now}");
        }
    }
}
