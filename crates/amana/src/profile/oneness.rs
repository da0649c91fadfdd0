//! Decisions of staff about who is one person, done on people that were loaded: by the pipeline, and on a copy by
//! whoever asks what would change.

use super::people::People;
use amana_core::identity::{
    Banned, FragmentId, Fragments, Graph, Joined, Lifted, Parted, StaffAct, Unjoinable, ban, join, lift_ban, split,
};
use std::collections::BTreeSet;

impl People {
    /// Parts a person. `None` when nothing would go, or the anchor itself.
    pub fn part(&mut self, act: StaffAct, anchor: FragmentId, leaving: &BTreeSet<FragmentId>) -> Option<Parted> {
        let members = self.component(anchor).fragments.into_keys().collect();
        let parted = split(&mut self.fragments_mut(&members), act, anchor, leaving)?;
        self.have_changed(&members);
        Some(parted)
    }

    /// Joins two persons by an edge that staff asserts.
    ///
    /// # Errors
    /// Why they cannot be joined; nothing has changed then.
    pub fn assert_one(&mut self, act: StaffAct, anchor: FragmentId, other: FragmentId) -> Result<Joined, Unjoinable> {
        let both = [anchor, other].into_iter().flat_map(|id| self.component(id).fragments.into_keys());
        let members = both.collect();
        let joined = join(&mut self.fragments_mut(&members), act, anchor, other)?;
        // What kept them apart stood on all of them.
        self.have_changed(&members);
        Ok(joined)
    }

    /// Bans an identifier. `None` when it is banned already.
    pub fn ban(&mut self, act: StaffAct, id: FragmentId) -> Option<Banned> {
        let members = self.component(id).fragments.into_keys().collect();
        let banned = ban(&mut self.fragments_mut(&members), act, id)?;
        self.have_changed(&banned.edges.iter().copied().chain([id]).collect());
        Some(banned)
    }

    /// Lifts the ban of an identifier; who stands at its [ends](Self::banned_ends) has to be there. `None` when it is not
    /// banned.
    pub fn lift_ban(&mut self, id: FragmentId) -> Option<Lifted> {
        let ends = self.banned_ends([id]).into_iter().chain([id]);
        let members = ends.flat_map(|id| self.component(id).fragments.into_keys()).collect();
        let lifted = lift_ban(&mut self.fragments_mut(&members), id)?;
        self.have_changed(&lifted.edges.iter().chain(&lifted.stay).copied().chain([id]).collect());
        Some(lifted)
    }

    /// Who stands at the other ends of what a ban keeps apart: they are not reached from who is banned, and have to be
    /// loaded besides before a ban is lifted.
    #[must_use]
    pub fn banned_ends(&self, ids: impl IntoIterator<Item = FragmentId>) -> Vec<FragmentId> {
        let bans = ids.into_iter().filter_map(|id| self.get(id)?.fragment.ban.as_ref());
        bans.flat_map(|ban| ban.edges.iter().copied()).collect()
    }

    /// The graph of these fragments.
    #[must_use]
    pub fn graph<'a>(&'a self, members: impl IntoIterator<Item = &'a FragmentId>) -> Graph<'a> {
        let entries = members.into_iter().filter_map(|id| self.get(*id));
        Graph::new(entries.map(|entry| (entry.id, entry.fragment.edges.as_slice())))
    }

    fn fragments_mut(&mut self, members: &BTreeSet<FragmentId>) -> Fragments<'_> {
        let entries = self.iter_mut().filter(|entry| members.contains(&entry.id));
        entries.map(|entry| (entry.id, &mut entry.fragment)).collect()
    }

    fn have_changed(&mut self, members: &BTreeSet<FragmentId>) {
        for id in members {
            if let Some(entry) = self.get_mut(*id) {
                entry.changes.fragment = true;
            }
        }
    }
}
