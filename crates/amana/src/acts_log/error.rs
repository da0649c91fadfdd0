//! What can be wrong with shipped acts: where, what, and what to do.

use super::head::Head;
use amana_store::StoreError;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why acts can't be read or written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ActsError {
    /// A file or folder can't be read or written.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was to be done.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: Arc<std::io::Error>,
    },
    /// A record or the head of a file is not as it was written.
    #[error("{path}, record {record}: {wrong}; {}", wrong.what_to_do(), path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The number of the record in the whole chain.
        record: u64,
        /// What is wrong.
        wrong: Wrong,
    },
    /// The chain ends before it should.
    #[error(
        "{path} ends at {found} and should reach {wanted}: {} records are missing at its end; take another copy of the \
         folder, or ship them again from the installation that has them", wanted.next.saturating_sub(found.next),
        path = path.display()
    )]
    Short {
        /// The folder.
        path: PathBuf,
        /// Where it ends.
        found: Head,
        /// Where it should reach.
        wanted: Head,
    },
    /// There is nothing to check, which is no proof that everything is there.
    #[error(
        "there are no shipped acts in {path}: expected files acts-….log and acts-….open with records in them; is the disk \
         mounted, and is this the folder that --ship-acts names?", path = path.display()
    )]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
    /// The folder has fewer records than the installation says that it shipped.
    #[error(
        "{path} ends before record {found}, and the installation has shipped {shipped}: {} records are missing at its end; \
         is it the folder that --ship-acts names? Then take another copy of it", shipped.saturating_sub(*found),
        path = path.display()
    )]
    Fewer {
        /// The folder.
        path: PathBuf,
        /// How many records it goes up to.
        found: u64,
        /// How many were shipped.
        shipped: u64,
    },
    /// The folder holds the acts of another history.
    #[error(
        "{path} holds other acts than this installation at record {record}: it is the folder of another installation, or \
         one of both went on after a restore without `amana acts apply`; ship into an empty folder or apply this one to \
         an older copy of the store", path = path.display()
    )]
    OtherHistory {
        /// The folder.
        path: PathBuf,
        /// Where they part.
        record: u64,
    },
    /// The store is behind or ahead of the folder in a way that can't be bridged.
    #[error(
        "{path} ends at record {found}, and the store has let go of what comes before record {tail}: acts are missing \
         between them; take another copy of the folder, or begin an empty one with --ship-acts-anew", path = path.display()
    )]
    Missing {
        /// The folder.
        path: PathBuf,
        /// Where it ends.
        found: u64,
        /// Where the store begins.
        tail: u64,
    },
    /// The store is older than what was shipped from it.
    #[error(
        "this store is older than the acts in {path}: it knows {store} of {shipped} acts, so consents that were taken back \
         since would be in force again. Run `amana acts apply {path} --head …` on it first", path = path.display()
    )]
    Older {
        /// The folder.
        path: PathBuf,
        /// How many records the store knows.
        store: u64,
        /// How many records the folder goes up to.
        shipped: u64,
    },
    /// The store can't be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is wrong with a record or a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Too short for one, or not one.
    #[error("these bytes are no record of an acts log")]
    NoRecord,
    /// The file does not begin as one.
    #[error("the file does not begin as a file of shipped acts")]
    NoFile,
    /// Another program wrote it.
    #[error("it has format {found}, which this program does not know")]
    Format {
        /// The format found.
        found: u8,
    },
    /// The record breaks off.
    #[error("it breaks off: the file is cut")]
    Torn,
    /// The bytes are not those that were written.
    #[error("its bytes were changed: the checksum does not fit")]
    Checksum,
    /// Another record stands where this one should.
    #[error("record {found} stands here: records or files were removed or put in another order")]
    Order {
        /// The number of the record that stands there.
        found: u64,
    },
    /// The record before was changed or replaced.
    #[error("it names another record as the one before: one of both was replaced")]
    Chain,
    /// It can't be opened.
    #[error("it cannot be opened: it was changed, or this is not the root file it was sealed with")]
    Sealed,
    /// It was opened and can't be understood.
    #[error("it was opened and cannot be understood: a newer program may have written it")]
    Content,
}

impl Wrong {
    /// What whoever meets it can do.
    #[must_use]
    pub fn what_to_do(self) -> &'static str {
        match self {
            Self::Torn => {
                "if acts are being shipped right now, try again; else start `amana serve` with --ship-acts on this \
                 folder, which ships the rest anew, or take another copy"
            }
            Self::Format { .. } | Self::Content => "install the version that wrote it",
            Self::Sealed => "name the installation it belongs to, or take another copy of the folder",
            _ => "take another copy of the folder: nothing after this can be trusted",
        }
    }
}

impl ActsError {
    /// An error of the file system.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source: Arc::new(source) }
    }

    /// Damage of a record.
    pub(super) fn damaged(path: &Path, record: u64, wrong: Wrong) -> Self {
        Self::Damaged { path: path.to_owned(), record, wrong }
    }
}
