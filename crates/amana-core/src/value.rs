//! Values of traits and event fields, and the types a schema declares for them.

use crate::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a schema says a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Any string.
    Text,
    /// A whole number of at most 63 bits.
    Integer,
    /// A number with a fraction, such as an amount of money.
    Number,
    /// True or false.
    Boolean,
    /// An instant, RFC 3339 or a date.
    Time,
    /// A list or object, kept as it came and never part of a predicate.
    Json,
}

/// A value as it is kept, in the type its schema declares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// [`FieldType::Text`]
    Text(String),
    /// [`FieldType::Integer`]
    Integer(i64),
    /// [`FieldType::Number`]
    Number(f64),
    /// [`FieldType::Boolean`]
    Boolean(bool),
    /// [`FieldType::Time`]
    Time(Moment),
    /// [`FieldType::Json`], as JSON text
    Json(String),
}

impl Value {
    /// Reads a JSON value as the declared type. Numbers written as text are accepted, for tills and CRMs send them
    /// so; anything else that does not fit gives `None`, and the field is set aside.
    #[must_use]
    pub fn read(field_type: FieldType, json: &serde_json::Value) -> Option<Self> {
        use serde_json::Value as Json;
        Some(match (field_type, json) {
            (_, Json::Null) => return None,
            (FieldType::Text, Json::String(text)) => Self::Text(text.clone()),
            (FieldType::Text, Json::Number(number)) => Self::Text(number.to_string()),
            (FieldType::Integer, Json::Number(number)) => Self::Integer(whole(number)?),
            (FieldType::Integer, Json::String(text)) => Self::Integer(text.trim().parse().ok()?),
            (FieldType::Number, Json::Number(number)) => Self::Number(number.as_f64()?),
            (FieldType::Number, Json::String(text)) => Self::Number(finite(text.trim())?),
            (FieldType::Boolean, Json::Bool(boolean)) => Self::Boolean(*boolean),
            (FieldType::Boolean, Json::String(text)) => Self::Boolean(text.trim().parse().ok()?),
            (FieldType::Time, Json::String(text)) => Self::Time(instant(text.trim())?),
            (FieldType::Json, any) => Self::Json(any.to_string()),
            _ => return None,
        })
    }

    /// This value as JSON, for answers and payloads.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.clone().into(),
            Self::Integer(integer) => (*integer).into(),
            Self::Number(number) => (*number).into(),
            Self::Boolean(boolean) => (*boolean).into(),
            Self::Time(moment) => moment.to_string().into(),
            Self::Json(text) => serde_json::from_str(text).unwrap_or(serde_json::Value::Null),
        }
    }
}

fn whole(number: &serde_json::Number) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and within 53 bits")]
    number.as_i64().or_else(|| {
        number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9e15).map(|float| float as i64)
    })
}

fn finite(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// RFC 3339; a date and time without an offset, or a date alone, is read as UTC.
fn instant(text: &str) -> Option<Moment> {
    Moment::parse(text).or_else(|| {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        let timestamp = jiff::tz::Offset::UTC.to_timestamp(civil).ok()?;
        Some(Moment(timestamp.as_millisecond()))
    })
}
