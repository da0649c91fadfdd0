//! Files whose names and contents survive a crash.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use crate::{
    error::StoreError,
    faults::{CallFault, Faults, Step},
};

/// Makes names in a folder durable: new files, renamed ones and removed ones.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(StoreError::io("sync the folder", dir))
}

/// The folder that a file lies in.
pub(crate) fn dir_of(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Where a file's new content is written before it takes the file's place.
pub(crate) fn temporary_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// Writes a file that only its owner may read, and makes its content durable, though not yet its name.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(StoreError::io("write", path))
}

/// Replaces a private file: after a crash at any moment the file has either its old or its new content, complete.
pub(crate) fn replace(path: &Path, bytes: &[u8], faults: &Faults) -> Result<(), StoreError> {
    let temporary = temporary_of(path);
    let step = |step| faults.call(step).map_err(|fault: CallFault| fault.into_error("replace", path));
    if let Err(error) = step(Step::ReplaceWrite) {
        // As after a crash in the middle of writing.
        write_private(&temporary, &bytes[..bytes.len() / 2])?;
        return Err(error);
    }
    write_private(&temporary, bytes)?;
    step(Step::ReplaceRename)?;
    std::fs::rename(&temporary, path).map_err(StoreError::io("replace", path))?;
    step(Step::ReplaceSync)?;
    sync_dir(dir_of(path))
}

/// Puts a file that is durable in the place of another: after a crash at any moment one of both is there, or both.
pub(crate) fn rename(from: &Path, to: &Path, faults: &Faults) -> Result<(), StoreError> {
    let step = |step| faults.call(step).map_err(|fault: CallFault| fault.into_error("replace", to));
    step(Step::ReplaceRename)?;
    std::fs::rename(from, to).map_err(StoreError::io("replace", to))?;
    step(Step::ReplaceSync)?;
    sync_dir(dir_of(to))
}
