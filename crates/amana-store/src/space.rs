//! All spaces, in one place: what they hold, how their keys are laid out, how their values are coded.
//!
//! Keys sort as bytes, so every number is big-endian, and signed numbers have their sign bit flipped. Identifiers of people
//! never stand in a key in the plain: `Index` keys are keyed hashes, and everything else hangs on random ids.
//!
//! | space | key | value | codec |
//! |---|---|---|---|
//! | `Meta` | ASCII name | facts about the store itself | plain |
//! | `Catalog` | `v` + version u64, or `current` | a catalogue, or the number of the current one | plain |
//! | `Class` | class id u32 | interned slot set of a hold class | plain |
//! | `Index` | 24-byte keyed hash | fragment id | plain |
//! | `Fragment` | fragment id | head of a fragment | sealed |
//! | `Ring` | bucket u16 + fragment id | wrapped ring | sealed |
//! | `Block` | fragment id + class u32 | traits of one hold class | sealed |
//! | `Event` | fragment id + class u32 + journal position u64 | one event | sealed |
//! | `Act` | fragment id + received ms i64 + act id (16) | one act | sealed |
//! | `Seen` | fragment id + day i32 | short hashes of message ids | plain |
//! | `Member` | audience id u32 + profile id (16) | membership | plain |
//! | `Delivery` | destination id u32 + sequence u64 | state of one delivery | sealed |
//! | `Tally` | ASCII name | a counter | plain |
//! | `Quarantine` | ASCII source + 0 + field path | what was refused | sealed |
//! | `Cursor` | ASCII consumer name | where a consumer stands | plain |
//! | `Profile` | profile id (16) | alias → successor | plain |

use std::fmt;

use uuid::Uuid;

/// A key of a space.
pub type Key = Vec<u8>;

/// The id of a fragment: random, never derived from a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct FragmentId(pub Uuid);

impl FragmentId {
    /// The bytes as they stand in keys.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl fmt::Debug for FragmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FragmentId({})", self.0)
    }
}

impl fmt::Display for FragmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How the values of a space are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Readable to whoever has the store: nothing personal.
    Plain,
    /// Compressed and sealed ([`crate::seal`]), so compressing again would only cost time.
    Sealed,
}

/// A space: an ordered set of keys with values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Space {
    /// Facts about the store itself.
    Meta,
    /// Catalogues, version by version.
    Catalog,
    /// Interned hold classes.
    Class,
    /// From keyed hashes of identifiers to fragments.
    Index,
    /// Heads of fragments.
    Fragment,
    /// Wrapped rings, bucket by bucket.
    Ring,
    /// Traits, one block per hold class.
    Block,
    /// Events of fragments.
    Event,
    /// Acts of people and staff.
    Act,
    /// Message ids that were seen, per fragment and day.
    Seen,
    /// Members of audiences.
    Member,
    /// Deliveries to destinations.
    Delivery,
    /// Counters.
    Tally,
    /// Refused fields.
    Quarantine,
    /// Where consumers stand.
    Cursor,
    /// Profile aliases.
    Profile,
}

impl Space {
    /// Every space, in the order of their numbers.
    pub const ALL: [Self; 16] = [
        Self::Meta,
        Self::Catalog,
        Self::Class,
        Self::Index,
        Self::Fragment,
        Self::Ring,
        Self::Block,
        Self::Event,
        Self::Act,
        Self::Seen,
        Self::Member,
        Self::Delivery,
        Self::Tally,
        Self::Quarantine,
        Self::Cursor,
        Self::Profile,
    ];

    /// The name: of the keyspace, of the table, and in associated data. Never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Catalog => "catalog",
            Self::Class => "class",
            Self::Index => "index",
            Self::Fragment => "fragment",
            Self::Ring => "ring",
            Self::Block => "block",
            Self::Event => "event",
            Self::Act => "act",
            Self::Seen => "seen",
            Self::Member => "member",
            Self::Delivery => "delivery",
            Self::Tally => "tally",
            Self::Quarantine => "quarantine",
            Self::Cursor => "cursor",
            Self::Profile => "profile",
        }
    }

    /// How values are coded.
    #[must_use]
    pub const fn codec(self) -> Codec {
        match self {
            Self::Fragment | Self::Ring | Self::Block | Self::Event | Self::Act | Self::Delivery | Self::Quarantine => {
                Codec::Sealed
            }
            Self::Meta
            | Self::Catalog
            | Self::Class
            | Self::Index
            | Self::Seen
            | Self::Member
            | Self::Tally
            | Self::Cursor
            | Self::Profile => Codec::Plain,
        }
    }

    /// The version of the layout of keys and values; a change of either raises it and brings a migration.
    #[must_use]
    pub const fn format_version(self) -> u16 {
        match self {
            Self::Meta
            | Self::Catalog
            | Self::Class
            | Self::Index
            | Self::Fragment
            | Self::Ring
            | Self::Block
            | Self::Event
            | Self::Act
            | Self::Seen
            | Self::Member
            | Self::Delivery
            | Self::Tally
            | Self::Quarantine
            | Self::Cursor
            | Self::Profile => 1,
        }
    }
}

/// Builders of keys and of the prefixes that are scanned, and readers for what consumers take out of keys again.
pub mod key {
    use super::{FragmentId, Key};
    use crate::log_name::Position;

    /// The key in `Catalog` that names the current version.
    pub const CATALOG_CURRENT: &[u8] = b"current";

    fn joined(parts: &[&[u8]]) -> Key {
        let mut key = Key::with_capacity(parts.iter().map(|part| part.len()).sum());
        for part in parts {
            key.extend_from_slice(part);
        }
        key
    }

    /// `Meta`.
    #[must_use]
    pub fn meta(name: &str) -> Key {
        name.as_bytes().to_vec()
    }

    /// `Catalog`, one version.
    #[must_use]
    pub fn catalog(version: u64) -> Key {
        joined(&[b"v", &version.to_be_bytes()])
    }

    /// `Class`.
    #[must_use]
    pub fn class(class: u32) -> Key {
        class.to_be_bytes().to_vec()
    }

    /// `Index`: the hash comes from [`crate::seal::IndexSecrets`].
    #[must_use]
    pub fn index(hash: &[u8; 24]) -> Key {
        hash.to_vec()
    }

    /// `Fragment`.
    #[must_use]
    pub fn fragment(fragment: FragmentId) -> Key {
        fragment.as_bytes().to_vec()
    }

    /// `Ring`. The bucket comes from [`crate::seal::bucket`] and stands first, so that the rings of one bucket lie together.
    #[must_use]
    pub fn ring(fragment: FragmentId) -> Key {
        joined(&[&crate::seal::bucket(fragment).to_be_bytes(), fragment.as_bytes()])
    }

    /// The prefix of all rings of a bucket.
    #[must_use]
    pub fn rings_of_bucket(bucket: u16) -> Key {
        bucket.to_be_bytes().to_vec()
    }

    /// The fragment of a `Ring` key.
    #[must_use]
    pub fn fragment_of_ring(key: &[u8]) -> Option<FragmentId> {
        fragment_at(key, 2, 18)
    }

    /// `Block`.
    #[must_use]
    pub fn block(fragment: FragmentId, class: u32) -> Key {
        joined(&[fragment.as_bytes(), &class.to_be_bytes()])
    }

    /// The prefix of everything that hangs on a fragment in `Block`, `Event`, `Act` and `Seen`.
    #[must_use]
    pub fn of_fragment(fragment: FragmentId) -> Key {
        fragment.as_bytes().to_vec()
    }

    /// Fragment and class of a `Block` or `Event` key.
    #[must_use]
    pub fn fragment_and_class(key: &[u8]) -> Option<(FragmentId, u32)> {
        let fragment = FragmentId::from_bytes(*key.first_chunk()?);
        Some((fragment, u32::from_be_bytes(*key.get(16..)?.first_chunk()?)))
    }

    /// `Event`.
    #[must_use]
    pub fn event(fragment: FragmentId, class: u32, position: Position) -> Key {
        joined(&[fragment.as_bytes(), &class.to_be_bytes(), &position.0.to_be_bytes()])
    }

    /// The journal position of an `Event` key.
    #[must_use]
    pub fn position_of_event(key: &[u8]) -> Option<Position> {
        Some(Position(u64::from_be_bytes(key.get(20..)?.try_into().ok()?)))
    }

    /// `Act`.
    #[must_use]
    pub fn act(fragment: FragmentId, received_ms: i64, act: [u8; 16]) -> Key {
        joined(&[fragment.as_bytes(), &(received_ms.cast_unsigned() ^ (1 << 63)).to_be_bytes(), &act])
    }

    /// Receipt time (milliseconds) and id of an `Act` key.
    #[must_use]
    pub fn received_and_act(key: &[u8]) -> Option<(i64, [u8; 16])> {
        let received = u64::from_be_bytes(*key.get(16..)?.first_chunk()?) ^ (1 << 63);
        Some((received.cast_signed(), key.get(24..)?.try_into().ok()?))
    }

    /// `Seen`; the day counts from 1970-01-01.
    #[must_use]
    pub fn seen(fragment: FragmentId, day: i32) -> Key {
        joined(&[fragment.as_bytes(), &(day.cast_unsigned() ^ (1 << 31)).to_be_bytes()])
    }

    /// The day of a `Seen` key.
    #[must_use]
    pub fn day_of_seen(key: &[u8]) -> Option<i32> {
        let day = u32::from_be_bytes(key.get(16..)?.try_into().ok()?) ^ (1 << 31);
        Some(day.cast_signed())
    }

    /// `Member`.
    #[must_use]
    pub fn member(audience: u32, profile: [u8; 16]) -> Key {
        joined(&[&audience.to_be_bytes(), &profile])
    }

    /// The prefix of all members of an audience.
    #[must_use]
    pub fn members_of_audience(audience: u32) -> Key {
        audience.to_be_bytes().to_vec()
    }

    /// Audience and profile of a `Member` key.
    #[must_use]
    pub fn audience_and_profile(key: &[u8]) -> Option<(u32, [u8; 16])> {
        Some((u32::from_be_bytes(*key.first_chunk()?), key.get(4..)?.try_into().ok()?))
    }

    /// `Delivery`.
    #[must_use]
    pub fn delivery(destination: u32, sequence: u64) -> Key {
        joined(&[&destination.to_be_bytes(), &sequence.to_be_bytes()])
    }

    /// The prefix of all deliveries to a destination.
    #[must_use]
    pub fn deliveries_to(destination: u32) -> Key {
        destination.to_be_bytes().to_vec()
    }

    /// Destination and sequence number of a `Delivery` key.
    #[must_use]
    pub fn destination_and_sequence(key: &[u8]) -> Option<(u32, u64)> {
        Some((u32::from_be_bytes(*key.first_chunk()?), u64::from_be_bytes(key.get(4..)?.try_into().ok()?)))
    }

    /// `Tally`.
    #[must_use]
    pub fn tally(name: &str) -> Key {
        name.as_bytes().to_vec()
    }

    /// `Quarantine`.
    #[must_use]
    pub fn quarantine(source: &str, field_path: &str) -> Key {
        joined(&[source.as_bytes(), b"\0", field_path.as_bytes()])
    }

    /// The prefix of everything that is quarantined from a source.
    #[must_use]
    pub fn quarantine_of_source(source: &str) -> Key {
        joined(&[source.as_bytes(), b"\0"])
    }

    /// `Cursor`.
    #[must_use]
    pub fn cursor(consumer: &str) -> Key {
        consumer.as_bytes().to_vec()
    }

    /// `Profile`.
    #[must_use]
    pub fn profile(profile: [u8; 16]) -> Key {
        profile.to_vec()
    }

    fn fragment_at(key: &[u8], start: usize, end: usize) -> Option<FragmentId> {
        (key.len() == end).then_some(())?;
        Some(FragmentId::from_bytes(key.get(start..end)?.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log_name::Position;

    #[test]
    fn signed_numbers_sort_by_time() {
        let fragment = FragmentId::from_bytes([7; 16]);
        let acts: Vec<_> = [i64::MIN, -1, 0, 1, i64::MAX].map(|ms| key::act(fragment, ms, [9; 16])).into();
        assert!(acts.is_sorted());
        let days: Vec<_> = [i32::MIN, -1, 0, 1, i32::MAX].map(|day| key::seen(fragment, day)).into();
        assert!(days.is_sorted());
    }

    #[test]
    fn what_is_put_into_a_key_comes_out_again() {
        let fragment = FragmentId::from_bytes([7; 16]);
        assert_eq!(key::received_and_act(&key::act(fragment, -5, [9; 16])), Some((-5, [9; 16])));
        assert_eq!(key::day_of_seen(&key::seen(fragment, -5)), Some(-5));
        let event = key::event(fragment, 3, Position(8));
        assert_eq!(key::fragment_and_class(&event), Some((fragment, 3)));
        assert_eq!(key::position_of_event(&event), Some(Position(8)));
        assert_eq!(key::fragment_of_ring(&key::ring(fragment)), Some(fragment));
        assert_eq!(key::audience_and_profile(&key::member(4, [5; 16])), Some((4, [5; 16])));
        assert_eq!(key::destination_and_sequence(&key::delivery(4, 5)), Some((4, 5)));
    }

    #[test]
    fn every_space_stands_at_its_own_number() {
        for (number, space) in Space::ALL.into_iter().enumerate() {
            assert_eq!(space as usize, number);
        }
    }
}
