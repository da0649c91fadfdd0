//! Several senders that try again until they are answered, as SDKs do, and wait while the server is away.

use super::traffic::{Request, Traffic};
use crate::support::{Reply, Server, api_key, reply_or_error, with_json, write_key};
use reqwest::{Client, RequestBuilder};
use serde_json::json;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

const SENDERS: usize = 6;
/// The pause after an answer that asks to try again later.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) struct Senders {
    running: JoinSet<()>,
    shared: Arc<Shared>,
    answers: watch::Receiver<u32>,
    total: u32,
}

struct Shared {
    base: String,
    /// Requests ready to be sent, one list for each household: its requests are sent in their order.
    households: Mutex<VecDeque<VecDeque<RequestBuilder>>>,
    /// Whether the server is there.
    up: watch::Sender<bool>,
    answers: watch::Sender<u32>,
}

impl Senders {
    pub(super) fn start(server: &Server, traffic: &Traffic) -> Self {
        let (client, base) = (&server.client, server.base.clone());
        let households = traffic.households.iter().map(|household| {
            let requests = household.requests.iter();
            requests.map(|request| built(client, &base, request)).collect()
        });
        let (answers, counted) = watch::channel(0);
        let households = Mutex::new(households.collect());
        let shared = Arc::new(Shared { base, households, up: watch::Sender::new(true), answers });
        let mut running = JoinSet::new();
        for _ in 0..SENDERS {
            running.spawn(send(shared.clone()));
        }
        Self { running, shared, answers: counted, total: u32::try_from(traffic.requests()).unwrap() }
    }

    /// Waits until so many more requests were answered.
    pub(super) async fn wait_for_answers(&self, count: u32) {
        let mut answers = self.answers.clone();
        let until = *answers.borrow() + count;
        let reached = tokio::time::timeout(Duration::from_secs(120), answers.wait_for(|answers| *answers >= until));
        assert!(
            reached.await.is_ok_and(|reached| reached.is_ok()),
            "the senders do not get on at {}",
            self.shared.base
        );
    }

    /// The server goes: who finds it gone waits.
    pub(super) fn hold(&self) {
        self.shared.up.send_replace(false);
    }

    /// The server is back.
    pub(super) fn go_on(&self) {
        self.shared.up.send_replace(true);
    }

    /// How many requests were not answered yet.
    pub(super) fn left(&self) -> u32 {
        self.total - *self.answers.borrow()
    }

    /// Waits until every request was answered.
    pub(super) async fn wait_for_all(&self) {
        self.wait_for_answers(self.left()).await;
    }

    /// Ends when every request was answered.
    pub(super) async fn end(self) {
        self.running.join_all().await;
    }
}

fn built(client: &Client, base: &str, request: &Request) -> RequestBuilder {
    match request {
        Request::Events { source, events } => {
            let post = client.post(format!("{base}/v1/batch")).basic_auth(write_key(source), None::<&str>);
            with_json(post, &json!({ "batch": events }))
        }
        Request::Act { user, act } => {
            let put = client.put(format!("{base}/api/v1/profiles/user_id/{user}/permissions"));
            with_json(put.bearer_auth(api_key("privacy")), act)
        }
    }
}

async fn send(shared: Arc<Shared>) {
    loop {
        let Some(household) = shared.households.lock().unwrap().pop_front() else { return };
        for request in household {
            send_until_answered(&shared, &request).await;
            shared.answers.send_modify(|count| *count += 1);
        }
    }
}

async fn send_until_answered(shared: &Shared, request: &RequestBuilder) {
    let mut up = shared.up.subscribe();
    loop {
        let request = request.try_clone().expect("the body is text");
        match reply_or_error(request).await {
            Ok(Reply { status, .. }) if status.is_success() => return,
            // What is behind, or without its database, asks to try again.
            Ok(Reply { status, .. }) if matches!(status.as_u16(), 429 | 503) => tokio::time::sleep(PAUSE).await,
            Ok(Reply { status, .. }) => panic!("{status}: this is no answer to traffic like this"),
            // A connection of the killed process; the next one goes to the new process, if it is there.
            Err(_) => drop(up.wait_for(|up| *up).await),
        }
    }
}
