//! Answers, with what was in them.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value as Json;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// The body; null when it is no JSON.
    pub(crate) json: Json,
    /// The body as text.
    pub(crate) text: String,
    pub(crate) headers: HeaderMap,
}

impl Reply {
    /// The code of a problem, or nothing.
    pub(crate) fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Goes on when the status is that one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// Goes on when it is a problem of that status and code.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status.as_u16(), self.code()), (status, code), "{}", self.text);
        self
    }
}

/// Sends a request.
pub(crate) async fn reply(request: reqwest::RequestBuilder) -> Reply {
    reply_or_error(request).await.unwrap()
}

/// Sends a request to a server that may be away.
pub(crate) async fn reply_or_error(request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.bytes().await?;
    let json = serde_json::from_slice(&bytes).unwrap_or(Json::Null);
    Ok(Reply { status, json, text: String::from_utf8_lossy(&bytes).into_owned(), headers })
}
