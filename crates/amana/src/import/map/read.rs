//! From the text of a map to a map, or to everything that is wrong with it.

use super::super::limits::{ACTS_PER_ROW_MAX, MAP_BYTES_MAX};
use super::fields::Fields;
use super::parts::{cells, time_column, word};
use super::{AboutMap, ActMap, AimedAt, EvidenceMap, ImportMap, RowKind, SaidMap, Word, evidence, forms, kind, said};
use crate::profile::spelling::{CHANNELS, spelt};
use amana_core::catalog::{Catalog, Path, Problem, ProblemCode};
use amana_core::permission::ActKind;
use std::cell::RefCell;
use toml::Table;

const TARGET: &str = "direct_marketing, person or channel:email|sms|push|phone|post";

impl ImportMap {
    /// Reads a map.
    ///
    /// # Errors
    /// Everything that is wrong with it, with its places.
    pub fn read(text: &str) -> Result<Self, Vec<Problem>> {
        if text.len() > MAP_BYTES_MAX {
            let found = format!("the map has {} bytes", text.len());
            let expected = format!("at most {MAP_BYTES_MAX} bytes");
            return Err(vec![Problem::at(Path::default(), ProblemCode::TooBig, found, expected)]);
        }
        let table: Table = toml::from_str(text).map_err(|error| vec![syntax(text, &error)])?;
        let problems = RefCell::default();
        let map = whole(text, Fields::new(table, Path::default(), &problems));
        let mut problems = Catalog::place(text, problems.into_inner());
        problems.sort_by_key(|problem| (problem.line, problem.column));
        if problems.is_empty() { Ok(map) } else { Err(problems) }
    }
}

fn syntax(text: &str, error: &toml::de::Error) -> Problem {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    Problem {
        line: Some(1 + before.matches('\n').count()),
        column: Some(1 + line.chars().count()),
        ..Problem::at(Path::default(), ProblemCode::Syntax, error.message(), "TOML 1.0 (https://toml.io)")
    }
}

fn whole(text: &str, mut fields: Fields<'_>) -> ImportMap {
    let kind = fields.read("kind", "identify, track or acts", |text| match text {
        "identify" => Some(RowKind::Identify),
        "track" => Some(RowKind::Track),
        "acts" => Some(RowKind::Acts),
        _ => None,
    });
    if kind.is_none() && !fields.has("kind") {
        fields.missing("kind", "what a row is: identify, track or acts");
    }
    let kind = kind.unwrap_or(RowKind::Identify);
    let mut map = ImportMap {
        kind,
        format: forms::format(&mut fields),
        encoding: forms::encoding(&mut fields),
        null: fields.texts("null").unwrap_or_else(|| vec![String::new()]),
        csv: forms::csv(&mut fields),
        decimal_comma: fields.boolean("decimal_comma"),
        identifiers: identifiers(&mut fields, kind),
        timestamp: time_column(&mut fields, "timestamp"),
        event: None,
        message_id: None,
        traits: Vec::new(),
        properties: Vec::new(),
        acts: Vec::new(),
        sha256: crate::hash::sha256(text.as_bytes()),
    };
    match kind {
        RowKind::Identify => map.traits = table_of_cells(&mut fields, "traits"),
        RowKind::Track => {
            map.event = word(&mut fields, "event", "the event's name", |text| Some(text.to_owned()));
            if map.event.is_none() && !fields.has("event") {
                fields.missing("event", "the event's name, or { column = \"…\" }");
            }
            map.message_id = fields.column("message_id");
            map.properties = table_of_cells(&mut fields, "properties");
        }
        RowKind::Acts => map.acts = acts(&mut fields, map.timestamp.is_some()),
    }
    fields.finish();
    map
}

fn identifiers(fields: &mut Fields<'_>, kind: RowKind) -> Vec<(String, String)> {
    let Some(mut table) = fields.table("identifiers") else {
        if !fields.has("identifiers") {
            fields.missing("identifiers", "a table: code of the identifier's kind = \"column\"");
        }
        return Vec::new();
    };
    let mut identifiers = Vec::new();
    for (name, value) in table.take_all() {
        match value {
            toml::Value::String(column) => identifiers.push((name, column)),
            other => table.wrong(&name, ProblemCode::WrongType, super::fields::found(&other), "the name of a column"),
        }
    }
    let named = |wanted: &str| identifiers.iter().any(|(kind, _)| kind == wanted);
    if identifiers.is_empty() {
        table.wrong("", ProblemCode::MissingField, "no identifier is named", "at least one");
    } else if kind != RowKind::Acts && !named("user_id") && !named("anonymous_id") {
        table.wrong(
            "",
            ProblemCode::MissingField,
            "neither `user_id` nor `anonymous_id` is named",
            "one of them, as every event has; rows with other identifiers alone can be `acts`",
        );
    }
    identifiers
}

fn table_of_cells(fields: &mut Fields<'_>, name: &'static str) -> Vec<(String, super::Cell)> {
    fields.table(name).map(|mut table| cells(&mut table)).unwrap_or_default()
}

/// What a row says. A list of identifiers that says nothing more is an opt-out list.
fn acts(fields: &mut Fields<'_>, has_timestamp: bool) -> Vec<ActMap> {
    let is_told = fields.has("acts");
    let acts: Vec<ActMap> =
        fields.tables("acts", ACTS_PER_ROW_MAX).into_iter().map(|act| read_act(act, has_timestamp)).collect();
    if !is_told {
        return vec![ActMap {
            act: Word::Fixed(ActKind::Object),
            about: AboutMap::Target(Word::Fixed(AimedAt::DirectMarketing)),
            said: SaidMap::Nothing,
            timestamp: None,
            evidence: EvidenceMap::default(),
        }];
    }
    acts
}

fn read_act(mut fields: Fields<'_>, has_timestamp: bool) -> ActMap {
    let act = kind::read_kind(&mut fields);
    let act = act.unwrap_or(Word::Fixed(ActKind::Object));
    let fixed = if let Word::Fixed(act) = &act { Some(*act) } else { None };
    let about = read_about(&mut fields, &act);
    let said = said::said(&mut fields, fixed.unwrap_or(ActKind::Object));
    said::refuse_more(&mut fields, fixed);
    let timestamp = time_column(&mut fields, "timestamp");
    if kind::may_need_time(&act) && timestamp.is_none() && !has_timestamp {
        fields.missing(
            "timestamp",
            "the column with the time at which it was said: without it, it could undo what was said later",
        );
    }
    let evidence = fields.table("evidence").map(evidence::evidence).unwrap_or_default();
    fields.finish();
    ActMap { act, about, said, timestamp, evidence }
}

fn read_about(fields: &mut Fields<'_>, act: &Word<ActKind>) -> AboutMap {
    let own = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let purpose = word(fields, "purpose", "code of a purpose", own);
    let brand = word(fields, "brand", "code of a brand", own);
    let aimed = word(fields, "target", TARGET, aimed_at);
    let of_person = matches!(act, Word::Fixed(ActKind::Correct | ActKind::Prefer));
    match (purpose, aimed) {
        (None, None) if of_person => AboutMap::Target(Word::Fixed(AimedAt::Person)),
        (None, Some(aimed)) => {
            if brand.is_some() {
                fields.wrong("brand", ProblemCode::UnknownField, "a brand goes with a purpose", "no brand here");
            }
            let everything = matches!(aimed, Word::Fixed(AimedAt::DirectMarketing | AimedAt::Person));
            if everything && matches!(act, Word::Fixed(ActKind::Grant | ActKind::Request)) {
                fields.wrong("target", ProblemCode::UnknownWord, AGREES_TO_ALL, "a purpose or a channel");
            }
            let restricts = matches!(act, Word::Fixed(ActKind::Restrict));
            if restricts && !matches!(aimed, Word::Fixed(AimedAt::Person) | Word::Column { .. }) {
                let found = "processing is restricted for a purpose or a person (GDPR Art. 18)";
                fields.wrong("target", ProblemCode::UnknownWord, found, "a purpose or `person`");
            }
            AboutMap::Target(aimed)
        }
        (Some(purpose), None) if of_person => {
            let found = "values and preferences are a person's, whatever the purpose";
            fields.wrong("purpose", ProblemCode::UnknownField, found, "neither `purpose` nor `target`");
            AboutMap::Purpose(purpose, brand)
        }
        (Some(purpose), None) => AboutMap::Purpose(purpose, brand),
        (None, None) => {
            fields.missing("purpose", "code of a purpose, or `target` with what else it is about");
            AboutMap::Target(Word::Fixed(AimedAt::DirectMarketing))
        }
        (Some(purpose), Some(_)) => {
            fields.wrong("target", ProblemCode::UnknownField, "there is a `purpose` as well", "one of them");
            AboutMap::Purpose(purpose, brand)
        }
    }
}

/// Why nobody can agree to everything.
const AGREES_TO_ALL: &str = "consent is specific: nobody can agree to everything at once (GDPR Art. 4(11), 6(1)(a))";

/// Reads what an act is about beside purposes.
pub(in crate::import) fn aimed_at(text: &str) -> Option<AimedAt> {
    match text {
        "direct_marketing" => Some(AimedAt::DirectMarketing),
        "person" => Some(AimedAt::Person),
        _ => spelt(&CHANNELS, text.strip_prefix("channel:")?).map(AimedAt::Channel),
    }
}
