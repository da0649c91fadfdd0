//! Rings on their way into the store and out of it.

use bytes::Bytes;

use super::{
    Ring, Root, SealError, associated_data, bucket,
    root::State,
    root_file::{Bucket, no_such_bucket},
    sealed,
};
use crate::{
    batch::Batch,
    dice::Dice,
    space::{FragmentId, Space, key},
};

const WRAPPED_FORMAT: u8 = 1;
const WRAPPED_HEAD_BYTES: usize = 5;

impl Root {
    /// Wraps a ring and puts it into a batch, under [`key::ring`]. Until the batch is committed or dropped,
    /// [`super::rewrap`] waits for it: a ring that were stored only after it, wrapped with a key that is then forgotten,
    /// would be lost. So this, and not [`Root::wrap_ring`], is for whoever stores rings.
    pub fn put_ring(&self, batch: &mut Batch, fragment: FragmentId, ring: &Ring, dice: &mut dyn Dice) {
        let take = || {
            let state = self.state.load_full();
            (state.content.generation, state)
        };
        let (guard, state) = self.ring_writers.hold(take);
        batch.put(Space::Ring, key::ring(fragment), state.wrap(fragment, ring, dice)).hold(guard);
    }

    /// Wraps a ring.
    ///
    /// `format u8 | number of the bucket key u32 | sealed ring`
    #[must_use]
    pub fn wrap_ring(&self, fragment: FragmentId, ring: &Ring, dice: &mut dyn Dice) -> Bytes {
        self.state.load().wrap(fragment, ring, dice)
    }

    /// Unwraps a ring.
    ///
    /// # Errors
    /// [`SealError::NoSuchKey`] when its bucket key was destroyed ([`SealError::is_forgotten`]); [`SealError::CannotOpen`] when it is not this fragment's ring or
    /// damaged; [`SealError::NewerFormat`].
    pub fn unwrap_ring(&self, fragment: FragmentId, wrapped: &[u8]) -> Result<Ring, SealError> {
        let (number, sealed) = split_wrapped(wrapped)?;
        let state = self.state.load();
        let key = state.bucket(fragment).keys().find(|key| key.number == number);
        let key = key.ok_or(SealError::NoSuchKey { what: "bucket key", number })?;
        let associated = associated_data(Space::Ring, &key::ring(fragment));
        let plain = zeroize::Zeroizing::new(sealed::open(key.key.as_bytes(), &associated, sealed)?);
        Ring::decode(&plain)
    }

    /// Whether a ring is wrapped under its bucket's current key. While a bucket is rekeyed, the others are wrapped anew.
    #[must_use]
    pub fn is_wrapped_currently(&self, fragment: FragmentId, wrapped: &[u8]) -> bool {
        let current = self.state.load().bucket(fragment).current.number;
        split_wrapped(wrapped).is_ok_and(|(number, _)| number == current)
    }

    /// The number of a bucket's current key, and a generation of the file since which it is that.
    pub(super) fn current_number(&self, bucket: u16) -> Result<(u32, u64), SealError> {
        let state = self.state.load();
        let found = state.content.buckets.get(usize::from(bucket)).ok_or(no_such_bucket(bucket))?;
        Ok((found.current.number, state.content.generation))
    }
}

impl State {
    fn wrap(&self, fragment: FragmentId, ring: &Ring, dice: &mut dyn Dice) -> Bytes {
        let current = &self.bucket(fragment).current;
        let plain = ring.encode();
        let mut wrapped = Vec::with_capacity(WRAPPED_HEAD_BYTES + plain.len() + sealed::SEALED_BYTES_MORE);
        wrapped.push(WRAPPED_FORMAT);
        wrapped.extend_from_slice(&current.number.to_be_bytes());
        let associated = associated_data(Space::Ring, &key::ring(fragment));
        wrapped.extend_from_slice(&sealed::seal(current.key.as_bytes(), &associated, &plain, dice));
        wrapped.into()
    }

    fn bucket(&self, fragment: FragmentId) -> &Bucket {
        &self.content.buckets[usize::from(bucket(fragment))]
    }
}

fn split_wrapped(wrapped: &[u8]) -> Result<(u32, &[u8]), SealError> {
    let (head, sealed) = wrapped.split_first_chunk::<WRAPPED_HEAD_BYTES>().ok_or(SealError::CannotOpen)?;
    let [format, number @ ..] = *head;
    if format > WRAPPED_FORMAT {
        return Err(SealError::NewerFormat { found: format, known: WRAPPED_FORMAT });
    }
    Ok((u32::from_be_bytes(number), sealed))
}
