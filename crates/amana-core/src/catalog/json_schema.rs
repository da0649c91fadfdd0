//! The catalogue file's JSON Schema: editors complete and check by it, and so does [`Catalog::read`].

use super::Catalog;

/// The JSON Schema (2020-12) of a catalogue file, generated from [`model`](super::model) and its comments.
#[must_use]
pub fn catalog_json_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Catalog).to_value();
    if let Some(table) = schema.as_object_mut() {
        table.insert("title".into(), "Amana catalogue".into());
    }
    schema
}
