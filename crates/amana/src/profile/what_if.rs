//! What-if: the question that every door asks `permit`, with every rule's result.

use super::find::{FindError, Sought, find};
use super::spelling::word;
use crate::app::App;
use amana_core::permission::Standing;
use amana_core::permit::{Context, Person, Question, Use, explain, permit};
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
}

/// The answer of `permit`, with every rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhatIfAnswer {
    /// Whether it may be done.
    pub allow: bool,
    /// The reason's code: `permitted`, or that of the first rule that fails.
    #[schema(example = "consent_withdrawn")]
    pub reason: String,
    /// The reason in words.
    pub words: String,
    /// Every rule with its result, in the order they are asked.
    pub rules: Vec<RuleResult>,
    /// The state of the permission.
    pub standing: StandingView,
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
    let mut context = Context { device: ask.device, ..Context::default() };
    for code in ask.categories {
        match policy.categories.find(code) {
            Some(category) => context.categories.insert(category),
            None => context.unclassified = true,
        }
    }
    let question = Question {
        policy,
        slot: policy.find_slot(ask.purpose, ask.brand),
        person: found.as_ref().map_or_else(Person::default, |found| found.whole.person(None)),
        usage: ask.usage,
        context,
        now,
    };
    let verdict = permit(&question);
    Ok(WhatIfAnswer {
        allow: verdict.allow,
        reason: verdict.reason.code().into(),
        words: verdict.reason.words().into(),
        rules: rule_results(&question),
        standing: StandingView::of(&verdict.standing),
    })
}
