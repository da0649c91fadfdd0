//! The recipients inside the demo: they take what is sent to them, check the signature, and count.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Html;
use axum::routing::{get, post};
use standardwebhooks::Webhook;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// How many of the latest messages are kept to be looked at.
const LATEST_MAX: usize = 20;

/// Recipients of webhooks.
pub struct Receiver {
    /// Where they listen.
    pub address: SocketAddr,
    state: Arc<Mailbox>,
}

struct Mailbox {
    secrets: HashMap<String, Webhook>,
    received: Mutex<BTreeMap<String, Received>>,
}

#[derive(Default)]
struct Received {
    messages: u64,
    refused: u64,
    latest: Vec<String>,
}

impl Receiver {
    /// Listens on a port, or on a free one where it is taken.
    ///
    /// # Errors
    /// When nothing can be listened on.
    pub async fn start(secrets: &BTreeMap<String, String>, port: Option<u16>) -> std::io::Result<Self> {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let listener = match tokio::net::TcpListener::bind(at(port.unwrap_or(0))).await {
            Ok(listener) => listener,
            Err(_) => tokio::net::TcpListener::bind(at(0)).await?,
        };
        let address = listener.local_addr()?;
        let known = secrets.iter().filter_map(|(code, secret)| Some((code.clone(), Webhook::new(secret).ok()?)));
        let state = Arc::new(Mailbox { secrets: known.collect(), received: Mutex::default() });
        let routes = Router::new().route("/", get(show)).route("/{recipient}", post(receive)).with_state(state.clone());
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::error!(%error, "the demo's recipients have stopped listening");
            }
        });
        Ok(Self { address, state })
    }

    /// How many messages each recipient took.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let received = self.state.received.lock().unwrap_or_else(PoisonError::into_inner);
        received.iter().map(|(code, received)| (code.clone(), received.messages)).collect()
    }
}

async fn receive(
    State(mailbox): State<Arc<Mailbox>>,
    Path(recipient): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let Some(secret) = mailbox.secrets.get(&recipient) else { return StatusCode::NOT_FOUND };
    let genuine = secret.verify(&body, &headers).is_ok();
    let mut received = mailbox.received.lock().unwrap_or_else(PoisonError::into_inner);
    let received = received.entry(recipient).or_default();
    if !genuine {
        received.refused += 1;
        return StatusCode::UNAUTHORIZED;
    }
    received.messages += 1;
    received.latest.insert(0, String::from_utf8_lossy(&body).into_owned());
    received.latest.truncate(LATEST_MAX);
    StatusCode::NO_CONTENT
}

/// What recipients got lately: the other side of the door, shown because these people are made up.
async fn show(State(mailbox): State<Arc<Mailbox>>) -> Html<String> {
    let received = mailbox.received.lock().unwrap_or_else(PoisonError::into_inner);
    let mut page = String::from(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Recipients</title><style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}\
         pre{background:#f4f1ea;padding:.75rem;overflow:auto;border-radius:.4rem}</style><h1>What the recipients got</h1>",
    );
    for (recipient, received) in received.iter() {
        let _ = write!(page, "<h2>{recipient}</h2><p>{} messages, {} refused", received.messages, received.refused);
        for message in &received.latest {
            let _ = write!(page, "<pre>{}</pre>", message.replace('&', "&amp;").replace('<', "&lt;"));
        }
    }
    Html(page)
}
