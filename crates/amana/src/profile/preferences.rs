//! How somebody wants to be written to: what is to be honoured, and where each part of it comes from.

use super::claimed::{each_act_of, is_none};
use super::entry::Entry;
use super::find::{FindError, FoundPerson, Sought, find};
use super::read::ReadRefused;
use super::slot::{SlotUnclear, slot_named};
use super::spelling::word;
use super::whole::Whole;
use crate::app::App;
use amana_core::Moment;
use amana_core::catalog::{Catalog, SlotRule};
use amana_core::identity::FragmentId;
use amana_core::permission::{Act, ActKind, Content};
use amana_core::permit::{Context, Person, Question, Reason, Use, permit};
use amana_core::preferences::{AtMost, Change, Preferences, Quiet, Register, Wish, Wishes};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, HashMap};
use utoipa::ToSchema;

/// What is to be honoured when somebody is contacted: over all parts of a person, whatever any does not want.
#[derive(Debug, Serialize, ToSchema)]
pub struct HonouredWishes {
    /// By topic: `wanted` or `refused`.
    #[schema(example = json!({"tours": "wanted"}))]
    pub topics: BTreeMap<String, String>,
    /// The channels they may be reached by, the dearest first; none: whichever.
    #[schema(example = json!(["email", "push"]))]
    pub channels: Option<Vec<String>>,
    /// How often at most.
    pub at_most: Option<AtMostView>,
    /// When not.
    pub quiet: Vec<QuietView>,
    /// IANA name of the time zone they live in.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// BCP 47 tag of the language they read.
    #[schema(example = "en")]
    pub language: Option<String>,
}

/// So many contacts at most in a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct AtMostView {
    /// How many.
    #[schema(example = 2)]
    pub count: u32,
    /// In which period (ISO 8601).
    #[schema(example = "P7D")]
    pub period: String,
}

/// Hours of some days in which they want to be left in peace.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuietView {
    /// The days on which it begins.
    #[schema(example = json!(["saturday", "sunday"]))]
    pub days: Vec<String>,
    /// The hour at which it begins, from 0 to 23.
    pub from: u8,
    /// The hour at which it ends, from 0 to 24; not after `from`: on the next day.
    pub to: u8,
    /// The time zone these hours go by; none: where the organisation is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

impl HonouredWishes {
    /// These wishes, as they are told.
    #[must_use]
    pub fn of(wishes: &Wishes) -> Self {
        let quiet = wishes.quiet.iter();
        Self {
            topics: wishes.topics.iter().map(|(topic, wish)| (topic.clone(), word(wish))).collect(),
            channels: wishes.channels.as_ref().map(|channels| channels.iter().map(word).collect()),
            at_most: wishes.at_most.map(at_most),
            quiet: quiet.map(|stretch| quiet_view(&stretch.quiet, stretch.time_zone.clone())).collect(),
            time_zone: wishes.time_zone.clone(),
            language: wishes.language.clone(),
        }
    }
}

fn at_most(measure: AtMost) -> AtMostView {
    AtMostView { count: measure.count, period: measure.period.to_string() }
}

fn quiet_view(quiet: &Quiet, time_zone: Option<String>) -> QuietView {
    QuietView { days: quiet.days.iter().map(word).collect(), from: quiet.from, to: quiet.to, time_zone }
}

/// A person's preferences.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonPreferences {
    /// When they were read.
    pub as_of: String,
    /// What is to be honoured.
    pub honoured: HonouredWishes,
    /// What was said, part by part. A part that only a claimed identifier said is told as such.
    pub parts: Vec<PreferencePart>,
    /// How many identifiers, or groups of them, merely claim to belong to the person and have too many acts to be looked
    /// through: how it reached us what they said is not told.
    #[serde(skip_serializing_if = "is_none")]
    #[schema(example = 0)]
    pub claims_left_out: usize,
}

/// One part, as it was said last.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreferencePart {
    /// The part: `topics.<code>`, `channels`, `at_most`, `quiet`, `time_zone` or `language`.
    #[schema(example = "channels")]
    pub part: String,
    /// What was said; null: it was cleared.
    #[schema(value_type = Option<Object>)]
    pub value: Json,
    /// When it was said.
    pub at: String,
    /// When it was learned.
    pub received: String,
    /// How it reached us.
    #[schema(example = "form")]
    pub method: Option<String>,
    /// The source it came through, or the name of the API key.
    pub source: Option<String>,
    /// Whose word it is: `person`, the role of staff, or `source` for what a file says of a person.
    pub actor: Option<String>,
    /// Whether it was said under an identifier that is the person's by proof; else under one that claims to be.
    pub proven: bool,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct PreferencesAsk<'a> {
    /// Who.
    pub sought: Sought<'a>,
    /// Code of the purpose.
    pub purpose: &'a str,
    /// Code of the brand, where the purpose has several.
    pub brand: Option<&'a str>,
    /// What they are read for: [`Use::Profile`], or a disclosure to the person or for a legal claim.
    pub usage: Use<'a>,
    /// Whether the reader may learn why somebody is not shown.
    pub sees_reasons: bool,
}

/// The preferences of a person, for a purpose: topics of other purposes are not among them.
///
/// # Errors
/// When the purpose may not read the person, or something cannot be read.
pub async fn read_preferences(app: &App, ask: &PreferencesAsk<'_>) -> Result<PersonPreferences, ReadRefused> {
    let (current, now) = (app.current(), app.now());
    let policy = &current.policy;
    let denied = |reason| ReadRefused::Denied { reason, verdict: None };
    let rule = slot_named(policy, ask.purpose, ask.brand).map_err(|unclear| match unclear {
        SlotUnclear::Unknown => denied(Reason::PurposeUnknown),
        unclear @ SlotUnclear::BrandNeeded { .. } => ReadRefused::Slot(unclear),
    })?;
    let found = find(app, policy, ask.sought, now).await?;
    let (usage, context) = (ask.usage, Context::default());
    let asked = |person: Person<'_>| {
        permit(&Question { policy, slot: Some(rule), person, usage, context, now, contact: None }).reason
    };
    match asked(found.whole.person(None)) {
        Reason::Permitted if found.whole.profile().is_some() => {}
        _ if found.whole.profile().is_none() || !ask.sees_reasons => return Err(ReadRefused::NotAvailable),
        reason => return Err(denied(reason)),
    }
    let said = all_said(app, &found, now).await?;
    Ok(said.only(|part| is_seen(&policy.catalog, rule, part)))
}

/// What is to be honoured of the parts that were just changed, for whoever changed them.
///
/// # Errors
/// When something cannot be read.
pub async fn read_changed(app: &App, sought: Sought<'_>, changed: &[String]) -> Result<PersonPreferences, FindError> {
    let (current, now) = (app.current(), app.now());
    let found = find(app, &current.policy, sought, now).await?;
    let said = all_said(app, &found, now).await?;
    Ok(said.only(|part| changed.iter().any(|name| name == part)))
}

/// Whether a purpose sees a part: topics that are another's it does not.
fn is_seen(catalog: &Catalog, rule: &SlotRule, part: &str) -> bool {
    let Some(topic) = part.strip_prefix("topics.") else { return true };
    let declared = catalog.topics.iter().find(|declared| declared.code == topic);
    declared.is_some_and(|topic| topic.purpose.as_ref().is_none_or(|purpose| *purpose == rule.purpose))
}

async fn all_said(app: &App, found: &FoundPerson, now: Moment) -> Result<PersonPreferences, FindError> {
    let mut said: Vec<Said> = found.whole.groups.iter().map(|group| Said::of(found, group)).collect();
    let has_said = |entry: &Entry| entry.fragment.preferences != Preferences::default();
    let claims_left_out = each_act_of(app, found, has_said, |group, act| said[group].hear(act)).await?;
    let parts = said.iter().enumerate().flat_map(|(group, said)| said.parts(is_proven(&found.whole, group))).collect();
    let honoured = HonouredWishes::of(&found.whole.wishes);
    Ok(PersonPreferences { as_of: now.to_string(), honoured, parts, claims_left_out })
}

impl PersonPreferences {
    /// Those parts alone that are to be told.
    fn only(mut self, told: impl Fn(&str) -> bool) -> Self {
        self.parts.retain(|part| told(&part.part));
        let honoured = &mut self.honoured;
        honoured.topics.retain(|topic, _| told(&format!("topics.{topic}")));
        honoured.channels.take_if(|_| !told("channels"));
        honoured.at_most.take_if(|_| !told("at_most"));
        honoured.time_zone.take_if(|_| !told("time_zone"));
        honoured.language.take_if(|_| !told("language"));
        if !told("quiet") {
            honoured.quiet.clear();
        }
        self
    }
}

fn is_proven(whole: &Whole, group: usize) -> bool {
    group < whole.core.max(1)
}

/// What one group said, with the acts by which it did.
#[derive(Default)]
struct Said {
    joined: Preferences,
    acts: HashMap<(String, Moment, Moment), Act>,
}

impl Said {
    fn of(found: &FoundPerson, group: &[FragmentId]) -> Self {
        let mut said = Self::default();
        let entries = group.iter().filter_map(|id| found.people.get(*id));
        entries.for_each(|entry| said.joined.join(&entry.fragment.preferences));
        said
    }

    fn hear(&mut self, act: Act) {
        if act.kind != ActKind::Prefer {
            return;
        }
        if let Some(Content::Preference(change)) = &act.content {
            self.acts.insert((part_of(change), act.at, act.received), act);
        }
    }

    fn parts(&self, proven: bool) -> Vec<PreferencePart> {
        let Preferences { topics, channels, at_most: measure, quiet, time_zone, language } = &self.joined;
        let mut parts = Vec::new();
        for (topic, said) in topics {
            let value = (said.value != Wish::Unsaid).then(|| word(&said.value));
            parts.push(self.part(format!("topics.{topic}"), said, value.into(), proven));
        }
        let words = |known: &Vec<_>| known.iter().map(word).collect::<Vec<String>>();
        let mut one = |name: &str, value: Option<(Json, Moment, Moment)>| {
            if let Some((value, at, received)) = value {
                parts.push(self.part(name.to_owned(), &Register { at, received, value: () }, value, proven));
            }
        };
        one("channels", channels.as_ref().map(|said| (json!(said.value.as_ref().map(words)), said.at, said.received)));
        one("at_most", measure.as_ref().map(|said| (json!(said.value.map(at_most)), said.at, said.received)));
        let stretches = |known: &Vec<Quiet>| known.iter().map(|quiet| quiet_view(quiet, None)).collect::<Vec<_>>();
        one("quiet", quiet.as_ref().map(|said| (json!(stretches(&said.value)), said.at, said.received)));
        one("time_zone", time_zone.as_ref().map(|said| (json!(said.value), said.at, said.received)));
        one("language", language.as_ref().map(|said| (json!(said.value), said.at, said.received)));
        parts
    }

    fn part<T>(&self, part: String, said: &Register<T>, value: Json, proven: bool) -> PreferencePart {
        let act = self.acts.get(&(part.clone(), said.at, said.received));
        PreferencePart {
            value,
            at: said.at.to_string(),
            received: said.received.to_string(),
            method: act.map(|act| word(&act.evidence.method)),
            source: act.map(|act| act.evidence.source.clone()),
            actor: act.map(|act| act.evidence.actor.clone()),
            proven,
            part,
        }
    }
}

/// The part that a change is of, as it is named in answers.
#[must_use]
pub fn part_of(change: &Change) -> String {
    match change {
        Change::Topic { topic, .. } => format!("topics.{topic}"),
        Change::Channels(_) => "channels".into(),
        Change::AtMost(_) => "at_most".into(),
        Change::Quiet(_) => "quiet".into(),
        Change::TimeZone(_) => "time_zone".into(),
        Change::Language(_) => "language".into(),
    }
}
