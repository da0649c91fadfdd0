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
//! | `Event` | fragment id + class u32 + epoch u16 + 31 minus day u8 + journal position u64 | events of one class and day | sealed |
//! | `Act` | fragment id + received ms i64 + act id (16) | one act | sealed |
//! | `Seen` | fragment id + day i32 | short hashes of message ids | plain |
//! | `Member` | audience id u32 + profile id (16) | membership | plain |
//! | `Delivery` | destination id u32 + sequence u64 | state of one delivery | sealed |
//! | `Tally` | ASCII name | a counter | plain |
//! | `Quarantine` | ASCII source + 0 + field path | what was refused | sealed |
//! | `Cursor` | ASCII consumer name | where a consumer stands | plain |
//! | `Profile` | profile id (16) | alias → successor | plain |
//! | `Due` | moment ms i64 + fragment id | nothing | plain |
//! | `Import` | ASCII SHA-256 of the file, hexadecimal | progress of an import | sealed |
//! | `Restricted` | fragment id | nothing | plain |
//! | `Named` | fragment id + class u32 + epoch u16 | short hashes of the names of imported events of one class and month | sealed |

pub mod key;

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
    /// When something about a fragment is due.
    Due,
    /// How far files were imported.
    Import,
    /// Fragments whose processing is restricted.
    Restricted,
    /// Names of imported events, per hold class and month.
    Named,
}

impl Space {
    /// Every space, in the order of their numbers.
    pub const ALL: [Self; 20] = [
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
        Self::Due,
        Self::Import,
        Self::Restricted,
        Self::Named,
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
            Self::Due => "due",
            Self::Import => "import",
            Self::Restricted => "restricted",
            Self::Named => "named",
        }
    }

    /// How values are coded.
    #[must_use]
    pub const fn codec(self) -> Codec {
        match self {
            Self::Fragment
            | Self::Ring
            | Self::Block
            | Self::Event
            | Self::Act
            | Self::Delivery
            | Self::Quarantine
            | Self::Import
            | Self::Named => Codec::Sealed,
            Self::Meta
            | Self::Catalog
            | Self::Class
            | Self::Index
            | Self::Seen
            | Self::Member
            | Self::Tally
            | Self::Cursor
            | Self::Profile
            | Self::Due
            | Self::Restricted => Codec::Plain,
        }
    }

    /// The version of the layout of keys and values; a change of either raises it.
    #[must_use]
    pub const fn format_version(self) -> u16 {
        match self {
            Self::Fragment => 5,
            Self::Event => 3,
            Self::Ring => 2,
            Self::Meta
            | Self::Catalog
            | Self::Class
            | Self::Index
            | Self::Block
            | Self::Act
            | Self::Seen
            | Self::Member
            | Self::Delivery
            | Self::Tally
            | Self::Quarantine
            | Self::Cursor
            | Self::Profile
            | Self::Due
            | Self::Import
            | Self::Restricted
            | Self::Named => 1,
        }
    }

    /// The oldest format that is still read. A store that holds something in an older one is refused.
    #[must_use]
    pub const fn format_version_oldest(self) -> u16 {
        match self {
            // Each ring says its own format, and a ring of format 1 is one whose keys are all of epoch 0.
            Self::Ring => 1,
            other => other.format_version(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_space_stands_at_its_own_number() {
        for (number, space) in Space::ALL.into_iter().enumerate() {
            assert_eq!(space as usize, number);
        }
    }
}
