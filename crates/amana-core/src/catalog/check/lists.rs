//! Codes well formed and unique, and no list longer than it may be.

use super::{Check, words};
use crate::catalog::categories::CATEGORIES_MAX;
use crate::catalog::{Path, ProblemCode, numbers::brands_of};
use crate::slots::SLOTS_MAX;
use std::collections::HashMap;

/// How many brands an organisation may have.
pub const BRANDS_MAX: usize = 64;
/// How many purposes.
pub const PURPOSES_MAX: usize = SLOTS_MAX;
/// How many registers.
pub const REGISTERS_MAX: usize = 1_000;
/// How many notices.
pub const NOTICES_MAX: usize = 256;
/// How many topics.
pub const TOPICS_MAX: usize = 256;
/// How many sources.
pub const SOURCES_MAX: usize = 1_000;
/// How many traits beyond the built-in ones.
pub const TRAITS_MAX: usize = 1_000;
/// How many events beyond the built-in ones.
pub const EVENTS_MAX: usize = 1_000;
/// How many fields an event may declare.
pub const EVENT_FIELDS_MAX: usize = 200;
/// How many metrics.
pub const METRICS_MAX: usize = 200;
/// How many identifier kinds.
pub const IDENTIFIERS_MAX: usize = 32;
/// How many audiences.
pub const AUDIENCES_MAX: usize = 1_000;
/// How many destinations.
pub const DESTINATIONS_MAX: usize = 256;
/// How many keys of the API.
pub const API_KEYS_MAX: usize = 1_000;

impl Check<'_> {
    pub(super) fn lists(&mut self) {
        let catalog = self.catalog;
        self.codes("brands", BRANDS_MAX, catalog.brands.iter().map(|entry| &entry.code));
        self.codes("purposes", PURPOSES_MAX, catalog.purposes.iter().map(|entry| &entry.code));
        self.codes("registers", REGISTERS_MAX, catalog.registers.iter().map(|entry| &entry.code));
        self.codes("notices", NOTICES_MAX, catalog.notices.iter().map(|entry| &entry.code));
        self.codes("topics", TOPICS_MAX, catalog.topics.iter().map(|entry| &entry.code));
        self.codes("sources", SOURCES_MAX, catalog.sources.iter().map(|entry| &entry.code));
        self.codes("identifiers", IDENTIFIERS_MAX, catalog.identifiers.iter().map(|entry| &entry.code));
        self.codes("audiences", AUDIENCES_MAX, catalog.audiences.iter().map(|entry| &entry.code));
        self.codes("destinations", DESTINATIONS_MAX, catalog.destinations.iter().map(|entry| &entry.code));
        self.names(&Path::root("traits"), TRAITS_MAX, catalog.traits.iter().map(|entry| &entry.name));
        self.names(&Path::root("events"), EVENTS_MAX, catalog.events.iter().map(|entry| &entry.name));
        self.names(&Path::root("metrics"), METRICS_MAX, catalog.metrics.iter().map(|entry| &entry.name));
        self.names(&Path::root("api_keys"), API_KEYS_MAX, catalog.api_keys.iter().map(|entry| &entry.name));
        for (place, event) in catalog.events.iter().enumerate() {
            let path = Path::root("events").item(place, &event.name).key("fields");
            self.names(&path, EVENT_FIELDS_MAX, event.fields.iter().map(|field| &field.name));
        }
        self.count(&Path::root("categories"), CATEGORIES_MAX, catalog.categories.len());
        let slots = catalog.purposes.iter().map(|purpose| brands_of(purpose).len()).sum();
        self.count(&Path::root("purposes"), SLOTS_MAX, slots);
    }

    fn codes<'c>(&mut self, table: &str, most: usize, codes: impl ExactSizeIterator<Item = &'c String> + Clone) {
        let path = Path::root(table);
        self.count(&path, most, codes.len());
        for (place, code) in codes.clone().enumerate() {
            if !words::is_code(code) {
                self.bad_code(path.item(place, code).key("code"), code);
            }
        }
        self.unique(&path, "code", codes);
    }

    fn names<'c>(&mut self, path: &Path, most: usize, names: impl ExactSizeIterator<Item = &'c String> + Clone) {
        self.count(path, most, names.len());
        for (place, name) in names.clone().enumerate() {
            if !words::is_name(name) {
                let message = format!("{name:?} is not a name");
                let expected = "1 to 200 bytes that can be read, without space around them";
                self.say(path.item(place, name).key("name"), ProblemCode::BadName, message, expected);
            }
        }
        self.unique(path, "name", names);
    }

    fn unique<'c>(&mut self, path: &Path, field: &str, values: impl Iterator<Item = &'c String>) {
        let mut seen = HashMap::new();
        for (place, value) in values.enumerate() {
            if let Some(first) = seen.insert(value, place) {
                let message = format!("{value:?} is declared twice, first as entry {}", first + 1);
                let expected = format!("a {field} of its own");
                // By place, for the code would lead back to the first of both.
                self.say(path.item(place, "").key(field), ProblemCode::Duplicate, message, expected);
            }
        }
    }

    pub(super) fn count(&mut self, path: &Path, most: usize, found: usize) {
        if found > most {
            self.say(path.clone(), ProblemCode::TooMany, format!("there are {found}"), format!("at most {most}"));
        }
    }
}
