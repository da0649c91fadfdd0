//! Where shipping stands, as the store remembers it: with what was shipped last, so that an empty or shortened folder is
//! noticed.

use super::head::Head;
use amana_store::space::key;
use amana_store::{Batch, CommitError, Space, Store, StoreError};

const ROW: &str = "acts/shipped";
const FORMAT: u8 = 1;

/// Where shipping stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shipped(pub Head);

/// Where shipping stands; none where nothing was ever shipped, or shipping was ended on purpose.
///
/// # Errors
/// When the store can't be read.
pub async fn shipped(store: &Store) -> Result<Option<Shipped>, StoreError> {
    let Some(row) = store.get(Space::Cursor, key::cursor(ROW)).await? else { return Ok(None) };
    let read = || {
        let (format, rest) = row.value.split_first()?;
        let (next, hash) = rest.split_first_chunk::<8>()?;
        (*format == FORMAT).then_some(())?;
        Some(Shipped(Head { next: u64::from_be_bytes(*next), hash: hash.try_into().ok()? }))
    };
    read().map(Some).ok_or_else(|| StoreError::Invalid("where shipping of acts stands cannot be read".into()))
}

/// Remembers where shipping stands; none ends it.
pub(super) async fn remember(store: &Store, head: Option<Head>) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    note(head, &mut batch);
    store.commit(batch).await.map_err(|error| match error {
        CommitError::Store(error) => error,
        CommitError::Conflict(_) => StoreError::Invalid("a commit without expectations met a conflict".into()),
    })
}

/// Adds where shipping stands to a batch.
pub(super) fn note(head: Option<Head>, batch: &mut Batch) {
    let Some(head) = head else {
        batch.delete(Space::Cursor, key::cursor(ROW));
        return;
    };
    let mut row = vec![FORMAT];
    row.extend_from_slice(&head.next.to_be_bytes());
    row.extend_from_slice(&head.hash);
    batch.put(Space::Cursor, key::cursor(ROW), row);
}
