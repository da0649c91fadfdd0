//! Commits, versions, conflicts, scans.

use amana_store::{Batch, CommitError, KeyRange, Space, StoreError};

use crate::bed::{conflicts, log, promises};

promises! {
    async fn what_was_committed_is_read_again_after_reopening(bed: &mut Bed) {
        bed.put("a", "1").await;
        let before = bed.get("a").await;
        bed.close().await;
        bed.reopen().await;
        assert_eq!(bed.get("a").await, before);
        bed.put("a", "2").await;
        assert!(bed.version("a").await > before.map(|found| found.version));
    }

    async fn a_conflict_names_every_changed_key(bed: &mut Bed) {
        for key in ["a", "b", "c", "d"] {
            bed.put(key, "old").await;
        }
        let mut batch = Batch::new();
        for key in ["d", "c", "b", "a"] {
            batch.expect(Space::Tally, key, bed.version(key).await);
        }
        batch.expect(Space::Tally, "new", None).expect(Space::Tally, "still absent", None);
        batch.put(Space::Tally, "a", "mine").append(&log("outbox"), "mine");
        for key in ["b", "d", "new"] {
            bed.put(key, "theirs").await;
        }
        assert_eq!(conflicts(bed.store().commit(batch).await), ["b", "d", "new"]);
        assert_eq!(bed.text("a").await.as_deref(), Some("old"), "nothing of it was done");
        assert_eq!(bed.records(&log("outbox")).await, [""; 0]);
    }

    async fn a_commit_whose_expectations_hold_is_done(bed: &mut Bed) {
        bed.put("a", "1").await;
        let mut batch = Batch::new();
        batch.expect(Space::Tally, "a", bed.version("a").await).put(Space::Tally, "a", "2");
        batch.expect(Space::Tally, "b", None).put(Space::Tally, "b", "1");
        batch.expect(Space::Tally, "only asked", None);
        bed.store().commit(batch).await.unwrap();
        assert_eq!(bed.text("a").await.as_deref(), Some("2"));
        assert_eq!(bed.text("b").await.as_deref(), Some("1"));
        assert_eq!(bed.text("only asked").await, None);
    }

    async fn a_key_that_was_deleted_and_put_again_is_not_the_same(bed: &mut Bed) {
        bed.put("a", "same").await;
        let seen = bed.version("a").await;
        let mut delete = Batch::new();
        delete.delete(Space::Tally, "a");
        bed.store().commit(delete).await.unwrap();
        bed.close().await;
        bed.reopen().await;
        bed.put("a", "same").await;
        assert!(bed.version("a").await > seen, "versions ascend over deletion and reopening");
        let mut batch = Batch::new();
        batch.expect(Space::Tally, "a", seen).put(Space::Tally, "a", "mine");
        assert_eq!(conflicts(bed.store().commit(batch).await), ["a"]);
    }

    async fn an_expected_absence_fails_on_a_present_key_and_the_other_way_round(bed: &mut Bed) {
        bed.put("present", "1").await;
        let mut batch = Batch::new();
        batch.expect(Space::Tally, "present", None).expect(Space::Tally, "absent", Some(1));
        assert_eq!(conflicts(bed.store().commit(batch).await), ["absent", "present"]);
    }

    async fn of_concurrent_commits_on_one_version_exactly_one_is_done(bed: &mut Bed) {
        for round in 0..20 {
            let seen = bed.version("counter").await;
            let commit = |writer: u32| {
                let mut batch = Batch::new();
                batch.expect(Space::Tally, "counter", seen);
                batch.put(Space::Tally, "counter", format!("{round} {writer}"));
                batch.put(Space::Tally, format!("{round} {writer}"), "mine");
                let store = bed.store().clone();
                tokio::spawn(async move { store.commit(batch).await })
            };
            let writers: Vec<_> = (0..4).map(commit).collect();
            let mut done = 0;
            for (number, writer) in writers.into_iter().enumerate() {
                let committed = writer.await.unwrap();
                let trace = bed.text(&format!("{round} {number}")).await;
                assert_eq!(committed.is_ok(), trace.is_some());
                match committed {
                    Ok(()) => done += 1,
                    failed => assert_eq!(conflicts(failed), ["counter"]),
                }
            }
            assert_eq!(done, 1, "round {round}");
        }
    }

    async fn crossing_commits_without_expectations_are_all_done(bed: &mut Bed) {
        let commit = |writer: usize| {
            let mut batch = Batch::new();
            for key in 0..50 {
                batch.put(Space::Tally, format!("{:02}", (key * (writer + 1)) % 50), writer.to_string());
            }
            let store = bed.store().clone();
            tokio::spawn(async move { store.commit(batch).await })
        };
        for writer in (0..8).map(commit).collect::<Vec<_>>() {
            writer.await.unwrap().unwrap();
        }
        let found = bed.store().scan(Space::Tally, KeyRange::all(), 100).await.unwrap();
        assert!(found.iter().all(|(_, entry)| entry.version > 0));
    }

    async fn the_last_change_of_a_key_in_a_batch_counts(bed: &mut Bed) {
        let mut batch = Batch::new();
        batch.put(Space::Tally, "a", "1").put(Space::Tally, "b", "1").put(Space::Tally, "a", "2");
        batch.delete(Space::Tally, "b");
        bed.store().commit(batch).await.unwrap();
        assert_eq!(bed.text("a").await.as_deref(), Some("2"));
        assert_eq!(bed.text("b").await, None);
    }

    async fn get_many_answers_in_the_order_of_its_keys(bed: &mut Bed) {
        for key in ["a", "b", "c"] {
            bed.put(key, key).await;
        }
        let keys = ["c", "missing", "a", "c"].map(|key| key.as_bytes().to_vec());
        let found = bed.store().get_many(Space::Tally, &keys).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|entry| entry.map(|entry| entry.value)).collect();
        assert_eq!(found, [Some("c".into()), None, Some("a".into()), Some("c".into())]);
        assert!(bed.store().get_many(Space::Tally, &[]).await.unwrap().is_empty());
    }

    async fn scans_see_keys_in_byte_order_within_their_range(bed: &mut Bed) {
        let keys: [&[u8]; 6] = [b"a", b"a\0", b"a\xff", b"b", b"b\xff\xff", b"\xff"];
        let mut batch = Batch::new();
        for key in keys {
            batch.put(Space::Member, key, key.to_vec());
            batch.put(Space::Tally, key, "another space");
        }
        bed.store().commit(batch).await.unwrap();
        let store = bed.store();
        let names = |found: Vec<(Vec<u8>, _)>| found.into_iter().map(|(key, _)| key).collect::<Vec<_>>();
        let scan = async |range, limit| names(store.scan(Space::Member, range, limit).await.unwrap());
        let back = async |range, limit| names(store.scan_reverse(Space::Member, range, limit).await.unwrap());
        assert_eq!(scan(KeyRange::all(), 10).await, keys);
        assert_eq!(scan(KeyRange::prefix(*b"a"), 10).await, &keys[..3]);
        assert_eq!(scan(KeyRange::prefix(*b"a").after(b"a"), 10).await, &keys[1..3]);
        assert_eq!(scan(KeyRange::between(*b"a\0", *b"b"), 10).await, &keys[1..3]);
        assert_eq!(scan(KeyRange::prefix(*b"\xff"), 10).await, &keys[5..]);
        assert_eq!(scan(KeyRange::all(), 2).await, &keys[..2]);
        assert_eq!(scan(KeyRange::between(*b"b", *b"a"), 10).await, [b""; 0]);
        assert_eq!(back(KeyRange::all(), 2).await, [keys[5], keys[4]]);
        assert_eq!(back(KeyRange::all().before(keys[4]), 1).await, [keys[3]]);
        assert_eq!(scan(KeyRange::all(), 0).await, [b""; 0]);
    }

    async fn a_batch_with_twenty_thousand_puts_is_one_commit(bed: &mut Bed) {
        let mut batch = Batch::with_capacity(20_000);
        for number in (0..20_000_u32).rev() {
            batch.put(Space::Event, number.to_be_bytes(), vec![7; 100]);
        }
        bed.store().commit(batch).await.unwrap();
        let found = bed.store().scan(Space::Event, KeyRange::all(), usize::MAX).await.unwrap();
        assert_eq!(found.len(), 20_000);
        assert!(found.iter().all(|(_, entry)| entry.version == found[0].1.version && entry.value.len() == 100));
    }

    async fn an_empty_value_is_a_value(bed: &mut Bed) {
        bed.put("a", "").await;
        assert_eq!(bed.text("a").await.as_deref(), Some(""));
    }

    async fn an_empty_batch_does_nothing(bed: &mut Bed) {
        bed.store().commit(Batch::new()).await.unwrap();
    }

    async fn what_belongs_to_the_store_cannot_be_overwritten(bed: &mut Bed) {
        let mut batch = Batch::new();
        batch.put(Space::Meta, *b"store/format", "9");
        let refused = bed.store().commit(batch).await;
        assert!(matches!(refused, Err(CommitError::Store(StoreError::Invalid(_)))), "{refused:?}");
    }

    async fn a_closed_store_says_so(bed: &mut Bed) {
        let store = bed.store().clone();
        bed.close().await;
        let mut batch = Batch::new();
        batch.put(Space::Tally, "a", "1");
        let refused = store.commit(batch).await;
        assert!(matches!(refused, Err(CommitError::Store(StoreError::Closed))), "{refused:?}");
        let refused = store.append(&log("journal"), vec!["x".into()]).await;
        assert!(matches!(refused, Err(StoreError::Closed)), "{refused:?}");
    }
}
