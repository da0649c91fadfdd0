//! Opening an installation and closing it again.

use super::config::{Config, StoreFrom};
use super::pipeline_thread::PipelineThread;
use crate::acts_log::{self, ActsLog, Shipper, ShippingTask, StartRefused};
use crate::app::{App, Parts};
use crate::govern::{Doubt, load_current};
use crate::journal::Journal;
use crate::key_archive::{ArchiveError, check_restored, remove_leftovers};
use crate::pipeline::{Pipeline, PipelineError, PipelineParts, Stages};
use crate::profile::Keeper;
use amana_store::seal::{MasterStanding, Root, SealError};
use amana_store::{Store, StoreError};
use arc_swap::ArcSwap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// Why an installation did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder cannot be made.
    #[error("the folder {path} cannot be made: {source}", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The keys cannot be read.
    #[error(transparent)]
    Keys(#[from] SealError),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store is older than the acts shipped from it, or that can't be known.
    #[error(transparent)]
    Acts(#[from] StartRefused),
    /// Restoring its keys was broken off.
    #[error(transparent)]
    Restore(Box<ArchiveError>),
    /// The pipeline cannot go on where it stood.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

/// A running installation without its doors: state is worked on, nobody can come in yet.
pub struct Installation {
    app: App,
    pipeline: PipelineThread,
    shipping: Option<ShippingTask>,
    fatal: watch::Receiver<Option<String>>,
}

impl Installation {
    /// Opens what is in a folder, or a new installation where there is none, and starts to work.
    ///
    /// # Errors
    /// When keys or store cannot be opened; nothing is left half-made.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let app = open_app(&config).await?;
        if let Err(refused) = check_start(&app, &config).await {
            app.store().clone().close().await;
            return Err(refused);
        }
        let pipeline = open_pipeline(&app, &config).await?;
        let shipping = config.acts.dir.as_deref().map(|dir| Shipper::new(app.acts().clone(), dir).start());
        let (tell, fatal) = watch::channel(None);
        let failed = app.store().failed();
        let tell_failed = tell.clone();
        tokio::spawn(async move {
            let reason = failed.wait().await;
            tell_failed.send_replace(Some(reason.to_string()));
        });
        let pipeline = PipelineThread::start(pipeline, app.doubt().watch(), move |error| {
            tracing::error!(%error, "the pipeline cannot go on");
            tell.send_replace(Some(error.to_string()));
        });
        Ok(Self { app, pipeline, shipping, fatal })
    }

    /// What doors and jobs are handed.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Waits for the reason why this process must stop: a store that can no longer be trusted, a pipeline that cannot
    /// go on. Starting again recovers.
    pub async fn fatal(&self) -> String {
        let mut fatal = self.fatal.clone();
        loop {
            if let Some(reason) = fatal.borrow_and_update().clone() {
                return reason;
            }
            if fatal.changed().await.is_err() {
                // Nobody is left who could fail.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Finishes what is under way and closes the store.
    pub async fn stop(self) {
        self.pipeline.stop().await;
        if let Some(shipping) = self.shipping {
            shipping.stop().await;
        }
        self.app.store().clone().close().await;
    }
}

/// Whether an installation may be served.
async fn check_start(app: &App, config: &Config) -> Result<(), StartError> {
    acts_log::check_start(app.acts(), &config.acts).await?;
    check_restored(app.store()).await.map_err(|error| StartError::Restore(Box::new(error)))
}

/// The pipeline of an installation that nobody else works on.
///
/// # Errors
/// When it cannot go on where it stood.
pub async fn open_pipeline(app: &App, config: &Config) -> Result<Pipeline, PipelineError> {
    Pipeline::open(PipelineParts {
        store: app.store().clone(),
        acts: app.acts().clone(),
        keeper: app.keeper().clone(),
        journal: app.journal().clone(),
        clock: app.clock().clone(),
        dice: app.dice(),
        current: app.current_cell(),
        options: config.pipeline,
        stages: app.stages().clone(),
    })
    .await
}

/// Opens what is in a folder without working on it: for commands that need no pipeline.
///
/// # Errors
/// When keys or store cannot be opened.
pub async fn open_app(config: &Config) -> Result<App, StartError> {
    let mut dice = config.dice.clone();
    // The store comes first: it holds the folder, so that two processes cannot both make keys.
    let store = open_store(config).await?;
    remove_leftovers(&store, &config.data_dir.join("root.keys")).await?;
    let place = config.master_key.place()?;
    let root = Arc::new(Root::open_or_create_at(&config.data_dir.join("root.keys"), place, &mut dice)?);
    tell_standing(&root);
    let current = Arc::new(ArcSwap::from_pointee(load_current(&store, &root).await?));
    let position = Pipeline::position(&store).await?;
    let doubt = Doubt::load(&store).await?;
    let journal = Journal::open(store.clone(), root.clone(), position).await?.limited(config.backlog);
    Ok(App::new(Parts {
        acts: Arc::new(ActsLog::new(store.clone(), &root)),
        store,
        keeper: Keeper::new(root),
        journal,
        current,
        clock: config.clock.clone(),
        dice,
        stages: Arc::new(Stages::default()),
        doubt,
        started_at: config.clock.now(),
    }))
}

/// Opens the store of a folder, without any key.
///
/// # Errors
/// When it cannot be opened.
pub async fn open_store(config: &Config) -> Result<Store, StartError> {
    make_folder(&config.data_dir)?;
    Ok(match &config.store {
        StoreFrom::Embedded(options) => Store::open_embedded(&config.data_dir.join("store"), options.clone()).await?,
        StoreFrom::Postgres(url, options) => Store::open_postgres(url, options.clone()).await?,
    })
}

/// A change of the master key that is not at its end is told at each start.
fn tell_standing(root: &Root) {
    match root.master_standing() {
        MasterStanding::One => {}
        MasterStanding::NextWaits => {
            tracing::warn!("a new master key waits and the old one is in force: `amana key rotate-master` changes it");
        }
        MasterStanding::NextInForce => tracing::warn!(
            "the root file is sealed under the new master key: put it in the place of the old one and take that away"
        ),
    }
}

fn make_folder(path: &Path) -> Result<(), StartError> {
    use std::os::unix::fs::DirBuilderExt as _;
    // What lies here is for the account that runs Amana and for nobody else.
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| StartError::Folder { path: path.to_owned(), source })
}
