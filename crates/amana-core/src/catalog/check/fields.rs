//! Categories, traits, events, metrics and identifier kinds: what data there is.

use super::{Check, words};
use crate::FieldType;
use crate::catalog::categories::CATEGORIES_MAX;
use crate::catalog::{IdentifierKind, Metric, MetricFunction, Path, ProblemCode, builtin};
use std::collections::{BTreeMap, HashMap};

/// How many identifiers of one kind a person may have: as many as of all kinds together.
pub const IDENTIFIER_LIMIT_MAX: u32 = 1_000;

impl Check<'_> {
    pub(super) fn categories(&mut self) {
        let mut seen = HashMap::new();
        for (place, category) in self.catalog.categories.iter().enumerate() {
            let path = Path::root("categories").item(place, &category.code);
            if !category.code.split('.').all(words::is_code) {
                let message = format!("{:?} is not a category", category.code);
                self.say(path.key("code"), ProblemCode::BadName, message, "codes with dots between them");
            } else if seen.insert(&category.code, place).is_some() {
                let path = Path::root("categories").item(place, "").key("code");
                let message = format!("{:?} is declared twice", category.code);
                self.say(path, ProblemCode::Duplicate, message, "a code of its own");
            } else if self.tree.find(&category.code).is_none() && self.tree.iter().count() < CATEGORIES_MAX {
                let parent = category.code.rsplit_once('.').map_or("", |(parent, _)| parent);
                let message = format!("there is no category {parent:?} above it");
                let expected = "a path whose parent is built in or declared";
                self.say(path.key("code"), ProblemCode::UnknownReference, message, expected);
            }
        }
        if self.tree.iter().count() >= CATEGORIES_MAX {
            let expected =
                format!("at most {} beside the built-in ones", CATEGORIES_MAX - 1 - builtin().categories.len());
            self.say(Path::root("categories"), ProblemCode::TooMany, "there are too many categories", expected);
        }
    }

    pub(super) fn fields(&mut self) {
        for (place, field) in self.catalog.traits.iter().enumerate() {
            self.category(Path::root("traits").item(place, &field.name).key("category"), &field.category);
        }
        for (place, event) in self.catalog.events.iter().enumerate() {
            let path = Path::root("events").item(place, &event.name);
            self.category(path.key("category"), &event.category);
            for (place, field) in event.fields.iter().enumerate() {
                self.category(path.key("fields").item(place, &field.name).key("category"), &field.category);
            }
        }
        self.trait_collisions();
    }

    /// SQL folds names to lower case, so two traits that differ in case only would be one column.
    fn trait_collisions(&mut self) {
        let known = builtin().traits.iter().map(|field| (field.name.to_lowercase(), field.name.as_str()));
        let mut columns: HashMap<String, &str> = known.collect();
        let kinds = self.kinds();
        for (place, field) in self.catalog.traits.iter().enumerate() {
            if kinds.get(&field.name).is_some_and(|kind| !kind.fields.contains(&field.name)) {
                let path = Path::root("traits").item(place, &field.name).key("name");
                let message = format!("the identifier kind {:?} has this name already", field.name);
                self.say(path, ProblemCode::Collision, message, "a name that no identifier kind has");
            }
            let other = columns.insert(field.name.to_lowercase(), &field.name);
            if let Some(other) = other.filter(|other| *other != field.name) {
                let path = Path::root("traits").item(place, &field.name).key("name");
                let message = format!("{:?} and the trait {other:?} would be one column", field.name);
                self.say(path, ProblemCode::Collision, message, "names that differ in more than case");
            }
        }
    }

    pub(super) fn metrics(&mut self) {
        let traits: HashMap<String, String> =
            self.traits.keys().map(|name| (name.to_lowercase(), name.clone())).collect();
        let kinds = self.kinds();
        for (place, metric) in self.catalog.metrics.iter().enumerate() {
            let path = Path::root("metrics").item(place, &metric.name);
            if !words::is_column(&metric.name) {
                let message = format!("{:?} cannot be a column", metric.name);
                let expected = "a letter a to z, then up to 63 of a to z, 0 to 9 and _";
                self.say(path.key("name"), ProblemCode::BadName, message, expected);
            }
            let taken = traits.get(&metric.name).map(|name| ("trait", name.as_str()));
            let taken =
                taken.or_else(|| kinds.get(metric.name.as_str()).map(|kind| ("identifier kind", kind.code.as_str())));
            if let Some((kind, name)) = taken {
                let message = format!("the {kind} {name:?} has this name already");
                self.say(
                    path.key("name"),
                    ProblemCode::Collision,
                    message,
                    "a name that no trait or identifier kind has",
                );
            }
            self.metric(metric, &path);
        }
    }

    fn metric(&mut self, metric: &Metric, path: &Path) {
        let Some(event) = self.events.get(&metric.event) else {
            let message = format!("there is no event {:?}", metric.event);
            let expected = "a built-in event, or one declared in `events`";
            self.say(path.key("event"), ProblemCode::UnknownReference, message, expected);
            return;
        };
        let wants_field = matches!(metric.function, MetricFunction::Sum | MetricFunction::Min | MetricFunction::Max);
        let field_type = metric.field.as_ref().map(|field| event.fields.get(field).map(|rule| rule.field_type));
        let numbers = event.fields.iter().filter(|(_, rule)| is_number(rule.field_type));
        let mut numbers: Vec<_> = numbers.map(|(name, _)| name.clone()).collect();
        numbers.sort();
        let expected = match numbers.as_slice() {
            [] => format!("a number field declared for {:?}", metric.event),
            names => format!("one of {}", names.join(", ")),
        };
        match (wants_field, field_type) {
            (true, None) => {
                self.say(path.key("field"), ProblemCode::MissingField, "\"field\" is missing", expected);
            }
            (true, Some(Some(found))) if is_number(found) => {}
            (true, Some(Some(_))) => {
                let message = "this field is not a number";
                self.say(path.key("field"), ProblemCode::FieldType, message, expected);
            }
            (_, Some(None)) => {
                let message = format!("{:?} has no such field", metric.event);
                self.say(path.key("field"), ProblemCode::UnknownReference, message, expected);
            }
            (false, Some(Some(_))) => {
                let message = "count, first and last look at the event, not at a field";
                self.say(path.key("field"), ProblemCode::FieldType, message, "no `field`");
            }
            (false, None) => {}
        }
    }

    pub(super) fn identifiers(&mut self) {
        for (place, kind) in self.catalog.identifiers.iter().enumerate() {
            let path = Path::root("identifiers").item(place, &kind.code);
            self.category(path.key("category"), &kind.category);
            if !(1..=IDENTIFIER_LIMIT_MAX).contains(&kind.limit) {
                let expected = format!("1 to {IDENTIFIER_LIMIT_MAX}");
                self.say(path.key("limit"), ProblemCode::OutOfRange, format!("found {}", kind.limit), expected);
            }
            // A kind that is read from the trait of its own name is one thing under one name; any other is two.
            if self.traits.contains_key(&kind.code) && !kind.fields.contains(&kind.code) {
                let message = format!("a trait has the name {:?} already", kind.code);
                let expected = format!("another code, or `fields` with {:?} in it", kind.code);
                self.say(path.key("code"), ProblemCode::Collision, message, expected);
            }
            self.no_doubles(&path.key("fields"), &kind.fields);
        }
    }

    /// Identifier kinds by code, built-in ones included.
    pub(super) fn kinds(&self) -> BTreeMap<String, IdentifierKind> {
        let all = builtin().identifiers.iter().chain(&self.catalog.identifiers);
        all.map(|kind| (kind.code.clone(), kind.clone())).collect()
    }
}

fn is_number(field_type: FieldType) -> bool {
    matches!(field_type, FieldType::Number | FieldType::Integer)
}
