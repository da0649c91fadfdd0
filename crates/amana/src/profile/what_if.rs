//! What-if: the question that every door asks `permit`, with every rule's result.

use super::find::{FindError, Sought, find};
use super::permissions::{PermissionAct, acts_behind, counting_acts};
use super::slot::{SlotUnclear, slot_named};
use super::spelling::word;
use crate::app::App;
use amana_core::Moment;
use amana_core::permission::Standing;
use amana_core::permit::{Context, Person, Question, Reason, Use, explain, permit};
use amana_core::preferences::{ContactFacts, quiet_until};
use serde::Serialize;
use utoipa::ToSchema;

/// What is asked.
#[derive(Clone, Debug)]
pub struct WhatIf<'a> {
    /// About whom; none: somebody of whom nothing is known.
    pub sought: Option<Sought<'a>>,
    /// Code of the purpose.
    pub purpose: &'a str,
    /// Code of the brand.
    pub brand: Option<&'a str>,
    /// The use.
    pub usage: Use<'a>,
    /// Codes of the data categories at stake.
    pub categories: &'a [String],
    /// Whether a person's device is read or written.
    pub device: bool,
    /// What is known of a message that is about to be sent.
    pub contact: Option<ContactFacts<'a>>,
    /// Whether whoever asks may see notes of staff.
    pub sees_notes: bool,
}

/// The code of a question that cannot be asked before somebody says which brand is meant. `permit` itself knows it as a
/// purpose that does not exist, and denies.
const BRAND_NEEDED: &str = "brand_needed";

/// The answer of `permit`, with every rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhatIfAnswer {
    /// Whether it may be done.
    pub allow: bool,
    /// The reason's code: `permitted`, or that of the first rule that fails. `brand_needed` where each brand has a
    /// permission of its own and none was named.
    #[schema(example = "consent_withdrawn")]
    pub reason: String,
    /// The reason in words.
    pub words: String,
    /// Every rule with its result, in the order they are asked.
    pub rules: Vec<RuleResult>,
    /// The state of the permission.
    pub standing: StandingView,
    /// When time alone will next change that state, or a register lapses on which the purpose depends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// With `purpose_blocked`: the register that is not in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub register: Option<String>,
    /// With `identifier`: the acts that led to that state, newest first; the one that decides is marked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acts: Option<Vec<PermissionAct>>,
    /// With `quiet_time`: when the person may next be contacted; none: never, as long as they do not change their mind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_possible: Option<String>,
    /// With `brand_needed`: the brands, of which one is to be named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub brands: Vec<String>,
}

/// The result of one rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleResult {
    /// The rule.
    #[schema(example = "basis")]
    pub rule: String,
    /// `pass` or `fail`.
    #[schema(example = "pass")]
    pub result: &'static str,
    /// Why it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// The state of a permission.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingView {
    /// The state: which ones there are depends on the purpose's basis.
    #[schema(example = "given")]
    pub state: String,
    /// When what brought it about was done.
    pub since: Option<String>,
    /// When time alone will change it.
    pub until: Option<String>,
}

impl StandingView {
    pub(super) fn of(standing: &Standing) -> Self {
        Self {
            state: word(&standing.state),
            since: super::read::written(standing.since),
            until: super::read::written(standing.until),
        }
    }
}

/// Every rule with its result.
pub(super) fn rule_results(question: &Question<'_>) -> Vec<RuleResult> {
    let result = |(rule, outcome): (_, Result<(), amana_core::permit::Reason>)| RuleResult {
        rule: word(&rule),
        result: if outcome.is_ok() { "pass" } else { "fail" },
        reason: outcome.err().map(|reason| reason.code().to_owned()),
        words: outcome.err().map(|reason| reason.words().to_owned()),
    };
    explain(question).into_iter().map(result).collect()
}

/// Asks `permit`. What is not known (purpose, category, recipient) denies, with its own reason.
///
/// # Errors
/// When the identifier is not one, or the person cannot be read.
pub async fn what_if(app: &App, ask: &WhatIf<'_>) -> Result<WhatIfAnswer, FindError> {
    let (current, now) = (app.current(), app.now());
    let policy = &current.policy;
    let found = match ask.sought {
        Some(sought) => Some(find(app, policy, sought, now).await?),
        None => None,
    };
    let known_acts = match &found {
        Some(found) => Some(counting_acts(app, found).await?.acts),
        None => None,
    };
    let mut context = Context { device: ask.device, ..Context::default() };
    for code in ask.categories {
        match policy.categories.find(code) {
            Some(category) => context.categories.insert(category),
            None => context.unclassified = true,
        }
    }
    let slot = slot_named(policy, ask.purpose, ask.brand);
    let question = Question {
        policy,
        slot: slot.as_ref().ok().copied(),
        person: found.as_ref().map_or_else(Person::default, |found| found.whole.person(None)),
        usage: ask.usage,
        context,
        contact: ask.contact,
        now,
    };
    let verdict = permit(&question);
    let acts = known_acts.map(|acts| {
        let behind = |rule| acts_behind(rule, &acts, &verdict.standing, ask.sees_notes);
        question.slot.map(behind).unwrap_or_default()
    });
    let answer = WhatIfAnswer {
        allow: verdict.allow,
        reason: verdict.reason.code().into(),
        words: verdict.reason.words().into(),
        rules: rule_results(&question),
        standing: StandingView::of(&verdict.standing),
        until: super::read::written(verdict.until),
        register: blocking(&question, verdict.reason).map(Into::into),
        acts,
        next_possible: next_possible(&question, verdict.reason).map(|next| next.to_string()),
        brands: Vec::new(),
    };
    Ok(match slot {
        Err(SlotUnclear::BrandNeeded { brands }) => answer.for_want_of_a_brand(brands),
        _ => answer,
    })
}

/// When somebody whom nothing but quiet time keeps from being contacted may be.
fn next_possible(question: &Question<'_>, reason: Reason) -> Option<Moment> {
    let wishes = question.person.wishes.filter(|_| reason == Reason::QuietTime)?;
    quiet_until(wishes, &question.policy.catalog.organisation.time_zone, question.now)
}

/// The register that blocks a purpose for everybody, where that is the reason.
fn blocking<'q>(question: &Question<'q>, reason: Reason) -> Option<&'q str> {
    let rule = question.slot.filter(|_| reason == Reason::PurposeBlocked)?;
    rule.depends.blocked_at(question.now)
}

impl WhatIfAnswer {
    /// The same no, with what is missing: whoever asks about a purpose that exists is not told that it doesn't.
    fn for_want_of_a_brand(mut self, brands: Vec<String>) -> Self {
        let words = format!(
            "Each brand has a permission of its own for this purpose, so it must be named: one of {}.",
            brands.join(", ")
        );
        let unknown = Reason::PurposeUnknown.code();
        for rule in self.rules.iter_mut().filter(|rule| rule.reason.as_deref() == Some(unknown)) {
            (rule.reason, rule.words) = (Some(BRAND_NEEDED.into()), Some(words.clone()));
        }
        if self.reason == unknown {
            (self.reason, self.words) = (BRAND_NEEDED.into(), words);
        }
        Self { brands, ..self }
    }
}
