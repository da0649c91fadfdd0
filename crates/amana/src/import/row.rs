//! From a row to the event or the acts that it is. Nothing here knows the catalogue, a clock or the store.

use super::cell::Cells;
use super::id::{ImportId, message_id_named};
use super::map::{AboutMap, ActMap, AimedAt, EvidenceMap, ImportMap, RowKind};
use super::map::{act_kind, aimed_at, method};
use super::reject::Wrong;
use crate::profile::spelling::word;
use amana_core::Moment;
use amana_core::catalog::check::is_language;
use amana_core::permission::{ActKind, Method};
use serde_json::{Map, Value as Json, json};

/// A row of a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Its number, from 0.
    pub(crate) number: u64,
    /// The line on which it begins, from 1.
    pub(crate) line: u64,
    /// What stands in its columns.
    pub(crate) fields: Map<String, Json>,
}

/// What a row is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mapped {
    /// An event, as the tracking API would take it.
    Event(Json),
    /// What somebody decided; nothing at all when every column is empty.
    Acts(Vec<Draft>),
}

/// An act, before the catalogue is asked what it means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draft {
    pub(crate) act: ActKind,
    pub(crate) about: About,
    pub(crate) at: Option<Moment>,
    /// The column with its time, for those who are told that it is wrong.
    pub(crate) time_column: String,
    pub(crate) evidence: EvidenceDraft,
}

/// What an act is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum About {
    Purpose { purpose: String, brand: Option<String> },
    Aimed(AimedAt),
}

/// What a row says why an act is believed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EvidenceDraft {
    pub(crate) method: Option<Method>,
    pub(crate) notice: Option<(String, u32)>,
    pub(crate) purpose_version: Option<u32>,
    pub(crate) language: Option<String>,
    pub(crate) text_sha256: Option<String>,
    pub(crate) jurisdiction: Option<String>,
    pub(crate) document: Option<String>,
    pub(crate) verified: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) system: Option<(String, String)>,
}

impl Draft {
    /// This act as people are shown what a row becomes.
    pub(crate) fn shown(&self) -> Json {
        let mut shown = json!({ "act": word(&self.act) });
        match &self.about {
            About::Purpose { purpose, brand } => {
                shown["purpose"] = purpose.as_str().into();
                shown["brand"] = brand.as_deref().into();
            }
            About::Aimed(AimedAt::DirectMarketing) => shown["target"] = "direct_marketing".into(),
            About::Aimed(AimedAt::Person) => shown["target"] = "person".into(),
            About::Aimed(AimedAt::Channel(channel)) => shown["target"] = format!("channel:{}", word(channel)).into(),
        }
        shown["at"] = self.at.map(|at| at.to_string()).into();
        let said = &self.evidence;
        for (name, text) in [
            ("language", &said.language),
            ("text_sha256", &said.text_sha256),
            ("jurisdiction", &said.jurisdiction),
            ("document", &said.document),
            ("verified", &said.verified),
            ("note", &said.note),
        ] {
            if let Some(text) = text {
                shown["evidence"][name] = text.as_str().into();
            }
        }
        if let Some((code, version)) = &said.notice {
            shown["evidence"]["notice"] = json!({ "code": code, "version": version });
        }
        if let Some((system, id)) = &said.system {
            shown["evidence"]["system"] = json!({ "name": system, "id": id });
        }
        shown
    }
}

/// What names the rows of an import.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) import: ImportId,
    pub(crate) source: &'a str,
}

/// What a row is, by a map.
pub(crate) fn mapped(map: &ImportMap, row: &Row, names: Names<'_>) -> Result<Mapped, Wrong> {
    let cells = Cells { map, row: &row.fields };
    match map.kind {
        RowKind::Identify | RowKind::Track => event(cells, row.number, names).map(Mapped::Event),
        RowKind::Acts => {
            let drafts = map.acts.iter().map(|act| draft(cells, act));
            Ok(Mapped::Acts(drafts.filter_map(Result::transpose).collect::<Result<_, _>>()?))
        }
    }
}

fn event(cells: Cells<'_>, number: u64, names: Names<'_>) -> Result<Json, Wrong> {
    let map = cells.map;
    let mut event = Map::new();
    let mut external = Vec::new();
    for (kind, column) in &map.identifiers {
        let Some(value) = cells.raw(column) else { continue };
        match kind.as_str() {
            "user_id" => drop(event.insert("userId".into(), value.clone())),
            "anonymous_id" => drop(event.insert("anonymousId".into(), value.clone())),
            kind => external.extend(cells.text(column)?.map(|id| json!({ "type": kind, "id": id }))),
        }
    }
    let mut message_id = names.import.message_id(number);
    match map.kind {
        RowKind::Track => {
            event.insert("type".into(), "track".into());
            let name = match &map.event {
                Some(word) => cells.word(word, |text| Some(text.to_owned()))?,
                None => None,
            };
            if let (Some(column), Some(name)) = (&map.message_id, &name) {
                let named = cells.text(column)?.ok_or_else(|| {
                    Wrong::new(column, "missing_value", "the map says that it names the event, and it is empty")
                })?;
                message_id = message_id_named(names.source, name, named.trim());
            }
            event.extend(name.map(|name| ("event".into(), name.into())));
            event.insert("properties".into(), object(cells, &map.properties)?);
        }
        _ => {
            event.insert("type".into(), "identify".into());
            event.insert("traits".into(), object(cells, &map.traits)?);
        }
    }
    if let Some((column, form)) = &map.timestamp
        && let Some(at) = cells.time(column, form)?
    {
        event.insert("timestamp".into(), at.to_string().into());
    }
    if !external.is_empty() {
        event.insert("context".into(), json!({ "externalIds": external }));
    }
    event.insert("messageId".into(), message_id.into());
    Ok(Json::Object(event))
}

/// Traits or properties. What is empty is left out, for an empty column says nothing.
fn object(cells: Cells<'_>, wanted: &[(String, super::map::Cell)]) -> Result<Json, Wrong> {
    let mut object = Map::with_capacity(wanted.len());
    for (name, cell) in wanted {
        if let Some(value) = cells.value(cell)? {
            object.insert(name.clone(), value);
        }
    }
    Ok(Json::Object(object))
}

/// One thing that a row says; nothing when the column that would say it is empty.
fn draft(cells: Cells<'_>, act: &ActMap) -> Result<Option<Draft>, Wrong> {
    let Some(kind) = cells.word(&act.act, act_kind)? else { return Ok(None) };
    let about = match &act.about {
        AboutMap::Purpose(purpose, brand) => {
            let own = |text: &str| Some(text.to_owned());
            let Some(purpose) = cells.word(purpose, own)? else { return Ok(None) };
            let brand = brand.as_ref().map(|brand| cells.word(brand, own)).transpose()?.flatten();
            About::Purpose { purpose, brand }
        }
        AboutMap::Target(target) => {
            let Some(target) = cells.word(target, aimed_at)? else { return Ok(None) };
            About::Aimed(target)
        }
    };
    let timestamp = act.timestamp.as_ref().or(cells.map.timestamp.as_ref());
    let at = timestamp.map(|(column, form)| cells.time(column, form)).transpose()?.flatten();
    let time_column = timestamp.map(|(column, _)| column.clone()).unwrap_or_default();
    Ok(Some(Draft { act: kind, about, at, time_column, evidence: evidence(cells, &act.evidence)? }))
}

fn evidence(cells: Cells<'_>, map: &EvidenceMap) -> Result<EvidenceDraft, Wrong> {
    for (name, cell) in map.cells() {
        let text = cell.as_ref().map(|cell| cells.value_text(cell)).transpose()?.flatten();
        if text.is_some_and(|text| text.len() > EVIDENCE_BYTES_MAX) {
            return Err(Wrong::new(name, "too_long", format!("at most {EVIDENCE_BYTES_MAX} bytes are kept")));
        }
    }
    let text = |cell: &Option<super::map::Cell>| -> Result<Option<String>, Wrong> {
        cell.as_ref().map(|cell| cells.value_text(cell)).transpose().map(Option::flatten)
    };
    let number = |name: &str, cell: &Option<super::map::Cell>| -> Result<Option<u32>, Wrong> {
        let read = |text: String| text.trim().parse().map_err(|_| Wrong::new(name, "wrong_type", "a whole number"));
        text(cell)?.map(read).transpose()
    };
    let is_hash = |text: &String| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let text_sha256 = text(&map.text_sha256)?.map(|text| text.trim().to_ascii_lowercase());
    if text_sha256.as_ref().is_some_and(|text| !is_hash(text)) {
        return Err(Wrong::new("text_sha256", "wrong_type", "it must be 64 hexadecimal digits"));
    }
    let notice = text(&map.notice)?;
    let notice_version = number("notice_version", &map.notice_version)?;
    let external_id = text(&map.external_id)?;
    let system = text(&map.system)?;
    Ok(EvidenceDraft {
        method: map.method.as_ref().map(|word| cells.word(word, method)).transpose()?.flatten(),
        notice: notice.map(|code| (code, notice_version.unwrap_or(1))),
        purpose_version: number("purpose_version", &map.purpose_version)?,
        language: language(cells, map.language.as_ref())?,
        text_sha256,
        jurisdiction: text(&map.jurisdiction)?,
        document: text(&map.document)?,
        verified: text(&map.verified)?,
        note: text(&map.note)?,
        system: external_id.map(|id| (system.unwrap_or_default(), id)),
    })
}

/// The language of the text that was shown. It is kept in a log for ever, so anything but a language tag is refused.
fn language(cells: Cells<'_>, cell: Option<&super::map::Cell>) -> Result<Option<String>, Wrong> {
    let Some(cell) = cell else { return Ok(None) };
    let Some(text) = cells.value_text(cell)? else { return Ok(None) };
    let tag = text.trim();
    if is_language_tag(tag) {
        return Ok(Some(tag.to_owned()));
    }
    let why = format!("it must be {LANGUAGE_IN_WORDS}; say what other texts mean with `values`");
    Err(Wrong::new(cell.column().unwrap_or("language"), "wrong_type", why))
}

/// Whether a text is what the API takes for a language, too.
pub(super) fn is_language_tag(text: &str) -> bool {
    text.len() <= LANGUAGE_BYTES_MAX && is_language(text)
}

/// What a language is written as.
pub(super) const LANGUAGE_IN_WORDS: &str = "a language tag (BCP 47), such as de or de-AT";

/// Bytes of a language tag: what BCP 47 §4.4.1 asks everybody to have room for.
const LANGUAGE_BYTES_MAX: usize = 35;

/// Bytes of one part of the evidence: as many as staff may write down.
const EVIDENCE_BYTES_MAX: usize = crate::profile::record::NOTE_BYTES_MAX;
