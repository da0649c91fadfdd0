//! A destination's contract, filled: each field asks `permit` for its category and reads what was kept for the slot.

use super::record::SentField;
use crate::hash::sha256_hex;
use amana_core::Value;
use amana_core::catalog::{CategorySet, ContractRule, FieldOrigin, IdentifierRule, Policy, category_covers};
use amana_core::identity::normalise;
use amana_core::permit::{Context, Question, permit};
use amana_core::profile::{Piece, Reading, Sight};
use serde_json::{Map, Value as Json};

/// The fields of a contract that may be sent and are known, with their names and categories for the record. What is
/// hidden is left out like what is absent: that something is known of somebody is a datum, too.
pub(super) fn fill(
    contract: &[ContractRule],
    question: &Question<'_>,
    reading: &Reading<'_>,
) -> (Map<String, Json>, Vec<SentField>) {
    let mut known = Vec::new();
    for field in contract {
        let mut categories = CategorySet::default();
        categories.insert(field.category);
        let context = Context { categories, ..question.context };
        if !permit(&Question { context, ..*question }).allow {
            continue;
        }
        if let Sight::Value(value, from) = read(field, question.policy, reading) {
            known.push((field, value, from.map(|from| from.proven)));
        }
    }
    leave_claimed_addresses(&mut known, question.policy, reading);
    let (mut fields, mut sent) = (Map::new(), Vec::new());
    for (field, value, _) in known {
        let value =
            if field.hashed { hashed(field, &value, question.policy).map(Json::String) } else { Some(value.to_json()) };
        let Some(value) = value else { continue };
        fields.insert(field.name.clone(), value);
        let category = question.policy.categories.code(field.category).to_owned();
        sent.push(SentField { name: field.name.clone(), category });
    }
    (fields, sent)
}

/// A field, its value, and whether that is the person's by proof; nothing is said of metrics, which are of many.
type Known<'a> = (&'a ContractRule, Value, Option<bool>);

/// Nobody is contacted because of a claim (DESIGN §6): where something is proven to be known of somebody, a name or
/// address that is only claimed to be theirs is left out, or anybody with a public key could put words into a message
/// to them, or have it sent elsewhere.
fn leave_claimed_addresses(known: &mut Vec<Known<'_>>, policy: &Policy, reading: &Reading<'_>) {
    let tells = |piece: &Piece<'_>| piece.holding.events > 0 || !piece.holding.traits.is_empty();
    if reading.pieces.iter().any(|piece| piece.proven && tells(piece)) {
        let is_address = |field: &ContractRule| category_covers("contact", policy.categories.code(field.category));
        known.retain(|(field, _, proven)| *proven != Some(false) || !is_address(field));
    }
}

fn read(field: &ContractRule, policy: &Policy, reading: &Reading<'_>) -> Sight {
    match field.origin {
        FieldOrigin::Trait => reading.trait_named(&field.from),
        FieldOrigin::Identifier => reading.identifier(&field.from),
        FieldOrigin::Metric => {
            let metric = policy.metrics.iter().find(|metric| metric.name == field.from);
            metric.map_or(Sight::Absent, |metric| reading.metric(metric))
        }
    }
}

/// The SHA-256 of a value's normalised text. Whoever compares hashes needs one form: identifiers, and traits that
/// identifiers are read from, in the form of their kind; everything else trimmed and in lower case. `None` for a value
/// that is not of its kind's form, whose hash would mean nothing.
fn hashed(field: &ContractRule, value: &Value, policy: &Policy) -> Option<String> {
    let text = match value {
        Value::Text(text) | Value::Json(text) => text.clone(),
        Value::Time(moment) => moment.to_string(),
        other => other.to_json().to_string(),
    };
    let normalised = match identifier_of(field, policy) {
        Some(rule) => normalise(rule, &text, &policy.catalog.organisation.country).ok()?,
        None => text.trim().to_lowercase(),
    };
    Some(sha256_hex(normalised.as_bytes()))
}

fn identifier_of<'a>(field: &ContractRule, policy: &'a Policy) -> Option<&'a IdentifierRule> {
    let fed = |rule: &&IdentifierRule| rule.fields.contains(&field.from);
    match field.origin {
        FieldOrigin::Identifier => policy.identifier(&field.from),
        FieldOrigin::Trait => policy.identifiers.iter().find(fed),
        FieldOrigin::Metric => None,
    }
}
