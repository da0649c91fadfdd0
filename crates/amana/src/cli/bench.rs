//! `amana bench`.

use super::{Failure, say};
use crate::bench::{IngestOptions, PermitOptions, ingest, permit};
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

pub(super) async fn permits(options: super::BenchPermit) -> Result<(), Failure> {
    super::serve::log();
    let name = format!("amana-bench-{}", Dice::System.id(crate::clock::Clock::System.now()));
    let folder = options.folder.clone().unwrap_or_else(|| std::env::temp_dir().join(name));
    let measure = PermitOptions {
        seconds: options.seconds,
        people: options.people,
        withdrawals: options.withdrawals,
        folder: folder.clone(),
    };
    let progress = |line: String| {
        if !options.json {
            say(line);
        }
    };
    let measured = permit(&measure, &progress).await;
    if options.folder.is_none() {
        let _ = std::fs::remove_dir_all(&folder);
    }
    let report = measured?;
    if options.json {
        say(serde_json::to_string(&report)?);
        return Ok(());
    }
    say(format!(
        "\npermits/s of the pure function        {:>12.0} ({} ns each)",
        report.pure_permits_per_s, report.pure_ns
    ));
    say(format!("permits/s by the API                  {:>12.0}", report.api_permits_per_s));
    let pair = |(half, most): (f64, f64)| format!("{half:>10.1} {most:.1}");
    say(format!("answered, median and p99 (ms)           {}", pair(report.api_ms)));
    say(format!("a withdrawal in force, median and most (ms)   {}", pair(report.withdrawal_answered_ms)));
    say(format!("its keys gone, median and most (ms)     {}", pair(report.withdrawal_destroyed_ms)));
    Ok(())
}
