//! The values of a profile: what is let through for the purpose, where it comes from, and what is not shown and why.

use super::forms;
use crate::profile::shown::{ComputedFrom, HiddenValue, ProfileIdentifier, SentFrom, ValueProvenance};
use crate::profile::spelling::word;
use amana_core::FieldType;
use amana_core::catalog::{CategoryId, CategorySet, IdentifierRule, MetricRule, Policy, Trust, category_covers};
use amana_core::permit::{Context, Question, Reason, permit};
use amana_core::profile::{Hidden, Origin, Provenance, Reading, Sight};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What kind of data a day of birth is.
const BIRTH: &str = "demographic.age";

/// What is let through category by category, and what is not.
pub(super) struct Seen<'a> {
    policy: &'a Policy,
    question: Question<'a>,
    verdicts: HashMap<CategoryId, Option<Reason>>,
    hidden: BTreeSet<HiddenValue>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(policy: &'a Policy, question: Question<'a>) -> Self {
        Self { policy, question, verdicts: HashMap::new(), hidden: BTreeSet::new() }
    }

    /// What is known and not shown under any of these names: of several addresses one may be kept for the purpose, and
    /// then `email` is no secret.
    pub(super) fn hidden_besides<'n>(self, shown: impl Iterator<Item = &'n String>) -> Vec<HiddenValue> {
        let shown: BTreeSet<&String> = shown.collect();
        self.hidden.into_iter().filter(|hidden| !shown.contains(&hidden.name)).collect()
    }

    /// Why `permit` does not let a category be read. Asked at use, since a purpose may have become narrower after
    /// something was kept for it.
    fn denied(&mut self, category: CategoryId) -> Option<Reason> {
        let question = self.question;
        *self.verdicts.entry(category).or_insert_with(|| {
            let mut categories = CategorySet::default();
            categories.insert(category);
            let verdict = permit(&Question { context: Context { categories, ..question.context }, ..question });
            (!verdict.allow).then_some(verdict.reason)
        })
    }

    fn hide(&mut self, name: &str, category: Option<CategoryId>, reason: &str, words: String) {
        let category = category.map(|category| self.policy.categories.code(category).to_owned());
        self.hidden.insert(HiddenValue { name: name.to_owned(), category, reason: reason.to_owned(), words });
    }

    fn undeclared(&mut self, name: &str) {
        let words = "It was kept, and the catalogue declares it no longer.";
        self.hide(name, None, Reason::CategoryUnknown.code(), words.to_owned());
    }

    /// A value that `permit` does not let this purpose read, though it was kept.
    fn withheld(&mut self, name: &str, category: CategoryId, reason: Reason) {
        let code = self.policy.categories.code(category);
        let words = match reason {
            Reason::CategoryNotInPurpose => format!(
                "It is known, and this purpose does not use data of the kind `{code}`. Who needs it reads the person \
                 for a purpose that does."
            ),
            Reason::SpecialCategory => format!(
                "It is known, and `{code}` is a special category of data (GDPR Art. 9) for which the purpose records no \
                 condition."
            ),
            reason => reason.words().to_owned(),
        };
        self.hide(name, Some(category), reason.code(), words);
    }

    /// A sight as far as its category lets it be seen.
    fn through(&mut self, name: &str, category: CategoryId, sight: Sight) -> Option<(Json, Option<Provenance>)> {
        match sight {
            Sight::Absent => None,
            Sight::Hidden(reason) => {
                self.hide(name, Some(category), &word(&reason), hidden_words(reason).to_owned());
                None
            }
            Sight::Value(value, provenance) => match self.denied(category) {
                None => Some((value.to_json(), provenance)),
                Some(reason) => {
                    self.withheld(name, category, reason);
                    None
                }
            },
        }
    }
}

/// Why a value is not shown, for people who know the purpose and not the rules.
fn hidden_words(reason: Hidden) -> &'static str {
    match reason {
        Hidden::NotKeptForPurpose => {
            "It is known, and was not kept for this purpose: it came for another one, or before this one allowed it."
        }
        Hidden::NotHeld => {
            "It was kept for this purpose, and what it rested on (a consent, a contract, being informed) is over."
        }
        Hidden::KeptLongEnough => "It is older than this purpose keeps data.",
        Hidden::CountedOtherwise => {
            "It was counted by another function than the metric has now, and begins anew with the next event."
        }
    }
}

pub(super) fn traits(
    reading: &Reading<'_>,
    seen: &mut Seen<'_>,
    provenance: &mut BTreeMap<String, ValueProvenance>,
    is_known: bool,
) -> BTreeMap<String, Json> {
    let names: BTreeSet<&String> = reading.pieces.iter().flat_map(|piece| piece.holding.traits.keys()).collect();
    let mut traits = BTreeMap::new();
    for name in names {
        let Some(field) = seen.policy.traits.get(name) else {
            seen.undeclared(name);
            continue;
        };
        let Some((value, from)) = seen.through(name, field.category, reading.trait_named(name)) else { continue };
        // What somebody merely claims to be the address of somebody who is known may be the stranger's own.
        if is_known && from.is_some_and(|from| !from.proven) && is_address(seen.policy, name) {
            seen.withheld(name, field.category, Reason::AddressClaimed);
            continue;
        }
        if let Some(Provenance { fragment, origin: Some(origin), .. }) = from {
            let kind = reading.pieces.iter().find(|piece| piece.fragment == fragment).map_or("", |piece| piece.kind);
            let sent = sent_from(seen.policy, origin, fragment.to_string(), kind);
            provenance.insert(name.clone(), ValueProvenance::Sent(sent));
        }
        let is_birth = seen.policy.categories.code(field.category) == BIRTH;
        let value = if is_birth { forms::day(value, seen.policy) } else { value };
        traits.insert(name.clone(), value);
    }
    traits
}

/// Whether a trait is an identifier by which somebody is reached.
fn is_address(policy: &Policy, name: &str) -> bool {
    let reaches = |rule: &&IdentifierRule| category_covers("contact", policy.categories.code(rule.category));
    policy.identifiers.iter().filter(reaches).any(|rule| rule.fields.iter().any(|field| field == name))
}

pub(super) fn metrics(
    reading: &Reading<'_>,
    seen: &mut Seen<'_>,
    provenance: &mut BTreeMap<String, ValueProvenance>,
) -> BTreeMap<String, Json> {
    let mut metrics = BTreeMap::new();
    let policy = seen.policy;
    for metric in &policy.metrics {
        let known = reading.pieces.iter().any(|piece| piece.holding.metrics.contains_key(&metric.name));
        // A zero for something the purpose may not count would say that it may.
        if !known && seen.denied(metric.category).is_some() {
            continue;
        }
        let sight = reading.metric(metric);
        let Some((value, _)) = seen.through(&metric.name, metric.category, sight) else { continue };
        let computed =
            ComputedFrom { event: metric.event.clone(), function: word(&metric.function), field: metric.field.clone() };
        provenance.insert(metric.name.clone(), ValueProvenance::Computed(computed));
        let value = if is_of_whole_numbers(policy, metric) { forms::whole(value) } else { value };
        metrics.insert(metric.name.clone(), value);
    }
    metrics
}

pub(super) fn identifiers(reading: &Reading<'_>, seen: &mut Seen<'_>, explain: bool) -> Vec<ProfileIdentifier> {
    let policy = seen.policy;
    let mut shown = BTreeMap::new();
    for piece in reading.pieces.iter().filter(|piece| piece.holding.identifier.is_some()) {
        let Some(rule) = policy.identifier(piece.kind) else {
            seen.undeclared(piece.kind);
            continue;
        };
        let own = Reading { pieces: std::slice::from_ref(piece), ..*reading };
        let Some((value, from)) = seen.through(piece.kind, rule.category, own.identifier(piece.kind)) else { continue };
        let origin = from.and_then(|from| from.origin).filter(|_| explain);
        let sent = origin.map(|origin| sent_from(policy, origin, piece.fragment.to_string(), piece.kind));
        let value = value.as_str().unwrap_or_default().to_owned();
        shown.insert((piece.kind.to_owned(), value), sent.map(ValueProvenance::Sent));
    }
    let entry = |((kind, value), provenance)| ProfileIdentifier { kind, value, provenance };
    shown.into_iter().map(entry).collect()
}

fn sent_from(policy: &Policy, origin: Origin, fragment: String, kind: &str) -> SentFrom {
    let source = policy.sources.iter().find(|source| source.number == origin.source);
    SentFrom {
        source: source.map(|source| source.code.clone()),
        trust: source.map(|source| trust(source.trust).to_owned()),
        at: origin.at.to_string(),
        received: origin.received.to_string(),
        fragment,
        kind: kind.to_owned(),
    }
}

fn trust(trust: Trust) -> &'static str {
    match trust {
        Trust::Public => "public",
        Trust::Server => "server",
    }
}

/// Whether a metric adds up or compares a field of whole numbers, and so is one.
fn is_of_whole_numbers(policy: &Policy, metric: &MetricRule) -> bool {
    let field = metric.field.as_ref().and_then(|field| policy.events.get(&metric.event)?.fields.get(field));
    field.is_some_and(|field| field.field_type == FieldType::Integer)
}
