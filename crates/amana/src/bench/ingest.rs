//! `amana bench ingest`: how many events a second become profiles.
//!
//! Everything is real: requests over loopback HTTP, durable before they are acknowledged, through the whole pipeline.
//! The floor is the same load on an installation whose pipeline stands still: what accepting alone costs. The load
//! generator runs beside it on the same processors and its time counts.

use super::Failure;
use super::house::{catalog, fresh, settle, start};
use super::sender::Sender;
use crate::clock::Clock;
use crate::govern::apply_catalog;
use crate::pipeline::{Stage, TallyName};
use crate::server::{Doors, Installation, open_app};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What to measure.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// How long to send.
    pub seconds: u64,
    /// How many people are loaded first.
    pub people: u32,
    /// The folder to work in; it is emptied.
    pub folder: std::path::PathBuf,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct IngestReport {
    /// Events a second, durable, through the whole pipeline, everything included.
    pub pipeline_events_per_s: f64,
    /// Events a second, durable, accepted and nothing more.
    pub accept_only_events_per_s: f64,
    /// The first by the second.
    pub ratio: f64,
    /// People loaded.
    pub people: u32,
    /// Events sent through the pipeline.
    pub events: u64,
    /// Events of which something was kept.
    pub events_kept: u64,
    /// Seconds from the first request until everything was committed.
    pub seconds: f64,
    /// Events a second while people were loaded.
    pub load_events_per_s: f64,
    /// Microseconds of the pipeline's thread for an event, by stage.
    pub stages_us: BTreeMap<&'static str, f64>,
    /// Events in a batch, on average.
    pub batch_events: f64,
    /// Milliseconds until a request of a hundred events was acknowledged: half, and all but one in a hundred.
    pub acknowledged_ms: (f64, f64),
}

/// Measures, first the floor and then the pipeline.
///
/// # Errors
/// When an installation does not start or refuses the load.
pub async fn ingest(options: &IngestOptions, say: &(dyn Fn(String) + Sync)) -> Result<IngestReport, Failure> {
    say(format!("accept only, {} s …", options.seconds));
    let accept_only = accept_only(options).await?;
    say(format!("accept only: {accept_only:.0} events/s"));
    let folder = options.folder.join("pipeline");
    let (installation, doors) = start(&folder).await?;
    let sender = Sender::new(doors.address)?;
    say(format!("loading {} people …", options.people));
    let began = Instant::now();
    sender.load_people(options.people, &Clock::System).await?;
    settle(&installation).await?;
    let load_events_per_s = f64::from(options.people) * 2.0 / began.elapsed().as_secs_f64();
    say(format!("loaded at {load_events_per_s:.0} events/s; sending visits for {} s …", options.seconds));
    let before = Reading::take(&installation);
    let began = Instant::now();
    let mut sent = sender.send_for(Duration::from_secs(options.seconds), options.people).await?;
    settle(&installation).await?;
    let seconds = began.elapsed().as_secs_f64();
    let after = Reading::take(&installation);
    let tally = crate::pipeline::Tally::load(installation.app().store()).await?;
    doors.close().await;
    installation.stop().await;
    let events = sent.events;
    let pipeline = events as f64 / seconds;
    Ok(IngestReport {
        pipeline_events_per_s: pipeline.round(),
        accept_only_events_per_s: accept_only.round(),
        ratio: (pipeline / accept_only * 1000.0).round() / 1000.0,
        people: options.people,
        events,
        events_kept: tally.get(TallyName::EventsKept),
        seconds,
        load_events_per_s: load_events_per_s.round(),
        stages_us: after.stages_since(&before),
        batch_events: after.batch_events_since(&before),
        acknowledged_ms: (sent.percentile_ms(0.5), sent.percentile_ms(0.99)),
    })
}

async fn accept_only(options: &IngestOptions) -> Result<f64, Failure> {
    let folder = options.folder.join("accept");
    let config = fresh(&folder)?;
    let app = open_app(&config).await?;
    apply_catalog(&app, &catalog()?, None).await?;
    let doors = Doors::open(&app, &folder, ([127, 0, 0, 1], 0).into()).await?;
    let sender = Sender::new(doors.address)?;
    let began = Instant::now();
    let sent = sender.send_for(Duration::from_secs(options.seconds), options.people).await?;
    let seconds = began.elapsed().as_secs_f64();
    doors.close().await;
    app.store().clone().close().await;
    Ok(sent.events as f64 / seconds)
}

/// Where the pipeline's counters stand.
struct Reading {
    nanos: [u64; 6],
    events: u64,
    batches: u64,
}

impl Reading {
    fn take(installation: &Installation) -> Self {
        let stages = installation.app().stages();
        Self { nanos: Stage::ALL.map(|stage| stages.nanos(stage)), events: stages.events(), batches: stages.batches() }
    }

    fn stages_since(&self, before: &Self) -> BTreeMap<&'static str, f64> {
        let events = (self.events - before.events).max(1) as f64;
        let micros = |stage: Stage| {
            let nanos = self.nanos[stage as usize] - before.nanos[stage as usize];
            (nanos as f64 / events / 10.0).round() / 100.0
        };
        Stage::ALL.into_iter().map(|stage| (stage.name(), micros(stage))).collect()
    }

    fn batch_events_since(&self, before: &Self) -> f64 {
        let batches = (self.batches - before.batches).max(1) as f64;
        ((self.events - before.events) as f64 / batches).round()
    }
}
