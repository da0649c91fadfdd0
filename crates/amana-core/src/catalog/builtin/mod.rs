//! What everybody needs and nobody should have to declare: the tree of data categories, identifier kinds, and the
//! schemas of the tracking API's standard traits and events.
//!
//! It is data, kept in TOML files beside this one and embedded; an organisation's declarations extend it and
//! override it by name.

use super::{Category, EventSchema, Field, IdentifierKind};
use crate::FieldType;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The built-in declarations.
#[derive(Debug)]
pub struct Builtin {
    /// Data categories, parents first.
    pub categories: Vec<Category>,
    /// Identifier kinds.
    pub identifiers: Vec<IdentifierKind>,
    /// Traits.
    pub traits: Vec<Field>,
    /// Events.
    pub events: Vec<EventSchema>,
}

/// The built-in declarations, read once.
#[must_use]
pub fn builtin() -> &'static Builtin {
    static BUILTIN: LazyLock<Builtin> = LazyLock::new(Builtin::read);
    &BUILTIN
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryFile {
    special: Vec<String>,
    names: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentifierFile {
    identifiers: Vec<IdentifierKind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TraitFile {
    traits: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventFile {
    groups: BTreeMap<String, BTreeMap<String, String>>,
    events: BTreeMap<String, EventEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventEntry {
    category: String,
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

impl Builtin {
    fn read() -> Self {
        Self {
            categories: categories(embedded(include_str!("categories.toml"))),
            identifiers: embedded::<IdentifierFile>(include_str!("identifiers.toml")).identifiers,
            traits: embedded::<TraitFile>(include_str!("traits.toml"))
                .traits
                .iter()
                .map(|(name, kind)| field(name, kind, ""))
                .collect(),
            events: events(embedded(include_str!("events.toml"))),
        }
    }
}

fn embedded<T: serde::de::DeserializeOwned>(text: &str) -> T {
    toml::from_str(text).expect("embedded files do not change after the build, and a test reads them all")
}

fn categories(file: CategoryFile) -> Vec<Category> {
    let special = |code: &str| file.special.iter().any(|top| super::category_covers(top, code));
    file.names
        .iter()
        .map(|(code, name)| Category { code: code.clone(), name: name.clone(), special: special(code) })
        .collect()
}

fn events(file: EventFile) -> Vec<EventSchema> {
    let groups = file.groups;
    let schema = |(name, entry): (String, EventEntry)| {
        let included = entry.include.iter().flat_map(|group| &groups[group]);
        let fields: BTreeMap<_, _> = included.chain(&entry.fields).collect();
        let fields = fields.into_iter().map(|(name, kind)| field(name, kind, &entry.category)).collect();
        EventSchema { name, category: entry.category, fields }
    };
    file.events.into_iter().map(schema).collect()
}

/// Reads `type` or `type category`.
fn field(name: &str, kind: &str, category: &str) -> Field {
    let (kind, category) = kind.split_once(' ').unwrap_or((kind, category));
    let field_type = match kind {
        "text" => FieldType::Text,
        "integer" => FieldType::Integer,
        "number" => FieldType::Number,
        "boolean" => FieldType::Boolean,
        "time" => FieldType::Time,
        _ => FieldType::Json,
    };
    Field { name: name.into(), field_type, category: category.into() }
}
