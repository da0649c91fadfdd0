//! The identifiers of an event, in the one form of their kind.

use amana_core::Event;
use amana_core::EventKind;
use amana_core::Value;
use amana_core::catalog::{IdentifierRule, Policy};
use amana_core::identity::{BEARER_KIND, NORMALISERS, Unusable, normalise, older_forms};
use amana_core::profile::Kept;
use serde_json::{Map, Value as Json};

/// The most identifiers of one event that are looked at.
const IDENTIFIERS_PER_EVENT_MAX: usize = 16;

/// An identifier of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// The rule of its kind.
    pub rule: &'a IdentifierRule,
    /// The normalised value.
    pub value: String,
    /// The forms that older normalisers gave it, with their versions: most often there are none.
    pub older: Vec<(u8, String)>,
}

impl Found<'_> {
    /// Whether the kind is read from the trait of that name.
    pub(super) fn is_read_from(&self, name: &str) -> bool {
        is_read_from(self.rule, name)
    }

    /// Gives the trait it was read from the same form: an address with blanks around it reaches nobody.
    pub(super) fn tidy(&self, kept: &mut Kept) {
        let traits = kept.parts.iter_mut().flat_map(|part| &mut part.traits);
        for (_, value) in traits.filter(|(name, _)| self.is_read_from(name)) {
            if let Value::Text(text) = value {
                text.clone_from(&self.value);
            }
        }
    }
}

/// Whether a kind is read from the trait of that name.
pub(super) fn is_read_from(rule: &IdentifierRule, name: &str) -> bool {
    rule.fields.iter().any(|field| field.strip_prefix("traits.").unwrap_or(field) == name)
}

/// The usable identifiers of an event and how many were not usable. Each pair of kind and value comes once.
#[must_use]
pub fn identifiers<'a>(event: &Event, policy: &'a Policy) -> (Vec<Found<'a>>, usize) {
    let country = &policy.catalog.organisation.country;
    let (mut found, mut unusable) = (Vec::<Found<'a>>::new(), 0);
    let mut add = |rule: &'a IdentifierRule, given: &str| match normalise(rule, given, country) {
        Ok(value) if found.len() < IDENTIFIERS_PER_EVENT_MAX => {
            if !found.iter().any(|known| known.rule.code == rule.code && known.value == value) {
                found.push(Found { rule, value, older: older_forms(NORMALISERS, rule, given, country) });
            }
        }
        Ok(_) | Err(Unusable::Blocked | Unusable::Malformed | Unusable::TooLong) => unusable += 1,
    };
    for rule in &policy.identifiers {
        if let Some(value) = own_place(event, &rule.code) {
            add(rule, value);
        }
        for value in rule.fields.iter().filter_map(|field| field_value(event, field)) {
            add(rule, &value);
        }
        for value in external_ids(&event.context, &rule.code) {
            add(rule, value);
        }
    }
    (found, unusable)
}

/// What the fragment is known by that stands for somebody on a device that is another's: the account that a public
/// source merely names, with the device or else the source.
#[must_use]
pub(super) fn visit(found: &[Found<'_>], source: &str) -> Option<String> {
    let account = found.iter().find(|found| found.rule.code != BEARER_KIND)?;
    let device = found.iter().find(|found| found.rule.code == BEARER_KIND).map_or(source, |found| &found.value);
    // Lengths first, so that no two pairs read alike.
    Some(format!("{}:{}:{}{device}", account.rule.code, account.value.len(), account.value))
}

/// Where the tracking API itself has a place for a kind.
fn own_place<'e>(event: &'e Event, kind: &str) -> Option<&'e str> {
    match (kind, &event.kind) {
        ("user_id", _) => event.user_id.as_deref(),
        ("anonymous_id", EventKind::Alias { previous_id }) => event.anonymous_id.as_deref().or(Some(previous_id)),
        ("anonymous_id", _) => event.anonymous_id.as_deref(),
        _ => None,
    }
}

/// A field by the name that a kind declares: `traits.…`, `properties.…` and `context.…` say where, anything else is
/// looked for among traits and then properties.
fn field_value(event: &Event, field: &str) -> Option<String> {
    let json = match field.split_once('.') {
        Some(("traits", rest)) => lookup(&event.traits, rest),
        Some(("properties", rest)) => lookup(&event.properties, rest),
        Some(("context", rest)) => lookup(&event.context, rest),
        _ => lookup(&event.traits, field).or_else(|| lookup(&event.properties, field)),
    };
    // The traits of a group call are the group's: a company's address is nobody's own.
    let json = json.filter(|_| !matches!(event.kind, EventKind::Group { .. }));
    match json? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn lookup<'a>(object: &'a Map<String, Json>, path: &str) -> Option<&'a Json> {
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    rest.split('.').try_fold(object.get(first)?, |value, step| value.get(step))
}

/// `context.externalIds = [{ "type": kind, "id": value }]`, as Segment's sources send them.
fn external_ids<'a>(context: &'a Map<String, Json>, kind: &'a str) -> impl Iterator<Item = &'a str> {
    let listed = context.get("externalIds").and_then(Json::as_array).into_iter().flatten();
    let of_kind = listed.filter(move |entry| entry.get("type").and_then(Json::as_str) == Some(kind));
    of_kind.filter_map(|entry| entry.get("id").and_then(Json::as_str))
}
