//! What an act says beyond its kind: the right value of a trait, a preference. Checked against what is declared.

use super::{ActAsk, ActRefused, Said};
use crate::profile::preferences::part_of;
use crate::profile::spelling::word;
use amana_core::Value;
use amana_core::catalog::{FieldRule, Policy, closest};
use amana_core::permission::{ActKind, Content};
use amana_core::preferences::{Change, Unfit};
use amana_core::profile::fits_trait;
use serde_json::Value as Json;

/// The contents of an act, each to be written as one; an act that says nothing more has one without content.
pub(super) fn contents(policy: &Policy, ask: &ActAsk<'_>) -> Result<Vec<Option<Content>>, ActRefused> {
    match (&ask.said, ask.act) {
        (Said::Correction { field, value }, ActKind::Correct) => Ok(vec![Some(correction(policy, field, value)?)]),
        (Said::Preferences(changes), ActKind::Prefer) if !changes.is_empty() => {
            let content = |change: &Change| {
                change.check(&policy.catalog).map_err(|unfit| unfitting(policy, change, &unfit))?;
                Ok(Some(Content::Preference(change.clone())))
            };
            changes.iter().map(content).collect()
        }
        (_, ActKind::Correct) => Err(ActRefused::Missing { field: "field", expected: "the trait that is put right" }),
        (_, ActKind::Prefer) => {
            Err(ActRefused::Missing { field: "preferences", expected: "at least one part of the preferences" })
        }
        (Said::Nothing, _) => Ok(vec![None]),
        (Said::Correction { .. }, _) => {
            Err(ActRefused::wrong("field", "only a correction names a trait", "no `field` and `value`"))
        }
        (Said::Preferences(_), _) => {
            Err(ActRefused::wrong("preferences", "only `prefer` has preferences", "no `preferences`"))
        }
    }
}

/// A trait that can be put right. Who somebody is taken for is not put right by a value: an address that is wrong leads to
/// somebody else, and parting and joining them have rules of their own.
pub(crate) fn trait_to_correct<'p>(policy: &'p Policy, field: &str) -> Result<&'p FieldRule, ActRefused> {
    let Some(rule) = policy.traits.get(field) else {
        let names = closest(field, policy.traits.keys().map(String::as_str));
        return Err(ActRefused::not_among("field", "no trait of that name is declared", &names));
    };
    let names_somebody = |named: &String| named.strip_prefix("traits.").unwrap_or(named) == field;
    if let Some(kind) = policy.identifiers.iter().find(|kind| kind.fields.iter().any(names_somebody)) {
        let message = format!("the trait is an identifier (`{}`): it says who somebody is", kind.code);
        let expected = "`identity/split` for the wrong one and `identity/join` for the right one";
        return Err(ActRefused::wrong("field", message, expected));
    }
    Ok(rule)
}

/// A correction (GDPR Art. 16).
fn correction(policy: &Policy, field: &str, value: &Json) -> Result<Content, ActRefused> {
    let rule = trait_to_correct(policy, field)?;
    if value.is_null() {
        return Ok(Content::Correction { field: field.to_owned(), value: None });
    }
    let expected = || format!("a value of type {}, or null where there is no right one", word(&rule.field_type));
    let read = Value::read(rule.field_type, value);
    let read = read.ok_or_else(|| ActRefused::wrong("value", "not of the declared type", expected()))?;
    if !fits_trait(&read) {
        return Err(ActRefused::wrong("value", "longer than a trait may be", "at most 2048 bytes"));
    }
    Ok(Content::Correction { field: field.to_owned(), value: Some(read) })
}

/// Why a change of a preference is none. Topics are the organisation's words, so those that exist are told.
fn unfitting(policy: &Policy, change: &Change, unfit: &Unfit) -> ActRefused {
    if let Change::Topic { topic, .. } = change {
        let names = closest(topic, policy.catalog.topics.iter().map(|declared| declared.code.as_str()));
        return ActRefused::not_among("topics", "no topic of that code is declared", &names);
    }
    let (field, message) = match part_of(change).as_str() {
        "channels" => ("channels", "not a list of channels in order"),
        "at_most" => ("at_most", "not a count and a period"),
        "quiet" => ("quiet", "not stretches of quiet time"),
        "time_zone" => ("time_zone", "not a time zone"),
        _ => ("language", "not a language"),
    };
    // What was sent is not repeated: it may be anything.
    let words = unfit.to_string();
    let expected = words.split_once("expected ").map_or("one that fits", |(_, expected)| expected);
    ActRefused::wrong(field, message, expected)
}
