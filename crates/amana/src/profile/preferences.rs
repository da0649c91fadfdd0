//! How somebody wants to be written to: what is to be honoured, and where each part of it comes from.

use super::find::{FindError, Sought, find};
use super::keeper::View;
use super::spelling::word;
use super::whole::Whole;
use crate::app::App;
use amana_core::Moment;
use amana_core::permission::{Act, ActKind, Content};
use amana_core::preferences::{AtMost, Change, Preferences, Quiet, Register, Wishes};
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
    /// Whose word it is: `person`, or the role of staff.
    pub actor: Option<String>,
    /// Whether it was said under an identifier that is the person's by proof; else under one that claims to be.
    pub proven: bool,
}

/// The preferences of a person. Somebody unknown has said nothing.
///
/// # Errors
/// When the identifier is not one, or something cannot be read.
pub async fn read_preferences(app: &App, sought: Sought<'_>) -> Result<PersonPreferences, FindError> {
    let (current, now) = (app.current(), app.now());
    let found = find(app, &current.policy, sought, now).await?;
    let mut parts = Vec::new();
    for (place, group) in found.whole.groups.iter().enumerate() {
        let mut said = Said::default();
        for entry in group.iter().filter_map(|id| found.people.get(*id)) {
            said.joined.join(&entry.fragment.preferences);
            if entry.fragment.preferences != Preferences::default() {
                let look = |act: Act| said.hear(act);
                app.keeper().each_act(View::Still(&found.snapshot), entry, look).await?;
            }
        }
        parts.extend(said.parts(is_proven(&found.whole, place)));
    }
    Ok(PersonPreferences { as_of: now.to_string(), honoured: HonouredWishes::of(&found.whole.wishes), parts })
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
            parts.push(self.part(format!("topics.{topic}"), said, word(&said.value).into(), proven));
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
