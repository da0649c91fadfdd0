//! What a destination has been told and not been told the end of: for each profile and audience the message that it
//! entered, if it arrived or may have. Only who was told that somebody entered is told that they left (GDPR Art. 19),
//! and only who was not told the same already is told of a change.
//!
//! Rows lie beside the deliveries under the number that no delivery ever has, followed by audience and profile.

use super::recipient_id::Called;
use super::record::{sealed, unsealed};
use crate::audience::ContentMark;
use crate::dice::Dice;
use amana_core::catalog::Number;
use amana_core::identity::FragmentId;
use amana_core::{Moment, Slot};
use amana_store::seal::Root;
use amana_store::space::key;
use amana_store::{Batch, Key, Space, StoreError, Versioned};
use serde::{Deserialize, Serialize};

const FORMAT: u8 = 2;
/// What format 1 lacks at its end: that no other message said more, that what was said is not known, and that people
/// were called by the ids of their profiles.
const SINCE_FORMAT_1: [u8; 3] = [0, 0, 0];

/// What was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    /// The number of the delivery that said that the profile entered.
    pub(super) sequence: u64,
    /// The slot it was made for: also when the audience serves another one now.
    pub(super) slot: Slot,
    /// When it was about to leave first.
    pub(super) at: Moment,
    /// The number of the delivery that said the latest.
    pub(super) last: u64,
    /// What the recipient knows by it.
    pub(super) knows: Knows,
    /// How it was told whom that is about.
    pub(super) called: Called,
}

/// What a recipient knows. The order is stored: new ones come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Knows {
    /// One of several things that attempts of one message have said, or something of which no mark was kept.
    Something,
    /// What has this mark.
    This(ContentMark),
    /// That the profile left, if that message arrived.
    TheEnd,
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
        let (format, mut plain) = unsealed(root, key, &row.value, FORMAT)?;
        if format == 1 {
            plain.extend(SINCE_FORMAT_1);
        }
        let damaged = |_| StoreError::Invalid("what a destination was told cannot be read: it is damaged".into());
        postcard::from_bytes(&plain).map_err(damaged)
    }

    /// Adds it to a batch.
    pub(super) fn save(&self, key: Key, root: &Root, batch: &mut Batch, dice: &mut Dice) {
        let value = sealed(self, FORMAT, root, &key, dice);
        batch.put(Space::Delivery, key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_format_1_is_read() {
        #[derive(Serialize)]
        struct First {
            sequence: u64,
            slot: Slot,
            at: Moment,
        }
        let mut plain = postcard::to_allocvec(&First { sequence: 700, slot: Slot(3), at: Moment(-5) }).unwrap();
        plain.extend(SINCE_FORMAT_1);
        let told: Told = postcard::from_bytes(&plain).unwrap();
        let called = Called::Profile;
        let expected = Told { sequence: 700, slot: Slot(3), at: Moment(-5), last: 0, knows: Knows::Something, called };
        assert_eq!(told, expected);
    }
}
