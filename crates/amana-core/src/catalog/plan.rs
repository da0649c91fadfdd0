//! What applying a catalogue would change, for people to read before they say yes.

use super::affected::{Affected, affected};
use super::export::fields_of;
use super::width::widening;
use super::{Basis, Catalog, Numbers, Purpose, SlotEntry};
use crate::Moment;
use crate::slots::SLOTS_MAX;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::fmt;

/// What applying a catalogue would change.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Plan {
    /// What is added, changed and removed, in the order of the file; tables that are gone come last.
    pub changes: Vec<Change>,
    /// Slots that open or close, by number.
    pub slots: Vec<SlotChange>,
    /// How many slots have been opened in all, of the 256 that there are: a number is given once.
    pub slots_used: usize,
    /// Whom and what that affects. Told apart from the plan itself, once it is counted.
    #[serde(skip)]
    pub affects: Vec<Affected>,
}

/// One declaration that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The table: `purposes`, `sources`, …
    pub table: String,
    /// Its code or name; empty for the organisation.
    pub code: String,
    /// What happens to it.
    pub kind: ChangeKind,
    /// For a changed one: in what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
}

/// What happens to a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It differs.
    Changed,
    /// It is gone.
    Removed,
}

/// One field that differs. Of a secret neither value is told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// The field, with dots between levels (`texts.en.title`).
    pub field: String,
    /// Whether it is a key, the hash of one or a signing secret.
    pub secret: bool,
    /// What it was; none when it was not declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Json>,
    /// What it becomes; none when it is no longer declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Json>,
}

/// A slot that opens or closes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SlotChange {
    /// Its number.
    pub slot: usize,
    /// The purpose's code.
    pub purpose: String,
    /// The brand, or all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Whether it opens or closes.
    pub kind: SlotChangeKind,
    /// What that means for people.
    pub meaning: String,
}

/// What happens to a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotChangeKind {
    /// A permission that people did not have before.
    Opens,
    /// Nobody may be processed for it any more.
    Closes,
}

/// Fields whose values are never shown.
const SECRETS: [&str; 7] =
    ["write_key", "write_key_sha256", "previous_write_keys_sha256", "sha256", "signing_secret", "hmac_secrets", "keys"];

/// What changes between two catalogues and the numbers given to them, for whoever applies the next one now.
#[must_use]
pub fn plan(base: &Catalog, next: &Catalog, before: &Numbers, after: &Numbers, now: Moment) -> Plan {
    let (old, new) = (fields_of(base), fields_of(next));
    // An empty table is left out of a file, so neither of both alone has all of them.
    let tables = fields_in_order(&old, &new);
    Plan {
        changes: tables.iter().flat_map(|table| table_changes(table, &old, &new)).collect(),
        slots: slot_changes(before, after),
        slots_used: after.slots.len(),
        affects: affected(base, next, before, after, now),
    }
}

impl Plan {
    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.slots.is_empty()
    }
}

fn table_changes(table: &str, old: &Map<String, Json>, new: &Map<String, Json>) -> Vec<Change> {
    let (old, new) = (entries(old.get(table)), entries(new.get(table)));
    let find = |entries: &[(String, Map<String, Json>)], code: &str| {
        entries.iter().find(|(other, _)| other == code).map(|(_, fields)| fields.clone())
    };
    let mut changes = Vec::new();
    for (code, fields) in &new {
        let change = |kind, fields| Change { table: table.into(), code: code.clone(), kind, fields };
        match find(&old, code) {
            None => changes.push(change(ChangeKind::Added, Vec::new())),
            Some(previous) if previous != *fields => {
                let mut differing = Vec::new();
                differences("", &previous, fields, &mut differing);
                changes.push(change(ChangeKind::Changed, differing));
            }
            Some(_) => {}
        }
    }
    let removed = old.iter().filter(|(code, _)| find(&new, code).is_none());
    changes.extend(removed.map(|(code, _)| Change {
        table: table.into(),
        code: code.clone(),
        kind: ChangeKind::Removed,
        fields: Vec::new(),
    }));
    changes
}

/// The entries of a table with their codes or names; the organisation is one entry without any.
fn entries(table: Option<&Json>) -> Vec<(String, Map<String, Json>)> {
    match table {
        Some(Json::Object(fields)) => vec![(String::new(), fields.clone())],
        Some(Json::Array(entries)) => {
            entries.iter().filter_map(Json::as_object).map(|e| (name_of(e), e.clone())).collect()
        }
        _ => Vec::new(),
    }
}

fn name_of(entry: &Map<String, Json>) -> String {
    entry.get("code").or_else(|| entry.get("name")).and_then(Json::as_str).unwrap_or_default().into()
}

/// Goes down tables and compares what is not a table whole.
fn differences(path: &str, old: &Map<String, Json>, new: &Map<String, Json>, found: &mut Vec<FieldChange>) {
    for key in fields_in_order(old, new) {
        let field = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (old.get(&key), new.get(&key)) {
            (before, after) if before == after => {}
            (Some(Json::Object(before)), Some(Json::Object(after))) => differences(&field, before, after, found),
            (Some(Json::Object(before)), None) => differences(&field, before, &Map::new(), found),
            (None, Some(Json::Object(after))) => differences(&field, &Map::new(), after, found),
            (before, after) => {
                let secret = SECRETS.contains(&key.as_str());
                let shown = |value: Option<&Json>| value.filter(|_| !secret).cloned();
                found.push(FieldChange { field, secret, old: shown(before), new: shown(after) });
            }
        }
    }
}

fn fields_in_order(old: &Map<String, Json>, new: &Map<String, Json>) -> Vec<String> {
    let gone = old.keys().filter(|key| !new.contains_key(*key));
    new.keys().chain(gone).cloned().collect()
}

pub(super) fn slot_changes(before: &Numbers, after: &Numbers) -> Vec<SlotChange> {
    let mut changes = Vec::new();
    for (slot, entry) in after.slots.iter().enumerate() {
        let earlier = before.slots.get(slot);
        let change = |kind, meaning| SlotChange {
            slot,
            purpose: entry.purpose.code.clone(),
            brand: entry.brand.clone(),
            kind,
            meaning,
        };
        match earlier {
            None => changes.push(change(SlotChangeKind::Opens, opening(entry, before))),
            Some(earlier) if entry.retired && !earlier.retired => {
                changes.push(change(SlotChangeKind::Closes, closing(earlier, after)));
            }
            Some(_) => {}
        }
    }
    changes
}

fn opening(entry: &SlotEntry, before: &Numbers) -> String {
    let purpose = &entry.purpose;
    let earlier = |open: bool| {
        let same = |old: &&SlotEntry| old.purpose.code == purpose.code && old.brand == entry.brand;
        before.slots.iter().filter(same).find(|old| old.retired != open)
    };
    let begins = beginning(purpose);
    if let Some(replaced) = earlier(true) {
        let wider = widening(&replaced.purpose, purpose).join(", ");
        return format!(
            "version {} is wider ({wider}), so what people decided before does not count: {begins}",
            purpose.version
        );
    }
    if earlier(false).is_some() {
        return format!("pursued again after an end, so what people decided before does not count: {begins}");
    }
    format!("new: {begins}")
}

/// What has to happen before anybody is processed.
fn beginning(purpose: &Purpose) -> &'static str {
    match purpose.basis {
        Basis::Consent => "everybody is asked, and nobody is processed for it until they agree",
        Basis::Contract | Basis::LegalObligation => "it begins for each person with the next event that starts it",
        Basis::VitalInterest => "it begins for a person when somebody asserts it, with a reason",
        Basis::PublicTask | Basis::LegitimateInterest => "it begins for each person when they have been informed",
    }
}

fn closing(entry: &SlotEntry, after: &Numbers) -> String {
    let kept = format!("what is kept for it runs out within {}", entry.purpose.keep);
    match after.current(&entry.purpose.code, entry.brand.as_deref()) {
        Some(slot) => format!("replaced by slot {slot}; nobody is processed for it any more, {kept}"),
        None => format!("no longer pursued: nobody is processed for it any more, {kept}"),
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(formatter, "Nothing changes.");
        }
        for change in &self.changes {
            let mark = change.kind.mark();
            let dot = if change.code.is_empty() { "" } else { "." };
            writeln!(formatter, "{mark} {}{dot}{}", change.table, change.code)?;
            for field in &change.fields {
                writeln!(formatter, "    {field}")?;
            }
        }
        for slot in &self.slots {
            let kind = if slot.kind == SlotChangeKind::Opens { "opens" } else { "closes" };
            let brand = slot.brand.as_deref().map(|brand| format!(" for {brand}")).unwrap_or_default();
            writeln!(formatter, "! slot {} {kind}: {}{brand}: {}", slot.slot, slot.purpose, slot.meaning)?;
            let closing = self.affects.iter().find(|affected| affected.is_of(slot.slot));
            closing.map_or(Ok(()), |closing| writeln!(formatter, "    {}", closing.in_numbers()))?;
        }
        let told = |affected: &Affected| self.slots.iter().any(|slot| affected.is_of(slot.slot));
        for affected in self.affects.iter().filter(|affected| !told(affected)) {
            writeln!(formatter, "! {affected}")?;
        }
        let count = |kind| self.changes.iter().filter(|change| change.kind == kind).count();
        let slots = |kind| self.slots.iter().filter(|slot| slot.kind == kind).count();
        let (opens, closes) = (slots(SlotChangeKind::Opens), slots(SlotChangeKind::Closes));
        write!(
            formatter,
            "{} added, {} changed, {} removed; slots: {opens} open, {closes} close",
            count(ChangeKind::Added),
            count(ChangeKind::Changed),
            count(ChangeKind::Removed),
        )?;
        if opens > 0 {
            write!(formatter, ", {} of {SLOTS_MAX} are used", self.slots_used)?;
        }
        writeln!(formatter, ".")
    }
}

impl ChangeKind {
    fn mark(self) -> char {
        match self {
            Self::Added => '+',
            Self::Changed => '~',
            Self::Removed => '-',
        }
    }
}

impl fmt::Display for FieldChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.secret {
            return write!(formatter, "{}: changed (not shown)", self.field);
        }
        let word = |value: &Option<Json>| value.as_ref().map_or("(none)".into(), Json::to_string);
        write!(formatter, "{}: {} → {}", self.field, word(&self.old), word(&self.new))
    }
}
