//! How people want to be written to.

use super::auth::Caller;
use super::fields::{CODE_BYTES_MAX, Fields};
use super::input::{IdentifierPath, JsonFields, NoQuery, QueryFields};
use super::json;
use super::openapi::Refused;
use super::problem::Problem;
use super::profiles::{USES_OF_READING, check_usage, count_read, read_usage};
use super::roles;
use crate::app::App;
use crate::profile::preferences::{PersonPreferences, PreferencesAsk, part_of, read_changed, read_preferences};
use crate::profile::record::{About, ActAsk, EvidenceDraft, NOTE_BYTES_MAX, Said, Teller, record_act};
use crate::profile::spelling::{CHANNELS, METHODS, spelt};
use amana_core::permission::ActKind;
use amana_core::permit::Use;
use amana_core::preferences::{AtMost, CHANNELS_MAX, CONTACTS_MAX, Change, Day, Period, QUIET_MAX, Quiet, Wish};
use axum::extract::State;
use axum::response::Response;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How many topics one request may name.
const TOPICS_MAX: usize = 200;

/// Parts of preferences that change. A part or topic that is left out stays; null clears it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct PreferencesBody {
    /// By the code of a declared topic: `wanted`, `refused`, or null for nothing any more. Topics that are left out stay.
    #[schema(example = json!({"tours": "wanted", "repairs": null}))]
    topics: Option<BTreeMap<String, Option<String>>>,
    /// The channels they want to be reached by, the dearest first; others are not used.
    #[schema(example = json!(["email", "push"]))]
    channels: Option<Vec<String>>,
    /// How often at most.
    at_most: Option<AtMostBody>,
    /// When not.
    quiet: Option<Vec<QuietBody>>,
    /// IANA name of the time zone they live in.
    #[schema(example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// BCP 47 tag of the language they read.
    #[schema(example = "en")]
    language: Option<String>,
}

/// So many contacts at most.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct AtMostBody {
    /// How many, 1 to 1000.
    #[schema(example = 2)]
    count: u32,
    /// In any period of that length, from `PT1H` to `P1Y`.
    #[schema(example = "P1W")]
    period: String,
}

/// Hours of some days.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct QuietBody {
    /// The days on which it begins.
    #[schema(example = json!(["saturday", "sunday"]))]
    days: Vec<String>,
    /// The hour at which it begins, 0 to 23.
    #[schema(example = 0)]
    from: u8,
    /// The hour at which it ends, 0 to 24; not after `from`: on the next day.
    #[schema(example = 24)]
    to: u8,
}

/// Read a person's preferences
///
/// What is to be honoured, and each part with when it was said and how it reached us. Of identifiers that only claim to
/// be the person's the wishes are honoured too where they want less: a preference can stop a message and never allow
/// one. Topics that belong to another purpose are not told, and where the purpose may not read the person at all the
/// answer is that of reading the profile.
#[utoipa::path(
    get,
    path = "/api/v1/profiles/{kind}/{value}/preferences",
    tag = "People",
    params(
        ("kind" = String, Path, description = "Code of the identifier's kind", example = "email"),
        ("value" = String, Path, description = "The value, percent-encoded", example = "sam%40example.com"),
        ("purpose" = String, Query, description = "Code of the purpose they are read for", example = "orders"),
        ("brand" = Option<String>, Query, description = "Code of the brand; needed where each brand has a permission of its own"),
        ("scope" = Option<String>, Query, description = "The identity scope the identifier belongs to; left out: `default`"),
        ("use" = Option<String>, Query, description = "What they are read for: `profile`, `disclose:subject` or `disclose:legal_claim`; left out: `profile`"),
    ),
    responses((status = 200, description = "The preferences", body = PersonPreferences), Refused),
)]
pub(super) async fn get_preferences(
    State(app): State<App>,
    caller: Caller,
    path: IdentifierPath,
    QueryFields(mut query): QueryFields,
) -> Result<Response, Problem> {
    let purpose = query.text("purpose", CODE_BYTES_MAX);
    let brand = query.optional_text("brand", CODE_BYTES_MAX);
    let scope = query.optional_text("scope", CODE_BYTES_MAX);
    let usage = query.optional("use", 32, USES_OF_READING, read_usage).unwrap_or(Use::Profile);
    query.finish()?;
    caller.check_purpose(&purpose)?;
    check_usage(&caller, usage)?;
    let ask = PreferencesAsk {
        sought: path.sought(scope.as_deref()),
        purpose: &purpose,
        brand: brand.as_deref(),
        usage,
        sees_reasons: roles::sees_reasons(caller.role),
    };
    let read = read_preferences(&app, &ask).await;
    count_read(&app, &caller, &purpose, read.is_ok());
    Ok(json(&read?))
}

/// A change of preferences, with how it reached you.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct PutPreferencesBody {
    #[serde(flatten)]
    preferences: PreferencesBody,
    /// When it was said, RFC 3339; left out: now.
    at: Option<String>,
    /// How it reached you: `form`, `call`, `paper`, `api`; left out: `api`.
    method: Option<String>,
    /// What is to be remembered with it.
    note: Option<String>,
    /// The identity scope the identifier belongs to; left out: `default`.
    scope: Option<String>,
}

/// Change a person's preferences
///
/// Any part; what is left out stays, and null clears a part or a topic. Answers when it is in force, with what is to be honoured
/// from now on of the parts that the body names; the others are read for a purpose. Topics must be declared. It is recorded as an act of the person, and joined and parted with identifiers
/// as permissions are.
#[utoipa::path(
    put,
    path = "/api/v1/profiles/{kind}/{value}/preferences",
    tag = "People",
    params(
        ("kind" = String, Path, description = "Code of the identifier's kind", example = "email"),
        ("value" = String, Path, description = "The value, percent-encoded", example = "sam%40example.com"),
    ),
    request_body(content = PutPreferencesBody, description = "The parts that change"),
    responses((status = 200, description = "In force", body = PersonPreferences), Refused),
)]
pub(super) async fn put_preferences(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    path: IdentifierPath,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, Problem> {
    let scope = fields.optional_text("scope", CODE_BYTES_MAX);
    let at = fields.optional_instant("at");
    let method = fields.optional("method", 16, "one of form, call, paper, api", |text| spelt(&METHODS, text));
    let note = fields.optional_text("note", NOTE_BYTES_MAX);
    let changes = read_changes(&mut fields);
    fields.finish()?;
    let changed: Vec<String> = changes.iter().map(part_of).collect();
    let sought = path.sought(scope.as_deref());
    let by = Teller::Key { name: &caller.key, role: caller.role };
    let ask = ActAsk {
        at,
        said: Said::Preferences(changes),
        evidence: EvidenceDraft { method, note, ..EvidenceDraft::default() },
        ..ActAsk::new(sought, ActKind::Prefer, About::Person, by)
    };
    record_act(&app, &ask).await?;
    Ok(json(&read_changed(&app, sought, &changed).await?))
}

/// The parts that a body changes. What is wrong stands in the fields; what cannot be in the catalogue is told later.
pub(super) fn read_changes(fields: &mut Fields) -> Vec<Change> {
    let mut changes = topics(fields);
    let channel = |text: &String| spelt(&CHANNELS, text);
    if fields.is_cleared("channels") {
        changes.push(Change::Channels(None));
    } else if fields.has("channels") {
        let named = fields.texts("channels", CHANNELS_MAX, 16);
        match named.iter().map(channel).collect::<Option<Vec<_>>>() {
            Some(channels) => changes.push(Change::Channels(Some(channels))),
            None => fields.wrong("channels", "unknown_word", "not a channel", "email, sms, push, phone, post"),
        }
    }
    if fields.is_cleared("at_most") {
        changes.push(Change::AtMost(None));
    } else if let Some(measure) = at_most(fields) {
        changes.push(Change::AtMost(Some(measure)));
    }
    if fields.is_cleared("quiet") {
        changes.push(Change::Quiet(Vec::new()));
    } else if fields.has("quiet") {
        changes.push(Change::Quiet(quiet(fields)));
    }
    for (name, change) in [("time_zone", Change::TimeZone as fn(_) -> _), ("language", Change::Language)] {
        if fields.is_cleared(name) {
            changes.push(change(None));
        } else if let Some(text) = fields.optional_text(name, CODE_BYTES_MAX) {
            changes.push(change(Some(text)));
        }
    }
    changes
}

fn topics(fields: &mut Fields) -> Vec<Change> {
    let Some(mut below) = fields.object("topics") else { return Vec::new() };
    let named = below.entries();
    let expected = "`wanted`, `refused` or null for each topic; a topic that is left out stays as it is";
    if named.len() > TOPICS_MAX {
        fields.wrong("topics", "out_of_range", "too many topics", &format!("at most {TOPICS_MAX}"));
        return Vec::new();
    }
    let wish = |json: &Json| match json {
        Json::Null => Some(Wish::Unsaid),
        json => spelt(&[Wish::Wanted, Wish::Refused], json.as_str()?),
    };
    let changes: Option<Vec<Change>> =
        named.into_iter().map(|(topic, json)| wish(&json).map(|wish| Change::Topic { topic, wish })).collect();
    if changes.is_none() {
        fields.wrong("topics", "unknown_word", "not a wish", expected);
    }
    changes.unwrap_or_default()
}

fn at_most(fields: &mut Fields) -> Option<AtMost> {
    let mut below = fields.object("at_most")?;
    let count = below.optional_number("count", 1..=u64::from(CONTACTS_MAX));
    let period = below.required("period", 32, "a duration from PT1H to P1Y (ISO 8601)", Period::read);
    if count.is_none() {
        let expected = format!("a whole number from 1 to {CONTACTS_MAX}");
        below.wrong("count", "missing_field", "no count", &expected);
    }
    fields.end(below);
    Some(AtMost { count: u32::try_from(count?).ok()?, period: period? })
}

fn quiet(fields: &mut Fields) -> Vec<Quiet> {
    let mut stretches = Vec::new();
    for mut below in fields.objects("quiet", QUIET_MAX) {
        let named = below.texts("days", Day::ALL.len(), 16);
        let days = named.iter().map(|text| spelt(&Day::ALL, text)).collect::<Option<_>>();
        let hour =
            |below: &mut Fields, name| below.optional_number(name, 0..=24).and_then(|hour| u8::try_from(hour).ok());
        let (from, to) = (hour(&mut below, "from"), hour(&mut below, "to"));
        match (days, from, to) {
            (Some(days), Some(from), Some(to)) => stretches.push(Quiet { days, from, to }),
            _ => below.wrong("days", "missing_field", "not a stretch", "`days` of the week, `from` and `to` hours"),
        }
        fields.end(below);
    }
    stretches
}
