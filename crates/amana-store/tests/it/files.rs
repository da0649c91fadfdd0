//! What lies in the folder of the embedded engine: torn tails, damage, the lock.

use std::path::{Path, PathBuf};

use amana_store::{Batch, LogName, Position, StoreError};

use crate::bed::{Bed, log, run};

/// The head of a segment, before its first record.
const HEAD: usize = 48;

/// Two groups of records in the journal: "a", "b" and then "c".
async fn written(journal: &LogName) -> Bed {
    let bed = Bed::embedded().await;
    bed.store().append(journal, vec!["first".into(), "second".into()]).await.unwrap();
    bed.append(journal, "third").await.unwrap();
    bed
}

fn only_segment(bed: &Bed, log: &LogName) -> PathBuf {
    let [path] = bed.segments(log).try_into().expect("one segment");
    path
}

fn assert_damaged(opened: Result<(), StoreError>, file: &Path, context: &str) {
    match opened {
        Err(StoreError::Corrupt { path, .. }) => assert_eq!(path, file, "{context}"),
        other => panic!("{context}: expected damage to be found, not {other:?}"),
    }
}

#[test]
fn a_torn_tail_of_any_length_is_cut_and_the_rest_is_kept() {
    run(async {
        let journal = log("journal");
        let mut bed = written(&journal).await;
        let path = only_segment(&bed, &journal);
        bed.kill();
        let bytes = std::fs::read(&path).unwrap();
        let third = bytes.len() - 20 - "third".len();
        for length in third..=bytes.len() {
            for garbage in [&b""[..], &[0; 37], b"garbage of another kind, long enough for a header"] {
                // What follows a complete group is a torn one, so it is cut off whatever it is.
                std::fs::write(&path, [&bytes[..length], garbage].concat()).unwrap();
                bed.reopen().await;
                let whole = length == bytes.len();
                let expected: &[&str] = if whole { &["first", "second", "third"] } else { &["first", "second"] };
                assert_eq!(bed.records(&journal).await, expected, "length {length}");
                let position = Position(expected.len() as u64 + 1);
                assert_eq!(bed.append(&journal, "next").await.unwrap(), position);
                bed.kill();
                bed.reopen().await;
                assert_eq!(bed.records(&journal).await.last().unwrap(), "next");
                bed.kill();
            }
        }
    });
}

#[test]
fn a_group_of_which_only_the_end_reached_the_disk_is_cut() {
    run(async {
        let journal = log("journal");
        let mut bed = written(&journal).await;
        bed.store().append(&journal, vec!["fourth".into(), "fifth".into()]).await.unwrap();
        let path = only_segment(&bed, &journal);
        bed.kill();
        let mut bytes = std::fs::read(&path).unwrap();
        let fourth = bytes.len() - 2 * 20 - "fourthfifth".len();
        bytes[fourth..fourth + 26].fill(0);
        std::fs::write(&path, bytes).unwrap();
        bed.reopen().await;
        assert_eq!(bed.records(&journal).await, ["first", "second", "third"]);
    });
}

#[test]
fn damage_before_a_later_group_is_never_taken_for_a_torn_tail() {
    run(async {
        let journal = log("journal");
        let mut bed = written(&journal).await;
        let path = only_segment(&bed, &journal);
        bed.kill();
        let bytes = std::fs::read(&path).unwrap();
        let third = bytes.len() - 20 - "third".len();
        for at in HEAD..third {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            std::fs::write(&path, damaged).unwrap();
            assert_damaged(bed.try_reopen().await, &path, &format!("byte {at}"));
        }
    });
}

#[test]
fn after_closing_in_good_order_every_cut_and_every_flipped_byte_is_noticed() {
    run(async {
        for committed in [false, true] {
            let name = log("log");
            let mut bed = Bed::embedded().await;
            for record in ["first", "second"] {
                if committed {
                    let mut batch = Batch::new();
                    batch.append(&name, record);
                    bed.store().commit(batch).await.unwrap();
                } else {
                    bed.append(&name, record).await.unwrap();
                }
            }
            bed.close().await;
            let path = only_segment(&bed, &name);
            let bytes = std::fs::read(&path).unwrap();
            for length in 0..bytes.len() {
                std::fs::write(&path, &bytes[..length]).unwrap();
                assert_damaged(bed.try_reopen().await, &path, &format!("length {length}"));
            }
            for at in HEAD..bytes.len() {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << (at % 8);
                std::fs::write(&path, damaged).unwrap();
                assert_damaged(bed.try_reopen().await, &path, &format!("byte {at}"));
            }
            std::fs::write(&path, bytes).unwrap();
            bed.reopen().await;
            assert_eq!(bed.records(&name).await, ["first", "second"]);
        }
    });
}

#[test]
fn damage_in_an_older_segment_names_file_and_offset_when_it_is_read() {
    run(async {
        let journal = log("journal");
        let mut bed = Bed::embedded().await;
        bed.segment_bytes_max = 100;
        bed.close().await;
        bed.reopen().await;
        for _ in 0..6 {
            bed.append(&journal, &"x".repeat(60)).await.unwrap();
        }
        bed.close().await;
        let oldest = bed.segments(&journal)[0].clone();
        let mut bytes = std::fs::read(&oldest).unwrap();
        bytes[HEAD + 30] ^= 1;
        std::fs::write(&oldest, bytes).unwrap();
        bed.reopen().await;
        let read = bed.store().read(&journal, Position(0), 1_000).await;
        match read {
            Err(StoreError::Corrupt { path, offset, .. }) => assert_eq!((path, offset), (oldest, HEAD as u64)),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn bytes_that_look_like_a_record_inside_a_payload_are_a_payload() {
    run(async {
        let journal = log("journal");
        let mut bed = written(&journal).await;
        let path = only_segment(&bed, &journal);
        // Somebody who knows our format sends a whole segment as an event, and then the machine crashes.
        let spoof = std::fs::read(&path).unwrap();
        bed.store().append(&journal, vec![spoof.clone().into()]).await.unwrap();
        bed.kill();
        let length = std::fs::metadata(&path).unwrap().len();
        std::fs::File::options().write(true).open(&path).unwrap().set_len(length - 1).unwrap();
        bed.reopen().await;
        assert_eq!(bed.records(&journal).await, ["first", "second", "third"]);
    });
}

#[test]
fn a_folder_is_open_in_one_process_at_a_time() {
    run(async {
        let mut bed = Bed::embedded().await;
        let refused = bed.open().await;
        assert!(matches!(refused, Err(StoreError::Locked { .. })), "{refused:?}");
        bed.close().await;
        bed.reopen().await;
    });
}

#[test]
fn a_foreign_file_among_the_logs_is_named() {
    run(async {
        let mut bed = Bed::embedded().await;
        bed.append(&log("journal"), "a").await.unwrap();
        bed.close().await;
        let foreign = bed.dir().join("logs/journal.log/notes.txt");
        std::fs::write(&foreign, "?").unwrap();
        assert_damaged(bed.try_reopen().await, &foreign, "a foreign file");
    });
}
