//! Talking to the process that serves an installation, over the socket in its folder.

use super::Failure;
use crate::server::SOCKET_FILE;
use reqwest::{Method, StatusCode};
use serde_json::Value as Json;
use std::path::Path;

/// The process that serves an installation.
pub(super) struct Local {
    client: reqwest::Client,
}

/// Its answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) text: String,
}

impl Local {
    /// The process that serves this folder; `None` when nobody does.
    pub(super) async fn find(data: &Path) -> Result<Option<Self>, Failure> {
        let socket = data.join(SOCKET_FILE);
        if tokio::net::UnixStream::connect(&socket).await.is_err() {
            return Ok(None);
        }
        let client = crate::http_client::client_builder().unix_socket(socket).build()?;
        Ok(Some(Self { client }))
    }

    /// Asks it.
    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<String>) -> Result<Answer, Failure> {
        let mut request = self.client.request(method, format!("http://local{path}"));
        if let Some(body) = body {
            request = request.header("content-type", "application/toml").body(body);
        }
        let response = request.send().await?;
        let status = response.status();
        Ok(Answer { status, text: response.text().await? })
    }
}

impl Answer {
    /// The answer as JSON, or what went wrong in words.
    pub(super) fn json(&self) -> Result<Json, Failure> {
        let json: Json = serde_json::from_str(&self.text).unwrap_or(Json::Null);
        if self.status.is_success() {
            return Ok(json);
        }
        let mut words = json.get("detail").and_then(Json::as_str).unwrap_or("the server refused").to_owned();
        for error in json.get("errors").and_then(Json::as_array).into_iter().flatten() {
            let text = |name: &str| error.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
            let line =
                error.get("line").and_then(Json::as_u64).map(|line| format!("line {line}: ")).unwrap_or_default();
            words.push_str(&format!("\n  {line}{}: {}; expected {}", text("field"), text("message"), text("expected")));
        }
        Err(words.into())
    }
}
