//! What a person decided, and recording what they decide.

use super::auth::Caller;
use super::fields::Fields;
use super::input::{CODE_BYTES_MAX, IdentifierPath, JsonFields, QueryFields};
use super::json;
use super::openapi::Refused;
use super::problem::{Code, Problem};
use super::profiles::DEFAULT_SCOPE;
use super::roles;
use crate::app::App;
use crate::profile::Sought;
use crate::profile::permissions::{Permission, Permissions, Sight, read_permissions};
use crate::profile::record::{About, ActAsk, NOTE_BYTES_MAX, record_act};
use crate::profile::spelling::{ACTS_OF_PEOPLE, ACTS_OF_STAFF, CHANNELS, METHODS, spelt, word};
use amana_core::Moment;
use amana_core::permission::{ActKind, Channel, Method};
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// Read a person's permissions
///
/// For each purpose and brand: the state, what may be done now and why, and the acts with their evidence. Somebody
/// nobody knows has the permissions of somebody who has said nothing. Keys that are declared with purposes see these.
#[utoipa::path(
    get,
    path = "/api/v1/profiles/{kind}/{value}/permissions",
    tag = "People",
    params(
        ("kind" = String, Path, description = "Code of the identifier's kind", example = "email"),
        ("value" = String, Path, description = "The value, percent-encoded", example = "sam%40example.com"),
        ("scope" = Option<String>, Query, description = "The identity scope the identifier belongs to; left out: `default`"),
    ),
    responses((status = 200, description = "The permissions", body = Permissions), Refused),
)]
pub(super) async fn get_permissions(
    State(app): State<App>,
    caller: Caller,
    IdentifierPath { kind, value }: IdentifierPath,
    QueryFields(mut query): QueryFields,
) -> Result<Response, Problem> {
    let scope = query.optional_text("scope", CODE_BYTES_MAX);
    query.finish()?;
    let sought = Sought { kind: &kind, value: &value, scope: scope.as_deref().unwrap_or(DEFAULT_SCOPE) };
    Ok(json(&read_permissions(&app, sought, sight(&caller)).await?))
}

/// An act to be recorded: exactly one of `purpose` and `target` says what it is about.
#[derive(Debug, Default, ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct ActBody {
    /// What was done: `grant`, `refuse`, `withdraw`, `object`, `request` (asked to confirm); for the privacy office
    /// also `inform`, `uphold`, `override`, `assert`, `invalidate`, `guardian`, `restrict`, `lift`.
    #[schema(example = "withdraw")]
    act: String,
    /// Code of the purpose.
    #[schema(example = "news")]
    purpose: Option<String>,
    /// Code of the brand. Who says no without naming one says no to all brands; agreeing needs one.
    brand: Option<String>,
    /// Instead of a purpose: `direct_marketing`, `person` or `channel:email`, `sms`, `push`, `phone`, `post`.
    target: Option<String>,
    /// When it was done, RFC 3339; left out: now. Never later than now.
    #[schema(example = "2026-03-01T12:00:00Z")]
    at: Option<String>,
    /// For `assert`: until when.
    until: Option<String>,
    /// How it reached us: `form`, `call`, `paper`, `api`; left out: `api`.
    #[schema(example = "call")]
    method: Option<String>,
    /// Language (BCP 47) of the text that was shown.
    #[schema(example = "en")]
    language: Option<String>,
    /// SHA-256 in hex of the text that was shown; left out: that of the purpose's text in `language`.
    text_sha256: Option<String>,
    /// The law that applied.
    #[schema(example = "DE")]
    jurisdiction: Option<String>,
    /// What is to be remembered with it: a reason, grounds. Needed for `override`, `assert` and `lift`.
    note: Option<String>,
    /// The identity scope the identifier belongs to; left out: `default`.
    scope: Option<String>,
}

/// An act that is in force, with the permissions after it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecordedAnswer {
    /// Names the act.
    id: String,
    /// What was recorded.
    act: String,
    /// When it was done.
    at: String,
    /// When it was recorded.
    received: String,
    /// When the permissions were read.
    as_of: String,
    /// The permissions now: of the purpose the act was about, else all that this key may see.
    permissions: Vec<Permission>,
}

/// Record an act of a person
///
/// Writes down what somebody decided, with its evidence, and answers when it is in force: from then on nothing is
/// collected, chosen or sent against it. It works for people nobody knows yet, so that anybody may object. Keys of
/// role `service` record what people say, for their own purposes, and refusals of marketing, channels and everything;
/// decisions of staff are the privacy office's. An objection to direct marketing cannot be overridden.
#[utoipa::path(
    put,
    path = "/api/v1/profiles/{kind}/{value}/permissions",
    tag = "People",
    params(
        ("kind" = String, Path, description = "Code of the identifier's kind", example = "email"),
        ("value" = String, Path, description = "The value, percent-encoded", example = "sam%40example.com"),
    ),
    request_body(content = ActBody, description = "The act"),
    responses((status = 200, description = "In force", body = RecordedAnswer), Refused),
)]
pub(super) async fn put_permissions(
    State(app): State<App>,
    caller: Caller,
    IdentifierPath { kind, value }: IdentifierPath,
    JsonFields(fields): JsonFields,
) -> Result<Response, Problem> {
    let read = ReadAct::of(fields)?;
    read.check_role(&caller)?;
    let sought = Sought { kind: &kind, value: &value, scope: read.scope.as_deref().unwrap_or(DEFAULT_SCOPE) };
    let recorded = record_act(&app, &read.ask(sought, &caller)).await?;
    let mut after = read_permissions(&app, sought, sight(&caller)).await?;
    if let ReadTarget::Purpose { purpose, brand } = &read.target {
        let named = |known: &Permission| brand.is_none() || known.brand.is_none() || known.brand == *brand;
        after.permissions.retain(|known| known.purpose == *purpose && named(known));
    }
    Ok(json(&RecordedAnswer {
        id: recorded.id.to_string(),
        act: word(&read.act),
        at: recorded.at.to_string(),
        received: recorded.received.to_string(),
        as_of: after.as_of,
        permissions: after.permissions,
    }))
}

fn sight(caller: &Caller) -> Sight<'_> {
    Sight { purposes: &caller.purposes, whole: roles::sees_reasons(caller.role) }
}

enum ReadTarget {
    Purpose { purpose: String, brand: Option<String> },
    DirectMarketing,
    Person,
    Channel(Channel),
}

/// An act as it was read from a body.
struct ReadAct {
    act: ActKind,
    target: ReadTarget,
    at: Option<Moment>,
    until: Option<Moment>,
    method: Method,
    language: Option<String>,
    text_sha256: Option<String>,
    jurisdiction: Option<String>,
    note: Option<String>,
    scope: Option<String>,
}

impl ReadAct {
    fn of(mut fields: Fields) -> Result<Self, Problem> {
        let all: Vec<ActKind> = ACTS_OF_PEOPLE.into_iter().chain(ACTS_OF_STAFF).collect();
        let names: Vec<String> = all.iter().map(word).collect();
        let act = fields.required("act", 32, &format!("one of {}", names.join(", ")), |text| spelt(&all, text));
        let purpose = fields.optional_text("purpose", CODE_BYTES_MAX);
        let brand = fields.optional_text("brand", CODE_BYTES_MAX);
        let expected = "direct_marketing, person or channel:email|sms|push|phone|post";
        let named = fields.optional("target", 32, expected, target);
        let target = match (purpose, named) {
            (Some(purpose), None) => Some(ReadTarget::Purpose { purpose, brand }),
            (None, Some(target)) if brand.is_none() => Some(target),
            (None, Some(_)) => {
                fields.wrong("brand", "unknown_field", "a brand goes with a purpose", "no brand beside `target`");
                None
            }
            _ => {
                fields.wrong("purpose", "missing_field", "neither or both of `purpose` and `target`", "exactly one");
                None
            }
        };
        let hex = |text: &str| {
            let hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            hex.then(|| text.to_ascii_lowercase())
        };
        let tag = |text: &str| {
            let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
            text.chars().all(fits).then(|| text.to_owned())
        };
        let read = Self {
            act: act.unwrap_or(ActKind::Object),
            target: target.unwrap_or(ReadTarget::Person),
            at: fields.optional_instant("at"),
            until: fields.optional_instant("until"),
            method: fields
                .optional("method", 16, "one of form, call, paper, api", |text| spelt(&METHODS, text))
                .unwrap_or(Method::Api),
            language: fields.optional("language", 35, "a language tag (BCP 47), such as en", tag),
            text_sha256: fields.optional("text_sha256", 64, "64 hexadecimal digits", hex),
            jurisdiction: fields.optional("jurisdiction", 16, "a country, such as DE or US-CA", tag),
            note: fields.optional_text("note", NOTE_BYTES_MAX),
            scope: fields.optional_text("scope", CODE_BYTES_MAX),
        };
        fields.finish()?;
        Ok(read)
    }

    fn check_role(&self, caller: &Caller) -> Result<(), Problem> {
        if !roles::acts(caller.role).contains(&self.act) {
            let detail = format!("`{}` is the privacy office's to record; use a key of role privacy", word(&self.act));
            return Err(Problem::new(Code::RoleNotAllowed, detail));
        }
        match &self.target {
            ReadTarget::Purpose { purpose, .. } => caller.check_purpose(purpose),
            // Whoever is told no passes it on (GDPR Art. 12(2)); agreeing to a channel reaches beyond a key's purposes.
            _ if self.act == ActKind::Grant && !caller.purposes.is_empty() => {
                let detail = "this key may agree for its own purposes only; it may record every refusal";
                Err(Problem::new(Code::PurposeNotForKey, detail))
            }
            _ => Ok(()),
        }
    }

    fn ask<'a>(&'a self, sought: Sought<'a>, caller: &'a Caller) -> ActAsk<'a> {
        let about = match &self.target {
            ReadTarget::Purpose { purpose, brand } => About::Purpose { purpose, brand: brand.as_deref() },
            ReadTarget::DirectMarketing => About::DirectMarketing,
            ReadTarget::Person => About::Person,
            ReadTarget::Channel(channel) => About::Channel(*channel),
        };
        ActAsk {
            sought,
            act: self.act,
            about,
            at: self.at,
            until: self.until,
            method: self.method,
            language: self.language.clone(),
            text_sha256: self.text_sha256.clone(),
            jurisdiction: self.jurisdiction.clone(),
            note: self.note.clone(),
            key: &caller.key,
            role: caller.role,
        }
    }
}

fn target(text: &str) -> Option<ReadTarget> {
    match text {
        "direct_marketing" => Some(ReadTarget::DirectMarketing),
        "person" => Some(ReadTarget::Person),
        _ => spelt(&CHANNELS, text.strip_prefix("channel:")?).map(ReadTarget::Channel),
    }
}
