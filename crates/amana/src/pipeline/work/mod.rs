//! One batch: everything between reading the journal and committing, in memory.

mod beyond;
mod decided;
mod event;
mod identity;
mod known_apart;
mod let_go;
mod named;
mod replay;
mod shared;
mod signals;
mod signed;
mod standing;
mod write;

use super::fragment_ids::FragmentIds;
use super::identify::Found;
use super::prospect::{Allowance, Prospect};
use super::quarantine::Quarantine;
use super::tally::Tally;
use crate::dice::Dice;
use crate::profile::{Classes, People, Whole};
use amana_core::Moment;
use amana_core::catalog::{Number, Policy, Trust};
use amana_core::identity::{BEARER_KIND, Component, FragmentId};
use amana_store::seal::IndexSecrets;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// An identifier of an event with its index key.
pub(super) type Keyed<'a> = (Found<'a>, [u8; 24]);

/// A batch being worked on.
pub(super) struct Work<'a> {
    pub(super) policy: &'a Policy,
    pub(super) now: Moment,
    pub(super) dice: Dice,
    pub(super) people: People,
    pub(super) index: HashMap<[u8; 24], FragmentId>,
    /// What tells whether a value is the identifier of a fragment; nobody can tell where there is none.
    pub(super) secrets: Option<&'a IndexSecrets>,
    pub(super) classes: &'a mut Classes,
    pub(super) tally: &'a mut Tally,
    pub(super) quarantine: &'a mut Quarantine,
    ids: &'a mut FragmentIds,
    /// Fragments whose data or marks have changed.
    pub(super) touched: BTreeSet<FragmentId>,
    known: HashMap<FragmentId, Rc<Known>>,
    /// Who was joined to somebody, or became known, in this batch.
    joined: BTreeSet<FragmentId>,
    /// The sources that run on devices which many people use.
    shared_sources: Vec<Number>,
    /// For each slot the instant before which a datum has outlived it.
    cutoffs: Vec<Moment>,
}

/// A person as known at this point of the batch, with what was asked about them already.
struct Known {
    whole: Rc<Whole>,
    /// The groups as components of their own: what a source that verifies adds to, so that what others claim can't
    /// use up the limits of what is proven.
    groups: Vec<Component>,
    /// Devices, with whom they themselves say they are: see [`claims_of_devices`].
    devices: HashMap<FragmentId, Component>,
    allowances: RefCell<HashMap<(usize, u32), Allowance>>,
    /// By group, and whether it counts as the core.
    prospects: RefCell<HashMap<(usize, bool), Rc<Prospect>>>,
}

impl Known {
    fn is_core(&self, group: usize) -> bool {
        group < self.whole.core
    }

    /// What the limits count for a source of this trust.
    fn component(&self, trust: Trust, fragment: Option<FragmentId>) -> &Component {
        let Some(id) = fragment.filter(|_| trust == Trust::Server) else { return &self.whole.component };
        let group = || self.whole.group_of(id).and_then(|group| self.groups.get(group));
        self.devices.get(&id).or_else(group).unwrap_or(&self.whole.component)
    }
}

/// What a device claims of itself, for those that claim anything: its own group with the groups it names. Nobody else
/// can claim in its name, for its id is a secret that it tells nobody else; and what was done on it before somebody else
/// signed in there is not theirs, so a device that says it is one person's does not become another's by proof.
fn claims_of_devices(people: &People, whole: &Whole, groups: &[Component]) -> HashMap<FragmentId, Component> {
    let devices = whole.component.fragments.iter().filter(|(_, kind)| *kind == BEARER_KIND);
    let claims = |(id, _): (&FragmentId, &String)| {
        let own = whole.group_of(*id)?;
        let edges = &people.get(*id)?.fragment.edges;
        let named = edges.iter().filter(|edge| edge.holds()).filter_map(|edge| whole.group_of(edge.to));
        let others: BTreeSet<usize> = named.filter(|group| *group != own).collect();
        let mut component = (!others.is_empty()).then(|| groups.get(own).cloned())??;
        let fragments = others.iter().filter_map(|group| groups.get(*group)).flat_map(|group| &group.fragments);
        component.claimed = fragments.clone().map(|(id, _)| *id).collect();
        component.fragments.extend(fragments.map(|(id, kind)| (*id, kind.clone())));
        Some((*id, component))
    };
    devices.filter_map(claims).collect()
}

/// Everything the work needs that outlives a batch.
pub(super) struct Books<'a> {
    pub(super) classes: &'a mut Classes,
    pub(super) tally: &'a mut Tally,
    pub(super) quarantine: &'a mut Quarantine,
    pub(super) ids: &'a mut FragmentIds,
}

impl<'a> Work<'a> {
    pub(super) fn new(policy: &'a Policy, now: Moment, dice: Dice, books: Books<'a>) -> Self {
        let before = |rule: &amana_core::catalog::SlotRule| {
            let now = now.timestamp().to_zoned(jiff::tz::TimeZone::UTC);
            let cutoff = now.checked_sub(rule.keep).ok();
            cutoff.map_or(Moment(i64::MIN), |cutoff| Moment(cutoff.timestamp().as_millisecond()))
        };
        Self {
            policy,
            now,
            dice,
            people: People::default(),
            index: HashMap::new(),
            secrets: None,
            classes: books.classes,
            tally: books.tally,
            quarantine: books.quarantine,
            ids: books.ids,
            touched: BTreeSet::new(),
            known: HashMap::new(),
            joined: BTreeSet::new(),
            shared_sources: policy.sources.iter().filter(|rule| rule.shared_devices).map(|rule| rule.number).collect(),
            cutoffs: policy.slots.iter().map(before).collect(),
        }
    }

    /// The person a fragment is part of.
    pub(super) fn whole(&mut self, id: FragmentId) -> Rc<Whole> {
        self.know(id).whole.clone()
    }

    fn know(&mut self, id: FragmentId) -> Rc<Known> {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        let whole = Rc::new(self.people.whole(id, self.policy, self.now));
        let groups = whole.group_components();
        let devices = claims_of_devices(&self.people, &whole, &groups);
        let known =
            Rc::new(Known { whole, groups, devices, allowances: RefCell::default(), prospects: RefCell::default() });
        for member in known.whole.component.fragments.keys() {
            self.known.insert(*member, known.clone());
        }
        known
    }

    /// What was known of a person no longer holds.
    fn forget(&mut self, id: FragmentId) {
        if let Some(known) = self.known.remove(&id) {
            for member in known.whole.component.fragments.keys() {
                self.known.remove(member);
            }
        }
    }
}
