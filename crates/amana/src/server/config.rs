//! What an installation is started with.

use crate::acts_log::ActsShipping;
use crate::clock::Clock;
use crate::dice::Dice;
use crate::journal::BacklogLimits;
use crate::pipeline::PipelineOptions;
use amana_store::seal::{MasterKey, MasterKeyPlace, SealError};
use amana_store::{EmbeddedOptions, PostgresOptions};
use std::path::PathBuf;

/// The environment variable that may hold the master key.
pub(super) const MASTER_KEY_VARIABLE: &str = "AMANA_MASTER_KEY";
/// The one that holds the key that is to take its place.
pub(super) const NEXT_MASTER_KEY_VARIABLE: &str = "AMANA_MASTER_KEY_NEXT";

/// What an installation is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of this installation: root file, and the embedded store unless another is named.
    pub data_dir: PathBuf,
    /// Where state is stored.
    pub store: StoreFrom,
    /// Where the master key comes from.
    pub master_key: MasterKeyFrom,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub dice: Dice,
    /// How far the journal may be ahead of the pipeline.
    pub backlog: BacklogLimits,
    /// How the pipeline works.
    pub pipeline: PipelineOptions,
    /// Where acts are shipped to.
    pub acts: ActsShipping,
}

/// Where state is stored.
#[derive(Clone, Debug)]
pub enum StoreFrom {
    /// In the installation's folder.
    Embedded(EmbeddedOptions),
    /// In a PostgreSQL database.
    Postgres(String, PostgresOptions),
}

/// Where the master key comes from.
#[derive(Clone)]
pub enum MasterKeyFrom {
    /// A file, made with a new key when it is not there.
    File(PathBuf),
    /// The environment: 32 bytes in base64.
    Environment {
        /// The key.
        key: String,
        /// The key that is to take its place.
        next: Option<String>,
    },
}

impl MasterKeyFrom {
    /// Where the key is, for whoever opens a root file.
    ///
    /// # Errors
    /// When the environment holds something else than a key.
    pub fn place(&self) -> Result<MasterKeyPlace, SealError> {
        Ok(match self {
            Self::File(path) => MasterKeyPlace::File(path.clone()),
            Self::Environment { key, next } => MasterKeyPlace::Given {
                key: MasterKey::from_text(key, MASTER_KEY_VARIABLE)?,
                next: next.as_deref().map(|text| MasterKey::from_text(text, NEXT_MASTER_KEY_VARIABLE)).transpose()?,
                next_from: NEXT_MASTER_KEY_VARIABLE,
            },
        })
    }
}

/// A key is never shown.
impl std::fmt::Debug for MasterKeyFrom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Environment { next, .. } => write!(f, "Environment(next: {})", next.is_some()),
        }
    }
}

impl Config {
    /// An installation in a folder, with everything as a new user gets it.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        let data_dir = data_dir.into();
        let master_key = match std::env::var(MASTER_KEY_VARIABLE) {
            Ok(key) => MasterKeyFrom::Environment { key, next: std::env::var(NEXT_MASTER_KEY_VARIABLE).ok() },
            Err(_) => MasterKeyFrom::File(data_dir.join("master.key")),
        };
        Self {
            data_dir,
            store: StoreFrom::Embedded(EmbeddedOptions::default()),
            master_key,
            clock: Clock::System,
            dice: Dice::System,
            backlog: BacklogLimits::default(),
            pipeline: PipelineOptions::default(),
            acts: ActsShipping::default(),
        }
    }
}
