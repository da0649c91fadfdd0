//! `amana serve`.

use super::{Failure, InFolder, Serve, catalog, say};
use crate::deliver::{Deliveries, DeliveryOptions};
use crate::server::{Config, Doors, Installation, StoreFrom};
use amana_store::{EmbeddedOptions, PostgresOptions};
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

pub(super) async fn serve(arguments: Serve) -> Result<(), Failure> {
    log();
    let config = Config { acts: arguments.acts.into(), ..config(&arguments.place) };
    let running = Running::start(config, arguments.listen).await?;
    if let Some(file) = &arguments.apply {
        let applied = catalog::apply_file(running.installation.app(), file, None).await;
        if let Err(error) = applied {
            running.stop().await;
            return Err(error);
        }
    }
    say(format!("amana listens on http://{}", running.doors.address));
    running.until_stopped().await
}

/// An installation with its doors and deliveries.
pub(super) struct Running {
    pub(super) installation: Installation,
    pub(super) doors: Doors,
    deliveries: Deliveries,
}

impl Running {
    pub(super) async fn start(config: Config, listen: std::net::SocketAddr) -> Result<Self, Failure> {
        crate::api::metrics::install();
        let data = config.data_dir.clone();
        let installation = Installation::start(config).await?;
        let doors = match Doors::open(installation.app(), &data, listen).await {
            Ok(doors) => doors,
            Err(error) => {
                installation.stop().await;
                return Err(format!("cannot listen on {listen}: {error}").into());
            }
        };
        let deliveries = Deliveries::start(installation.app().clone(), DeliveryOptions::default());
        Ok(Self { installation, doors, deliveries })
    }

    /// Serves until it is told to stop or cannot go on.
    pub(super) async fn until_stopped(self) -> Result<(), Failure> {
        let reason = tokio::select! {
            () = signalled() => None,
            reason = self.installation.fatal() => Some(reason),
        };
        self.stop().await;
        match reason {
            None => Ok(()),
            Some(reason) => Err(format!("stopped: {reason}").into()),
        }
    }

    pub(super) async fn stop(self) {
        self.doors.close().await;
        self.deliveries.shutdown().await;
        self.installation.stop().await;
    }
}

/// The configuration that the command line asks for.
pub(super) fn config(place: &InFolder) -> Config {
    let mut config = Config::new(&place.data);
    config.store = match &place.store {
        Some(url) => StoreFrom::Postgres(url.clone(), PostgresOptions::default()),
        None => StoreFrom::Embedded(EmbeddedOptions {
            free_space_floor_bytes: u64::from(place.free_space_floor) << 20,
            ..EmbeddedOptions::default()
        }),
    };
    config
}

/// Log lines go to standard error: text for people, JSON where nobody reads along.
pub(super) fn log() {
    let filter = EnvFilter::try_from_env("AMANA_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() { lines.init() } else { lines.json().init() }
}

async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
