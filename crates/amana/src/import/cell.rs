//! From what stands in a column to the value that it means.

use super::map::{Cell, ImportMap, Word};
use super::reject::Wrong;
use super::time::TimeForm;
use amana_core::{FieldType, Moment};
use serde_json::{Map, Number, Value as Json};

/// A row with the map it is read by.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    pub(super) map: &'a ImportMap,
    pub(super) row: &'a Map<String, Json>,
}

impl<'a> Cells<'a> {
    /// What stands in a column; nothing where it is null or a text that the map says is nothing.
    pub(super) fn raw(&self, column: &str) -> Option<&'a Json> {
        let json = self.row.get(column)?;
        let is_nothing = match json {
            Json::Null => true,
            Json::String(text) => self.map.null.iter().any(|null| null == text.trim()),
            _ => false,
        };
        (!is_nothing).then_some(json)
    }

    /// A column as text.
    pub(super) fn text(&self, column: &str) -> Result<Option<String>, Wrong> {
        self.raw(column).map(|json| text(column, json)).transpose()
    }

    /// A time of a column.
    pub(super) fn time(&self, column: &str, form: &TimeForm) -> Result<Option<Moment>, Wrong> {
        let read = |json| form.read(json).ok_or_else(|| bad_time(column));
        self.raw(column).map(read).transpose()
    }

    /// A cell's value.
    pub(super) fn value(&self, cell: &Cell) -> Result<Option<Json>, Wrong> {
        let (column, field_type, time, values) = match cell {
            Cell::Value(json) => return Ok(Some(json.clone())),
            Cell::Column { column, field_type, time, values } => (column, field_type, time, values),
        };
        let Some(json) = self.raw(column) else { return Ok(None) };
        if let Some(values) = values {
            let text = text(column, json)?;
            let meaning = values.get(text.trim()).ok_or_else(|| unknown(column))?;
            return Ok(Some(meaning.clone()));
        }
        match field_type {
            None => Ok(Some(json.clone())),
            Some(field_type) => typed(column, json, *field_type, time, self.map.decimal_comma).map(Some),
        }
    }

    /// A cell's value as text.
    pub(super) fn value_text(&self, cell: &Cell) -> Result<Option<String>, Wrong> {
        let column = match cell {
            Cell::Value(_) => "",
            Cell::Column { column, .. } => column,
        };
        self.value(cell)?.map(|json| text(column, &json)).transpose()
    }

    /// A word's meaning.
    pub(super) fn word<T: Clone>(&self, word: &Word<T>, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Wrong> {
        let (column, values) = match word {
            Word::Fixed(fixed) => return Ok(Some(fixed.clone())),
            Word::Column { column, values } => (column, values),
        };
        let Some(text) = self.text(column)? else { return Ok(None) };
        let meaning = match values {
            Some(values) => values.get(text.trim()).cloned(),
            None => read(text.trim()),
        };
        meaning.map(Some).ok_or_else(|| unknown(column))
    }
}

fn text(column: &str, json: &Json) -> Result<String, Wrong> {
    match json {
        Json::String(text) => Ok(text.clone()),
        Json::Number(number) => Ok(number.to_string()),
        Json::Bool(boolean) => Ok(boolean.to_string()),
        _ => Err(Wrong::new(column, "wrong_type", "it must be text, a number, true or false")),
    }
}

fn typed(
    column: &str,
    json: &Json,
    field_type: FieldType,
    time: &TimeForm,
    decimal_comma: bool,
) -> Result<Json, Wrong> {
    let trimmed = json.as_str().map(str::trim);
    let bad = |expected: &str| Wrong::new(column, "wrong_type", format!("it must be {expected}"));
    match (field_type, trimmed) {
        (FieldType::Text, _) => text(column, json).map(Json::String),
        (FieldType::Integer, None) if json.is_i64() || json.is_u64() => Ok(json.clone()),
        (FieldType::Integer, Some(text)) => {
            let digits = plain_number(text, decimal_comma).ok_or_else(|| bad("a whole number"))?;
            digits.parse::<i64>().map(Json::from).map_err(|_| bad("a whole number"))
        }
        (FieldType::Number, None) if json.is_number() => Ok(json.clone()),
        (FieldType::Number, Some(text)) => {
            let digits = plain_number(text, decimal_comma).ok_or_else(|| bad("a number"))?;
            let number = digits.parse().ok().and_then(Number::from_f64);
            number.map(Json::Number).ok_or_else(|| bad("a number"))
        }
        (FieldType::Boolean, None) if json.is_boolean() => Ok(json.clone()),
        (FieldType::Boolean, _) => match text(column, json)?.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Json::Bool(true)),
            "false" | "0" => Ok(Json::Bool(false)),
            _ => Err(bad("true, false, 1 or 0; say what other texts mean with `values`")),
        },
        (FieldType::Time, _) => time.read(json).map(|moment| moment.to_string().into()).ok_or_else(|| bad_time(column)),
        (FieldType::Json, Some(text)) => inner_json(text).ok_or_else(|| bad("JSON")),
        (FieldType::Json, None) => Ok(json.clone()),
        (FieldType::Integer, None) => Err(bad("a whole number")),
        (FieldType::Number, None) => Err(bad("a number")),
    }
}

/// JSON within a text, with the limits of the collect door.
fn inner_json(text: &str) -> Option<Json> {
    let mut object = crate::collect::read_object(format!("{{\"value\":{text}}}").as_bytes()).ok()?;
    let value = object.shift_remove("value");
    value.filter(|_| object.is_empty())
}

/// A number with a point and without signs between its thousands; `None` where these do not stand at thousands.
/// Then it is not known what is meant: with a decimal comma `12.5` would become 125.
fn plain_number(text: &str, decimal_comma: bool) -> Option<String> {
    let (decimal, thousands) = if decimal_comma { (',', '.') } else { ('.', ',') };
    let (whole, fraction) = text.split_once(decimal).map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let is_between = |letter: char| letter == thousands || matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\'');
    let mut groups = whole.split(is_between);
    let first = groups.next()?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let sign_and_digits = first.trim_start_matches(['-', '+']);
    let mut plain = first.to_owned();
    for group in groups {
        if group.len() != 3 || !digits(group) || sign_and_digits.is_empty() || sign_and_digits.len() > 3 {
            return None;
        }
        plain.push_str(group);
    }
    if let Some(fraction) = fraction {
        plain.push('.');
        plain.push_str(fraction);
    }
    // `1e3` is a number to programs; `inf` and `nan` are none to anybody.
    plain.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)).then_some(plain)
}

pub(super) fn bad_time(column: &str) -> Wrong {
    Wrong::new(column, "bad_time", "it is no time in the form that the map names")
}

fn unknown(column: &str) -> Wrong {
    Wrong::new(column, "unknown_value", "the map does not say what this text means; add it to `values` or to `null`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, comma, expected) in [
            ("1.234,56", true, Some("1234.56")),
            ("-1 234 567,8", true, Some("-1234567.8")),
            ("1234", true, Some("1234")),
            ("12.5", true, None),
            ("1.23,4", true, None),
            ("1,234.56", false, Some("1234.56")),
            ("12.5", false, Some("12.5")),
            ("1,5", false, None),
            ("1'234", false, Some("1234")),
            ("1e3", false, Some("1e3")),
            ("nan", false, None),
            ("12 €", true, None),
        ] {
            assert_eq!(plain_number(text, comma).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn json_in_a_column_cannot_leave_its_place() {
        assert_eq!(inner_json("[1, {\"a\": 2}]"), Some(serde_json::json!([1, {"a": 2}])));
        for wrong in ["1, \"other\": 2", "1}", "", "[", "{\"a\":1,\"a\":2}"] {
            assert_eq!(inner_json(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_conversion_panic(text in "[-+0-9., '\u{a0}eé]{0,14}", comma: bool) {
            for field_type in [FieldType::Integer, FieldType::Number, FieldType::Boolean, FieldType::Time, FieldType::Json] {
                let _ = typed("column", &Json::String(text.clone()), field_type, &TimeForm::default(), comma);
            }
        }
    }
}
