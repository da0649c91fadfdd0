//! Fragments taken out to be looked at or worked on, and the people they make.

use super::classes::Classes;
use super::entry::Entry;
use super::keeper::{KeepError, Keeper, View};
use amana_core::catalog::{Policy, Trust};
use amana_core::identity::{COMPONENT_MAX, Component, FragmentId, group};
use amana_core::permission::{Marks, standing};
use amana_core::profile::Piece;
use amana_core::{Moment, SlotSet, Value};
use std::collections::HashMap;

/// Fragments with everything they are joined to.
#[derive(Debug, Default)]
pub struct People {
    entries: HashMap<FragmentId, Entry>,
}

/// A person: a component, parted into the groups that are verified to be one.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The fragments.
    pub component: Component,
    /// For each group its fragments, and the marks they left together.
    pub groups: Vec<Vec<FragmentId>>,
    /// The marks of each group.
    pub marks: Vec<Marks>,
    /// ISO 3166-1 alpha-2 code of the country, where known.
    pub region: Option<String>,
    /// Age in whole years, where known.
    pub age: Option<u16>,
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
        mut known: impl FnMut(FragmentId) -> Option<Entry>,
    ) -> Result<(), KeepError> {
        let mut open: Vec<FragmentId> = ids.to_vec();
        while !open.is_empty() {
            open.sort_unstable();
            open.dedup();
            open.retain(|id| !self.entries.contains_key(id));
            let (mut missing, mut reached) = (Vec::new(), Vec::new());
            for id in open {
                match known(id) {
                    Some(entry) => self.reach(entry, &mut reached),
                    None => missing.push(id),
                }
            }
            for entry in keeper.load(view, &missing).await? {
                self.reach(entry, &mut reached);
            }
            open = reached;
        }
        Ok(())
    }

    fn reach(&mut self, entry: Entry, reached: &mut Vec<FragmentId>) {
        reached.extend(entry.fragment.edges.iter().map(|edge| edge.to));
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

    /// All entries, leaving nothing.
    pub fn drain(&mut self) -> impl Iterator<Item = Entry> {
        self.entries.drain().map(|(_, entry)| entry)
    }

    /// What can be reached from a fragment.
    #[must_use]
    pub fn component(&self, start: FragmentId) -> Component {
        let mut component = Component::default();
        let mut open = vec![start];
        while let Some(id) = open.pop() {
            let Some(entry) = self.entries.get(&id) else { continue };
            if component.fragments.len() > COMPONENT_MAX || component.fragments.contains_key(&id) {
                continue;
            }
            component.fragments.insert(id, entry.fragment.kind.clone());
            open.extend(entry.fragment.edges.iter().map(|edge| edge.to));
        }
        component
    }

    /// The person a fragment is part of.
    #[must_use]
    pub fn whole(&self, start: FragmentId, now: Moment) -> Whole {
        let component = self.component(start);
        let members = || component.fragments.keys().filter_map(|id| self.entries.get(id));
        let groups = group(members().map(|entry| (entry.id, entry.fragment.edges.as_slice())));
        let joined = |ids: &Vec<FragmentId>| {
            let mut marks = Marks::default();
            ids.iter().filter_map(|id| self.entries.get(id)).for_each(|entry| marks.join(&entry.fragment.marks));
            marks
        };
        let marks = groups.iter().map(joined).collect();
        // Age and region protect the person, so they are looked at whatever purpose they were kept for.
        let newest = |ids: &[FragmentId], names: &[&str]| {
            let entries = ids.iter().filter_map(|id| self.entries.get(id));
            let holdings = entries.flat_map(|entry| entry.holdings.values());
            let found = holdings.flat_map(|holding| names.iter().filter_map(|name| holding.traits.get(*name)));
            found.max_by_key(|found| found.origin).map(|found| found.value.clone())
        };
        let region_of = |ids: &Vec<FragmentId>| match newest(ids.as_slice(), &["address.country", "country"]) {
            Some(Value::Text(text)) => Some(text.to_uppercase()),
            _ => None,
        };
        // A mere claim can stop a use and never permit one: it makes nobody older, and where groups name different
        // countries none is known.
        let age_of = |ids: &Vec<FragmentId>| age_at(&newest(ids.as_slice(), &["birthday"])?, now);
        let age = groups.iter().filter_map(age_of).min();
        let mut regions = groups.iter().filter_map(region_of);
        let region = regions.next().filter(|first| regions.all(|other| other == *first));
        Whole { component, groups, marks, region, age }
    }

    /// The person a fragment is part of, as whoever names that fragment may see them. Who is proven to be somebody is
    /// seen with whatever claims to be theirs. What only claims to be theirs shows itself and nothing beyond, or a
    /// caller who gives an address they once claimed for somebody would be read that somebody's record.
    #[must_use]
    pub fn whole_seen_from(&self, start: FragmentId, policy: &Policy, now: Moment) -> Whole {
        let whole = self.whole(start, now);
        match whole.group_of(start) {
            Some(group) if group != self.proven_group(&whole, policy) => whole.only(group),
            _ => whole,
        }
    }

    /// What a person's fragments hold, with what decides whether a slot may look at it.
    #[must_use]
    pub fn pieces<'a>(&'a self, whole: &Whole, policy: &Policy, classes: &Classes, now: Moment) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        let proven = self.proven_group(whole, policy);
        for (place, (group, marks)) in whole.groups.iter().zip(&whole.marks).enumerate() {
            let (held, proven) = (held(policy, marks, now), place == proven);
            for entry in group.iter().filter_map(|id| self.entries.get(id)) {
                for (class, holding) in &entry.holdings {
                    let class = classes.slots(*class);
                    pieces.push(Piece { fragment: entry.id, kind: &entry.fragment.kind, proven, class, held, holding });
                }
            }
        }
        pieces
    }

    /// The group that is the person by proof: of those that a system has verified the one with the identifier of
    /// highest priority, and of several the oldest. What only claims to belong to it stands beside it, whatever
    /// identifier it claims.
    fn proven_group(&self, whole: &Whole, policy: &Policy) -> usize {
        let priority = |id: &FragmentId| {
            let kind = self.entries.get(id).map(|entry| entry.fragment.kind.as_str());
            kind.and_then(|kind| policy.identifier(kind)).map_or(0, |rule| rule.priority)
        };
        let server = |number: &u32| {
            policy.sources.iter().any(|source| source.number == *number && source.trust == Trust::Server)
        };
        let verified = |id: &FragmentId| {
            let fragment = self.entries.get(id).map(|entry| &entry.fragment);
            fragment.is_some_and(|fragment| {
                fragment.edges.iter().any(|edge| edge.trust == Trust::Server) || fragment.sources.iter().any(server)
            })
        };
        let rank = |group: &Vec<FragmentId>| {
            (group.iter().any(verified), group.iter().map(priority).max().unwrap_or_default())
        };
        let ranked = whole.groups.iter().map(rank).enumerate();
        ranked.reduce(|best, next| if next.1 > best.1 { next } else { best }).map_or(0, |(place, _)| place)
    }
}

impl Whole {
    /// The id of the profile.
    #[must_use]
    pub fn profile(&self) -> Option<FragmentId> {
        self.component.profile()
    }

    /// One group by itself.
    fn only(&self, group: usize) -> Self {
        Self {
            component: self.group_components().swap_remove(group),
            groups: vec![self.groups[group].clone()],
            marks: vec![self.marks[group].clone()],
            region: self.region.clone(),
            age: self.age,
        }
    }

    /// Each group as a component of its own.
    #[must_use]
    pub fn group_components(&self) -> Vec<Component> {
        let kind = |id: &FragmentId| Some((*id, self.component.fragments.get(id)?.clone()));
        let component = |group: &Vec<FragmentId>| Component { fragments: group.iter().filter_map(kind).collect() };
        self.groups.iter().map(component).collect()
    }

    /// The group a fragment is in.
    #[must_use]
    pub fn group_of(&self, fragment: FragmentId) -> Option<usize> {
        self.groups.iter().position(|group| group.contains(&fragment))
    }

    /// The person as `permit` asks for them; `own` is the group whose data is at stake.
    #[must_use]
    pub fn person(&self, own: Option<usize>) -> amana_core::permit::Person<'_> {
        amana_core::permit::Person { groups: &self.marks, own, age: self.age, region: self.region.as_deref() }
    }
}

/// The slots whose basis still justifies keeping the data of a group with these marks.
#[must_use]
pub fn held(policy: &Policy, marks: &Marks, now: Moment) -> SlotSet {
    let holding = policy.slots.iter().filter(|rule| standing(rule, marks, now).state.holds());
    holding.map(|rule| rule.slot).collect()
}

fn age_at(birthday: &Value, now: Moment) -> Option<u16> {
    let born = match birthday {
        Value::Time(moment) => *moment,
        _ => return None,
    };
    let utc = jiff::tz::TimeZone::UTC;
    let (born, today) = (born.timestamp().to_zoned(utc.clone()).date(), now.timestamp().to_zoned(utc).date());
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    u16::try_from(i32::from(today.year()) - i32::from(born.year()) - i32::from(!had_birthday)).ok()
}
