//! Before anything is served: a store that is older than the acts shipped from it must not start, for consents that were
//! taken back since would be in force again.

use super::cursor::{self, Shipped};
use super::error::{ActsError, Wrong};
use super::head::Head;
use super::log::ActsLog;
use super::record::Record;
use super::segment::{Segment, list};
use super::ship::oldest;
use std::path::{Path, PathBuf};

/// Where acts are shipped to.
#[derive(Clone, Debug, Default)]
pub struct ActsShipping {
    /// The folder; none: they are not shipped.
    pub dir: Option<PathBuf>,
    /// Whether the folder may be empty though acts were shipped before: another one takes its place.
    pub anew: bool,
    /// Whether acts are shipped no longer, though they were.
    pub end: bool,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum StartRefused {
    /// Acts were shipped before, and now no folder is named.
    #[error(
        "acts of this installation were shipped up to record {shipped}, and no folder is named now: a restored store could \
         not be told from the newest. Name the folder with --ship-acts, or end it for good with --no-ship-acts"
    )]
    NotNamed {
        /// How many were shipped.
        shipped: u64,
    },
    /// The folder is empty though acts were shipped before.
    #[error(
        "{} is empty, and acts of this installation were shipped up to record {shipped}: is the disk mounted? To go on in \
         an empty folder start once with --ship-acts-anew", dir.display()
    )]
    Empty {
        /// The folder.
        dir: PathBuf,
        /// How many were shipped.
        shipped: u64,
    },
    /// The folder can't be read, or does not belong to this store.
    #[error(transparent)]
    Acts(#[from] ActsError),
}

/// Whether serving may begin.
///
/// # Errors
/// When the store is older than what was shipped from it, or that can't be known.
pub(crate) async fn check(log: &ActsLog, shipping: &ActsShipping) -> Result<(), StartRefused> {
    let shipped = cursor::shipped(log.store()).await.map_err(ActsError::from)?;
    let Some(dir) = &shipping.dir else {
        return match shipped {
            Some(Shipped(head)) if !shipping.end => Err(StartRefused::NotNamed { shipped: head.next }),
            Some(_) => Ok(cursor::remember(log.store(), None).await.map_err(ActsError::from)?),
            None => Ok(()),
        };
    };
    let place = dir.clone();
    let end = tokio::task::spawn_blocking(move || end_of(&place)).await;
    match end.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))? {
        Some(end) => Ok(fits(log, dir, end).await?),
        None => match shipped.filter(|Shipped(head)| head.next > 0 && !shipping.anew) {
            Some(Shipped(head)) => Err(StartRefused::Empty { dir: dir.clone(), shipped: head.next }),
            None => Ok(()),
        },
    }
}

/// Whether a folder that ends there is of this store, and the store is not older.
pub(super) async fn fits(log: &ActsLog, dir: &Path, end: Head) -> Result<(), ActsError> {
    let (head, tail) = (log.head().await?, oldest(log).await?);
    let other = || ActsError::OtherHistory { path: dir.to_owned(), record: end.next };
    if end.next > head.next {
        return Err(ActsError::Older { path: dir.to_owned(), store: head.next, shipped: end.next });
    }
    if end.next < tail.next {
        return Err(ActsError::Missing { path: dir.to_owned(), found: end.next, tail: tail.next });
    }
    let same = if end.next == head.next {
        end == head
    } else {
        let records = log.read(end.next, 1).await?;
        let next = records.first().and_then(|record| Record::read(record).ok());
        next.is_some_and(|record| end.precedes(&record))
    };
    if same { Ok(()) } else { Err(other()) }
}

/// Where a folder ends, so far as its records are whole; none where it holds none.
fn end_of(dir: &Path) -> Result<Option<Head>, ActsError> {
    if !dir.exists() {
        return Ok(None);
    }
    for file in list(dir)?.iter().rev() {
        match Segment::read(file) {
            Ok(segment) => return Ok(Some(segment.whole().0).filter(|head| head.next > 0)),
            // Whoever ships makes a file before they write its beginning.
            Err(ActsError::Damaged { wrong: Wrong::Torn, .. }) if file.open => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
