//! Who is in an audience, page by page.

use super::member_row::MemberRow;
use crate::app::App;
use crate::profile::{KeepError, People, READS_MAX, View};
use amana_core::Moment;
use amana_core::catalog::AudienceRule;
use amana_core::identity::FragmentId;
use amana_core::permit::{Context, Question, Use, permit};
use amana_store::space::key;
use amana_store::{KeyRange, Space};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The most members of one page.
pub const MEMBERS_PAGE_MAX: usize = 1_000;

/// A member of an audience. Who it is can only be read with a purpose, profile by profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Member {
    /// The profile: of a person, or of a device that stands for itself, since only a claim says whose it is.
    #[schema(example = "019577e0-7e5f-7c3e-9f0e-6b1d5a3c2f10")]
    pub profile_id: String,
    /// Since when it belongs.
    #[schema(example = "2026-03-01T12:00:00.000Z")]
    pub since: String,
}

/// A page of members, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct Members {
    /// The members.
    pub members: Vec<Member>,
    /// How many of the page cannot be read, since what is kept of them is damaged: they are left out.
    pub unreadable: usize,
    /// After which profile the next page begins; none on the last.
    pub next: Option<Uuid>,
}

/// Members of an audience after a profile. Each is asked of `permit` again, since a permission may have run out by time
/// alone since the pipeline looked; so a page can be shorter than asked for and still have a next one.
///
/// # Errors
/// When the store cannot be read.
pub async fn members(
    app: &App,
    audience: &AudienceRule,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Members, KeepError> {
    for _ in 1..READS_MAX {
        match page(app, audience, after, limit, false).await {
            Err(error) if error.is_superseded() => {}
            done => return done,
        }
    }
    page(app, audience, after, limit, true).await
}

async fn page(
    app: &App,
    audience: &AudienceRule,
    after: Option<Uuid>,
    limit: usize,
    last: bool,
) -> Result<Members, KeepError> {
    let (current, now) = (app.current(), app.now());
    let policy = &current.policy;
    let snapshot = app.store().snapshot().await?;
    let view = View::Still(&snapshot);
    let all = KeyRange::prefix(key::members_of_audience(audience.number));
    let range = match after {
        Some(after) => all.after(&key::member(audience.number, *after.as_bytes())),
        None => all,
    };
    let limit = limit.clamp(1, MEMBERS_PAGE_MAX);
    let rows = view.scan(Space::Member, range, limit + 1).await?;
    let more = rows.len() > limit;
    let read = |(key, row): &(Vec<u8>, amana_store::Versioned)| {
        let (_, profile) = key::audience_and_profile(key)?;
        Some((FragmentId(Uuid::from_bytes(profile)), MemberRow::decode(&row.value).ok()?.since))
    };
    let page: Vec<(FragmentId, Moment)> = rows.iter().take(limit).filter_map(read).collect();
    let ids: Vec<FragmentId> = page.iter().map(|(id, _)| *id).collect();
    let people = People::load_readable(app.keeper(), view, &ids, last).await?;
    let unreadable = people.out_of_reach([]);
    let slot = policy.slot(audience.slot);
    let permitted = |id: FragmentId| {
        let whole = people.member(id, policy, now);
        let person = whole.person(None);
        permit(&Question { policy, slot, person, usage: Use::Segment, context: Context::default(), now, contact: None })
            .allow
    };
    let next = page.last().filter(|_| more).map(|(id, _)| id.0);
    let (readable, left_out): (Vec<_>, Vec<_>) = page.into_iter().partition(|(id, _)| !unreadable.contains(id));
    let shown = readable.into_iter().filter(|(id, _)| permitted(*id));
    let members = shown.map(|(id, since)| Member { profile_id: id.to_string(), since: since.to_string() }).collect();
    Ok(Members { members, unreadable: left_out.len(), next })
}
