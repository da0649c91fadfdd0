//! What staff decided about who is one person.

use super::Work;
use crate::journal::IdentityDecision;
use crate::pipeline::tally::TallyName;
use amana_core::identity::{FragmentId, Parted, StaffAct};
use amana_core::permission::{Act, ActKind, Content, Target};
use std::collections::BTreeSet;

impl Work<'_> {
    /// Takes a decision about who is one person into account. The first key is the person's, the others follow it.
    pub(in crate::pipeline) fn identity(&mut self, decision: &IdentityDecision, keys: &[[u8; 24]]) {
        let known: Vec<FragmentId> = keys.iter().filter_map(|key| self.index.get(key).copied()).collect();
        // Whoever has gone meanwhile can neither be joined nor parted.
        let (Some(anchor), Some(others)) = (known.first().copied(), known.get(1..)) else { return };
        if keys.first().is_none_or(|key| self.index.get(key) != Some(&anchor)) {
            return;
        }
        self.tally.add(TallyName::Acts, 1);
        match decision.act {
            ActKind::Split => {
                let named = decision.fragments.iter().copied().map(FragmentId);
                self.split(decision, anchor, &others.iter().copied().chain(named).collect());
            }
            _ => others.iter().for_each(|other| self.join_by_staff(decision, anchor, *other)),
        }
    }

    /// Parts a person.
    fn split(&mut self, decision: &IdentityDecision, anchor: FragmentId, leaving: &BTreeSet<FragmentId>) {
        let Some(Parted { stays, goes, edges }) = self.people.part(staff(decision), anchor, leaving) else { return };
        self.forget(anchor);
        self.touched.extend(stays.iter().chain(&goes));
        let edges: Vec<_> = edges.into_iter().map(|(stays, goes)| (stays.0, goes.0)).collect();
        let ids = |side: &BTreeSet<FragmentId>| side.iter().map(|id| id.0).collect::<Vec<_>>();
        self.note(decision, anchor, ids(&goes), edges.clone());
        // Who goes may be several, who hung together through the person alone: each has it in their history.
        let oldest: BTreeSet<FragmentId> = goes.iter().filter_map(|id| self.people.component(*id).profile()).collect();
        for id in oldest {
            self.note(decision, id, ids(&stays), edges.clone());
        }
    }

    /// Joins two persons. What meanwhile cannot be joined stays as it is: whoever asked is told so when they look.
    fn join_by_staff(&mut self, decision: &IdentityDecision, anchor: FragmentId, other: FragmentId) {
        if self.people.assert_one(staff(decision), anchor, other).is_err() {
            return;
        }
        self.forget(anchor);
        self.forget(other);
        self.touched.extend([anchor, other]);
        let edge = vec![(anchor.0, other.0)];
        self.note(decision, anchor, vec![other.0], edge.clone());
        self.note(decision, other, vec![anchor.0], edge);
    }

    /// Writes the decision into the history of one side.
    fn note(
        &mut self,
        decision: &IdentityDecision,
        id: FragmentId,
        with: Vec<uuid::Uuid>,
        edges: Vec<(uuid::Uuid, uuid::Uuid)>,
    ) {
        let (at, evidence) = (decision.received_at, decision.evidence.clone());
        let act = Act::new(decision.id, decision.act, Target::Person, at, at, evidence);
        self.write_down(id, act.saying(Content::Identity { with, edges }));
    }
}

fn staff(decision: &IdentityDecision) -> StaffAct {
    StaffAct { id: decision.id, at: decision.received_at }
}
