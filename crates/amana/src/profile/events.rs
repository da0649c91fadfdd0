//! Events of a fragment, month by month and page by page: somebody may have a hundred thousand of them.

use super::entry::{Entry, EventRow};
use super::keeper::{EventPlace, KeepError, Keeper, View, damaged, opened};
use amana_store::seal::KeyId;
use amana_store::space::key;
use amana_store::{KeyRange, Space};

/// How many rows are read at a time; a row has the events of one batch.
const PAGE_ROWS: usize = 500;

/// An event as it lies in the store.
#[derive(Clone, Debug)]
pub struct KeptEvent {
    /// The journal's position before the batch it came in.
    pub position: u64,
    /// Which it is of those in its row that say the same: parts of one event, kept for several classes, agree in it.
    pub repeated: usize,
    /// The event.
    pub row: EventRow,
}

impl Entry {
    /// The months of which events are kept for a class, in no order.
    pub fn months(&self, class: u32) -> impl Iterator<Item = u16> {
        self.ring.ids_of_class(class).map(|id| id.epoch).filter(|epoch| *epoch > 0)
    }
}

impl Keeper {
    /// Looks at every event of a class and month, in the order they were received. What nobody can open any more is
    /// left out.
    ///
    /// # Errors
    /// When the store cannot be read or an event cannot be opened.
    pub async fn each_event(
        &self,
        view: View<'_>,
        entry: &Entry,
        (class, month): (u32, u16),
        mut look: impl FnMut(KeptEvent),
    ) -> Result<(), KeepError> {
        let id = KeyId::events(class, month);
        if entry.ring.key(id).is_none() {
            return Ok(());
        }
        let prefix = key::events_of_epoch(amana_store::FragmentId(entry.id.0), class, month);
        let mut range = KeyRange::prefix(prefix);
        loop {
            let page = view.scan(Space::Event, range.clone(), PAGE_ROWS).await?;
            for (key, row) in &page {
                let place = EventPlace::of(key).ok_or_else(|| damaged(Space::Event))?;
                if place.is_among(&entry.fragment.debris) {
                    continue;
                }
                let rows: Vec<EventRow> = opened(&entry.ring, id, Space::Event, key, &row.value)?;
                for (at, row) in rows.iter().enumerate() {
                    let same = |other: &&EventRow| other.origin == row.origin && other.name == row.name;
                    let repeated = rows[..at].iter().filter(same).count();
                    look(KeptEvent { position: place.position, repeated, row: row.clone() });
                }
            }
            match page.last() {
                Some((last, _)) if page.len() == PAGE_ROWS => range = range.after(last),
                _ => return Ok(()),
            }
        }
    }
}
