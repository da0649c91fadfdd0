//! What can go wrong in the store.
//!
//! [`StoreError`] is for everything; [`CommitError`] adds the one outcome that is not a fault: somebody else was faster.
//! No error contains a value, a key or a connection string: both may be personal or secret.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    log_name::{LogName, Position},
    space::{Key, Space},
};

/// Why the store did not do as asked.
///
/// Errors are cheap to clone, because one failed write answers all the requests that shared it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file could not be read or written.
    #[error("could not {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: Arc<io::Error>,
    },
    /// Too little space is left, so nothing was written.
    #[error(
        "{} has {free} bytes free, which is below the floor of {floor} bytes: nothing was written; free some space or lower the floor",
        path.display()
    )]
    DiskFull {
        /// Bytes that are free now.
        free: u64,
        /// Bytes that must stay free.
        floor: u64,
        /// The folder of the store, or the file that could not grow.
        path: PathBuf,
    },
    /// Another process has the store open.
    #[error("{place} is in use by another process: stop it first, or use another place")]
    Locked {
        /// The folder, or the database.
        place: String,
    },
    /// The stored format is newer than this program.
    #[error("{place} has format {found}, and this program knows formats up to {known}: use a newer amana")]
    NewerFormat {
        /// The store, space or file.
        place: String,
        /// The format that was found.
        found: u64,
        /// The newest format that this program knows.
        known: u64,
    },
    /// The stored format is older than what this program reads.
    #[error(
        "{place} holds data of format {found}, and this program reads formats from {oldest} on: there was no release that \
         wrote it, so start with a new data folder (or a new database)"
    )]
    OlderFormat {
        /// The store, or the space.
        place: String,
        /// The format that was found.
        found: u64,
        /// The oldest format that this program reads.
        oldest: u64,
    },
    /// Stored bytes are damaged.
    #[error("{} is damaged at byte {offset}: {problem}; restore it from a backup", path.display())]
    Corrupt {
        /// The damaged file, or the name of the table or space.
        path: PathBuf,
        /// The first byte of the damaged record.
        offset: u64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The store failed earlier and takes no more writes; the process must stop.
    #[error("the store has failed and must be opened anew: {0}")]
    Failed(Arc<str>),
    /// The connection was lost during a commit, and it could not be found out whether the commit happened.
    #[error("the connection was lost during a commit whose outcome is unknown: {0}")]
    UnknownOutcome(Arc<str>),
    /// The asked position was dropped already.
    #[error("log {log} begins at {tail}, so {from} cannot be read any more")]
    Dropped {
        /// The log.
        log: LogName,
        /// The position that was asked for.
        from: Position,
        /// The first position that is held.
        tail: Position,
    },
    /// A log is either appended to by itself or within commits, never both.
    #[error(
        "log {log} belongs to {owner}, so it cannot be appended to {asked}: a log is of one kind, which its first append decides"
    )]
    LogKind {
        /// The log.
        log: LogName,
        /// How the log is written.
        owner: &'static str,
        /// How this append came.
        asked: &'static str,
    },
    /// The request breaks a limit or a rule of this interface.
    #[error("{0}")]
    Invalid(String),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The embedded engine reported an error.
    #[error("the embedded engine could not {action}: {source}")]
    Engine {
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// The engine's answer.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// PostgreSQL reported an error.
    #[error("PostgreSQL could not {action}: {}", PostgresAnswer(source))]
    Postgres {
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// The driver's answer.
        source: Arc<tokio_postgres::Error>,
    },
    /// A write was cut off by an injected fault (only with the feature `testing`).
    #[error("stopped by an injected fault")]
    Injected,
}

/// The driver says only "db error" by itself; the server's code and message are what helps. Its detail, hint and
/// context are left out, for they can quote values.
struct PostgresAnswer<'a>(&'a tokio_postgres::Error);

impl fmt::Display for PostgresAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use std::error::Error as _;
        match (self.0.as_db_error(), self.0.source()) {
            (Some(db), _) => write!(f, "{} ({})", db.message(), db.code().code()),
            (None, Some(source)) => write!(f, "{}: {source}", self.0),
            (None, None) => write!(f, "{}", self.0),
        }
    }
}

impl StoreError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source: Arc::new(source) }
    }

    pub(crate) fn engine(action: &'static str) -> impl FnOnce(fjall::Error) -> Self {
        move |source| Self::Engine { action, source: Arc::new(source) }
    }

    pub(crate) fn postgres(action: &'static str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        move |source| Self::Postgres { action, source: Arc::new(source) }
    }

    pub(crate) fn corrupt(path: impl Into<PathBuf>, offset: u64, problem: &'static str) -> Self {
        Self::Corrupt { path: path.into(), offset, problem }
    }

    /// Whether waiting or making space may help, so that the same request can be tried again later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::DiskFull { .. } => true,
            Self::Postgres { source, .. } => source.is_closed() || source.as_db_error().is_none(),
            _ => false,
        }
    }
}

/// Why a commit did not happen.
#[derive(Clone, thiserror::Error)]
pub enum CommitError {
    /// These keys, named completely and in order, were changed by others: the expectations on them do not hold.
    #[error("{} keys were changed by others", .0.len())]
    Conflict(Vec<(Space, Key)>),
    /// The store could not commit.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl fmt::Debug for CommitError {
    /// Keys are left out: some are derived from people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict(keys) => write!(f, "Conflict({} keys)", keys.len()),
            Self::Store(error) => error.fmt(f),
        }
    }
}
