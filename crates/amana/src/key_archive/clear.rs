//! Deleting from an older copy what the newest keys do not open. It was destroyed since; left there it would look like
//! damage.

use super::file::ArchiveError;
use super::restore::commit;
use amana_store::seal::{KeyId, Ring, associated_data, open};
use amana_store::space::key;
use amana_store::{Batch, FragmentId, Key, KeyRange, Space, Store};

/// How many rows are looked at at a time.
const PAGE: usize = 2_000;
/// The key of a fragment's own record and of its acts.
const RECORD: KeyId = KeyId::holding(0);

/// Adds the deletion of everything of a fragment that its ring does not open. Says how many rows that are.
pub(super) async fn clear(
    store: &Store,
    id: FragmentId,
    ring: &Ring,
    record: &[u8],
    batch: &mut Batch,
) -> Result<u64, ArchiveError> {
    let mut gone = 0;
    if !opens(ring, RECORD, Space::Fragment, &key::fragment(id), record) {
        batch.delete(Space::Fragment, key::fragment(id));
        gone += 1;
    }
    for space in [Space::Block, Space::Event, Space::Named, Space::Act] {
        let mut range = KeyRange::prefix(key::of_fragment(id));
        loop {
            let page = store.scan(space, range.clone(), PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            range = range.after(last);
            let mut rows = Batch::new();
            for (place, row) in &page {
                let opens = key_of(space, place).is_some_and(|key| opens(ring, key, space, place, &row.value));
                if !opens {
                    rows.delete(space, place.clone());
                    gone += 1;
                }
            }
            commit(store, rows).await?;
        }
    }
    Ok(gone)
}

/// The key that a row is sealed under.
fn key_of(space: Space, place: &Key) -> Option<KeyId> {
    match space {
        Space::Block => Some(KeyId::holding(key::fragment_and_class(place)?.1)),
        Space::Event | Space::Named => {
            Some(KeyId::events(key::fragment_and_class(place)?.1, key::epoch_of_event(place)?))
        }
        _ => Some(RECORD),
    }
}

fn opens(ring: &Ring, id: KeyId, space: Space, place: &[u8], value: &[u8]) -> bool {
    ring.key(id).is_some_and(|key| open(key.as_bytes(), &associated_data(space, place), value).is_ok())
}
