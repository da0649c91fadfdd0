//! Wrapping the rings of a bucket anew: the middle of destroying keys.

use std::collections::BTreeSet;

use super::{Root, SealError};
use crate::{
    batch::Batch,
    dice::Dice,
    error::CommitError,
    range::KeyRange,
    space::{FragmentId, Key, Space, key},
    store::{Store, Versioned},
};

/// How many rings are read, and at most committed, at a time.
const PAGE_RINGS_MAX: usize = 512;

/// How many rings of a bucket may be unreadable before something else is wrong than a few damaged rows: then the root
/// file is hardly the one that they were wrapped with, and no key of it may be forgotten because of that.
pub const UNREADABLE_RINGS_MAX: usize = 16;

/// What has become of the rings of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// How many were wrapped anew.
    pub rings: usize,
    /// The fragments whose rings no key of the root file opens. Their rows are left as they are.
    pub unreadable: BTreeSet<FragmentId>,
}

/// Wraps all rings of a bucket with its current key, those that are not yet. Others may write rings meanwhile; what they
/// write is never overwritten. It waits for batches that hold rings wrapped before the bucket's newest key came
/// ([`Root::put_ring`]), so whoever calls this must not be holding one.
///
/// A ring that cannot be opened is told and left as it is: nobody can read with it, now or later, and its bytes lie under
/// keys that go. What is destroyed for everybody else of the bucket must not wait for it.
///
/// When it returns, no ring of the bucket that can be opened needs an older key, nor ever will:
/// [`Root::finish_destroying`].
///
/// # Errors
/// When the store cannot be read or written, a newer program has wrapped a ring, or more than [`UNREADABLE_RINGS_MAX`]
/// cannot be opened; what was wrapped until then stays so.
pub async fn rewrap(store: &Store, root: &Root, bucket: u16, dice: &mut dyn Dice) -> Result<Rewrapped, SealError> {
    let (number, generation) = root.current_number(bucket)?;
    root.ring_writers.gone_before(generation).await;
    let mut done = Rewrapped::default();
    let mut range = KeyRange::prefix(key::rings_of_bucket(bucket));
    loop {
        let page = store.scan(Space::Ring, range.clone(), PAGE_RINGS_MAX).await?;
        let Some((last, _)) = page.last() else { break };
        let next = range.clone().after(last);
        let (batch, unreadable) = rewrapped_page(root, &page, dice)?;
        let rings = batch.len() / ITEMS_PER_RING;
        if done.unreadable.len() + unreadable.len() > UNREADABLE_RINGS_MAX {
            return Err(SealError::TooManyUnreadable { bucket });
        }
        match store.commit(batch).await {
            Ok(()) => {
                done.rings += rings;
                done.unreadable.extend(unreadable);
                range = next;
            }
            // Others have written some of them meanwhile, with the current key: fewer are left the next time.
            Err(CommitError::Conflict(_)) => {}
            Err(CommitError::Store(error)) => return Err(error.into()),
        }
    }
    root.rewrapped().insert(bucket, number);
    Ok(done)
}

/// A put and an expectation.
const ITEMS_PER_RING: usize = 2;

fn rewrapped_page(
    root: &Root,
    page: &[(Key, Versioned)],
    dice: &mut dyn Dice,
) -> Result<(Batch, Vec<FragmentId>), SealError> {
    let (mut batch, mut unreadable) = (Batch::new(), Vec::new());
    for (key, stored) in page {
        let fragment = key::fragment_of_ring(key).ok_or(SealError::CannotOpen)?;
        if !root.is_wrapped_currently(fragment, &stored.value) {
            match root.unwrap_ring(fragment, &stored.value) {
                Ok(ring) => {
                    root.put_ring(&mut batch, fragment, &ring, dice);
                    batch.expect(Space::Ring, key.clone(), Some(stored.version));
                }
                Err(SealError::CannotOpen | SealError::NoSuchKey { .. }) => unreadable.push(fragment),
                Err(error) => return Err(error),
            }
        }
    }
    Ok((batch, unreadable))
}
