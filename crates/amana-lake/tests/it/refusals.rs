//! What a predicate may not hold, and how large it may be.

use crate::people::{Person, ask, parse, refused};
use amana_core::Value;
use amana_lake::{Forbidden, IN_LIST_MAX, NESTING_MAX, PREDICATE_BYTES_MAX, PredicateErrorCode};
use std::time::{Duration, Instant};

#[test]
fn what_reads_outside_of_the_row_is_refused() {
    for (sql, what) in [
        ("visits IN (SELECT visits FROM people)", Forbidden::Subquery),
        ("EXISTS (SELECT 1)", Forbidden::Subquery),
        ("visits > (SELECT 1)", Forbidden::Subquery),
        ("visits IN (VALUES (1))", Forbidden::Subquery),
        ("visits IN (WITH x AS (SELECT 1) SELECT 1)", Forbidden::Subquery),
        ("visits IN (TABLE people)", Forbidden::Subquery),
        ("count(*) > 1", Forbidden::Aggregate),
        ("SUM(visits) > 1", Forbidden::Aggregate),
        ("row_number() OVER () = 1", Forbidden::Window),
        ("abs(visits) OVER (PARTITION BY country) = 1", Forbidden::Window),
        ("random() > 0.5", Forbidden::Volatile),
        ("uuid() = 'x'", Forbidden::Volatile),
    ] {
        assert_eq!(refused(sql).code, PredicateErrorCode::Forbidden(what), "{sql}");
    }
}

#[test]
fn what_has_no_bound_is_refused() {
    for (sql, what) in [
        ("length(repeat(country, 1000000000)) > 1", Forbidden::Growth),
        ("lpad(country, 1000000000) = ''", Forbidden::Growth),
        ("replace(country, 'a', 'aaaa') = ''", Forbidden::Growth),
        ("replace(country, '', 'a') = ''", Forbidden::Growth),
        ("replace(country, address.city, country) = ''", Forbidden::Growth),
        ("levenshtein(country, address.city) > 1", Forbidden::Growth),
        ("country LIKE address.city", Forbidden::Pattern),
        ("country ~ address.city", Forbidden::Pattern),
        ("regexp_like(country, address.city)", Forbidden::Pattern),
        ("country ~ '(((a{100}){100}){100})'", Forbidden::Pattern),
    ] {
        assert_eq!(refused(sql).code, PredicateErrorCode::Forbidden(what), "{sql}");
    }
    let long = "a".repeat(300);
    assert_eq!(refused(&format!("country ~ '{long}'")).code, PredicateErrorCode::Forbidden(Forbidden::Pattern));
    assert_eq!(refused("country ~ '(a'").code, PredicateErrorCode::Syntax);
}

#[test]
fn what_predicates_do_without_is_refused() {
    for sql in [
        "country SIMILAR TO 'a'",
        "visits = ANY (1)",
        "(visits, spent) = (1, 2)",
        "address.lower(country) = 'x'",
        "visits = $1",
        "visits = ?",
        "[visits] = [1]",
        "country COLLATE \"C\" = 'x'",
        "last_seen AT TIME ZONE 'Europe/Berlin' > now()",
        "current_time > '12:00'",
        "lower(DISTINCT country) = 'x'",
        "lower(*) = 'x'",
        "lower(text => country) = 'x'",
        "arrow_cast(visits, 'Utf8') = 'x'",
        "version() = 'x'",
        "X'00' = country",
        "visits & 1 = 1",
        "~visits = 1",
        "country = 'DE';",
        "country = 'DE'; DROP TABLE people",
        "",
        "   -- nothing",
        "country = 'unclosed",
        "position('a' IN country) = 1",
    ] {
        let error = refused(sql);
        let expected = matches!(
            error.code,
            PredicateErrorCode::Forbidden(_) | PredicateErrorCode::Syntax | PredicateErrorCode::UnknownFunction
        );
        assert!(expected, "{sql}: {error:?}");
    }
}

#[test]
fn a_text_beyond_the_limit_is_refused_and_one_at_it_is_not() {
    let fill = |bytes: usize| format!("visits > 1{}", " ".repeat(bytes - 10));
    assert!(parse(&fill(PREDICATE_BYTES_MAX)).is_ok());
    assert_eq!(refused(&fill(PREDICATE_BYTES_MAX + 1)).code, PredicateErrorCode::TooLong);
}

#[test]
fn a_list_beyond_the_limit_is_refused_and_one_at_it_is_not() {
    let list =
        |values: usize| format!("visits IN ({})", (0..values).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
    assert!(parse(&list(IN_LIST_MAX)).is_ok());
    assert_eq!(refused(&list(IN_LIST_MAX + 1)).code, PredicateErrorCode::TooLong);
}

#[test]
fn nesting_beyond_the_limit_is_refused_and_nesting_at_it_is_not() {
    let nested = |levels: usize| format!("{}visits > 1{}", "(".repeat(levels), ")".repeat(levels));
    assert!(parse(&nested(NESTING_MAX)).is_ok());
    let error = refused(&nested(NESTING_MAX + 1));
    assert_eq!((error.code, error.line, error.column), (PredicateErrorCode::TooDeep, 1, NESTING_MAX as u64 + 1));
}

#[test]
fn long_chains_of_conditions_are_one_level() {
    let chain = |joint: &str, links: usize| vec!["visits=1"; links].join(joint);
    for joint in [" AND ", " OR "] {
        assert!(parse(&chain(joint, 600)).is_ok());
    }
    let mixed = (0..200).map(|n| format!("visits={n} AND spent>{n}")).collect::<Vec<_>>().join(" OR ");
    assert!(parse(&mixed).is_ok());
}

#[rustfmt::skip]
const OPENERS: &[&str] = &[
    "(", "NOT ", "- ", "+ ", "-", "~", "CASE ", "CASE WHEN ", "CAST(", "TRIM(", "lower(", "f(", "x IN (", "x IN ((",
    "x = ANY (", "INTERVAL ", "INTERVAL (", "EXTRACT(year FROM ", "substring(", "position(", "ceil(", "overlay(",
    "a.", "a.f(", "a.(", "x IS DISTINCT FROM ", "x BETWEEN ", "x LIKE ", "x::", "EXISTS(", "current_date(", "NOT(",
    "case(", "not (case(", "DATE ", "x AND (", "x OR x AND (x = ", "1+", "x||", "x=", "x AND ", "x OR ",
    "coalesce(x,", "((x),", "x NOT IN (VALUES (", "convert(", "array(", "ARRAY<", "CAST(x AS ARRAY<",
    "x AT TIME ZONE ", "try_cast(", "floor(not(", "interval(", "x IN (table (", "floor(", "exists(not(", "values(",
    "with(", "struct(", "map(", "f(a => ", "f(a, ", "x IS ", "x COLLATE ", "'a' ", "\"a\".", "x~", "f(DISTINCT ",
    "f(x ORDER BY ",
];

/// Each of these repeats its part when planned: a line would become 2³⁰ expressions.
#[test]
fn forms_that_repeat_their_parts_are_bounded() {
    let nested = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(30), close.repeat(30));
    for sql in [
        nested("coalesce(NOT ", "newsletter", ", false)"),
        nested("nvl(", "newsletter", ", false)"),
        nested("(", "newsletter", " BETWEEN false AND true)"),
        nested("(", "newsletter", " IN (true, false))"),
        nested("(CAST(", "country", " ~ 'a|b' AS TEXT))") + " = 'x'",
        nested("floor(", "spent", ")") + " = 1",
    ] {
        let error = refused(&sql);
        assert_eq!(error.code, PredicateErrorCode::TooDeep, "{sql}: {error}");
    }
}

/// The pipeline's threads have stacks of 2 MB, as the threads of tests do.
#[test]
fn what_is_nested_to_the_limit_is_evaluated_on_a_usual_stack() {
    let nested = |open: &str, inner: &str, close: &str, levels: usize| {
        format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
    };
    for sql in [
        nested("abs(", "visits", ")", 60) + " = 1",
        nested("CASE WHEN visits = 1 THEN ", "true", " ELSE false END", 60),
        nested("(spent / visits > 3 OR ", "visits = 1", ")", 30),
        nested("NOT (spent / visits > 3 AND ", "visits = 1", ")", 20),
        nested("coalesce(NOT ", "newsletter", ", false)", 10),
        nested("CASE WHEN (", "newsletter", ") THEN false ELSE visits = 1 END", 30),
        nested("nullif(", "newsletter", ", false)", 30),
        nested("greatest(", "visits", ", 1)", 30) + " = 1",
        nested("date_trunc('day', ", "last_seen", ")", 8) + " = '2026-01-01'",
        vec!["visits / visits = 1"; 300].join(" AND "),
    ] {
        let person = || Person::default().with("visits", Value::Integer(1)).with("spent", Value::Number(1.0));
        ask(&sql, &[person(), person(), Person::default().with("visits", Value::Integer(0))]);
    }
}

/// Text that is built to exhaust a parser: none may overflow the stack, and none may take long.
#[test]
fn a_pathological_predicate_is_an_error_and_neither_a_crash_nor_a_wait() {
    let mut slowest = (Duration::ZERO, "");
    for opener in OPENERS {
        for levels in [20, 40, 63, PREDICATE_BYTES_MAX / opener.len()] {
            let texts = [
                opener.repeat(levels),
                format!("{}visits{}", opener.repeat(levels), " err ) err".repeat(levels)),
                format!("{}visits{}", opener.repeat(levels), ")".repeat(levels)),
            ];
            for text in texts {
                let started = Instant::now();
                let _ = parse(&text);
                slowest = slowest.max((started.elapsed(), *opener));
            }
        }
    }
    // What is exponential takes years; the bound is far above what a busy machine makes of the others.
    assert!(slowest.0 < Duration::from_secs(20), "{slowest:?}");
    assert_eq!(refused(&"(".repeat(8000)).code, PredicateErrorCode::TooDeep);
    assert_eq!(refused(&"NOT ".repeat(2000)).code, PredicateErrorCode::TooDeep);
    assert_eq!(refused(&format!("{}1 > 0", "1+".repeat(4000))).code, PredicateErrorCode::TooDeep);
    assert_eq!(refused(&"(".repeat(10_000)).code, PredicateErrorCode::TooLong);
}
