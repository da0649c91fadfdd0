//! Claims that turn out to join two whom the organisation's own systems know, or one whom they know and an account: they were
//! made before the systems knew them.

use super::let_go::Named;
use super::{Keyed, Work};
use crate::pipeline::acts::Arrival;
use amana_core::Moment;
use amana_core::catalog::{Number, Trust};
use amana_core::identity::{BEARER_KIND, Bond, Dropped, FragmentId, LeftOut, is_account, parts};
use std::collections::BTreeSet;

/// What holds a fragment by more than claims, itself included.
type Part = BTreeSet<FragmentId>;

/// Whom claims lead to.
#[derive(Default)]
struct Reached {
    known: bool,
    accounts: Vec<FragmentId>,
}

impl Work<'_> {
    /// A system has named somebody of whom it may tell nothing. Who has a fragment is known from then on, or what others
    /// claim of them would go on speaking for them; of nobody else is anything kept, and nothing is joined. Whom claims
    /// join to somebody named with them stays a claim: they would be parted else, and the system says that both are one.
    pub(super) fn known_though_unpermitted<'k>(
        &mut self,
        arrival: &Arrival<'_>,
        owner: Option<FragmentId>,
        named: impl Iterator<Item = &'k Keyed<'k>>,
    ) {
        if arrival.trust != Trust::Server {
            return;
        }
        // A device beside them is nobody.
        let people = named.filter(|(found, _)| found.rule.code != BEARER_KIND);
        let beside: Vec<FragmentId> = people.filter_map(|(_, key)| self.index.get(key).copied()).collect();
        let mut together = BTreeSet::new();
        for id in owner.into_iter().chain(beside) {
            if together.contains(&id) {
                continue;
            }
            together.extend(self.whole(id).component.fragments.keys().copied());
            if self.people.get(id).is_some_and(|entry| !entry.fragment.vouched) {
                self.vouch(id);
                self.touched.insert(id);
                self.part_known(id, arrival.source.number, arrival.received);
            }
        }
    }

    /// Takes the claims away by which somebody who is known would be one with somebody else who is, or who has an account.
    /// What is joined to both stays with the other one, who was known before or signed in there. It is noted with both.
    pub(super) fn part_known(&mut self, id: FragmentId, source: Number, received: Moment) {
        let whole = self.whole(id);
        // Who is known is the core, of one group or of several that staff hold together; mere claims follow.
        let is_claimed = whole.groups.len() > whole.core.max(1);
        if !is_claimed || !whole.component.known {
            return;
        }
        let members = whole.component.fragments.keys();
        let edges = members.filter_map(|id| Some((*id, self.people.get(*id)?.fragment.edges.as_slice())));
        let held: Vec<Part> = parts(edges, Bond::Asserted).into_iter().map(|part| part.into_iter().collect()).collect();
        let Some(own) = held.iter().find(|part| part.contains(&id)).filter(|part| self.knows(part)) else { return };
        let cuts = self.claims_to_take(own, &held);
        let part = |id: &FragmentId| held.iter().find(|part| part.contains(id));
        let mut left = Vec::new();
        for (claimant, named) in cuts.iter().flat_map(|(from, to)| [(*from, *to), (*to, *from)]) {
            // What was merely claimed of both is nobody's until somebody is known by it.
            let Some(theirs) = part(&named).filter(|theirs| self.knows(theirs)) else { continue };
            // Who is known beside them was stopped by nothing of theirs.
            let of_itself = part(&claimant).is_some_and(|part| part == own || !self.knows(part));
            left.push((claimant, Named::of(named, theirs, &whole), of_itself));
        }
        for (from, to) in &cuts {
            self.take_claim(*from, *to, source, received);
        }
        for (claimant, named, of_itself) in left {
            self.let_go(claimant, &named);
            if of_itself {
                self.carry_on(claimant, &named, source, received);
            }
        }
        whole.component.fragments.keys().for_each(|id| self.forget(*id));
    }

    /// The claims by which a part is joined to somebody else who is known, or to an account. Who signs in is believed before
    /// what is typed: of a part that is an account and another that is merely claimed to be one, the kind of higher priority
    /// keeps what is joined to both.
    fn claims_to_take(&self, own: &Part, held: &[Part]) -> BTreeSet<(FragmentId, FragmentId)> {
        let mut cuts = BTreeSet::new();
        for (from, to) in self.claims_of(own) {
            let reached = self.reached(to, own);
            let rank = self.account(from);
            let is_lesser = |id: &FragmentId| rank > self.account(*id);
            if reached.known || !reached.accounts.iter().all(is_lesser) {
                cuts.insert((from, to));
                continue;
            }
            for lesser in reached.accounts {
                let Some(part) = held.iter().find(|part| part.contains(&lesser)) else { continue };
                let leads_here = |to: FragmentId| self.leads_to(to, part, |id| own.contains(&id));
                cuts.extend(self.claims_of(part).into_iter().filter(|(_, to)| leads_here(*to)));
            }
        }
        cuts
    }

    fn knows(&self, part: &Part) -> bool {
        part.iter().any(|id| self.is_known(*id))
    }

    pub(super) fn is_known(&self, id: FragmentId) -> bool {
        self.people.get(id).is_some_and(|entry| entry.fragment.is_known())
    }

    /// The priority of the account that a fragment stands for; none for what is no account.
    fn account(&self, id: FragmentId) -> Option<u32> {
        let rule = self.policy.identifier(&self.people.get(id)?.fragment.kind)?;
        is_account(rule).then_some(rule.priority)
    }

    /// The claims that lead out of a part.
    fn claims_of(&self, own: &Part) -> Vec<(FragmentId, FragmentId)> {
        let entries = own.iter().filter_map(|id| self.people.get(*id));
        let leads_out = entries.flat_map(|entry| {
            let edges = entry.fragment.edges.iter().filter(|edge| edge.holds() && !own.contains(&edge.to));
            edges.map(|edge| (entry.id, edge.to))
        });
        leads_out.collect()
    }

    /// Whom one reaches from a fragment without passing through a part.
    fn reached(&self, start: FragmentId, without: &Part) -> Reached {
        let mut reached = Reached::default();
        reached.known = self.leads_to(start, without, |id| {
            reached.accounts.extend(self.account(id).map(|_| id));
            self.is_known(id)
        });
        reached
    }

    /// Whether such a one is reached from a fragment without passing through a part.
    fn leads_to(&self, start: FragmentId, without: &Part, mut is_one: impl FnMut(FragmentId) -> bool) -> bool {
        let (mut open, mut seen) = (vec![start], without.clone());
        while let Some(id) = open.pop() {
            let Some(entry) = self.people.get(id).filter(|entry| entry.fragment.ban.is_none()) else { continue };
            if !seen.insert(id) {
                continue;
            }
            if is_one(id) {
                return true;
            }
            open.extend(entry.fragment.edges.iter().filter(|edge| edge.holds()).map(|edge| edge.to));
        }
        false
    }

    pub(super) fn take_claim(&mut self, from: FragmentId, to: FragmentId, source: Number, received: Moment) {
        for (one, other) in [(from, to), (to, from)] {
            let Some(kind) = self.people.get(other).map(|entry| entry.fragment.kind.clone()) else { continue };
            let Some(entry) = self.people.get_mut(one) else { continue };
            entry.fragment.forget_claim(other, received);
            entry.fragment.leave_out(LeftOut::new(&kind, Some(other), Dropped::KnownApart, source, received));
            entry.changes.fragment = true;
            self.touched.insert(one);
        }
    }
}
