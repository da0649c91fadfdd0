//! Whether a map fits the catalogue in force: that what it names is declared.

use super::{AboutMap, ActMap, Cell, ImportMap, SaidMap, Word};
use crate::profile::record::{ActRefused, declared_notice, trait_to_correct};
use crate::profile::{SlotUnclear, slot_named, slots_reached};
use amana_core::catalog::{Path, Policy, Problem, ProblemCode, SourceRule};
use amana_core::permission::ActKind;
use serde_json::Value as Json;

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
        let path = Path::root("acts").item(place, "");
        problems.extend(check_act(act, &path, policy, source));
        problems.extend(check_notice(act, &path, policy));
        problems.extend(check_said(act, &path, policy));
    }
    problems
}

/// A notice that is the same for every row: the rows of a whole file would be refused for it.
fn check_notice(act: &ActMap, path: &Path, policy: &Policy) -> Option<Problem> {
    let Some(Cell::Value(Json::String(code))) = &act.evidence.notice else { return None };
    let purpose = match &act.about {
        AboutMap::Purpose(Word::Fixed(code), _) => policy.catalog.purposes.iter().find(|known| known.code == *code),
        _ => None,
    };
    let refused = declared_notice(policy, code, purpose).err()?;
    Some(problem(path.key("evidence").key("notice"), &refused))
}

/// A trait that cannot be put right, and topics that nobody declares.
fn check_said(act: &ActMap, path: &Path, policy: &Policy) -> Vec<Problem> {
    match &act.said {
        SaidMap::Correction { field: Word::Fixed(field), .. } => {
            let refused = trait_to_correct(policy, field).err();
            refused.map(|refused| problem(path.key("field"), &refused)).into_iter().collect()
        }
        SaidMap::Preferences(said) => {
            let topics = &policy.catalog.topics;
            let unknown = said.topics.iter().filter(|(code, _)| topics.iter().all(|topic| topic.code != *code));
            let problem = |(code, _): &(String, Word<_>)| {
                let codes: Vec<&str> = topics.iter().map(|topic| topic.code.as_str()).collect();
                let found = "no topic of that code is declared";
                let path = path.key("preferences").key("topics").key(code);
                Problem::at(path, ProblemCode::UnknownReference, found, format!("one of {}", codes.join(", ")))
            };
            unknown.map(problem).collect()
        }
        _ => Vec::new(),
    }
}

fn problem(path: Path, refused: &ActRefused) -> Problem {
    let expected = match refused {
        ActRefused::Wrong { expected, .. } => expected.clone(),
        _ => "what the catalogue declares".to_owned(),
    };
    Problem::at(path, ProblemCode::UnknownReference, refused.to_string(), expected)
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
