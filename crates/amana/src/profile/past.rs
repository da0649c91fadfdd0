//! A person as they stood at an instant, with what was known at another: acts that were done or learned later do not
//! count, nor does what held identifiers together only later.
//!
//! What protects a person whatever it was kept for (birthday, country) is taken as it is known now: values have no
//! history.

use super::find::{FindError, Sought};
use super::keeper::{KeepError, READS_MAX, View};
use super::lookup::Lookup;
use super::people::People;
use super::permissions::{counts, newest_first};
use super::whole::Whole;
use crate::app::App;
use amana_core::Moment;
use amana_core::catalog::Policy;
use amana_core::identity::{COMPONENT_MAX, FragmentId};
use amana_core::permission::{Act, Marks};
use amana_core::preferences::Preferences;
use std::collections::BTreeMap;

/// How many acts of one person are held in memory for an answer.
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
    /// The instant at which the edges are taken: they are so from when they are known.
    fn of_edges(self) -> Moment {
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
    let (mut people, mut acts) = (People::default(), BTreeMap::new());
    let (mut open, mut is_known, mut count) = (vec![start], false, 0);
    while !open.is_empty() && acts.len() <= COMPONENT_MAX {
        let mut reached = Vec::new();
        for mut entry in app.keeper().load(view, &open).await? {
            if entry.fragment.created > at.of_edges() {
                continue;
            }
            is_known |= entry.id == start;
            let mut own = Vec::new();
            let look = |act: Act| {
                count += 1;
                own.extend(Some(act).filter(|act| count <= ACTS_OF_PERSON_MAX && at.has(act)));
            };
            app.keeper().each_act(view, &entry, look).await?;
            if count > ACTS_OF_PERSON_MAX {
                return Err(PastError::TooLong { acts_max: ACTS_OF_PERSON_MAX });
            }
            let fragment = &mut entry.fragment;
            fragment.edges.retain(|edge| edge.held_at(at.of_edges()));
            fragment.edges.iter_mut().for_each(|edge| edge.banned = None);
            fragment.marks = amana_core::permission::marks_at(&own, at.as_of, at.known_at);
            fragment.preferences = Preferences::at(&own, at.as_of, at.known_at);
            reached.extend(fragment.edges.iter().map(|edge| edge.to));
            acts.insert(entry.id, own);
            people.insert(entry);
        }
        reached.retain(|id| !acts.contains_key(id));
        reached.sort_unstable();
        reached.dedup();
        open = reached;
    }
    let whole = people.whole_seen_from(start, policy, at.as_of);
    Ok(Past { whole, is_known, acts })
}
