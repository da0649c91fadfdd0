//! Whether a map fits the catalogue in force: that what it names is declared.

use super::{AboutMap, ActMap, ImportMap, Word};
use crate::profile::{SlotUnclear, slot_named, slots_reached};
use amana_core::catalog::{Path, Policy, Problem, ProblemCode, SourceRule};
use amana_core::permission::ActKind;

/// What of a map the catalogue does not know, for a source.
pub(in crate::import) fn check(map: &ImportMap, policy: &Policy, source: &SourceRule) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (kind, _) in &map.identifiers {
        if policy.identifier(kind).is_none() {
            let kinds: Vec<&str> = policy.identifiers.iter().map(|rule| rule.code.as_str()).collect();
            problems.push(Problem::at(
                Path::root("identifiers").key(kind),
                ProblemCode::UnknownReference,
                "no identifier kind of that code is declared",
                format!("one of {}", kinds.join(", ")),
            ));
        }
    }
    for (place, act) in map.acts.iter().enumerate() {
        problems.extend(check_act(act, &Path::root("acts").item(place, ""), policy, source));
    }
    problems
}

fn check_act(act: &ActMap, path: &Path, policy: &Policy, source: &SourceRule) -> Option<Problem> {
    let AboutMap::Purpose(Word::Fixed(purpose), brand) = &act.about else { return None };
    let brand = match brand {
        None => None,
        Some(Word::Fixed(brand)) => Some(brand.as_str()),
        Some(Word::Column { .. }) => return None,
    };
    let agrees = matches!(act.act, Word::Fixed(ActKind::Grant | ActKind::Request));
    let brand = brand.or(agrees.then_some(source.brand.as_str()));
    match slot_named(policy, purpose, brand) {
        // A no without a brand is one to all brands.
        Ok(_) | Err(SlotUnclear::BrandNeeded { .. }) => None,
        // One to a purpose that has ended reaches what is still kept for it.
        Err(SlotUnclear::Unknown) if !agrees && !slots_reached(policy, purpose, brand).is_empty() => None,
        Err(SlotUnclear::Unknown) => {
            let mut codes: Vec<&str> =
                policy.slots.iter().filter(|rule| !rule.retired).map(|rule| rule.purpose.as_str()).collect();
            codes.dedup();
            let expected = format!("one of {}, with a brand that pursues it", codes.join(", "));
            let found = "no purpose of that name and brand is pursued";
            Some(Problem::at(path.key("purpose"), ProblemCode::UnknownReference, found, expected))
        }
    }
}
