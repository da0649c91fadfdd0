//! The disk below the embedded engine: its free space, its folders.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use super::log::is_no_space;
use crate::error::StoreError;

/// The file system that the store lies on.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    pub(crate) dir: PathBuf,
    pub(crate) floor_bytes: u64,
}

impl Disk {
    /// Bytes that this process may still use.
    pub(crate) fn free_bytes(&self) -> Result<u64, StoreError> {
        let answer = rustix::fs::statvfs(&self.dir)
            .map_err(|error| StoreError::io("ask for the free space of", &self.dir)(io::Error::from(error)))?;
        Ok(answer.f_bavail.saturating_mul(answer.f_frsize))
    }

    /// Refuses to write below the floor. The floor leaves the LSM tree room to finish what it has begun, for its own
    /// writing cannot be undone.
    pub(crate) fn check_floor(&self) -> Result<(), StoreError> {
        let free = self.free_bytes()?;
        if free < self.floor_bytes {
            return Err(StoreError::DiskFull { free, floor: self.floor_bytes, path: self.dir.clone() });
        }
        Ok(())
    }

    /// "No space left" becomes [`StoreError::DiskFull`], anything else stays what it is.
    pub(crate) fn full_or(&self, error: io::Error, action: &'static str, path: &Path) -> StoreError {
        if !is_no_space(&error) {
            return StoreError::io(action, path)(error);
        }
        let free = self.free_bytes().unwrap_or(0);
        StoreError::DiskFull { free, floor: self.floor_bytes, path: path.to_path_buf() }
    }
}

/// Takes the folder for this process. The lock ends with the process, however it ends.
pub(crate) fn lock_dir(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(StoreError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(StoreError::Locked { place: format!("the folder {}", dir.display()) })
        }
        Err(std::fs::TryLockError::Error(error)) => Err(StoreError::io("lock", &path)(error)),
    }
}
