//! Logs.

use std::time::Duration;

use amana_store::{Batch, CommitError, Position, Space, StoreError};
use bytes::Bytes;

use crate::bed::{Bed, Place, log, promises, run};

const LONG: Duration = Duration::from_secs(60);

promises! {
    async fn an_append_returns_the_position_after_its_last_record(bed: &mut Bed) {
        let journal = log("journal/web.1");
        assert_eq!(bed.store().head(&journal).await.unwrap(), Position(0));
        assert_eq!(bed.append(&journal, "a").await.unwrap(), Position(1));
        let three = vec![Bytes::from("b"), Bytes::new(), Bytes::from("d")];
        assert_eq!(bed.store().append(&journal, three).await.unwrap(), Position(4));
        assert_eq!(bed.store().head(&journal).await.unwrap(), Position(4));
        bed.close().await;
        bed.reopen().await;
        assert_eq!(bed.records(&journal).await, ["a", "b", "", "d"]);
        assert_eq!(bed.append(&journal, "e").await.unwrap(), Position(5));
        assert_eq!(bed.records(&log("another")).await, [""; 0]);
    }

    async fn log_order_is_commit_order_under_concurrent_writers(bed: &mut Bed) {
        let changes = log("changes");
        let writer = |writer: u32| {
            let (store, changes) = (bed.store().clone(), changes.clone());
            tokio::spawn(async move {
                for round in 0..25 {
                    loop {
                        let counter = store.get(Space::Tally, b"counter".to_vec()).await.unwrap();
                        let seen: u64 = counter.as_ref().map_or(0, |c| str::from_utf8(&c.value).unwrap().parse().unwrap());
                        let mut batch = Batch::new();
                        batch.expect(Space::Tally, "counter", counter.map(|c| c.version));
                        batch.put(Space::Tally, "counter", (seen + 1).to_string());
                        batch.append(&changes, (seen + 1).to_string());
                        batch.append(&changes, format!("{writer} {round}"));
                        match store.commit(batch).await {
                            Ok(()) => break,
                            Err(CommitError::Conflict(_)) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            })
        };
        for writer in (0..4).map(writer).collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        let records = bed.records(&changes).await;
        let counted: Vec<u64> = records.iter().step_by(2).map(|record| record.parse().unwrap()).collect();
        assert_eq!(counted, (1..=100).collect::<Vec<_>>());
    }

    async fn concurrent_appends_get_dense_positions_of_their_own(bed: &mut Bed) {
        let journal = log("journal");
        let appender = |number: u64| {
            let (store, journal) = (bed.store().clone(), journal.clone());
            tokio::spawn(async move {
                let records: Vec<_> = (0..3).map(|record| Bytes::from(format!("{number} {record}"))).collect();
                (number, store.append(&journal, records).await.unwrap())
            })
        };
        let mut ends = Vec::new();
        for task in (0..200).map(appender).collect::<Vec<_>>() {
            ends.push(task.await.unwrap());
        }
        let records = bed.records(&journal).await;
        assert_eq!(records.len(), 600);
        for (number, end) in ends {
            let end = usize::try_from(end.0).unwrap();
            let mine: Vec<_> = (0..3).map(|record| format!("{number} {record}")).collect();
            assert_eq!(records[end - 3..end], mine);
        }
    }

    async fn reading_stops_at_the_limit_and_gives_at_least_one_record(bed: &mut Bed) {
        let journal = log("journal");
        let long = "x".repeat(300_000);
        for record in ["aa", "bb", &long, "cc"] {
            bed.append(&journal, record).await.unwrap();
        }
        let lengths = async |from, bytes_max| {
            let records = bed.store().read(&journal, Position(from), bytes_max).await.unwrap();
            records.into_iter().map(|(position, record)| (position.0, record.len())).collect::<Vec<_>>()
        };
        assert_eq!(lengths(0, 4).await, [(0, 2), (1, 2)]);
        assert_eq!(lengths(0, 3).await, [(0, 2)]);
        assert_eq!(lengths(0, 0).await, [(0, 2)]);
        assert_eq!(lengths(2, 10).await, [(2, 300_000)]);
        assert_eq!(lengths(1, usize::MAX).await, [(1, 2), (2, 300_000), (3, 2)]);
        assert_eq!(lengths(4, 10).await, []);
        assert_eq!(lengths(9, 10).await, []);
    }

    async fn waiting_ends_when_a_record_comes(bed: &mut Bed) {
        let (journal, changes) = (log("journal"), log("changes"));
        assert!(!bed.store().wait(&journal, Position(0), Duration::ZERO).await.unwrap());
        let (store, name) = (bed.store().clone(), journal.clone());
        let waiting = tokio::spawn(async move { store.wait(&name, Position(1), LONG).await.unwrap() });
        bed.append(&journal, "a").await.unwrap();
        bed.append(&journal, "b").await.unwrap();
        assert!(waiting.await.unwrap());
        assert!(bed.store().wait(&journal, Position(0), Duration::from_secs(1)).await.unwrap());
        let (store, name) = (bed.store().clone(), changes.clone());
        let waiting = tokio::spawn(async move { store.wait(&name, Position(0), LONG).await.unwrap() });
        let mut batch = Batch::new();
        batch.append(&changes, "a");
        bed.store().commit(batch).await.unwrap();
        assert!(waiting.await.unwrap());
    }

    async fn a_log_is_of_one_kind(bed: &mut Bed) {
        let (journal, outbox) = (log("journal"), log("outbox"));
        bed.append(&journal, "a").await.unwrap();
        let mut batch = Batch::new();
        batch.append(&outbox, "a");
        bed.store().commit(batch).await.unwrap();
        let mut batch = Batch::new();
        batch.append(&journal, "b").append(&outbox, "b").put(Space::Tally, "a", "1");
        let refused = bed.store().commit(batch).await;
        assert!(matches!(refused, Err(CommitError::Store(StoreError::LogKind { .. }))), "{refused:?}");
        let refused = bed.append(&outbox, "b").await;
        assert!(matches!(refused, Err(StoreError::LogKind { .. })), "{refused:?}");
        assert_eq!(bed.records(&journal).await, ["a"]);
        assert_eq!(bed.records(&outbox).await, ["a"]);
        assert_eq!(bed.text("a").await, None);
    }

    async fn what_is_dropped_is_never_more_than_asked_for_and_cannot_be_read(bed: &mut Bed) {
        let journal = log("journal");
        bed.segment_bytes_max = 200;
        bed.close().await;
        bed.reopen().await;
        for number in 0..20 {
            bed.append(&journal, &format!("record {number:02} {}", "x".repeat(40))).await.unwrap();
        }
        bed.store().drop_before(&journal, Position(13)).await.unwrap();
        let tail = bed.store().tail(&journal).await.unwrap();
        assert!(tail > Position(8) && tail <= Position(13), "{tail}");
        assert!(bed.records(&journal).await[0].starts_with(&format!("record {tail:02}")));
        let refused = bed.store().read(&journal, Position(0), 10).await;
        assert!(matches!(&refused, Err(StoreError::Dropped { tail: named, .. }) if *named == tail), "{refused:?}");
        bed.close().await;
        bed.reopen().await;
        assert_eq!(bed.store().tail(&journal).await.unwrap(), tail);
        assert_eq!(bed.append(&journal, "next").await.unwrap(), Position(21));
        bed.store().drop_before(&log("nobody-wrote"), Position(9)).await.unwrap();
    }

    async fn a_record_over_the_limit_is_refused(bed: &mut Bed) {
        let refused = bed.store().append(&log("journal"), vec![vec![0; (16 << 20) + 1].into()]).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    }
}

#[test]
fn only_plain_names_are_names_of_logs() {
    for name in ["", "A", "a b", "ä", "a\\b", &"a".repeat(65)] {
        assert!(matches!(amana_store::LogName::new(name), Err(StoreError::Invalid(_))), "{name}");
    }
}

#[test]
fn a_name_of_a_log_cannot_leave_the_folder() {
    run(async {
        let bed = Bed::embedded().await;
        for name in ["..", ".", "../../escape", "a/../b"] {
            bed.append(&log(name), name).await.unwrap();
            assert_eq!(bed.records(&log(name)).await, [name]);
        }
        let folders = std::fs::read_dir(bed.dir().join("logs")).unwrap().count();
        assert_eq!(folders, 4);
    });
}

#[test]
fn unlinked_segments_are_freed() {
    run(async {
        let mut bed = Bed::embedded().await;
        bed.segment_bytes_max = 10_000;
        bed.close().await;
        bed.reopen().await;
        for (name, committed) in [("journal", false), ("changes", true)] {
            let name = log(name);
            for _ in 0..50 {
                if committed {
                    let mut batch = Batch::new();
                    batch.append(&name, vec![1; 1_000]);
                    bed.store().commit(batch).await.unwrap();
                } else {
                    bed.store().append(&name, vec![vec![1; 1_000].into()]).await.unwrap();
                }
            }
            let before = bed.segments(&name).len();
            assert!(before >= 5, "{before}");
            bed.store().drop_before(&name, Position(50)).await.unwrap();
            assert_eq!(bed.segments(&name).len(), 1, "only the one that is written to stays");
        }
        assert!(matches!(bed.place, Place::Folder(_)));
    });
}
