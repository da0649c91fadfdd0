//! Random batches against a model that is obviously right.

use std::collections::BTreeMap;

use amana_store::{Batch, CommitError, KeyRange, Space};
use proptest::{prelude::*, test_runner::TestRunner};

use crate::bed::{Bed, log, run};

const SPACES: [Space; 3] = [Space::Meta, Space::Block, Space::Tally];

#[derive(Clone, Debug)]
enum Operation {
    Put(Space, u8, Vec<u8>),
    Delete(Space, u8),
    Append(u8, Vec<u8>),
    /// Expects what the model says, so that it holds.
    ExpectTrue(Space, u8),
    /// Expects a version that the key never had.
    ExpectFalse(Space, u8),
}

#[derive(Default)]
struct Model {
    /// Key → value and version; the version is learned by reading.
    entries: BTreeMap<(Space, Vec<u8>), (Vec<u8>, u64)>,
    logs: [Vec<Vec<u8>>; 2],
    version_max: u64,
}

fn operation() -> impl Strategy<Value = Operation> {
    let space = || prop::sample::select(&SPACES[..]);
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        4 => (space(), 0..12_u8, bytes()).prop_map(|(space, key, value)| Operation::Put(space, key, value)),
        2 => (space(), 0..12_u8).prop_map(|(space, key)| Operation::Delete(space, key)),
        2 => (0..2_u8, bytes()).prop_map(|(log, record)| Operation::Append(log, record)),
        2 => (space(), 0..12_u8).prop_map(|(space, key)| Operation::ExpectTrue(space, key)),
        1 => (space(), 0..12_u8).prop_map(|(space, key)| Operation::ExpectFalse(space, key)),
    ]
}

fn key_of(number: u8) -> Vec<u8> {
    vec![b'k', number % 3, number]
}

impl Model {
    fn batch(&self, operations: &[Operation]) -> (Batch, Vec<(Space, Vec<u8>)>) {
        let mut batch = Batch::new();
        let mut conflicts = Vec::new();
        for operation in operations {
            match operation {
                Operation::Put(space, key, value) => drop(batch.put(*space, key_of(*key), value.clone())),
                Operation::Delete(space, key) => drop(batch.delete(*space, key_of(*key))),
                Operation::Append(number, record) => drop(batch.append(&log_of(*number), record.clone())),
                Operation::ExpectTrue(space, key) => {
                    let version = self.entries.get(&(*space, key_of(*key))).map(|(_, version)| *version);
                    batch.expect(*space, key_of(*key), version);
                }
                Operation::ExpectFalse(space, key) => {
                    batch.expect(*space, key_of(*key), Some(u64::from(u32::MAX)));
                    conflicts.push((*space, key_of(*key)));
                }
            }
        }
        conflicts.sort();
        conflicts.dedup();
        (batch, conflicts)
    }

    fn apply(&mut self, operations: &[Operation]) {
        for operation in operations {
            match operation {
                Operation::Put(space, key, value) => {
                    self.entries.insert((*space, key_of(*key)), (value.clone(), 0));
                }
                Operation::Delete(space, key) => drop(self.entries.remove(&(*space, key_of(*key)))),
                Operation::Append(number, record) => self.logs[usize::from(*number)].push(record.clone()),
                Operation::ExpectTrue(..) | Operation::ExpectFalse(..) => {}
            }
        }
    }

    /// Compares everything, and learns the new versions.
    async fn compare(&mut self, bed: &Bed) {
        let mut version_max = self.version_max;
        for space in SPACES {
            let found = bed.store().scan(space, KeyRange::prefix(*b"k"), 100).await.unwrap();
            let expected = self.entries.iter_mut().filter(|((in_space, _), _)| *in_space == space);
            let expected: Vec<_> = expected.collect();
            assert_eq!(found.len(), expected.len());
            for ((key, entry), ((_, model_key), (value, version))) in found.iter().zip(expected) {
                assert_eq!((key, entry.value.as_ref()), (model_key, value.as_slice()));
                if *version == 0 {
                    assert!(entry.version > self.version_max, "a write gives a greater version");
                    *version = entry.version;
                    version_max = version_max.max(entry.version);
                }
                assert_eq!(entry.version, *version, "a version changes with a write only");
            }
            let reverse = bed.store().scan_reverse(space, KeyRange::prefix(*b"k"), 100).await.unwrap();
            assert!(reverse.iter().eq(found.iter().rev()));
        }
        self.version_max = version_max;
        for number in 0..2 {
            let records = bed.records_as_bytes(&log_of(number)).await;
            assert_eq!(records, self.logs[usize::from(number)]);
        }
    }
}

fn log_of(number: u8) -> amana_store::LogName {
    log(&format!("log{number}"))
}

fn check(engine: impl AsyncFn() -> Bed, cases: u32, reopen: bool) {
    let config = ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 200, ..Default::default() };
    let batches = prop::collection::vec(prop::collection::vec(operation(), 0..15), 1..12);
    let tested = TestRunner::new(config).run(&batches, |batches| {
        run(async {
            let mut bed = engine().await;
            let mut model = Model::default();
            for operations in &batches {
                let (batch, conflicts) = model.batch(operations);
                match bed.store().commit(batch).await {
                    Ok(()) if conflicts.is_empty() => model.apply(operations),
                    Err(CommitError::Conflict(named)) if !conflicts.is_empty() => assert_eq!(named, conflicts),
                    other => panic!("{other:?}, but expected the conflicts {conflicts:?}"),
                }
                model.compare(&bed).await;
            }
            if reopen {
                bed.kill();
                bed.reopen().await;
                model.compare(&bed).await;
            }
        });
        Ok(())
    });
    tested.unwrap();
}

#[test]
fn the_embedded_engine_behaves_as_the_model() {
    check(Bed::embedded, 24, true);
}

#[test]
fn postgres_behaves_as_the_model() {
    let _kept_running = amana_store::testing::Postgres::shared();
    check(Bed::postgres, 24, true);
}
