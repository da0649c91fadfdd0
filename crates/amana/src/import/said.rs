//! From the columns of a row to what an act says beyond its kind.

use super::cell::Cells;
use super::map::{Cell, PreferencesMap, SaidMap};
use super::reject::Wrong;
use crate::profile::record::Said;
use crate::profile::spelling::{CHANNELS, spelt};
use amana_core::preferences::{AtMost, CONTACTS_MAX, Change, Day, Period, Quiet};
use serde_json::Value as Json;

/// What a row says; nothing at all where the columns that would say it are empty.
pub(super) fn said(cells: Cells<'_>, map: &SaidMap) -> Result<Option<Said>, Wrong> {
    match map {
        SaidMap::Nothing => Ok(Some(Said::Nothing)),
        SaidMap::Correction { field, value } => {
            let field = cells.word(field, |text| Some(text.to_owned()))?;
            let value = cells.value(value)?;
            Ok(field.zip(value).map(|(field, value)| Said::Correction { field, value }))
        }
        SaidMap::Preferences(map) => {
            let changes = changes(cells, map)?;
            Ok((!changes.is_empty()).then_some(Said::Preferences(changes)))
        }
    }
}

fn changes(cells: Cells<'_>, map: &PreferencesMap) -> Result<Vec<Change>, Wrong> {
    let mut changes = Vec::new();
    for (topic, word) in &map.topics {
        let wish = cells.word(word, |text| spelt(&super::map::WISHES, text))?;
        changes.extend(wish.map(|wish| Change::Topic { topic: topic.clone(), wish }));
    }
    if let Some(cell) = &map.channels {
        let expected = "email, sms, push, phone or post, in order, with commas between them";
        let channels = list(cells, cell, "channels", expected, |text| spelt(&CHANNELS, text))?;
        changes.extend(channels.map(|channels| Change::Channels(Some(channels))));
    }
    changes.extend(at_most(cells, map)?.map(|at_most| Change::AtMost(Some(at_most))));
    let quiet = map.quiet.iter().filter_map(|parts| quiet(cells, parts).transpose());
    let quiet: Vec<Quiet> = quiet.collect::<Result<_, _>>()?;
    changes.extend((!quiet.is_empty()).then_some(Change::Quiet(quiet)));
    for (cell, change) in [(&map.time_zone, Change::TimeZone as fn(_) -> _), (&map.language, Change::Language)] {
        let text = cell.as_ref().map(|cell| cells.value_text(cell)).transpose()?.flatten();
        changes.extend(text.map(|text| change(Some(text.trim().to_owned()))));
    }
    Ok(changes)
}

fn at_most(cells: Cells<'_>, map: &PreferencesMap) -> Result<Option<AtMost>, Wrong> {
    let Some((count, period)) = &map.at_most else { return Ok(None) };
    let expected = format!("a whole number from 1 to {CONTACTS_MAX}");
    let of_count = |text: &str| text.parse().ok().filter(|count| (1..=CONTACTS_MAX).contains(count));
    let said = one(cells, count, "count", &expected, of_count)?;
    let over = one(cells, period, "period", "a duration from PT1H to P1Y (ISO 8601)", Period::read)?;
    // A period that is the same for every row says nothing where nobody is counted.
    match (said, over) {
        (None, _) => Ok(None),
        (Some(count), Some(period)) => Ok(Some(AtMost { count, period })),
        (Some(_), None) => Err(missing(period, "period", "how many at most is said, and not in which period")),
    }
}

/// One stretch of quiet time. Who names no day says nothing.
fn quiet(cells: Cells<'_>, [days, from, to]: &[Cell; 3]) -> Result<Option<Quiet>, Wrong> {
    let of_days = "days of the week from monday to sunday, with commas between them";
    let Some(named) = list(cells, days, "days", of_days, |text| spelt(&Day::ALL, text))? else { return Ok(None) };
    let hour = |cell: &Cell, name: &'static str| {
        let expected = "a whole hour from 0 to 24";
        let said = one(cells, cell, name, expected, |text| text.parse::<u8>().ok().filter(|hour| *hour <= 24))?;
        said.ok_or_else(|| missing(cell, name, "days are named, and not from which hour to which"))
    };
    Ok(Some(Quiet { days: named.into_iter().collect(), from: hour(from, "from")?, to: hour(to, "to")? }))
}

/// A cell's value as something that is read from text.
fn one<T>(
    cells: Cells<'_>,
    cell: &Cell,
    name: &str,
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Wrong> {
    let Some(text) = cells.value_text(cell)? else { return Ok(None) };
    let read = read(text.trim());
    read.map(Some)
        .ok_or_else(|| Wrong::new(cell.column().unwrap_or(name), "wrong_type", format!("it must be {expected}")))
}

/// A cell's value as a list: one of JSON, or a text with commas, semicolons, bars or spaces between its words.
fn list<T>(
    cells: Cells<'_>,
    cell: &Cell,
    name: &str,
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<Vec<T>>, Wrong> {
    let wrong = || Wrong::new(cell.column().unwrap_or(name), "unknown_value", format!("it must be {expected}"));
    let Some(value) = cells.value(cell)? else { return Ok(None) };
    let is_between = |letter: char| matches!(letter, ',' | ';' | '|') || letter.is_whitespace();
    let read_all =
        |text: &str| -> Option<Vec<T>> { text.split(is_between).filter(|word| !word.is_empty()).map(&read).collect() };
    let words: Option<Vec<T>> = match &value {
        Json::Array(list) => list.iter().map(|word| read(word.as_str()?)).collect(),
        Json::String(text) => read_all(text),
        _ => None,
    };
    // A list without any word says nothing that could be meant: nobody is reached by no channel, or left alone on no day.
    words.filter(|words| !words.is_empty()).map(Some).ok_or_else(wrong)
}

fn missing(cell: &Cell, name: &str, why: &str) -> Wrong {
    Wrong::new(cell.column().unwrap_or(name), "missing_value", why)
}
