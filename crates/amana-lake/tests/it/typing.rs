//! Types are settled when a predicate is saved.

use crate::people::{Person, holds, parse, refused, text};
use amana_core::{Moment, Value};
use amana_lake::PredicateErrorCode;

fn is_type_error(sql: &str) {
    let error = refused(sql);
    assert_eq!(error.code, PredicateErrorCode::Type, "{sql}: {error}");
}

#[test]
fn comparing_a_text_with_a_number_is_refused_when_saved() {
    for sql in [
        "country = 5",
        "visits = 'five'",
        "visits = '5'",
        "country = visits",
        "country > spent",
        "visits BETWEEN '1' AND '2'",
        "visits IN (1, 'two')",
        "country IN (1, 2)",
        "CASE visits WHEN 'one' THEN true ELSE false END",
        "nullif(visits, '5') = 1",
        "visits IS DISTINCT FROM '5'",
        "coalesce(country, 'x') > 5",
        "length(country) = 'x'",
    ] {
        is_type_error(sql);
    }
}

#[test]
fn other_mixtures_are_refused_when_saved() {
    for sql in [
        "newsletter = 'true'",
        "newsletter = 1",
        "country = true",
        "last_seen = 5",
        "last_seen > country",
        "last_seen > newsletter",
        "country + 1 = 2",
        "country || visits = 5",
        "newsletter + 1 = 2",
        "now() - last_seen > INTERVAL '7 days'",
        "INTERVAL '1 month' > INTERVAL '30 days'",
        "visits AND newsletter",
        "NOT visits",
        "NOT country = 1",
        "visits IS TRUE",
        "visits LIKE '1%'",
        "visits ~ '1'",
        "abs(country) > 1",
        "date_part('year', country) = 2026",
        "last_seen > 'yesterday'",
        "last_seen > '2026-13-01'",
        "last_seen > DATE 'soon'",
        "spent > CAST('x' AS DOUBLE)",
        "last_seen + last_seen > 1",
        "spent < 1e999",
        "upper(country, country) = 'X'",
    ] {
        is_type_error(sql);
    }
}

#[test]
fn comparing_with_null_is_refused_for_it_never_holds() {
    for sql in ["country = NULL", "NULL <> visits", "country IN ('DE', NULL)", "country NOT IN (NULL)"] {
        is_type_error(sql);
        assert!(refused(sql).message.contains("IS NULL"));
    }
}

#[test]
fn what_is_not_true_or_false_is_refused() {
    for sql in ["visits", "country", "1 + 1", "now()", "NULL", "upper(country)"] {
        assert_eq!(refused(sql).code, PredicateErrorCode::NotBoolean, "{sql}");
    }
    assert!(refused("visits").message.contains("a number"));
}

#[test]
fn whole_numbers_and_fractions_compare() {
    let person = || Person::default().with("visits", Value::Integer(3)).with("spent", Value::Number(3.0));
    for sql in
        ["visits = spent", "visits = 3.0", "spent = 3", "spent + 1 > visits", "visits / 2 = 1", "spent / 2 = 1.5"]
    {
        assert!(holds(sql, person()), "{sql}");
    }
}

#[test]
fn booleans_are_conditions_by_themselves() {
    let person = || Person::default().with("newsletter", Value::Boolean(true));
    for sql in ["newsletter", "newsletter = true", "newsletter IS TRUE", "NOT newsletter IS FALSE", "true", "1 = 1"] {
        assert!(holds(sql, person()), "{sql}");
    }
    for sql in ["NOT newsletter", "newsletter = false", "newsletter IS NOT TRUE", "false"] {
        assert!(!holds(sql, person()), "{sql}");
    }
}

#[test]
fn every_kind_of_expression_and_function_is_evaluated() {
    let person = || {
        Person::default()
            .with("country", text("Deutschland"))
            .with("address.city", text(" Köln "))
            .with("visits", Value::Integer(-7))
            .with("spent", Value::Number(12.5))
            .with("last_seen", Value::Time(Moment(1_767_225_600_000)))
    };
    for sql in [
        "country LIKE 'Deu%' AND country ILIKE '%LAND' AND country NOT LIKE 'x_'",
        "country ~ '^D.*d$' AND country !~ 'x' AND country ~* '^d' AND regexp_like(country, 'land$')",
        "regexp_count(country, '[aeu]') = 3",
        "lower(country) = 'deutschland' AND upper(country) = 'DEUTSCHLAND' AND initcap(country) = 'Deutschland'",
        "length(country) = 11 AND char_length(trim(address.city)) = 4 AND octet_length(trim(address.city)) = 5",
        "trim(BOTH ' ' FROM address.city) = 'Köln' AND ltrim(address.city) = 'Köln ' AND btrim(address.city) = 'Köln'",
        "substr(country, 1, 3) = 'Deu' AND substring(country FROM 8) = 'land' AND left(country, 1) = 'D'",
        "right(country, 4) = 'land' AND reverse(left(country, 2)) = 'eD' AND strpos(country, 'land') = 8",
        "starts_with(country, 'D') AND ends_with(country, 'd') AND contains(country, 'sch')",
        "concat(country, '-', visits) = 'Deutschland--7' AND country || '!' = 'Deutschland!'",
        "split_part(country, 's', 1) = 'Deut' AND replace(country, 'land', '') = 'Deutsch'",
        "translate(country, 'D', 'd') = 'deutschland' AND ascii(country) = 68 AND chr(68) = left(country, 1)",
        "abs(visits) = 7 AND visits % 2 = -1 AND -visits = 7 AND power(2, 3) = 8 AND sqrt(spent * 2) = 5",
        "round(spent) = 13 AND floor(spent) = 12 AND ceil(spent) = 13 AND trunc(spent) = 12 AND signum(spent) = 1",
        "greatest(visits, 3) = 3 AND least(visits, 3) = -7 AND nullif(visits, -7) IS NULL",
        "coalesce(orders_30d, 0) = 0 AND nvl(orders_30d, 4) = 4 AND orders_30d IS NULL AND visits IS NOT NULL",
        "CASE WHEN spent > 100 THEN 'high' WHEN spent > 10 THEN 'middle' ELSE 'low' END = 'middle'",
        "CASE country WHEN 'Deutschland' THEN true ELSE false END",
        "visits BETWEEN -10 AND 0 AND visits NOT BETWEEN 0 AND 9 AND visits IN (1, -7) AND visits NOT IN (1, 2)",
        "visits IS DISTINCT FROM orders_30d AND orders_30d IS NOT DISTINCT FROM NULL",
        "(newsletter = true) IS UNKNOWN AND (newsletter AND false) IS FALSE AND (newsletter OR true) IS TRUE",
        "CAST(visits AS TEXT) = '-7' AND spent::BIGINT = 12 AND TRY_CAST(country AS BIGINT) IS NULL",
        "last_seen = '2026-01-01' AND last_seen = TIMESTAMP '2026-01-01 00:00:00' AND last_seen = DATE '2026-01-01'",
        "EXTRACT(year FROM last_seen) = 2026 AND date_part('month', last_seen) = 1",
        "date_trunc('month', last_seen) = '2026-01-01' AND last_seen::DATE = '2026-01-01'",
        "to_char(last_seen, '%Y') = '2026' AND to_timestamp('2026-01-01T00:00:00Z') = last_seen",
        "to_unixtime(last_seen) = 1767225600 AND from_unixtime(1767225600) = last_seen",
        "last_seen + INTERVAL '1 day' = '2026-01-02' AND last_seen - INTERVAL '1' DAY = '2025-12-31'",
        "last_seen - TIMESTAMP '2025-12-31 00:00:00' < now() - last_seen",
        "last_seen::DATE - DATE '2025-12-31' = 1",
        "country IN ('Deutschland', 'Österreich') -- a comment\n AND /* another */ visits < 0",
    ] {
        assert!(holds(sql, person()), "{sql}");
    }
}

#[test]
fn a_parsed_predicate_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    shared(&parse("visits > 1").unwrap());
}
