//! A person as they stood at an instant, with what was known at another: acts that were done or learned later do not
//! count, nor does what held identifiers together only later; what held them together then and no longer does, counts.
//!
//! What protects a person whatever it was kept for (birthday, country) is taken as it is known now, and so is whom the
//! organisation's own systems know (trust): values and trust have no history.

use super::claimed::ClaimedActs;
use super::entry::Entry;
use super::find::{FindError, Sought};
use super::keeper::{KeepError, Keeper, READS_MAX, View};
use super::lookup::Lookup;
use super::people::People;
use super::permissions::{counts, newest_first};
use super::stood_for::{banned_by, stood_for};
use super::whole::Whole;
use crate::app::App;
use amana_core::Moment;
use amana_core::catalog::Policy;
use amana_core::identity::{Bond, COMPONENT_MAX, Edge, FragmentId};
use amana_core::permission::{Act, Marks};
use amana_core::preferences::Preferences;
use std::collections::{BTreeMap, BTreeSet};

/// How many acts of one person's own are held in memory for an answer.
const ACTS_OF_PERSON_MAX: usize = 100_000;

/// What was so when, as known when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instants {
    /// What was so at this instant.
    pub(super) as_of: Moment,
    /// With the knowledge of this one.
    pub(super) known_at: Moment,
}

impl Instants {
    /// The instant at which edges and the catalogue are taken: they are so from when they are known.
    pub(super) fn recorded(self) -> Moment {
        self.as_of.min(self.known_at)
    }

    fn has(self, act: &Act) -> bool {
        act.at <= self.as_of && act.received <= self.known_at
    }
}

/// Why a past state cannot be told.
#[derive(Debug, thiserror::Error)]
pub(super) enum PastError {
    /// The identifier is not one, or something cannot be read.
    #[error(transparent)]
    Find(#[from] FindError),
    /// There are more acts than an answer can be made of.
    #[error("more than {acts_max} acts")]
    TooLong {
        /// How many there may be.
        acts_max: usize,
    },
}

impl From<KeepError> for PastError {
    fn from(error: KeepError) -> Self {
        Self::Find(error.into())
    }
}

/// A person as they stood.
pub(super) struct Past {
    /// The person.
    pub(super) whole: Whole,
    /// Whether anything was known by the identifier.
    pub(super) is_known: bool,
    /// How many groups that only claimed to belong to the person have too many acts to be read, and how
    /// many identifiers that do were beyond what one person may have.
    pub(super) left_out: usize,
    acts: BTreeMap<FragmentId, Vec<Act>>,
}

impl Past {
    /// The acts of a fragment, oldest receipt first.
    pub(super) fn acts_of(&self, id: FragmentId) -> &[Act] {
        self.acts.get(&id).map_or(&[], Vec::as_slice)
    }

    /// All acts.
    pub(super) fn acts(&self) -> impl Iterator<Item = &Act> {
        self.acts.values().flatten()
    }

    /// The acts that left a mark which counted, newest first.
    pub(super) fn counting(&self) -> Vec<Act> {
        let groups = self.whole.groups.iter().zip(&self.whole.marks);
        let of_group = |(group, marks): (&Vec<FragmentId>, &Marks)| {
            let acts = group.iter().flat_map(|id| self.acts_of(*id));
            acts.filter(|act| counts(marks, act)).cloned().collect::<Vec<Act>>()
        };
        let mut counting: Vec<Act> = groups.flat_map(of_group).collect();
        newest_first(&mut counting);
        counting
    }
}

/// Finds a person as they stood.
///
/// # Errors
/// When the identifier is not one, there is too much, or something cannot be read.
pub(super) async fn find_past(
    app: &App,
    policy: &Policy,
    sought: Sought<'_>,
    at: Instants,
    now: Moment,
) -> Result<Past, PastError> {
    for _ in 1..READS_MAX {
        let lookup = Lookup::of(app.root(), policy, &[sought])?;
        match past_by(app, policy, &lookup, at, now).await {
            Err(PastError::Find(FindError::Keep(error))) if error.is_superseded() => {}
            done => return done,
        }
    }
    past_by(app, policy, &Lookup::of(app.root(), policy, &[sought])?, at, now).await
}

async fn past_by(app: &App, policy: &Policy, lookup: &Lookup, at: Instants, now: Moment) -> Result<Past, PastError> {
    let snapshot = app.store().snapshot().await.map_err(KeepError::from)?;
    let view = View::Still(&snapshot);
    let known = lookup.find(app.keeper(), view).await?.into_iter().flatten().next();
    let start = known.unwrap_or_else(|| FragmentId(app.dice().id(now)));
    let start = stood_for(app.keeper(), view, start, at.recorded()).await?;
    let mut reading = Reading::new(app.keeper(), view, at, start);
    // What is theirs comes first and is read to the last act; what only claims to be comes after it, as far as it is little.
    while let Some((open, own)) = reading.next() {
        for entry in app.keeper().load(view, &open).await? {
            reading.take(entry, own).await?;
        }
    }
    let Reading { mut people, mut acts, left_out, is_known, beyond, seen, .. } = reading;
    let whole = people.whole_seen_from(start, policy, at.as_of);
    let left_out = leave_out(&mut people, &mut acts, &whole, &left_out);
    let whole = if left_out == 0 { whole } else { people.whole_seen_from(start, policy, at.as_of) };
    Ok(Past { whole, is_known, acts, left_out: left_out + beyond.difference(&seen).count() })
}

/// Leaves out the groups of which not all could be read: a part of what somebody decided is not what they decided. Says
/// how many there are.
fn leave_out(
    people: &mut People,
    acts: &mut BTreeMap<FragmentId, Vec<Act>>,
    whole: &Whole,
    unread: &BTreeSet<FragmentId>,
) -> usize {
    let is_partial = |group: &&Vec<FragmentId>| group.iter().any(|id| unread.contains(id));
    let partial: Vec<&Vec<FragmentId>> = whole.groups.iter().filter(is_partial).collect();
    for id in partial.iter().copied().flatten() {
        acts.remove(id);
        if let Some(entry) = people.get_mut(*id) {
            (entry.fragment.marks, entry.fragment.preferences) = (Marks::default(), Preferences::default());
        }
    }
    partial.len()
}

/// A person being read as they stood.
struct Reading<'a> {
    keeper: &'a Keeper,
    view: View<'a>,
    at: Instants,
    start: FragmentId,
    people: People,
    acts: BTreeMap<FragmentId, Vec<Act>>,
    is_known: bool,
    /// How many acts of the person's own were read.
    count: usize,
    /// How many may still be read of what only claims to be theirs.
    claimed: ClaimedActs,
    /// What claims to be theirs and has too many acts.
    left_out: BTreeSet<FragmentId>,
    /// What claims to be theirs beyond what one person may have.
    beyond: BTreeSet<FragmentId>,
    seen: BTreeSet<FragmentId>,
    /// What is held to the start by more than claims, to be read next.
    open: Vec<FragmentId>,
    /// What is not, to be read after it.
    beside: Vec<FragmentId>,
}

impl<'a> Reading<'a> {
    fn new(keeper: &'a Keeper, view: View<'a>, at: Instants, start: FragmentId) -> Self {
        Self {
            keeper,
            view,
            at,
            start,
            people: People::default(),
            acts: BTreeMap::new(),
            is_known: false,
            count: 0,
            claimed: ClaimedActs::default(),
            left_out: BTreeSet::new(),
            beyond: BTreeSet::new(),
            seen: BTreeSet::new(),
            open: vec![start],
            beside: Vec::new(),
        }
    }

    /// Who is to be read next, and whether that is the person's own.
    fn next(&mut self) -> Option<(Vec<FragmentId>, bool)> {
        for own in [true, false] {
            let open = std::mem::take(if own { &mut self.open } else { &mut self.beside });
            let mut open: BTreeSet<FragmentId> = open.into_iter().filter(|id| !self.seen.contains(id)).collect();
            let room = COMPONENT_MAX.saturating_sub(self.seen.len());
            // What is their own is bounded by what may be joined at all; of what only claims to be, the rest is told as left out.
            while !own && open.len() > room {
                self.beyond.extend(open.pop_last());
            }
            self.seen.extend(&open);
            if !open.is_empty() {
                return Some((open.into_iter().collect(), own));
            }
        }
        None
    }

    async fn take(&mut self, mut entry: Entry, own: bool) -> Result<(), PastError> {
        // What was imported or recorded later may be about then; how it hangs together is so from when it was known.
        if entry.fragment.created > self.at.known_at {
            return Ok(());
        }
        let acts = if own { Some(self.own_acts(&entry).await?) } else { self.claimed_acts(&entry).await? };
        if acts.is_none() {
            self.left_out.insert(entry.id);
        }
        let acts = acts.unwrap_or_default();
        // Of too many acts none is known.
        let since = entry.fragment.ban.as_ref().map(|ban| ban.at);
        let is_banned = banned_by(&acts, entry.id) || since.is_some_and(|since| since <= self.at.recorded());
        if is_banned && entry.id != self.start {
            return Ok(());
        }
        self.is_known |= entry.id == self.start;
        let (at, fragment) = (self.at, &mut entry.fragment);
        fragment.ban = None;
        fragment.edges = if is_banned { Vec::new() } else { fragment.edges_at(at.recorded()) };
        fragment.marks = amana_core::permission::marks_at(&acts, at.as_of, at.known_at);
        fragment.preferences = Preferences::at(&acts, at.as_of, at.known_at);
        let (held, claimed): (Vec<&Edge>, _) = fragment.edges.iter().partition(|edge| own && edge.bond > Bond::Claimed);
        self.open.extend(held.iter().map(|edge| edge.to));
        self.beside.extend(claimed.iter().map(|edge| edge.to));
        self.acts.insert(entry.id, acts);
        self.people.insert(entry);
        Ok(())
    }

    async fn own_acts(&mut self, entry: &Entry) -> Result<Vec<Act>, PastError> {
        let (at, mut acts, mut count) = (self.at, Vec::new(), self.count);
        let look = |act: Act| {
            count += 1;
            acts.extend(Some(act).filter(|act| count <= ACTS_OF_PERSON_MAX && at.has(act)));
        };
        self.keeper.each_act(self.view, entry, look).await?;
        self.count = count;
        if count > ACTS_OF_PERSON_MAX {
            return Err(PastError::TooLong { acts_max: ACTS_OF_PERSON_MAX });
        }
        Ok(acts)
    }

    async fn claimed_acts(&mut self, entry: &Entry) -> Result<Option<Vec<Act>>, KeepError> {
        let acts = self.claimed.read(self.keeper, self.view, &[entry]).await?;
        let at = self.at;
        Ok(acts.map(|acts| acts.into_iter().filter(|act| at.has(act)).collect()))
    }
}
