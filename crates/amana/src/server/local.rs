//! What the command line asks the process that serves: by the socket in the installation's folder alone, so it is no part
//! of the API.

use super::config::{MASTER_KEY_VARIABLE, NEXT_MASTER_KEY_VARIABLE};
use crate::app::App;
use crate::journal::DeletedAside;
use crate::key_archive;
use crate::pipeline::{AsideError, AsideLine, aside_lines, delete_aside, deletions, index_standing, resend_aside};
use amana_store::StoreError;
use amana_store::seal::{MasterChanged, MasterKey, SealError};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Where the head of the acts log is asked for.
pub const ACTS_HEAD_PATH: &str = "/local/acts/head";
/// Where a key archive is asked for; the body names the file, from the root on.
pub const KEY_ARCHIVE_PATH: &str = "/local/keys/archive";

/// Where the identifier index is looked at, and where its secret is rotated.
pub const INDEX_PATH: &str = "/local/keys/index";
/// Where the master key is changed; the body is the new one, or nothing where it is made or waits.
pub const MASTER_KEY_PATH: &str = "/local/keys/master";

/// Where it is looked at what is set aside.
pub const SET_ASIDE_PATH: &str = "/local/set-aside";
/// Where it is asked for that this is worked on again.
pub const SET_ASIDE_RESEND_PATH: &str = "/local/set-aside/resend";
/// Where it is deleted; the body says why.
pub const SET_ASIDE_DELETE_PATH: &str = "/local/set-aside/delete";

/// What is set aside, and what of it was deleted.
#[derive(Debug, Serialize, Deserialize)]
pub struct SetAsideShown {
    /// The records, oldest first.
    pub records: Vec<AsideLine>,
    /// The deletions, oldest first.
    pub deletions: Vec<DeletedAside>,
}

/// The local routes.
pub(super) fn router(app: App, data_dir: &Path) -> Router {
    let root_file: Arc<Path> = data_dir.join("root.keys").into();
    Router::new()
        .route(ACTS_HEAD_PATH, get(get_acts_head))
        .route(KEY_ARCHIVE_PATH, post(post_key_archive))
        .route(INDEX_PATH, get(get_index).post(post_index_secret))
        .route(MASTER_KEY_PATH, post(post_master_key))
        .route(SET_ASIDE_PATH, get(get_set_aside))
        .route(SET_ASIDE_RESEND_PATH, post(post_resend))
        .route(SET_ASIDE_DELETE_PATH, post(post_delete))
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

async fn post_master_key(
    State((app, _)): State<(App, Arc<Path>)>,
    new: String,
) -> Result<String, (StatusCode, String)> {
    let refused = |error: SealError| (StatusCode::UNPROCESSABLE_ENTITY, error.to_string());
    let new = Zeroizing::new(new);
    let new = Some(&*new).filter(|text| !text.is_empty()).map(|text| MasterKey::from_text(text, "what was named"));
    let new = new.transpose().map_err(refused)?;
    // It waits for the disk.
    let changed = tokio::task::spawn_blocking(move || app.root().change_master(new.as_ref(), &mut app.dice()));
    let changed = changed.await.map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let changed = changed.map_err(refused)?;
    tracing::info!(generation = changed.generation, "the master key was changed");
    Ok(master_key_in_words(&changed))
}

/// What a change of the master key has come to, and what is left to do where the key is.
#[must_use]
pub fn master_key_in_words(changed: &MasterChanged) -> String {
    let done = format!("the root file (generation {}) is sealed under the new master key", changed.generation);
    match &changed.file {
        Some(file) => format!("{done}, which is in {}: keep a copy of it elsewhere", file.display()),
        None => format!(
            "{done}: put what {NEXT_MASTER_KEY_VARIABLE} holds into {MASTER_KEY_VARIABLE}, and then take \
             {NEXT_MASTER_KEY_VARIABLE} away"
        ),
    }
}

async fn get_set_aside(State((app, _)): State<(App, Arc<Path>)>) -> Result<String, (StatusCode, String)> {
    let shown = async { Ok(SetAsideShown { records: aside_lines(&app).await?, deletions: deletions(&app).await? }) };
    let shown = shown.await.map_err(|error: StoreError| (StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    Ok(as_json(&shown))
}

async fn post_resend(State((app, _)): State<(App, Arc<Path>)>) -> Result<String, (StatusCode, String)> {
    resend_aside(&app, true).await.map(|resent| as_json(&resent)).map_err(|error| refused(&error))
}

async fn post_delete(State((app, _)): State<(App, Arc<Path>)>, note: String) -> Result<String, (StatusCode, String)> {
    delete_aside(&app, &note, true).await.map(|deleted| as_json(&deleted)).map_err(|error| refused(&error))
}

fn as_json(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("answers are texts and numbers")
}

fn refused(error: &AsideError) -> (StatusCode, String) {
    let status = match error {
        AsideError::Note => StatusCode::UNPROCESSABLE_ENTITY,
        AsideError::Closed(_) | AsideError::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, error.to_string())
}
