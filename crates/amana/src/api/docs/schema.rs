//! Fields of a schema, flattened for a page.

use super::model::html;
use serde_json::Value as Json;

/// How deep objects are shown inside each other.
const DEPTH_MAX: usize = 4;

/// One field.
pub(super) struct Field {
    /// How deep it lies.
    pub depth: usize,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it is, as HTML.
    pub words: String,
}

/// All fields of a schema, outer before inner.
pub(super) fn fields(document: &Json, schema: &Json) -> Vec<Field> {
    let mut found = Vec::new();
    collect(document, schema, 0, true, &mut found);
    found
}

/// `whole` unless the schema is one of several, of which none needs to be there.
fn collect(document: &Json, schema: &Json, depth: usize, whole: bool, found: &mut Vec<Field>) {
    if depth >= DEPTH_MAX {
        return;
    }
    let schema = meaning(document, schema);
    let whole = whole && (schema["allOf"].is_array() || parts(schema).nth(1).is_none());
    for part in parts(schema) {
        collect(document, part, depth, whole, found);
    }
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|required| required.iter().any(|known| known == name));
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        found.push(Field {
            depth,
            name: name.clone(),
            kind: kind(document, field),
            required: whole && required(name),
            words: html(words(document, field)),
        });
        collect(document, innermost(document, field), depth + 1, true, found);
    }
}

/// What a list or map holds, or the field itself.
fn innermost<'d>(document: &'d Json, field: &'d Json) -> &'d Json {
    let schema = meaning(document, field);
    let held = [&schema["items"], &schema["additionalProperties"]].into_iter().find(|held| held.is_object());
    held.map_or(schema, |held| innermost(document, held))
}

/// Parts that a schema is put together from, and the ones it may be.
fn parts(schema: &Json) -> impl Iterator<Item = &Json> {
    let all = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|key| schema[key].as_array());
    all.flatten().filter(|part| part["type"] != "null")
}

/// Follows references, and takes the one that is not null of what may be left out.
pub(super) fn meaning<'d>(document: &'d Json, schema: &'d Json) -> &'d Json {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/components/schemas/")) {
        return &document["components"]["schemas"][name];
    }
    let mut several = parts(schema);
    match (several.next(), several.next()) {
        (Some(only), None) if schema["properties"].is_null() => meaning(document, only),
        _ => schema,
    }
}

/// What is said of a field: at the field, where it is referred to, or of what it is.
fn words<'d>(document: &'d Json, field: &'d Json) -> &'d str {
    let own = field["description"].as_str();
    let reference = || parts(field).find_map(|part| part["description"].as_str());
    own.or_else(reference).or_else(|| meaning(document, field)["description"].as_str()).unwrap_or_default()
}

/// What a field holds, in a word or two.
pub(super) fn kind(document: &Json, field: &Json) -> String {
    let schema = meaning(document, field);
    let own = match &schema["type"] {
        Json::String(name) => Some(name.as_str()),
        Json::Array(names) => names.iter().filter_map(Json::as_str).find(|name| *name != "null"),
        _ => None,
    };
    match own {
        Some("array") => format!("list of {}", kind(document, &schema["items"])),
        Some("object") if schema["additionalProperties"].is_object() => {
            format!("map to {}", kind(document, &schema["additionalProperties"]))
        }
        Some("string") => "text".into(),
        Some("integer") => "whole number".into(),
        Some("boolean") => "true or false".into(),
        Some(name) => name.into(),
        None if parts(schema).next().is_some() => "object".into(),
        None => "any value".into(),
    }
}
