//! Making an archive beside whoever works.

use super::file::{ArchiveError, Writer, beside, io};
use super::leftovers;
use crate::app::App;
use crate::pipeline::Pipeline;
use amana_store::space::key;
use amana_store::{KeyRange, Snapshot, Space};
use std::path::Path;

/// How many rings are read at a time.
const PAGE: usize = 1_000;
/// How often to begin anew when keys are destroyed meanwhile, which happens about once a second at most.
const TRIES_MAX: usize = 10;

/// What was archived.
#[derive(Clone, Copy, Debug)]
pub struct Archived {
    /// Which state of the root file.
    pub generation: u64,
    /// How many rings.
    pub rings: u64,
}

impl std::fmt::Display for Archived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "root file generation {} with {} rings", self.generation, self.rings)
    }
}

/// Writes root file and rings, as they are at one instant, in the place of an older archive.
///
/// # Errors
/// When something can't be read or written; an older archive stays then.
pub async fn archive(app: &App, root_file: &Path, to: &Path) -> Result<Archived, ArchiveError> {
    let to = std::path::absolute(to).map_err(io("name", to))?;
    leftovers::note(app.store(), Some(&beside(&to))).await?;
    let archived = write(app, root_file, &to).await;
    leftovers::note(app.store(), None).await?;
    archived
}

async fn write(app: &App, root_file: &Path, to: &Path) -> Result<Archived, ArchiveError> {
    let (generation, root_bytes, snapshot) = still(app, root_file).await?;
    let position = Pipeline::position_in(&snapshot).await?;
    let mut writer = Writer::begin(to, position, &root_bytes)?;
    let (mut range, mut rings) = (KeyRange::all(), 0);
    loop {
        let page = snapshot.scan(Space::Ring, range.clone(), PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        range = range.after(last);
        for (place, ring) in &page {
            let Some(fragment) = key::fragment_of_ring(place) else { continue };
            writer.ring(fragment.as_bytes(), &ring.value)?;
            rings += 1;
        }
    }
    drop(snapshot);
    writer.finish()?;
    Ok(Archived { generation, rings })
}

/// A root file, and rings that it opens: no key was replaced between reading the one and the other.
async fn still(app: &App, root_file: &Path) -> Result<(u64, Vec<u8>, Snapshot), ArchiveError> {
    for _ in 0..TRIES_MAX {
        let generation = app.root().generation();
        let bytes = std::fs::read(root_file).map_err(io("read", root_file))?;
        let snapshot = app.store().snapshot().await?;
        if app.root().generation() == generation {
            return Ok((generation, bytes, snapshot));
        }
    }
    Err(ArchiveError::Restless)
}
