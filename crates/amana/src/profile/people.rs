//! Fragments taken out to be looked at or worked on, and the people they make.

use super::classes::Classes;
use super::entry::Entry;
use super::facts::{Facts, born};
use super::keeper::{KeepError, Keeper, View};
use super::whole::{Whole, held};
use amana_core::Moment;
use amana_core::catalog::Policy;
use amana_core::identity::{Bond, Component, Edge, FragmentId, component_of, group, parts, sides};
use amana_core::permission::{Born, Marks};
use amana_core::permit::Use;
use amana_core::preferences::{Preferences, Wishes, combine};
use amana_core::profile::Piece;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Fragments with everything they are joined to.
#[derive(Debug, Default)]
pub struct People {
    entries: HashMap<FragmentId, Entry>,
    /// Those that were looked for and cannot be read, each with the space of what is damaged.
    unreadable: BTreeMap<FragmentId, &'static str>,
}

impl People {
    /// Loads fragments and, from there, everything that can be reached over edges.
    ///
    /// # Errors
    /// When something cannot be read.
    pub async fn load(keeper: &Keeper, view: View<'_>, ids: &[FragmentId]) -> Result<Self, KeepError> {
        let mut people = Self::default();
        people.extend(keeper, view, ids, |_| None).await?;
        Ok(people)
    }

    /// Loads more fragments and what can be reached from them; `known` gives those that need not be read.
    ///
    /// # Errors
    /// When something cannot be read.
    pub async fn extend(
        &mut self,
        keeper: &Keeper,
        view: View<'_>,
        ids: &[FragmentId],
        known: impl FnMut(FragmentId) -> Option<Entry>,
    ) -> Result<(), KeepError> {
        match self.gather(keeper, view, ids, known).await?.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Loads fragments for whoever reads of many people at once: who cannot be read stops nobody else, and nothing may be done
    /// with whoever is joined to them ([`People::out_of_reach`]). On the `last` try also what is superseded counts as
    /// unreadable, for it may be damaged as well.
    ///
    /// # Errors
    /// When the store cannot be read, or a newer state is to be read.
    pub async fn load_readable(
        keeper: &Keeper,
        view: View<'_>,
        ids: &[FragmentId],
        last: bool,
    ) -> Result<Self, KeepError> {
        let mut people = Self::default();
        let errors = people.gather(keeper, view, ids, |_| None).await?;
        match errors.into_iter().find(KeepError::is_superseded) {
            Some(error) if !last => Err(error),
            _ => Ok(people),
        }
    }

    /// The same for the one writer, who has to go on with everybody else: who cannot be read is noted
    /// ([`People::unreadable`]), and nothing may be done with whoever is joined to them ([`People::out_of_reach`]).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn extend_readable(
        &mut self,
        keeper: &Keeper,
        view: View<'_>,
        ids: &[FragmentId],
        known: impl FnMut(FragmentId) -> Option<Entry>,
    ) -> Result<(), KeepError> {
        self.gather(keeper, view, ids, known).await.map(drop)
    }

    /// Loads what can be read, and says why the rest cannot.
    async fn gather(
        &mut self,
        keeper: &Keeper,
        view: View<'_>,
        ids: &[FragmentId],
        mut known: impl FnMut(FragmentId) -> Option<Entry>,
    ) -> Result<Vec<KeepError>, KeepError> {
        let (mut open, mut errors): (Vec<FragmentId>, _) = (ids.to_vec(), Vec::new());
        while !open.is_empty() {
            open.sort_unstable();
            open.dedup();
            open.retain(|id| !self.entries.contains_key(id) && !self.unreadable.contains_key(id));
            let (mut missing, mut reached) = (Vec::new(), Vec::new());
            for id in open {
                match known(id) {
                    Some(entry) => self.reach(entry, &mut reached),
                    None => missing.push(id),
                }
            }
            let loaded = keeper.load_readable(view, &missing).await?;
            for entry in loaded.entries {
                self.reach(entry, &mut reached);
            }
            for (id, error) in loaded.unreadable {
                self.unreadable.insert(id, error.space());
                errors.push(error);
            }
            open = reached;
        }
        Ok(errors)
    }

    /// Who was looked for and cannot be read, each with the space of what is damaged.
    pub fn unreadable(&self) -> impl Iterator<Item = (FragmentId, &'static str)> {
        self.unreadable.iter().map(|(id, space)| (*id, *space))
    }

    /// Notes who cannot be read.
    pub fn note_unreadable(&mut self, id: FragmentId, error: &KeepError) {
        self.unreadable.insert(id, error.space());
    }

    /// Everybody nothing may be done with: who cannot be read or is among these, and whoever is joined to them. Most often
    /// it is nobody.
    #[must_use]
    pub fn out_of_reach(&self, besides: impl IntoIterator<Item = FragmentId>) -> BTreeSet<FragmentId> {
        let besides = besides.into_iter().filter(|id| self.entries.contains_key(id));
        let mut out: BTreeSet<FragmentId> = self.unreadable.keys().copied().chain(besides).collect();
        if out.is_empty() {
            return out;
        }
        let mut ends = HashMap::<FragmentId, Vec<FragmentId>>::new();
        // An edge stands at both its ends, and that of who cannot be read is known from the other one alone.
        for (id, entry) in &self.entries {
            let joined = holding(entry).map(|edge| edge.to);
            for end in joined.chain(entry.fragment.belonged) {
                ends.entry(*id).or_default().push(end);
                ends.entry(end).or_default().push(*id);
            }
        }
        let mut open: Vec<FragmentId> = out.iter().copied().collect();
        while let Some(id) = open.pop() {
            for end in ends.remove(&id).unwrap_or_default() {
                if out.insert(end) {
                    open.push(end);
                }
            }
        }
        out
    }

    fn reach(&mut self, entry: Entry, reached: &mut Vec<FragmentId>) {
        reached.extend(holding(&entry).map(|edge| edge.to));
        reached.extend(entry.fragment.belonged);
        self.entries.insert(entry.id, entry);
    }

    /// Takes an entry in.
    pub fn insert(&mut self, entry: Entry) {
        self.entries.insert(entry.id, entry);
    }

    /// Takes an entry out.
    pub fn remove(&mut self, id: FragmentId) -> Option<Entry> {
        self.entries.remove(&id)
    }

    /// A fragment.
    #[must_use]
    pub fn get(&self, id: FragmentId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// A fragment to be changed.
    pub fn get_mut(&mut self, id: FragmentId) -> Option<&mut Entry> {
        self.entries.get_mut(&id)
    }

    /// All entries.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// All entries, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.entries.values_mut()
    }

    /// All entries, leaving nothing.
    pub fn drain(&mut self) -> impl Iterator<Item = Entry> {
        self.entries.drain().map(|(_, entry)| entry)
    }

    /// What can be reached from a fragment.
    #[must_use]
    pub fn component(&self, start: FragmentId) -> Component {
        component_of(start, |id| self.entries.get(&id).map(|entry| &entry.fragment))
    }

    /// The person a fragment is part of.
    #[must_use]
    pub fn whole(&self, start: FragmentId, policy: &Policy, now: Moment) -> Whole {
        let component = self.component(start);
        let (groups, core, known) = self.groups(&component, policy);
        let joined = |ids: &Vec<FragmentId>| {
            let mut marks = Marks::default();
            ids.iter().filter_map(|id| self.entries.get(id)).for_each(|entry| marks.join(&entry.fragment.marks));
            marks
        };
        let marks = groups.iter().map(joined).collect();
        let entries = |ids: &Vec<FragmentId>| ids.iter().filter_map(|id| self.entries.get(id)).collect::<Vec<&Entry>>();
        let facts = Facts::of(&groups.iter().map(entries).collect::<Vec<_>>(), core, now);
        let wishes = self.wishes(&groups, core);
        let sides = self.sides(&component, &groups);
        let vouched = |id: &FragmentId| self.entries.get(id).is_some_and(|entry| entry.fragment.vouched);
        let named = groups.iter().map(|group| group.iter().any(vouched)).collect();
        Whole { component, groups, core, known, sides, named, beside: None, marks, facts, wishes }
    }

    /// On which side of staff's joins each group stands; empty where staff joined nothing. Staff joined what was there: a
    /// group that nothing held to its side yet when they first joined that side to another came after.
    fn sides(&self, component: &Component, groups: &[Vec<FragmentId>]) -> Vec<Option<usize>> {
        let members = || component.fragments.keys().filter_map(|id| self.entries.get(id));
        if !members().flat_map(holding).any(|edge| edge.bond == Bond::Asserted) {
            return Vec::new();
        }
        let sides = sides(members().map(|entry| (entry.id, entry.fragment.edges.as_slice())));
        let was_there = |group: &Vec<FragmentId>, joined: Moment| {
            let mut ends = group.iter().filter_map(|id| self.entries.get(id)).flat_map(holding);
            ends.any(|edge| edge.since <= joined && !group.contains(&edge.to))
        };
        let side_of = |group: &Vec<FragmentId>| {
            let first = group.first()?;
            let place = sides.iter().position(|side| side.fragments.contains(first))?;
            sides[place].joined.is_none_or(|joined| was_there(group, joined)).then_some(place)
        };
        groups.iter().map(side_of).collect()
    }

    /// When those whom these fragments stand for were born.
    #[must_use]
    pub fn born(&self, ids: &[FragmentId], now: Moment) -> Option<Born> {
        born(&ids.iter().filter_map(|id| self.entries.get(id)).collect::<Vec<_>>(), now)
    }

    /// What somebody wants: of each group what was said last, of several groups what none of them forbids.
    fn wishes(&self, groups: &[Vec<FragmentId>], core: usize) -> Wishes {
        let of = |ids: &Vec<FragmentId>| {
            let mut joined = Preferences::default();
            ids.iter().filter_map(|id| self.entries.get(id)).for_each(|entry| joined.join(&entry.fragment.preferences));
            joined
        };
        let said: Vec<Preferences> = groups.iter().take(core.max(1)).map(of).collect();
        let (first, others) = (said.first(), said.iter().skip(1));
        combine(first, others)
    }

    /// The groups of a component, how many of them, standing first, are the core, and whether systems know somebody of it.
    ///
    /// The core is built around the group that the organisation's own systems know, by more than a device: of several the
    /// one with the identifier of highest priority, then the oldest. Beside it stands what staff asserted to be the same person.
    /// What only claims to belong to it follows, whatever identifier it claims. Where nobody is known so, the group
    /// with the identifier of highest priority comes first, and there is no core unless staff joined something to it.
    fn groups(&self, component: &Component, policy: &Policy) -> (Vec<Vec<FragmentId>>, usize, bool) {
        let members = || component.fragments.keys().filter_map(|id| self.entries.get(id));
        let edges = || members().map(|entry| (entry.id, entry.fragment.edges.as_slice()));
        let priority = |id: &FragmentId| {
            let kind = component.fragments.get(id).map(String::as_str);
            kind.and_then(|kind| policy.identifier(kind)).map_or(0, |rule| rule.priority)
        };
        let groups = group(edges());
        // A device that stands alone is nobody else's, and what was recorded for it is its own word.
        let is_alone = groups.len() == 1;
        let is_known = |entry: &Entry| entry.fragment.is_known() || is_alone && entry.fragment.vouched;
        let known = |group: &Vec<FragmentId>| group.iter().any(|id| self.entries.get(id).is_some_and(is_known));
        let rank = |group: &&Vec<FragmentId>| {
            (known(group), group.iter().map(priority).max(), std::cmp::Reverse(group.first().copied()))
        };
        let Some(anchor) = groups.iter().max_by_key(rank) else { return (groups, 0, false) };
        let (is_known, proven, anchor) = (known(anchor), anchor.len(), anchor[0]);
        let around = parts(edges(), Bond::Asserted).into_iter().find(|part| part.contains(&anchor)).unwrap_or_default();
        let has_core = is_known || around.len() > proven;
        let belongs = |group: &Vec<FragmentId>| match has_core {
            true => group.iter().any(|id| around.contains(id)),
            false => group.contains(&anchor),
        };
        let (mut first, claims): (Vec<_>, Vec<_>) = groups.into_iter().partition(belongs);
        let core = if has_core { first.len() } else { 0 };
        first.extend(claims);
        (first, core, is_known)
    }

    /// The person a fragment is part of, as whoever names that fragment may see them. Who is proven to be somebody is
    /// seen with whatever claims to be theirs. What only claims to be theirs shows itself and nothing beyond, or a
    /// caller who gives an address they once claimed for somebody would be read that somebody's record.
    #[must_use]
    pub fn whole_seen_from(&self, start: FragmentId, policy: &Policy, now: Moment) -> Whole {
        let whole = self.whole(start, policy, now);
        match whole.group_of(start) {
            Some(group) if group >= whole.core.max(1) => whole.only(group),
            _ => whole,
        }
    }

    /// The member of audiences whom a fragment names: the person, or what only claims to be somebody whom systems know and
    /// stands for itself.
    #[must_use]
    pub fn member(&self, id: FragmentId, policy: &Policy, now: Moment) -> Whole {
        let whole = self.whole(id, policy, now);
        whole.claim(id).unwrap_or(whole)
    }

    /// What a person's fragments hold, with what decides whether a slot may look at it.
    #[must_use]
    pub fn pieces<'a>(&'a self, whole: &Whole, policy: &Policy, classes: &Classes, now: Moment) -> Vec<Piece<'a>> {
        self.pieces_for(Use::Profile, whole, policy, classes, now)
    }

    /// The same for another use than reading: what somebody is told of themselves is not stopped by what they stopped. What
    /// merely claims to be somebody whom systems know may be another's, who stopped it against them.
    #[must_use]
    pub fn pieces_for<'a>(
        &'a self,
        usage: Use<'_>,
        whole: &Whole,
        policy: &Policy,
        classes: &Classes,
        now: Moment,
    ) -> Vec<Piece<'a>> {
        let of_claims = if whole.core > 0 { Use::Profile } else { usage };
        let mut pieces = Vec::new();
        for (place, (group, marks)) in whole.groups.iter().zip(&whole.marks).enumerate() {
            let proven = place < whole.core.max(1);
            let mut held = held(policy, marks, whole.of_age(place), now);
            if place >= whole.core && whole.groups.len() > 1 && whole.decides(place) {
                held = held.without(whole.stopped(place, policy, of_claims, now));
            }
            for entry in group.iter().filter_map(|id| self.entries.get(id)) {
                for (class, holding) in &entry.holdings {
                    let class = classes.slots(*class);
                    pieces.push(Piece { fragment: entry.id, kind: &entry.fragment.kind, proven, class, held, holding });
                }
            }
        }
        pieces
    }
}

/// The edges of a fragment that hold.
fn holding(entry: &Entry) -> impl Iterator<Item = &Edge> {
    entry.fragment.edges.iter().filter(|edge| edge.holds())
}
