//! Predicates that depend on the time.

use crate::people::{DAY_MILLIS, NOON, Person, holds, parse, table};
use amana_core::{Moment, Value};

fn seen(millis_ago: i64) -> Person {
    Person::default().with("last_seen", Value::Time(NOON.plus_millis(-millis_ago)))
}

#[test]
fn now_is_bound_at_evaluation_and_not_when_parsed() {
    let predicate = parse("last_seen > now() - INTERVAL '7 days'").unwrap();
    assert!(predicate.depends_on_time());
    assert_eq!(predicate.columns_used(), [5]);
    let table = table(&[seen(6 * DAY_MILLIS), seen(8 * DAY_MILLIS)]);
    assert_eq!(table.matches(&predicate, NOON).unwrap().iter_ones().collect::<Vec<_>>(), [0]);
    assert_eq!(table.matches(&predicate, NOON.plus_millis(2 * DAY_MILLIS)).unwrap().count(), 0);
    assert_eq!(table.matches(&predicate, NOON.plus_millis(-5 * DAY_MILLIS)).unwrap().count(), 2);
}

#[test]
fn every_word_for_the_time_is_the_bound_one() {
    for sql in [
        "now() = '2026-03-01T12:00:00Z'",
        "NOW() = TIMESTAMP '2026-03-01 12:00:00'",
        "current_timestamp = '2026-03-01T12:00:00Z'",
        "CURRENT_TIMESTAMP() = '2026-03-01T12:00:00Z'",
        "current_date = '2026-03-01'",
        "today() = DATE '2026-03-01'",
        "current_date() = date_trunc('day', now())",
        "date_part('hour', now()) = 12",
    ] {
        assert!(parse(sql).unwrap().depends_on_time(), "{sql}");
        assert!(holds(sql, Person::default()), "{sql}");
    }
}

#[test]
fn times_compare_with_dates_texts_and_each_other() {
    let person = || seen(DAY_MILLIS / 2);
    for sql in [
        "last_seen = '2026-03-01'",
        "last_seen = current_date",
        "last_seen >= DATE '2026-03-01' AND last_seen < DATE '2026-03-02'",
        "last_seen BETWEEN '2026-02-28' AND '2026-03-02T00:00:00Z'",
        "last_seen > current_date - INTERVAL '1 day'",
        "last_seen IN ('2026-03-01', '2026-03-02')",
        "last_seen >= now() - INTERVAL '12 hours' AND NOT last_seen > now() - INTERVAL '719 minutes'",
        "now() - last_seen < now() - DATE '2026-02-28'",
        "last_seen + INTERVAL '1 month' = '2026-04-01'",
        "coalesce(last_seen, now()) < now()",
        "CASE WHEN last_seen < now() THEN now() ELSE last_seen END = now()",
    ] {
        assert!(holds(sql, person()), "{sql}");
    }
}

#[test]
fn a_time_at_the_end_of_the_calendar_fails_nobody_else() {
    let people = [seen(0), Person::default().with("last_seen", Value::Time(Moment(i64::MAX))), seen(0)];
    let predicate = parse("last_seen + INTERVAL '1 month' > now()").unwrap();
    let matches = table(&people).matches(&predicate, NOON).unwrap();
    assert_eq!(matches.iter_ones().collect::<Vec<_>>(), [0, 2]);
    assert_eq!(matches.failed(), 1);
    // The end of the year 9999 is a common stand-in for "for ever", and must simply be late.
    let far = || Person::default().with("last_seen", Value::Time(Moment::MAX));
    assert!(holds("last_seen > TIMESTAMP '2026-01-01 00:00:00'", far()));
    assert!(holds("last_seen > to_timestamp_millis(0)", far()));
}
