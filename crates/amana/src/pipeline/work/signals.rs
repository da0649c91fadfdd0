//! What consent fields said last, remembered where they are stored: on the device.
//!
//! A system that verifies passes on what several devices of one account send. Remembered with the account, the stored
//! preference of one device would look like a change of the other's, and each event would undo the last: a second device
//! that has said nothing would withdraw.

use super::standing::Standing;
use super::{Keyed, Work};
use crate::pipeline::acts::Arrival;
use amana_core::Slot;
use amana_core::catalog::Trust;
use amana_core::identity::{BEARER_KIND, Dropped, FragmentId, Resolution};

/// The index key of the device an event came from, where it is not itself whose the event is. A shared device has its
/// memory too, where a system passes on what several people's browsers have stored.
pub(super) fn device_beside(resolution: &Resolution, keyed: &[Keyed<'_>], trust: Trust) -> Option<[u8; 24]> {
    let is_shared = |why: &Dropped| trust == Trust::Server && *why == Dropped::SharedDevice;
    let shared = resolution.dropped.iter().filter(|(_, why)| is_shared(why)).map(|(place, _)| place);
    let kept = resolution.kept.iter().filter(|place| resolution.owner != Some(**place));
    let beside = kept.chain(shared).map(|place| &keyed[*place]);
    beside.filter(|(found, _)| found.rule.code == BEARER_KIND).map(|(_, key)| *key).next()
}

impl Work<'_> {
    /// The fragment that remembers what was said last. None for a device that is new: it has said nothing yet. A device
    /// that may not be linked has no fragment, and what it says is remembered with whose the event is.
    pub(super) fn remembers(
        &self,
        arrival: &Arrival<'_>,
        standing: &Standing,
        owner: Option<FragmentId>,
        device: Option<[u8; 24]>,
    ) -> Option<FragmentId> {
        let Some(key) = device else { return owner };
        match self.index.get(&key) {
            Some(device) => Some(*device),
            None if self.allowance(arrival, standing, &[]).link => None,
            None => owner,
        }
    }

    /// Remembers what was said. A device that many people use is joined to nobody, and has its memory all the same from when
    /// it says something first.
    pub(super) fn remember(
        &mut self,
        owner: FragmentId,
        device: Option<[u8; 24]>,
        signalled: &[(Slot, bool)],
        arrival: &Arrival<'_>,
    ) {
        let known = device.map(|key| (key, self.index.get(&key).copied()));
        let id = match known.filter(|(_, known)| known.is_some() || !signalled.is_empty()) {
            Some((key, known)) => self.ensure(known, key, BEARER_KIND, arrival),
            None => owner,
        };
        let Some(entry) = self.people.get_mut(id) else { return };
        for (slot, allowed) in signalled {
            entry.changes.fragment |= entry.fragment.signal(*slot, arrival.source.number, *allowed);
        }
    }
}
