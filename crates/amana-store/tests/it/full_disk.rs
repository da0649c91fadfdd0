//! Disks that really are full.

use std::{path::Path, process::Command};

use amana_store::{Batch, CommitError, EmbeddedOptions, Position, Space, Store, StoreError};
use bytes::Bytes;

use crate::bed::{Bed, folder, log, read_all, run};

#[test]
fn below_the_floor_nothing_is_written() {
    run(async {
        let dir = folder();
        let options = EmbeddedOptions { free_space_floor_bytes: u64::MAX, ..EmbeddedOptions::default() };
        let store = Store::open_embedded(dir.path(), options).await.unwrap();
        let refused = store.append(&log("journal"), vec!["a".into()]).await;
        match refused {
            Err(StoreError::DiskFull { free, floor, path }) => {
                assert!(free > 0 && floor == u64::MAX && path == dir.path());
            }
            other => panic!("{other:?}"),
        }
        let mut batch = Batch::new();
        batch.put(Space::Tally, "a", "1");
        let refused = store.commit(batch).await;
        assert!(matches!(refused, Err(CommitError::Store(StoreError::DiskFull { .. }))), "{refused:?}");
        assert!(store.failed().reason().is_none());
        let health = store.health().await.unwrap();
        assert!(health.free_bytes < health.floor_bytes);
    });
}

/// A small file system in memory, which is gone when dropped.
struct Mount<'a>(&'a Path);

impl<'a> Mount<'a> {
    /// `None` when we may not mount.
    fn new(dir: &'a Path, size: &str) -> Option<Self> {
        let options = format!("size={size}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(dir).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(dir))
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

#[test]
fn a_log_on_a_disk_without_space_refuses_keeps_what_it_has_and_goes_on_when_there_is_space_again() {
    run(async {
        let mut bed = Bed::embedded().await;
        bed.segment_bytes_max = 100_000;
        bed.close().await;
        let logs = bed.dir().join("logs");
        let Some(_mount) = Mount::new(&logs, "1m") else {
            println!("skipped: only root may mount a small file system");
            return;
        };
        bed.reopen().await;
        let journal = log("journal");
        let mut acknowledged = 0;
        let refused = loop {
            match bed.store().append(&journal, vec![Bytes::from(vec![b'x'; 9_000])]).await {
                Ok(position) => acknowledged = position.0,
                Err(error) => break error,
            }
        };
        assert!(matches!(refused, StoreError::DiskFull { .. }), "{refused:?}");
        assert!(acknowledged > 50 && bed.store().failed().reason().is_none());
        assert_eq!(read_all(bed.store(), &journal).await.unwrap().len() as u64, acknowledged);
        bed.put("a", "spaces lie elsewhere").await;
        bed.store().drop_before(&journal, Position(acknowledged)).await.unwrap();
        let next = bed.append(&journal, "next").await.unwrap();
        assert_eq!(next, Position(acknowledged + 1));
        bed.kill();
        bed.reopen().await;
        assert_eq!(bed.records(&journal).await.last().unwrap(), "next");
        bed.close().await;
    });
}
