//! Whether an event came before: by its message id within some days, or by its own name for as long as it is kept.

use super::{Known, Work};
use crate::pipeline::acts::Arrival;
use crate::profile::NamedPlace;
use amana_core::identity::FragmentId;
use amana_core::profile::{Kept, epoch_of};
use std::rc::Rc;

impl Work<'_> {
    /// Whether an event came before; notes its message id when it did not.
    ///
    /// What has a name of its own is looked for with everybody whom it names, for two exports of the same order may name
    /// its person differently. It is noted when it is kept and not before: what nobody may keep can come again.
    pub(super) fn came_before(
        &mut self,
        arrival: &Arrival<'_>,
        message: u64,
        owner: Option<FragmentId>,
        knowns: &[Option<Rc<Known>>],
    ) -> bool {
        if arrival.named {
            let named = knowns.iter().flatten().flat_map(|known| known.whole.component.fragments.keys());
            let before = knowns.iter().flatten().filter_map(|known| self.belonged_of(known.whole.profile()?));
            let mut entries = named.copied().chain(before).filter_map(|id| self.people.get(id));
            // Of what was received before names were remembered the message id is.
            return entries.any(|entry| entry.is_named(message) || entry.has_seen(message));
        }
        owner.and_then(|id| self.people.get_mut(id)).is_some_and(|entry| entry.see(message, arrival.received))
    }

    /// Where the name of an event is remembered: with the part of it that is kept for most, which lives as long as any.
    pub(super) fn name_place(&mut self, arrival: &Arrival<'_>, kept: &Kept) -> Option<NamedPlace> {
        let happened = kept.parts.iter().filter(|part| arrival.named && part.event.is_some());
        let widest = happened.max_by_key(|part| part.class.len())?;
        Some((self.classes.number(widest.class)?, epoch_of(arrival.at())))
    }

    /// Whether an event's name can be remembered. One that has none needs no room.
    pub(super) fn has_room_for_name(&self, owner: Option<FragmentId>, place: Option<NamedPlace>) -> bool {
        let entry = owner.and_then(|id| self.people.get(id));
        place.zip(entry).is_none_or(|(place, entry)| entry.has_room_for_name(place))
    }
}
