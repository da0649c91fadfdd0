//! The file.
//!
//! ```text
//! magic "AMANAKEY" | format u8 (1) | position u64 | length u32 | root file | (fragment id 16 | length u32 | wrapped ring)* |
//! sixteen zeros | SHA-256 of everything before
//! ```
//!
//! Numbers are big-endian. The position is how far the pipeline had come, by which an archive that is older than a copy of
//! the store is known: it lacks keys. The root file is sealed under the master key and the rings under keys in the root file, so the
//! file adds no seal of its own.

use amana_store::seal::SealError;
use amana_store::{Position, StoreError};
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"AMANAKEY";
const FORMAT: u8 = 1;
/// No root file and no ring is as large.
const PART_BYTES_MAX: usize = 16 << 20;
const END: [u8; 16] = [0; 16];

/// Why keys can't be archived or restored.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file can't be read or written.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was to be done.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is no key archive, or not whole.
    #[error("{} is no key archive or is damaged: {why}; take another copy of it", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: &'static str,
    },
    /// Keys were destroyed again and again while the archive was made.
    #[error("keys were replaced all the time while the archive was made: try again")]
    Restless,
    /// The installation has newer keys than the archive.
    #[error(
        "the root file in this folder is newer (generation {here}) than the archive (generation {archived}): what was \
         destroyed in between would come back; take the newest archive"
    )]
    OlderThanHere {
        /// Of the root file that is there.
        here: u64,
        /// Of the archive's.
        archived: u64,
    },
    /// The archive was made under another master key.
    #[error(
        "{} is sealed under another master key than there is here: put that of the time when the archive was made in \
         place, or take an archive that was made since the master key was changed",
        path.display()
    )]
    OtherMasterKey {
        /// The archive.
        path: PathBuf,
    },
    /// The copy has taken the keys of another archive.
    #[error(
        "this copy of the store has taken the keys of another archive already: make a new copy and begin with that"
    )]
    OtherArchive,
    /// Destroyed keys have not gone yet.
    #[error(
        "keys that were destroyed in this store have not gone for good, and the archive would bring them back: let `amana \
         serve` finish, or begin with a copy of the store and an empty folder"
    )]
    KeysPending,
    /// Restoring was broken off.
    #[error("restoring the keys was broken off: repeat `amana key restore` with the same archive")]
    HalfRestored,
    /// The installation can't be opened.
    #[error(transparent)]
    Start(Box<crate::server::StartError>),
    /// The archive was made before the copy of the store.
    #[error(
        "the archive was made before this copy of the store: keys that were made in between are not in it; take a newer \
         archive or an older copy"
    )]
    OlderThanStore,
    /// Keys.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ArchiveError {
    let path = path.to_owned();
    move |source| ArchiveError::Io { action, path, source }
}

/// Where the next content is written before it takes the file's place.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// An archive being written. Until it is finished the one before stays.
pub(super) struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    finished: bool,
}

impl Drop for Writer {
    /// Half an archive is a copy of keys that nobody would look for.
    fn drop(&mut self) {
        if !self.finished {
            let _ = std::fs::remove_file(beside(&self.path));
        }
    }
}

impl Writer {
    pub(super) fn begin(path: &Path, position: Position, root_file: &[u8]) -> Result<Self, ArchiveError> {
        let new = beside(path);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new);
        let file = BufWriter::new(file.map_err(io("write", &new))?);
        let mut writer = Self { path: path.to_owned(), file, hash: Sha256::new(), finished: false };
        writer.put(MAGIC)?;
        writer.put(&[FORMAT])?;
        writer.put(&position.0.to_be_bytes())?;
        writer.put_part(root_file)?;
        Ok(writer)
    }

    pub(super) fn ring(&mut self, fragment: &[u8; 16], wrapped: &[u8]) -> Result<(), ArchiveError> {
        self.put(fragment)?;
        self.put_part(wrapped)
    }

    /// Puts the archive in the place of the one before.
    pub(super) fn finish(mut self) -> Result<(), ArchiveError> {
        self.put(&END)?;
        let sum: [u8; 32] = self.hash.clone().finalize().into();
        self.put(&sum)?;
        let new = beside(&self.path);
        self.file.flush().map_err(io("write", &new))?;
        self.file.get_ref().sync_all().map_err(io("sync", &new))?;
        std::fs::rename(&new, &self.path).map_err(io("replace", &self.path))?;
        self.finished = true;
        let dir = self.path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match File::open(dir).and_then(|dir| dir.sync_all()) {
            // Object stores have nothing to sync about a folder.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
            done => done.map_err(io("sync", dir)),
        }
    }

    fn put_part(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.put(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes())?;
        self.put(bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.hash.update(bytes);
        self.file.write_all(bytes).map_err(io("write", &beside(&self.path)))
    }
}

/// The id of a fragment, and its wrapped ring.
pub(super) type ArchivedRing = ([u8; 16], Vec<u8>);

/// An archive being read.
pub(super) struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    hash: Sha256,
    pub(super) position: Position,
    pub(super) root_file: Vec<u8>,
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Self, ArchiveError> {
        let file = BufReader::new(File::open(path).map_err(io("read", path))?);
        let position = Position(0);
        let mut reader = Self { path: path.to_owned(), file, hash: Sha256::new(), position, root_file: Vec::new() };
        if reader.take::<8>()? != *MAGIC {
            return Err(reader.damaged("it does not begin as one"));
        }
        if reader.take::<1>()? != [FORMAT] {
            return Err(reader.damaged("it has a format that this program does not know"));
        }
        reader.position = Position(u64::from_be_bytes(reader.take::<8>()?));
        reader.root_file = reader.part()?;
        Ok(reader)
    }

    /// Reads to the end and says whether it is whole; answers its sum, which names it.
    pub(super) fn check(path: &Path) -> Result<[u8; 32], ArchiveError> {
        let mut reader = Self::open(path)?;
        while reader.next_ring()?.is_some() {}
        Ok(reader.hash.finalize().into())
    }

    /// The next ring; none at the end, which must be the end of what was written.
    pub(super) fn next_ring(&mut self) -> Result<Option<ArchivedRing>, ArchiveError> {
        let fragment = self.take::<16>()?;
        if fragment != END {
            return Ok(Some((fragment, self.part()?)));
        }
        let sum: [u8; 32] = self.hash.clone().finalize().into();
        if self.take::<32>()? == sum { Ok(None) } else { Err(self.damaged("its checksum does not fit")) }
    }

    fn part(&mut self) -> Result<Vec<u8>, ArchiveError> {
        let length = u32::from_be_bytes(self.take::<4>()?) as usize;
        if length > PART_BYTES_MAX {
            return Err(self.damaged("a part of it is too long"));
        }
        let mut bytes = vec![0; length];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], ArchiveError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), ArchiveError> {
        match self.file.read_exact(bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(self.damaged("it breaks off")),
            Err(error) => return Err(io("read", &self.path)(error)),
        }
        self.hash.update(bytes);
        Ok(())
    }

    fn damaged(&self, why: &'static str) -> ArchiveError {
        ArchiveError::Damaged { path: self.path.clone(), why }
    }
}
