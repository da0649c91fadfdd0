//! Applying shipped acts to a store that is older than they are: the step of a restore after which no consent is in force
//! that was taken back since. Each record goes into the store's own log as it is, in the commit of what it changes, so
//! being stopped and running again does nothing twice.

use super::cursor;
use super::entry::{ActOf, LogEntry};
use super::error::ActsError;
use super::head::Head;
use super::incoming::Incoming;
use super::record::Record;
use super::verify::verify;
use crate::app::App;
use crate::govern::{Unconfirmed, restore_catalog};
use crate::pipeline::{Pipeline, PipelineError};
use amana_store::{Batch, StoreError};
use bytes::Bytes;
use std::path::Path;

/// How many acts are applied in one commit.
const COMMIT_ACTS: usize = 1_000;

/// What applying has done.
#[derive(Clone, Copy, Debug, Default)]
pub struct AppliedActs {
    /// Acts that the store did not have.
    pub acts: u64,
    /// Versions of the catalogue that it did not have.
    pub catalogs: u64,
    /// Fragments that stand under other index keys since.
    pub moved: u64,
    /// Records of the journal that were received before the copy was made, whose keys are gone.
    pub journal_passed: u64,
    /// Where the log ends now.
    pub head: Head,
}

/// Why acts could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The folder.
    #[error(transparent)]
    Acts(#[from] ActsError),
    /// People's state.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is nothing in the folder.
    #[error("there are no acts in this folder: is the disk mounted?")]
    Empty,
    /// The head that was noted is older than the store.
    #[error(
        "the head names record {wanted}, and the copy already knew {knows}: it was noted before the copy was made and says \
         nothing of what came after; name a later one, or apply with --without-head"
    )]
    HeadTooOld {
        /// What the head names.
        wanted: u64,
        /// What the store knew.
        knows: u64,
    },
    /// The folder begins later than the store ends.
    #[error(
        "the folder begins at record {begins}, and the store knows only {knows}: the records between them are needed too; \
         apply the folder that was used before first"
    )]
    Gap {
        /// Where the folder begins.
        begins: u64,
        /// What the store knows.
        knows: u64,
    },
}

/// Applies every act of a folder that the store does not have, and lets the pipeline destroy what they no longer hold.
/// Nobody else may work on the store. `tell` hears how many records are done.
///
/// The folder must go as far as `reach`, which was noted elsewhere: a folder whose end was cut off is whole in itself, and
/// what was withdrawn last would be in force again. Without it the store is left in doubt ([`Unconfirmed`]).
///
/// # Errors
/// When the folder is damaged, too short or of another history, or the store fails. What was applied until then stays
/// applied; of a folder that is too short nothing is.
pub async fn apply(
    app: &App,
    pipeline: &mut Pipeline,
    dir: &Path,
    reach: Option<Head>,
    mut tell: impl FnMut(u64),
) -> Result<AppliedActs, ApplyError> {
    let mut applied = AppliedActs::default();
    reaches(app, dir, reach).await?;
    let mut incoming = Missing::of(app, dir).await?;
    let known = incoming.known;
    applied.journal_passed = pipeline.pass_unreadable().await?;
    let mut acts: Vec<(Bytes, ActOf)> = Vec::new();
    while let Some((bytes, entry)) = incoming.next(app)? {
        match entry {
            LogEntry::Act(of) => {
                acts.push((bytes, *of));
                applied.acts += 1;
            }
            LogEntry::Catalog(change) => {
                pipeline.replay(std::mem::take(&mut acts)).await?;
                restore_catalog(app, &change, bytes).await?;
                applied.catalogs += 1;
            }
            LogEntry::Moved(moved) => {
                pipeline.replay(std::mem::take(&mut acts)).await?;
                applied.moved += pipeline.replay_moves(bytes, &moved).await?;
            }
        }
        if acts.len() >= COMMIT_ACTS {
            pipeline.replay(std::mem::take(&mut acts)).await?;
            tell(applied.acts + applied.catalogs);
        }
    }
    pipeline.replay(acts).await?;
    applied.head = app.acts().head().await?;
    if applied.head != known {
        cursor::remember(app.store(), Some(applied.head)).await?;
    }
    pipeline.work_to_the_end().await?;
    match reach {
        Some(_) => Unconfirmed::dispel(app.store()).await?,
        None => doubt(app, known).await?,
    }
    Ok(applied)
}

/// Whether a folder goes as far as it should, and that is not less far than the store went already.
async fn reaches(app: &App, dir: &Path, reach: Option<Head>) -> Result<(), ApplyError> {
    let Some(wanted) = reach else { return Ok(()) };
    if let Some(doubt) = Unconfirmed::load(app.store()).await?
        && wanted.next < doubt.acts().next
    {
        return Err(ApplyError::HeadTooOld { wanted: wanted.next, knows: doubt.acts().next });
    }
    if Incoming::open(dir)?.is_empty() {
        return Err(ApplyError::Empty);
    }
    let dir = dir.to_owned();
    let verified = tokio::task::spawn_blocking(move || verify(&dir, None, Some(wanted))).await;
    verified.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
    Ok(())
}

/// Notes that nobody knows whether these were all acts.
async fn doubt(app: &App, known: Head) -> Result<(), ApplyError> {
    if Unconfirmed::load(app.store()).await?.is_none() {
        let mut batch = Batch::new();
        Unconfirmed::new(app.now(), known).note(&mut batch);
        app.store().commit(batch).await.map_err(PipelineError::of_commit)?;
    }
    Ok(())
}

/// The records of a folder that a store does not have.
struct Missing {
    incoming: Incoming,
    dir: std::path::PathBuf,
    known: Head,
}

impl Missing {
    async fn of(app: &App, dir: &Path) -> Result<Self, ApplyError> {
        let known = app.acts().head().await?;
        let incoming = Incoming::open_from(dir, known.next.saturating_sub(1))?;
        if incoming.is_empty() {
            return Err(ApplyError::Empty);
        }
        Ok(Self { incoming, dir: dir.to_owned(), known })
    }

    fn next(&mut self, app: &App) -> Result<Option<(Bytes, LogEntry)>, ApplyError> {
        while let Some((before, bytes)) = self.incoming.next_record()? {
            if before.next > self.known.next {
                return Err(ApplyError::Gap { begins: before.next, knows: self.known.next });
            }
            let after = before.after(&bytes);
            let parted = before.next == self.known.next && before != self.known;
            if parted || after.next == self.known.next && after != self.known {
                return Err(ActsError::OtherHistory { path: self.dir.clone(), record: before.next }.into());
            }
            if before.next < self.known.next {
                continue;
            }
            let entry = Record::read(&bytes).and_then(|record| record.open(app.acts().keys()));
            let entry = entry.map_err(|wrong| ActsError::damaged(&self.dir, before.next, wrong))?;
            self.known = after;
            return Ok(Some((bytes.into(), entry)));
        }
        Ok(None)
    }
}
