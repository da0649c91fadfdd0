//! What a fragment holds for one hold class: the unit that is sealed, and that is destroyed as a whole.

use super::correction::Correction;
use super::gate::Part;
use super::metric::MetricState;
use crate::catalog::Number;
use crate::{FieldType, Moment, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a datum comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// When it was so: the datum's own time.
    pub at: Moment,
    /// When we learned of it.
    pub received: Moment,
    /// Number of the source.
    pub source: Number,
}

/// The newest value of a trait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraitValue {
    /// The value.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// What a fragment holds for one hold class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Holding {
    /// The identifier's own value, where a purpose of the class may have it.
    pub identifier: Option<TraitValue>,
    /// The newest value of each trait.
    pub traits: BTreeMap<String, TraitValue>,
    /// Metrics by name.
    pub metrics: BTreeMap<String, MetricState>,
    /// Time of the earliest event.
    pub first_seen: Option<Moment>,
    /// Time of the latest event.
    pub last_seen: Option<Moment>,
    /// How many events are kept.
    pub events: u64,
    /// Traits that were put right.
    pub corrections: BTreeMap<String, Correction>,
}

impl Holding {
    /// Folds a part of an event in. The order of events can't matter: the newest value of a trait wins, and of
    /// equally new ones the greater, everything else is joined.
    pub fn fold(&mut self, part: &Part, origin: Origin) {
        for (name, value) in &part.traits {
            if self.is_rejected(name, value, origin) {
                continue;
            }
            match self.traits.get_mut(name) {
                Some(known) => known.take_newer(value, origin),
                None => drop(self.traits.insert(name.clone(), TraitValue { value: value.clone(), origin })),
            }
        }
        if let Some(text) = &part.identifier {
            let value = Value::Text(text.clone());
            match &mut self.identifier {
                Some(known) => known.take_newer(&value, origin),
                unknown => *unknown = Some(TraitValue { value, origin }),
            }
        }
        for (name, figure) in &part.metrics {
            match self.metrics.get_mut(name) {
                Some(known) => known.add(origin.at, *figure),
                None => self.metrics.entry(name.clone()).or_default().add(origin.at, *figure),
            }
        }
        if part.event.is_some() {
            self.events = self.events.saturating_add(1);
            self.first_seen = Some(self.first_seen.map_or(origin.at, |first| first.min(origin.at)));
            self.last_seen = self.last_seen.max(Some(origin.at));
        }
    }
}

impl TraitValue {
    fn take_newer(&mut self, value: &Value, origin: Origin) {
        if self.loses_to(value, origin) {
            *self = Self { value: value.clone(), origin };
        }
    }

    /// Whether this candidate wins over another. Ties are broken by where they come from and then by the value, so
    /// that the order in which candidates are seen can't matter.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        other.loses_to(&self.value, self.origin)
    }

    fn loses_to(&self, value: &Value, origin: Origin) -> bool {
        let rank = |value: &Value| (value_type(value), value.to_json().to_string());
        self.origin.cmp(&origin).then_with(|| rank(&self.value).cmp(&rank(value))).is_lt()
    }
}

/// Values of different types can read alike: a text may look like a time.
fn value_type(value: &Value) -> FieldType {
    match value {
        Value::Text(_) => FieldType::Text,
        Value::Integer(_) => FieldType::Integer,
        Value::Number(_) => FieldType::Number,
        Value::Boolean(_) => FieldType::Boolean,
        Value::Time(_) => FieldType::Time,
        Value::Json(_) => FieldType::Json,
    }
}
