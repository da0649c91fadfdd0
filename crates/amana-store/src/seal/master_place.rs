//! Where the master key is kept, and how it is changed there.
//!
//! A change overlaps old and new: the new key is durable before the root file is sealed under it, and the old one stays
//! until the root file is. So one of both opens the root file after a crash at any moment.

use std::path::{Path, PathBuf};

use super::{
    MasterKey, Root, SealError,
    root::{Writer, lock},
    root_file::Content,
};
use crate::{dice::Dice, durable_file, faults::Faults};

/// Where the master key of an installation is kept.
#[derive(Clone, Debug)]
pub enum MasterKeyPlace {
    /// A file. While the key is changed, the new one lies beside it in a file whose name ends in `.next`; what is a link
    /// is changed where it points to.
    File(PathBuf),
    /// Given by whoever started this program, which cannot change it there: the new key has to be given beside the old
    /// one before it can take its place.
    Given {
        /// The key.
        key: MasterKey,
        /// The key that is to take its place, or has.
        next: Option<MasterKey>,
        /// The name by which `next` is given, for messages.
        next_from: &'static str,
    },
}

/// How a master key stands that may be about to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MasterStanding {
    /// There is one.
    One,
    /// A new one waits; the root file is sealed under the old one.
    NextWaits,
    /// The root file is sealed under the new one, and the old one is still given.
    NextInForce,
}

/// What a change of the master key has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterChanged {
    /// The generation of the root file that is sealed under the new key.
    pub generation: u64,
    /// The file that the new key is in; none: it was given.
    pub file: Option<PathBuf>,
}

impl MasterKeyPlace {
    /// Opens a root file with the key in force, or with the one that waits to take its place.
    pub(super) fn open(&self, root_file: &Path) -> Result<(MasterKey, Content), SealError> {
        let mut refused = None;
        for key in self.keys()? {
            match Content::read(root_file, &key) {
                Ok(content) => return Ok((key, content)),
                Err(error @ SealError::WrongMasterKey { .. }) => refused = refused.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        Err(refused.unwrap_or_else(|| SealError::WrongMasterKey { path: root_file.to_owned() }))
    }

    /// The key for a new root file.
    pub(super) fn key_or_create(&self, dice: &mut dyn Dice) -> Result<MasterKey, SealError> {
        match self {
            Self::File(path) => MasterKey::from_file_or_create(path, dice),
            Self::Given { key, .. } => Ok(key.clone()),
        }
    }

    /// The keys that may open the root file, at least one.
    fn keys(&self) -> Result<Vec<MasterKey>, SealError> {
        match self {
            Self::File(path) => {
                let next = next_of(path);
                let waiting = if next.exists() { MasterKey::from_file(&next).ok() } else { None };
                match (MasterKey::from_file(path), waiting) {
                    (Ok(key), waiting) => Ok([key].into_iter().chain(waiting).collect()),
                    (Err(_), Some(waiting)) => Ok(vec![waiting]),
                    (Err(error), None) => Err(error),
                }
            }
            Self::Given { key, next, .. } => Ok([key.clone()].into_iter().chain(next.clone()).collect()),
        }
    }

    /// Makes the new key durable beside the old one and returns it. One that waits there since a change was broken off is
    /// taken up, never overwritten: the root file may be sealed under it already.
    pub(super) fn prepare(
        &self,
        current: &MasterKey,
        new: Option<&MasterKey>,
        dice: &mut dyn Dice,
        faults: &Faults,
    ) -> Result<MasterKey, SealError> {
        match self {
            Self::File(path) => prepare_file(&next_of(path), current, new, dice, faults),
            Self::Given { next, next_from, .. } => match next {
                None => Err(SealError::NoNextMasterKey { name: next_from }),
                Some(next) if new.is_some_and(|new| new != next) => {
                    Err(SealError::OtherMasterKeyWaits { place: (*next_from).to_owned() })
                }
                Some(next) if next == current => Err(SealError::MasterKeyInForce),
                Some(next) => Ok(next.clone()),
            },
        }
    }

    /// Puts the new key in the place of the old one, now that the root file is sealed under it. Done again it does nothing.
    pub(super) fn finish(&self, current: &MasterKey, faults: &Faults) -> Result<(), SealError> {
        let Self::File(path) = self else { return Ok(()) };
        let next = next_of(path);
        if next.exists() && MasterKey::from_file(&next).is_ok_and(|waiting| waiting == *current) {
            durable_file::rename(&next, &real(path), faults)?;
        }
        Ok(())
    }

    /// How it stands for a root file that is sealed under this key.
    pub(super) fn standing(&self, current: &MasterKey) -> MasterStanding {
        match self {
            Self::File(path) if next_of(path).exists() => MasterStanding::NextWaits,
            Self::Given { next: Some(next), .. } if next == current => MasterStanding::NextInForce,
            Self::Given { next: Some(_), .. } => MasterStanding::NextWaits,
            Self::File(_) | Self::Given { .. } => MasterStanding::One,
        }
    }
}

impl Root {
    /// Seals the file under another master key, which is made unless it is named or waits already, and keeps that in the
    /// place of the old one. Whoever reads and writes goes on meanwhile. Broken off, it can be repeated.
    ///
    /// # Errors
    /// [`SealError::MasterKeyInForce`], [`SealError::OtherMasterKeyWaits`], [`SealError::NoNextMasterKey`]; or when a file
    /// cannot be written: then the old master key or the new one opens the file, and both are kept.
    pub fn change_master(&self, new: Option<&MasterKey>, dice: &mut dyn Dice) -> Result<MasterChanged, SealError> {
        let mut writer = lock(&self.writer);
        let Writer { master, place } = writer.as_mut().ok_or_else(|| self.read_only())?;
        let new = place.prepare(master, new, dice, &self.faults)?;
        self.replace(self.state.load().content.clone(), &new, dice)?;
        *master = new;
        place.finish(master, &self.faults)?;
        let file = if let MasterKeyPlace::File(path) = place { Some(path.clone()) } else { None };
        Ok(MasterChanged { generation: self.generation(), file })
    }

    /// How the master key stands. Of a file that was opened for reading only nothing is known.
    #[must_use]
    pub fn master_standing(&self) -> MasterStanding {
        let writer = lock(&self.writer);
        writer.as_ref().map_or(MasterStanding::One, |writer| writer.place.standing(&writer.master))
    }
}

fn prepare_file(
    next: &Path,
    current: &MasterKey,
    new: Option<&MasterKey>,
    dice: &mut dyn Dice,
    faults: &Faults,
) -> Result<MasterKey, SealError> {
    if next.exists() {
        let waiting = MasterKey::from_file(next)?;
        return match new {
            Some(new) if *new != waiting => Err(SealError::OtherMasterKeyWaits { place: next.display().to_string() }),
            _ => Ok(waiting),
        };
    }
    let key = new.cloned().unwrap_or_else(|| MasterKey::random(dice));
    if key == *current {
        return Err(SealError::MasterKeyInForce);
    }
    let mut line = key.to_text();
    line.push('\n');
    durable_file::replace(next, line.as_bytes(), faults)?;
    Ok(key)
}

/// Where a new key waits.
fn next_of(path: &Path) -> PathBuf {
    let mut name = real(path).into_os_string();
    name.push(".next");
    name.into()
}

/// A key file may be a link to where keys are kept: what is changed is what it points to, and both keys lie there.
fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
#[path = "master_place_tests.rs"]
mod tests;
