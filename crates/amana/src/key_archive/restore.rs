//! Putting the keys of an archive into an older copy of a store.

use super::clear::clear;
use super::file::{ArchiveError, Reader, io};
use crate::app::App;
use crate::pipeline::Pipeline;
use amana_store::seal::{MasterKey, Ring, Root};
use amana_store::space::key;
use amana_store::{Batch, CommitError, FragmentId, KeyRange, Space, Store};
use std::collections::HashSet;
use std::path::Path;

/// How many fragments are done in one commit.
const PAGE: usize = 500;

/// What was restored.
#[derive(Clone, Copy, Debug, Default)]
pub struct RestoredKeys {
    /// Fragments that have their newest ring now.
    pub fragments: u64,
    /// Rows that no key opens any more and that were deleted: what was destroyed since the store was copied.
    pub unreadable_rows: u64,
}

/// Puts the root file of an archive into a folder. A newer one stays.
///
/// # Errors
/// When the archive is damaged or older than what is there, or the file can't be written.
pub fn restore_root_file(from: &Path, root_file: &Path, master: &MasterKey) -> Result<(), ArchiveError> {
    Reader::check(from)?;
    let reader = Reader::open(from)?;
    let new = root_file.with_extension("archived");
    write_private(&new, &reader.root_file)?;
    let archived = Root::open(&new, master)?.generation();
    if root_file.exists() {
        let here = Root::open(root_file, master)?.generation();
        if here > archived {
            std::fs::remove_file(&new).map_err(io("remove", &new))?;
            return Err(ArchiveError::OlderThanHere { here, archived });
        }
    }
    std::fs::rename(&new, root_file).map_err(io("replace", root_file))?;
    let dir = root_file.parent().unwrap_or(Path::new("."));
    std::fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(io("sync", dir))
}

/// Gives every fragment of a store its ring of the archive, and deletes what its keys do not open. Nobody else may work on
/// the store, which was opened with the archive's root file.
///
/// A ring that the archive's root file opens holds no key that was destroyed until then, or it could not be opened: it was
/// made since, as acts that were applied make people, and stays. So this can be repeated, also after that.
///
/// # Errors
/// When the archive is damaged or the store fails.
pub async fn restore(app: &App, from: &Path) -> Result<RestoredKeys, ArchiveError> {
    let mut reader = Reader::open(from)?;
    if Pipeline::position(app.store()).await? > reader.position {
        return Err(ArchiveError::OlderThanStore);
    }
    let (mut done, mut known) = (RestoredKeys::default(), HashSet::new());
    let mut page = Vec::with_capacity(PAGE);
    while let Some((fragment, wrapped)) = reader.next_ring()? {
        page.push((FragmentId::from_bytes(fragment), wrapped));
        if page.len() == PAGE {
            put_rings(app, std::mem::take(&mut page), &mut known, &mut done).await?;
        }
    }
    put_rings(app, page, &mut known, &mut done).await?;
    remove_others(app, &known).await?;
    Ok(done)
}

async fn put_rings(
    app: &App,
    page: Vec<(FragmentId, Vec<u8>)>,
    known: &mut HashSet<FragmentId>,
    done: &mut RestoredKeys,
) -> Result<(), ArchiveError> {
    let keys: Vec<_> = page.iter().map(|(id, _)| key::fragment(*id)).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let stored = app.store().get_many(Space::Fragment, &keys).await?;
    let ring_keys: Vec<_> = page.iter().map(|(id, _)| key::ring(*id)).collect();
    let there = app.store().get_many(Space::Ring, &ring_keys).await?;
    for (((id, mut wrapped), stored), there) in page.into_iter().zip(stored).zip(there) {
        // What came after the copy was made is not in it, and its keys open nothing there.
        let Some(stored) = stored else { continue };
        let mut ring: Ring = app.root().unwrap_ring(id, &wrapped)?;
        if let Some(mut newer) = there.and_then(|row| app.root().unwrap_ring(id, &row.value).ok()) {
            newer.take_in(&ring);
            ring = newer;
            wrapped = app.root().wrap_ring(id, &ring, &mut app.dice()).to_vec();
        }
        let mut batch = Batch::new();
        done.unreadable_rows += clear(app.store(), id, &ring, &stored.value, &mut batch).await?;
        batch.put(Space::Ring, key::ring(id), wrapped);
        commit(app.store(), batch).await?;
        known.insert(id);
        done.fragments += 1;
    }
    Ok(())
}

/// Fragments without a ring in the archive were erased since, unless their ring opens: what they held can't be opened, and
/// their rings go, too.
async fn remove_others(app: &App, known: &HashSet<FragmentId>) -> Result<(), ArchiveError> {
    let (store, mut range) = (app.store(), KeyRange::all());
    loop {
        let page = store.scan(Space::Ring, range.clone(), PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        range = range.after(last);
        let mut batch = Batch::new();
        for (place, row) in &page {
            let is_gone = |id| !known.contains(&id) && app.root().unwrap_ring(id, &row.value).is_err();
            if key::fragment_of_ring(place).is_some_and(is_gone) {
                batch.delete(Space::Ring, place.clone());
            }
        }
        commit(store, batch).await?;
    }
}

pub(super) async fn commit(store: &Store, batch: Batch) -> Result<(), ArchiveError> {
    store.commit(batch).await.map_err(|error| match error {
        CommitError::Store(error) => error.into(),
        CommitError::Conflict(_) => ArchiveError::Restless,
    })
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), ArchiveError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(io("write", path))
}
