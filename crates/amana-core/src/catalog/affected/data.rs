//! Data that is of another category from now on: who may see it is asked at use, so a slot that may not use the new
//! category sees it no longer, and one that may keeps it from now on.

use super::Effect;
use crate::catalog::{Catalog, Categories, CategoryId, Purpose, builtin, category_covers, compile};
use std::collections::BTreeMap;

/// A category as a purpose is asked for it: its code, and whether it is a special one.
type Kind = (String, bool);

/// A declared name whose category differs, with that of before and that of after; none: it is declared no longer.
pub(super) struct Moved {
    name: String,
    before: Kind,
    after: Option<Kind>,
}

/// What was declared before and is of another category now. What is declared for the first time concerns nobody yet.
pub(super) fn moved(base: &Catalog, next: &Catalog) -> Vec<Moved> {
    let same = base.categories == next.categories
        && base.traits == next.traits
        && base.events == next.events
        && base.identifiers == next.identifiers;
    if same {
        return Vec::new();
    }
    let mut after = kinds(next);
    let moved = kinds(base).into_iter().map(|(name, before)| {
        let after = after.remove(&name);
        Moved { name, before, after }
    });
    moved.filter(|moved| moved.after.as_ref() != Some(&moved.before)).collect()
}

/// What a purpose sees no longer, and what it keeps from now on.
pub(super) fn seen_otherwise(moved: &[Moved], purpose: &Purpose) -> Vec<(Effect, Vec<String>)> {
    let (mut hidden, mut taken) = (Vec::new(), Vec::new());
    for moved in moved {
        let seen = may_use(purpose, &moved.before);
        let stays = moved.after.as_ref().is_some_and(|after| may_use(purpose, after));
        match (seen, stays) {
            (true, false) => hidden.push(moved.name.clone()),
            (false, true) => taken.push(moved.name.clone()),
            _ => {}
        }
    }
    let told = [(Effect::Hides, hidden), (Effect::Takes, taken)];
    told.into_iter().filter(|(_, names)| !names.is_empty()).collect()
}

fn may_use(purpose: &Purpose, (code, special): &Kind) -> bool {
    let covered = purpose.categories.iter().any(|above| category_covers(above, code));
    covered && (!special || purpose.special_condition.is_some())
}

/// The category of every declared trait, event, field of an event, and identifier kind.
fn kinds(catalog: &Catalog) -> BTreeMap<String, Kind> {
    let tree = compile::categories(catalog);
    let mut kinds = BTreeMap::new();
    let mut put = |name: String, category: CategoryId| {
        kinds.insert(name, (tree.code(category).to_owned(), tree.is_special(category)));
    };
    for (name, rule) in compile::traits(catalog, &tree) {
        put(format!("traits.{name}"), rule.category);
    }
    for (name, rule) in compile::events(catalog, &tree) {
        for (field, rule) in rule.fields {
            put(format!("events.{name}.{field}"), rule.category);
        }
        if let Some(category) = rule.category {
            put(format!("events.{name}"), category);
        }
    }
    for (code, category) in identifiers(catalog, &tree) {
        put(format!("identifiers.{code}"), category);
    }
    kinds
}

/// A declared kind stands in the place of the built-in one of its code.
fn identifiers<'c>(catalog: &'c Catalog, tree: &Categories) -> Vec<(&'c str, CategoryId)> {
    let all = builtin().identifiers.iter().chain(&catalog.identifiers);
    let kinds: BTreeMap<&str, &str> = all.map(|kind| (kind.code.as_str(), kind.category.as_str())).collect();
    kinds.into_iter().filter_map(|(code, category)| Some((code, tree.find(category)?))).collect()
}
