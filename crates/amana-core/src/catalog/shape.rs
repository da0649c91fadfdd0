//! Whether a file has the fields and types that the catalogue's JSON Schema says: every unknown, missing and
//! mistyped field at once, where a deserialiser stops at the first.

use super::file::PROBLEMS_MAX;
use super::place::{Places, name_of};
use super::{Path, Problem, ProblemCode, catalog_json_schema};
use serde_json::Value as Json;
use std::ops::Range;
use std::sync::LazyLock;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(super) struct Shape<'a> {
    places: &'a Places<'a>,
    schema: &'static Json,
    problems: Vec<Problem>,
}

impl Shape<'_> {
    /// Everything in which the file differs from the schema.
    pub(super) fn check(places: &Places<'_>, root: &DeTable<'_>) -> Vec<Problem> {
        static SCHEMA: LazyLock<Json> = LazyLock::new(catalog_json_schema);
        let mut shape = Shape { places, schema: &SCHEMA, problems: Vec::new() };
        shape.table(root, 0..0, &SCHEMA, &Path::default());
        shape.problems
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, schema: &'static Json, path: &Path) {
        if self.problems.len() >= PROBLEMS_MAX {
            return;
        }
        let meaning = resolve(self.schema, schema);
        match value.get_ref() {
            DeValue::Table(table) if is_type(meaning, "object") => {
                self.table(table, value.span(), meaning, path);
            }
            DeValue::Array(entries) if is_type(meaning, "array") => {
                let items = &meaning["items"];
                for (place, entry) in entries.iter().enumerate() {
                    self.value(entry, items, &path.item(place, name_of(entry.get_ref()).unwrap_or_default()));
                }
            }
            DeValue::String(text) if !words(meaning).is_empty() => {
                let words = words(meaning);
                if !words.contains(&text.as_ref()) {
                    let expected = format!("one of {}", words.join(", "));
                    self.say(path, ProblemCode::UnknownWord, format!("unknown value {text:?}"), expected, value.span());
                }
            }
            DeValue::String(_) if is_type(meaning, "string") => {}
            DeValue::Boolean(_) if is_type(meaning, "boolean") => {}
            DeValue::Integer(number) if is_type(meaning, "integer") => {
                let (low, high) = range(meaning);
                if !number.as_str().parse::<i64>().is_ok_and(|number| (low..=high).contains(&number)) {
                    let expected = format!("a whole number from {low} to {high}");
                    self.say(path, ProblemCode::OutOfRange, format!("found {number}"), expected, value.span());
                }
            }
            other => {
                let expected = describe(meaning, schema);
                let found = format!("found {}", article(other.type_str()));
                self.say(path, ProblemCode::WrongType, found, expected, value.span());
            }
        }
    }

    fn table(&mut self, table: &DeTable<'_>, span: Range<usize>, schema: &'static Json, path: &Path) {
        let Some(properties) = schema["properties"].as_object() else {
            for (key, value) in table {
                self.value(value, &schema["additionalProperties"], &path.key(key.get_ref()));
            }
            return;
        };
        for (key, value) in table {
            match properties.get(key.get_ref().as_ref()) {
                Some(property) => self.value(value, property, &path.key(key.get_ref())),
                None => {
                    let known: Vec<_> = properties.keys().map(String::as_str).collect();
                    let found = format!("unknown field {:?}", key.get_ref());
                    let expected = format!("one of {}", known.join(", "));
                    self.say(&path.key(key.get_ref()), ProblemCode::UnknownField, found, expected, key.span());
                }
            }
        }
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str);
        for field in required.filter(|field| !table.iter().any(|(key, _)| key.get_ref() == *field)) {
            let expected = describe(resolve(self.schema, &properties[field]), &properties[field]);
            let found = format!("{field:?} is missing");
            self.say(&path.key(field), ProblemCode::MissingField, found, expected, span.clone());
        }
    }

    fn say(&mut self, path: &Path, code: ProblemCode, found: String, expected: String, span: Range<usize>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(self.places.put(Problem::at(path.clone(), code, found, expected), span));
        }
    }
}

/// Follows a reference, and takes the one that is not null of what may be left out.
fn resolve<'s>(root: &'s Json, schema: &'s Json) -> &'s Json {
    let of_several = schema["anyOf"].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null"));
    let schema = of_several.unwrap_or(schema);
    let name = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"));
    name.map_or(schema, |name| &root["$defs"][name])
}

fn is_type(schema: &Json, wanted: &str) -> bool {
    match &schema["type"] {
        Json::String(name) => name == wanted,
        Json::Array(names) => names.iter().any(|name| name == wanted),
        _ => false,
    }
}

/// The words of an enumeration.
fn words(schema: &Json) -> Vec<&str> {
    let each = schema["oneOf"].as_array().into_iter().flatten();
    each.filter_map(|word| word["const"].as_str()).collect()
}

fn range(schema: &Json) -> (i64, i64) {
    let high = match schema["format"].as_str() {
        Some("uint8") => i64::from(u8::MAX),
        Some("uint16") => i64::from(u16::MAX),
        _ => i64::from(u32::MAX),
    };
    (schema["minimum"].as_i64().unwrap_or(0), schema["maximum"].as_i64().unwrap_or(high))
}

/// What a field should be, in words: its type, and what the schema says it is for.
fn describe(meaning: &Json, field: &Json) -> String {
    let words = words(meaning);
    let kind = ["string", "integer", "boolean", "array", "object"].into_iter().find(|kind| is_type(meaning, kind));
    let kind = match kind {
        _ if !words.is_empty() => format!("one of {}", words.join(", ")),
        Some("array") => "a list".into(),
        Some("object") => "a table".into(),
        Some(kind) => article(kind),
        None => "another value".into(),
    };
    match field["description"].as_str().or_else(|| meaning["description"].as_str()) {
        Some(purpose) => format!("{kind}: {}", purpose.trim_end_matches('.').replace('\n', " ")),
        None => kind,
    }
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}
