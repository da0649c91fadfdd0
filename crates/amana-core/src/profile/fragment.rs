//! What stands for one identifier: the unit that is stored and never merged.

use crate::catalog::Number;
use crate::identity::{BEARER_KIND, Ban, Bond, Cut, Edge, Former, FragmentId, LeftOut};
use crate::permission::Marks;
use crate::preferences::Preferences;
use crate::{Moment, Slot};
use serde::{Deserialize, Serialize};

/// For how many days a `messageId` is remembered, the day of receipt included: a week's retries whatever the hour.
pub const SEEN_DAYS: i32 = 8;

/// A fragment without the data it holds: edges, marks, and where its data lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    /// Code of its identifier's kind.
    pub kind: String,
    /// The identity scope it belongs to.
    pub scope: String,
    /// When it was first seen.
    pub created: Moment,
    /// What joins it to others.
    pub edges: Vec<Edge>,
    /// What joined it to others before, the oldest first.
    pub former: Vec<Former>,
    /// What acts left behind.
    pub marks: Marks,
    /// Numbers of the hold classes it holds data for, ascending.
    pub classes: Vec<u32>,
    /// The days (UTC, by receipt) for which message ids are remembered, ascending.
    pub seen_days: Vec<i32>,
    /// The hold classes and months (epochs) of whose imported events the names are remembered, ascending.
    pub named: Vec<(u32, u16)>,
    /// The audiences the profile named by this fragment is in.
    pub memberships: Vec<Membership>,
    /// Numbers of the sources it was seen through, ascending.
    pub sources: Vec<Number>,
    /// What each source last said of a slot by the consent fields it sends with everything, ascending. Only a change is
    /// an act: a device that repeats what was said once has decided nothing anew, and neither has another system's list.
    pub signalled: Vec<((Slot, Number), bool)>,
    /// For each notice that was shown, by its number, the latest version, ascending.
    pub told: Vec<(Number, u32)>,
    /// The organisation's own systems know it: a source that verifies, a signed identity, or staff named it.
    pub vouched: bool,
    /// The sides of splits on which it stands, ascending.
    pub cuts: Vec<Cut>,
    /// How they want to be written to.
    pub preferences: Preferences,
    /// Event rows whose keys are gone and that are still to be deleted.
    pub debris: Vec<Debris>,
    /// When time alone will next change something about it: where it stands in the index of due moments.
    pub due: Option<Moment>,
    /// Staff banned its identifier, or it is a device that several people sign in on: it joins nobody.
    pub ban: Option<Ban>,
    /// Identifiers that were left out of its events, the oldest first.
    pub left_out: Vec<LeftOut>,
    /// When they are of age, rounded up to a month, of somebody whose birthday was destroyed before: it only protects,
    /// and goes when it has come.
    pub of_age: Option<Moment>,
    /// Of a device that several people sign in on: what was done on it until it showed, and stays with whom it was of.
    /// What takes something away reaches it from here, too.
    pub belonged: Option<FragmentId>,
}

/// Event rows that nobody can open any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Debris {
    /// The hold class.
    pub class: u32,
    /// The epoch; none: all of the class.
    pub epoch: Option<u16>,
    /// Rows written before this position of the journal; later ones have a new key.
    pub before: u64,
}

impl Debris {
    /// Whether a row is among them.
    #[must_use]
    pub fn covers(&self, class: u32, epoch: u16, position: u64) -> bool {
        self.class == class && self.epoch.is_none_or(|gone| gone == epoch) && position < self.before
    }
}

/// A profile's being in an audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The audience's number.
    pub audience: Number,
    /// Since when.
    pub since: Moment,
}

impl Fragment {
    /// Notes that it holds data for a class. Says whether that is new.
    pub fn hold(&mut self, class: u32) -> bool {
        insert_sorted(&mut self.classes, class)
    }

    /// Notes that it was seen through a source. Says whether that is new.
    pub fn see(&mut self, source: Number) -> bool {
        insert_sorted(&mut self.sources, source)
    }

    /// Whether the organisation's own systems know somebody by it. A device is nobody: its id is told to nobody else, so what
    /// it claims is not what others claim of it.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.vouched && self.kind != BEARER_KIND
    }

    /// What a source last signalled of a slot.
    #[must_use]
    pub fn signalled(&self, slot: Slot, source: Number) -> Option<bool> {
        let place = self.signalled.binary_search_by_key(&(slot, source), |(key, _)| *key).ok()?;
        Some(self.signalled[place].1)
    }

    /// Notes what a source signals of a slot. Says whether that is new.
    pub fn signal(&mut self, slot: Slot, source: Number, allowed: bool) -> bool {
        match self.signalled.binary_search_by_key(&(slot, source), |(key, _)| *key) {
            Ok(place) => std::mem::replace(&mut self.signalled[place].1, allowed) != allowed,
            Err(place) => {
                self.signalled.insert(place, ((slot, source), allowed));
                true
            }
        }
    }

    /// What held at an instant, as far as was known then, each with the bond that it had. What a ban took that was lifted
    /// since counts as if it had never been banned: its acts tell.
    #[must_use]
    pub fn edges_at(&self, instant: Moment) -> Vec<Edge> {
        let now = self.edges.iter().filter(|edge| edge.held_at(instant));
        let before = self.former.iter().filter(|former| former.held_at(instant));
        now.map(|edge| Edge { banned: None, ..edge.clone() }).chain(before.map(Former::edge)).collect()
    }

    /// The latest version of a notice that was shown.
    #[must_use]
    pub fn told(&self, notice: Number) -> Option<u32> {
        let place = self.told.binary_search_by_key(&notice, |(known, _)| *known).ok()?;
        Some(self.told[place].1)
    }

    /// Notes that a version of a notice was shown. Says whether it is the latest so far.
    pub fn tell(&mut self, notice: Number, version: u32) -> bool {
        match self.told.binary_search_by_key(&notice, |(known, _)| *known) {
            Ok(place) if self.told[place].1 >= version => return false,
            Ok(place) => self.told[place].1 = version,
            Err(place) => self.told.insert(place, (notice, version)),
        }
        true
    }

    /// Adds an edge, or makes a weaker one stronger. Says whether anything changed. What staff banned stays banned,
    /// whatever events say.
    pub fn join(&mut self, edge: Edge) -> bool {
        match self.edges.iter_mut().find(|known| known.to == edge.to) {
            Some(known) if known.bond < edge.bond && known.holds() => {
                Former::note(&mut self.former, known, edge.since);
                *known = edge;
            }
            Some(_) => return false,
            None => self.edges.push(edge),
        }
        true
    }

    /// A claim turns out to join two whom systems know: it is taken away. Says whether it was there.
    pub fn forget_claim(&mut self, to: FragmentId, at: Moment) -> bool {
        let is_claim = |edge: &Edge| edge.to == to && edge.bond == Bond::Claimed && edge.holds();
        let Some(place) = self.edges.iter().position(is_claim) else { return false };
        Former::note(&mut self.former, &self.edges.remove(place), at);
        true
    }

    /// Staff joins: takes an earlier ban back. Says whether anything changed.
    pub fn assert_joined(&mut self, to: FragmentId, act: uuid::Uuid, at: Moment) -> bool {
        match self.edges.iter_mut().find(|known| known.to == to) {
            Some(known) if known.holds() && known.bond >= Bond::Asserted => return false,
            Some(known) => {
                Former::note(&mut self.former, known, at);
                known.bond = known.bond.max(Bond::Asserted);
                (known.act, known.banned, known.since) = (Some(act), None, at);
            }
            None => self.edges.push(Edge { act: Some(act), ..Edge::new(to, Bond::Asserted, 0, at) }),
        }
        true
    }

    /// Staff splits or bans: the edge to a fragment holds no longer. Says whether anything changed.
    pub fn ban_edge(&mut self, to: FragmentId, at: Moment) -> bool {
        let edge = self.edges.iter_mut().find(|known| known.to == to && known.holds());
        edge.map(|edge| edge.banned = Some(at)).is_some()
    }

    /// A ban is lifted: the edge to a fragment holds again, as it did. Says whether anything changed.
    pub fn lift_edge(&mut self, to: FragmentId) -> bool {
        self.edges.iter_mut().find(|known| known.to == to).and_then(|edge| edge.banned.take()).is_some()
    }

    /// Notes that an identifier was left out of an event of its. Says whether there is something new to keep.
    pub fn leave_out(&mut self, left_out: LeftOut) -> bool {
        LeftOut::note(&mut self.left_out, left_out)
    }

    /// Staff joins both sides of a split: it is on neither any more. Where more parts went than one, it is with whom they
    /// left, for the others stay parted.
    pub fn lift_cut(&mut self, cut: Cut) {
        self.cuts.retain(|known| known.act != cut.act);
        if cut.parts > 1 {
            self.cut(Cut { parted: false, ..cut });
        }
    }

    /// Comes to stand on a side of a split. Says whether that is new.
    pub fn cut(&mut self, cut: Cut) -> bool {
        insert_sorted(&mut self.cuts, cut)
    }
}

fn insert_sorted<T: Ord + Copy>(list: &mut Vec<T>, item: T) -> bool {
    match list.binary_search(&item) {
        Ok(_) => false,
        Err(place) => {
            list.insert(place, item);
            true
        }
    }
}
