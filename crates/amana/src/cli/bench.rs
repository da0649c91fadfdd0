//! `amana bench`.

use super::{Failure, say};
use crate::bench::{IngestOptions, ingest};
use crate::dice::Dice;
use std::path::PathBuf;

pub(super) async fn run(seconds: u64, people: u32, json: bool, folder: Option<PathBuf>) -> Result<(), Failure> {
    super::serve::log();
    let name = format!("amana-bench-{}", Dice::System.id(crate::clock::Clock::System.now()));
    let made = folder.is_none();
    let folder = folder.unwrap_or_else(|| std::env::temp_dir().join(name));
    let options = IngestOptions { seconds, people, folder: folder.clone() };
    let progress = |line: String| {
        if !json {
            say(line);
        }
    };
    let measured = ingest(&options, &progress).await;
    if made {
        let _ = std::fs::remove_dir_all(&folder);
    }
    let report = measured?;
    if json {
        say(serde_json::to_string(&report)?);
        return Ok(());
    }
    say(format!("\nevents/s through the whole pipeline   {:>10.0}", report.pipeline_events_per_s));
    say(format!("events/s accepted only                {:>10.0}", report.accept_only_events_per_s));
    say(format!("ratio                                 {:>10.3}", report.ratio));
    say(format!("events in a batch                     {:>10.0}", report.batch_events));
    let (half, most) = report.acknowledged_ms;
    say(format!("acknowledged, median and p99 (ms)     {half:>10.1} {most:.1}"));
    say("µs of the pipeline's thread for an event:");
    for (stage, micros) in &report.stages_us {
        say(format!("  {stage:<35} {micros:>10.2}"));
    }
    Ok(())
}
