//! The fields of a table of the map, taken one by one, so that what nobody takes is known to be unknown.

use amana_core::catalog::{Path, Problem, ProblemCode};
use std::cell::RefCell;
use std::collections::BTreeSet;
use toml::{Table, Value};

/// A table that is being read, with everything that is found to be wrong.
pub(super) struct Fields<'p> {
    table: Table,
    path: Path,
    asked: Vec<&'static str>,
    /// The names that were there at first.
    told: BTreeSet<String>,
    problems: &'p RefCell<Vec<Problem>>,
}

impl<'p> Fields<'p> {
    pub(super) fn new(table: Table, path: Path, problems: &'p RefCell<Vec<Problem>>) -> Self {
        let told = table.keys().cloned().collect();
        Self { table, path, asked: Vec::new(), told, problems }
    }

    /// Notes that a field is wrong.
    pub(super) fn wrong(&self, name: &str, code: ProblemCode, found: impl Into<String>, expected: impl Into<String>) {
        let path = if name.is_empty() { self.path.clone() } else { self.path.key(name) };
        self.problems.borrow_mut().push(Problem::at(path, code, found, expected));
    }

    pub(super) fn missing(&self, name: &'static str, expected: &str) {
        self.wrong(name, ProblemCode::MissingField, format!("`{name}` is missing"), expected);
    }

    /// Takes a field as it stands there.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Value> {
        self.asked.push(name);
        self.table.remove(name)
    }

    /// A field that nobody has taken yet.
    pub(super) fn peek(&self, name: &str) -> Option<&Value> {
        self.table.get(name)
    }

    /// Whether the field is or was there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.told.contains(name)
    }

    /// Takes a text and makes something of it.
    pub(super) fn read<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let read = match self.take(name)? {
            Value::String(text) => read(&text),
            other => {
                self.wrong(name, ProblemCode::WrongType, found(&other), expected);
                return None;
            }
        };
        if read.is_none() {
            self.wrong(name, ProblemCode::UnknownWord, "it is not one of those possible", expected);
        }
        read
    }

    /// Takes the name of a column.
    pub(super) fn column(&mut self, name: &'static str) -> Option<String> {
        self.read(name, "the name of a column", |text| Some(text.to_owned()))
    }

    pub(super) fn boolean(&mut self, name: &'static str) -> bool {
        match self.take(name) {
            Some(Value::Boolean(boolean)) => boolean,
            Some(other) => {
                self.wrong(name, ProblemCode::WrongType, found(&other), "true or false");
                false
            }
            None => false,
        }
    }

    /// Takes a list of texts.
    pub(super) fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let value = self.take(name)?;
        let texts = value.as_array().and_then(|list| {
            list.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()
        });
        if texts.is_none() {
            self.wrong(name, ProblemCode::WrongType, found(&value), "a list of texts");
        }
        texts
    }

    /// Takes a table.
    pub(super) fn table(&mut self, name: &'static str) -> Option<Self> {
        match self.take(name)? {
            Value::Table(table) => Some(self.within(name, table)),
            other => {
                self.wrong(name, ProblemCode::WrongType, found(&other), "a table");
                None
            }
        }
    }

    /// Takes a list of tables.
    pub(super) fn tables(&mut self, name: &'static str, most: usize) -> Vec<Self> {
        let Some(value) = self.take(name) else { return Vec::new() };
        let Value::Array(list) = value else {
            self.wrong(name, ProblemCode::WrongType, found(&value), format!("a list of tables: `[[{name}]]`"));
            return Vec::new();
        };
        if list.len() > most {
            self.wrong(name, ProblemCode::TooMany, format!("{} entries", list.len()), format!("at most {most}"));
            return Vec::new();
        }
        let path = self.path.key(name);
        let mut tables = Vec::new();
        for (place, value) in list.into_iter().enumerate() {
            let path = path.item(place, "");
            match value {
                Value::Table(table) => tables.push(Self::new(table, path, self.problems)),
                other => {
                    let problem = Problem::at(path, ProblemCode::WrongType, found(&other), "a table");
                    self.problems.borrow_mut().push(problem);
                }
            }
        }
        tables
    }

    /// The table that a value of a field is.
    pub(super) fn within(&self, name: &str, table: Table) -> Self {
        Self::new(table, self.path.key(name), self.problems)
    }

    /// Everything that is left, for tables whose names are the writer's own.
    pub(super) fn take_all(&mut self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.table).into_iter().collect()
    }

    /// Notes what nobody has taken.
    pub(super) fn finish(self) {
        for name in self.table.keys() {
            let known = self.asked.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            self.wrong(name, ProblemCode::UnknownField, "there is no such field", format!("one of {known}"));
        }
    }
}

/// The kind of a value, in words.
pub(super) fn found(value: &Value) -> String {
    let kind = match value {
        Value::String(_) => "text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    };
    format!("it is {kind}")
}
