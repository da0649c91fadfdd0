//! Walking through the fields of an event, from what a source sent to what a schema declares.

use super::set_aside::LEVELS_MAX;
use crate::catalog::FieldRule;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;

/// A field as it was found.
pub(super) enum Found<'a, 'k> {
    /// A schema names it.
    Declared(&'a str, &'a FieldRule, &'a Json),
    /// No schema names it: the keys that lead to it.
    Undeclared(&'k [&'a str]),
}

/// Visits each field. Objects are looked into unless the object itself is declared and nothing below it is: then it is
/// one value. Of an address whose city and country have categories of their own each purpose sees its part. Nulls say
/// nothing and are left out.
pub(super) fn each_field<'a>(
    object: &'a Map<String, Json>,
    declared: &'a HashMap<String, FieldRule>,
    mut visit: impl FnMut(Found<'a, '_>),
) {
    let mut way = Way { declared, path: String::new(), keys: Vec::new() };
    way.descend(object, &mut visit);
}

/// Where in an object the walk is: its keys, and the same as a dotted path.
struct Way<'a> {
    declared: &'a HashMap<String, FieldRule>,
    path: String,
    keys: Vec<&'a str>,
}

impl<'a> Way<'a> {
    fn descend(&mut self, object: &'a Map<String, Json>, visit: &mut impl FnMut(Found<'a, '_>)) {
        for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            let above = self.path.len();
            if !self.keys.is_empty() {
                self.path.push('.');
            }
            self.path.push_str(key);
            self.keys.push(key);
            match (self.declared.get_key_value(self.path.as_str()), value) {
                (Some(_), Json::Object(inner)) if self.keys.len() < LEVELS_MAX && self.declares_below() => {
                    self.descend(inner, visit);
                }
                (Some((name, rule)), value) => visit(Found::Declared(name, rule, value)),
                (None, Json::Object(inner)) if self.keys.len() < LEVELS_MAX => self.descend(inner, visit),
                (None, _) => visit(Found::Undeclared(&self.keys)),
            }
            self.keys.pop();
            self.path.truncate(above);
        }
    }

    /// Whether anything below this place is declared.
    fn declares_below(&self) -> bool {
        let below = |name: &String| name.strip_prefix(&self.path).is_some_and(|rest| rest.starts_with('.'));
        self.declared.keys().any(below)
    }
}

/// The value at a dotted path.
pub(super) fn lookup<'a>(object: &'a Map<String, Json>, path: &str) -> Option<&'a Json> {
    let mut steps = path.split('.');
    let first = object.get(steps.next()?)?;
    steps.try_fold(first, |value, step| value.get(step)).filter(|value| !value.is_null())
}
