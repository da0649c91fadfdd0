//! The two engines an installation can stand on.

use amana::server::StoreFrom;
use amana_store::testing::Postgres;
use amana_store::{EmbeddedOptions, PostgresOptions};
use std::sync::Arc;

/// Where an installation under test keeps its state.
pub(crate) enum Engine {
    /// In its folder.
    Embedded,
    /// The same, opened with options of its own.
    EmbeddedWith(EmbeddedOptions),
    /// In a database of a PostgreSQL that the test has started.
    Postgres { url: String, server: Arc<Postgres> },
}

impl Engine {
    pub(crate) async fn postgres() -> Self {
        let server = tokio::task::spawn_blocking(Postgres::start_without_fsync).await.unwrap();
        let url = server.new_database().await;
        Self::Postgres { url, server: Arc::new(server) }
    }

    pub(crate) fn store(&self) -> StoreFrom {
        match self {
            Self::Embedded => {
                // Tests must not fail because somebody else fills the disk; one test sets a floor of its own.
                let options = EmbeddedOptions { free_space_floor_bytes: 0, ..EmbeddedOptions::default() };
                StoreFrom::Embedded(options)
            }
            Self::EmbeddedWith(options) => StoreFrom::Embedded(options.clone()),
            Self::Postgres { url, .. } => StoreFrom::Postgres(url.clone(), PostgresOptions::default()),
        }
    }

    /// The database crashes and is started again.
    pub(crate) async fn restart_hard(&self) {
        let Self::Postgres { server, .. } = self else { panic!("there is no database") };
        let server = server.clone();
        tokio::task::spawn_blocking(move || server.restart_hard()).await.unwrap();
    }

    pub(crate) fn url(&self) -> Option<&str> {
        match self {
            Self::Embedded | Self::EmbeddedWith(_) => None,
            Self::Postgres { url, .. } => Some(url),
        }
    }
}

/// Runs a promise on both engines: `on_both_engines!(promise)` makes a module of that name with two tests.
macro_rules! on_both_engines {
    ($($promise:ident),+ $(,)?) => {$(
        mod $promise {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn embedded() {
                Box::pin(super::$promise($crate::support::Engine::Embedded)).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                Box::pin(super::$promise($crate::support::Engine::postgres().await)).await;
            }
        }
    )+};
}
pub(crate) use on_both_engines;
