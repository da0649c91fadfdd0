//! Sends the sample year through the collect door, as the sources would: with their keys, in batches, claiming the
//! times at which things happened.

use super::book::{Book, BookError};
use super::world::{Step, World};
use reqwest::{Client, StatusCode};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tokio::task::JoinSet;

/// Steps that are sent together: about a day of the sample, in which senders need not wait for each other.
const WINDOW_STEPS: usize = 2_000;
/// Events of one request.
const BATCH_EVENTS: usize = 100;
/// Steps between two notes of how far it has come; what was sent since is sent again and counts once.
const NOTE_STEPS: u64 = 20_000;
/// How long a sender waits after it was told that the pipeline is behind.
const PAUSE: Duration = Duration::from_millis(200);

/// Why the year could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The collect door cannot be reached.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    /// It refused a sample.
    #[error("the collect door answered {status} to a sample of source `{origin}`: {body}")]
    Refused {
        /// The source.
        origin: &'static str,
        /// The status.
        status: StatusCode,
        /// What it said.
        body: String,
    },
    /// How far it has come cannot be noted.
    #[error(transparent)]
    Book(#[from] BookError),
    /// A sender was stopped.
    #[error("a sender was stopped")]
    Stopped,
}

/// Sends a sample year.
pub struct Replay<'a> {
    /// The demo's keys.
    pub book: &'a mut Book,
    /// The demo's folder.
    pub folder: &'a Path,
}

impl Replay<'_> {
    /// Sends what was not sent yet, telling how many steps were.
    ///
    /// # Errors
    /// When the door cannot be reached or refuses.
    pub async fn run(&mut self, mut progress: impl FnMut(u64)) -> Result<(), ReplayError> {
        let world = World::new(self.book.seed, self.book.people, self.book.from);
        let client = crate::http_client::client_builder().build()?;
        let already = usize::try_from(self.book.sent).unwrap_or(usize::MAX);
        let mut steps = world.steps().skip(already).peekable();
        let mut noted = self.book.sent;
        while steps.peek().is_some() {
            let window: Vec<Step> = steps.by_ref().take(WINDOW_STEPS).collect();
            let count = window.len() as u64;
            self.send(&client, window).await?;
            self.book.sent += count;
            progress(self.book.sent);
            if self.book.sent - noted >= NOTE_STEPS {
                noted = self.book.sent;
                self.book.save(self.folder)?;
            }
        }
        Ok(self.book.save(self.folder)?)
    }

    async fn send(&self, client: &Client, window: Vec<Step>) -> Result<(), ReplayError> {
        let mut senders = BTreeMap::<(&'static str, bool, &'static str), Vec<Json>>::new();
        for step in window {
            senders.entry((step.source, step.gpc, step.user_agent)).or_default().push(step.json);
        }
        let mut sending = JoinSet::new();
        for ((source, gpc, user_agent), items) in senders {
            let key = self.book.write_keys.get(source).cloned().unwrap_or_default();
            let sender =
                Sender { client: client.clone(), url: self.book.base_url.clone(), source, key, gpc, user_agent };
            sending.spawn(async move { sender.send(items).await });
        }
        while let Some(sent) = sending.join_next().await {
            sent.map_err(|_| ReplayError::Stopped)??;
        }
        Ok(())
    }
}

/// One source's devices of one kind.
struct Sender {
    client: Client,
    url: String,
    source: &'static str,
    key: String,
    gpc: bool,
    user_agent: &'static str,
}

impl Sender {
    async fn send(&self, items: Vec<Json>) -> Result<(), ReplayError> {
        for batch in items.chunks(BATCH_EVENTS) {
            let body = json!({ "batch": batch }).to_string();
            while !self.post(&body).await? {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// Whether it was taken; not when the pipeline is too far behind.
    async fn post(&self, body: &str) -> Result<bool, ReplayError> {
        let mut request = self.client.post(format!("{}/v1/batch", self.url)).basic_auth(&self.key, None::<&str>);
        request = request.header("content-type", "application/json").header("user-agent", self.user_agent);
        if self.gpc {
            request = request.header("sec-gpc", "1");
        }
        let response = request.body(body.to_owned()).send().await?;
        match response.status() {
            StatusCode::OK => Ok(true),
            StatusCode::TOO_MANY_REQUESTS => Ok(false),
            status => {
                let body = response.text().await?;
                Err(ReplayError::Refused { origin: self.source, status, body })
            }
        }
    }
}
