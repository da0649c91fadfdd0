//! An installation inside the test: real store, real doors, real deliveries, a clock that the test moves.

use super::{Engine, Recipient, Reply, api_key, catalog, reply, write_key};
use amana::acts_log::ActsShipping;
use amana::audience::Sweep;
use amana::clock::Clock;
use amana::deliver::{Deliveries, DeliveryOptions};
use amana::dice::Dice;
use amana::govern::apply_catalog;
use amana::http_client::client_builder;
use amana::pipeline::{Tally, TallyName};
use amana::server::{Config, Doors, Installation, StartError, StoreFrom};
use amana_core::Moment;
use amana_core::catalog::Catalog;
use amana_store::testing::Faults;
use reqwest::{Client, Method};
use serde_json::{Value as Json, json};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::{Handle, RuntimeFlavor};

/// When the clock of an installation under test begins.
pub(crate) const START: &str = "2026-03-01T12:00:00Z";
/// Nothing that is waited for takes this long; a test that waits longer says what it waited for.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(60);

/// A running installation.
pub(crate) struct House {
    pub(crate) clock: Clock,
    pub(crate) folder: TempDir,
    pub(crate) base: String,
    pub(crate) recipient: Recipient,
    pub(super) client: Client,
    pub(crate) engine: Engine,
    /// Where acts are shipped to.
    pub(crate) acts: ActsShipping,
    /// What its store meets.
    pub(crate) faults: Faults,
    pub(super) running: Option<Running>,
}

/// What runs while nobody has left.
pub(super) struct Running {
    installation: Installation,
    doors: Doors,
    pub(super) deliveries: Deliveries,
}

impl House {
    /// An installation with a catalogue whose markers are filled in.
    pub(crate) async fn open(engine: Engine, text: &str) -> Self {
        Self::open_at(engine, text, Moment::parse(START).unwrap()).await
    }

    /// The same, with a clock that stands somewhere else.
    pub(crate) async fn open_at(engine: Engine, text: &str, now: Moment) -> Self {
        Self::open_with(engine, text, Clock::manual(now)).await
    }

    /// The same, with a clock of one's own.
    pub(crate) async fn open_with(engine: Engine, text: &str, clock: Clock) -> Self {
        let mut house = Self::new(engine, clock).await;
        house.enter().await;
        house.apply(text).await;
        house
    }

    /// An installation to which no catalogue was ever applied.
    pub(crate) async fn empty(engine: Engine) -> Self {
        let mut house = Self::new(engine, Clock::manual(Moment::parse(START).unwrap())).await;
        house.enter().await;
        house
    }

    async fn new(engine: Engine, clock: Clock) -> Self {
        Self {
            clock,
            folder: tempfile::tempdir().unwrap(),
            base: String::new(),
            recipient: Recipient::start().await,
            client: client_builder().build().unwrap(),
            engine,
            acts: ActsShipping::default(),
            faults: Faults::none(),
            running: None,
        }
    }

    pub(crate) async fn enter(&mut self) {
        self.try_enter().await.unwrap();
    }

    /// How it is started.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new(self.folder.path());
        config.store = self.engine.store();
        match &mut config.store {
            StoreFrom::Embedded(options) => options.faults = self.faults.clone(),
            StoreFrom::Postgres(_, options) => options.faults = self.faults.clone(),
        }
        config.clock = self.clock.clone();
        config.dice = Dice::System;
        config.acts = self.acts.clone();
        config
    }

    /// Starts, or says why it does not.
    pub(crate) async fn try_enter(&mut self) -> Result<(), StartError> {
        let installation = Installation::start(self.config()).await?;
        let doors = Doors::open(installation.app(), self.folder.path(), ([127, 0, 0, 1], 0).into()).await.unwrap();
        let options = DeliveryOptions { idle: Duration::from_millis(50), ..DeliveryOptions::default() };
        let deliveries = Deliveries::start(installation.app().clone(), options);
        self.base = format!("http://{}", doors.address);
        self.running = Some(Running { installation, doors, deliveries });
        Ok(())
    }

    /// Stops and starts again on the same state.
    pub(crate) async fn restart(&mut self) {
        self.leave().await;
        self.enter().await;
    }

    /// Stops.
    pub(crate) async fn leave(&mut self) {
        if let Some(Running { installation, doors, deliveries }) = self.running.take() {
            doors.close().await;
            deliveries.shutdown().await;
            installation.stop().await;
        }
    }

    /// Puts a catalogue in force.
    pub(crate) async fn apply(&self, text: &str) {
        let text = self.filled(text);
        let catalog = Catalog::read(&text).unwrap_or_else(|problems| panic!("{problems:#?}"));
        apply_catalog(self.app(), &catalog, None).await.unwrap();
    }

    /// A catalogue with the keys and addresses of this installation.
    pub(crate) fn filled(&self, text: &str) -> String {
        catalog(text, &self.recipient.url())
    }

    /// What doors are handed.
    pub(crate) fn app(&self) -> &amana::app::App {
        self.running.as_ref().unwrap().installation.app()
    }

    /// Where state is stored, when that is a database.
    pub(crate) fn database(&self) -> Option<&str> {
        self.engine.url()
    }

    /// Moves the clock, and makes whoever waits by it look again.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance_millis(i64::try_from(by.as_millis()).unwrap());
        if let Some(running) = &self.running {
            running.deliveries.nudge();
        }
    }

    /// Sends events of a source and waits until they are worked on.
    pub(crate) async fn send(&self, source: &str, events: Json) -> Reply {
        let reply = self.post_events(source, events).await;
        self.settle().await;
        reply
    }

    /// Sends events of a source.
    pub(crate) async fn post_events(&self, source: &str, events: Json) -> Reply {
        let request = self.client.post(format!("{}/v1/batch", self.base)).basic_auth(write_key(source), None::<&str>);
        reply(request.header("content-type", "application/json").body(json!({ "batch": events }).to_string())).await
    }

    /// Waits until everything that was acknowledged is worked on, and everybody was put to the audiences in force.
    pub(crate) async fn settle(&self) {
        let journal = self.app().journal();
        let worked = tokio::time::timeout(WAIT_MAX, journal.committed(journal.written())).await;
        assert!(worked.is_ok(), "the pipeline did not work on what was acknowledged");
        let swept = tokio::time::timeout(WAIT_MAX, async {
            while Sweep::load(self.app().store()).await.unwrap().through() < self.app().current().policy.version {
                tokio::task::yield_now().await;
            }
        });
        assert!(swept.await.is_ok(), "not everybody was put to the audiences in force");
    }

    /// Moves the clock, and waits until everything that time demands was done.
    pub(crate) async fn pass(&self, time: Duration) {
        self.advance(time);
        let now = self.clock.now();
        let mut caught_up = self.app().stages().caught_up();
        let waited = tokio::time::timeout(WAIT_MAX, caught_up.wait_for(|reached| *reached >= now)).await;
        assert!(waited.is_ok(), "what time demands was not done");
    }

    /// How often something has happened, as the pipeline counts it.
    pub(crate) async fn tally(&self, name: TallyName) -> u64 {
        Tally::load(self.app().store()).await.unwrap().get(name)
    }

    /// Asks the API as a role.
    pub(crate) async fn ask(&self, role: &str, method: Method, path: &str, body: Option<Json>) -> Reply {
        let request = self.client.request(method, format!("{}/api/v1/{path}", self.base)).bearer_auth(api_key(role));
        match body {
            Some(body) => reply(request.header("content-type", "application/json").body(body.to_string())).await,
            None => reply(request).await,
        }
    }

    /// Reads from the API as a role.
    pub(crate) async fn get(&self, role: &str, path: &str) -> Reply {
        self.ask(role, Method::GET, path, None).await
    }

    /// A client of one's own.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }
}

impl Drop for House {
    /// Whoever forgot to leave leaves now, where the runtime can wait for it: everything ends before the runtime does.
    fn drop(&mut self) {
        let runtime = Handle::current();
        let can_wait = runtime.runtime_flavor() == RuntimeFlavor::MultiThread && !std::thread::panicking();
        if self.running.is_some() && can_wait {
            tokio::task::block_in_place(|| runtime.block_on(self.leave()));
        }
    }
}
