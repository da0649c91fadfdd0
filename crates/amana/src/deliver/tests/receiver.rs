//! A receiver of webhooks that answers as it is told, and remembers what it was sent.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::Value as Json;
use standardwebhooks::Webhook;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// What it answers; when nothing is said, that all is well.
#[derive(Clone, Debug)]
pub(super) enum Script {
    /// A status, with when to come back.
    Status(u16, Option<&'static str>),
    /// A redirection.
    Redirect(String),
    /// Nothing, ever.
    Silence,
}

/// A message that came in.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

#[derive(Clone)]
struct Shared {
    received: Arc<Mutex<Vec<Received>>>,
    script: Arc<Mutex<VecDeque<Script>>>,
    count: watch::Sender<usize>,
}

/// A receiver on a port of its own.
pub(super) struct Receiver {
    pub(super) url: String,
    shared: Shared,
    server: tokio::task::JoinHandle<()>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let shared = Shared { received: Arc::default(), script: Arc::default(), count: watch::Sender::new(0) };
        let router = Router::new().route("/hook", post(receive)).with_state(shared.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared, server }
    }

    /// What it answers next.
    pub(super) fn says(&self, script: impl IntoIterator<Item = Script>) {
        self.shared.script.lock().unwrap().extend(script);
    }

    /// Everything that came in so far.
    pub(super) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Waits until so many messages came in.
    pub(super) async fn until(&self, count: usize) {
        let mut seen = self.shared.count.subscribe();
        tokio::time::timeout(super::GUARD, seen.wait_for(|seen| *seen >= count)).await.unwrap().unwrap();
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    shared.received.lock().unwrap().push(Received { headers, body });
    shared.count.send_modify(|count| *count += 1);
    let script = shared.script.lock().unwrap().pop_front().unwrap_or(Script::Status(204, None));
    match script {
        Script::Status(status, None) => StatusCode::from_u16(status).unwrap().into_response(),
        Script::Status(status, Some(after)) => {
            (StatusCode::from_u16(status).unwrap(), [("retry-after", after)]).into_response()
        }
        Script::Redirect(place) => (StatusCode::TEMPORARY_REDIRECT, [("location", place)]).into_response(),
        Script::Silence => std::future::pending().await,
    }
}

impl Received {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(super) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// `data.fields`.
    pub(super) fn fields(&self) -> Json {
        self.json()["data"]["fields"].clone()
    }

    /// `type`.
    pub(super) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// Verifies the signature as a receiver does, save for the age of the test's clock.
    pub(super) fn is_signed_with(&self, secret: &str) -> bool {
        let seconds = self.header("webhook-timestamp").parse().unwrap();
        let expected = Webhook::new(secret).unwrap().sign(self.header("webhook-id"), seconds, &self.body).unwrap();
        self.header("webhook-signature") == expected
    }
}
