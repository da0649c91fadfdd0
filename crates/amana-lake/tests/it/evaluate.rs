//! Which rows match.

use crate::people::{Person, ask, holds, text};
use amana_core::Value;

fn country(code: &str) -> Person {
    Person::default().with("country", text(code))
}

#[test]
fn absent_is_null_and_null_is_no_match() {
    assert!(holds("country IS NULL", Person::default()));
    assert!(holds("coalesce(country, 'none') = 'none'", Person::default()));
    for sql in ["country = 'DE'", "country <> 'DE'", "NOT country = 'DE'", "country IN ('DE')", "newsletter"] {
        assert!(!holds(sql, Person::default()), "{sql}");
    }
}

/// Simplifications that hold for numbers do not hold for NULL (apache/datafusion#24258).
#[test]
fn absent_is_no_match_where_algebra_would_know_the_answer() {
    for sql in [
        "visits * 0 = 0",
        "visits - visits = 0",
        "visits % 1 = 0",
        "visits / visits = 1",
        "power(spent, 0) = 1",
        "log(spent, spent) = 1",
        "log(2, power(2, spent)) = spent",
        "country LIKE '%'",
        "country ~ ''",
        "country NOT IN ('a') OR country NOT IN ('b')",
        "NOT (country IN ('a') AND country IN ('b'))",
        "NOT (country = 'a' AND country = 'b')",
        "visits > 1 OR visits <= 1",
        "visits = visits",
        "newsletter OR NOT newsletter",
        "NOT (newsletter AND NOT newsletter)",
        "concat(country, NULL) = country",
        "starts_with(country, '')",
        "CASE WHEN newsletter THEN country IN ('a') ELSE country NOT IN ('a') END",
    ] {
        assert!(!holds(sql, Person::default()), "{sql}");
    }
}

/// DESIGN §5: "a predicate that touches a hidden value does not match, whatever it says".
#[test]
fn hidden_never_matches_even_is_null() {
    for sql in [
        "country IS NULL",
        "country IS NOT NULL",
        "NOT country IS NULL",
        "country = 'DE' OR true",
        "true OR country = 'DE'",
        "country = country",
        "coalesce(country, 'x') = 'x'",
        "country IS DISTINCT FROM 'DE'",
        "(country = 'DE') IS UNKNOWN",
        "CASE WHEN true THEN true ELSE country = 'x' END",
        "visits = 1 OR country = 'DE'",
        "NOT (country = 'DE' AND false)",
    ] {
        let person = || Person::default().with("visits", Value::Integer(1));
        assert!(!holds(sql, person().with("country", text("DE")).hiding("country")), "{sql}");
    }
}

#[test]
fn a_hidden_column_does_not_matter_to_predicates_that_do_not_name_it() {
    let people = [country("DE").hiding("visits"), country("DE"), country("FR")];
    assert_eq!(ask("country = 'DE'", &people).iter_ones().collect::<Vec<_>>(), [0, 1]);
    assert_eq!(ask("country = 'DE' AND visits IS NULL", &people).iter_ones().collect::<Vec<_>>(), [1]);
}

#[test]
fn hidden_rows_are_not_counted_as_failed() {
    let people = [Person::default().hiding("visits"), Person::default()];
    let matches = ask("1 / coalesce(visits, 0) > 0", &people);
    assert_eq!((matches.count(), matches.failed()), (0, 1));
}

#[test]
fn a_row_that_cannot_be_computed_does_not_match_and_spoils_no_other() {
    let row = |visits: i64, spent: f64, code: &str| {
        country(code).with("visits", Value::Integer(visits)).with("spent", Value::Number(spent))
    };
    let people: Vec<Person> = (0..100).map(|n| row(n % 10, if n % 10 == 5 { 0.0 } else { 1.0 }, "7")).collect();
    for (sql, failed) in [
        ("10 / visits >= 0", 10),
        ("visits % visits = 0", 10),
        ("1 / spent > 0", 10),
        ("(1 / spent) IS NULL OR 1 / spent > 0", 10),
        ("coalesce(1 / spent, 1) > 0", 10),
        ("ln(spent) <= 0", 10),
        ("sqrt(spent - 1) >= 0", 10),
        ("9223372036854775800 + visits > 0", 20),
        ("CASE WHEN visits = 3 THEN 1 / 0 ELSE 1 END = 1", 10),
    ] {
        let matches = ask(sql, &people);
        assert_eq!((matches.failed(), matches.count()), (failed, 100 - failed), "{sql}");
    }
}

#[test]
fn a_text_that_cannot_be_cast_does_not_match_and_spoils_no_other() {
    let people = [country("7"), country("seven"), Person::default(), country("1e999"), country("8")];
    let matches = ask("CAST(country AS DOUBLE) > 7", &people);
    assert_eq!((matches.iter_ones().collect::<Vec<_>>(), matches.failed()), (vec![4], 2));
    assert_eq!(ask("CAST(country AS DOUBLE) IS NULL", &people).iter_ones().collect::<Vec<_>>(), [2]);
    assert_eq!(ask("to_timestamp(country) IS NOT NULL", &[country("2026-01-01"), country("soon")]).failed(), 1);
}

#[test]
fn a_condition_before_and_protects_what_comes_after() {
    let people: Vec<Person> = (0..10)
        .map(|n| Person::default().with("visits", Value::Integer(n)).with("spent", Value::Number(10.0)))
        .collect();
    let guarded = ask("visits > 0 AND spent / visits >= 5", &people);
    assert_eq!((guarded.iter_ones().collect::<Vec<_>>(), guarded.failed()), (vec![1, 2], 0));
    let alternative = ask("visits = 0 OR spent / visits >= 5", &people);
    assert_eq!((alternative.iter_ones().collect::<Vec<_>>(), alternative.failed()), (vec![0, 1, 2], 0));
    let unguarded = ask("spent / visits >= 5 AND visits > 0", &people);
    assert_eq!((unguarded.iter_ones().collect::<Vec<_>>(), unguarded.failed()), (vec![1, 2], 1));
}

#[test]
fn matches_are_a_bitmap_over_the_rows() {
    let people: Vec<Person> = (0..200).map(|n| Person::default().with("visits", Value::Integer(n))).collect();
    let matches = ask("visits % 50 = 0", &people);
    assert_eq!((matches.len(), matches.count(), matches.failed()), (200, 4, 0));
    assert_eq!(matches.iter_ones().collect::<Vec<_>>(), [0, 50, 100, 150]);
    assert!(matches.get(50) && !matches.get(51) && !matches.get(200));
}
