//! Devices that several people use, as they show by themselves or the catalogue says, and what only systems call a device: what
//! nobody signs in for is shown with nobody from then on.

use super::{Keyed, Known, Work};
use crate::pipeline::acts::Arrival;
use crate::pipeline::tally::TallyName;
use crate::pipeline::task::Identified;
use amana_core::Moment;
use amana_core::catalog::{IdentifierRule, Number, Trust};
use amana_core::identity::{
    BEARER_KIND, Bond, Candidate, Dropped, FragmentId, Resolution, StaffAct, goes_on, said_against, shared_device,
};
use amana_core::permission::{Act, ActKind, Born, Content, Evidence, Mark, Method, Target, adult_by};
use std::rc::Rc;

impl Work<'_> {
    /// Whether it is a device that many people use, as the catalogue says of the source: of this event's, or of one through
    /// which the device was seen, or what was done there would be somebody's as soon as they sign in elsewhere.
    pub(super) fn is_shared(&self, arrival: &Arrival<'_>, rule: &IdentifierRule, id: Option<FragmentId>) -> bool {
        let seen_through = || id.and_then(|id| self.people.get(id)).map(|entry| entry.fragment.sources.as_slice());
        let seen = || self.shared_sources.iter().any(|source| seen_through().is_some_and(|seen| seen.contains(source)));
        rule.device && (arrival.source.shared_devices || seen())
    }

    /// Gives a device a fragment of its own where it was joined to somebody and is not the device of whoever names it now: the
    /// catalogue says so meanwhile, or of another source, that many people use it; or only systems have named it, and
    /// this is whoever has a public key. What nobody signs in for would be somebody's else.
    pub(super) fn part_shared(&mut self, arrival: &Arrival<'_>, of: &Identified<'_>) {
        for (found, key) in of.keyed.iter().filter(|(found, _)| found.rule.code == BEARER_KIND) {
            let Some(id) = self.index.get(key).copied() else { continue };
            let is_shared = self.is_shared(arrival, found.rule, Some(id));
            if !is_shared && (is_random(&found.value) || !self.is_left_to_systems(arrival, Some(id))) {
                continue;
            }
            let known = self.know(id);
            let is_joined = known.whole.component.fragments.len() > 1;
            if is_joined && (is_shared || !self.is_proven_theirs(of, id, &known)) {
                self.share(arrival, *key, id, &known);
                self.note_named(arrival, &of.keyed);
            }
        }
    }

    /// Whether an event of a public source names what systems alone have named: the number of a receipt or of a session, which
    /// is no secret of a device, so whoever knows it is not whom the systems mean.
    pub(super) fn is_left_to_systems(&self, arrival: &Arrival<'_>, device: Option<FragmentId>) -> bool {
        let named = device.and_then(|id| self.people.get(id)).filter(|_| arrival.source.trust == Trust::Public);
        let Some(fragment) = named.map(|entry| &entry.fragment).filter(|fragment| fragment.vouched) else {
            return false;
        };
        let is_public = |number: Number| {
            self.policy.sources.iter().any(|source| source.number == number && source.trust == Trust::Public)
        };
        let seen = fragment.sources.iter().copied();
        let signalled = fragment.signalled.iter().map(|((_, source), _)| *source);
        // A claim is a public source's, also where that is declared no longer.
        let now = fragment.edges.iter().map(|edge| (edge.bond, edge.source));
        let mut joined = now.chain(fragment.former.iter().map(|former| (former.bond, former.source)));
        !seen.chain(signalled).any(is_public)
            && !joined.any(|(bond, source)| bond == Bond::Claimed || is_public(source))
    }

    /// Whether the event proves the account whose device it is for the systems.
    fn is_proven_theirs(&self, of: &Identified<'_>, device: FragmentId, known: &Known) -> bool {
        let account = of.proven.and_then(|place| self.index.get(&of.keyed[place].1));
        let is_core = |id: FragmentId| known.whole.group_of(id).is_some_and(|group| known.is_core(group));
        account.is_some_and(|account| is_core(*account) && is_core(device))
    }

    /// Notes that a public source has named a device: it is one, and stays that of whom systems join to it later. What
    /// is only decided there holds nothing of the source else.
    pub(super) fn note_named(&mut self, arrival: &Arrival<'_>, keyed: &[Keyed<'_>]) {
        if arrival.source.trust != Trust::Public {
            return;
        }
        for (_, key) in keyed.iter().filter(|(found, _)| found.rule.code == BEARER_KIND) {
            let Some(id) = self.index.get(key).copied() else { continue };
            if let Some(entry) = self.people.get_mut(id) {
                entry.changes.fragment |= entry.fragment.see(arrival.source.number);
            }
        }
    }

    /// Where an event shows that a device is several people's, gives the device's identifier a fragment of its own, which
    /// joins nobody as if staff had banned it; staff can lift that. What was done on it until now stays with whom it was
    /// of.
    pub(super) fn notice_shared(
        &mut self,
        arrival: &Arrival<'_>,
        resolution: &mut Resolution,
        candidates: &[Candidate<'_>],
        (keyed, knowns): (&[Keyed<'_>], &[Option<Rc<Known>>]),
    ) {
        // What others merely claim of whom it is of makes no device shared: anybody can claim.
        let itself = |place: usize| {
            let (known, fragment) = (knowns[place].as_ref()?, candidates[place].fragment);
            Some(known.component(Trust::Server, fragment))
        };
        let Some(place) = shared_device(candidates, resolution, itself) else { return };
        let (Some(known), Some(belonged)) = (knowns[place].clone(), candidates[place].fragment) else { return };
        let one_person = |place: &usize| {
            candidates[*place].fragment.is_some_and(|id| known.whole.component.fragments.contains_key(&id))
        };
        // Staff have said that the accounts are one person's.
        if resolution.kept.iter().any(one_person) {
            return;
        }
        let dropped = resolution.dropped.iter_mut().find(|(dropped, _)| *dropped == place);
        dropped.into_iter().for_each(|(_, why)| *why = Dropped::SharedDevice);
        self.share(arrival, keyed[place].1, belonged, &known);
    }

    fn share(&mut self, arrival: &Arrival<'_>, key: [u8; 24], belonged: FragmentId, known: &Known) {
        let Some(entry) = self.people.get_mut(belonged) else { return };
        let scope = entry.fragment.scope.clone();
        entry.stand_by_itself(key);
        let device = self.create(key, BEARER_KIND, &scope, arrival.received);
        let name = self.dice.id(self.now);
        self.people.ban(StaffAct { id: name, at: arrival.received }, device);
        let mut evidence = Evidence::new(Method::SharedDevice, &arrival.source.code, "amana");
        evidence.jurisdiction.clone_from(&arrival.source.jurisdiction);
        let banned = Act::new(name, ActKind::Ban, Target::Person, arrival.received, arrival.received, evidence.clone());
        self.write_down(device, banned.saying(Content::Identity { with: vec![belonged.0], edges: Vec::new() }));
        let group = known.whole.group_of(belonged).unwrap_or_default();
        for said in said_against(&known.whole.marks[group]) {
            let act = self.carried_on(said, arrival.received, &evidence);
            self.write_down(device, act);
        }
        self.belongs(device, belonged);
        if let Some(entry) = self.people.get_mut(device) {
            entry.fragment.of_age = of_age(known, group).filter(|of_age| *of_age > arrival.received);
        }
        self.tally.add(TallyName::DevicesShared, 1);
        self.forget(belonged);
        self.touched.extend([belonged, device]);
    }

    /// What was said before, for whoever it has to go on for from now on.
    pub(super) fn carried_on(&mut self, said: (Target, ActKind, Mark), received: Moment, evidence: &Evidence) -> Act {
        let (target, kind, mark) = said;
        let rule = match target {
            Target::Slot(slot) => self.policy.slot(slot),
            _ => None,
        };
        let mut evidence = evidence.clone();
        evidence.purpose = rule.map(|rule| rule.purpose.clone());
        evidence.brand = rule.and_then(|rule| rule.brand.clone());
        self.tally.add(TallyName::Acts, 1);
        Act::new(self.dice.id(self.now), kind, target, mark.at, received, evidence).until(mark.until)
    }

    /// Notes where what was done on a device is until it was shared. What the device has stored, what came from it lately
    /// and from whom it was split stays with the device as well: a stored yes is no new one, and what is sent again came
    /// before.
    pub(super) fn belongs(&mut self, device: FragmentId, belonged: FragmentId) {
        let Some(before) = self.people.get(belonged) else { return };
        let (signalled, cuts) = (before.fragment.signalled.clone(), before.fragment.cuts.clone());
        let seen = before.seen.clone();
        let Some(entry) = self.people.get_mut(device) else { return };
        (entry.fragment.signalled, entry.fragment.cuts) = (signalled, cuts);
        entry.fragment.belonged = Some(belonged);
        entry.changes.fragment = true;
        entry.take_seen(seen);
    }

    /// What was done on a shared device by whoever names an account, before it was known to be shared: they go on there, so
    /// that what they say of it counts for all of it. What is proven to be theirs is left to proofs: who holds the device
    /// nobody knows.
    pub(super) fn belonged(
        &self,
        resolution: &Resolution,
        keyed: &[Keyed<'_>],
        account: Option<&Known>,
    ) -> Option<FragmentId> {
        let mut left_out = resolution.dropped.iter().map(|(place, _)| &keyed[*place]);
        let (_, key) = left_out.find(|(found, _)| found.rule.code == BEARER_KIND)?;
        let belonged = self.belonged_of(self.index.get(key).copied()?)?;
        let group = account?.whole.group_of(belonged)?;
        (group >= account?.whole.core).then_some(belonged)
    }

    /// Lets acts that name a shared device reach what was done on it before, where they take something away: nobody could
    /// name that otherwise. What gives goes no further than the device.
    pub(super) fn reach_before(&mut self, device: FragmentId, acts: &[Act]) {
        let Some(belonged) = self.belonged_of(device).filter(|_| !acts.is_empty()) else { return };
        let whole = self.whole(belonged);
        let is_core = whole.group_of(belonged).is_some_and(|group| group < whole.core);
        for act in acts.iter().filter(|act| goes_on(act.kind, is_core)) {
            self.write_down(belonged, act.clone());
            self.touched.insert(belonged);
        }
        self.forget(belonged);
    }

    /// The same for what an event says. What systems told under a number of theirs is reached by nobody who has a public key.
    pub(super) fn reach_before_by_event(&mut self, arrival: &Arrival<'_>, device: FragmentId, acts: &[Act]) {
        if !self.is_left_to_systems(arrival, self.belonged_of(device)) {
            self.reach_before(device, acts);
        }
    }

    pub(super) fn belonged_of(&self, device: FragmentId) -> Option<FragmentId> {
        self.people.get(device)?.fragment.belonged
    }
}

/// Whether nobody guesses an id: a random UUID (RFC 9562, versions 4 and 7), as SDKs make one for a browser. It is the browser's,
/// be it that a system named it first since nothing of what the browser sent might be kept.
fn is_random(id: &str) -> bool {
    uuid::Uuid::try_parse(id).is_ok_and(|id| matches!(id.get_version_num(), 4 | 7))
}

/// When the youngest of those whom a device was of is of age: it protects whoever uses the device.
fn of_age(known: &Known, group: usize) -> Option<Moment> {
    let births = known.whole.births().iter().enumerate();
    let at_stake = births.filter(|(place, _)| *place == group || known.is_core(*place));
    adult_by(Born::youngest(at_stake.filter_map(|(_, born)| *born))?.latest())
}
