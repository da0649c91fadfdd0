//! The root file as it lies on disk: one sealed piece, replaced as a whole.
//!
//! ```text
//! magic "AMANAROO" | format u16 | sealed content (postcard), associated data = magic and format
//! ```

use std::path::Path;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{BUCKETS, MasterKey, SealError, key::SecretKey, sealed};
use crate::{dice::Dice, durable_file, error::StoreError, faults::Faults};

/// The format of the root file that this program writes. In format 1 a bucket had at most one old key, and none or one of
/// them is coded as it is now, so it is read the same way.
pub(super) const ROOT_FORMAT_VERSION: u16 = 2;

const MAGIC: &[u8; 8] = b"AMANAROO";
const HEAD_BYTES: usize = 10;

/// Everything in the root file.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Content {
    /// Raised with each replacement.
    pub(super) generation: u64,
    pub(super) buckets: Vec<Bucket>,
    pub(super) system: SecretKey,
    /// Ascending by version.
    pub(super) index_secrets: Vec<(u8, SecretKey)>,
    /// Ascending by epoch.
    pub(super) journal: Vec<(u32, SecretKey)>,
}

/// The keys of a bucket. There are old ones only while the bucket's rings are being wrapped anew.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Bucket {
    pub(super) current: BucketKey,
    pub(super) old: Vec<BucketKey>,
}

/// A key with the number by which wrapped rings name it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct BucketKey {
    pub(super) number: u32,
    pub(super) key: SecretKey,
}

impl Bucket {
    /// All keys that wrapped rings may name, the current one first.
    pub(super) fn keys(&self) -> impl Iterator<Item = &BucketKey> {
        std::iter::once(&self.current).chain(&self.old)
    }

    /// Gives it a new key and keeps the others.
    pub(super) fn rekey(&mut self, dice: &mut dyn Dice) -> Result<(), SealError> {
        let number = self.current.number.checked_add(1).ok_or(SealError::TooMany("bucket keys"))?;
        let new = BucketKey { number, key: SecretKey::random(dice) };
        self.old.push(std::mem::replace(&mut self.current, new));
        Ok(())
    }
}

impl Content {
    /// The buckets that have old keys.
    pub(super) fn rekeying(&self) -> Vec<u16> {
        let old = (0_u16..).zip(&self.buckets).filter(|(_, bucket)| !bucket.old.is_empty());
        old.map(|(number, _)| number).collect()
    }

    pub(super) fn bucket_mut(&mut self, bucket: u16) -> Result<&mut Bucket, SealError> {
        self.buckets.get_mut(usize::from(bucket)).ok_or(no_such_bucket(bucket))
    }

    /// New keys for everything.
    pub(super) fn random(dice: &mut dyn Dice) -> Self {
        let buckets = (0..BUCKETS)
            .map(|_| Bucket { current: BucketKey { number: 1, key: SecretKey::random(dice) }, old: vec![] });
        Self {
            generation: 1,
            buckets: buckets.collect(),
            system: SecretKey::random(dice),
            index_secrets: vec![(1, SecretKey::random(dice))],
            journal: vec![(1, SecretKey::random(dice))],
        }
    }

    /// Reads and opens a root file.
    pub(super) fn read(path: &Path, master: &MasterKey) -> Result<Self, SealError> {
        let bytes = std::fs::read(path).map_err(StoreError::io("read the root file", path))?;
        let Some((head, sealed)) = bytes.split_first_chunk::<HEAD_BYTES>() else {
            return Err(StoreError::corrupt(path, 0, "the root file is shorter than its head").into());
        };
        if &head[..8] != MAGIC {
            return Err(StoreError::corrupt(path, 0, "it does not begin as a root file of amana").into());
        }
        let format = u16::from_le_bytes([head[8], head[9]]);
        if format > ROOT_FORMAT_VERSION {
            let place = format!("the root file {}", path.display());
            let (found, known) = (format.into(), ROOT_FORMAT_VERSION.into());
            return Err(StoreError::NewerFormat { place, found, known }.into());
        }
        let wrong = || SealError::WrongMasterKey { path: path.to_path_buf() };
        let plain = sealed::open(master.key().as_bytes(), head, sealed).map_err(|_| wrong())?;
        let plain = Zeroizing::new(plain);
        let content: Self = postcard::from_bytes(&plain).map_err(|_| wrong())?;
        if content.buckets.len() != BUCKETS {
            return Err(StoreError::corrupt(path, 0, "the root file has another number of buckets").into());
        }
        Ok(content)
    }

    /// Seals and writes the root file, replacing the one before as a whole.
    pub(super) fn write(
        &self,
        path: &Path,
        master: &MasterKey,
        dice: &mut dyn Dice,
        faults: &Faults,
    ) -> Result<(), SealError> {
        // Sized at once, for a buffer that grows would leave copies of the keys behind that nobody wipes.
        let mut plain = Zeroizing::new(vec![0; self.encoded_bytes_max()]);
        let used = postcard::to_slice(self, plain.as_mut_slice()).expect("the buffer is large enough").len();
        let mut bytes = Vec::with_capacity(HEAD_BYTES + used + sealed::SEALED_BYTES_MORE);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&ROOT_FORMAT_VERSION.to_le_bytes());
        let content = sealed::seal(master.key().as_bytes(), &bytes, &plain[..used], dice);
        bytes.extend_from_slice(&content);
        Ok(durable_file::replace(path, &bytes, faults)?)
    }

    /// No entry takes more than its key and 16 bytes for numbers and marks.
    fn encoded_bytes_max(&self) -> usize {
        let buckets: usize = self.buckets.iter().map(|bucket| 2 + bucket.old.len()).sum();
        let keys = buckets + 1 + self.index_secrets.len() + self.journal.len();
        keys * (32 + 16) + 64
    }
}

pub(super) fn no_such_bucket(bucket: u16) -> SealError {
    SealError::NoSuchKey { what: "bucket", number: bucket.into() }
}
