//! What staff decided about who is one person.

use super::Work;
use crate::journal::IdentityDecision;
use crate::pipeline::tally::TallyName;
use amana_core::identity::{Banned, FragmentId, Lifted, Parted, StaffAct};
use amana_core::permission::{Act, ActKind, Content, Target};
use std::collections::BTreeSet;

impl Work<'_> {
    /// Takes a decision about who is one person into account. The first key is the person's, the others follow it.
    pub(in crate::pipeline) fn identity(&mut self, decision: &IdentityDecision, keys: &[[u8; 24]]) {
        if let (ActKind::Ban | ActKind::LiftBan, Some(key)) = (decision.act, keys.first()) {
            self.tally.add(TallyName::Acts, 1);
            return if decision.act == ActKind::Ban { self.ban(decision, *key) } else { self.lift_ban(decision, *key) };
        }
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
        self.let_go_between(&stays, &goes);
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

    /// Bans an identifier, also one that nobody is known by yet: its fragment is made, so that the ban is there when
    /// somebody names it.
    fn ban(&mut self, decision: &IdentityDecision, key: [u8; 24]) {
        let (kind, scope) = (&decision.anchor.kind, &decision.anchor.scope);
        let id = self.named(key, kind, scope, decision.received_at);
        self.forget(id);
        let Some(Banned { rest, edges }) = self.people.ban(staff(decision), id) else { return };
        self.touched.extend(rest.iter().chain([&id]));
        self.note_ban(decision, id, &edges);
    }

    /// Lifts a ban. What was not banned meanwhile stays as it is.
    fn lift_ban(&mut self, decision: &IdentityDecision, key: [u8; 24]) {
        let Some(id) = self.index.get(&key).copied() else { return };
        let ends = self.people.banned_ends([id]);
        // Each side has it in their history, as they were before they came together again.
        let sides = self.oldest_of(&ends);
        ends.iter().chain([&id]).for_each(|id| self.forget(*id));
        let Some(Lifted { edges, .. }) = self.people.lift_ban(id) else { return };
        self.touched.extend(ends.iter().chain([&id]));
        self.note_sides(decision, id, &edges, &sides);
        for end in ends.iter().chain([&id]) {
            self.forget(*end);
            self.part_known(*end, 0, decision.received_at);
        }
    }

    fn note_ban(&mut self, decision: &IdentityDecision, id: FragmentId, edges: &[FragmentId]) {
        let sides = self.oldest_of(edges);
        self.note_sides(decision, id, edges, &sides);
    }

    /// For each of these the oldest fragment of the person it is part of.
    fn oldest_of(&self, ends: &[FragmentId]) -> Vec<(FragmentId, FragmentId)> {
        ends.iter().filter_map(|end| Some((*end, self.people.component(*end).profile()?))).collect()
    }

    /// Writes a ban, or that it is lifted, into the history of the identifier and of each person at its edges: of these
    /// each learns of its own edges alone.
    fn note_sides(
        &mut self,
        decision: &IdentityDecision,
        id: FragmentId,
        ends: &[FragmentId],
        sides: &[(FragmentId, FragmentId)],
    ) {
        let edge = |to: &FragmentId| (id.0, to.0);
        self.note(decision, id, ends.iter().map(|to| to.0).collect(), ends.iter().map(edge).collect());
        let persons: BTreeSet<FragmentId> = sides.iter().map(|(_, oldest)| *oldest).collect();
        for person in persons {
            let own = sides.iter().filter(|(end, oldest)| *oldest == person && ends.contains(end));
            let own: Vec<_> = own.map(|(end, _)| edge(end)).collect();
            if !own.is_empty() {
                self.note(decision, person, vec![id.0], own);
            }
        }
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
