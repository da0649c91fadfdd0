//! The gate: which parts of an event may be kept, and for which slots. The rest never reaches a fragment.

use super::fields::{Found, each_field, lookup};
use super::metric::Figure;
use super::set_aside::{PLACES_MAX, SetAside};
use crate::catalog::{CategoryId, EventRule, FieldRule, Policy};
use crate::{Event, EventKind, SlotSet, Value};
use serde::{Deserialize, Serialize};

/// What of an event may be kept for one set of slots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The slots it is kept for: its hold class.
    pub class: SlotSet,
    /// Name of the event, when that it happened may be kept.
    pub event: Option<String>,
    /// Fields of the event.
    pub fields: Vec<(String, Value)>,
    /// Traits of the person.
    pub traits: Vec<(String, Value)>,
    /// Figures for metrics.
    pub metrics: Vec<(String, Figure)>,
    /// The identifier of the fragment itself.
    pub identifier: Option<String>,
}

/// What the gate makes of an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Parts by hold class.
    pub parts: Vec<Part>,
    /// What no schema knows.
    pub set_aside: Vec<SetAside>,
    /// How many declared fields no purpose may keep now.
    pub refused: usize,
}

/// Parts an event. `allowed` are the slots this source collects for and `permit` lets it collect for from this
/// person now; `identifier` is the owner's kind's category and value.
#[must_use]
pub fn gate(policy: &Policy, allowed: SlotSet, event: &Event, identifier: Option<(CategoryId, &str)>) -> Kept {
    let mut kept = Kept::default();
    gate_event(policy, allowed, event, &mut kept);
    let for_category = |category| allowed.and(policy.slots_for(category));
    // The traits of a group call are the group's: a company's name is not the name of who works there.
    if !matches!(event.kind, EventKind::Group { .. }) {
        each_field(&event.traits, &policy.traits, |found| {
            if let Some((name, field, value)) = kept.read(&["traits"], found) {
                if is_long(&value) {
                    kept.set_aside.push(SetAside::too_long(&["traits"], name));
                } else {
                    kept.part(for_category(field.category), |part| part.traits.push((name.to_owned(), value)));
                }
            }
        });
    }
    if let Some((category, value)) = identifier {
        kept.part(for_category(category), |part| part.identifier = Some(value.to_owned()));
    }
    kept
}

/// The event itself: that it happened, its fields, and the metrics that look at it.
fn gate_event(policy: &Policy, allowed: SlotSet, event: &Event, kept: &mut Kept) {
    let Some((name, rule)) = policy.events.get_key_value(event.name()) else {
        kept.set_aside.push(SetAside::event(event.name()));
        return;
    };
    // A name that only triggers refer to has no category: it moves bases and is not kept.
    let Some(category) = rule.category else { return };
    let happened = allowed.and(policy.slots_for(category));
    kept.part(happened, |part| part.event = Some(name.clone()));
    let metrics = || rule.metrics.iter().filter_map(|place| policy.metrics.get(*place));
    let mut measured = Vec::<(String, Value)>::new();
    let mut keep = |found: Found<'_, '_>| {
        let Some((field, rule, value)) = kept.read(&[name, "properties"], found) else { return };
        if metrics().any(|metric| metric.field.as_deref() == Some(field)) {
            measured.push((field.to_owned(), value.clone()));
        }
        kept.part(happened.and(policy.slots_for(rule.category)), |part| {
            // A part that may keep a field may keep that the event happened, for its class is narrower.
            part.event.get_or_insert_with(|| name.clone());
            part.fields.push((field.to_owned(), value));
        });
    };
    let properties = match event.kind {
        EventKind::Group { .. } => &event.traits,
        _ => &event.properties,
    };
    each_field(properties, &rule.fields, &mut keep);
    context_fields(event, rule).for_each(keep);
    for metric in metrics() {
        let value = measured.iter().find(|(field, _)| Some(field) == metric.field.as_ref()).map(|(_, value)| value);
        if let Some(figure) = Figure::of(metric.function, event.at, value) {
            let class = happened.and(policy.slots_for(metric.category));
            kept.part(class, |part| part.metrics.push((metric.name.clone(), figure)));
        }
    }
}

/// The longest trait, in bytes of text. What somebody has of traits is written again whenever one changes, so what is
/// long belongs into an event.
const TRAIT_BYTES_MAX: usize = 2_048;

/// Whether a value is short enough to be kept as a trait.
#[must_use]
pub fn fits_trait(value: &Value) -> bool {
    !is_long(value)
}

fn is_long(value: &Value) -> bool {
    matches!(value, Value::Text(text) | Value::Json(text) if text.len() > TRAIT_BYTES_MAX)
}

/// Context is how an event came, not what it says: only what the event's schema names by `context.…` is looked at.
fn context_fields<'a>(event: &'a Event, rule: &'a EventRule) -> impl Iterator<Item = Found<'a, 'a>> {
    let declared = rule.fields.iter().filter_map(|(path, field)| Some((path, field, path.strip_prefix("context.")?)));
    declared.filter_map(|(path, field, inner)| Some(Found::Declared(path, field, lookup(&event.context, inner)?)))
}

impl Kept {
    /// A declared field with a value of its type; anything else is set aside.
    fn read<'a>(&mut self, above: &[&str], found: Found<'a, '_>) -> Option<(&'a str, &'a FieldRule, Value)> {
        let set_aside = match found {
            _ if self.set_aside.len() >= PLACES_MAX && matches!(found, Found::Undeclared(_)) => return None,
            Found::Undeclared(keys) => SetAside::undeclared(above, keys),
            Found::Declared(name, rule, json) => match Value::read(rule.field_type, json) {
                Some(value) => return Some((name, rule, value)),
                None => SetAside::wrong_type(above, name),
            },
        };
        if self.set_aside.len() < PLACES_MAX && !self.set_aside.contains(&set_aside) {
            self.set_aside.push(set_aside);
        }
        None
    }

    fn part(&mut self, class: SlotSet, fill: impl FnOnce(&mut Part)) {
        if class.is_empty() {
            self.refused += 1;
            return;
        }
        let place = self.parts.iter().position(|part| part.class == class).unwrap_or_else(|| {
            self.parts.push(Part {
                class,
                event: None,
                fields: Vec::new(),
                traits: Vec::new(),
                metrics: Vec::new(),
                identifier: None,
            });
            self.parts.len() - 1
        });
        fill(&mut self.parts[place]);
    }
}
