//! Keys that really go: what was destroyed cannot be read by who has every backup, the root file of today and the master
//! key; and a crash on the way loses nothing and ends the same (DESIGN §7).

use amana_store::{
    Batch, CommitError, FragmentId, Space, SystemDice,
    seal::{KeyId, Root, SealError, bucket, rewrap},
    space::key,
    testing::{Fault, Postgres},
};

use crate::{
    bed::{Bed, promises},
    people::{People, neighbours, plain, reachable},
};

const DOOMED: KeyId = KeyId::holding(1);
const DOOMED_EVENTS: KeyId = KeyId::events(1, 675);
const KEPT: KeyId = KeyId::holding(2);
const ALL: [KeyId; 3] = [DOOMED, DOOMED_EVENTS, KEPT];
/// What is noted in the commit that takes keys out of rings: that their buckets are to be rekeyed.
const NOTE: &str = "rekey";

/// Two fragments of one bucket. Class 1 of the first is destroyed.
struct Case<'a> {
    people: People<'a>,
    first: FragmentId,
    second: FragmentId,
}

impl<'a> Case<'a> {
    async fn new(bed: &'a mut Bed) -> Self {
        let people = People::new(bed);
        let ids = neighbours(2);
        for id in &ids {
            people.add(*id, &ALL).await;
        }
        Self { people, first: ids[0], second: ids[1] }
    }

    async fn backup(&mut self) -> Bed {
        self.people.bed.close().await;
        let backup = self.people.bed.copy().await;
        self.people.bed.reopen().await;
        backup
    }

    /// Does what is left to do, from wherever it was cut off.
    async fn destroy(&self) -> Result<(), SealError> {
        let People { bed, root, .. } = &self.people;
        let mut ring = self.people.ring(self.first).await;
        let doomed: Vec<KeyId> = ring.ids_of_class(1).collect();
        if !doomed.is_empty() {
            doomed.iter().for_each(|id| assert!(ring.destroy(*id)));
            let mut batch = Batch::new();
            root.put_ring(&mut batch, self.first, &ring, &mut SystemDice);
            batch.put(Space::Cursor, key::cursor(NOTE), "");
            bed.store().commit(batch).await.map_err(store_error)?;
        }
        let bucket = bucket(self.first);
        if bed.store().get(Space::Cursor, key::cursor(NOTE)).await?.is_some() {
            root.begin_destroying(&[bucket], &mut SystemDice)?;
        }
        if root.rekeying() == [bucket] {
            rewrap(bed.store(), root, bucket, &mut SystemDice).await?;
            let epoch = root.journal_writer().epoch();
            root.finish_destroying(&[bucket], Some(epoch), &mut SystemDice)?;
        }
        let mut batch = Batch::new();
        batch.delete(Space::Cursor, key::cursor(NOTE));
        bed.store().commit(batch).await.map_err(store_error)
    }

    async fn check_nothing_else_is_lost(&self) {
        assert!(self.people.can_read(self.first, KEPT).await);
        for id in ALL {
            assert!(self.people.can_read(self.second, id).await);
        }
    }

    async fn check_destroyed(&self, backup: &Bed) {
        // Today's root file, read as the adversary reads it.
        let root = Root::open(&self.people.dir.path().join("root"), &self.people.master).unwrap();
        let found = reachable(&[backup.store(), self.people.store()], &root).await;
        for id in [DOOMED, DOOMED_EVENTS] {
            assert!(!found.contains(&plain(self.first, id)), "{id:?} can still be read");
        }
        let others = [(self.first, KEPT), (self.second, DOOMED), (self.second, DOOMED_EVENTS), (self.second, KEPT)];
        for (fragment, id) in others {
            assert!(found.contains(&plain(fragment, id)), "{id:?} of another cannot be read");
        }
        assert_eq!((root.rekeying().len(), root.summary().journal_epochs.len()), (0, 1));
    }
}

fn store_error(error: CommitError) -> SealError {
    match error {
        CommitError::Store(error) => error.into(),
        CommitError::Conflict(_) => panic!("nobody else writes"),
    }
}

promises! {
    async fn what_was_destroyed_is_not_in_any_backup(bed: &mut Bed) {
        let mut case = Case::new(bed).await;
        let backup = case.backup().await;
        let path = case.people.dir.path().join("root");
        let old_root = case.people.dir.path().join("old root");
        std::fs::copy(&path, &old_root).unwrap();
        case.destroy().await.unwrap();
        case.check_destroyed(&backup).await;
        case.check_nothing_else_is_lost().await;
        // The same adversary would find it, had the root file been kept: the backup is complete and the search is good.
        let old_root = Root::open(&old_root, &case.people.master).unwrap();
        let found = reachable(&[backup.store()], &old_root).await;
        assert!(found.contains(&plain(case.first, DOOMED)) && found.contains(&plain(case.first, DOOMED_EVENTS)));
    }

    async fn taking_a_key_out_of_its_ring_is_not_enough(bed: &mut Bed) {
        let mut case = Case::new(bed).await;
        let backup = case.backup().await;
        let mut ring = case.people.ring(case.first).await;
        ring.destroy(DOOMED);
        case.people.put_ring(case.first, &ring).await.unwrap();
        let found = reachable(&[backup.store(), case.people.store()], &case.people.root).await;
        assert!(found.contains(&plain(case.first, DOOMED)), "why there are buckets");
    }
}

/// The number of steps until it is done, and so the number of places to be cut off at.
async fn steps(bed: &mut Bed) -> usize {
    let case = Case::new(bed).await;
    let before = case.people.bed.faults.steps().len();
    case.destroy().await.unwrap();
    case.people.bed.faults.steps().len() - before
}

async fn crash_at_every_step(new: impl AsyncFn() -> Bed) {
    let steps = steps(&mut new().await).await;
    assert!(steps >= 12, "two replacements of three steps each, and three commits");
    for step in 0..steps {
        let mut bed = new().await;
        let mut case = Case::new(&mut bed).await;
        let backup = case.backup().await;
        case.people.bed.faults.inject(step, Fault::Crash);
        case.destroy().await.expect_err("cut off");
        case.people.kill_and_reopen().await;
        case.check_nothing_else_is_lost().await;
        case.destroy().await.unwrap();
        case.check_destroyed(&backup).await;
        case.check_nothing_else_is_lost().await;
    }
}

#[test]
fn a_crash_at_any_step_loses_nothing_and_what_is_left_is_done_after_it_embedded() {
    crate::bed::run(crash_at_every_step(Bed::embedded));
}

#[test]
fn a_crash_at_any_step_loses_nothing_and_what_is_left_is_done_after_it_postgres() {
    // One cluster for all rounds.
    let _cluster = Postgres::shared();
    crate::bed::run(crash_at_every_step(Bed::postgres));
}
