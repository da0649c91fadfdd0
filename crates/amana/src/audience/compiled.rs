//! The predicates of a catalogue, compiled against the tables of their slots.

use super::candidates::{Asking, Candidate, Candidates};
use crate::profile::{Classes, People, Whole};
use amana_core::catalog::{AudienceRule, FieldOrigin, Number, Policy, SlotRule, WithheldReason};
use amana_core::identity::FragmentId;
use amana_core::profile::{Piece, Reading, Sight};
use amana_core::{FieldType, Moment, Slot};
use amana_lake::{Cell, Column, ColumnMask, Columns, Predicate, PredicateError, Rows};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// All audiences of a policy, by slot.
#[derive(Default)]
pub struct Audiences {
    slots: Vec<SlotTable>,
}

/// The table of a slot, with the audiences that ask it.
struct SlotTable {
    slot: Slot,
    columns: Arc<Columns>,
    origins: Vec<FieldOrigin>,
    mask: ColumnMask,
    audiences: Vec<(AudienceRule, Predicate)>,
}

/// What is wrong with an audience.
#[derive(Clone, Debug)]
pub struct AudienceProblem {
    /// Its code.
    pub audience: String,
    /// What is wrong with its predicate.
    pub error: PredicateError,
}

/// Whether a predicate can be asked of a slot's table.
///
/// # Errors
/// What is wrong with it and where.
pub fn check(policy: &Policy, slot: Slot, predicate: &str) -> Result<Predicate, PredicateError> {
    let (columns, _) = table(policy, slot);
    Predicate::parse(predicate, &columns)
}

fn table(policy: &Policy, slot: Slot) -> (Arc<Columns>, Vec<FieldOrigin>) {
    let declared = policy.columns(slot);
    let origins = declared.visible.iter().map(|(_, _, origin)| *origin).collect();
    let column = |(name, field_type, _): (String, FieldType, FieldOrigin)| Column { name, field_type };
    let withheld = declared.withheld.into_iter().map(|withheld| {
        let why = match withheld.reason {
            WithheldReason::NotInPurpose { category } => category,
            WithheldReason::DirectIdentifier { category } => format!("{category}, which says who somebody is"),
            WithheldReason::SpecialWithoutCondition { category } => format!("{category}, a special category"),
        };
        (withheld.name, why)
    });
    let columns = Columns::new(declared.visible.into_iter().map(column).collect(), withheld.collect());
    (Arc::new(columns), origins)
}

impl Audiences {
    /// Compiles all predicates of a policy.
    ///
    /// # Errors
    /// Every audience whose predicate cannot be asked of its slot's table.
    pub fn compile(policy: &Policy) -> Result<Self, Vec<AudienceProblem>> {
        let mut slots = BTreeMap::<Slot, SlotTable>::new();
        let mut problems = Vec::new();
        for audience in &policy.audiences {
            let place = slots.entry(audience.slot).or_insert_with(|| {
                let (columns, origins) = table(policy, audience.slot);
                let mask = ColumnMask::none(&columns);
                SlotTable { slot: audience.slot, columns, origins, mask, audiences: Vec::new() }
            });
            match Predicate::parse(&audience.predicate, &place.columns) {
                Ok(predicate) => {
                    place.mask.add(&predicate);
                    place.audiences.push((audience.clone(), predicate));
                }
                Err(error) => problems.push(AudienceProblem { audience: audience.code.clone(), error }),
            }
        }
        if problems.is_empty() { Ok(Self { slots: slots.into_values().collect() }) } else { Err(problems) }
    }

    /// Whether any predicate's answer changes by time alone.
    #[must_use]
    pub fn depend_on_time(&self) -> bool {
        self.slots.iter().flat_map(|table| &table.audiences).any(|(_, predicate)| predicate.depends_on_time())
    }

    /// For each person who of them belongs to which audiences now, ascending: they, or where they have said nothing what
    /// only claims to be theirs, each for itself.
    #[must_use]
    pub fn belonging(
        &self,
        policy: &Policy,
        people: &People,
        classes: &Classes,
        wholes: &[Rc<Whole>],
        now: Moment,
    ) -> Vec<Vec<(FragmentId, Number)>> {
        let mut belonging = vec![Vec::new(); wholes.len()];
        if self.slots.is_empty() {
            return belonging;
        }
        let asking = Asking { policy, people, classes, now };
        let everybody: Vec<Candidates<'_>> = wholes.iter().map(|whole| Candidates::of(asking, whole)).collect();
        // What is closed to everybody is asked of nobody.
        let open = policy.open_at(now);
        for table in self.slots.iter().filter(|table| open.contains(table.slot)) {
            let Some(rule) = policy.slot(table.slot) else { continue };
            let mut permitted = Vec::<(usize, &Candidate<'_>)>::new();
            for (place, candidates) in everybody.iter().enumerate() {
                permitted.extend(candidates.permitted(rule).map(|member| (place, member)));
            }
            let rows = table.rows(policy, rule, permitted.iter().map(|(_, member)| member.pieces.as_slice()), now);
            for (audience, predicate) in &table.audiences {
                // A predicate that cannot be computed matches nobody: an audience fails empty, never full.
                let Ok(matches) = rows.matches(predicate, now) else { continue };
                for (place, member) in matches.iter_ones().map(|row| permitted[row]) {
                    belonging[place].push((member.id, audience.number));
                }
            }
        }
        belonging.iter_mut().for_each(|members| members.sort_unstable());
        belonging
    }
}

impl SlotTable {
    fn rows<'a>(
        &self,
        policy: &Policy,
        rule: &SlotRule,
        people: impl ExactSizeIterator<Item = &'a [Piece<'a>]>,
        now: Moment,
    ) -> amana_lake::Table {
        let metrics: HashMap<&str, _> = policy.metrics.iter().map(|metric| (metric.name.as_str(), metric)).collect();
        let mut rows = Rows::with_mask(&self.columns, &self.mask, people.len());
        let mut sights = Vec::<Sight>::new();
        for pieces in people {
            let reading = Reading { pieces, rule, now };
            sights.clear();
            sights.extend(self.mask.iter().map(|column| {
                let name = &self.columns.visible()[column].name;
                match (self.origins[column], metrics.get(name.as_str())) {
                    (FieldOrigin::Metric, Some(metric)) => reading.metric(metric),
                    (FieldOrigin::Trait, _) => reading.trait_named(name),
                    _ => Sight::Absent,
                }
            }));
            let shown: HashMap<usize, &Sight> = self.mask.iter().zip(&sights).collect();
            rows.push_with(|column| cell(shown.get(&column).copied()));
        }
        rows.finish()
    }
}

fn cell(sight: Option<&Sight>) -> Cell<'_> {
    match sight {
        None | Some(Sight::Absent) => Cell::Absent,
        Some(Sight::Hidden(_)) => Cell::Hidden,
        Some(Sight::Value(value, _)) => Cell::Value(value),
    }
}
