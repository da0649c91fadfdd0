//! Claims that turn out to join two whom the organisation's own systems know: they were made before the systems knew both.

use super::Work;
use amana_core::Moment;
use amana_core::catalog::Number;
use amana_core::identity::{Bond, Dropped, FragmentId, LeftOut, parts};
use std::collections::BTreeSet;

impl Work<'_> {
    /// Takes the claims away by which somebody who is known would be one with somebody else who is. What is joined to both
    /// stays with the other one, who was known before. It is noted with both.
    pub(super) fn part_known(&mut self, id: FragmentId, source: Number, received: Moment) {
        let whole = self.whole(id);
        // Who is known is the core, of one group or of several that staff hold together; mere claims follow.
        let is_claimed = whole.groups.len() > whole.core.max(1);
        if !is_claimed || !whole.component.known {
            return;
        }
        let members: BTreeSet<FragmentId> = whole.component.fragments.keys().copied().collect();
        let edges = members.iter().filter_map(|id| Some((*id, self.people.get(*id)?.fragment.edges.as_slice())));
        let held = parts(edges, Bond::Asserted);
        let knows = |part: &Vec<FragmentId>| part.iter().any(|id| self.is_known(*id));
        let Some(own) = held.iter().find(|part| part.contains(&id)).filter(|part| knows(part)) else { return };
        let own: BTreeSet<FragmentId> = own.iter().copied().collect();
        if held.iter().filter(|part| knows(part)).count() < 2 {
            return;
        }
        for (from, to) in self.claims_of(&own) {
            if self.leads_to_known(to, &own) {
                self.take_claim(from, to, source, received);
            }
        }
        whole.component.fragments.keys().for_each(|id| self.forget(*id));
    }

    fn is_known(&self, id: FragmentId) -> bool {
        self.people.get(id).is_some_and(|entry| entry.fragment.is_known())
    }

    /// The claims that lead out of a part.
    fn claims_of(&self, own: &BTreeSet<FragmentId>) -> Vec<(FragmentId, FragmentId)> {
        let entries = own.iter().filter_map(|id| self.people.get(*id));
        let leads_out = entries.flat_map(|entry| {
            let edges = entry.fragment.edges.iter().filter(|edge| edge.holds() && !own.contains(&edge.to));
            edges.map(|edge| (entry.id, edge.to))
        });
        leads_out.collect()
    }

    /// Whether somebody known is reached from a fragment without passing through a part.
    fn leads_to_known(&self, start: FragmentId, without: &BTreeSet<FragmentId>) -> bool {
        let (mut open, mut seen) = (vec![start], without.clone());
        while let Some(id) = open.pop() {
            let Some(entry) = self.people.get(id).filter(|entry| entry.fragment.ban.is_none()) else { continue };
            if !seen.insert(id) {
                continue;
            }
            if entry.fragment.is_known() {
                return true;
            }
            open.extend(entry.fragment.edges.iter().filter(|edge| edge.holds()).map(|edge| edge.to));
        }
        false
    }

    fn take_claim(&mut self, from: FragmentId, to: FragmentId, source: Number, received: Moment) {
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
