//! Destroying one class never harms another (issue 3): whatever is destroyed of whom in whatever order, everything else is
//! read as before, by the house and from every backup, and what was destroyed by nobody.

use amana_store::{
    Batch, FragmentId, SystemDice,
    seal::{KeyId, Root, bucket, rewrap},
};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;

use crate::{
    bed::{Bed, run},
    people::{People, neighbours, plain, reachable},
};

/// What each fragment holds: three classes, of two of which there are events of two months.
const ALL: [KeyId; 7] = [
    KeyId::holding(1),
    KeyId::events(1, 675),
    KeyId::events(1, 676),
    KeyId::holding(2),
    KeyId::events(2, 675),
    KeyId::events(2, 676),
    KeyId::holding(3),
];
const FRAGMENTS: usize = 3;

/// What is destroyed at a time: a class of somebody as a whole, or one month of it.
type Destroyed = (usize, Vec<KeyId>);

fn destroyed() -> impl Strategy<Value = Destroyed> {
    let class = (1..4_u32).prop_map(|class| ALL.into_iter().filter(|id| id.class == class).collect());
    (0..FRAGMENTS, prop_oneof![class, select(ALL.to_vec()).prop_map(|id| vec![id])])
}

async fn destroy(people: &People<'_>, fragment: FragmentId, ids: &[KeyId]) {
    let (root, bucket, mut ring) = (&people.root, bucket(fragment), people.ring(fragment).await);
    for id in ids {
        ring.destroy(*id);
    }
    let mut batch = Batch::new();
    root.put_ring(&mut batch, fragment, &ring, &mut SystemDice);
    people.store().commit(batch).await.unwrap();
    root.begin_destroying(&[bucket], &mut SystemDice).unwrap();
    rewrap(people.store(), root, bucket, &mut SystemDice).await.unwrap();
    root.finish_destroying(&[bucket], Some(root.journal_writer().epoch()), &mut SystemDice).unwrap();
}

async fn destroying_one_class_never_harms_another(mut bed: Bed, steps: &[Destroyed]) {
    let people = People::new(&mut bed);
    // All in one bucket, so that what is destroyed of one is wrapped anew with the others.
    let fragments = neighbours(FRAGMENTS);
    for fragment in &fragments {
        people.add(*fragment, &ALL).await;
    }
    people.bed.close().await;
    let backup = people.bed.copy().await;
    people.bed.reopen().await;
    let mut gone = BTreeSet::new();
    for (place, ids) in steps {
        destroy(&people, fragments[*place], ids).await;
        gone.extend(ids.iter().map(|id| (*place, *id)));
        let root = Root::open(&people.dir.path().join("root"), &people.master).unwrap();
        let found = reachable(&[backup.store(), people.store()], &root).await;
        for (place, fragment) in fragments.iter().enumerate() {
            for id in ALL {
                let is_there = !gone.contains(&(place, id));
                assert_eq!(people.can_read(*fragment, id).await, is_there, "{id:?} of {place}, by the house");
                assert_eq!(found.contains(&plain(*fragment, id)), is_there, "{id:?} of {place}, by who has everything");
            }
        }
    }
}

fn check(engine: impl AsyncFn() -> Bed, cases: u32) {
    let config = ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 50, ..Default::default() };
    let steps = prop::collection::vec(destroyed(), 1..6);
    let tested = TestRunner::new(config).run(&steps, |steps| {
        run(async { destroying_one_class_never_harms_another(engine().await, &steps).await });
        Ok(())
    });
    tested.unwrap();
}

#[test]
fn destroying_one_class_never_harms_another_embedded() {
    check(Bed::embedded, 12);
}

#[test]
fn destroying_one_class_never_harms_another_postgres() {
    let _kept_running = amana_store::testing::Postgres::shared();
    check(Bed::postgres, 6);
}
