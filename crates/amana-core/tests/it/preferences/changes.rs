//! What can be recorded as a preference.

use super::{CHANNELS, at_most, quiet};
use crate::catalog::sample;
use amana_core::permission::Channel;
use amana_core::preferences::{AtMost, CONTACTS_MAX, Change, Day, Period, QUIET_MAX, Unfit, Wish};

#[test]
fn what_does_not_fit_is_refused_with_what_would() {
    let catalog = sample();
    let fits = |change: Change| change.check(&catalog);
    let topic = |topic: &str| Change::Topic { topic: topic.into(), wish: Wish::Refused };
    assert_eq!(fits(topic("tours")), Ok(()));
    assert_eq!(fits(topic("lottery")), Err(Unfit::Topic("lottery".into())));
    assert_eq!(fits(Change::Channels(Some(CHANNELS.to_vec()))), Ok(()));
    assert_eq!(fits(Change::Channels(Some(Vec::new()))), Err(Unfit::Channels));
    assert_eq!(fits(Change::Channels(Some(vec![Channel::Sms, Channel::Sms]))), Err(Unfit::Channels));
    let measure = |count| Change::AtMost(Some(AtMost { count, ..at_most(1, "P1W") }));
    assert_eq!([1, CONTACTS_MAX].map(|count| fits(measure(count))), [Ok(()), Ok(())]);
    assert_eq!([0, CONTACTS_MAX + 1].map(|count| fits(measure(count))), [Err(Unfit::AtMost), Err(Unfit::AtMost)]);
    let hours = |from, to| fits(Change::Quiet(vec![quiet(&[Day::Friday], from, to)]));
    assert_eq!([hours(0, 24), hours(22, 8), hours(22, 0), hours(23, 24)], [Ok(()), Ok(()), Ok(()), Ok(())]);
    assert_eq!([hours(24, 8), hours(0, 25), hours(8, 8)], [Err(Unfit::Quiet), Err(Unfit::Quiet), Err(Unfit::Quiet)]);
    assert_eq!(fits(Change::Quiet(vec![quiet(&[], 22, 8)])), Err(Unfit::Quiet));
    assert_eq!(fits(Change::Quiet(vec![quiet(&[Day::Friday], 1, 2); QUIET_MAX + 1])), Err(Unfit::Quiet));
    assert_eq!(fits(Change::TimeZone(Some("Asia/Riyadh".into()))), Ok(()));
    assert_eq!(fits(Change::TimeZone(Some("Riyadh".into()))), Err(Unfit::TimeZone("Riyadh".into())));
    assert_eq!(fits(Change::Language(Some("pt-BR".into()))), Ok(()));
    assert_eq!(fits(Change::Language(Some("german_".into()))), Err(Unfit::Language("german_".into())));
    let unset = [Change::Channels(None), Change::AtMost(None), Change::TimeZone(None), Change::Language(None)];
    assert!(unset.into_iter().chain([Change::Quiet(Vec::new())]).all(|change| fits(change).is_ok()));
}

#[test]
fn periods_are_whole_hours_from_one_to_a_year() {
    let hours = |text: &str| Period::read(text).map(Period::as_hours);
    for (text, expected) in [
        ("PT1H", 1),
        ("PT90M", 2),
        ("PT1M", 1),
        ("P1D", 24),
        ("P1W", 168),
        ("P1M", 31 * 24),
        ("P3M", 93 * 24),
        ("P12M", 366 * 24),
        ("P1Y", 366 * 24),
        ("P365D", 365 * 24),
    ] {
        assert_eq!(hours(text), Some(expected), "{text}");
        assert_eq!(hours(&Period::read(text).unwrap().to_string()), Some(expected), "{text}");
    }
    for text in ["", "P", "P0D", "PT0S", "-P1D", "P2Y", "P1Y1D", "P13M", "P367D", "week", "1W", "P9999Y", "PT1H x"] {
        assert_eq!(hours(text), None, "{text}");
    }
}

#[test]
fn changes_are_read_and_written_as_json() {
    for (change, json) in [
        (
            Change::Topic { topic: "tours".into(), wish: Wish::Refused },
            r#"{"topic":{"topic":"tours","wish":"refused"}}"#,
        ),
        (Change::Topic { topic: "tours".into(), wish: Wish::Unsaid }, r#"{"topic":{"topic":"tours","wish":"unsaid"}}"#),
        (Change::AtMost(Some(at_most(2, "P1W"))), r#"{"at_most":{"count":2,"period":168}}"#),
        (Change::Quiet(vec![quiet(&[Day::Friday], 0, 24)]), r#"{"quiet":[{"days":["friday"],"from":0,"to":24}]}"#),
        (Change::Language(None), r#"{"language":null}"#),
    ] {
        assert_eq!(serde_json::to_string(&change).unwrap(), json);
        assert_eq!(serde_json::from_str::<Change>(json).unwrap(), change);
    }
}
