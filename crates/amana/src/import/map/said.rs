//! What an act of a row says beyond its kind: the right value of a trait, what somebody prefers.

use super::super::limits::TOPICS_PER_ACT_MAX;
use super::fields::Fields;
use super::parts::{cell, word, words};
use super::{Cell, Word};
use crate::profile::spelling::{self, spelt};
use amana_core::catalog::ProblemCode;
use amana_core::permission::ActKind;
use amana_core::preferences::{QUIET_MAX, Wish};

/// What a file says of a topic. What was said before is not taken back by files: an empty column says nothing.
pub(in crate::import) const WISHES: [Wish; 2] = [Wish::Wanted, Wish::Refused];

/// Where it stands what an act says.
#[derive(Clone, Debug, Default)]
pub enum SaidMap {
    /// It says nothing more.
    #[default]
    Nothing,
    /// The right value of a trait.
    Correction {
        /// The trait.
        field: Word<String>,
        /// The value.
        value: Cell,
    },
    /// What somebody prefers.
    Preferences(Box<PreferencesMap>),
}

/// Where it stands what somebody prefers. What is empty says nothing.
#[derive(Clone, Debug, Default)]
pub struct PreferencesMap {
    /// By the code of a topic.
    pub topics: Vec<(String, Word<Wish>)>,
    /// The channels in their order.
    pub channels: Option<Cell>,
    /// How many contacts at most, and in which period.
    pub at_most: Option<(Cell, Cell)>,
    /// Quiet time: days, and the hours at which it begins and ends.
    pub quiet: Vec<[Cell; 3]>,
    /// Name of a time zone.
    pub time_zone: Option<Cell>,
    /// A language.
    pub language: Option<Cell>,
}

impl SaidMap {
    /// The columns that are looked at.
    pub(super) fn columns(&self) -> Vec<&str> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Correction { field, value } => field.column().into_iter().chain(value.column()).collect(),
            Self::Preferences(said) => {
                let topics = said.topics.iter().filter_map(|(_, word)| word.column());
                let at_most = said.at_most.iter().flat_map(|(count, period)| [count, period]);
                let quiet = said.quiet.iter().flatten();
                let others = [&said.channels, &said.time_zone, &said.language].into_iter().flatten();
                topics.chain(at_most.chain(quiet).chain(others).filter_map(Cell::column)).collect()
            }
        }
    }

    /// The column in which a part stands, by the name that the part has for the API.
    pub(super) fn column_of(&self, part: &str) -> Option<&str> {
        match (self, part) {
            (Self::Correction { field, .. }, "field") => field.column(),
            (Self::Correction { value, .. }, "value") => value.column(),
            (Self::Preferences(said), "channels") => said.channels.as_ref()?.column(),
            (Self::Preferences(said), "time_zone") => said.time_zone.as_ref()?.column(),
            (Self::Preferences(said), "language") => said.language.as_ref()?.column(),
            _ => None,
        }
    }
}

/// Reads what an act of a kind says. Only acts that say more have these fields.
pub(super) fn said(fields: &mut Fields<'_>, act: ActKind) -> SaidMap {
    match act {
        ActKind::Correct => correction(fields),
        ActKind::Prefer => SaidMap::Preferences(Box::new(preferences(fields))),
        _ => SaidMap::Nothing,
    }
}

fn correction(fields: &mut Fields<'_>) -> SaidMap {
    let field = word(fields, "field", "the name of a trait", |text| (!text.is_empty()).then(|| text.to_owned()));
    let value = cell(fields, "value");
    for (name, expected) in [("field", "the trait that is put right"), ("value", "the column with the right value")] {
        if !fields.has(name) {
            fields.missing(name, expected);
        }
    }
    match (field, value) {
        (Some(field), Some(value)) => SaidMap::Correction { field, value },
        _ => SaidMap::Nothing,
    }
}

fn preferences(fields: &mut Fields<'_>) -> PreferencesMap {
    let Some(mut below) = fields.table("preferences") else {
        if !fields.has("preferences") {
            fields.missing("preferences", "a table with topics, channels, at_most, quiet, time_zone or language");
        }
        return PreferencesMap::default();
    };
    let wish = |text: &str| spelt(&WISHES, text);
    let topics = below.table("topics").map(|mut table| words(&mut table, "wanted or refused", wish));
    let named = topics.as_ref().map_or(0, Vec::len);
    if named > TOPICS_PER_ACT_MAX {
        let expected = format!("at most {TOPICS_PER_ACT_MAX}");
        below.wrong("topics", ProblemCode::TooMany, format!("{named} topics"), expected);
    }
    let said = PreferencesMap {
        topics: topics.unwrap_or_default(),
        channels: cell(&mut below, "channels"),
        at_most: at_most(&mut below),
        quiet: quiet(&mut below),
        time_zone: cell(&mut below, "time_zone"),
        language: cell(&mut below, "language"),
    };
    if !["topics", "channels", "at_most", "quiet", "time_zone", "language"].iter().any(|name| below.has(name)) {
        below.wrong("", ProblemCode::MissingField, "no part is named", "at least one part of the preferences");
    }
    below.finish();
    said
}

fn at_most(fields: &mut Fields<'_>) -> Option<(Cell, Cell)> {
    let mut below = fields.table("at_most")?;
    let both = (cell(&mut below, "count"), cell(&mut below, "period"));
    for (name, expected) in
        [("count", "how many contacts at most"), ("period", "in which time (ISO 8601), such as { value = \"P1W\" }")]
    {
        if !below.has(name) {
            below.missing(name, expected);
        }
    }
    below.finish();
    Some((both.0?, both.1?))
}

fn quiet(fields: &mut Fields<'_>) -> Vec<[Cell; 3]> {
    let stretch = |mut below: Fields<'_>| {
        let parts = ["days", "from", "to"].map(|name| {
            let part = cell(&mut below, name);
            if !below.has(name) {
                below.missing(name, "`days` of the week, `from` and `to` as hours from 0 to 24");
            }
            part
        });
        below.finish();
        let [Some(days), Some(from), Some(to)] = parts else { return None };
        Some([days, from, to])
    };
    fields.tables("quiet", QUIET_MAX).into_iter().filter_map(stretch).collect()
}

/// Notes that an act says what acts of its kind do not say.
pub(super) fn refuse_more(fields: &mut Fields<'_>, act: Option<ActKind>) {
    for (name, kind) in [("field", ActKind::Correct), ("value", ActKind::Correct), ("preferences", ActKind::Prefer)] {
        if act != Some(kind) && fields.take(name).is_some() {
            let expected = format!("it with `act = \"{}\"` only", spelling::word(&kind));
            fields.wrong(name, ProblemCode::UnknownField, "an act of this kind does not say it", expected);
        }
    }
}
