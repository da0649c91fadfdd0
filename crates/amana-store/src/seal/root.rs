//! The root of all keys of an installation.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwap;

use super::{
    IndexSecrets, MasterKey, MasterKeyPlace, SealError,
    in_use::{Guard, InUse},
    key::SecretKey,
    root_file::Content,
};
use crate::{dice::Dice, faults::Faults};

/// How many bucket keys wrap the rings. With 4,096 of them, rekeying one bucket re-wraps 1 ring in 4,096.
pub const BUCKETS: usize = 4_096;

/// The open root file. It lies in the data folder, for PostgreSQL too, and never in the store.
///
/// Many read it while one changes it. Each change writes the whole file anew and counts only when the file is durable; when
/// that fails, nothing has changed in memory either. A change waits for the disk, so it is not for a thread of the reactor.
pub struct Root {
    path: PathBuf,
    /// What readers see; replaced as a whole.
    pub(super) state: ArcSwap<State>,
    /// Whoever changes the file holds it. `None`: opened for reading only.
    pub(super) writer: Mutex<Option<Writer>>,
    journal_writers: InUse,
    pub(super) ring_writers: InUse,
    /// By bucket: the number of the key under which all its rings are known to be wrapped.
    rewrapped: Mutex<BTreeMap<u16, u32>>,
    pub(super) faults: Faults,
}

/// What the file is sealed with, and where that is kept.
pub(super) struct Writer {
    pub(super) master: MasterKey,
    pub(super) place: MasterKeyPlace,
}

/// The content of the file, and what is handed out of it.
pub(super) struct State {
    pub(super) content: Content,
    system: Arc<SecretKey>,
    index_secrets: Arc<IndexSecrets>,
    /// Ascending by epoch.
    journal: Vec<(u32, Arc<SecretKey>)>,
    journal_newest: (u32, Arc<SecretKey>),
}

/// The key to write to the journal with. As long as it lives, its epoch counts as in use
/// ([`Root::journal_epochs_in_use`]); it goes along with the append ([`crate::Store::append_holding`]), which may happen
/// even after whoever asked for it has gone.
pub struct JournalKey {
    epoch: u32,
    key: Arc<SecretKey>,
    _guard: Guard,
}

/// What can be told of a root file without telling a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootSummary {
    /// Raised with each replacement of the file.
    pub generation: u64,
    /// Buckets whose rekeying is not finished.
    pub rekeying: Vec<u16>,
    /// The epochs of the journal that can be read, ascending.
    pub journal_epochs: Vec<u32>,
    /// The versions of the index secrets, ascending.
    pub index_secret_versions: Vec<u8>,
}

impl Root {
    /// Opens a root file for reading: every change is refused. The file is always whole, so a tool may read it beside the
    /// process that changes it, and needs no lock; it sees the file as it was when it opened it.
    ///
    /// # Errors
    /// [`SealError::WrongMasterKey`], a newer format, damage, or when the file is not there.
    pub fn open(path: &Path, master: &MasterKey) -> Result<Self, SealError> {
        Self::with(path, None, Content::read(path, master)?, Faults::none())
    }

    /// The same with whichever key opens it, the one in force or one that waits to take its place.
    ///
    /// # Errors
    /// As with [`Root::open`], or when no key can be read.
    pub fn open_at(path: &Path, place: &MasterKeyPlace) -> Result<Self, SealError> {
        Self::with(path, None, place.open(path)?.1, Faults::none())
    }

    /// Opens a root file, or makes it with new keys when it is not there. Its master key cannot be changed.
    ///
    /// Whoever calls this must be the only one who does (who holds the store is), and must know that a missing file is a
    /// new installation: new keys open nothing that is stored.
    ///
    /// # Errors
    /// As with [`Root::open`], or when the file cannot be written.
    pub fn open_or_create(path: &Path, master: &MasterKey, dice: &mut dyn Dice) -> Result<Self, SealError> {
        Self::open_or_create_with(path, given(master), dice, Faults::none())
    }

    /// The same with the master key that is kept somewhere, where it can be changed. A change that was broken off after
    /// the root file was sealed under the new key is finished; before that the old key goes on.
    ///
    /// # Errors
    /// As with [`Root::open_or_create`], or when no key can be read.
    pub fn open_or_create_at(path: &Path, place: MasterKeyPlace, dice: &mut dyn Dice) -> Result<Self, SealError> {
        Self::open_or_create_with(path, place, dice, Faults::none())
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
        Self::open_or_create_with(path, given(master), dice, faults)
    }

    pub(super) fn open_or_create_with(
        path: &Path,
        place: MasterKeyPlace,
        dice: &mut dyn Dice,
        faults: Faults,
    ) -> Result<Self, SealError> {
        let (master, content) = if path.exists() {
            place.open(path)?
        } else {
            let (master, content) = (place.key_or_create(dice)?, Content::random(dice));
            content.write(path, &master, dice, &faults)?;
            (master, content)
        };
        place.finish(&master, &faults)?;
        Self::with(path, Some(Writer { master, place }), content, faults)
    }

    fn with(path: &Path, writer: Option<Writer>, content: Content, faults: Faults) -> Result<Self, SealError> {
        Ok(Self {
            path: path.to_path_buf(),
            state: ArcSwap::from_pointee(State::new(content)?),
            writer: Mutex::new(writer),
            journal_writers: InUse::new(),
            ring_writers: InUse::new(),
            rewrapped: Mutex::default(),
            faults,
        })
    }

    /// Raised with each replacement of the file: a backup says which one belongs to it.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.state.load().content.generation
    }

    /// What can be told of it.
    #[must_use]
    pub fn summary(&self) -> RootSummary {
        let state = self.state.load();
        RootSummary {
            generation: state.content.generation,
            rekeying: state.content.rekeying(),
            journal_epochs: state.journal.iter().map(|(epoch, _)| *epoch).collect(),
            index_secret_versions: state.content.index_secrets.iter().map(|(version, _)| *version).collect(),
        }
    }

    /// The key for what belongs to no person.
    #[must_use]
    pub fn system_key(&self) -> Arc<SecretKey> {
        Arc::clone(&self.state.load().system)
    }

    /// The secrets of the identifier index.
    #[must_use]
    pub fn index_secrets(&self) -> Arc<IndexSecrets> {
        Arc::clone(&self.state.load().index_secrets)
    }

    /// The newest epoch of the journal and its key, to write with.
    #[must_use]
    pub fn journal_writer(&self) -> JournalKey {
        let take = || {
            let (epoch, key) = &self.state.load().journal_newest;
            (u64::from(*epoch), (*epoch, Arc::clone(key)))
        };
        let (guard, (epoch, key)) = self.journal_writers.hold(take);
        JournalKey { epoch, key, _guard: guard }
    }

    /// The oldest epoch of the journal under which a record may still be appended; `None` when nobody writes. Once it is
    /// `None` or not below an epoch that was begun, no record of an older epoch can come any more: what the journal's
    /// log holds then is all there will ever be of it.
    #[must_use]
    pub fn journal_epochs_in_use(&self) -> Option<u32> {
        self.journal_writers.oldest().map(|epoch| u32::try_from(epoch).unwrap_or(u32::MAX))
    }

    /// Waits until no record of an epoch before this one can come any more.
    pub async fn journal_epochs_out_of_use_before(&self, epoch: u32) {
        self.journal_writers.gone_before(epoch.into()).await;
    }

    /// The key of an epoch of the journal.
    ///
    /// # Errors
    /// [`SealError::NoSuchKey`] when the epoch was forgotten: what was written in it cannot be read any more, as intended.
    pub fn journal_key(&self, epoch: u32) -> Result<Arc<SecretKey>, SealError> {
        let state = self.state.load();
        let found = state.journal.iter().find(|(number, _)| *number == epoch);
        found.map(|(_, key)| Arc::clone(key)).ok_or(SealError::NoSuchKey { what: "journal key", number: epoch })
    }

    /// The buckets that have an old key still: a rekeying that is not finished, perhaps since before a crash.
    #[must_use]
    pub fn rekeying(&self) -> Vec<u16> {
        self.state.load().content.rekeying()
    }

    /// Replaces the file with what `change` makes of its content, if it says that it has changed something.
    pub(super) fn change(
        &self,
        dice: &mut dyn Dice,
        change: impl FnOnce(&mut Content, &mut dyn Dice) -> Result<bool, SealError>,
    ) -> Result<(), SealError> {
        let writer = lock(&self.writer);
        let master = &writer.as_ref().ok_or_else(|| self.read_only())?.master;
        let mut content = self.state.load().content.clone();
        if change(&mut content, dice)? { self.replace(content, master, dice) } else { Ok(()) }
    }

    /// For whoever holds the writer's lock.
    pub(super) fn replace(
        &self,
        mut content: Content,
        master: &MasterKey,
        dice: &mut dyn Dice,
    ) -> Result<(), SealError> {
        content.generation += 1;
        let state = State::new(content)?;
        state.content.write(&self.path, master, dice, &self.faults)?;
        self.state.store(Arc::new(state));
        Ok(())
    }

    pub(super) fn read_only(&self) -> SealError {
        SealError::ReadOnly { path: self.path.clone() }
    }

    /// By bucket: the number of the key under which all its rings are known to be wrapped.
    pub(super) fn rewrapped(&self) -> MutexGuard<'_, BTreeMap<u16, u32>> {
        lock(&self.rewrapped)
    }
}

impl State {
    fn new(content: Content) -> Result<Self, SealError> {
        let secrets = IndexSecrets::new(content.index_secrets.iter().map(|(version, key)| (*version, key)))?;
        let journal: Vec<_> = content.journal.iter().map(|(epoch, key)| (*epoch, Arc::new(key.clone()))).collect();
        let newest = journal.last().cloned().ok_or(SealError::NoSuchKey { what: "journal key", number: 0 })?;
        Ok(Self {
            system: Arc::new(content.system.clone()),
            index_secrets: Arc::new(secrets),
            journal,
            journal_newest: newest,
            content,
        })
    }
}

impl JournalKey {
    /// The epoch, which stands in the record.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The key that seals the record.
    #[must_use]
    pub fn key(&self) -> &SecretKey {
        &self.key
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root(generation {})", self.generation())
    }
}

impl fmt::Debug for JournalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JournalKey(epoch {})", self.epoch)
    }
}

fn given(master: &MasterKey) -> MasterKeyPlace {
    MasterKeyPlace::Given { key: master.clone(), next: None, next_from: "nowhere" }
}

/// A panic leaves nothing half-done behind these locks: what they guard is replaced in one go.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "root_tests.rs"]
mod tests;
