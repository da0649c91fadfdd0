//! Whether this process can do its work now.

use crate::app::App;
use crate::journal::BACKLOG_RECORDS_MAX;
use serde::Serialize;

/// Beyond this many records the answers given are older than people expect; twice as many and nothing is taken in.
pub const BACKLOG_READY_MAX: u64 = BACKLOG_RECORDS_MAX / 2;

/// Why it can't.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotReady {
    /// No catalogue was applied yet, so nothing is permitted.
    CatalogMissing,
    /// A restore is not known to be complete, so everything but subject access is refused.
    RestoreUnconfirmed,
    /// The store failed and the process must be started again.
    StoreFailed,
    /// The store does not answer.
    StoreUnreachable,
    /// Too little space is left.
    DiskFull,
    /// The journal is far ahead of what is worked on it.
    JournalBehind,
}

impl NotReady {
    /// The same in words, with what to do.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::CatalogMissing => "no catalogue was applied yet: apply one with `amana apply org.toml`",
            Self::RestoreUnconfirmed => {
                "this store was restored and not every act is known to be applied: run `amana acts apply` with `--head`, or \
                 confirm with POST /api/v1/restore/confirm"
            }
            Self::StoreFailed => "the store failed: start the process again, recovery runs at the start",
            Self::StoreUnreachable => "the store does not answer",
            Self::DiskFull => "less space is free than the floor: free some, nothing is written until then",
            Self::JournalBehind => "the pipeline is far behind the journal: wait, or find out what holds it up",
        }
    }

    /// What it is about.
    #[must_use]
    pub fn part(self) -> &'static str {
        match self {
            Self::CatalogMissing => "catalog",
            Self::RestoreUnconfirmed | Self::StoreFailed | Self::StoreUnreachable | Self::DiskFull => "store",
            Self::JournalBehind => "journal",
        }
    }
}

/// Everything that keeps this process from doing its work; nothing when it can.
pub async fn readiness(app: &App) -> Vec<NotReady> {
    let mut reasons = Vec::new();
    if app.current().policy.version == 0 {
        reasons.push(NotReady::CatalogMissing);
    }
    if app.doubt().is_there() {
        reasons.push(NotReady::RestoreUnconfirmed);
    }
    match app.store().health().await {
        Err(_) => reasons.push(NotReady::StoreUnreachable),
        Ok(health) => {
            if health.failed.is_some() {
                reasons.push(NotReady::StoreFailed);
            }
            if health.free_bytes.zip(health.floor_bytes).is_some_and(|(free, floor)| free < floor) {
                reasons.push(NotReady::DiskFull);
            }
        }
    }
    if app.journal().backlog() > app.journal().limits().records_max / 2 {
        reasons.push(NotReady::JournalBehind);
    }
    reasons
}
