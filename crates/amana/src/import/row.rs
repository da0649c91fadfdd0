//! From a row to the event or the acts that it is. Nothing here knows the catalogue, a clock or the store.

use super::cell::Cells;
use super::id::{ImportId, message_id_named};
use super::map::{AboutMap, ActMap, AimedAt, Cell, EvidenceMap, ImportMap, RowKind, Word};
use super::map::{act_kind, aimed_at, is_of_staff, method};
use super::reject::Wrong;
use super::said::said;
use crate::profile::record::{About, EvidenceDraft, Said};
use amana_core::Moment;
use amana_core::permission::ActKind;
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
    /// Which of the map's acts it is.
    pub(crate) place: usize,
    pub(crate) act: ActKind,
    pub(crate) about: DraftAbout,
    pub(crate) at: Option<Moment>,
    /// The column with its time, for those who are told that it is wrong.
    pub(crate) time_column: String,
    pub(crate) said: Said,
    pub(crate) evidence: EvidenceDraft,
}

/// What an act is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DraftAbout {
    Purpose { purpose: String, brand: Option<String> },
    Aimed(AimedAt),
}

impl Draft {
    /// What it is about.
    pub(crate) fn about(&self) -> About<'_> {
        match &self.about {
            DraftAbout::Purpose { purpose, brand } => About::Purpose { purpose, brand: brand.as_deref() },
            DraftAbout::Aimed(AimedAt::DirectMarketing) => About::DirectMarketing,
            DraftAbout::Aimed(AimedAt::Person) => About::Person,
            DraftAbout::Aimed(AimedAt::Channel(channel)) => About::Channel(*channel),
        }
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
            let drafts = map.acts.iter().enumerate().map(|(place, act)| draft(cells, place, act));
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
fn object(cells: Cells<'_>, wanted: &[(String, Cell)]) -> Result<Json, Wrong> {
    let mut object = Map::with_capacity(wanted.len());
    for (name, cell) in wanted {
        if let Some(value) = cells.value(cell)? {
            object.insert(name.clone(), value);
        }
    }
    Ok(Json::Object(object))
}

/// One thing that a row says; nothing when the column that would say it is empty.
fn draft(cells: Cells<'_>, place: usize, act: &ActMap) -> Result<Option<Draft>, Wrong> {
    let Some(kind) = kind(cells, act)? else { return Ok(None) };
    let about = match &act.about {
        AboutMap::Purpose(purpose, brand) => {
            let own = |text: &str| Some(text.to_owned());
            let Some(purpose) = cells.word(purpose, own)? else { return Ok(None) };
            let brand = brand.as_ref().map(|brand| cells.word(brand, own)).transpose()?.flatten();
            DraftAbout::Purpose { purpose, brand }
        }
        AboutMap::Target(target) => {
            let Some(target) = cells.word(target, aimed_at)? else { return Ok(None) };
            DraftAbout::Aimed(target)
        }
    };
    let Some(said) = said(cells, &act.said)? else { return Ok(None) };
    let timestamp = act.timestamp.as_ref().or(cells.map.timestamp.as_ref());
    let at = timestamp.map(|(column, form)| cells.time(column, form)).transpose()?.flatten();
    let time_column = timestamp.map(|(column, _)| column.clone()).unwrap_or_default();
    let evidence = evidence(cells, &act.evidence)?;
    Ok(Some(Draft { place, act: kind, about, at, time_column, said, evidence }))
}

/// What was done. A word that names an act of staff is no slip of the pen, and told apart.
fn kind(cells: Cells<'_>, act: &ActMap) -> Result<Option<ActKind>, Wrong> {
    let Word::Column { column, values: None } = &act.act else { return cells.word(&act.act, act_kind) };
    if cells.text(column)?.is_some_and(|text| is_of_staff(text.trim())) {
        let why = "staff decide this for one person, not for the rows of a file: record it by itself, through the API";
        return Err(Wrong::new(column, "act_impossible", why));
    }
    cells.word(&act.act, act_kind)
}

fn evidence(cells: Cells<'_>, map: &EvidenceMap) -> Result<EvidenceDraft, Wrong> {
    let text = |cell: &Option<Cell>| -> Result<Option<String>, Wrong> {
        cell.as_ref().map(|cell| cells.value_text(cell)).transpose().map(Option::flatten)
    };
    // A code or a hash has no space around it, whatever a system puts there.
    let code = |cell: &Option<Cell>| text(cell).map(|text| text.map(|text| text.trim().to_owned()));
    let column = |name: &str| map.column_of(name).unwrap_or(name).to_owned();
    let number = |name: &str, cell: &Option<Cell>| -> Result<Option<u32>, Wrong> {
        let read = |text: String| text.parse().map_err(|_| Wrong::new(column(name), "wrong_type", "a whole number"));
        code(cell)?.map(read).transpose()
    };
    let (system, external_id) = (code(&map.system)?, text(&map.external_id)?);
    let told = system.is_some() || external_id.is_some();
    let draft = EvidenceDraft {
        // A file says with each row that it is one.
        method: map.method.as_ref().map(|word| cells.word(word, method)).transpose()?.flatten(),
        notice: code(&map.notice)?,
        notice_version: number("notice_version", &map.notice_version)?,
        purpose_version: number("purpose_version", &map.purpose_version)?,
        language: code(&map.language)?,
        text_sha256: code(&map.text_sha256)?.map(|hash| hash.to_ascii_lowercase()),
        jurisdiction: code(&map.jurisdiction)?,
        document: text(&map.document)?,
        verified: text(&map.verified)?,
        note: text(&map.note)?,
        system: told.then(|| (system.unwrap_or_default(), external_id.unwrap_or_default())),
    };
    match draft.misformed() {
        // What stands in the evidence is kept in a log for ever, so nothing but what belongs there is taken.
        Some((field, expected)) => {
            let why = format!("it must be {expected}; say what other texts mean with `values`");
            Err(Wrong::new(column(field), "wrong_type", why))
        }
        None => Ok(draft),
    }
}
