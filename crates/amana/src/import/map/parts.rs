//! Cells and words of the map.

use super::super::time::{FORMS_IN_WORDS, TimeForm};
use super::fields::{Fields, found};
use super::{Cell, Word};
use amana_core::FieldType;
use amana_core::catalog::ProblemCode;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use toml::Value;

const CELL: &str = "a column's name, { column = \"…\" } or { value = … }";
const TYPES: [(&str, FieldType); 6] = [
    ("text", FieldType::Text),
    ("integer", FieldType::Integer),
    ("number", FieldType::Number),
    ("boolean", FieldType::Boolean),
    ("time", FieldType::Time),
    ("json", FieldType::Json),
];

/// A cell that a field is.
pub(super) fn cell(fields: &mut Fields<'_>, name: &'static str) -> Option<Cell> {
    let value = fields.take(name)?;
    read_cell(fields, name, value)
}

/// All cells of a table whose names are the writer's own.
pub(super) fn cells(fields: &mut Fields<'_>) -> Vec<(String, Cell)> {
    let all = fields.take_all();
    all.into_iter().filter_map(|(name, value)| Some((name.clone(), read_cell(fields, &name, value)?))).collect()
}

fn read_cell(fields: &Fields<'_>, name: &str, value: Value) -> Option<Cell> {
    match value {
        Value::String(column) => {
            Some(Cell::Column { column, field_type: None, time: TimeForm::default(), values: None })
        }
        Value::Table(table) if table.contains_key("value") => {
            let mut inner = fields.within(name, table);
            let value = inner.take("value").and_then(|value| constant(&inner, value));
            inner.finish();
            value.map(Cell::Value)
        }
        Value::Table(table) => {
            let mut inner = fields.within(name, table);
            let column = inner.column("column");
            if column.is_none() {
                inner.missing("column", CELL);
            }
            let types = TYPES.map(|(name, _)| name).join(", ");
            let named = |text: &str| TYPES.iter().find(|(name, _)| *name == text).map(|(_, field_type)| *field_type);
            let field_type = inner.read("type", &format!("one of {types}"), named);
            let is_time = inner.has("format") || inner.has("time_zone");
            let time = time_form(&mut inner);
            let values = values(&mut inner, constant);
            inner.finish();
            let field_type = field_type.or(is_time.then_some(FieldType::Time));
            Some(Cell::Column { column: column?, field_type, time, values })
        }
        other => {
            fields.wrong(name, ProblemCode::WrongType, found(&other), CELL);
            None
        }
    }
}

fn constant(fields: &Fields<'_>, value: Value) -> Option<Json> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Integer(integer) => Some(integer.into()),
        Value::Float(float) => Some(float.into()),
        Value::Boolean(boolean) => Some(boolean.into()),
        other => {
            fields.wrong("value", ProblemCode::WrongType, found(&other), "text, a number, true or false");
            None
        }
    }
}

/// The table `values`: from a text of the column to what it means.
fn values<T>(fields: &mut Fields<'_>, read: impl Fn(&Fields<'_>, Value) -> Option<T>) -> Option<BTreeMap<String, T>> {
    let mut inner = fields.table("values")?;
    let all = inner.take_all();
    if all.is_empty() {
        fields.wrong("values", ProblemCode::MissingField, "it is empty", "at least one text with its meaning");
    }
    Some(all.into_iter().filter_map(|(text, value)| Some((text, read(&inner, value)?))).collect())
}

/// `format` and `time_zone` of a table.
pub(super) fn time_form(fields: &mut Fields<'_>) -> TimeForm {
    let form = fields.read("format", FORMS_IN_WORDS, TimeForm::named).unwrap_or_default();
    let zone = fields.read("time_zone", "an IANA time zone such as `Europe/Berlin`", |name| TimeZone::get(name).ok());
    form.zoned(zone.unwrap_or(TimeZone::UTC))
}

/// A column with times: its name, or a table with `column`, `format` and `time_zone`.
pub(super) fn time_column(fields: &mut Fields<'_>, name: &'static str) -> Option<(String, TimeForm)> {
    let expected = "a column's name, or { column = \"…\", format = \"…\", time_zone = \"…\" }";
    match fields.take(name)? {
        Value::String(column) => Some((column, TimeForm::default())),
        Value::Table(table) => {
            let mut inner = fields.within(name, table);
            let column = inner.column("column");
            if column.is_none() {
                inner.missing("column", "the name of the column with the times");
            }
            let form = time_form(&mut inner);
            inner.finish();
            Some((column?, form))
        }
        other => {
            fields.wrong(name, ProblemCode::WrongType, found(&other), expected);
            None
        }
    }
}

/// A word that a field is: the word itself, or `{ column = "…", values = { "J" = "grant" } }`.
pub(super) fn word<T>(
    fields: &mut Fields<'_>,
    name: &'static str,
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Option<Word<T>> {
    let value = fields.take(name)?;
    read_word(fields, name, value, expected, &read)
}

/// All words of a table whose names are the writer's own.
pub(super) fn words<T>(
    fields: &mut Fields<'_>,
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Vec<(String, Word<T>)> {
    let all = fields.take_all();
    let read = |(name, value): (String, Value)| {
        let word = read_word(fields, &name, value, expected, &read)?;
        Some((name, word))
    };
    all.into_iter().filter_map(read).collect()
}

fn read_word<T>(
    fields: &Fields<'_>,
    name: &str,
    value: Value,
    expected: &str,
    read: &impl Fn(&str) -> Option<T>,
) -> Option<Word<T>> {
    let one = |fields: &Fields<'_>, name: &str, value: &Value| {
        let word = value.as_str().and_then(read);
        if word.is_none() {
            fields.wrong(name, ProblemCode::UnknownWord, "it is not one of those possible", expected);
        }
        word
    };
    match value {
        Value::Table(table) => {
            let mut inner = fields.within(name, table);
            let column = inner.column("column");
            if column.is_none() {
                inner.missing("column", &format!("the name of a column, or {expected}"));
            }
            let values = values(&mut inner, |inner, value| one(inner, "", &value));
            inner.finish();
            Some(Word::Column { column: column?, values })
        }
        value => one(fields, name, &value).map(Word::Fixed),
    }
}
