//! Events of a fragment, day by day and the latest first: somebody may have a hundred thousand of them in a month.

use super::entry::{Entry, EventRow};
use super::keeper::{EventPlace, KeepError, Keeper, View, damaged, opened};
use amana_core::profile::{Origin, day_of};
use amana_store::seal::KeyId;
use amana_store::space::key;
use amana_store::{KeyRange, Space};
use std::collections::BTreeMap;

/// How many rows are read at a time; a row has the events of one batch and day.
const PAGE_ROWS: usize = 200;

/// An event as it is taken out of the store.
#[derive(Clone, Debug)]
pub struct KeptEvent {
    /// The journal's position before the batch it came in.
    pub position: u64,
    /// Which it is of those in its row that say the same: parts of one event, kept for several classes, agree in it.
    pub repeated: usize,
    /// The event.
    pub row: EventRow,
}

/// An event as it lies in the store, among those that came with it.
pub struct StoredEvent<'a> {
    position: u64,
    rows: &'a [EventRow],
    place: usize,
}

impl StoredEvent<'_> {
    /// Where it comes from.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.rows[self.place].origin
    }

    /// The event by itself.
    #[must_use]
    pub fn kept(&self) -> KeptEvent {
        let row = &self.rows[self.place];
        let same = |other: &&EventRow| other.origin == row.origin && other.name == row.name;
        let repeated = self.rows[..self.place].iter().filter(same).count();
        KeptEvent { position: self.position, repeated, row: row.clone() }
    }
}

/// How far the events of a class and month were read: from the latest day back.
pub struct Days {
    id: KeyId,
    range: KeyRange,
    left: Option<u8>,
}

impl Days {
    /// Those of a fragment that are of no later day than this one. What nobody can open any more is none.
    #[must_use]
    pub fn of(entry: &Entry, (class, month): (u32, u16), latest: u8) -> Self {
        let id = KeyId::events(class, month);
        let range = key::events_back_from(amana_store::FragmentId(entry.id.0), class, month, latest);
        Self { id, range, left: entry.ring.key(id).map(|_| latest) }
    }

    /// No event that was not read is of a later day. `None`: all were read.
    #[must_use]
    pub fn left(&self) -> Option<u8> {
        self.left
    }
}

impl Entry {
    /// The months of which events are kept for a class, in no order.
    pub fn months(&self, class: u32) -> impl Iterator<Item = u16> {
        self.ring.ids_of_class(class).map(|id| id.epoch).filter(|epoch| *epoch > 0)
    }
}

impl Keeper {
    /// Looks at the next events of a class and month, in no order. What nobody can open any more is left out.
    ///
    /// # Errors
    /// When the store cannot be read or an event cannot be opened.
    pub async fn next_events(
        &self,
        view: View<'_>,
        entry: &Entry,
        days: &mut Days,
        mut look: impl FnMut(&StoredEvent<'_>),
    ) -> Result<(), KeepError> {
        let page = view.scan(Space::Event, days.range.clone(), PAGE_ROWS).await?;
        for (key, row) in &page {
            let place = EventPlace::of(key).ok_or_else(|| damaged(Space::Event))?;
            if place.is_among(&entry.fragment.debris) {
                continue;
            }
            let rows: Vec<EventRow> = opened(&entry.ring, days.id, Space::Event, key, &row.value)?;
            // Those that came last are mostly the latest, and the earlier ones then need no further look.
            for at in (0..rows.len()).rev() {
                look(&StoredEvent { position: place.position, rows: &rows, place: at });
            }
        }
        match page.last() {
            Some((last, _)) if page.len() == PAGE_ROWS => {
                days.left = Some(key::day_of_event(last).ok_or_else(|| damaged(Space::Event))?);
                days.range = days.range.clone().after(last);
            }
            _ => days.left = None,
        }
        Ok(())
    }
}

/// Events of a month, each with those of its day.
pub(super) fn by_day(rows: &[EventRow]) -> BTreeMap<u8, Vec<&EventRow>> {
    let mut days = BTreeMap::<u8, Vec<&EventRow>>::new();
    for row in rows {
        days.entry(day_of(row.origin.at).1).or_default().push(row);
    }
    days
}
