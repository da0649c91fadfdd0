//! The server that a file is sent to.

use super::super::file::FileBroken;
use super::super::run::Outcome;
use super::pieces::Piece;
use super::{Destination, LocalFile, Summary};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value as Json;
use std::time::Duration;

/// How often a server that cannot be reached is tried, a second apart.
pub(super) const TRIES_MAX: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);
/// How long is waited at most when the server asks for patience.
const PATIENCE_MAX_SECONDS: u64 = 60;

/// Why a file could not be sent to its end.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Neither the map nor the name says what format it has.
    #[error("what format is it? Put `format = \"csv\"`, `\"jsonl\"` or `\"parquet\"` into the map")]
    NoFormat,
    /// The file cannot be opened or read.
    #[error("the file cannot be read: {0}")]
    File(String),
    /// Its content cannot be read.
    #[error(transparent)]
    Broken(FileBroken),
    /// The server cannot be reached.
    #[error("the server cannot be reached ({0}); run the same again to go on")]
    Unreachable(String),
    /// Somebody else works on the same import.
    #[error("the same import is being worked on by somebody else; run the same again to go on")]
    Running,
    /// It refused.
    #[error("the server answered {status}: {detail}")]
    Refused {
        /// The status.
        status: StatusCode,
        /// What it said.
        detail: String,
    },
    /// Its answer cannot be read.
    #[error("the server's answer cannot be read: is it an Amana of this version?")]
    Answer,
    /// Whoever read the file was stopped.
    #[error("reading the file was stopped")]
    Stopped,
    /// The file with rejected rows cannot be written.
    #[error("the file for rejected rows cannot be written: {0}")]
    Rejects(String),
}

/// How far the import has come.
#[derive(Deserialize)]
pub(super) struct Before {
    pub(super) import_id: String,
    /// The row to begin with.
    pub(super) from: u64,
    pub(super) rejected: u64,
}

/// How far a server came with a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// All of it was taken.
    End,
    /// Not all could be taken now.
    Middle,
    /// Somebody else works on the same import: perhaps this very piece, sent before the connection broke off.
    Nothing,
}

/// The server, for one file.
pub(super) struct Server {
    client: Client,
    base: String,
    write_key: String,
    map: String,
    file: String,
}

impl Server {
    pub(super) fn new(
        to: &Destination,
        write_key: &str,
        file: &LocalFile,
        sha256: &[u8; 32],
    ) -> Result<Self, SendError> {
        let client = crate::http_client::client_builder();
        let (client, base) = match to {
            Destination::Url(base) => (client.build(), base.as_str()),
            Destination::Socket(socket) => (client.unix_socket(socket.clone()).build(), "http://local"),
        };
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Ok(Self {
            client: client.map_err(|error| SendError::Unreachable(error.to_string()))?,
            base: base.trim_end_matches('/').to_owned(),
            write_key: write_key.to_owned(),
            // Named after what it says, so that nobody's map is replaced while it is used.
            map: format!("import-{}", hex(&file.map.sha256[..12])),
            file: hex(sha256),
        })
    }

    pub(super) async fn put_map(&self, text: &str) -> Result<(), SendError> {
        let url = format!("{}/v1/import/maps/{}", self.base, self.map);
        let request = self.client.put(url).header("content-type", "application/toml").body(text.to_owned());
        answer(self.ask(request).await?).await.map(drop)
    }

    pub(super) async fn delete_map(&self) -> Result<(), SendError> {
        let url = format!("{}/v1/import/maps/{}", self.base, self.map);
        let response = self.ask(self.client.delete(url)).await?;
        if response.status().is_success() { Ok(()) } else { answer(response).await.map(drop) }
    }

    pub(super) async fn progress(&self) -> Result<Before, SendError> {
        let url = format!("{}/v1/import?map={}&file={}", self.base, self.map, self.file);
        let json = answer(self.ask(self.client.get(url)).await?).await?;
        serde_json::from_value(json).map_err(|_| SendError::Answer)
    }

    /// Sends a piece. When not all of it was taken, the same piece goes on after a pause that was made here.
    pub(super) async fn post(&self, piece: &Piece) -> Result<(Outcome, Reached), SendError> {
        let url = format!("{}/v1/import?map={}&file={}&from={}", self.base, self.map, self.file, piece.from);
        let request = self.client.post(url).header("content-type", "application/x-ndjson").body(piece.body.clone());
        let response = self.ask(request).await?;
        let status = response.status();
        if !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT) {
            let json = answer(response).await?;
            return Ok((serde_json::from_value(json).map_err(|_| SendError::Answer)?, Reached::End));
        }
        let told = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let seconds = told.unwrap_or(1).min(PATIENCE_MAX_SECONDS);
        let text = response.text().await.map_err(|_| SendError::Answer)?;
        let json: Json = serde_json::from_str(&text).map_err(|_| SendError::Answer)?;
        let reached = match status {
            StatusCode::TOO_MANY_REQUESTS => Reached::Middle,
            _ if json.get("code").and_then(Json::as_str) == Some("import_running") => Reached::Nothing,
            _ => return Err(refused(status, &json)),
        };
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        // Without an outcome nothing was begun.
        let outcome = json.get("import").cloned().map(serde_json::from_value).transpose();
        Ok((outcome.map_err(|_| SendError::Answer)?.unwrap_or_default(), reached))
    }

    /// Sends a request, again and again while the server is away: it may be starting.
    async fn ask(&self, request: RequestBuilder) -> Result<Response, SendError> {
        let request = request.basic_auth(&self.write_key, None::<&str>);
        for tried in 1.. {
            // Bodies are bytes, which can always be sent again.
            let Some(again) = request.try_clone() else { break };
            match again.send().await {
                Ok(response) if response.status() != StatusCode::SERVICE_UNAVAILABLE || tried == TRIES_MAX => {
                    return Ok(response);
                }
                Err(error) if tried == TRIES_MAX => {
                    return Err(SendError::Unreachable(error.without_url().to_string()));
                }
                Ok(_) | Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
        Err(SendError::Answer)
    }
}

/// The answer as JSON, or what the server said in words.
async fn answer(response: Response) -> Result<Json, SendError> {
    let status = response.status();
    let text = response.text().await.map_err(|error| SendError::Unreachable(error.without_url().to_string()))?;
    let json: Json = serde_json::from_str(&text).unwrap_or(Json::Null);
    if status.is_success() {
        return Ok(json);
    }
    Err(refused(status, &json))
}

/// What the server said in words.
fn refused(status: StatusCode, json: &Json) -> SendError {
    let text = |json: &Json, name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let mut detail = text(json, "detail");
    for error in json.get("errors").and_then(Json::as_array).into_iter().flatten() {
        let place = |name: &str| error.get(name).and_then(Json::as_u64).unwrap_or(0);
        let (line, column) = (place("line"), place("column"));
        let (field, message, expected) = (text(error, "field"), text(error, "message"), text(error, "expected"));
        detail.push_str(&format!("\n  {line}:{column}: {field}: {message}; expected {expected}"));
    }
    SendError::Refused { status, detail }
}

impl Summary {
    /// Whether every row was taken.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.rejected == 0
    }
}
