//! One batch: everything between reading the journal and committing, in memory.

use super::acts::{Arrival, Doings, doings};
use super::fragment_ids::FragmentIds;
use super::identify::Found;
use super::prospect::{Allowance, Prospect};
use super::quarantine::Quarantine;
use super::tally::{Tally, TallyName};
use crate::dice::Dice;
use crate::hash;
use crate::journal::Decided;
use crate::profile::{Classes, Entry, People, Whole};
use amana_core::catalog::{CategoryId, Policy, Trust};
use amana_core::identity::{BEARER_KIND, Candidate, Component, Edge, FragmentId, Resolution, VISIT_KIND, resolve};
use amana_core::permission::{Act, Marks, Target};
use amana_core::profile::{Kept, Origin, Part, gate};
use amana_core::{Moment, Slot, SlotSet, Value};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// How many visits one person may have. With what the kinds' own limits allow it is less than a component may have, so
/// whoever names an account from ever new devices makes its person neither too large to be worked on nor full.
const VISITS_MAX: usize = 20;

/// An identifier of an event with its index key.
pub(super) type Keyed<'a> = (Found<'a>, [u8; 24]);

/// A batch being worked on.
pub(super) struct Work<'a> {
    pub(super) policy: &'a Policy,
    pub(super) now: Moment,
    pub(super) dice: Dice,
    pub(super) people: People,
    pub(super) index: HashMap<[u8; 24], FragmentId>,
    pub(super) classes: &'a mut Classes,
    pub(super) tally: &'a mut Tally,
    pub(super) quarantine: &'a mut Quarantine,
    ids: &'a mut FragmentIds,
    /// Fragments whose data or marks have changed.
    pub(super) touched: BTreeSet<FragmentId>,
    known: HashMap<FragmentId, Rc<Known>>,
    /// For each slot the instant before which a datum has outlived it.
    cutoffs: Vec<Moment>,
}

/// A person as known at this point of the batch, with what was asked about them already.
struct Known {
    whole: Rc<Whole>,
    /// The groups as components of their own: what a source that verifies adds to, so that what others claim can't
    /// use up the limits of what is proven.
    groups: Vec<Component>,
    allowances: RefCell<HashMap<(usize, u32), Allowance>>,
}

impl Known {
    /// What the limits count for a source of this trust.
    fn component(&self, trust: Trust, fragment: Option<FragmentId>) -> &Component {
        let group = fragment.filter(|_| trust == Trust::Server).and_then(|id| self.whole.group_of(id));
        group.and_then(|group| self.groups.get(group)).unwrap_or(&self.whole.component)
    }
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
            classes: books.classes,
            tally: books.tally,
            quarantine: books.quarantine,
            ids: books.ids,
            touched: BTreeSet::new(),
            known: HashMap::new(),
            cutoffs: policy.slots.iter().map(before).collect(),
        }
    }

    /// Works on one event. `visit` is the index key for somebody who is merely named on a device that is another's.
    pub(super) fn event(&mut self, arrival: &Arrival<'_>, keyed: &[Keyed<'_>], visit: Option<[u8; 24]>) {
        self.tally.add(TallyName::EventsReceived, 1);
        let fragments: Vec<Option<FragmentId>> = keyed.iter().map(|(_, key)| self.index.get(key).copied()).collect();
        let knowns: Vec<Option<Rc<Known>>> = fragments.iter().map(|id| id.map(|id| self.know(id))).collect();
        let candidate = |place: usize| Candidate {
            rule: keyed[place].0.rule,
            fragment: fragments[place],
            component: knowns[place].as_ref().map(|known| known.component(arrival.source.trust, fragments[place])),
        };
        let candidates: Vec<Candidate<'_>> = (0..keyed.len()).map(candidate).collect();
        let resolution = resolve(&candidates, &self.policy.identifiers, arrival.source.trust);
        self.tally.add(TallyName::IdentifiersDropped, resolution.dropped.len());
        let Some(owner) = self.owner(arrival, &resolution, &candidates, keyed, visit) else {
            self.tally.add(TallyName::EventsUnidentified, 1);
            return;
        };
        let message = hash::short(arrival.event.message_id.as_bytes());
        if let Some(entry) = owner.fragment.and_then(|id| self.people.get_mut(id))
            && entry.see(message, arrival.received)
        {
            self.tally.add(TallyName::EventsDuplicate, 1);
            return;
        }
        let known_owner = owner.fragment.map(|id| (id, self.know(id)));
        let kept_known: Vec<(FragmentId, Rc<Known>)> =
            resolution.kept.iter().filter_map(|place| Some((fragments[*place]?, knowns[*place].clone()?))).collect();
        let standing = stand(arrival.source.trust, known_owner.as_ref(), &kept_known);
        let doings = self.doings_of(arrival, &standing, owner.fragment);
        let allowance = self.allowance(arrival, &standing, &doings.acts);
        let dropped: Vec<&Found<'_>> = resolution.dropped.iter().map(|(place, _)| &keyed[*place].0).collect();
        let mut kept = self.gate(arrival, allowance, &owner, &dropped);
        for (found, _) in resolution.kept.iter().map(|place| &keyed[*place]) {
            found.tidy(&mut kept);
        }
        if kept.parts.is_empty() && doings.acts.is_empty() {
            self.tally.add(TallyName::EventsUnpermitted, 1);
            return;
        }
        let id = self.ensure(owner.fragment, owner.key, owner.kind, arrival);
        if owner.fragment.is_none() {
            self.people.get_mut(id).map(|entry| entry.see(message, arrival.received));
        }
        if allowance.link {
            self.join(id, &resolution, keyed, arrival, allowance);
        }
        self.write(id, doings, kept, arrival);
    }

    /// Whose fragment the event belongs to. What a public source says under an account it merely names, without a
    /// device that is that person's, belongs to the visit and not to the account.
    fn owner<'k>(
        &self,
        arrival: &Arrival<'_>,
        resolution: &Resolution,
        candidates: &[Candidate<'_>],
        keyed: &'k [Keyed<'k>],
        visit: Option<[u8; 24]>,
    ) -> Option<Owner<'k>> {
        let place = resolution.owner?;
        let (found, key) = &keyed[place];
        if arrival.source.trust == Trust::Public && found.rule.code != BEARER_KIND {
            let key = visit?;
            let fragment = self.index.get(&key).copied();
            let kinds = candidates[place].component.into_iter().flat_map(|component| component.fragments.values());
            if fragment.is_none() && kinds.filter(|kind| *kind == VISIT_KIND).count() >= VISITS_MAX {
                return None;
            }
            return Some(Owner { key, fragment, kind: VISIT_KIND, identifier: None });
        }
        let identifier = Some((found.rule.category, found.value.as_str()));
        let fragment = self.index.get(key).copied();
        Some(Owner { key: *key, fragment, kind: &found.rule.code, identifier })
    }

    /// Takes an act of a person or of staff into account.
    pub(super) fn decided(&mut self, decided: &Decided, key: [u8; 24]) {
        let id = match self.index.get(&key) {
            Some(id) => *id,
            None => self.create(key, &decided.kind, &decided.scope, decided.received_at),
        };
        for (place, target) in decided.targets.iter().enumerate() {
            let kind = match target {
                Target::Slot(slot) => self.policy.slot(*slot).map_or(decided.act, |rule| decided.act.under(rule.basis)),
                _ => decided.act,
            };
            let act = Act {
                id: if place == 0 { decided.id } else { self.dice.id(self.now) },
                kind,
                target: *target,
                at: decided.at.min(decided.received_at),
                received: decided.received_at,
                until: decided.until,
                evidence: decided.evidence.clone(),
            };
            self.tally.add(TallyName::Acts, 1);
            if let Some(entry) = self.people.get_mut(id) {
                entry.act(act);
            }
        }
        self.forget(id);
        self.touched.insert(id);
    }

    /// The person a fragment is part of.
    pub(super) fn whole(&mut self, id: FragmentId) -> Rc<Whole> {
        self.know(id).whole.clone()
    }

    fn know(&mut self, id: FragmentId) -> Rc<Known> {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        let whole = Rc::new(self.people.whole(id, self.now));
        let known = Rc::new(Known { groups: whole.group_components(), whole, allowances: RefCell::default() });
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

    /// What an event does to permissions.
    fn doings_of(&mut self, arrival: &Arrival<'_>, standing: &Standing, owner: Option<FragmentId>) -> Doings {
        let (now, dice, source) = (self.now, &mut self.dice, arrival.source.number);
        let fragment = owner.and_then(|id| self.people.get(id)).map(|entry| &entry.fragment);
        let last = |slot| fragment.and_then(|fragment| fragment.signalled(slot, source));
        doings(self.policy, arrival, &standing.prospect.groups[0], last, || dice.id(now))
    }

    fn allowance(&self, arrival: &Arrival<'_>, standing: &Standing, acts: &[Act]) -> Allowance {
        let source = arrival.source;
        match &standing.again {
            Some((known, group)) if acts.is_empty() => {
                let asked = (*group, source.number);
                let mut allowances = known.allowances.borrow_mut();
                *allowances.entry(asked).or_insert_with(|| standing.prospect.allowance(self.policy, source, self.now))
            }
            _ => {
                let mut prospect = standing.prospect.clone();
                for act in acts {
                    prospect.groups[0].add(act);
                }
                prospect.allowance(self.policy, source, self.now)
            }
        }
    }

    /// What of the event may be kept. An identifier alone is not kept: there would be nothing to find by it.
    fn gate(&mut self, arrival: &Arrival<'_>, allowance: Allowance, owner: &Owner<'_>, dropped: &[&Found<'_>]) -> Kept {
        let alive = |slot: &Slot| self.cutoffs.get(usize::from(slot.0)).is_some_and(|cutoff| arrival.at() > *cutoff);
        let allowed: SlotSet = allowance.collect.iter().filter(alive).collect();
        let mut kept = gate(self.policy, allowed, arrival.event, owner.identifier);
        // An identifier that was left out is somebody else's, so it is no trait of this person either.
        let foreign = |name: &str| dropped.iter().any(|found| found.is_read_from(name));
        kept.parts.iter_mut().for_each(|part| part.traits.retain(|(name, _)| !foreign(name)));
        for set_aside in &kept.set_aside {
            self.quarantine.count(&arrival.source.code, set_aside, arrival.received);
        }
        self.tally.add(TallyName::FieldsSetAside, kept.set_aside.len());
        self.tally.add(TallyName::FieldsUnpermitted, kept.refused);
        if !kept.parts.iter().any(|part| part.event.is_some() || !part.traits.is_empty()) {
            kept.parts.clear();
        }
        kept
    }

    fn ensure(&mut self, known: Option<FragmentId>, key: [u8; 24], kind: &str, arrival: &Arrival<'_>) -> FragmentId {
        known.unwrap_or_else(|| self.create(key, kind, &arrival.source.identity_scope, arrival.received))
    }

    fn create(&mut self, key: [u8; 24], kind: &str, scope: &str, received: Moment) -> FragmentId {
        let id = self.ids.next(self.now, &mut self.dice);
        self.index.insert(key, id);
        self.people.insert(Entry::new(id, kind, scope, received, key));
        id
    }

    /// Joins the identifiers of an event to its owner, and keeps their values where a purpose may have them.
    fn join(
        &mut self,
        owner: FragmentId,
        resolution: &Resolution,
        keyed: &[Keyed<'_>],
        arrival: &Arrival<'_>,
        allowance: Allowance,
    ) {
        let origin = origin(arrival);
        for place in &resolution.kept {
            let (found, key) = &keyed[*place];
            let other = self.index.get(key).copied();
            let other = self.ensure(other, *key, &found.rule.code, arrival);
            if other == owner {
                continue;
            }
            let edge = |to| Edge { to, trust: arrival.source.trust, source: origin.source, since: arrival.received };
            for (from, to) in [(owner, other), (other, owner)] {
                let joined = self.people.get_mut(from).map(|entry| {
                    let changed = entry.fragment.join(edge(to));
                    entry.changes.fragment |= changed;
                    changed
                });
                if joined == Some(true) {
                    self.forget(from);
                }
            }
            let class = allowance.collect.and(self.policy.slots_for(found.rule.category));
            self.keep_identifier(other, class, &found.value, origin);
        }
    }

    fn keep_identifier(&mut self, id: FragmentId, slots: SlotSet, value: &str, origin: Origin) {
        if slots.is_empty() {
            return;
        }
        let Some(class) = self.classes.number(slots) else { return };
        let Some(entry) = self.people.get_mut(id) else { return };
        let known = entry.holdings.get(&class).and_then(|holding| holding.identifier.as_ref());
        if known.is_none_or(|known| known.value != Value::Text(value.to_owned())) {
            let part = Part {
                class: slots,
                event: None,
                fields: Vec::new(),
                traits: Vec::new(),
                metrics: Vec::new(),
                identifier: Some(value.to_owned()),
            };
            entry.fold(class, part, origin);
        }
    }

    fn write(&mut self, id: FragmentId, doings: Doings, kept: Kept, arrival: &Arrival<'_>) {
        let origin = origin(arrival);
        let Doings { acts, signalled } = doings;
        if !acts.is_empty() {
            self.tally.add(TallyName::Acts, acts.len());
            self.forget(id);
        }
        let protects = |part: &Part| {
            part.traits.iter().any(|(name, _)| matches!(name.as_str(), "birthday" | "country" | "address.country"))
        };
        if kept.parts.iter().any(protects) {
            self.forget(id);
        }
        let outcome = if kept.parts.is_empty() { TallyName::EventsDecisionOnly } else { TallyName::EventsKept };
        self.tally.add(outcome, 1);
        let numbered: Vec<(u32, Part)> = kept
            .parts
            .into_iter()
            .filter_map(|part| self.classes.number(part.class).map(|class| (class, part)))
            .collect();
        if let Some(entry) = self.people.get_mut(id) {
            acts.into_iter().for_each(|act| entry.act(act));
            for (slot, allowed) in signalled {
                entry.changes.fragment |= entry.fragment.signal(slot, origin.source, allowed);
            }
            numbered.into_iter().for_each(|(class, part)| entry.fold(class, part, origin));
        }
        self.touched.insert(id);
    }
}

/// Whose fragment an event belongs to.
struct Owner<'a> {
    key: [u8; 24],
    fragment: Option<FragmentId>,
    kind: &'a str,
    identifier: Option<(CategoryId, &'a str)>,
}

/// The candidate person, and where the answers about them are remembered when they are known as they are.
struct Standing {
    prospect: Prospect,
    again: Option<(Rc<Known>, usize)>,
}

/// The candidate person: whose marks count as the event's own, and whose beside them. With a source that verifies, the
/// groups of all its identifiers become one person; with one that claims, only the owner's is its own.
fn stand(trust: Trust, owner: Option<&(FragmentId, Rc<Known>)>, kept: &[(FragmentId, Rc<Known>)]) -> Standing {
    let mut own = Marks::default();
    let mut wholes = Vec::<&Rc<Known>>::new();
    let mut joined = BTreeSet::<(FragmentId, usize)>::new();
    for (id, known) in kept.iter().chain(owner) {
        if !wholes.iter().any(|whole| Rc::ptr_eq(whole, known)) {
            wholes.push(known);
        }
        let is_own = trust == Trust::Server || owner.is_some_and(|(owner, _)| owner == id);
        if is_own
            && let (Some(profile), Some(group)) = (known.whole.profile(), known.whole.group_of(*id))
            && joined.insert((profile, group))
        {
            own.join(&known.whole.marks[group]);
        }
    }
    let mut groups = vec![own];
    for known in &wholes {
        let Some(profile) = known.whole.profile() else { continue };
        let beside = known.whole.marks.iter().enumerate().filter(|(group, _)| !joined.contains(&(profile, *group)));
        groups.extend(beside.map(|(_, marks)| marks.clone()));
    }
    let region = wholes.iter().find_map(|known| known.whole.region.clone());
    let age = wholes.iter().find_map(|known| known.whole.age);
    let again = match (owner, wholes.as_slice(), joined.first()) {
        (Some((_, known)), [_], Some((_, group))) if joined.len() == 1 => Some((known.clone(), *group)),
        _ => None,
    };
    Standing { prospect: Prospect { groups, region, age }, again }
}

fn origin(arrival: &Arrival<'_>) -> Origin {
    Origin { at: arrival.at(), received: arrival.received, source: arrival.source.number }
}
