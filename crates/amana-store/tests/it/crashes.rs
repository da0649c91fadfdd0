//! Crashes between any two writes, and disks that fail.

use amana_store::{
    Batch, CommitError, LogName, Position, Space, StoreError,
    testing::{Fault, Step},
};

use crate::bed::{Bed, log, run};

const ROUNDS: u32 = 6;

/// What was acknowledged, and what was asked for.
#[derive(Debug, Default)]
struct Trace {
    acknowledged_appends: Vec<String>,
    asked_appends: Vec<String>,
    acknowledged_commits: u32,
    asked_commits: u32,
    asked_drop: bool,
}

/// Appends, commits, rotates segments and drops some, until something fails.
async fn work(bed: &Bed, trace: &mut Trace) -> Result<(), CommitError> {
    let (journal, changes) = (log("journal"), log("changes"));
    for round in 0..ROUNDS {
        let record = format!("record {round} {}", "x".repeat(60));
        trace.asked_appends.push(record.clone());
        bed.append(&journal, &record).await?;
        trace.acknowledged_appends.push(record);
        trace.asked_commits = round + 1;
        let mut batch = Batch::new();
        batch.put(Space::Tally, "round", round.to_string()).put(Space::Block, round.to_be_bytes(), vec![1; 10]);
        batch.append(&changes, format!("{round} a {}", "y".repeat(60))).append(&changes, format!("{round} b"));
        bed.store().commit(batch).await?;
        trace.acknowledged_commits = round + 1;
    }
    trace.asked_drop = true;
    bed.store().drop_before(&journal, Position(3)).await?;
    bed.store().drop_before(&changes, Position(4)).await?;
    Ok(())
}

/// Everything acknowledged is there, and what was not acknowledged is there completely or not at all.
async fn check(bed: &Bed, trace: &Trace, context: &str) {
    let journal = bed.records(&log("journal")).await;
    let tail = usize::try_from(bed.store().tail(&log("journal")).await.unwrap().0).unwrap();
    let end = tail + journal.len();
    assert!(end >= trace.acknowledged_appends.len(), "{context}: an acknowledged record is lost");
    assert!(end <= trace.asked_appends.len(), "{context}");
    assert_eq!(journal, trace.asked_appends[tail..end], "{context}");
    let committed = bed.text("round").await.map_or(0, |round| round.parse::<u32>().unwrap() + 1);
    assert!((trace.acknowledged_commits..=trace.asked_commits).contains(&committed), "{context}: {committed}");
    let head = bed.store().head(&log("changes")).await.unwrap();
    assert_eq!(head, Position(u64::from(committed) * 2), "{context}: logs and spaces are committed together");
    bed.records(&log("changes")).await;
    let blocks = bed.store().scan(Space::Block, amana_store::KeyRange::all(), 100).await.unwrap();
    assert_eq!(blocks.len(), committed as usize, "{context}");
    assert!(trace.asked_drop || tail == 0, "{context}");
}

async fn bed_with_small_segments() -> Bed {
    let mut bed = Bed::embedded().await;
    bed.segment_bytes_max = 250;
    bed.close().await;
    bed.reopen().await;
    bed
}

/// The steps of the work when nothing fails.
async fn steps() -> Vec<Step> {
    let bed = bed_with_small_segments().await;
    let mut trace = Trace::default();
    work(&bed, &mut trace).await.unwrap();
    check(&bed, &trace, "without a fault").await;
    bed.faults.steps()
}

#[test]
fn a_crash_between_any_two_writes_loses_nothing_acknowledged_and_leaves_nothing_half() {
    run(async {
        let steps = steps().await;
        for wanted in [Step::SegmentCreate, Step::SegmentRename, Step::SegmentUnlink, Step::SpacesCommitted] {
            assert!(steps.contains(&wanted), "the work does everything that can be cut off, but not {wanted:?}");
        }
        let faults = [Fault::Crash, Fault::PowerLoss];
        for ((number, step), fault) in steps.iter().enumerate().flat_map(|step| faults.map(|fault| (step, fault))) {
            let context = format!("{fault:?} at step {number}, {step:?}");
            let mut bed = bed_with_small_segments().await;
            let mut trace = Trace::default();
            bed.faults.inject(number, fault);
            work(&bed, &mut trace).await.expect_err(&context);
            bed.kill();
            bed.reopen().await;
            check(&bed, &trace, &context).await;
            let mut after = Trace::default();
            work(&bed, &mut after).await.unwrap_or_else(|error| panic!("{context}: {error}"));
        }
    });
}

#[test]
fn a_second_crash_during_recovery_changes_nothing() {
    run(async {
        let mut bed = bed_with_small_segments().await;
        let mut trace = Trace::default();
        bed.faults.inject_at(Step::SpacesCommit, Fault::Crash);
        work(&bed, &mut trace).await.unwrap_err();
        bed.kill();
        for _ in 0..3 {
            bed.reopen().await;
            check(&bed, &trace, "reopened").await;
            bed.kill();
        }
    });
}

#[test]
fn a_full_disk_refuses_the_write_and_leaves_the_store_healthy() {
    run(async {
        for step in [Step::LogWrite, Step::SegmentCreate, Step::SegmentRename] {
            let mut bed = bed_with_small_segments().await;
            let (journal, changes) = (log("journal"), log("changes"));
            bed.put("a", "before").await;
            bed.faults.inject_at(step, Fault::NoSpace);
            let refused = bed.append(&journal, "lost").await;
            assert!(matches!(refused, Err(StoreError::DiskFull { .. })), "{step:?} {refused:?}");
            assert_eq!(bed.append(&journal, "kept").await.unwrap(), Position(1));
            bed.faults.inject_at(step, Fault::NoSpace);
            let commit = |value: &str| {
                let mut batch = Batch::new();
                batch.put(Space::Tally, "a", value.to_owned()).append(&changes, value.to_owned());
                bed.store().commit(batch)
            };
            let refused = commit("lost").await;
            assert!(matches!(refused, Err(CommitError::Store(StoreError::DiskFull { .. }))), "{step:?} {refused:?}");
            assert_eq!(bed.text("a").await.as_deref(), Some("before"));
            commit("kept").await.unwrap();
            assert!(bed.store().failed().reason().is_none());
            bed.kill();
            bed.reopen().await;
            assert_eq!(bed.records(&journal).await, ["kept"]);
            assert_eq!(bed.records(&changes).await, ["kept"]);
        }
    });
}

#[test]
fn a_failed_sync_is_final() {
    run(async {
        for committing in [false, true] {
            let bed = bed_with_small_segments().await;
            let failed = tokio::spawn(bed.store().failed().wait());
            bed.faults.inject_at(Step::LogSync, Fault::InputOutput);
            let write = async |log: LogName| {
                if committing {
                    let mut batch = Batch::new();
                    batch.append(&log, "a");
                    bed.store().commit(batch).await
                } else {
                    bed.append(&log, "a").await.map(drop).map_err(CommitError::from)
                }
            };
            write(log("first")).await.unwrap_err();
            assert!(failed.await.unwrap().contains("sync"));
            let refused = write(log("second")).await;
            assert!(matches!(refused, Err(CommitError::Store(StoreError::Failed(_)))), "{refused:?}");
            let refused = bed.append(&log("third"), "a").await;
            assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
            assert!(bed.store().health().await.unwrap().failed.is_some());
        }
    });
}
