//! How profiles become a table.

use crate::people::{NOON, columns, parse, text};
use amana_core::{Moment, Value};
use amana_lake::{Cell, ColumnMask, EvaluationError, Rows};

#[test]
fn only_the_columns_of_the_mask_are_built() {
    let columns = columns();
    let predicate = parse("visits > 1 AND country = 'DE'").unwrap();
    let mask = ColumnMask::of(&columns, [&predicate]);
    assert_eq!(mask.iter().collect::<Vec<_>>(), [0, 7]);
    let (country, visits) = (text("DE"), Value::Integer(2));
    let mut rows = Rows::with_mask(&columns, &mask, 2);
    let mut asked = Vec::new();
    rows.push_with(|index| {
        asked.push(index);
        Cell::Value(if index == 0 { &country } else { &visits })
    });
    rows.push((0..columns.visible().len()).map(|index| if index == 7 { Cell::Value(&visits) } else { Cell::Absent }));
    assert_eq!(asked, [0, 7]);
    let table = rows.finish();
    assert_eq!(table.matches(&predicate, NOON).unwrap().iter_ones().collect::<Vec<_>>(), [0]);
    let other = parse("spent > 1").unwrap();
    assert_eq!(table.matches(&other, NOON), Err(EvaluationError::NotBuilt("spent".to_owned())));
}

#[test]
fn a_cell_that_is_not_given_is_hidden() {
    let mut rows = Rows::with_capacity(&columns(), 1);
    rows.push([Cell::Absent]);
    let table = rows.finish();
    assert!(table.matches(&parse("country IS NULL").unwrap(), NOON).unwrap().get(0));
    assert!(!table.matches(&parse("visits IS NULL").unwrap(), NOON).unwrap().get(0));
}

#[test]
fn a_value_of_another_type_than_its_column_is_hidden_and_counted() {
    let (number, whole) = (Value::Number(f64::NAN), Value::Integer(4));
    let old = text("4");
    let mut rows = Rows::with_capacity(&columns(), 1);
    let cell = |index: usize| match index {
        2 => Cell::Value(&old),
        3 => Cell::Value(&number),
        _ => Cell::Absent,
    };
    rows.push_with(cell);
    rows.push_with(|index| if index == 3 { Cell::Value(&whole) } else { Cell::Absent });
    let table = rows.finish();
    assert_eq!(table.misfits(), 2);
    for sql in ["orders_30d IS NULL", "orders_30d IS NOT NULL", "spent IS NULL", "NOT spent > 1"] {
        assert!(!table.matches(&parse(sql).unwrap(), NOON).unwrap().get(0), "{sql}");
    }
    assert!(table.matches(&parse("spent = 4").unwrap(), NOON).unwrap().get(1), "a whole number is a number");
}

#[test]
fn a_table_of_no_rows_and_a_predicate_of_no_columns_work() {
    let empty = Rows::with_capacity(&columns(), 0).finish();
    for sql in ["true", "visits > 1", "last_seen > now()"] {
        let matches = empty.matches(&parse(sql).unwrap(), Moment(0)).unwrap();
        assert!(matches.is_empty() && matches.count() == 0 && !matches.get(0));
    }
    let mut rows = Rows::with_mask(&columns(), &ColumnMask::none(&columns()), 3);
    (0..3).for_each(|_| rows.push_with(|_| Cell::Absent));
    let table = rows.finish();
    assert_eq!(table.matches(&parse("1 < 2").unwrap(), NOON).unwrap().count(), 3);
    assert_eq!(table.matches(&parse("now() > '2026-01-01'").unwrap(), NOON).unwrap().count(), 3);
}

#[test]
fn a_predicate_of_other_columns_is_refused() {
    let other = std::sync::Arc::new(amana_lake::Columns::new(columns().visible()[..3].to_vec(), Vec::new()));
    let predicate = amana_lake::Predicate::parse("country = 'DE'", &other).unwrap();
    let table = Rows::with_capacity(&columns(), 0).finish();
    assert_eq!(table.matches(&predicate, NOON), Err(EvaluationError::OtherColumns));
}
