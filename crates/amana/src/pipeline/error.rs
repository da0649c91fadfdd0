//! Why the pipeline cannot work.

use super::unreadable_people::UNREADABLE_PEOPLE_MAX;
use crate::journal::JournalError;
use crate::profile::KeepError;
use amana_store::seal::SealError;
use amana_store::{CommitError, StoreError};

/// Why a batch could not be worked on.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A person's state cannot be read.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What a batch changes is more than a commit holds.
    #[error("a batch changes more than a commit holds: {0}")]
    TooLarge(StoreError),
    /// Keys cannot be made to go: the root file cannot be written.
    #[error("destroyed keys cannot be made to go: {0}")]
    Seal(#[from] SealError),
    /// Somebody else has worked on the same journal.
    #[error("another process has worked on the same journal: only one may")]
    Fenced,
    /// Another process that shares the store has appended to the acts log meanwhile.
    #[error("another process has changed the catalogue meanwhile: the batch is repeated")]
    Overtaken,
    /// Many people cannot be read, so it is not a few rows that are damaged.
    #[error(
        "more than {UNREADABLE_PEOPLE_MAX} people cannot be read: the root file is not the one that they were written with; \
         put the newest one in place, or bring their keys back from the newest key archive"
    )]
    TooManyUnreadable,
    /// A bug; where it is was logged.
    #[error("the pipeline met a bug and stopped; starting again repeats its last batch")]
    Panicked,
}

impl PipelineError {
    /// Nobody else writes what the pipeline writes.
    pub(crate) fn of_commit(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(keys) if crate::acts_log::overtaken(&keys) => Self::Overtaken,
            CommitError::Conflict(_) => Self::Fenced,
            CommitError::Store(error @ StoreError::Invalid(_)) => Self::TooLarge(error),
            CommitError::Store(error) => error.into(),
        }
    }

    /// Whether waiting or making space may help.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Store(error)
            | Self::Journal(JournalError::Store(error))
            | Self::Keep(KeepError::Store(error))
            | Self::Seal(SealError::Store(error)) => error.is_temporary(),
            _ => false,
        }
    }
}
