//! Members of an audience.

use super::audiences::counts;
use super::auth::Caller;
use super::input::{CodePath, QueryFields};
use super::openapi::Refused;
use super::problem::{Code, Problem};
use super::{json, roles};
use crate::app::App;
use crate::audience::{AudienceState, MEMBERS_PAGE_MAX, Member, Members, members, read_audience};
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of members.
#[derive(Serialize, ToSchema)]
pub(super) struct MemberPage {
    /// Code of the audience.
    audience: String,
    /// On the first page: `ready`, or `evaluating` while not everybody was put to the predicate; members are then partly
    /// those of the predicate before, and there is no count. `blocked` while a register is not in force on which its
    /// purpose depends: nobody belongs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ready", value_type = Option<String>)]
    state: Option<AudienceState>,
    /// How many profiles belong. On the first page, once that is known, and for analysts unless the group is small.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    /// When the count is withheld: it is below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    count_below: Option<u64>,
    /// When that was found.
    as_of: String,
    /// The members, in the order of their ids. Not for analysts.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<Member>>,
    /// How many of the page cannot be read, since what is kept of them is damaged: they are left out. Not for analysts.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<usize>,
    /// What to name as `after` for the next page; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// List members of an audience
///
/// Profiles and since when they belong; who they are is read profile by profile, for a purpose. Each is asked of
/// `permit` again, so a page can be shorter than `limit` and still have a `next`. Analysts get the count alone, and none
/// below 10.
#[utoipa::path(
    get,
    path = "/api/v1/audiences/{code}/members",
    tag = "Audiences",
    params(
        ("code" = String, Path, description = "Its code", example = "regulars"),
        ("after" = Option<String>, Query, description = "The `next` of the page before"),
        ("limit" = Option<u64>, Query, description = "At most so many, 1 to 1000; left out: 100"),
    ),
    responses((status = 200, description = "A page", body = MemberPage), Refused),
)]
pub(super) async fn get_members(
    State(app): State<App>,
    caller: Caller,
    CodePath(code): CodePath,
    QueryFields(mut query): QueryFields,
) -> Result<Response, Problem> {
    let after = query.optional("after", 64, "the `next` of the page before", |text| Uuid::parse_str(text).ok());
    let limit = query.limit(MEMBERS_PAGE_MAX);
    query.finish()?;
    let current = app.current();
    let unknown = || Problem::of(Code::AudienceUnknown);
    let audience = current.policy.audiences.iter().find(|audience| audience.code == code).ok_or_else(unknown)?;
    let purpose = current.policy.slot(audience.slot).map_or("", |rule| &rule.purpose);
    caller.check_purpose(purpose)?;
    let counted = match after {
        None => read_audience(&app, &code, counts(&caller)).await?,
        Some(_) => None,
    };
    let page = if roles::counts_only(caller.role) { None } else { Some(members(&app, audience, after, limit).await?) };
    let unreadable = page.as_ref().map(|page| page.unreadable);
    let (members, next) = page.map_or((None, None), |Members { members, next, .. }| (Some(members), next));
    Ok(json(&MemberPage {
        audience: code,
        state: counted.as_ref().map(|counted| counted.state),
        count: counted.as_ref().and_then(|counted| counted.count),
        count_below: counted.as_ref().and_then(|counted| counted.count_below),
        as_of: app.now().to_string(),
        members,
        unreadable,
        next: next.map(|next| next.to_string()),
    }))
}
