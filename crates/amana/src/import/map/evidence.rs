//! Where the evidence of an act stands.

use super::fields::Fields;
use super::parts::{cell, word};
use super::{Cell, Word};
use crate::profile::record::{LANGUAGE_IN_WORDS, is_language_tag};
use crate::profile::spelling::spelt;
use amana_core::catalog::ProblemCode;
use amana_core::permission::{JURISDICTION_IN_WORDS, Method, is_jurisdiction};
use serde_json::Value as Json;

const METHODS: [Method; 8] = [
    Method::Import,
    Method::Form,
    Method::Call,
    Method::Paper,
    Method::Api,
    Method::Sdk,
    Method::DoubleOptIn,
    Method::Portal,
];

/// Where the evidence of an act stands.
#[derive(Clone, Debug, Default)]
pub struct EvidenceMap {
    /// How it reached the system that is exported.
    pub method: Option<Word<Method>>,
    /// Code of the notice that was shown.
    pub notice: Option<Cell>,
    /// Its version.
    pub notice_version: Option<Cell>,
    /// The version of the purpose whose text was shown.
    pub purpose_version: Option<Cell>,
    /// The language of the text.
    pub language: Option<Cell>,
    /// SHA-256 of the text.
    pub text_sha256: Option<Cell>,
    /// The law that applied.
    pub jurisdiction: Option<Cell>,
    /// Where the paper, the recording or the scan lies.
    pub document: Option<Cell>,
    /// How it was confirmed: what a purpose with double opt-in asks for.
    pub verified: Option<Cell>,
    /// What staff wrote down.
    pub note: Option<Cell>,
    /// The system that recorded it.
    pub system: Option<Cell>,
    /// That system's own id of the act.
    pub external_id: Option<Cell>,
}

impl EvidenceMap {
    /// Everything that is a cell, with its name.
    pub(super) fn cells(&self) -> [(&'static str, &Option<Cell>); 11] {
        [
            ("notice", &self.notice),
            ("notice_version", &self.notice_version),
            ("purpose_version", &self.purpose_version),
            ("language", &self.language),
            ("text_sha256", &self.text_sha256),
            ("jurisdiction", &self.jurisdiction),
            ("document", &self.document),
            ("verified", &self.verified),
            ("note", &self.note),
            ("system", &self.system),
            ("external_id", &self.external_id),
        ]
    }

    /// The column in which a part stands.
    pub(in crate::import) fn column_of(&self, part: &str) -> Option<&str> {
        if part == "method" {
            return self.method.as_ref()?.column();
        }
        let known = self.cells().into_iter().find(|(name, _)| *name == part);
        known.and_then(|(_, cell)| cell.as_ref()?.column())
    }
}

/// Reads how an act reached the system that is exported.
pub(in crate::import) fn method(text: &str) -> Option<Method> {
    spelt(&METHODS, text)
}

/// Reads where the evidence stands.
pub(super) fn evidence(mut fields: Fields<'_>) -> EvidenceMap {
    let expected = "import, form, call, paper, api, sdk, double_opt_in or portal";
    let map = EvidenceMap {
        method: word(&mut fields, "method", expected, method),
        notice: cell(&mut fields, "notice"),
        notice_version: cell(&mut fields, "notice_version"),
        purpose_version: cell(&mut fields, "purpose_version"),
        language: formed(&mut fields, "language", is_language_tag, LANGUAGE_IN_WORDS),
        text_sha256: cell(&mut fields, "text_sha256"),
        jurisdiction: formed(&mut fields, "jurisdiction", is_jurisdiction, JURISDICTION_IN_WORDS),
        document: cell(&mut fields, "document"),
        verified: cell(&mut fields, "verified"),
        note: cell(&mut fields, "note"),
        system: cell(&mut fields, "system"),
        external_id: cell(&mut fields, "external_id"),
    };
    fields.finish();
    map
}

/// A cell with a word of a form: what the map itself says of it must have that form.
fn formed(
    fields: &mut Fields<'_>,
    name: &'static str,
    is_formed: impl Fn(&str) -> bool,
    expected: &str,
) -> Option<Cell> {
    let cell = cell(fields, name)?;
    let said: Vec<&Json> = match &cell {
        Cell::Value(json) => vec![json],
        Cell::Column { values, .. } => values.iter().flatten().map(|(_, json)| json).collect(),
    };
    if said.iter().any(|json| !json.as_str().is_some_and(&is_formed)) {
        fields.wrong(name, ProblemCode::UnknownWord, format!("it is no {name}"), expected);
    }
    Some(cell)
}
