//! Keys, and values under keys (DESIGN §7, "Keys").
//!
//! ```text
//! master key ── seals ──▶ root file: 4,096 bucket keys, system key, index secrets, journal keys    (outside the store)
//!                            │ bucket key wraps
//!                            ▼
//!                          ring of a fragment: one key per hold class and epoch                     (in the store)
//!                            │ class key seals
//!                            ▼
//!                          values                                                                   (in the store)
//! ```
//!
//! Nothing sealed in the store can be read without the root file, and the root file is replaced, never accumulated. So a
//! key that was taken out of a ring is gone for good once its bucket has a new key: not the tree's history, not a dead row,
//! not a backup of the store brings it back.
//!
//! No error and no `Debug` in here shows a key or a byte of what is sealed.

mod destroy;
mod in_use;
mod index;
mod key;
mod master;
mod master_place;
mod rewrap;
mod ring;
mod root;
mod root_file;
mod sealed;
mod wrap;

pub use index::{IndexKey, IndexSecrets};
pub use key::SecretKey;
pub use master::MasterKey;
pub use master_place::{MasterChanged, MasterKeyPlace, MasterStanding};
pub use rewrap::{Rewrapped, UNREADABLE_RINGS_MAX, rewrap};
pub use ring::{KeyId, Ring, bucket};
pub use root::{BUCKETS, JournalKey, Root, RootSummary};
pub use sealed::{SEALED_BYTES_MORE, associated_data, open, seal};

use std::path::PathBuf;

use crate::error::StoreError;

/// Why something could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The bytes cannot be opened with this key in this place. It cannot be known whether the key or the bytes are wrong.
    #[error("sealed bytes cannot be opened: the key is another one, or they are damaged or in a wrong place")]
    CannotOpen,
    /// A newer program has sealed this.
    #[error("sealed bytes have format {found}, and this program knows formats up to {known}: use a newer amana")]
    NewerFormat {
        /// The format that was found.
        found: u8,
        /// The newest format that this program knows.
        known: u8,
    },
    /// The root file cannot be opened with this master key.
    #[error(
        "{} cannot be opened: the master key is another one than it was sealed with, or the file is damaged",
        path.display()
    )]
    WrongMasterKey {
        /// The root file.
        path: PathBuf,
    },
    /// A master key is not 32 bytes in base64.
    #[error("{place} is not a master key: expected 32 bytes in base64 (44 characters)")]
    BadMasterKey {
        /// Where the key came from.
        place: String,
    },
    /// The master key is to be changed to the one that it is.
    #[error("the new master key is the one in force already: there is nothing to change")]
    MasterKeyInForce,
    /// The master key is to be changed, and another one waits to take its place.
    #[error(
        "{place} holds another new master key, perhaps since a change was broken off: finish that change first, by \
        `amana key rotate-master` without naming a key"
    )]
    OtherMasterKeyWaits {
        /// Where it waits.
        place: String,
    },
    /// The master key is to be changed where this program cannot do so.
    #[error(
        "the master key is given by the environment, which this program cannot change: start the process that serves with \
        the new key in {name} beside the old one, and change it then"
    )]
    NoNextMasterKey {
        /// By which name it would be given.
        name: &'static str,
    },
    /// A key of this number is not in the root file (any more).
    #[error("the root file has no {what} with number {number}")]
    NoSuchKey {
        /// What kind of key.
        what: &'static str,
        /// Its number.
        number: u32,
    },
    /// The root file was opened for reading.
    #[error("{} was opened for reading only: whoever serves is the one who changes it", path.display())]
    ReadOnly {
        /// The root file.
        path: PathBuf,
    },
    /// Rings of a bucket may still be wrapped with an older key, so it must not be forgotten.
    #[error("the old keys of bucket {bucket} are still needed: its rings have to be wrapped anew first")]
    NotRewrapped {
        /// The bucket.
        bucket: u16,
    },
    /// Many rings of a bucket cannot be opened, so it is not a few rows that are damaged.
    #[error(
        "more than {UNREADABLE_RINGS_MAX} rings of bucket {bucket} cannot be opened: the root file is not the one that they \
        were wrapped with; put the newest one in place"
    )]
    TooManyUnreadable {
        /// The bucket.
        bucket: u16,
    },
    /// Records of an epoch of the journal may still come, so its key must not be forgotten.
    #[error("epoch {epoch} of the journal is still being written in")]
    JournalInUse {
        /// The oldest epoch that is in use.
        epoch: u32,
    },
    /// A number is used up.
    #[error("there can be no more {0}")]
    TooMany(&'static str),
    /// A file could not be read or written, or has a newer format.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SealError {
    /// Whether the key was forgotten on purpose. Whoever reads beside the writer may have read a ring just before it was
    /// wrapped anew, and finds it again when reading anew (with a new snapshot).
    #[must_use]
    pub fn is_forgotten(&self) -> bool {
        matches!(self, Self::NoSuchKey { .. })
    }
}
