//! Putting the keys of an archive into an older copy of a store.

use super::clear::clear;
use super::file::{ArchiveError, Reader, io};
use super::leftovers::aside;
use super::progress::Progress;
use crate::acts_log::stored_head;
use crate::app::App;
use crate::govern::Unconfirmed;
use crate::pipeline::{Pipeline, Rekeying, aside_ring};
use crate::profile::View;
use crate::server::{Config, StartError, open_app, open_store};
use amana_store::seal::{Root, SealError, bucket};
use amana_store::space::key;
use amana_store::{Batch, CommitError, FragmentId, KeyRange, Space, Store};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// How many fragments are done in one commit.
const PAGE: usize = 500;

/// What was restored.
#[derive(Clone, Copy, Debug, Default)]
pub struct RestoredKeys {
    /// The copy had taken these keys before, and nothing was done.
    pub before: bool,
    /// Fragments that have their newest ring now.
    pub fragments: u64,
    /// Rows that no key opens any more and that were deleted: what was destroyed since the store was copied.
    pub unreadable_rows: u64,
}

/// Puts the keys of an archive into a copy of an installation that nobody serves: its root file, and every fragment's ring;
/// what these do not open is deleted. Nobody knows then which acts are missing, so the copy is in doubt until they are
/// applied ([`Unconfirmed`]).
///
/// Broken off, it can be repeated; done once, repeating it does nothing.
///
/// # Errors
/// When the archive is damaged, older than the copy or than a root file that is there, or would bring back what was
/// destroyed; or something can't be read or written.
pub async fn restore_keys(config: &Config, from: &Path) -> Result<RestoredKeys, ArchiveError> {
    let sum = Reader::check(from)?;
    let root_file = config.data_dir.join("root.keys");
    let store = open_store(config).await.map_err(started)?;
    let begun = begin(&store, config, from, &root_file, sum).await;
    store.close().await;
    if !begun? {
        return Ok(RestoredKeys { before: true, ..RestoredKeys::default() });
    }
    let app = open_app(config).await.map_err(started)?;
    let restored = restore(&app, from, sum).await;
    app.store().clone().close().await;
    restored
}

fn started(error: StartError) -> ArchiveError {
    ArchiveError::Start(Box::new(error))
}

/// Puts the root file in place, and notes in the copy that its rings are to follow. False: that was done to the end before.
async fn begin(
    store: &Store,
    config: &Config,
    from: &Path,
    root_file: &Path,
    sum: [u8; 32],
) -> Result<bool, ArchiveError> {
    let reader = Reader::open(from)?;
    let progress = Progress::load(store).await?;
    match progress {
        Progress::Done(known) if known == sum => return Ok(false),
        Progress::Begun(known) if known == sum => {}
        Progress::None => {}
        _ => return Err(ArchiveError::OtherArchive),
    }
    if Pipeline::position(store).await? > reader.position {
        return Err(ArchiveError::OlderThanStore);
    }
    let master = config.master_key.place()?;
    let aside = Aside::write(root_file, &reader.root_file)?;
    let archived = Root::open_at(&aside.0, &master).map_err(|error| match error {
        SealError::WrongMasterKey { .. } => ArchiveError::OtherMasterKey { path: from.to_owned() },
        error => error.into(),
    });
    let archived = archived?.generation();
    if root_file.exists() {
        let here = Root::open_at(root_file, &master)?;
        if here.generation() > archived {
            return Err(ArchiveError::OlderThanHere { here: here.generation(), archived });
        }
        // With these very keys somebody has worked on this store, and has not come to the end.
        let pending = !here.rekeying().is_empty() || !Rekeying::noted(View::Live(store)).await?.is_empty();
        if progress == Progress::None && here.generation() == archived && pending {
            return Err(ArchiveError::KeysPending);
        }
    }
    std::fs::rename(&aside.0, root_file).map_err(io("replace", root_file))?;
    let dir = root_file.parent().unwrap_or(Path::new("."));
    std::fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(io("sync", dir))?;
    let mut batch = Batch::new();
    Progress::Begun(sum).note(&mut batch);
    if Unconfirmed::load(store).await?.is_none() {
        Unconfirmed::new(config.clock.now(), stored_head(store).await?).note(&mut batch);
    }
    commit(store, batch).await?;
    Ok(true)
}

/// The archive's root file beside the one there. It is a copy of all keys, and goes with the value unless it took the place.
struct Aside(PathBuf);

impl Aside {
    fn write(root_file: &Path, bytes: &[u8]) -> Result<Self, ArchiveError> {
        let aside = Self(aside(root_file));
        write_private(&aside.0, bytes)?;
        Ok(aside)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Gives every fragment of a store its ring of the archive, and deletes what its keys do not open. Nobody else may work on
/// the store, which was opened with the archive's root file.
///
/// A ring that the archive's root file opens may have keys that the archive's has not: both are kept. That is right for a
/// copy that nobody has worked on since it was made, which `begin` sees to.
async fn restore(app: &App, from: &Path, sum: [u8; 32]) -> Result<RestoredKeys, ArchiveError> {
    let mut reader = Reader::open(from)?;
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
    let mut batch = Batch::new();
    Progress::Done(sum).note(&mut batch);
    commit(app.store(), batch).await?;
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
        let of_aside = id == aside_ring();
        // What came after the copy was made is not in it, and its keys open nothing there.
        if stored.is_none() && !of_aside {
            continue;
        }
        let Ok(mut ring) = app.root().unwrap_ring(id, &wrapped) else {
            // It was damaged when it was archived, and must not stop everybody else's. What the copy has opens only where
            // nothing was destroyed since.
            tracing::error!(bucket = bucket(id), "a ring of the archive is damaged: the copy keeps what it has");
            known.insert(id);
            continue;
        };
        if let Some(mut newer) = there.and_then(|row| app.root().unwrap_ring(id, &row.value).ok()) {
            newer.take_in(&ring);
            ring = newer;
            wrapped = app.root().wrap_ring(id, &ring, &mut app.dice()).to_vec();
        }
        let mut batch = Batch::new();
        if let Some(stored) = stored {
            done.unreadable_rows += clear(app.store(), id, &ring, &stored.value, &mut batch).await?;
        }
        batch.put(Space::Ring, key::ring(id), wrapped);
        commit(app.store(), batch).await?;
        known.insert(id);
        done.fragments += u64::from(!of_aside);
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
