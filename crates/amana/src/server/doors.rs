//! The doors: everything that listens.

use super::connections::{Entrance, Patience, serve};
use crate::api::take_nothing_in_doubt;
use crate::app::App;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower_http::timeout::TimeoutLayer;

/// The file of the socket by which the command line talks to the process that serves.
pub const SOCKET_FILE: &str = "amana.sock";

/// Open doors.
pub struct Doors {
    /// Where the public door listens.
    pub address: SocketAddr,
    socket: PathBuf,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Doors {
    /// Opens the public door and the local socket.
    ///
    /// # Errors
    /// When an address is taken or cannot be listened on.
    pub async fn open(app: &App, data_dir: &Path, listen: SocketAddr) -> std::io::Result<Self> {
        Self::open_with(app, data_dir, listen, Patience::default()).await
    }

    /// The same, with another patience for slow clients.
    ///
    /// # Errors
    /// When an address is taken or cannot be listened on.
    pub async fn open_with(
        app: &App,
        data_dir: &Path,
        listen: SocketAddr,
        patience: Patience,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let socket = data_dir.join(SOCKET_FILE);
        // A socket that a killed process left behind; the store's lock says that nobody serves this folder now.
        let _ = std::fs::remove_file(&socket);
        let local = UnixListener::bind(&socket)?;
        restrict(&socket)?;
        let (stop, stopped) = watch::channel(false);
        let late = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, patience.request);
        // A file may take longer than a request may: that door has its own patience.
        let files = crate::import::door::router(app.clone())
            .route_layer(from_fn_with_state(app.clone(), take_nothing_in_doubt));
        let public = routes(app).layer(late).merge(files.clone());
        let admin = routes(app).layer(axum::Extension(crate::api::LocalAdmin)).merge(files);
        let admin = admin.merge(super::local::router(app.clone(), data_dir));
        let tasks = vec![
            tokio::spawn(serve(Entrance::Public(listener), public, patience, stopped.clone())),
            tokio::spawn(serve(Entrance::Local(local), admin, patience, stopped)),
        ];
        Ok(Self { address, socket, stop, tasks })
    }

    /// Lets what is under way finish and closes the doors.
    pub async fn close(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            let _ = task.await;
        }
        let _ = std::fs::remove_file(self.socket);
    }
}

fn routes(app: &App) -> Router {
    let collect =
        crate::collect::door::router(app.clone()).route_layer(from_fn_with_state(app.clone(), take_nothing_in_doubt));
    collect.merge(crate::api::router(app.clone()))
}

fn restrict(socket: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))
}
