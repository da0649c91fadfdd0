//! What a destination has been told and not been told the end of: for each profile and audience the message that it
//! entered, if it arrived or may have. Only who was told that somebody entered is told that they left (GDPR Art. 19).
//!
//! Rows lie beside the deliveries under the number that no delivery ever has, followed by audience and profile.

use super::record::{opened, sealed};
use crate::dice::Dice;
use amana_core::catalog::Number;
use amana_core::identity::FragmentId;
use amana_core::{Moment, Slot};
use amana_store::seal::Root;
use amana_store::space::key;
use amana_store::{Batch, Key, Space, StoreError, Versioned};
use serde::{Deserialize, Serialize};

/// The message that told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    /// The number of the delivery.
    pub(super) sequence: u64,
    /// The slot it was made for: also when the audience serves another one now.
    pub(super) slot: Slot,
    /// When it was about to leave first.
    pub(super) at: Moment,
}

/// Where it is stored.
pub(super) fn told_key(destination: Number, audience: Number, profile: FragmentId) -> Key {
    let mut key = key::delivery(destination, u64::MAX);
    key.extend_from_slice(&audience.to_be_bytes());
    key.extend_from_slice(profile.0.as_bytes());
    key
}

impl Told {
    /// Reads it.
    pub(super) fn read(root: &Root, key: &[u8], row: &Versioned) -> Result<Self, StoreError> {
        opened(root, key, &row.value)
    }

    /// Adds it to a batch.
    pub(super) fn save(&self, key: Key, root: &Root, batch: &mut Batch, dice: &mut Dice) {
        let value = sealed(self, root, &key, dice);
        batch.put(Space::Delivery, key, value);
    }
}
