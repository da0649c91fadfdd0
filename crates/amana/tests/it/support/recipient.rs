//! A recipient of webhooks that remembers what it got and answers as it is told.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value as Json;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// A recipient on a free loopback port.
pub(crate) struct Recipient {
    pub(crate) address: SocketAddr,
    state: Arc<Shared>,
}

/// A message as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What it was answered with; 0 when it was not.
    pub(crate) status: u16,
}

impl Message {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// How a message is answered.
enum Answer {
    Status(u16, Option<String>),
    /// Never, as by a recipient that hangs.
    Never,
}

struct Shared {
    answers: Mutex<VecDeque<Answer>>,
    messages: Mutex<Vec<Message>>,
    count: watch::Sender<usize>,
}

impl Recipient {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state =
            Arc::new(Shared { answers: Mutex::default(), messages: Mutex::default(), count: watch::Sender::new(0) });
        let routes = Router::new().fallback(receive).with_state(state.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, state }
    }

    /// Its address, as catalogues name it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers the next message so; when nothing is told, 204.
    pub(crate) fn answer(&self, status: u16, retry_after: Option<&str>) {
        self.state.answers.lock().unwrap().push_back(Answer::Status(status, retry_after.map(str::to_owned)));
    }

    /// Takes the next message and never answers it.
    pub(crate) fn hang(&self) {
        self.state.answers.lock().unwrap().push_back(Answer::Never);
    }

    /// Waits until it got so many messages in all.
    pub(crate) async fn got(&self, count: usize) -> Vec<Message> {
        let mut counted = self.state.count.subscribe();
        let waited = tokio::time::timeout(std::time::Duration::from_secs(60), counted.wait_for(|got| *got >= count));
        assert!(waited.await.is_ok(), "only {} of {count} messages came within a minute", self.messages().len());
        self.messages()
    }

    /// What it got so far.
    pub(crate) fn messages(&self) -> Vec<Message> {
        self.state.messages.lock().unwrap().clone()
    }
}

async fn receive(State(state): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = state.answers.lock().unwrap().pop_front().unwrap_or(Answer::Status(204, None));
    let status = if let Answer::Status(status, _) = answer { status } else { 0 };
    state.messages.lock().unwrap().push(Message { headers, body, status });
    state.count.send_modify(|count| *count += 1);
    let Answer::Status(status, retry_after) = answer else { return std::future::pending().await };
    let status = StatusCode::from_u16(status).unwrap();
    match retry_after {
        Some(seconds) => (status, [("retry-after", seconds)]).into_response(),
        None => status.into_response(),
    }
}
