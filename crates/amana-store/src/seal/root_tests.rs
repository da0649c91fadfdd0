//! Promises of the root file.

use super::*;
use crate::{
    dice::SystemDice,
    error::StoreError,
    faults::Fault,
    seal::{KeyId, Ring, bucket},
    space::FragmentId,
};

const ONE: KeyId = KeyId::holding(1);
const TWO: KeyId = KeyId::holding(2);

struct Bed {
    dir: tempfile::TempDir,
    master: MasterKey,
}

impl Bed {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), master: MasterKey::random(&mut SystemDice) }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    fn root(&self) -> Root {
        Root::open_or_create(&self.path(), &self.master, &mut SystemDice).unwrap()
    }
}

fn fragment(number: u8) -> FragmentId {
    FragmentId::from_bytes([number; 16])
}

fn ring() -> Ring {
    let mut ring = Ring::new();
    ring.key_or_new(ONE, &mut SystemDice);
    ring.key_or_new(TWO, &mut SystemDice);
    ring
}

#[test]
fn the_same_keys_come_back_after_opening_again() {
    let bed = Bed::new();
    let (root, ring) = (bed.root(), ring());
    let wrapped = root.wrap_ring(fragment(1), &ring, &mut SystemDice);
    let again = bed.root();
    assert_eq!(again.unwrap_ring(fragment(1), &wrapped).unwrap().key(TWO), ring.key(TWO));
    assert_eq!(again.system_key(), root.system_key());
    let key = |root: &Root| root.index_secrets().key("s", "k", 1, "v");
    assert_eq!(key(&again), key(&root));
    assert_eq!(again.journal_key(1).unwrap().as_ref(), root.journal_writer().key());
}

#[test]
fn a_wrong_master_key_says_so() {
    let bed = Bed::new();
    drop(bed.root());
    let other = MasterKey::random(&mut SystemDice);
    let error = Root::open_or_create(&bed.path(), &other, &mut SystemDice).unwrap_err();
    assert!(matches!(error, SealError::WrongMasterKey { .. }), "{error}");
}

#[test]
fn no_damaged_or_newer_root_file_is_opened() {
    let bed = Bed::new();
    drop(bed.root());
    let bytes = std::fs::read(bed.path()).unwrap();
    for length in (0..64).chain([bytes.len() / 2, bytes.len() - 1]) {
        std::fs::write(bed.path(), &bytes[..length]).unwrap();
        assert!(Root::open(&bed.path(), &bed.master).is_err(), "length {length}");
    }
    for at in (0..64).chain([bytes.len() / 2, bytes.len() - 1]) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        std::fs::write(bed.path(), damaged).unwrap();
        assert!(Root::open(&bed.path(), &bed.master).is_err(), "byte {at}");
    }
    let mut newer = bytes;
    newer[8] = 3;
    std::fs::write(bed.path(), newer).unwrap();
    let error = Root::open(&bed.path(), &bed.master).unwrap_err();
    assert!(matches!(error, SealError::Store(StoreError::NewerFormat { found: 3, known: 2, .. })), "{error}");
}

#[test]
fn a_ring_opens_for_its_own_fragment_only() {
    let bed = Bed::new();
    let root = bed.root();
    let wrapped = root.wrap_ring(fragment(1), &ring(), &mut SystemDice);
    assert!(root.unwrap_ring(fragment(2), &wrapped).is_err());
    for length in 0..wrapped.len() {
        assert!(root.unwrap_ring(fragment(1), &wrapped[..length]).is_err());
    }
}

/// As [`crate::seal::rewrap`] does when it has wrapped everything.
fn all_rewrapped(root: &Root, bucket: u16) {
    let number = root.current_number(bucket).unwrap().0;
    root.rewrapped().insert(bucket, number);
}

#[test]
fn a_rekeyed_bucket_opens_only_what_was_wrapped_anew() {
    let bed = Bed::new();
    let (root, fragment, ring) = (bed.root(), fragment(1), ring());
    let old = root.wrap_ring(fragment, &ring, &mut SystemDice);
    assert_eq!(root.begin_destroying(&[bucket(fragment)], &mut SystemDice).unwrap(), 2);
    assert_eq!(root.generation(), 2, "in one replacement");
    // The rekeying is found again after a crash.
    let root = bed.root();
    assert_eq!(root.rekeying(), [bucket(fragment)]);
    assert!(!root.is_wrapped_currently(fragment, &old));
    let survivor = root.unwrap_ring(fragment, &old).unwrap();
    let new = root.wrap_ring(fragment, &survivor, &mut SystemDice);
    assert!(root.is_wrapped_currently(fragment, &new));
    all_rewrapped(&root, bucket(fragment));
    root.finish_destroying(&[bucket(fragment)], Some(2), &mut SystemDice).unwrap();
    assert_eq!(root.generation(), 3, "in one replacement");
    root.finish_destroying(&[bucket(fragment)], Some(2), &mut SystemDice).unwrap();
    assert_eq!(root.generation(), 3, "once more is nothing more");
    let root = bed.root();
    assert_eq!(root.rekeying(), []);
    assert!(matches!(root.unwrap_ring(fragment, &old), Err(SealError::NoSuchKey { .. })));
    assert_eq!(root.unwrap_ring(fragment, &new).unwrap().key(ONE), ring.key(ONE));
    assert!(root.journal_key(1).is_err() && root.journal_key(2).is_ok());
}

#[test]
fn no_bucket_key_is_forgotten_before_its_rings_are_wrapped_anew() {
    let bed = Bed::new();
    let (root, bucket) = (bed.root(), bucket(fragment(1)));
    let finish = || root.finish_destroying(&[bucket], None, &mut SystemDice);
    finish().unwrap();
    root.begin_destroying(&[bucket], &mut SystemDice).unwrap();
    assert!(matches!(finish(), Err(SealError::NotRewrapped { .. })));
    all_rewrapped(&root, bucket);
    root.begin_destroying(&[bucket, bucket], &mut SystemDice).unwrap();
    assert!(matches!(finish(), Err(SealError::NotRewrapped { .. })), "it has a newer key since");
    let old = root.wrap_ring(fragment(1), &ring(), &mut SystemDice);
    root.begin_destroying(&[bucket], &mut SystemDice).unwrap();
    root.unwrap_ring(fragment(1), &old).unwrap();
    all_rewrapped(&root, bucket);
    finish().unwrap();
    assert_eq!(bed.root().rekeying(), []);
}

#[test]
fn no_journal_epoch_is_forgotten_while_a_record_of_it_may_come() {
    let bed = Bed::new();
    let root = bed.root();
    let writer = root.journal_writer();
    assert_eq!((writer.epoch(), root.journal_epochs_in_use()), (1, Some(1)));
    assert_eq!(root.begin_destroying(&[], &mut SystemDice).unwrap(), 2);
    let newer = root.journal_writer();
    assert_eq!((newer.epoch(), root.journal_epochs_in_use()), (2, Some(1)));
    let forget = |epoch| root.finish_destroying(&[], Some(epoch), &mut SystemDice);
    assert!(matches!(forget(2), Err(SealError::JournalInUse { epoch: 1 })));
    drop(writer);
    assert_eq!(root.journal_epochs_in_use(), Some(2));
    forget(9).unwrap();
    assert_eq!(root.summary().journal_epochs, [2], "the newest is never forgotten");
}

#[test]
fn who_only_reads_changes_nothing_and_sees_what_others_change_when_opening_again() {
    let bed = Bed::new();
    let root = bed.root();
    let reader = Root::open(&bed.path(), &bed.master).unwrap();
    assert!(matches!(reader.begin_destroying(&[1], &mut SystemDice), Err(SealError::ReadOnly { .. })));
    assert!(matches!(reader.change_master(None, &mut SystemDice), Err(SealError::ReadOnly { .. })));
    root.begin_destroying(&[1], &mut SystemDice).unwrap();
    root.begin_index_secret(&mut SystemDice).unwrap();
    assert_eq!(reader.generation(), 1);
    let summary = Root::open(&bed.path(), &bed.master).unwrap().summary();
    let journal_epochs = vec![1, 2];
    let expected = RootSummary { generation: 3, rekeying: vec![1], journal_epochs, index_secret_versions: vec![1, 2] };
    assert_eq!(summary, expected);
}

#[test]
fn many_read_while_one_changes() {
    let bed = Bed::new();
    let root = Arc::new(bed.root());
    let (fragment, ring) = (fragment(1), ring());
    let wrapped = root.wrap_ring(fragment, &ring, &mut SystemDice);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = 0;
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    assert_eq!(root.unwrap_ring(fragment, &wrapped).unwrap().key(ONE), ring.key(ONE));
                    assert!(root.generation() >= last);
                    last = root.generation();
                    let writer = root.journal_writer();
                    assert_eq!(root.journal_key(writer.epoch()).unwrap().as_ref(), writer.key());
                }
            });
        }
        for _ in 0..20 {
            root.begin_destroying(&[bucket(fragment)], &mut SystemDice).unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(bed.root().unwrap_ring(fragment, &wrapped).unwrap().key(TWO), ring.key(TWO));
}

#[test]
fn a_crash_at_any_step_of_replacing_leaves_the_old_or_the_new_root() {
    for step in 0..3 {
        let bed = Bed::new();
        let before = bed.root();
        let faults = Faults::none();
        let opened = Root::open_or_create_with_faults(&bed.path(), &bed.master, &mut SystemDice, faults.clone());
        let root = opened.unwrap();
        faults.inject(step, Fault::Crash);
        root.begin_journal_epoch(&mut SystemDice).unwrap_err();
        assert_eq!(root.generation(), before.generation(), "a change that failed has not happened in memory");
        let after = bed.root();
        let happened = after.generation() == before.generation() + 1;
        assert_eq!(happened, after.journal_key(2).is_ok());
        assert_eq!(happened, step == 2, "only the rename makes it happen");
        assert_eq!(after.system_key(), before.system_key());
        // And the half-written file beside it does not stand in the way.
        after.begin_journal_epoch(&mut SystemDice).unwrap();
    }
}

#[test]
fn epochs_and_secrets_overlap_and_are_forgotten() {
    let bed = Bed::new();
    let root = bed.root();
    let old_key = root.index_secrets().key("s", "k", 1, "v");
    assert_eq!(root.begin_journal_epoch(&mut SystemDice).unwrap(), 2);
    assert_eq!(root.begin_index_secret(&mut SystemDice).unwrap(), 2);
    assert!(root.index_secrets().keys_all_versions("s", "k", 1, "v").any(|key| key == old_key));
    assert!(root.journal_key(1).is_ok());
    root.forget_journal_epochs_before(9, &mut SystemDice).unwrap();
    root.forget_index_secrets(&[1, 2], &mut SystemDice).unwrap();
    let root = bed.root();
    assert!(root.journal_key(1).is_err() && root.journal_key(2).is_ok());
    assert!(root.index_secrets().keys_all_versions("s", "k", 1, "v").all(|key| key != old_key));
}

#[test]
fn debug_shows_no_keys() {
    let bed = Bed::new();
    assert_eq!(format!("{:?} {:?}", bed.root(), ring()), "Root(generation 1) Ring(2 keys)");
}
