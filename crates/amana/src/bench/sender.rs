//! The load generator: requests from several connections at once.

use super::Failure;
use super::house::{CRM_KEY, WEB_KEY};
use super::load::{BATCH_EVENTS, Load};
use crate::clock::Clock;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many connections send at once.
pub(super) const SENDERS: u64 = 8;
const PEOPLE_PER_REQUEST: u32 = 200;
/// How long a sender waits after it was told that the pipeline is behind.
const PAUSE: Duration = Duration::from_millis(20);

/// Sends requests from several connections at once.
pub(super) struct Sender {
    client: reqwest::Client,
    url: String,
}

/// What was sent.
#[derive(Default)]
pub(super) struct Sent {
    /// How many events.
    pub(super) events: u64,
    micros: Vec<u64>,
}

impl Sender {
    /// To a door.
    pub(super) fn new(address: SocketAddr) -> Result<Self, Failure> {
        let client = crate::http_client::client_builder().build()?;
        Ok(Self { client, url: format!("http://{address}/v1/batch") })
    }

    /// Loads people as a CRM knows them.
    pub(super) async fn load_people(&self, people: u32, clock: &Clock) -> Result<(), Failure> {
        let next = Arc::new(AtomicU64::new(0));
        let mut senders = tokio::task::JoinSet::new();
        for _ in 0..SENDERS {
            let (client, url, next, clock) = (self.client.clone(), self.url.clone(), next.clone(), clock.clone());
            senders.spawn(async move {
                let mut load = Load::new(0, people);
                loop {
                    let from = next.fetch_add(u64::from(PEOPLE_PER_REQUEST), Ordering::Relaxed);
                    let Ok(from) = u32::try_from(from) else { return Ok::<(), Failure>(()) };
                    if from >= people {
                        return Ok(());
                    }
                    let body = load.people(from..people.min(from + PEOPLE_PER_REQUEST), clock.now());
                    post(&client, &url, CRM_KEY, body).await?;
                }
            });
        }
        while let Some(done) = senders.join_next().await {
            done??;
        }
        Ok(())
    }

    /// Somebody looks at a product, as the CRM tells.
    pub(super) async fn look(&self, person: &str) -> Result<(), Failure> {
        let now = Clock::System.now();
        let event = serde_json::json!({"type": "track", "event": "Product Viewed", "userId": person,
            "messageId": format!("look-{person}-{}", now.0), "properties": {"product_id": "p1", "name": "Product 1"}});
        post(&self.client, &self.url, CRM_KEY, serde_json::json!({ "batch": [event] }).to_string()).await.map(drop)
    }

    /// Sends visits for a time.
    pub(super) async fn send_for(&self, time: Duration, people: u32) -> Result<Sent, Failure> {
        let until = Instant::now() + time;
        let mut senders = tokio::task::JoinSet::new();
        for seed in 1..=SENDERS {
            let (client, url) = (self.client.clone(), self.url.clone());
            senders.spawn(async move {
                let mut load = Load::new(seed, people);
                let mut sent = Sent::default();
                while Instant::now() < until {
                    let body = load.visits(Clock::System.now());
                    sent.micros.push(post(&client, &url, WEB_KEY, body).await?);
                    sent.events += BATCH_EVENTS as u64;
                }
                Ok::<Sent, Failure>(sent)
            });
        }
        let mut all = Sent::default();
        while let Some(done) = senders.join_next().await {
            let sent = done??;
            all.events += sent.events;
            all.micros.extend(sent.micros);
        }
        Ok(all)
    }
}

impl Sent {
    /// Milliseconds within which a part of the requests was acknowledged.
    pub(super) fn percentile_ms(&mut self, part: f64) -> f64 {
        percentile_ms(&mut self.micros, part)
    }
}

/// Sends one request until it is accepted; the answer is how long the accepted try took, in microseconds.
async fn post(client: &reqwest::Client, url: &str, key: &str, body: String) -> Result<u64, Failure> {
    loop {
        let began = Instant::now();
        let request = client.post(url).basic_auth(key, None::<&str>).header("content-type", "application/json");
        let response = request.body(body.clone()).send().await?;
        let status = response.status();
        let text = response.text().await?;
        match status.as_u16() {
            200 if !text.contains("refused") => return Ok(u64::try_from(began.elapsed().as_micros())?),
            429 => tokio::time::sleep(PAUSE).await,
            _ => return Err(format!("the collect door answered {status}: {text}").into()),
        }
    }
}

/// The value below which a part of the measurements lies, in milliseconds.
pub(super) fn percentile_ms(micros: &mut [u64], part: f64) -> f64 {
    micros.sort_unstable();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place within the list")]
    let place = ((micros.len() as f64 - 1.0).max(0.0) * part) as usize;
    micros.get(place).map_or(0.0, |micros| *micros as f64 / 1000.0)
}
