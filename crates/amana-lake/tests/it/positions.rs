//! An error says where it is.

use crate::people::refused;

/// The marked character is where the error must point.
fn points_at(marked: &str) {
    let before = marked.split('§').next().unwrap();
    let line = before.matches('\n').count() as u64 + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() as u64 + 1;
    let error = refused(&marked.replace('§', ""));
    assert_eq!((error.line, error.column), (line, column), "{marked}\n{error}");
}

#[test]
fn an_unknown_column_is_shown_where_it_stands() {
    points_at("country = 'DE'\n  AND §unknown > 3");
    points_at("country = 'DÜSSELDORF' AND\n(visits > 2\n\tOR §a.b.c = 1)");
    points_at("§nothing");
    points_at("country = 'DE' AND §\"quoted one\" = 1");
    points_at("country IN ('DE', §FR)");
}

#[test]
fn a_withheld_column_is_shown_where_it_stands() {
    points_at("visits > 1\nAND lower(§email) = 'x'");
}

#[test]
fn a_wrong_type_is_shown_at_the_part_that_is_wrong() {
    points_at("country = 'DE'\nAND visits > §'many'");
    points_at("country = 'DE' AND\n  (visits > 1 OR §country > spent)");
    points_at("visits > 1 AND\nlast_seen > §'yesterday'");
    points_at("spent > 1\nAND §country + 1 > 2");
    points_at("newsletter AND §visits");
}

#[test]
fn a_wrong_function_is_shown_where_it_stands() {
    points_at("visits > 1\n AND §lowr(country) = 'de'");
    points_at("visits > 1\n AND §count(visits) = 1");
    points_at("visits > 1 OR §random() > 0.5");
}

#[test]
fn wrong_syntax_is_shown_where_it_stands() {
    points_at("country = 'DE'\nAND §AND visits > 1");
    points_at("country = 'DE'\n§visits");
    points_at("visits > §)");
    points_at("visits > 1§;");
    points_at("visits §== 1");
    points_at("visits > 1 AND (country = 'DE'§");
    points_at("visits >\n§");
    points_at("visits > 1\n OR §SELECT 1");
    points_at("visits > CAST(country AS §ARRAY<INT>)");
}
