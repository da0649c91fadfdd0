//! The people whose processing is restricted (GDPR Art. 18): found by an index, so that nobody goes over everybody.

use super::classes::Classes;
use super::find::FindError;
use super::keeper::{KeepError, READS_MAX, View};
use super::people::People;
use super::restricted::{Restriction, restrictions};
use super::spelling::word;
use super::whole::Whole;
use crate::app::App;
use amana_core::catalog::Policy;
use amana_core::identity::FragmentId;
use amana_core::permission::{Act, ActKind, Target};
use amana_core::{SlotSet, Value};
use amana_store::{KeyRange, Space};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;
use uuid::Uuid;

/// How many people a page has at most.
pub const RESTRICTIONS_PAGE_MAX: usize = 200;

/// Somebody whose processing is restricted.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestrictedPerson {
    /// Names the profile.
    pub profile_id: String,
    /// The identifiers whose values are kept: for whoever has to write to the person before it is lifted.
    pub identifiers: Vec<RestrictedIdentifier>,
    /// The restrictions in force.
    pub restrictions: Vec<RestrictionView>,
}

/// An identifier of a person.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct RestrictedIdentifier {
    /// Code of its kind.
    #[schema(example = "email")]
    pub kind: String,
    /// The value.
    pub value: String,
}

/// A restriction in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestrictionView {
    /// Code of the purpose; none: everything.
    pub purpose: Option<String>,
    /// The brand, where each has a permission of its own.
    pub brand: Option<String>,
    /// Since when.
    pub since: String,
    /// Why, as staff wrote it down.
    pub note: Option<String>,
    /// When the person was told that it is about to be lifted (GDPR Art. 18(3)); none: it cannot be lifted yet.
    pub told: Option<String>,
    /// How they were told.
    pub told_how: Option<String>,
}

/// A page of restricted people.
#[derive(Debug)]
pub struct RestrictedPage {
    /// The people, in the order of the identifiers they asked by.
    pub people: Vec<RestrictedPerson>,
    /// How many of the page cannot be read, since what is kept of them is damaged: they are left out.
    pub unreadable: usize,
    /// What comes next.
    pub next: Option<Uuid>,
}

/// The people under restriction, as far as these purposes see them; without any all.
///
/// # Errors
/// When something cannot be read.
pub async fn restricted_people(
    app: &App,
    purposes: &[String],
    after: Option<Uuid>,
    limit: usize,
) -> Result<RestrictedPage, FindError> {
    for _ in 1..READS_MAX {
        match page(app, purposes, after, limit, false).await {
            Err(error) if error.is_superseded() => {}
            done => return Ok(done?),
        }
    }
    Ok(page(app, purposes, after, limit, true).await?)
}

async fn page(
    app: &App,
    purposes: &[String],
    after: Option<Uuid>,
    limit: usize,
    last: bool,
) -> Result<RestrictedPage, KeepError> {
    let (current, now) = (app.current(), app.now());
    let sight = slots_of(&current.policy, purposes);
    let snapshot = app.store().snapshot().await?;
    let view = View::Still(&snapshot);
    let range = after.map_or_else(KeyRange::all, |after| KeyRange::all().after(after.as_bytes()));
    let rows = view.scan(Space::Restricted, range, limit).await?;
    let ids: Vec<FragmentId> = rows.iter().filter_map(|(key, _)| Uuid::from_slice(key).ok()).map(FragmentId).collect();
    let people = People::load_readable(app.keeper(), view, &ids, last).await?;
    let unreadable = people.out_of_reach([]);
    let classes = Classes::of(view, people.iter().flat_map(|entry| entry.fragment.classes.iter().copied())).await?;
    let mut found = Vec::new();
    for id in ids.iter().filter(|id| !unreadable.contains(id)) {
        let whole = people.whole(*id, &current.policy, now);
        let Some(group) = whole.group_of(*id).filter(|group| names(&people, &whole, *group) == Some(*id)) else {
            continue;
        };
        let identifiers = identifiers(&people, &whole, &current.policy, &classes, sight, now);
        let in_force: Vec<Restriction> =
            restrictions(&whole.marks[group]).filter(|one| is_seen(one, sight, !identifiers.is_empty())).collect();
        if in_force.is_empty() {
            continue;
        }
        let mut acts = Vec::new();
        for entry in whole.groups[group].iter().filter_map(|id| people.get(*id)) {
            let of_restriction = |act: &Act| matches!(act.kind, ActKind::Restrict | ActKind::Told);
            app.keeper().each_act(view, entry, |act| acts.extend(Some(act).filter(of_restriction))).await?;
        }
        found.push(RestrictedPerson {
            profile_id: whole.profile().unwrap_or(*id).to_string(),
            identifiers: identifiers.into_iter().collect(),
            restrictions: in_force.iter().map(|one| told(&current.policy, one, &acts)).collect(),
        });
    }
    let unreadable = ids.iter().filter(|id| unreadable.contains(id)).count();
    Ok(RestrictedPage {
        people: found,
        unreadable,
        next: ids.last().filter(|_| rows.len() == limit).map(|last| last.0),
    })
}

/// The slots of some purposes, of closed ones too; none: all are seen.
pub(super) fn slots_of(policy: &Policy, purposes: &[String]) -> Option<SlotSet> {
    let named = policy.slots.iter().filter(|rule| purposes.contains(&rule.purpose)).map(|rule| rule.slot);
    (!purposes.is_empty()).then(|| named.collect())
}

/// Whether a restriction is told. One of everything is where something of the person is kept for what is seen.
fn is_seen(one: &Restriction, sight: Option<SlotSet>, keeps: bool) -> bool {
    match (sight, one.target) {
        (None, _) => true,
        (Some(seen), Target::Slot(slot)) => seen.contains(slot),
        (Some(_), _) => keeps,
    }
}

/// The fragment that stands for a group in the list, so that a person comes once.
fn names(people: &People, whole: &Whole, group: usize) -> Option<FragmentId> {
    let asked = |id: &&FragmentId| people.get(**id).is_some_and(super::entry::Entry::asked_for_restriction);
    whole.groups[group].iter().filter(asked).min().copied()
}

fn told(policy: &Policy, one: &Restriction, acts: &[Act]) -> RestrictionView {
    let rule = match one.target {
        Target::Slot(slot) => policy.slot(slot),
        _ => None,
    };
    let act = |kind: ActKind, at| {
        let of = |act: &&Act| act.kind == kind && act.target == one.target && Some(act.at) == at;
        acts.iter().find(of)
    };
    let how = act(ActKind::Told, one.told);
    RestrictionView {
        purpose: rule.map(|rule| rule.purpose.clone()),
        brand: rule.and_then(|rule| rule.brand.clone()),
        since: one.since.to_string(),
        note: act(ActKind::Restrict, Some(one.since)).and_then(|act| act.evidence.note.clone()),
        told: one.told.map(|told| told.to_string()),
        told_how: how.map(|act| {
            let note = act.evidence.note.as_deref().unwrap_or_default();
            format!("{}: {note}", word(&act.evidence.method))
        }),
    }
}

/// The identifiers of a person that are still held for something that is seen.
fn identifiers(
    people: &People,
    whole: &Whole,
    policy: &Policy,
    classes: &Classes,
    sight: Option<SlotSet>,
    now: amana_core::Moment,
) -> BTreeSet<RestrictedIdentifier> {
    let pieces = people.pieces(whole, policy, classes, now);
    let seen = |slots: SlotSet| sight.map_or(slots, |sight| slots.and(sight));
    let held = pieces.iter().filter(|piece| piece.proven && !seen(piece.class.and(piece.held)).is_empty());
    let known = held.filter_map(|piece| Some((piece.kind, piece.holding.identifier.as_ref()?)));
    known
        .filter_map(|(kind, known)| match &known.value {
            Value::Text(value) => Some(RestrictedIdentifier { kind: kind.to_owned(), value: value.clone() }),
            _ => None,
        })
        .collect()
}
