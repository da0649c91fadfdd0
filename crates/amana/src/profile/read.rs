//! Reading a profile for a purpose: only what the purpose may see now, and on request why.

use super::find::{FindError, FoundPerson, Sought, find};
use super::shown::{ComputedFrom, HiddenValue, Profile, ProfileIdentifier, ProfileVerdict, SentFrom, ValueProvenance};
use super::slot::{SlotUnclear, slot_named};
use super::what_if::{StandingView, rule_results};
use crate::app::App;
use amana_core::Moment;
use amana_core::catalog::{CategoryId, CategorySet, Policy, SlotRule, Trust};
use amana_core::permit::{Context, Person, Question, Reason, Rule, Use, permit};
use amana_core::profile::{Origin, Provenance, Reading, Sight};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct ReadAsk<'a> {
    /// Who.
    pub sought: Sought<'a>,
    /// Code of the purpose.
    pub purpose: &'a str,
    /// Code of the brand, where the purpose has several.
    pub brand: Option<&'a str>,
    /// Whether to say where values come from and what is not shown.
    pub explain: bool,
    /// Whether the reader may learn why somebody is not shown. Who may not cannot tell a person who said no from one
    /// nobody knows.
    pub sees_reasons: bool,
}

/// Why a profile is not shown.
#[derive(Debug, thiserror::Error)]
pub enum ReadRefused {
    /// The identifier is not one, or something cannot be read.
    #[error(transparent)]
    Find(#[from] FindError),
    /// Each brand has a permission of its own, and none was named.
    #[error(transparent)]
    Slot(SlotUnclear),
    /// It is not permitted.
    #[error("{}", .0.words())]
    Denied(Reason),
    /// Nobody is known by this identifier, or it is not permitted and the reader may not learn that.
    #[error("no profile is available for this purpose")]
    NotAvailable,
}

/// Reads a profile for a purpose.
///
/// # Errors
/// When it is not permitted or cannot be read.
pub async fn read_profile(app: &App, ask: &ReadAsk<'_>) -> Result<Profile, ReadRefused> {
    let (current, now) = (app.current(), app.now());
    let policy = &current.policy;
    let rule = slot_named(policy, ask.purpose, ask.brand).map_err(|unclear| match unclear {
        SlotUnclear::Unknown => ReadRefused::Denied(Reason::PurposeUnknown),
        unclear @ SlotUnclear::BrandNeeded { .. } => ReadRefused::Slot(unclear),
    })?;
    let question = |person, context| Question { policy, slot: Some(rule), person, usage: Use::Profile, context, now };
    // What is so for everybody says nothing about anybody, so everybody is told.
    let of_nobody = question(Person::default(), Context::default());
    Rule::Purpose.check(&of_nobody, &of_nobody.standing()).map_err(ReadRefused::Denied)?;
    let found = find(app, policy, ask.sought, now).await?;
    let of_person = question(found.whole.person(None), Context::default());
    let verdict = permit(&of_person);
    let known = found.whole.profile();
    let Some(profile) = known.filter(|_| verdict.allow) else {
        let tells = ask.sees_reasons && known.is_some();
        return Err(if tells { ReadRefused::Denied(verdict.reason) } else { ReadRefused::NotAvailable });
    };
    let pieces = found.people.pieces(&found.whole, policy, &found.classes, now);
    let reading = Reading { pieces: &pieces, rule, now };
    let mut seen = Seen { policy, question: of_person, verdicts: HashMap::new(), hidden: BTreeSet::new() };
    let mut provenance = BTreeMap::new();
    let traits = traits(&reading, &mut seen, &mut provenance);
    let metrics = metrics(&reading, &mut seen, &mut provenance);
    let identifiers = identifiers(&reading, &mut seen, ask.explain);
    Ok(Profile {
        profile_id: profile.to_string(),
        purpose: rule.purpose.clone(),
        brand: rule.brand.clone(),
        as_of: now.to_string(),
        traits,
        metrics,
        identifiers,
        audiences: audiences(policy, rule, &found, &of_person),
        provenance: ask.explain.then_some(provenance),
        hidden: ask.explain.then(|| seen.hidden.into_iter().collect()),
        verdict: ask.explain.then(|| ProfileVerdict {
            allow: verdict.allow,
            reason: verdict.reason.code().into(),
            words: verdict.reason.words().into(),
            rules: rule_results(&of_person),
            standing: StandingView::of(&verdict.standing),
        }),
    })
}

/// What is let through category by category, and what is not.
struct Seen<'a> {
    policy: &'a Policy,
    question: Question<'a>,
    verdicts: HashMap<CategoryId, Option<Reason>>,
    hidden: BTreeSet<HiddenValue>,
}

impl Seen<'_> {
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

    fn hide(&mut self, name: &str, category: Option<CategoryId>, reason: String) {
        let category = category.map(|category| self.policy.categories.code(category).to_owned());
        self.hidden.insert(HiddenValue { name: name.to_owned(), category, reason });
    }

    /// A sight as far as its category lets it be seen.
    fn through(&mut self, name: &str, category: CategoryId, sight: Sight) -> Option<(Json, Option<Provenance>)> {
        match sight {
            Sight::Absent => None,
            Sight::Hidden(reason) => {
                self.hide(name, Some(category), super::spelling::word(&reason));
                None
            }
            Sight::Value(value, provenance) => match self.denied(category) {
                None => Some((value.to_json(), provenance)),
                Some(reason) => {
                    self.hide(name, Some(category), reason.code().to_owned());
                    None
                }
            },
        }
    }
}

fn traits(
    reading: &Reading<'_>,
    seen: &mut Seen<'_>,
    provenance: &mut BTreeMap<String, ValueProvenance>,
) -> BTreeMap<String, Json> {
    let names: BTreeSet<&String> = reading.pieces.iter().flat_map(|piece| piece.holding.traits.keys()).collect();
    let mut traits = BTreeMap::new();
    for name in names {
        let Some(field) = seen.policy.traits.get(name) else {
            seen.hide(name, None, Reason::CategoryUnknown.code().to_owned());
            continue;
        };
        let Some((value, from)) = seen.through(name, field.category, reading.trait_named(name)) else { continue };
        if let Some(Provenance { fragment, origin: Some(origin), .. }) = from {
            let kind = reading.pieces.iter().find(|piece| piece.fragment == fragment).map_or("", |piece| piece.kind);
            let sent = sent_from(seen.policy, origin, fragment.to_string(), kind);
            provenance.insert(name.clone(), ValueProvenance::Sent(sent));
        }
        traits.insert(name.clone(), value);
    }
    traits
}

fn metrics(
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
        let computed = ComputedFrom {
            event: metric.event.clone(),
            function: super::spelling::word(&metric.function),
            field: metric.field.clone(),
        };
        provenance.insert(metric.name.clone(), ValueProvenance::Computed(computed));
        metrics.insert(metric.name.clone(), value);
    }
    metrics
}

fn identifiers(reading: &Reading<'_>, seen: &mut Seen<'_>, explain: bool) -> Vec<ProfileIdentifier> {
    let policy = seen.policy;
    let mut shown = BTreeMap::new();
    for piece in reading.pieces.iter().filter(|piece| piece.holding.identifier.is_some()) {
        let Some(rule) = policy.identifier(piece.kind) else {
            seen.hide(piece.kind, None, Reason::CategoryUnknown.code().to_owned());
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

/// The audiences of the slot that a profile is in, while it may be put into audiences at all.
fn audiences(policy: &Policy, rule: &SlotRule, found: &FoundPerson, question: &Question<'_>) -> Vec<String> {
    if !permit(&Question { usage: Use::Segment, ..*question }).allow {
        return Vec::new();
    }
    let entry = found.whole.profile().and_then(|profile| found.people.get(profile));
    let numbers = entry.map_or(&[][..], |entry| &entry.fragment.memberships);
    let of_slot = policy.audiences.iter().filter(|audience| audience.slot == rule.slot);
    let member = |number| numbers.iter().any(|membership| membership.audience == number);
    of_slot.filter(|audience| member(audience.number)).map(|audience| audience.code.clone()).collect()
}

/// An instant as answers write it.
pub(super) fn written(moment: Option<Moment>) -> Option<String> {
    moment.map(|moment| moment.to_string())
}
