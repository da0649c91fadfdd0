//! One event: whose it would be, what may be kept of it, and what that changes.

use super::standing::{Standing, stand};
use super::{Keyed, Known, Work, signals, signed};
use crate::hash;
use crate::pipeline::acts::{Arrival, Doings, Marked, doings};
use crate::pipeline::prospect::Allowance;
use crate::pipeline::tally::TallyName;
use crate::pipeline::task::Identified;
use amana_core::catalog::{CategoryId, Trust};
use amana_core::identity::{
    BEARER_KIND, Candidate, Dropped, FragmentId, Resolution, VISIT_KIND, leave_out_beside, resolve,
};
use amana_core::permission::Act;
use amana_core::profile::{Kept, gate};
use amana_core::{Slot, SlotSet};
use std::rc::Rc;

/// How many visits one person may have. With what the kinds' own limits allow it is less than a component may have, so
/// whoever names an account from ever new devices makes its person neither too large to be worked on nor full.
const VISITS_MAX: usize = 20;

/// Whose fragment an event belongs to.
pub(super) struct Owner<'a> {
    key: [u8; 24],
    fragment: Option<FragmentId>,
    kind: &'a str,
    identifier: Option<(CategoryId, &'a str)>,
}

impl Work<'_> {
    /// Works on one event.
    pub(in crate::pipeline) fn event(&mut self, arrival: &Arrival<'_>, of: &Identified<'_>) {
        self.tally.add(TallyName::EventsReceived, 1);
        let keyed = of.keyed.as_slice();
        self.part_shared(arrival, of);
        let fragments: Vec<Option<FragmentId>> = keyed.iter().map(|(_, key)| self.index.get(key).copied()).collect();
        let knowns: Vec<Option<Rc<Known>>> = fragments.iter().map(|id| id.map(|id| self.know(id))).collect();
        let candidate = |place: usize| Candidate {
            rule: keyed[place].0.rule,
            fragment: fragments[place],
            component: knowns[place].as_ref().map(|known| known.component(arrival.trust, fragments[place])),
            shared: self.is_shared(arrival, keyed[place].0.rule, fragments[place]),
        };
        let candidates: Vec<Candidate<'_>> = (0..keyed.len()).map(candidate).collect();
        let mut resolution = resolve(&candidates, &self.policy.identifiers, arrival.trust);
        signed::owns(&mut resolution, of);
        self.notice_shared(arrival, &mut resolution, &candidates, (keyed, &knowns));
        let claims = self.claims(arrival, of, &resolution);
        self.tally.add(TallyName::IdentifiersDropped, resolution.dropped.len() + claims.dropped.len());
        let Some(owner) = self.owner(arrival, &resolution, (&candidates, &knowns), of) else {
            self.tally.add(TallyName::EventsUnidentified, 1);
            return;
        };
        let message = hash::short(arrival.event.message_id.as_bytes());
        if self.came_before(arrival, message, owner.fragment, &knowns) {
            self.tally.add(TallyName::EventsDuplicate, 1);
            return;
        }
        let known_owner = self.known_owner(&owner, &candidates, &mut resolution);
        let kept_known: Vec<(FragmentId, Rc<Known>)> =
            resolution.kept.iter().filter_map(|place| Some((fragments[*place]?, knowns[*place].clone()?))).collect();
        let standing = stand(arrival.trust, known_owner.as_ref(), &kept_known);
        let device = signals::device_beside(&resolution, keyed, arrival.trust);
        let remembers = self.remembers(arrival, &standing, owner.fragment, device);
        let doings = self.doings_of(arrival, &standing, owner.fragment, remembers);
        let allowance = self.allowance(arrival, &standing, &doings.acts);
        let dropped = resolution.dropped.iter().map(|(place, why)| (&keyed[*place], *why));
        let dropped: Vec<(&Keyed<'_>, Dropped)> = dropped.chain(claims.dropped.iter().copied()).collect();
        let mut kept = self.gate(arrival, allowance, &owner, &dropped);
        let linked = resolution.kept.iter().map(|place| &keyed[*place]).chain(claims.kept.iter().copied());
        linked.for_each(|(found, _)| found.tidy(&mut kept));
        if kept.parts.is_empty() && doings.acts.is_empty() {
            self.tally.add(TallyName::EventsUnpermitted, 1);
            self.known_though_unpermitted(arrival, owner.fragment, resolution.kept.iter().map(|place| &keyed[*place]));
            return;
        }
        let name_place = self.name_place(arrival, &kept);
        if !self.has_room_for_name(owner.fragment, name_place) {
            self.tally.add(TallyName::EventsUnnameable, 1);
            return;
        }
        let id = self.ensure(owner.fragment, owner.key, owner.kind, arrival);
        if owner.fragment.is_none() && !arrival.named {
            self.people.get_mut(id).map(|entry| entry.see(message, arrival.received));
        }
        if allowance.link {
            let kept: Vec<&Keyed<'_>> = resolution.kept.iter().map(|place| &keyed[*place]).collect();
            self.join(id, &kept, arrival, arrival.trust, allowance);
            self.join(id, &claims.kept, arrival, Trust::Public, allowance);
            self.leave_out(id, &dropped, arrival);
        }
        let device = device.filter(|key| allowance.link || self.index.contains_key(key));
        self.remember(id, device, &doings.signalled, arrival);
        self.reach_before_by_event(arrival, id, &doings.acts);
        self.note_named(arrival, keyed);
        self.write(id, doings, kept, arrival);
        if arrival.trust == Trust::Server {
            self.part_known(id, arrival.source.number, arrival.received);
        }
        if let (Some(place), Some(entry)) = (name_place, self.people.get_mut(id)) {
            entry.remember_name(place, message);
        }
    }

    /// Whose fragment the event belongs to. What a public source says under an account it merely names, without a
    /// device that is that person's, belongs to the visit and not to the account.
    fn owner<'k>(
        &self,
        arrival: &Arrival<'_>,
        resolution: &Resolution,
        (candidates, knowns): (&[Candidate<'_>], &[Option<Rc<Known>>]),
        of: &'k Identified<'k>,
    ) -> Option<Owner<'k>> {
        let (keyed, visit) = (of.keyed.as_slice(), of.visit);
        let place = resolution.owner?;
        let (found, key) = &keyed[place];
        if arrival.trust == Trust::Public && found.rule.code != BEARER_KIND {
            // A visit is of the first account that is named, and joined to it. What is many people's has no visits:
            // they would join it, and nobody could find them.
            let account = keyed.iter().position(|(found, _)| found.rule.code != BEARER_KIND)?;
            let key = visit.filter(|_| !candidates[account].joins_nobody())?;
            let belonged = self.belonged(resolution, keyed, knowns[account].as_deref());
            let fragment = belonged.or_else(|| self.index.get(&key).copied());
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

    /// The owner as known until now. Whom a visit cannot be one with is left out.
    fn known_owner(
        &mut self,
        owner: &Owner<'_>,
        candidates: &[Candidate<'_>],
        resolution: &mut Resolution,
    ) -> Option<(FragmentId, Rc<Known>)> {
        let id = owner.fragment?;
        let known = self.know(id);
        if owner.kind == VISIT_KIND {
            let (visit, kinds) = (&known.whole.component, &self.policy.identifiers);
            let apart = leave_out_beside(visit, candidates, kinds, resolution);
            self.tally.add(TallyName::IdentifiersDropped, apart);
        }
        Some((id, known))
    }

    /// What an event does to permissions.
    fn doings_of(
        &mut self,
        arrival: &Arrival<'_>,
        standing: &Standing,
        owner: Option<FragmentId>,
        remembers: Option<FragmentId>,
    ) -> Doings {
        let (now, dice, source) = (self.now, &mut self.dice, arrival.source.number);
        let fragment = remembers.and_then(|id| self.people.get(id)).map(|entry| &entry.fragment);
        let last = |slot| fragment.and_then(|fragment| fragment.signalled(slot, source));
        let own = owner.and_then(|id| self.people.get(id)).map(|entry| &entry.fragment);
        let marked = Marked { all: standing.prospect.marks(), own };
        doings(self.policy, arrival, marked, last, || dice.id(now))
    }

    pub(super) fn allowance(&self, arrival: &Arrival<'_>, standing: &Standing, acts: &[Act]) -> Allowance {
        let source = arrival.source;
        match &standing.again {
            Some((known, group)) if acts.is_empty() => {
                let asked = (*group, source.number);
                let mut allowances = known.allowances.borrow_mut();
                *allowances.entry(asked).or_insert_with(|| standing.prospect.allowance(self.policy, source, self.now))
            }
            _ => {
                let mut prospect = (*standing.prospect).clone();
                for act in acts {
                    prospect.act(act);
                }
                prospect.allowance(self.policy, source, self.now)
            }
        }
    }

    /// What of the event may be kept. An identifier alone is not kept: there would be nothing to find by it.
    fn gate(
        &mut self,
        arrival: &Arrival<'_>,
        allowance: Allowance,
        owner: &Owner<'_>,
        dropped: &[(&Keyed<'_>, Dropped)],
    ) -> Kept {
        let alive = |slot: &Slot| self.cutoffs.get(usize::from(slot.0)).is_some_and(|cutoff| arrival.at() > *cutoff);
        let allowed: SlotSet = allowance.collect.iter().filter(alive).collect();
        let mut kept = gate(self.policy, allowed, arrival.event, owner.identifier);
        // An identifier that was left out is somebody else's, so it is no trait of this person either.
        let foreign = |name: &str| dropped.iter().any(|((found, _), _)| found.is_read_from(name));
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
}
