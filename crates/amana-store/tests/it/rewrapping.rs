//! Wrapping a bucket's rings anew beside others who write, and who is waited for.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use amana_store::{
    Batch, KeyRange, Space, SystemDice,
    seal::{KeyId, Rewrapped, Ring, SealError, UNREADABLE_RINGS_MAX, bucket, rewrap},
    space::key,
};

use crate::{
    bed::{log, promises},
    people::{People, neighbours},
};

/// More than one page.
const RINGS: usize = 600;
const FIRST: KeyId = KeyId::holding(1);

/// Enough for anything that is not waiting for somebody.
const MOMENT: Duration = Duration::from_millis(100);

promises! {
    async fn every_ring_of_the_bucket_is_wrapped_anew_once(bed: &mut Bed) {
        let people = People::new(bed);
        let ids = neighbours(RINGS);
        let mut batch = Batch::new();
        for id in &ids {
            let mut ring = Ring::new();
            ring.key_or_new(FIRST, &mut SystemDice);
            people.root.put_ring(&mut batch, *id, &ring, &mut SystemDice);
        }
        people.store().commit(batch).await.unwrap();
        let bucket = bucket(ids[0]);
        people.root.begin_destroying(&[bucket], &mut SystemDice).unwrap();
        let rewrapped = async || rewrap(people.store(), &people.root, bucket, &mut SystemDice).await.unwrap().rings;
        assert_eq!((rewrapped().await, rewrapped().await), (RINGS, 0));
        people.root.finish_destroying(&[bucket], None, &mut SystemDice).unwrap();
        let stored = people.store().scan(Space::Ring, KeyRange::all(), usize::MAX).await.unwrap();
        assert_eq!(stored.len(), RINGS);
        for (ring_key, stored) in stored {
            let ring = people.root.unwrap_ring(key::fragment_of_ring(&ring_key).unwrap(), &stored.value).unwrap();
            assert!(ring.key(FIRST).is_some());
        }
        let empty = rewrap(people.store(), &people.root, bucket ^ 1, &mut SystemDice).await.unwrap();
        assert_eq!(empty, Rewrapped::default(), "an empty one");
    }

    async fn what_others_write_meanwhile_is_never_lost(bed: &mut Bed) {
        let people = People::new(bed);
        let ids = neighbours(20);
        for id in &ids {
            people.add(*id, &[FIRST]).await;
        }
        let (bucket, done) = (bucket(ids[0]), AtomicBool::new(false));
        let write = async {
            let mut class = 1;
            while !done.load(Ordering::Relaxed) {
                class += 1;
                for id in &ids {
                    let mut ring = people.ring(*id).await;
                    assert_eq!(ring.len(), class as usize - 1, "each key that was written is there");
                    ring.key_or_new(KeyId::holding(class), &mut SystemDice);
                    people.put_ring(*id, &ring).await.unwrap();
                }
            }
            class
        };
        let destroy = async {
            for _ in 0..5 {
                people.root.begin_destroying(&[bucket], &mut SystemDice).unwrap();
                rewrap(people.store(), &people.root, bucket, &mut SystemDice).await.unwrap();
                people.root.finish_destroying(&[bucket], None, &mut SystemDice).unwrap();
            }
            done.store(true, Ordering::Relaxed);
        };
        let (classes, ()) = tokio::join!(write, destroy);
        for id in &ids {
            assert_eq!(people.ring(*id).await.len(), classes as usize);
            assert!(people.can_read(*id, FIRST).await);
        }
    }

    async fn rings_on_their_way_into_the_store_are_waited_for(bed: &mut Bed) {
        let people = People::new(bed);
        let id = neighbours(1)[0];
        people.add(id, &[FIRST]).await;
        let mut batch = Batch::new();
        people.root.put_ring(&mut batch, id, &people.ring(id).await, &mut SystemDice);
        people.root.begin_destroying(&[bucket(id)], &mut SystemDice).unwrap();
        let mut dice = SystemDice;
        let mut rewrapping = Box::pin(rewrap(people.store(), &people.root, bucket(id), &mut dice));
        assert!(tokio::time::timeout(MOMENT, &mut rewrapping).await.is_err(), "the batch may still come");
        people.store().commit(batch).await.unwrap();
        assert_eq!(rewrapping.await.unwrap().rings, 1);
        people.root.finish_destroying(&[bucket(id)], None, &mut SystemDice).unwrap();
        assert!(people.can_read(id, FIRST).await);
    }

    async fn a_ring_that_cannot_be_opened_is_told_and_holds_up_nobody(bed: &mut Bed) {
        let people = People::new(bed);
        let ids = neighbours(3);
        for id in &ids[..2] {
            people.add(*id, &[FIRST, KeyId::holding(2)]).await;
        }
        let (whole, cut, strange) = (ids[0], ids[1], ids[2]);
        // One that lost its end, and one that never was a ring.
        let stored = people.store().get(Space::Ring, key::ring(cut)).await.unwrap().unwrap().value;
        let mut batch = Batch::new();
        batch.put(Space::Ring, key::ring(cut), stored[..stored.len() - 1].to_vec());
        batch.put(Space::Ring, key::ring(strange), vec![1; 80]);
        people.store().commit(batch).await.unwrap();
        let mut ring = people.ring(whole).await;
        ring.destroy(FIRST);
        people.put_ring(whole, &ring).await.unwrap();
        let bucket = bucket(whole);
        for round in 0..2 {
            people.root.begin_destroying(&[bucket], &mut SystemDice).unwrap();
            let done = rewrap(people.store(), &people.root, bucket, &mut SystemDice).await.unwrap();
            assert_eq!(done, Rewrapped { rings: 1, unreadable: [cut, strange].into() }, "round {round}");
            people.root.finish_destroying(&[bucket], None, &mut SystemDice).unwrap();
        }
        assert!(people.can_read(whole, KeyId::holding(2)).await && !people.can_read(whole, FIRST).await);
        let left = people.store().get(Space::Ring, key::ring(cut)).await.unwrap().unwrap().value;
        assert_eq!(left[..], stored[..stored.len() - 1], "kept as it was found");
        // Also the bytes that were whole are no key any more: what wrapped them has gone.
        assert!(people.root.unwrap_ring(cut, &stored).unwrap_err().is_forgotten());
    }

    async fn many_rings_that_cannot_be_opened_stop_the_destroying(bed: &mut Bed) {
        let people = People::new(bed);
        let ids = neighbours(UNREADABLE_RINGS_MAX + 1);
        let mut batch = Batch::new();
        for id in &ids {
            batch.put(Space::Ring, key::ring(*id), vec![1; 80]);
        }
        people.store().commit(batch).await.unwrap();
        let bucket = bucket(ids[0]);
        people.root.begin_destroying(&[bucket], &mut SystemDice).unwrap();
        let refused = rewrap(people.store(), &people.root, bucket, &mut SystemDice).await;
        assert!(matches!(refused, Err(SealError::TooManyUnreadable { .. })), "{refused:?}");
        let refused = people.root.finish_destroying(&[bucket], None, &mut SystemDice);
        assert!(matches!(refused, Err(SealError::NotRewrapped { .. })), "{refused:?}");
        let mut newer = Batch::new();
        ids[1..].iter().for_each(|id| _ = newer.delete(Space::Ring, key::ring(*id)));
        newer.put(Space::Ring, key::ring(ids[0]), vec![99; 80]);
        people.store().commit(newer).await.unwrap();
        let refused = rewrap(people.store(), &people.root, bucket, &mut SystemDice).await;
        assert!(matches!(refused, Err(SealError::NewerFormat { .. })), "a newer program can open it: {refused:?}");
    }

    async fn an_epoch_of_the_journal_is_in_use_until_the_append_is_decided_even_if_nobody_waits(bed: &mut Bed) {
        let people = People::new(bed);
        let journal = log("journal");
        for round in 1..20 {
            let writer = people.root.journal_writer();
            let epoch = writer.epoch();
            let records = vec!["a record".into()];
            let append = people.store().append_holding(&journal, records, writer);
            // Polled once, as by a caller who then goes away.
            let _ = tokio::time::timeout(Duration::ZERO, append).await;
            people.root.begin_destroying(&[], &mut SystemDice).unwrap();
            people.root.journal_epochs_out_of_use_before(epoch + 1).await;
            let head = people.store().head(&journal).await.unwrap();
            assert_eq!(head.0, round, "no record of the epoch comes later");
            people.root.finish_destroying(&[], Some(epoch + 1), &mut SystemDice).unwrap();
        }
    }
}
