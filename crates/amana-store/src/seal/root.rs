//! The root of all keys of an installation.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use bytes::Bytes;

use super::{
    IndexSecrets, MasterKey, Ring, SealError, associated_data, bucket,
    key::SecretKey,
    root_file::{Bucket, BucketKey, Content},
    sealed,
};
use crate::{
    dice::Dice,
    faults::Faults,
    space::{FragmentId, Space, key},
};

/// How many bucket keys wrap the rings. With 4,096 of them, rekeying one bucket re-wraps 1 ring in 4,096.
pub const BUCKETS: usize = 4_096;

const WRAPPED_FORMAT: u8 = 1;
const WRAPPED_HEAD_BYTES: usize = 5;

/// The open root file. It lies in the data folder, for PostgreSQL too, and never in the store.
///
/// Each change writes the whole file anew and counts only when the file is durable; when that fails, nothing has changed
/// in memory either.
pub struct Root {
    path: PathBuf,
    master: MasterKey,
    content: Content,
    index_secrets: IndexSecrets,
    faults: Faults,
}

impl Root {
    /// Opens a root file.
    ///
    /// # Errors
    /// [`SealError::WrongMasterKey`], a newer format, damage, or when the file is not there.
    pub fn open(path: &Path, master: &MasterKey) -> Result<Self, SealError> {
        Self::with(path, master, Content::read(path, master)?, Faults::none())
    }

    /// Opens a root file, or makes it with new keys when it is not there.
    ///
    /// Whoever calls this must know that a missing file is a new installation: new keys open nothing that is stored.
    ///
    /// # Errors
    /// As with [`Root::open`], or when the file cannot be written.
    pub fn open_or_create(path: &Path, master: &MasterKey, dice: &mut dyn Dice) -> Result<Self, SealError> {
        Self::open_or_create_with(path, master, dice, Faults::none())
    }

    /// As [`Root::open_or_create`], with faults to inject into replacing the file.
    ///
    /// # Errors
    /// As with [`Root::open_or_create`].
    #[cfg(feature = "testing")]
    pub fn open_or_create_with_faults(
        path: &Path,
        master: &MasterKey,
        dice: &mut dyn Dice,
        faults: Faults,
    ) -> Result<Self, SealError> {
        Self::open_or_create_with(path, master, dice, faults)
    }

    fn open_or_create_with(
        path: &Path,
        master: &MasterKey,
        dice: &mut dyn Dice,
        faults: Faults,
    ) -> Result<Self, SealError> {
        if path.exists() {
            return Self::with(path, master, Content::read(path, master)?, faults);
        }
        let content = Content::random(dice);
        content.write(path, master, dice, &faults)?;
        Self::with(path, master, content, faults)
    }

    fn with(path: &Path, master: &MasterKey, content: Content, faults: Faults) -> Result<Self, SealError> {
        let index_secrets = index_secrets_of(&content)?;
        Ok(Self { path: path.to_path_buf(), master: master.clone(), content, index_secrets, faults })
    }

    /// Raised with each replacement of the file: a backup says which one belongs to it.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.content.generation
    }

    /// The key for what belongs to no person.
    #[must_use]
    pub fn system_key(&self) -> &SecretKey {
        &self.content.system
    }

    /// The secrets of the identifier index.
    #[must_use]
    pub fn index_secrets(&self) -> &IndexSecrets {
        &self.index_secrets
    }

    /// The newest epoch of the journal and its key.
    ///
    /// # Errors
    /// [`SealError::NoSuchKey`] when all epochs were forgotten.
    pub fn journal_key_newest(&self) -> Result<(u32, &SecretKey), SealError> {
        let newest = self.content.journal.last().ok_or(SealError::NoSuchKey { what: "journal key", number: 0 })?;
        Ok((newest.0, &newest.1))
    }

    /// The key of an epoch of the journal.
    ///
    /// # Errors
    /// [`SealError::NoSuchKey`] when the epoch was forgotten: what was written in it cannot be read any more, as intended.
    pub fn journal_key(&self, epoch: u32) -> Result<&SecretKey, SealError> {
        let found = self.content.journal.iter().find(|(number, _)| *number == epoch);
        found.map(|(_, key)| key).ok_or(SealError::NoSuchKey { what: "journal key", number: epoch })
    }

    /// Wraps a ring to be stored under [`key::ring`].
    ///
    /// `format u8 | number of the bucket key u32 | sealed ring`
    #[must_use]
    pub fn wrap_ring(&self, fragment: FragmentId, ring: &Ring, dice: &mut dyn Dice) -> Bytes {
        let current = &self.bucket(fragment).current;
        let mut wrapped = Vec::with_capacity(WRAPPED_HEAD_BYTES + 64);
        wrapped.push(WRAPPED_FORMAT);
        wrapped.extend_from_slice(&current.number.to_be_bytes());
        let associated = associated_data(Space::Ring, &key::ring(fragment));
        wrapped.extend_from_slice(&sealed::seal(current.key.as_bytes(), &associated, &ring.encode(), dice));
        wrapped.into()
    }

    /// Unwraps a ring.
    ///
    /// # Errors
    /// [`SealError::NoSuchKey`] when its bucket key was destroyed; [`SealError::CannotOpen`] when it is not this
    /// fragment's ring or damaged; [`SealError::NewerFormat`].
    pub fn unwrap_ring(&self, fragment: FragmentId, wrapped: &[u8]) -> Result<Ring, SealError> {
        let (number, sealed) = split_wrapped(wrapped)?;
        let bucket = self.bucket(fragment);
        let key = [Some(&bucket.current), bucket.old.as_ref()].into_iter().flatten().find(|key| key.number == number);
        let key = key.ok_or(SealError::NoSuchKey { what: "bucket key", number })?;
        let associated = associated_data(Space::Ring, &key::ring(fragment));
        let plain = zeroize::Zeroizing::new(sealed::open(key.key.as_bytes(), &associated, sealed)?);
        Ring::decode(&plain)
    }

    /// Whether a ring is wrapped under its bucket's current key. While a bucket is rekeyed, the others are wrapped anew.
    #[must_use]
    pub fn is_wrapped_currently(&self, fragment: FragmentId, wrapped: &[u8]) -> bool {
        split_wrapped(wrapped).is_ok_and(|(number, _)| number == self.bucket(fragment).current.number)
    }

    /// The buckets that have an old key still: a rekeying that is not finished, perhaps since before a crash.
    pub fn rekeying(&self) -> impl Iterator<Item = u16> {
        (0_u16..).zip(&self.content.buckets).filter(|(_, bucket)| bucket.old.is_some()).map(|(number, _)| number)
    }

    /// First step of destroying keys: these buckets get new keys and keep the old ones. After it, wrap all rings of the
    /// buckets anew and commit them; then [`Root::finish_rekey`]. A bucket that has an old key already is left as it is.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub fn begin_rekey(&mut self, buckets: &[u16], dice: &mut dyn Dice) -> Result<(), SealError> {
        let mut content = self.content.clone();
        for bucket in buckets {
            let bucket = bucket_mut(&mut content, *bucket)?;
            if bucket.old.is_none() {
                let number = bucket.current.number.checked_add(1).ok_or(SealError::TooMany("bucket keys"))?;
                let new = BucketKey { number, key: SecretKey::random(dice) };
                bucket.old = Some(std::mem::replace(&mut bucket.current, new));
            }
        }
        self.replace(content, dice)
    }

    /// Last step of destroying keys: the old keys of these buckets are forgotten, and with them every ring that was not
    /// wrapped anew, wherever it survives.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub fn finish_rekey(&mut self, buckets: &[u16], dice: &mut dyn Dice) -> Result<(), SealError> {
        let mut content = self.content.clone();
        for bucket in buckets {
            bucket_mut(&mut content, *bucket)?.old = None;
        }
        self.replace(content, dice)
    }

    /// Begins a new epoch of the journal and returns its number.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub fn begin_journal_epoch(&mut self, dice: &mut dyn Dice) -> Result<u32, SealError> {
        let mut content = self.content.clone();
        let last = content.journal.last().map_or(0, |(epoch, _)| *epoch);
        let epoch = last.checked_add(1).ok_or(SealError::TooMany("journal epochs"))?;
        content.journal.push((epoch, SecretKey::random(dice)));
        self.replace(content, dice)?;
        Ok(epoch)
    }

    /// Forgets the keys of the journal's epochs before this one; the newest is always kept.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub fn forget_journal_epochs_before(&mut self, epoch: u32, dice: &mut dyn Dice) -> Result<(), SealError> {
        let newest = self.journal_key_newest()?.0;
        let mut content = self.content.clone();
        content.journal.retain(|(number, _)| *number >= epoch || *number == newest);
        self.replace(content, dice)
    }

    /// Begins a new index secret; older ones stay readable. Returns its version.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub fn begin_index_secret(&mut self, dice: &mut dyn Dice) -> Result<u8, SealError> {
        let mut content = self.content.clone();
        let version = self.index_secrets.newest_version().checked_add(1).ok_or(SealError::TooMany("index secrets"))?;
        content.index_secrets.push((version, SecretKey::random(dice)));
        self.replace(content, dice)?;
        Ok(version)
    }

    /// Forgets all index secrets but the newest, when no key of the index was made with them any more.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub fn forget_older_index_secrets(&mut self, dice: &mut dyn Dice) -> Result<(), SealError> {
        let newest = self.index_secrets.newest_version();
        let mut content = self.content.clone();
        content.index_secrets.retain(|(version, _)| *version == newest);
        self.replace(content, dice)
    }

    /// Seals the file under another master key.
    ///
    /// # Errors
    /// When the file cannot be written; then the old master key still opens it.
    pub fn change_master(&mut self, master: &MasterKey, dice: &mut dyn Dice) -> Result<(), SealError> {
        let before = std::mem::replace(&mut self.master, master.clone());
        let replaced = self.replace(self.content.clone(), dice);
        if replaced.is_err() {
            self.master = before;
        }
        replaced
    }

    fn replace(&mut self, mut content: Content, dice: &mut dyn Dice) -> Result<(), SealError> {
        content.generation += 1;
        let index_secrets = index_secrets_of(&content)?;
        content.write(&self.path, &self.master, dice, &self.faults)?;
        self.content = content;
        self.index_secrets = index_secrets;
        Ok(())
    }

    fn bucket(&self, fragment: FragmentId) -> &Bucket {
        &self.content.buckets[usize::from(bucket(fragment))]
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root(generation {})", self.content.generation)
    }
}

fn index_secrets_of(content: &Content) -> Result<IndexSecrets, SealError> {
    IndexSecrets::new(content.index_secrets.iter().map(|(version, key)| (*version, key)))
}

fn bucket_mut(content: &mut Content, bucket: u16) -> Result<&mut Bucket, SealError> {
    let found = content.buckets.get_mut(usize::from(bucket));
    found.ok_or(SealError::NoSuchKey { what: "bucket", number: bucket.into() })
}

fn split_wrapped(wrapped: &[u8]) -> Result<(u32, &[u8]), SealError> {
    let (head, sealed) = wrapped.split_first_chunk::<WRAPPED_HEAD_BYTES>().ok_or(SealError::CannotOpen)?;
    let [format, number @ ..] = *head;
    if format > WRAPPED_FORMAT {
        return Err(SealError::NewerFormat { found: format, known: WRAPPED_FORMAT });
    }
    Ok((u32::from_be_bytes(number), sealed))
}

#[cfg(test)]
#[path = "root_tests.rs"]
mod tests;
