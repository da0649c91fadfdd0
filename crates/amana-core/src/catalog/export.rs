//! From a catalogue to its file: tidy, and read again it is the same catalogue.
//!
//! Fields and tables come in the order of [`model`](super::model), a comment says what each table is for, and what
//! is not declared is left out.

use super::{Catalog, catalog_json_schema};
use serde_json::{Map, Value as Json};
use std::fmt::Write as _;

/// Lists up to this many characters stay on one line.
const LINE_CHARACTERS_MAX: usize = 100;

impl Catalog {
    /// The catalogue as a file. Comments of the file it was read from are not kept.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let schema = catalog_json_schema();
        let mut text = String::new();
        for (name, table) in fields_of(self) {
            let purpose = schema["properties"][&name]["description"].as_str().unwrap_or_default();
            let gap = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}# {}", purpose.replace('\n', "\n# "));
            match table {
                Json::Object(table) => write_table(&mut text, &name, &format!("[{name}]"), &table),
                Json::Array(entries) => {
                    for entry in entries.iter().filter_map(Json::as_object) {
                        write_table(&mut text, &name, &format!("[[{name}]]"), entry);
                    }
                }
                _ => {}
            }
        }
        text
    }
}

/// The fields of a declaration as they are written, in the order of the model.
pub(super) fn fields_of<T: serde::Serialize>(declaration: &T) -> Map<String, Json> {
    match serde_json::to_value(declaration) {
        Ok(Json::Object(fields)) => fields,
        // Types of the model are structs with text keys, which always become objects.
        _ => Map::new(),
    }
}

/// A header, its own values, then the tables below it, for a value after them would belong to them.
fn write_table(text: &mut String, path: &str, header: &str, table: &Map<String, Json>) {
    let (below, own): (Vec<_>, Vec<_>) = table.iter().partition(|(_, value)| value.is_object());
    // A table that only holds tables is implied by them.
    if !own.is_empty() || below.is_empty() || header.starts_with("[[") {
        // The first entry stands right under the comment of its table.
        let under_comment = text.trim_end().rsplit('\n').next().is_some_and(|line| line.starts_with('#'));
        let gap = if under_comment { "" } else { "\n" };
        let _ = writeln!(text, "{gap}{header}");
    }
    for (key, value) in own {
        let _ = writeln!(text, "{} = {}", key_of(key), value_of(value));
    }
    for (key, value) in below {
        let path = format!("{path}.{}", key_of(key));
        if let Json::Object(table) = value {
            write_table(text, &path, &format!("[{path}]"), table);
        }
    }
}

fn value_of(value: &Json) -> String {
    match value {
        Json::String(text) => quoted(text),
        Json::Array(entries) => list_of(entries),
        Json::Object(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|(key, value)| format!("{} = {}", key_of(key), value_of(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        // Numbers and booleans are written alike in both formats.
        other => other.to_string(),
    }
}

fn list_of(entries: &[Json]) -> String {
    let entries: Vec<_> = entries.iter().map(value_of).collect();
    let line = format!("[{}]", entries.join(", "));
    if line.chars().count() <= LINE_CHARACTERS_MAX {
        return line;
    }
    format!("[\n    {},\n]", entries.join(",\n    "))
}

fn key_of(key: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !key.is_empty() && key.bytes().all(bare) { key.into() } else { quoted(key) }
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            letter if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
