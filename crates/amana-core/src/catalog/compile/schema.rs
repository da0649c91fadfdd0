//! Declared names with their types and categories: the built-in ones, extended and overridden by the organisation.

use crate::FieldType;
use crate::catalog::{Catalog, Categories, Category, EventRule, Field, FieldRule, IdentifierRule};
use crate::catalog::{MetricFunction, MetricRule, Trigger, builtin};
use crate::identity::BEARER_KIND;
use std::collections::{BTreeMap, HashMap};

pub(in crate::catalog) fn categories(catalog: &Catalog) -> Categories {
    let mut merged: BTreeMap<&str, Category> = BTreeMap::new();
    for category in builtin().categories.iter().chain(&catalog.categories) {
        let known = merged.entry(&category.code).or_insert_with(|| category.clone());
        known.name.clone_from(&category.name);
        // An organisation can hold a category for special, never a special one for ordinary.
        known.special |= category.special;
    }
    let mut tree = Categories::default();
    // In the order of codes a parent stands before its children.
    for category in merged.values() {
        tree.add(&category.code, &category.name, category.special);
    }
    tree
}

pub(in crate::catalog) fn traits(catalog: &Catalog, categories: &Categories) -> HashMap<String, FieldRule> {
    fields(builtin().traits.iter().chain(&catalog.traits), categories)
}

fn fields<'a>(declared: impl Iterator<Item = &'a Field>, categories: &Categories) -> HashMap<String, FieldRule> {
    let mut rules = HashMap::new();
    for field in declared {
        match categories.find(&field.category) {
            Some(category) => rules.insert(field.name.clone(), FieldRule { field_type: field.field_type, category }),
            None => rules.remove(&field.name),
        };
    }
    rules
}

/// Events by name. A declaration of a built-in event moves it to another category and adds fields to it.
pub(in crate::catalog) fn events(catalog: &Catalog, categories: &Categories) -> HashMap<String, EventRule> {
    let mut rules: HashMap<String, EventRule> = HashMap::new();
    for event in builtin().events.iter().chain(&catalog.events) {
        let rule = rules.entry(event.name.clone()).or_default();
        rule.category = categories.find(&event.category);
        rule.fields.extend(fields(event.fields.iter(), categories));
    }
    rules
}

pub(in crate::catalog) fn metrics(catalog: &Catalog, events: &mut HashMap<String, EventRule>) -> Vec<MetricRule> {
    let mut rules = Vec::new();
    for metric in &catalog.metrics {
        let Some(event) = events.get_mut(&metric.event) else { continue };
        let category = match &metric.field {
            Some(field) => event.fields.get(field).map(|field| field.category),
            None => event.category,
        };
        let Some(category) = category else { continue };
        event.metrics.push(rules.len());
        rules.push(MetricRule {
            name: metric.name.clone(),
            event: metric.event.clone(),
            function: metric.function,
            field: metric.field.clone(),
            category,
            field_type: type_of(metric.function),
        });
    }
    rules
}

/// The type of a metric's value.
fn type_of(function: MetricFunction) -> FieldType {
    match function {
        MetricFunction::Count => FieldType::Integer,
        MetricFunction::Sum | MetricFunction::Min | MetricFunction::Max => FieldType::Number,
        MetricFunction::First | MetricFunction::Last => FieldType::Time,
    }
}

pub(super) fn identifiers(catalog: &Catalog, categories: &Categories) -> Vec<IdentifierRule> {
    let mut merged = BTreeMap::new();
    for kind in builtin().identifiers.iter().chain(&catalog.identifiers) {
        merged.insert(&kind.code, kind);
    }
    let mut rules: Vec<_> = merged
        .into_values()
        .filter_map(|kind| {
            Some(IdentifierRule {
                code: kind.code.clone(),
                normalise: kind.normalise,
                limit: kind.limit,
                priority: kind.priority,
                category: categories.find(&kind.category)?,
                // Whatever is declared: it is what a device makes for itself.
                device: kind.device || kind.code == BEARER_KIND,
                fields: kind.fields.clone(),
                blocked: kind.blocked.iter().map(|value| value.trim().to_lowercase()).collect(),
            })
        })
        .collect();
    // Sorting is stable, so kinds of one priority stay in the order of their codes.
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.priority));
    rules
}

impl crate::catalog::Policy {
    /// Marks the events that start or end the basis of a slot. An event that only triggers name becomes known too.
    pub(super) fn trigger_events(&mut self) {
        for purpose in &self.catalog.purposes {
            let of_purpose = || self.slots.iter().filter(|rule| rule.purpose == purpose.code);
            let current: crate::SlotSet = of_purpose().filter(|rule| !rule.retired).map(|rule| rule.slot).collect();
            // What ends ends for earlier versions, too: data may still be kept for them.
            let all: crate::SlotSet = of_purpose().map(|rule| rule.slot).collect();
            let named = |triggers: &[Trigger]| triggers.iter().filter_map(|trigger| trigger.event.clone()).collect();
            let (starts, ends): (Vec<String>, Vec<String>) = (named(&purpose.starts_on), named(&purpose.ends_on));
            for event in starts {
                let rule = self.events.entry(event).or_default();
                rule.starts = rule.starts.or(current);
            }
            for event in ends {
                let rule = self.events.entry(event).or_default();
                rule.ends = rule.ends.or(all);
            }
        }
    }
}
