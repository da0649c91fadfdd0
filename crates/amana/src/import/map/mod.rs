//! The map: what the columns of a file mean.
//!
//! It is TOML, read by [`ImportMap::read`], which tells everything that is wrong with its place. Bare text names a column,
//! except where a word of the catalogue is expected (`act`, `purpose`, `brand`, `target`, `field`, a topic's wish, an
//! event's `name`): there it is that word, and `{ column = "…" }` names a column.

mod check;
mod evidence;
mod fields;
mod forms;
mod kind;
mod parts;
mod read;
mod said;
#[cfg(test)]
mod tests;

pub(super) use check::check;
pub(super) use evidence::EvidenceMap;
pub(super) use evidence::method;
pub(super) use kind::{act_kind, is_of_staff, needs_time};
pub(super) use read::aimed_at;
pub(super) use said::WISHES;
pub(super) use said::{PreferencesMap, SaidMap};

use super::time::TimeForm;
use amana_core::FieldType;
use amana_core::permission::{ActKind, Channel};
use encoding_rs::Encoding;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What the columns of a file mean.
#[derive(Clone, Debug)]
pub struct ImportMap {
    /// What a row is.
    pub kind: RowKind,
    /// The file's format; `None`: as its name or content type says.
    pub format: Option<Format>,
    /// How its text is encoded.
    pub encoding: &'static Encoding,
    /// Texts that stand for nothing.
    pub null: Vec<String>,
    /// How a CSV file is written.
    pub csv: CsvForm,
    /// Numbers have a comma before their fraction.
    pub decimal_comma: bool,
    /// Identifiers: code of the kind, and the column.
    pub identifiers: Vec<(String, String)>,
    /// When it happened.
    pub timestamp: Option<(String, TimeForm)>,
    /// The event's name, of track rows.
    pub event: Option<Word<String>>,
    /// The column that names the event, of track rows.
    pub message_id: Option<String>,
    /// Traits, of identify rows.
    pub traits: Vec<(String, Cell)>,
    /// Properties, of track rows.
    pub properties: Vec<(String, Cell)>,
    /// What a row says, of rows that are acts.
    pub acts: Vec<ActMap>,
    /// SHA-256 of its text.
    pub sha256: [u8; 32],
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// Who somebody is.
    Identify,
    /// Something somebody did.
    Track,
    /// What somebody decided.
    Acts,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text with columns between signs (RFC 4180).
    Csv,
    /// One JSON object on each line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// The format of a content type, without its parameters.
    #[must_use]
    pub fn of_content_type(essence: &str) -> Option<Self> {
        match essence {
            "text/csv" => Some(Self::Csv),
            "application/x-ndjson" | "application/jsonl" | "application/x-jsonlines" => Some(Self::JsonLines),
            "application/vnd.apache.parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// The format of a file's name; what it was packed with is taken off before.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").or(name.strip_suffix(".zst")).unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "jsonl" | "ndjson" | "json" => Some(Self::JsonLines),
            "parquet" | "pq" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// How a CSV file is written.
#[derive(Clone, Debug)]
pub struct CsvForm {
    /// The sign between columns.
    pub delimiter: u8,
    /// The sign around texts.
    pub quote: u8,
    /// Names of the columns where the first line is none.
    pub columns: Option<Vec<String>>,
}

/// A value: from a column, or the same for every row.
#[derive(Clone, Debug)]
pub enum Cell {
    /// The same for every row.
    Value(Json),
    /// From a column.
    Column {
        /// The column.
        column: String,
        /// What it holds; `None`: as it stands in the file.
        field_type: Option<FieldType>,
        /// How its times are written.
        time: TimeForm,
        /// What its texts mean; texts that do not stand here are refused.
        values: Option<BTreeMap<String, Json>>,
    },
}

/// A word of a closed set or of the catalogue: the same for every row, or from a column.
#[derive(Clone, Debug)]
pub enum Word<T> {
    /// The same for every row.
    Fixed(T),
    /// From a column.
    Column {
        /// The column.
        column: String,
        /// What its texts mean; `None`: the words themselves.
        values: Option<BTreeMap<String, T>>,
    },
}

/// One thing that a row says that somebody did.
#[derive(Clone, Debug)]
pub struct ActMap {
    /// What was done.
    pub act: Word<ActKind>,
    /// What it is about.
    pub about: AboutMap,
    /// What it says beyond that.
    pub said: SaidMap,
    /// When; `None`: as the row's timestamp.
    pub timestamp: Option<(String, TimeForm)>,
    /// Why it is believed.
    pub evidence: EvidenceMap,
}

/// What an act is about.
#[derive(Clone, Debug)]
pub enum AboutMap {
    /// A purpose, and a brand.
    Purpose(Word<String>, Option<Word<String>>),
    /// Something beside the purposes.
    Target(Word<AimedAt>),
}

/// What an act may be about beside purposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AimedAt {
    /// All direct marketing.
    DirectMarketing,
    /// The whole person.
    Person,
    /// One channel.
    Channel(Channel),
}

impl Cell {
    pub(super) fn column(&self) -> Option<&str> {
        match self {
            Self::Value(_) => None,
            Self::Column { column, .. } => Some(column),
        }
    }
}

impl<T> Word<T> {
    fn column(&self) -> Option<&str> {
        match self {
            Self::Fixed(_) => None,
            Self::Column { column, .. } => Some(column),
        }
    }
}

impl ActMap {
    /// The column in which a part of the act stands, by the name that the part has for the API.
    pub(super) fn column_of(&self, part: &str) -> Option<&str> {
        match part {
            "act" => self.act.column(),
            "at" => self.timestamp.as_ref().map(|(column, _)| column.as_str()),
            "purpose" | "brand" | "target" => match &self.about {
                AboutMap::Purpose(_, Some(brand)) if part == "brand" => brand.column(),
                AboutMap::Purpose(purpose, _) => purpose.column(),
                AboutMap::Target(target) => target.column(),
            },
            _ if self.said.column_of(part).is_some() => self.said.column_of(part),
            _ => self.evidence.column_of(part),
        }
    }
}

impl ImportMap {
    /// The columns that are looked at. No other leaves the machine it lies on.
    #[must_use]
    pub fn columns(&self) -> BTreeSet<&str> {
        let mut columns: BTreeSet<&str> = self.identifiers.iter().map(|(_, column)| column.as_str()).collect();
        columns.extend(self.timestamp.iter().map(|(column, _)| column.as_str()));
        columns.extend(self.event.iter().filter_map(Word::column));
        columns.extend(self.message_id.as_deref());
        columns.extend(self.traits.iter().chain(&self.properties).filter_map(|(_, cell)| cell.column()));
        for act in &self.acts {
            columns.extend(act.act.column());
            columns.extend(act.timestamp.iter().map(|(column, _)| column.as_str()));
            match &act.about {
                AboutMap::Purpose(purpose, brand) => {
                    columns.extend(purpose.column());
                    columns.extend(brand.iter().filter_map(Word::column));
                }
                AboutMap::Target(target) => columns.extend(target.column()),
            }
            columns.extend(act.said.columns());
            columns.extend(act.evidence.method.iter().filter_map(Word::column));
            columns.extend(act.evidence.cells().into_iter().filter_map(|(_, cell)| cell.as_ref()?.column()));
        }
        columns
    }
}
