//! Many acts in one request.

use super::auth::Caller;
use super::fields::{CODE_BYTES_MAX, Fields};
use super::input::{DEFAULT_SCOPE, ManyFields, NoQuery};
use super::json;
use super::openapi::Refused;
use super::permissions::{ActBody, ReadAct};
use super::problem::{Code, FieldError, Problem, ProblemBody};
use crate::app::App;
use crate::profile::Sought;
use crate::profile::record::{
    ACTS_PER_REQUEST_MAX, ActAsk, Prepared, Recorded, StateAfter, act_id, prepare_act, record_prepared,
};
use crate::profile::spelling::{ACTS_OF_PEOPLE, ACTS_OF_STAFF, spelt, word};
use amana_core::identity::IDENTIFIER_BYTES_MAX;
use amana_core::permission::ActKind;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Bytes of an idempotency key.
const KEY_BYTES_MAX: usize = 255;

/// Acts to be recorded.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct ActsBody {
    /// The acts, at most 500. Each is judged by what was in force before the request, and by the acts before it in the list.
    acts: Vec<ActItem>,
}

/// One act.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct ActItem {
    /// Names the act (UUID) for this API key, so that sending it again within a week changes nothing; left out: taken
    /// from `Idempotency-Key`, else given here. Another act of the person under the same name is refused.
    #[schema(example = "0197a1c2-7b3c-7f10-8000-000000000001")]
    id: Option<String>,
    /// Whose act it is.
    identifier: ActIdentifier,
    #[serde(flatten)]
    act: ActBody,
}

/// An identifier of a person.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(super) struct ActIdentifier {
    /// Code of its kind.
    #[schema(example = "email")]
    kind: String,
    /// The value.
    #[schema(example = "sam@example.com")]
    value: String,
}

/// What became of each act.
#[derive(Serialize, ToSchema)]
pub(super) struct ActsAnswer {
    /// How many were recorded, those that had been before included.
    #[schema(example = 2)]
    recorded: usize,
    /// How many were refused.
    #[schema(example = 0)]
    refused: usize,
    /// Whether what was recorded is in force. Else it is durable, and takes effect soon.
    in_force: bool,
    /// One for each act, in their order.
    items: Vec<ItemAnswer>,
}

/// What became of one act.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct ItemAnswer {
    /// The status this act alone would have been answered with.
    #[schema(example = 200)]
    status: u16,
    /// Whether it is recorded durably.
    recorded: bool,
    /// Names the act.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// What was recorded: an agreement that still has to be confirmed is a `request`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "withdraw")]
    act: Option<String>,
    /// Whether it had been recorded before, and this time changed nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    repeated: Option<bool>,
    /// The states of the purposes it is about, after all acts of the request; of those this key may name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    after: Vec<StateAfter>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ProblemBody>)]
    problem: Option<Json>,
}

/// Record acts
///
/// One form for everything that people decide and staff record: permissions, restrictions, corrections, preferences.
/// Each act is checked by itself; what is wrong is refused with its problem, and everything else is recorded together,
/// durably before the answer. The answer is 200 when the request could be read: look at each item.
///
/// Acts are judged in the order of the list, each as if those before it that were not refused were in force: `restrict`,
/// `told` and `lift` of one person can come together, and what was restricted anew is not lifted by what the person was told
/// before. A guardian's decision is refused behind a correction of the same child. Which state follows is a matter of when
/// each was done: acts without `at` are done at one instant, at which of a yes and a no the no counts, and a lift does not
/// come after its restriction.
///
/// Sending acts again is harmless for a week: by the `id` of each, or by `Idempotency-Key`, under which each act goes by
/// its place in the list. A name is of one act: another one of the person under it is answered 409 and not recorded, and
/// a list that names two acts alike is refused whole. Who may record what is as with one act.
#[utoipa::path(
    post,
    path = "/api/v1/acts",
    tag = "People",
    params(("Idempotency-Key" = Option<String>, Header, description = "Names the request: the same again changes nothing")),
    request_body(content = ActsBody, description = "The acts"),
    responses((status = 200, description = "What became of each", body = ActsAnswer), Refused),
)]
pub(super) async fn post_acts(
    State(app): State<App>,
    caller: Caller,
    _: NoQuery,
    headers: HeaderMap,
    ManyFields(mut fields): ManyFields,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let acts = fields.objects("acts", ACTS_PER_REQUEST_MAX);
    if acts.is_empty() {
        let expected = format!("a list of 1 to {ACTS_PER_REQUEST_MAX} objects");
        fields.wrong("acts", "missing_field", "no act is named", &expected);
    }
    fields.finish()?;
    let read = |(place, fields)| {
        let name = key.as_deref().map(|key| act_id(&caller.key, key, place));
        Item::of(fields, name).and_then(|item| item.check(&caller))
    };
    let read: Vec<Result<Item, Problem>> = acts.into_iter().enumerate().map(read).collect();
    named_once(&read)?;
    let (mut items, mut prepared, now) = (Vec::with_capacity(read.len()), Vec::new(), app.now());
    for item in read {
        match item {
            Err(problem) => items.push(Err(problem)),
            Ok(item) => match prepare_act(&app, &item.ask(&caller), &prepared, now).await {
                Err(refused) => items.push(Err(refused.into())),
                Ok(ready) => {
                    items.push(Ok((item, prepared.len())));
                    prepared.push(ready);
                }
            },
        }
    }
    let recorded = record_prepared(&app, &mut prepared).await?;
    let mut answers = Vec::with_capacity(items.len());
    for item in items {
        answers.push(match item {
            Err(problem) => refused(&problem),
            Ok((item, place)) => told(&app, &caller, &item, &prepared[place], recorded).await?,
        });
    }
    let count = answers.iter().filter(|answer| answer.recorded).count();
    Ok(json(&ActsAnswer {
        recorded: count,
        refused: answers.len() - count,
        in_force: recorded == Recorded::InForce,
        items: answers,
    }))
}

/// Of two acts of one name nobody knows which is meant, so neither is recorded.
fn named_once(items: &[Result<Item, Problem>]) -> Result<(), Problem> {
    let mut known = HashMap::new();
    let mut twice = Vec::new();
    let named = |(place, item): (usize, &Result<Item, Problem>)| Some((place, item.as_ref().ok()?.id?));
    for (place, id) in items.iter().enumerate().filter_map(named) {
        if let Some(first) = known.insert(id, place) {
            let message = format!("acts[{first}] has the same `id`");
            let expected = "an `id` of its own for each act";
            twice.push(FieldError::new(&format!("acts[{place}].id"), "not_unique", message, expected));
        }
    }
    if twice.is_empty() { Ok(()) } else { Err(Problem::of(Code::InvalidFields).with(twice)) }
}

fn refused(problem: &Problem) -> ItemAnswer {
    let body = serde_json::to_value(problem.body()).unwrap_or_default();
    ItemAnswer { status: problem.status.as_u16(), problem: Some(body), ..ItemAnswer::default() }
}

async fn told(
    app: &App,
    caller: &Caller,
    item: &Item,
    prepared: &Prepared,
    recorded: Recorded,
) -> Result<ItemAnswer, Problem> {
    let mut after = match recorded {
        Recorded::InForce => StateAfter::of(app, item.sought(), &prepared.targets).await?,
        Recorded::NotYetInForce => Vec::new(),
    };
    after.retain(|state| caller.may_name(&state.purpose));
    Ok(ItemAnswer {
        status: 200,
        recorded: true,
        id: Some(prepared.id.to_string()),
        act: Some(word(&prepared.act)),
        repeated: Some(prepared.repeated),
        after,
        problem: None,
    })
}

/// One act as it was read.
struct Item {
    id: Option<Uuid>,
    kind: String,
    value: String,
    act: ReadAct,
}

impl Item {
    fn of(mut fields: Fields, name: Option<Uuid>) -> Result<Self, Problem> {
        let id = fields.optional("id", 36, "a UUID", |text| Uuid::parse_str(text).ok()).or(name);
        let (mut kind, mut value) = (String::new(), String::new());
        match fields.object("identifier") {
            Some(mut below) => {
                kind = below.text("kind", CODE_BYTES_MAX);
                value = below.text("value", IDENTIFIER_BYTES_MAX);
                fields.end(below);
            }
            None => {
                let expected = "an object with `kind` and `value`";
                fields.wrong("identifier", "missing_field", "`identifier` is missing", expected);
            }
        }
        let all: Vec<ActKind> = ACTS_OF_PEOPLE.into_iter().chain(ACTS_OF_STAFF).collect();
        let names: Vec<String> = all.iter().map(word).collect();
        let kind_of_act = fields.required("act", 32, &format!("one of {}", names.join(", ")), |text| spelt(&all, text));
        let act = ReadAct::of_kind(kind_of_act.unwrap_or(ActKind::Object), &mut fields);
        fields.finish()?;
        Ok(Self { id, kind, value, act })
    }

    fn check(self, caller: &Caller) -> Result<Self, Problem> {
        self.act.check_role(caller)?;
        Ok(self)
    }

    fn sought(&self) -> Sought<'_> {
        let scope = self.act.scope.as_deref().unwrap_or(DEFAULT_SCOPE);
        Sought { kind: &self.kind, value: &self.value, scope }
    }

    fn ask<'a>(&'a self, caller: &'a Caller) -> ActAsk<'a> {
        ActAsk { id: self.id, ..self.act.ask(self.sought(), caller) }
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| (1..=KEY_BYTES_MAX).contains(&text.len()));
    let wrong = || Problem::new(Code::BadBody, format!("`Idempotency-Key` is a text of 1 to {KEY_BYTES_MAX} bytes"));
    text.map(|text| Some(text.to_owned())).ok_or_else(wrong)
}
