//! An act of the acts log, applied to a store that is older than it.

use super::Work;
use crate::acts_log::{ActOf, NamedFragment};
use crate::pipeline::tally::TallyName;
use crate::profile::Entry;
use amana_core::identity::{Cut, Edge, FragmentId, StaffAct};
use amana_core::permission::{Act, ActKind, Content, Method, NOTICE_VERSION_UNSAID, Target};
use std::collections::HashMap;
use uuid::Uuid;

/// How many parts a split has parted is not told by its record: more than one, for all that is known.
const PARTS: u32 = 2;

/// Where fragments of a record are in this store.
type Places = HashMap<Uuid, FragmentId>;

impl Work<'_> {
    /// Applies an act. Whoever it names and the store does not know is made, so that the act is there when data about
    /// them comes again.
    pub(in crate::pipeline) fn replay(&mut self, of: &ActOf) {
        let id = self.known_again(&of.fragment);
        let mut places: Places = of.others.iter().map(|named| (named.id, self.known_again(named))).collect();
        places.insert(of.fragment.id, id);
        self.replay_identity(&of.act, id, &places);
        self.replay_edges(&of.edges, &places);
        self.tally.add(TallyName::Acts, 1);
        match &of.act.content {
            // The right value is not in the log; the wrong one goes, wherever the older store has it.
            Some(Content::Correction { field, .. }) => self.correct(id, of.act.clone(), field.clone(), None),
            _ => self.write_down(id, of.act.clone()),
        }
        self.replay_signal(id, &of.act);
        self.replay_told(id, &of.act);
        for place in places.into_values() {
            self.forget(place);
            self.touched.insert(place);
            self.part_known(place, 0, of.act.received);
        }
    }

    fn known_again(&mut self, named: &NamedFragment) -> FragmentId {
        let led = named.index.and_then(|key| self.index.get(&key).copied());
        let id = led.unwrap_or(FragmentId(named.id));
        if let Some(key) = named.index {
            self.index.insert(key, id);
        }
        match self.people.get_mut(id) {
            Some(entry) => {
                entry.changes.fragment |= named.vouched && !entry.fragment.vouched;
                entry.fragment.vouched |= named.vouched;
            }
            None => {
                let key = named.index.unwrap_or_default();
                let mut entry = Entry::new(id, &named.kind, &named.scope, named.created, key);
                entry.fragment.vouched = named.vouched;
                if named.index.is_none() {
                    (entry.index, entry.changes.index) = (None, None);
                }
                self.people.insert(entry);
            }
        }
        id
    }

    fn replay_edges(&mut self, edges: &[(Uuid, Edge)], places: &Places) {
        for (from, edge) in edges {
            let (Some(from), Some(to)) = (places.get(from).copied(), places.get(&edge.to.0).copied()) else { continue };
            let banned = |id| self.people.get(id).is_some_and(|entry| entry.fragment.ban.is_some());
            if banned(from) || banned(to) {
                continue;
            }
            for (from, to) in [(from, to), (to, from)] {
                if let Some(entry) = self.people.get_mut(from) {
                    entry.changes.fragment |= entry.fragment.join(Edge { to, ..edge.clone() });
                }
            }
        }
        self.forget_all(places);
    }

    /// What staff decided about who is one person. Both sides have it in their history, so each record carries its part.
    fn replay_identity(&mut self, act: &Act, id: FragmentId, places: &Places) {
        let Some(Content::Identity { with, edges }) = &act.content else { return };
        let place = |id: &Uuid| places.get(id).copied();
        self.forget_all(places);
        if matches!(act.kind, ActKind::Ban | ActKind::LiftBan) {
            // Its edges lead away from it; in the history of who had none it stands alone.
            if let Some(banned) = edges.first().map_or(Some(id), |(banned, _)| place(banned)) {
                self.replay_ban(act, banned);
                if let Some(belonged) =
                    with.first().filter(|_| act.evidence.method == Method::SharedDevice).and_then(place)
                {
                    self.belongs(banned, belonged);
                }
            }
            return;
        }
        if act.kind == ActKind::Join {
            for other in with.iter().filter_map(place) {
                // Where it stands already, there is nothing to do.
                let _ = self.people.assert_one(StaffAct { id: act.id, at: act.received }, id, other);
            }
            return;
        }
        for (one, other) in edges.iter().filter_map(|(one, other)| Some((place(one)?, place(other)?))) {
            for (from, to) in [(one, other), (other, one)] {
                if let Some(entry) = self.people.get_mut(from) {
                    entry.changes.fragment |= entry.fragment.ban_edge(to, act.received);
                }
            }
        }
        // Edges lead from who stays to who goes.
        let goes = edges.first().is_some_and(|(_, goes)| with.contains(goes));
        for (side, parted) in with.iter().filter_map(place).map(|other| (other, goes)).chain([(id, !goes)]) {
            if let Some(entry) = self.people.get_mut(side) {
                entry.changes.fragment |= entry.fragment.cut(Cut { act: act.id, parted, parts: PARTS });
            }
        }
    }

    /// A ban takes hold of whatever this store joins the identifier to; lifting it gives back what it took here.
    fn replay_ban(&mut self, act: &Act, banned: FragmentId) {
        let mut changed: Vec<FragmentId> = self.people.banned_ends([banned]);
        changed.push(banned);
        changed.iter().for_each(|id| self.forget(*id));
        if act.kind == ActKind::LiftBan {
            let _ = self.people.lift_ban(banned);
        } else if let Some(done) = self.people.ban(StaffAct { id: act.id, at: act.received }, banned) {
            changed.extend(done.rest);
        }
        self.touched.extend(changed);
    }

    /// What a source's consent fields last said, or the next repetition of an older word would count as a change.
    fn replay_signal(&mut self, id: FragmentId, act: &Act) {
        let (Target::Slot(slot), Method::Sdk) = (act.target, act.evidence.method) else { return };
        let Some(source) = self.policy.source(&act.evidence.source).map(|source| source.number) else { return };
        let allowed = matches!(act.kind, ActKind::Grant | ActKind::Request);
        if let Some(entry) = self.people.get_mut(id) {
            entry.changes.fragment |= entry.fragment.signal(slot, source, allowed);
        }
    }

    /// Which version of a notice was shown, or the next event would be told to have shown it for the first time.
    fn replay_told(&mut self, id: FragmentId, act: &Act) {
        let (ActKind::Inform, Method::Notice, Some((code, version))) =
            (act.kind, act.evidence.method, &act.evidence.notice)
        else {
            return;
        };
        let Some(source) = self.policy.source(&act.evidence.source) else { return };
        let is_said = |version: u32| version != NOTICE_VERSION_UNSAID;
        let mut served = source.serves.iter().flat_map(|served| &served.notices);
        let known = served.find(|notice| notice.code == *code && is_said(notice.version));
        if let (Some(notice), Some(entry)) = (known.filter(|_| is_said(*version)), self.people.get_mut(id)) {
            entry.tell(notice.number, *version);
        }
    }

    fn forget_all(&mut self, places: &Places) {
        for place in places.values() {
            self.forget(*place);
        }
    }
}
