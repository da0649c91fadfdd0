//! Examples made from schemas, so that they can't say anything else.

use super::schema::meaning;
use serde_json::{Map, Value as Json};

const DEPTH_MAX: usize = 5;

/// An example of a schema. `sent` ones hold what must be there and what has an example of its own.
pub(super) fn example(document: &Json, schema: &Json, sent: bool) -> Json {
    build(document, schema, sent, 0)
}

fn build(document: &Json, field: &Json, sent: bool, depth: usize) -> Json {
    let schema = meaning(document, field);
    for place in [field, schema] {
        if !place["example"].is_null() {
            return place["example"].clone();
        }
    }
    let several = ["allOf", "oneOf", "anyOf"].into_iter().find_map(|key| schema[key].as_array());
    if let Some(several) = several {
        let mut whole = Map::new();
        let all = schema["allOf"].is_array();
        for part in several.iter().take(if all { usize::MAX } else { 1 }) {
            if let Json::Object(part) = build(document, part, sent, depth) {
                whole.extend(part);
            }
        }
        return Json::Object(whole);
    }
    let nullable = schema["type"].as_array().is_some_and(|names| names.iter().any(|name| name == "null"));
    let name = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match name {
        _ if depth >= DEPTH_MAX || (nullable && !sent) => Json::Null,
        Some("array") => Json::Array(vec![build(document, &schema["items"], sent, depth + 1)]),
        Some("object") => object(document, schema, sent, depth),
        Some("integer" | "number") => 1.into(),
        Some("boolean") => true.into(),
        Some("string") => "…".into(),
        _ => Json::Null,
    }
}

fn object(document: &Json, schema: &Json, sent: bool, depth: usize) -> Json {
    let mut object = Map::new();
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|required| required.iter().any(|known| known == name));
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let own = !field["example"].is_null();
        if required(name) || own {
            object.insert(name.clone(), build(document, field, sent, depth + 1));
        }
    }
    if let Some(inner) = Some(&schema["additionalProperties"]).filter(|inner| inner.is_object()) {
        object.insert("name".into(), build(document, inner, sent, depth + 1));
    }
    Json::Object(object)
}
