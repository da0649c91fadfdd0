//! Reading a profile for a purpose: only what the purpose may see now, and on request why.

mod forms;
mod values;

use super::find::{FindError, FoundPerson, Sought, find};
use super::permissions::{PermissionAct, acts_behind, counting_acts};
use super::shown::{Profile, ProfileVerdict};
use super::slot::{SlotUnclear, slot_named};
use super::what_if::{StandingView, rule_results};
use crate::app::App;
use amana_core::Moment;
use amana_core::catalog::{Policy, SlotRule};
use amana_core::permit::{Context, Person, Question, Reason, Rule, Use, permit};
use amana_core::profile::Reading;
use std::collections::BTreeMap;
use values::{Seen, identifiers, metrics, traits};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct ReadAsk<'a> {
    /// Who.
    pub sought: Sought<'a>,
    /// Code of the purpose.
    pub purpose: &'a str,
    /// Code of the brand, where the purpose has several.
    pub brand: Option<&'a str>,
    /// What it is read for: [`Use::Profile`], or a disclosure to the person or for a legal claim.
    pub usage: Use<'a>,
    /// Whether to say where values come from, what is not shown, and what the verdict rests on.
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
    #[error("{}", .reason.words())]
    Denied {
        /// Why.
        reason: Reason,
        /// What that rests on, for those who asked.
        verdict: Option<Box<ProfileVerdict>>,
    },
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
        SlotUnclear::Unknown => ReadRefused::Denied { reason: Reason::PurposeUnknown, verdict: None },
        unclear @ SlotUnclear::BrandNeeded { .. } => ReadRefused::Slot(unclear),
    })?;
    let question =
        |person, context| Question { policy, slot: Some(rule), person, usage: ask.usage, context, now, contact: None };
    // What is so for everybody says nothing about anybody, so everybody is told.
    let of_nobody = question(Person::default(), Context::default());
    Rule::Purpose.check(&of_nobody, &of_nobody.standing()).map_err(|reason| {
        let verdict = ask.explain.then(|| Box::new(verdict_of(&of_nobody, Vec::new())));
        ReadRefused::Denied { reason, verdict }
    })?;
    let found = find(app, policy, ask.sought, now).await?;
    let known = found.whole.profile();
    let reason = permit(&question(found.whole.read_in_parts(), Context::default())).reason;
    if known.is_none() || reason != Reason::Permitted && !ask.sees_reasons {
        return Err(ReadRefused::NotAvailable);
    }
    let acts = if ask.explain { counting_acts(app, &found).await.map_err(FindError::from)?.acts } else { Vec::new() };
    let of_person = question(found.whole.read_in_parts(), Context::default());
    let verdict =
        ask.explain.then(|| verdict_of(&of_person, acts_behind(rule, &acts, &of_person.standing(), ask.sees_reasons)));
    let Some(profile) = known.filter(|_| reason == Reason::Permitted) else {
        return Err(ReadRefused::Denied { reason, verdict: verdict.map(Box::new) });
    };
    let pieces = found.people.pieces_for(ask.usage, &found.whole, policy, &found.classes, now);
    let reading = Reading { pieces: &pieces, rule, now };
    let mut seen = Seen::new(policy, of_person);
    let mut provenance = BTreeMap::new();
    let traits = traits(&reading, &mut seen, &mut provenance, found.whole.core > 0);
    let metrics = metrics(&reading, &mut seen, &mut provenance);
    let identifiers = identifiers(&reading, &mut seen, ask.explain);
    let kinds = identifiers.iter().map(|known| &known.kind);
    let hidden = seen.hidden_besides(traits.keys().chain(metrics.keys()).chain(kinds));
    Ok(Profile {
        profile_id: profile.to_string(),
        purpose: rule.purpose.clone(),
        brand: rule.brand.clone(),
        as_of: now.to_string(),
        traits,
        metrics,
        identifiers,
        audiences: audiences(policy, rule, &found, &question(found.whole.person(None), Context::default())),
        provenance: ask.explain.then_some(provenance),
        hidden: ask.explain.then_some(hidden),
        verdict,
    })
}

/// What a verdict rests on: every rule, the standing, and the acts that led to it.
fn verdict_of(question: &Question<'_>, acts: Vec<PermissionAct>) -> ProfileVerdict {
    let verdict = permit(question);
    ProfileVerdict {
        allow: verdict.allow,
        reason: verdict.reason.code().into(),
        words: verdict.reason.words().into(),
        rules: rule_results(question),
        standing: StandingView::of(&verdict.standing),
        acts,
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
