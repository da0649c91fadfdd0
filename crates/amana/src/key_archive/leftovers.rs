//! Copies of keys that a process left lying when it was killed: found and removed at the next start.

use amana_store::space::key;
use amana_store::{Batch, CommitError, Space, Store, StoreError};
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Where an archive is being written.
const WRITING: &str = "key_archive/writing";

/// Where the root file of an archive is written before it takes the place of the one there.
pub(super) fn aside(root_file: &Path) -> PathBuf {
    root_file.with_extension("archived")
}

/// Notes where an archive is being written; none: nowhere any more.
pub(super) async fn note(store: &Store, file: Option<&Path>) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    match file {
        Some(file) => batch.put(Space::Cursor, key::cursor(WRITING), file.as_os_str().as_bytes().to_vec()),
        None => batch.delete(Space::Cursor, key::cursor(WRITING)),
    };
    store.commit(batch).await.map_err(|error| match error {
        CommitError::Store(error) => error,
        CommitError::Conflict(_) => StoreError::Invalid("a commit without expectations met a conflict".into()),
    })
}

/// Removes what was left. Whoever holds the store calls this: nobody else is writing there then.
///
/// # Errors
/// When the store can't be read or written. A file that can't be removed is told, and tried again at the next start.
pub async fn remove_leftovers(store: &Store, root_file: &Path) -> Result<(), StoreError> {
    remove(&aside(root_file));
    if let Some(row) = store.get(Space::Cursor, key::cursor(WRITING)).await?
        && remove(Path::new(OsStr::from_bytes(&row.value)))
    {
        note(store, None).await?;
    }
    Ok(())
}

fn remove(file: &Path) -> bool {
    match std::fs::remove_file(file) {
        Ok(()) => {
            tracing::warn!(file = %file.display(), "a copy of keys that was left lying is removed");
            true
        }
        Err(error) if error.kind() == ErrorKind::NotFound => true,
        Err(error) => {
            tracing::error!(file = %file.display(), %error, "a copy of keys was left lying and cannot be removed");
            false
        }
    }
}
