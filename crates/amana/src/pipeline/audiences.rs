//! Putting people through the audiences: who belongs now, what destinations were announced, and what follows.

use super::contents::{Contents, ContentsOf};
use super::memory::{Memory, Place};
use super::outbox::enqueue;
use super::tally::TallyName;
use super::work::Work;
use crate::audience::{Announced, Headcount, MemberRow, Move, MoveKind, Notice, announce, settle};
use crate::deliver::Marker;
use crate::govern::Current;
use crate::profile::Whole;
use amana_core::Moment;
use amana_core::catalog::{AudienceRule, Number, Policy};
use amana_core::identity::FragmentId;
use amana_core::profile::Membership;
use amana_store::space::key;
use amana_store::{Batch, Key, Space, Store, StoreError};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Somebody who was put through the audiences.
pub(super) struct Seen {
    whole: Rc<Whole>,
    /// The memberships of their fragments, each with the profile that had it.
    before: Vec<(FragmentId, Membership)>,
    /// Who of them belongs to which audiences now: the profile, or what only claims to be theirs.
    belonging: Vec<(FragmentId, Number)>,
}

/// What has changed about audiences: memberships as they are to be stored, and who has to be told.
#[derive(Default)]
pub(super) struct Shifts {
    moves: Vec<Move>,
    notices: Vec<Notice>,
    rows: Vec<(Place, Option<MemberRow>)>,
    at: Moment,
}

/// Puts everybody who was touched through the audiences.
pub(super) fn evaluate(work: &mut Work<'_>, current: &Current) -> Vec<Seen> {
    let mut people = BTreeMap::new();
    for id in std::mem::take(&mut work.touched) {
        let whole = work.whole(id);
        if let Some(profile) = whole.profile() {
            people.insert(profile, whole);
        }
    }
    let wholes: Vec<Rc<Whole>> = people.into_values().collect();
    let belonging = current.audiences.belonging(&current.policy, &work.people, work.classes, &wholes, work.now);
    let memberships = |id: &FragmentId| work.people.get(*id).map_or(&[][..], |entry| &entry.fragment.memberships);
    let seen = wholes.into_iter().zip(belonging).map(|(whole, belonging)| {
        let owned = |id: &FragmentId| memberships(id).iter().map(|known| (*id, *known)).collect::<Vec<_>>();
        let before = whole.component.fragments.keys().flat_map(owned).collect();
        Seen { whole, before, belonging }
    });
    seen.filter(|seen| !(seen.before.is_empty() && seen.belonging.is_empty())).collect()
}

/// The memberships people had, as they are stored.
///
/// # Errors
/// When they cannot be read.
pub(super) async fn known_members(
    memory: &mut Memory,
    store: &Store,
    seen: &[Seen],
) -> Result<HashMap<Place, MemberRow>, StoreError> {
    let mut known = HashMap::new();
    let mut missing = Vec::new();
    for (owner, membership) in seen.iter().flat_map(|seen| &seen.before) {
        let place = (*owner, membership.audience);
        match memory.member(place) {
            Some(row) => drop(known.insert(place, row)),
            None => missing.push(place),
        }
    }
    let keys: Vec<Key> = missing.iter().map(member_key).collect();
    for (place, row) in missing.into_iter().zip(store.get_many(Space::Member, &keys).await?) {
        if let Some(row) = row {
            let row = MemberRow::decode(&row.value)?;
            memory.keep_member(place, Some(row.clone()));
            known.insert(place, row);
        }
    }
    Ok(known)
}

/// What follows from who belongs now: memberships in the people themselves, and what is to be committed beside.
pub(super) fn shifts(
    work: &mut Work<'_>,
    current: &Current,
    marker: &Marker,
    seen: &[Seen],
    known: &HashMap<Place, MemberRow>,
) -> Shifts {
    let policy = &*current.policy;
    let audiences: HashMap<Number, &AudienceRule> =
        policy.audiences.iter().map(|audience| (audience.number, audience)).collect();
    let mut shifts = Shifts { at: work.now, ..Shifts::default() };
    for seen in seen {
        let (memberships, moved) = settle(&seen.before, &seen.belonging, work.now);
        let contents = Contents { policy, marker, people: &work.people, classes: work.classes, now: work.now };
        for theirs in memberships.chunk_by(|one, other| one.0 == other.0) {
            let member = seen.member(theirs[0].0);
            let mut contents = contents.of(theirs[0].0, &member);
            for (profile, membership) in theirs {
                let row = known.get(&(*profile, membership.audience));
                let audience = audiences.get(&membership.audience).copied();
                shifts.stays((*profile, *membership), audience, row, &mut contents);
            }
        }
        for gone in moved.iter().filter(|moved| moved.kind == MoveKind::Exited) {
            shifts.leaves(gone, known.get(&(gone.profile, gone.audience)), policy);
        }
        if !moved.is_empty() {
            remember(work, seen, &memberships, &moved);
            shifts.moves.extend(moved);
        }
    }
    shifts
}

impl Seen {
    /// The member whom a fragment names.
    fn member(&self, id: FragmentId) -> Rc<Whole> {
        self.whole.claim(id).map_or_else(|| self.whole.clone(), Rc::new)
    }
}

/// Writes memberships into the fragments that name the members, and counts who moved.
fn remember(work: &mut Work<'_>, seen: &Seen, memberships: &[(FragmentId, Membership)], moved: &[Move]) {
    for id in seen.whole.component.fragments.keys() {
        let Some(entry) = work.people.get_mut(*id) else { continue };
        let theirs = memberships.iter().filter(|(profile, _)| profile == id);
        let after: Vec<Membership> = theirs.map(|(_, membership)| *membership).collect();
        if entry.fragment.memberships != after {
            entry.fragment.memberships = after;
            entry.changes.fragment = true;
        }
    }
    for each in moved {
        let name = match each.kind {
            MoveKind::Entered => TallyName::AudienceEntered,
            MoveKind::Exited => TallyName::AudienceExited,
        };
        work.tally.add(name, 1);
    }
}

impl Shifts {
    /// Somebody belongs: whoever was announced less, or something else, is told.
    fn stays(
        &mut self,
        (profile, membership): (FragmentId, Membership),
        audience: Option<&AudienceRule>,
        known: Option<&MemberRow>,
        contents: &mut ContentsOf<'_>,
    ) {
        let place = (profile, membership.audience);
        let now = audience.map(|audience| contents.for_audience(audience)).unwrap_or_default();
        let before = known.and_then(|row| row.announced.as_deref());
        if before == Some(&now) {
            return;
        }
        self.notices.extend(announce(place, before.unwrap_or_default(), &now));
        self.rows.push((place, Some(MemberRow { since: membership.since, announced: Some(now) })));
    }

    /// Somebody left: whoever was announced that they belong is told.
    fn leaves(&mut self, gone: &Move, known: Option<&MemberRow>, policy: &Policy) {
        let place = (gone.profile, gone.audience);
        match known.and_then(|row| row.announced.as_deref()) {
            Some(announced) => self.notices.extend(announce(place, announced, &[])),
            // It was not written down then, so all are asked to say it: who was never told is told nothing at the door.
            None => {
                let content = crate::audience::ContentMark([0; 16]);
                let all = policy.destinations.iter().map(|to| Announced { destination: to.number, content });
                self.notices.extend(announce(place, &all.collect::<Vec<_>>(), &[]));
            }
        }
        self.rows.push((place, None));
    }

    /// Adds everything to a batch.
    pub(super) fn save(&self, headcount: &mut Headcount, batch: &mut Batch) {
        for (place, row) in &self.rows {
            match row {
                Some(row) => batch.put(Space::Member, member_key(place), row.encode()),
                None => batch.delete(Space::Member, member_key(place)),
            };
        }
        self.moves.iter().for_each(|moved| headcount.count(moved));
        enqueue(&self.notices, self.at, batch);
    }

    /// Remembers what is committed.
    pub(super) fn keep(self, memory: &mut Memory) {
        self.rows.into_iter().for_each(|(place, row)| memory.keep_member(place, row));
    }
}

fn member_key((profile, audience): &Place) -> Key {
    key::member(*audience, *profile.0.as_bytes())
}
