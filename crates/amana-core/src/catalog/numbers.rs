//! Numbers given to declared things: keys and hold classes refer to them, so they outlive the names.

use super::width::widening;
use super::{Catalog, Number, Purpose, Served};
use crate::Moment;
use crate::catalog::problem::{Path, Problem, ProblemCode};
use crate::slots::SLOTS_MAX;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Numbers given to declared things, kept with the stored catalogue. A name keeps its number for ever, also while it
/// is not declared, and a number is never given twice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// Each slot ever opened, at its number.
    pub slots: Vec<SlotEntry>,
    /// Source code → number.
    pub sources: BTreeMap<String, Number>,
    /// Audience code → number.
    pub audiences: BTreeMap<String, Number>,
    /// Destination code → number.
    pub destinations: BTreeMap<String, Number>,
    /// Notice code → number.
    #[serde(default)]
    pub notices: BTreeMap<String, Number>,
    /// Source code → what it serves since when, the oldest first.
    #[serde(default)]
    pub served: BTreeMap<String, Vec<Served>>,
    /// Every identity scope that a source has or ever had: people outlive the sources they came through.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub scopes: BTreeSet<String>,
    /// Notice code → version → since when it is in force; none: the first that was declared here, so that nobody knows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub begun: BTreeMap<String, BTreeMap<u32, Option<Moment>>>,
}

/// One slot ever opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlotEntry {
    /// The purpose as it was when the slot was opened or last changed without widening: what people agreed to.
    pub purpose: Purpose,
    /// The brand, or all.
    pub brand: Option<String>,
    /// The version of the purpose that opened it.
    pub since_version: u32,
    /// A wider version or the purpose's end closed it. A closed slot is never opened again.
    pub retired: bool,
    /// When it was opened, where the purpose had a slot before: what was agreed to earlier is no agreement to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Moment>,
}

impl SlotEntry {
    fn is_for(&self, purpose: &str, brand: Option<&str>) -> bool {
        self.purpose.code == purpose && self.brand.as_deref() == brand
    }

    /// Whether it stood for what another one, opened after it, stands for: the same purpose, and the same brand or all.
    pub(super) fn came_before(&self, later: &Self) -> bool {
        let brands = self.brand.is_none() || later.brand.is_none() || self.brand == later.brand;
        self.retired && self.purpose.code == later.purpose.code && brands
    }
}

/// The brands a purpose has a permission for: each of its own, or one for all.
pub(crate) fn brands_of(purpose: &Purpose) -> Vec<Option<&str>> {
    match purpose.brands.as_slice() {
        [] => vec![None],
        brands => brands.iter().map(|brand| Some(brand.as_str())).collect(),
    }
}

impl Numbers {
    /// The numbers after `next` is applied: what is new gets a number, what became wider a new slot.
    ///
    /// # Errors
    /// When a purpose became wider without a raised `version`, when its `version` went back, and when there would be
    /// more than [`SLOTS_MAX`] slots.
    pub fn assign(&self, next: &Catalog) -> Result<Self, Vec<Problem>> {
        let mut numbers = self.clone();
        let mut problems = Vec::new();
        for entry in &mut numbers.slots {
            entry.retired |= !is_pursued(next, entry);
        }
        for (place, purpose) in next.purposes.iter().enumerate() {
            let path = Path::root("purposes").item(place, &purpose.code);
            problems.extend(self.version_problem(purpose, &path));
            for brand in brands_of(purpose) {
                numbers.follow(purpose, brand);
            }
            if numbers.slots.len() > SLOTS_MAX {
                problems.push(too_many_slots(path));
                break;
            }
        }
        number(&mut numbers.sources, next.sources.iter().map(|source| &source.code));
        number(&mut numbers.audiences, next.audiences.iter().map(|audience| &audience.code));
        number(&mut numbers.destinations, next.destinations.iter().map(|destination| &destination.code));
        number(&mut numbers.notices, next.notices.iter().map(|notice| &notice.code));
        numbers.with_scopes_of(next);
        if problems.is_empty() { Ok(numbers) } else { Err(problems) }
    }

    /// Notes when the slots that `earlier` does not have were opened.
    #[must_use]
    pub fn opened(mut self, earlier: &Self, now: Moment) -> Self {
        for place in earlier.slots.len()..self.slots.len() {
            let (before, new) = self.slots.split_at_mut(place);
            new[0].opened = before.iter().any(|entry| entry.came_before(&new[0])).then_some(now);
        }
        self
    }

    /// The open slot of a purpose and brand.
    #[must_use]
    pub fn current(&self, purpose: &str, brand: Option<&str>) -> Option<usize> {
        self.slots.iter().position(|entry| !entry.retired && entry.is_for(purpose, brand))
    }

    /// Brings the slot of one purpose and brand up to the declaration.
    fn follow(&mut self, purpose: &Purpose, brand: Option<&str>) {
        // A purpose that is no longer pursued opens nothing, yet may still be shortened: its data runs out sooner.
        let latest = self.slots.iter().rposition(|entry| entry.is_for(purpose.code.as_str(), brand));
        let kept = latest.filter(|place| purpose.retired || !self.slots[*place].retired);
        if let Some(place) = kept {
            let entry = &mut self.slots[place];
            if widening(&entry.purpose, purpose).is_empty() {
                entry.purpose = purpose.clone();
                return;
            }
            entry.retired = true;
        }
        if !purpose.retired {
            self.slots.push(SlotEntry {
                purpose: purpose.clone(),
                brand: brand.map(Into::into),
                since_version: purpose.version,
                retired: false,
                opened: None,
            });
        }
    }

    fn version_problem(&self, purpose: &Purpose, path: &Path) -> Option<Problem> {
        let earlier = || self.slots.iter().filter(|entry| entry.purpose.code == purpose.code);
        let highest = earlier().map(|entry| entry.purpose.version).max()?;
        if purpose.version < highest {
            return Some(Problem::at(
                path.key("version"),
                ProblemCode::VersionLower,
                format!("version {} is lower than {highest}, which was applied before", purpose.version),
                format!("{highest} or higher: versions only go up"),
            ));
        }
        let wider = earlier()
            .filter(|entry| !entry.retired && entry.purpose.version >= purpose.version && !purpose.retired)
            .map(|entry| widening(&entry.purpose, purpose))
            .find(|wider| !wider.is_empty())?;
        Some(Problem::at(
            path.key("version"),
            ProblemCode::WiderWithoutVersion,
            format!("the purpose became wider ({}) but is still version {}", wider.join(", "), purpose.version),
            format!("version = {}, so that people are asked again", highest.saturating_add(1)),
        ))
    }
}

fn is_pursued(next: &Catalog, entry: &SlotEntry) -> bool {
    let declared = next.purposes.iter().find(|purpose| purpose.code == entry.purpose.code);
    declared.is_some_and(|purpose| !purpose.retired && brands_of(purpose).contains(&entry.brand.as_deref()))
}

fn number<'a>(numbers: &mut BTreeMap<String, Number>, codes: impl Iterator<Item = &'a String>) {
    let mut last = numbers.values().copied().max().unwrap_or(0);
    for code in codes {
        numbers.entry(code.clone()).or_insert_with(|| {
            last += 1;
            last
        });
    }
}

fn too_many_slots(path: Path) -> Problem {
    Problem::at(
        path,
        ProblemCode::TooMany,
        format!("there would be more than {SLOTS_MAX} slots, closed ones included"),
        "fewer purposes, brands or wider versions: each (purpose, brand, wider version) takes a slot",
    )
}
