//! Wrapping the rings of a bucket anew: the middle of destroying keys.

use super::{Root, SealError};
use crate::{
    batch::Batch,
    dice::Dice,
    error::CommitError,
    range::KeyRange,
    space::{Key, Space, key},
    store::{Store, Versioned},
};

/// How many rings are read, and at most committed, at a time.
const PAGE_RINGS_MAX: usize = 512;

/// Wraps all rings of a bucket with its current key, those that are not yet, and returns how many that were. Others may
/// write rings meanwhile; what they write is never overwritten. It waits for batches that hold rings wrapped before the
/// bucket's newest key came ([`Root::put_ring`]), so whoever calls this must not be holding one.
///
/// When it returns, no ring of the bucket needs an older key, nor ever will: [`Root::finish_destroying`].
///
/// # Errors
/// When the store cannot be read or written, or a ring cannot be opened; what was wrapped until then stays so.
pub async fn rewrap(store: &Store, root: &Root, bucket: u16, dice: &mut dyn Dice) -> Result<usize, SealError> {
    let (number, generation) = root.current_number(bucket)?;
    root.ring_writers.gone_before(generation).await;
    let mut rewrapped = 0;
    let mut range = KeyRange::prefix(key::rings_of_bucket(bucket));
    loop {
        let page = store.scan(Space::Ring, range.clone(), PAGE_RINGS_MAX).await?;
        let Some((last, _)) = page.last() else { break };
        let next = range.clone().after(last);
        let batch = rewrapped_page(root, &page, dice)?;
        let rings = batch.len() / ITEMS_PER_RING;
        match store.commit(batch).await {
            Ok(()) => {
                rewrapped += rings;
                range = next;
            }
            // Others have written some of them meanwhile, with the current key: fewer are left the next time.
            Err(CommitError::Conflict(_)) => {}
            Err(CommitError::Store(error)) => return Err(error.into()),
        }
    }
    root.rewrapped().insert(bucket, number);
    Ok(rewrapped)
}

/// A put and an expectation.
const ITEMS_PER_RING: usize = 2;

fn rewrapped_page(root: &Root, page: &[(Key, Versioned)], dice: &mut dyn Dice) -> Result<Batch, SealError> {
    let mut batch = Batch::new();
    for (key, stored) in page {
        let fragment = key::fragment_of_ring(key).ok_or(SealError::CannotOpen)?;
        if !root.is_wrapped_currently(fragment, &stored.value) {
            let ring = root.unwrap_ring(fragment, &stored.value)?;
            root.put_ring(&mut batch, fragment, &ring, dice);
            batch.expect(Space::Ring, key.clone(), Some(stored.version));
        }
    }
    Ok(batch)
}
