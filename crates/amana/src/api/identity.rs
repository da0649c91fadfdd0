//! Who is one person: looking at it, joining and splitting.

use super::auth::Caller;
use super::fields::{CODE_BYTES_MAX, Fields};
use super::input::{DEFAULT_SCOPE, IdentifierPath, JsonFields, NoQuery, QueryFields};
use super::json;
use super::openapi::Refused;
use super::problem::{NamedFields, Problem, identity_problem};
use super::profiles::{USES_OF_READING, check_usage, read_usage};
use crate::app::App;
use crate::identity::shown::{IdentityChanges, IdentityGraph};
use crate::identity::{
    DecidedIdentity, Decision, GraphAsk, IdentityAsk, IdentityRefused, OTHERS_MAX, Other, decide, look_ahead,
    read_graph,
};
use crate::profile::Sought;
use crate::profile::record::NOTE_BYTES_MAX;
use amana_core::identity::IDENTIFIER_BYTES_MAX;
use amana_core::permit::Use;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Look at why somebody is one person
///
/// Every fragment that is held together with the identifier, what holds it (with its source, or the act of staff and
/// its note), what once held it and was banned, the splits that keep others away, and the limits. The graph itself is
/// shown whatever the purpose; an identifier's value is shown where the purpose may see it, and else the reason why not. With
/// `use` values are shown for the person or a legal claim, also while processing is restricted (GDPR Art. 15, 18(2)).
/// With `to` it answers why two identifiers are one person: by the shortest path, proof before claims.
#[utoipa::path(
    get,
    path = "/api/v1/profiles/{kind}/{value}/identity",
    tag = "People",
    params(
        ("kind" = String, Path, description = "Code of the identifier's kind", example = "email"),
        ("value" = String, Path, description = "The value, percent-encoded", example = "sam%40example.com"),
        ("purpose" = String, Query, description = "Code of the purpose identifiers are shown for", example = "orders"),
        ("brand" = Option<String>, Query, description = "Code of the brand; needed where each brand has a permission of its own"),
        ("scope" = Option<String>, Query, description = "The identity scope the identifiers belong to; left out: `default`"),
        ("use" = Option<String>, Query, description = "What values are shown for: `profile`, `disclose:subject` or `disclose:legal_claim`; left out: `profile`"),
        ("to" = Option<String>, Query, description = "Another identifier, as `kind:value`: why is it the same person?", example = "user_id:u1"),
    ),
    responses((status = 200, description = "The graph", body = IdentityGraph), Refused),
)]
pub(super) async fn get_identity(
    State(app): State<App>,
    caller: Caller,
    path: IdentifierPath,
    QueryFields(mut query): QueryFields,
) -> Result<Response, Problem> {
    let purpose = query.text("purpose", CODE_BYTES_MAX);
    let brand = query.optional_text("brand", CODE_BYTES_MAX);
    let scope = query.optional_text("scope", CODE_BYTES_MAX);
    let usage = query.optional("use", 32, USES_OF_READING, read_usage).unwrap_or(Use::Profile);
    let to = query.optional("to", CODE_BYTES_MAX + IDENTIFIER_BYTES_MAX, "kind:value", |text| {
        text.split_once(':').map(|(kind, value)| (kind.to_owned(), value.to_owned()))
    });
    query.finish()?;
    caller.check_purpose(&purpose)?;
    check_usage(&caller, usage)?;
    let sought = path.sought(scope.as_deref());
    let to = to.as_ref().map(|(kind, value)| Sought { kind, value, scope: sought.scope });
    let ask = GraphAsk { sought, purpose: &purpose, brand: brand.as_deref(), usage, to };
    Ok(json(&read_graph(&app, &ask).await?))
}

/// An identifier of a decision.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct DecisionIdentifier {
    /// Code of the kind.
    #[schema(example = "email")]
    kind: String,
    /// The value.
    #[schema(example = "sam@example.com")]
    value: String,
    /// The identity scope it belongs to; left out: `default`.
    scope: Option<String>,
}

/// Somebody who goes: an identifier, or a fragment as the graph names it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct DecisionPart {
    /// Code of the kind.
    #[schema(example = "email")]
    kind: Option<String>,
    /// The value.
    #[schema(example = "sam@example.com")]
    value: Option<String>,
    /// The identity scope it belongs to; left out: `default`.
    scope: Option<String>,
    /// Instead of kind and value: id of a fragment, for a visit or an identifier whose value is not shown.
    fragment: Option<String>,
}

/// A join to be decided.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct JoinBody {
    /// The person.
    person: DecisionIdentifier,
    /// Who is the same person.
    with: Vec<DecisionIdentifier>,
    /// How it is known: what a person of staff would say when asked in a year.
    #[schema(example = "Called us from the new number and knew the last order.")]
    note: String,
    /// Only tell what would change.
    preview: Option<bool>,
}

/// A split to be decided.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct SplitBody {
    /// The person who stays.
    person: DecisionIdentifier,
    /// Who goes.
    part: Vec<DecisionPart>,
    /// How it is known.
    #[schema(example = "The tablet is shared in the household.")]
    note: String,
    /// Only tell what would change.
    preview: Option<bool>,
}

/// A decision in force, or with `preview` what it would change.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionAnswer {
    /// Names the act; none for a preview.
    id: Option<String>,
    /// Whether it is in force, in contrast to a preview.
    in_force: bool,
    /// When it was recorded.
    received: Option<String>,
    /// What it changes.
    changes: IdentityChanges,
}

impl DecisionAnswer {
    /// What a decision would change.
    pub(super) fn foreseen(changes: IdentityChanges) -> Self {
        Self { id: None, in_force: false, received: None, changes }
    }

    /// What a decision has changed.
    pub(super) fn decided(decided: DecidedIdentity) -> Self {
        let (id, received) = (Some(decided.id.to_string()), Some(decided.received.to_string()));
        Self { id, in_force: true, received, changes: decided.changes }
    }
}

/// Reads why something is decided.
pub(super) fn read_note(fields: &mut Fields) -> String {
    let note = fields.text("note", NOTE_BYTES_MAX);
    if !note.is_empty() && note.trim().is_empty() {
        fields.wrong("note", "out_of_range", "it says nothing", "how it is known");
    }
    note
}

/// Join persons
///
/// Says that identifiers belong to one person: an edge of staff, with its reason. What was split before is taken back;
/// limits of kinds may be passed and are then reported. Between what staff joins the more restrictive decision counts,
/// and no consent is made by it. A split undoes it. With `preview` nothing is recorded.
#[utoipa::path(
    post,
    path = "/api/v1/identity/join",
    tag = "People",
    request_body(content = JoinBody, description = "The join"),
    responses((status = 200, description = "In force, or what it would change", body = DecisionAnswer), Refused),
)]
pub(super) async fn post_join(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    JsonFields(fields): JsonFields,
) -> Result<Response, Problem> {
    let read = ReadDecision::of(fields, Decision::Join)?;
    read.answer(&app, &caller).await
}

/// Split a person
///
/// Takes identifiers from a person, with whatever hangs on the person through them alone. Edges between both sides are
/// banned, and no event joins them again. Each side has its own history back; nothing that was decided is lost and
/// nothing is added. With `preview` nothing is recorded.
#[utoipa::path(
    post,
    path = "/api/v1/identity/split",
    tag = "People",
    request_body(content = SplitBody, description = "The split"),
    responses((status = 200, description = "In force, or what it would change", body = DecisionAnswer), Refused),
)]
pub(super) async fn post_split(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    JsonFields(fields): JsonFields,
) -> Result<Response, Problem> {
    let read = ReadDecision::of(fields, Decision::Split)?;
    read.answer(&app, &caller).await
}

/// An identifier as it was read: kind, value, scope.
pub(super) struct ReadIdentifier(String, String, Option<String>);

impl ReadIdentifier {
    fn of(fields: &mut Fields) -> Self {
        let kind = fields.text("kind", CODE_BYTES_MAX);
        let value = fields.text("value", IDENTIFIER_BYTES_MAX);
        Self(kind, value, fields.optional_text("scope", CODE_BYTES_MAX))
    }

    /// Reads it from a field of that name.
    pub(super) fn of_field(fields: &mut Fields, name: &'static str) -> Self {
        let Some(mut named) = fields.object(name) else {
            fields.wrong(name, "missing_field", &format!("`{name}` is missing"), "an object with `kind` and `value`");
            return Self(String::new(), String::new(), None);
        };
        let read = Self::of(&mut named);
        fields.end(named);
        read
    }

    pub(super) fn sought(&self) -> Sought<'_> {
        let Self(kind, value, scope) = self;
        Sought { kind, value, scope: scope.as_deref().unwrap_or(DEFAULT_SCOPE) }
    }
}

/// One of the others as it was read.
enum ReadOther {
    Identifier(ReadIdentifier),
    Fragment(Uuid),
}

/// A decision as it was read.
struct ReadDecision {
    decision: Decision,
    person: ReadIdentifier,
    others: Vec<ReadOther>,
    note: String,
    preview: bool,
}

impl ReadDecision {
    fn of(mut fields: Fields, decision: Decision) -> Result<Self, Problem> {
        let person = ReadIdentifier::of_field(&mut fields, "person");
        let name = listed_in(decision);
        let listed = fields.objects(name, OTHERS_MAX);
        if listed.is_empty() {
            fields.wrong(name, "missing_field", "nobody is named", &format!("a list of 1 to {OTHERS_MAX} objects"));
        }
        let mut others = Vec::with_capacity(listed.len());
        for mut one in listed {
            others.push(other(&mut one, decision));
            fields.end(one);
        }
        let note = read_note(&mut fields);
        let preview = fields.flag("preview");
        fields.finish()?;
        Ok(Self { decision, person, others, note, preview })
    }

    async fn answer(&self, app: &App, caller: &Caller) -> Result<Response, Problem> {
        fn other(read: &ReadOther) -> Other<'_> {
            match read {
                ReadOther::Identifier(identifier) => Other::Identifier(identifier.sought()),
                ReadOther::Fragment(id) => Other::Fragment(*id),
            }
        }
        let others = self.others.iter().map(other).collect();
        let ask = IdentityAsk {
            decision: self.decision,
            person: self.person.sought(),
            others,
            note: &self.note,
            key: &caller.key,
            role: caller.role,
        };
        if self.preview {
            let foreseen = look_ahead(app, &ask).await.map_err(|refused| self.problem(refused))?;
            return Ok(json(&DecisionAnswer::foreseen(foreseen)));
        }
        let decided = decide(app, &ask).await.map_err(|refused| self.problem(refused))?;
        Ok(json(&DecisionAnswer::decided(decided)))
    }

    /// Why it is refused, with the fields as the body has them. A fragment is named and not looked for.
    fn problem(&self, refused: IdentityRefused) -> Problem {
        let list = listed_in(self.decision);
        let listed = self.others.iter().enumerate();
        let listed = listed.filter(|(_, other)| matches!(other, ReadOther::Identifier(_)));
        let identifiers =
            std::iter::once("person".to_owned()).chain(listed.map(|(place, _)| format!("{list}[{place}]")));
        identity_problem(refused, &NamedFields { identifiers: identifiers.collect(), others: list })
    }
}

/// The field of the body that lists those who are named beside the person.
fn listed_in(decision: Decision) -> &'static str {
    if decision == Decision::Join { "with" } else { "part" }
}

fn other(fields: &mut Fields, decision: Decision) -> ReadOther {
    if decision == Decision::Split && fields.has("fragment") {
        let id = fields.required("fragment", 36, "the id of a fragment", |text| Uuid::parse_str(text).ok());
        return ReadOther::Fragment(id.unwrap_or_default());
    }
    ReadOther::Identifier(ReadIdentifier::of(fields))
}
