//! The columns and the rows that the other tests ask about.

use amana_core::{FieldType, Moment, Value};
use amana_lake::{Cell, Column, Columns, Matches, Predicate, PredicateError, Rows, Table};
use std::sync::Arc;

/// 2026-03-01T12:00:00Z
pub(crate) const NOON: Moment = Moment(1_772_366_400_000);
pub(crate) const DAY_MILLIS: i64 = 86_400_000;

pub(crate) fn column(name: &str, field_type: FieldType) -> Column {
    Column { name: name.to_owned(), field_type }
}

pub(crate) fn columns() -> Arc<Columns> {
    let visible = vec![
        column("country", FieldType::Text),
        column("address.city", FieldType::Text),
        column("orders_30d", FieldType::Integer),
        column("spent", FieldType::Number),
        column("newsletter", FieldType::Boolean),
        column("last_seen", FieldType::Time),
        column("cart", FieldType::Json),
        column("visits", FieldType::Integer),
    ];
    let withheld = vec![("email".to_owned(), "contact.email".to_owned())];
    Arc::new(Columns::new(visible, withheld))
}

pub(crate) fn parse(sql: &str) -> Result<Predicate, PredicateError> {
    Predicate::parse(sql, &columns())
}

pub(crate) fn refused(sql: &str) -> PredicateError {
    match parse(sql) {
        Ok(_) => panic!("accepted: {sql}"),
        Err(error) => error,
    }
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A profile, its columns by name; those that are not named are absent.
#[derive(Default)]
pub(crate) struct Person {
    values: Vec<(&'static str, Value)>,
    hidden: Vec<&'static str>,
}

impl Person {
    pub(crate) fn with(mut self, name: &'static str, value: Value) -> Self {
        self.values.push((name, value));
        self
    }

    pub(crate) fn hiding(mut self, name: &'static str) -> Self {
        self.hidden.push(name);
        self
    }

    fn cell(&self, name: &str) -> Cell<'_> {
        if self.hidden.contains(&name) {
            return Cell::Hidden;
        }
        let found = self.values.iter().find(|(known, _)| *known == name);
        found.map_or(Cell::Absent, |(_, value)| Cell::Value(value))
    }
}

pub(crate) fn table(people: &[Person]) -> Table {
    let columns = columns();
    let mut rows = Rows::with_capacity(&columns, people.len());
    for person in people {
        rows.push(columns.visible().iter().map(|column| person.cell(&column.name)));
    }
    rows.finish()
}

pub(crate) fn ask(sql: &str, people: &[Person]) -> Matches {
    let predicate = parse(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    // The table is of other `Columns` with the same content, as after a restart.
    table(people).matches(&predicate, NOON).unwrap()
}

/// Whether the predicate holds for one profile.
pub(crate) fn holds(sql: &str, person: Person) -> bool {
    ask(sql, &[person]).get(0)
}
