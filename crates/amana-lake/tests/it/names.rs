//! How a name finds its column.

use crate::people::{Person, column, holds, parse, refused, text};
use amana_core::FieldType;
use amana_lake::{Columns, Forbidden, Predicate, PredicateErrorCode};
use std::sync::Arc;

#[test]
fn a_dotted_name_is_found_with_and_without_quotes() {
    for sql in ["address.city = 'Berlin'", "\"address.city\" = 'Berlin'", "Address.City = 'Berlin'"] {
        assert!(holds(sql, Person::default().with("address.city", text("Berlin"))), "{sql}");
    }
}

#[test]
fn an_unquoted_name_is_found_in_any_case_and_a_quoted_one_only_as_it_is() {
    assert!(holds("COUNTRY = 'DE'", Person::default().with("country", text("DE"))));
    assert_eq!(refused("\"COUNTRY\" = 'DE'").code, PredicateErrorCode::UnknownColumn);
}

#[test]
fn an_exact_name_wins_and_an_ambiguous_one_is_refused() {
    let visible = vec![column("Size", FieldType::Integer), column("size", FieldType::Integer)];
    let columns = Arc::new(Columns::new(visible, Vec::new()));
    assert_eq!(Predicate::parse("size > 1", &columns).unwrap().columns_used(), [1]);
    assert_eq!(Predicate::parse("Size > 1", &columns).unwrap().columns_used(), [0]);
    let error = Predicate::parse("SIZE > 1", &columns).unwrap_err();
    assert_eq!(error.code, PredicateErrorCode::UnknownColumn);
    assert_eq!(error.existing, ["Size", "size"]);
}

#[test]
fn an_unknown_column_is_answered_with_the_closest_existing_ones() {
    let error = refused("county = 'DE'");
    assert_eq!(error.code, PredicateErrorCode::UnknownColumn);
    assert_eq!(error.existing.first().map(String::as_str), Some("country"));
    assert!(error.message.contains("Did you mean `country`?"), "{error}");
    assert!(!error.existing.iter().any(|name| name == "email"), "a withheld column is not suggested");
}

#[test]
fn a_withheld_column_is_refused_with_its_data_category() {
    for sql in ["email = 'a@example.com'", "EMAIL IS NULL", "\"email\" IS NOT NULL", "true OR email = ''"] {
        let error = refused(sql);
        let expected = PredicateErrorCode::WithheldColumn { category: "contact.email".to_owned() };
        assert_eq!(error.code, expected, "{sql}");
        assert!(error.message.contains("contact.email"), "{error}");
    }
}

#[test]
fn a_column_of_json_is_refused() {
    assert_eq!(refused("cart IS NOT NULL").code, PredicateErrorCode::Forbidden(Forbidden::JsonColumn));
}

#[test]
fn words_that_sql_knows_may_be_columns() {
    let names = ["user", "date", "type", "order", "values", "table", "interval", "from", "position", "language"];
    let visible = names.iter().map(|name| column(name, FieldType::Integer)).collect();
    let columns = Arc::new(Columns::new(visible, Vec::new()));
    for (index, name) in names.iter().enumerate() {
        let quoted = Predicate::parse(&format!("\"{name}\" > 1"), &columns).unwrap();
        assert_eq!(quoted.columns_used(), [index]);
        if *name != "interval" {
            let plain = Predicate::parse(&format!("{name} > 1"), &columns);
            assert_eq!(plain.unwrap_or_else(|error| panic!("{name}: {error}")).columns_used(), [index]);
        }
    }
}

#[test]
fn names_of_any_script_and_sign_are_columns() {
    let names = ["المدينة", "city name", "a\"b", "now()", "naïve", "x-y", "@handle"];
    let visible = names.iter().map(|name| column(name, FieldType::Text)).collect();
    let columns = Arc::new(Columns::new(visible, Vec::new()));
    for (index, name) in names.iter().enumerate() {
        let sql = format!("\"{}\" = 'x'", name.replace('"', "\"\""));
        let parsed = Predicate::parse(&sql, &columns);
        if *name == "now()" {
            // The instant has this name, and no column can take it.
            assert_eq!(parsed.unwrap_err().code, PredicateErrorCode::UnknownColumn);
            assert!(Predicate::parse(&format!("now() > '2026-01-01' AND {sql}"), &columns).is_err());
        } else {
            assert_eq!(parsed.unwrap_or_else(|error| panic!("{name}: {error}")).columns_used(), [index]);
        }
    }
    assert_eq!(Predicate::parse("المدينة = 'x'", &columns).unwrap().columns_used(), [0]);
}

#[test]
fn the_columns_used_are_those_the_text_names() {
    let predicate = parse("visits > 1 AND (country = 'DE' OR true) OR visits < spent").unwrap();
    assert_eq!(predicate.columns_used(), [0, 3, 7]);
    assert!(!predicate.depends_on_time());
    assert_eq!(predicate.text(), "visits > 1 AND (country = 'DE' OR true) OR visits < spent");
}
