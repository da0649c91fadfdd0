//! Snapshots.

use amana_store::{Batch, KeyRange, Space};

use crate::bed::promises;

promises! {
    async fn a_snapshot_stays_as_it_is_while_others_commit(bed: &mut Bed) {
        bed.put("a", "1").await;
        bed.put("b", "1").await;
        let snapshot = bed.store().snapshot().await.unwrap();
        let mut batch = Batch::new();
        batch.put(Space::Tally, "a", "2").delete(Space::Tally, "b").put(Space::Tally, "c", "2");
        bed.store().commit(batch).await.unwrap();
        let keys = ["a", "b", "c"].map(|key| key.as_bytes().to_vec());
        let values = |found: Vec<Option<amana_store::Versioned>>| {
            found.into_iter().map(|entry| entry.map(|entry| entry.value)).collect::<Vec<_>>()
        };
        let seen = values(snapshot.get_many(Space::Tally, &keys).await.unwrap());
        assert_eq!(seen, [Some("1".into()), Some("1".into()), None]);
        assert_eq!(snapshot.scan(Space::Tally, KeyRange::all(), 10).await.unwrap().len(), 2);
        assert_eq!(snapshot.scan_reverse(Space::Tally, KeyRange::all(), 10).await.unwrap()[0].0, b"b");
        drop(snapshot);
        let now = values(bed.store().get_many(Space::Tally, &keys).await.unwrap());
        assert_eq!(now, [Some("2".into()), None, Some("2".into())]);
    }

    async fn nobody_ever_sees_half_a_commit(bed: &mut Bed) {
        let store = bed.store().clone();
        let writer = tokio::spawn(async move {
            for round in 0..60_u32 {
                let mut batch = Batch::new();
                for key in 0..40_u32 {
                    batch.put(Space::Tally, key.to_be_bytes(), round.to_be_bytes().to_vec());
                }
                store.commit(batch).await.unwrap();
            }
        });
        let keys: Vec<_> = (0..40_u32).map(|key| key.to_be_bytes().to_vec()).collect();
        while !writer.is_finished() {
            let found = bed.store().get_many(Space::Tally, &keys).await.unwrap();
            assert!(found.iter().all(|entry| *entry == found[0]), "get_many");
            let found = bed.store().scan(Space::Tally, KeyRange::all(), 100).await.unwrap();
            assert!(found.iter().all(|(_, entry)| *entry == found[0].1), "scan");
        }
        writer.await.unwrap();
    }

    async fn more_snapshots_than_connections_do_not_stop_commits(bed: &mut Bed) {
        let mut snapshots = Vec::new();
        for _ in 0..8 {
            snapshots.push(bed.store().snapshot().await.unwrap());
        }
        bed.put("a", "1").await;
        for snapshot in snapshots {
            assert!(snapshot.scan(Space::Tally, KeyRange::all(), 1).await.unwrap().is_empty());
        }
        assert_eq!(bed.text("a").await.as_deref(), Some("1"));
    }
}
