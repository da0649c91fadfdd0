//! Data that is declared otherwise from now on. Who may see it is asked at use, so a slot that may not use a new category
//! sees it no longer, and one that may keeps it from now on; what was kept in another type, or counted in another way,
//! stays what it is.

use super::Effect;
use crate::FieldType;
use crate::catalog::{
    Catalog, Categories, CategoryId, MetricFunction, MetricRule, Purpose, builtin, category_covers, compile,
};
use std::collections::BTreeMap;

/// A category as a purpose is asked for it: its code, and whether it is a special one.
type Kind = (String, bool);

/// What a declaration says of what is kept under a name.
#[derive(Clone, PartialEq)]
struct Declared {
    kind: Kind,
    form: Form,
}

/// In which form it is kept.
#[derive(Clone, PartialEq)]
enum Form {
    /// That something happened, or an identifier: there is only one.
    One,
    /// Values of a type.
    Values(FieldType),
    /// Figures of a function over an event, or over a field of it.
    Figures { function: MetricFunction, event: String, field: Option<String> },
}

/// A declared name that is declared otherwise, as it was before and as it is after; none: it is declared no longer.
pub(super) struct Moved {
    name: String,
    before: Declared,
    after: Option<Declared>,
}

/// What was declared before and is declared otherwise now. What is declared for the first time concerns nobody yet.
pub(super) fn moved(base: &Catalog, next: &Catalog) -> Vec<Moved> {
    let same = base.categories == next.categories
        && base.traits == next.traits
        && base.events == next.events
        && base.metrics == next.metrics
        && base.identifiers == next.identifiers;
    if same {
        return Vec::new();
    }
    let mut after = declared(next);
    let moved = declared(base).into_iter().map(|(name, before)| {
        let after = after.remove(&name);
        Moved { name, before, after }
    });
    moved.filter(|moved| moved.after.as_ref() != Some(&moved.before)).collect()
}

/// What becomes of what a purpose sees, by what happens to it, in the order of the effects named here.
pub(super) fn seen_otherwise(moved: &[Moved], purpose: &Purpose) -> Vec<(Effect, Vec<String>)> {
    let names = |effect: Effect| {
        let happens = |moved: &&Moved| moved.effect_on(purpose) == Some(effect);
        let names: Vec<String> = moved.iter().filter(happens).map(|moved| moved.name.clone()).collect();
        (!names.is_empty()).then_some((effect, names))
    };
    let effects = [Effect::Hides, Effect::Takes, Effect::Retypes, Effect::Restarts, Effect::Mixes];
    effects.into_iter().filter_map(names).collect()
}

impl Moved {
    /// What happens to it for a purpose; nothing where the purpose does not see it either way.
    fn effect_on(&self, purpose: &Purpose) -> Option<Effect> {
        let seen = may_use(purpose, &self.before.kind);
        match self.after.as_ref().filter(|after| may_use(purpose, &after.kind)) {
            None => seen.then_some(Effect::Hides),
            Some(_) if !seen => Some(Effect::Takes),
            Some(after) => self.before.form.becomes(&after.form),
        }
    }
}

impl Form {
    /// What becomes of what was kept in this form when another one is declared.
    fn becomes(&self, next: &Self) -> Option<Effect> {
        match (self, next) {
            // A whole number is a number to everybody who reads it.
            (Self::Values(FieldType::Integer), Self::Values(FieldType::Number)) => None,
            (Self::Values(before), Self::Values(after)) => (before != after).then_some(Effect::Retypes),
            (Self::Figures { function: before, .. }, Self::Figures { function: after, .. }) if before != after => {
                Some(Effect::Restarts)
            }
            (Self::Figures { .. }, Self::Figures { .. }) => (self != next).then_some(Effect::Mixes),
            _ => None,
        }
    }
}

fn may_use(purpose: &Purpose, (code, special): &Kind) -> bool {
    let covered = purpose.categories.iter().any(|above| category_covers(above, code));
    covered && (!special || purpose.special_condition.is_some())
}

/// Every declared trait, event, field of an event, metric and identifier kind.
fn declared(catalog: &Catalog) -> BTreeMap<String, Declared> {
    let tree = compile::categories(catalog);
    let mut all = BTreeMap::new();
    let mut put = |name: String, category: CategoryId, form: Form| {
        let kind = (tree.code(category).to_owned(), tree.is_special(category));
        all.insert(name, Declared { kind, form });
    };
    for (name, rule) in compile::traits(catalog, &tree) {
        put(format!("traits.{name}"), rule.category, Form::Values(rule.field_type));
    }
    let mut events = compile::events(catalog, &tree);
    for metric in compile::metrics(catalog, &mut events) {
        let MetricRule { name, event, function, field, category, .. } = metric;
        put(format!("metrics.{name}"), category, Form::Figures { function, event, field });
    }
    for (name, rule) in events {
        for (field, rule) in rule.fields {
            put(format!("events.{name}.{field}"), rule.category, Form::Values(rule.field_type));
        }
        if let Some(category) = rule.category {
            put(format!("events.{name}"), category, Form::One);
        }
    }
    for (code, category) in identifiers(catalog, &tree) {
        put(format!("identifiers.{code}"), category, Form::One);
    }
    all
}

/// A declared kind stands in the place of the built-in one of its code.
fn identifiers<'c>(catalog: &'c Catalog, tree: &Categories) -> Vec<(&'c str, CategoryId)> {
    let all = builtin().identifiers.iter().chain(&catalog.identifiers);
    let kinds: BTreeMap<&str, &str> = all.map(|kind| (kind.code.as_str(), kind.category.as_str())).collect();
    kinds.into_iter().filter_map(|(code, category)| Some((code, tree.find(category)?))).collect()
}
