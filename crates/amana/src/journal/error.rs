//! Why the journal can't be written or read.

use amana_store::StoreError;

/// Why the journal takes nothing now.
#[derive(Debug, thiserror::Error)]
pub enum Closed {
    /// The pipeline is too far behind.
    #[error("{records} records wait to be worked on, of at most {records_max}")]
    Behind {
        /// How many records wait.
        records: u64,
        /// How many may wait.
        records_max: u64,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The store could not read it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record is damaged, or its key is not in the root file.
    #[error(
        "journal record {position} cannot be opened: it is damaged, or the root file is not the one it was written with"
    )]
    Damaged {
        /// Where.
        position: u64,
    },
    /// A newer program wrote it.
    #[error("the journal holds a record of format {found}, newer than this program: install the version that wrote it")]
    Format {
        /// The format found.
        found: u8,
    },
}
