//! Words of SQL in any order: whatever they make, parsing answers, and what is accepted can be evaluated.

use crate::people::{NOON, Person, parse, table, text};
use amana_core::Value;
use proptest::prelude::*;

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "country", "address.city", "orders_30d", "spent", "newsletter", "last_seen", "visits", "'DE'", "'2026-01-01'", "''",
    "0", "1", "-3", "2.5", "9223372036854775807", "true", "NULL", "now()", "current_date", "INTERVAL '7 days'",
    "DATE '2026-01-01'", "=", "<>", "<", ">=", "+", "-", "*", "/", "%", "||", "~", "::", "AND", "OR", "NOT", "IS NULL",
    "IS NOT NULL", "IS TRUE", "IS DISTINCT FROM", "IN (", "BETWEEN", "LIKE", "ILIKE '%e'", "(", ")", ",", ".",
    "CASE WHEN", "THEN", "ELSE", "END", "CAST(", "AS BIGINT)", "AS TEXT)", "lower(", "coalesce(", "abs(", "ln(",
    "date_trunc('day',", "date_part('year',", "EXTRACT(month FROM", "substr(", "substring(", "FROM", "FOR", "round(",
    "power(", "to_char(", "nullif(", "concat(", "split_part(", "regexp_like(", "\"", "'", "--", "/*", "*/", "\n", ";",
];

fn people() -> Vec<Person> {
    let full = Person::default()
        .with("country", text("DE"))
        .with("address.city", text("Köln, Nippes"))
        .with("orders_30d", Value::Integer(0))
        .with("spent", Value::Number(-2.5))
        .with("newsletter", Value::Boolean(true))
        .with("last_seen", Value::Time(NOON))
        .with("visits", Value::Integer(i64::MIN));
    vec![full, Person::default()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_words_is_answered(words in prop::collection::vec(prop::sample::select(WORDS), 1..14)) {
        let sql = words.join(" ");
        match parse(&sql) {
            Ok(predicate) => {
                let matches = table(&people()).matches(&predicate, NOON);
                prop_assert!(matches.is_ok(), "{}: {:?}", sql, matches);
            }
            Err(error) => {
                prop_assert!(!error.message.contains("could not be read"), "the engine panicked: {}", sql);
                prop_assert!(error.line >= 1 && error.column >= 1);
            }
        }
    }

    #[test]
    fn any_two_values_with_any_operator_are_answered(
        words in (prop::sample::select(&WORDS[..21]), prop::sample::select(&WORDS[21..32]), prop::sample::select(&WORDS[..21])),
        rest in (prop::sample::select(&WORDS[21..26]), prop::sample::select(&WORDS[..21])),
    ) {
        let sql = format!("{} {} {} {} {}", words.0, words.1, words.2, rest.0, rest.1);
        if let Ok(predicate) = parse(&sql) {
            let matches = table(&people()).matches(&predicate, NOON);
            prop_assert!(matches.is_ok(), "{}: {:?}", sql, matches);
        }
    }

    #[test]
    fn any_text_is_answered(sql in "\\PC{0,60}") {
        if let Err(error) = parse(&sql) {
            prop_assert!(!error.message.contains("could not be read"), "the engine panicked: {}", sql);
        }
    }
}
