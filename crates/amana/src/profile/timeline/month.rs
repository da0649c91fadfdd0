//! The events of a month, from the latest day back, until a page has enough: a page costs what lies in the days that it
//! touches.

use super::page::Page;
use crate::profile::entry::Entry;
use crate::profile::events::{Days, KeptEvent};
use crate::profile::keeper::{KeepError, Keeper, View};
use amana_core::profile::day_of;

/// A fragment, and one of its hold classes.
pub(super) type Place<'a> = (&'a Entry, u32);

/// What is read from.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) keeper: &'a Keeper,
    pub(super) view: View<'a>,
}

/// Adds the events of a month to a page, until nothing that is left can be on it. `show` says what of an event is shown.
pub(super) async fn read_month(
    source: Source<'_>,
    month: u16,
    places: &[Place<'_>],
    page: &mut Page,
    mut show: impl FnMut(KeptEvent) -> Option<KeptEvent>,
) -> Result<(), KeepError> {
    let latest = page.latest_day(month);
    let days = |(entry, class): &Place<'_>| Days::of(entry, (*class, month), latest);
    let mut places: Vec<(&Entry, Days)> = places.iter().map(|place| (place.0, days(place))).collect();
    loop {
        // Whichever may have the latest: parts of one event lie in several places, and are all read before a day is done.
        let next = places.iter_mut().max_by_key(|(_, days)| days.left());
        let Some((entry, days)) = next else { return Ok(()) };
        let Some(left) = days.left() else { return Ok(()) };
        if page.is_full() && page.oldest().is_some_and(|oldest| day_of(oldest.at()) > (month, left)) {
            return Ok(());
        }
        let look = |event: &crate::profile::events::StoredEvent<'_>| {
            if page.wants(event.origin()) {
                show(event.kept()).into_iter().for_each(|event| page.event(entry.id, event));
            }
        };
        source.keeper.next_events(source.view, entry, days, look).await?;
    }
}

#[cfg(test)]
#[path = "month_tests.rs"]
mod tests;
