//! What the command line asks the process that serves: by the socket in the installation's folder alone, so it is no part
//! of the API.

use crate::app::App;
use crate::key_archive;
use crate::pipeline::index_standing;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the head of the acts log is asked for.
pub const ACTS_HEAD_PATH: &str = "/local/acts/head";
/// Where a key archive is asked for; the body names the file, from the root on.
pub const KEY_ARCHIVE_PATH: &str = "/local/keys/archive";

/// Where the identifier index is looked at, and where its secret is rotated.
pub const INDEX_PATH: &str = "/local/keys/index";

/// The local routes.
pub(super) fn router(app: App, data_dir: &Path) -> Router {
    let root_file: Arc<Path> = data_dir.join("root.keys").into();
    Router::new()
        .route(ACTS_HEAD_PATH, get(get_acts_head))
        .route(KEY_ARCHIVE_PATH, post(post_key_archive))
        .route(INDEX_PATH, get(get_index).post(post_index_secret))
        .with_state((app, root_file))
}

async fn get_acts_head(State((app, _)): State<(App, Arc<Path>)>) -> Result<String, (StatusCode, String)> {
    let head = app.acts().head().await.map_err(|error| (StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    Ok(head.to_string())
}

async fn post_key_archive(
    State((app, root_file)): State<(App, Arc<Path>)>,
    file: String,
) -> Result<String, (StatusCode, String)> {
    let archived = key_archive::archive(&app, &root_file, &PathBuf::from(file)).await;
    let archived = archived.map_err(|error| (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    Ok(archived.to_string())
}

async fn get_index(State((app, _)): State<(App, Arc<Path>)>) -> Result<String, (StatusCode, String)> {
    let standing = index_standing(&app).await;
    standing.map(|standing| standing.to_string()).map_err(|error| (StatusCode::SERVICE_UNAVAILABLE, error.to_string()))
}

async fn post_index_secret(State((app, _)): State<(App, Arc<Path>)>) -> Result<String, (StatusCode, String)> {
    let begun = app.root().begin_index_secret(&mut app.dice());
    begun.map(|version| version.to_string()).map_err(|error| (StatusCode::SERVICE_UNAVAILABLE, error.to_string()))
}
