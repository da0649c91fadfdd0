//! Promises of changing the master key.

use super::*;
use crate::{
    dice::SystemDice,
    faults::Fault,
    seal::{KeyId, Ring},
    space::FragmentId,
};

/// All steps of a change: the new key beside the old one, the root file, the new key in the place of the old one.
const STEPS: usize = 8;

struct Bed {
    dir: tempfile::TempDir,
}

impl Bed {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn key_file(&self) -> PathBuf {
        self.dir.path().join("master.key")
    }

    fn next_file(&self) -> PathBuf {
        self.dir.path().join("master.key.next")
    }

    fn root_file(&self) -> PathBuf {
        self.dir.path().join("root.keys")
    }

    fn place(&self) -> MasterKeyPlace {
        MasterKeyPlace::File(self.key_file())
    }

    fn root(&self) -> Root {
        self.with(&Faults::none())
    }

    fn with(&self, faults: &Faults) -> Root {
        Root::open_or_create_with(&self.root_file(), self.place(), &mut SystemDice, faults.clone()).unwrap()
    }

    fn key(&self) -> MasterKey {
        MasterKey::from_file(&self.key_file()).unwrap()
    }

    fn opens(&self, key: &MasterKey) -> bool {
        Root::open(&self.root_file(), key).is_ok()
    }
}

fn changed(root: &Root) {
    root.change_master(None, &mut SystemDice).unwrap();
}

#[test]
fn the_new_master_key_opens_the_root_file_and_the_old_one_does_not() {
    let bed = Bed::new();
    let (root, fragment) = (bed.root(), FragmentId::from_bytes([1; 16]));
    let mut ring = Ring::new();
    ring.key_or_new(KeyId::holding(1), &mut SystemDice);
    let wrapped = root.wrap_ring(fragment, &ring, &mut SystemDice);
    let old = bed.key();
    changed(&root);
    let new = bed.key();
    assert!(new != old && bed.opens(&new) && !bed.opens(&old));
    assert_eq!(std::fs::read_dir(bed.dir.path()).unwrap().count(), 2, "the old key lies nowhere any more");
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(bed.key_file()).unwrap());
    assert_eq!(mode & 0o777, 0o600);
    // Whoever serves goes on, and what it changes later is under the new key.
    root.begin_journal_epoch(&mut SystemDice).unwrap();
    assert!(bed.opens(&new) && !bed.opens(&old));
    let again = bed.root();
    assert_eq!((again.generation(), again.master_standing()), (root.generation(), MasterStanding::One));
    assert_eq!(again.unwrap_ring(fragment, &wrapped).unwrap().key(KeyId::holding(1)), ring.key(KeyId::holding(1)));
}

/// Everything stops at each step, and at each step of going on after it: a key that is kept opens the root file, and
/// the change is finished in the end.
#[test]
fn a_crash_at_any_step_leaves_a_key_that_opens() {
    // Of going on, the first steps and the last: those between are the same as they were the first time.
    for (first, second) in (0..=STEPS).flat_map(|first| [(first, 1), (first, 4)]) {
        let bed = Bed::new();
        let system = bed.root().system_key();
        for (time, step) in [first, second].into_iter().enumerate() {
            let faults = Faults::none();
            let root = bed.with(&faults);
            faults.inject(step, Fault::Crash);
            let broken_off = root.change_master(None, &mut SystemDice).is_err();
            assert!(time > 0 || broken_off == (step < STEPS), "{step}: look at the steps of a change");
            assert_eq!(Root::open_at(&bed.root_file(), &bed.place()).unwrap().system_key(), system, "{first} {second}");
        }
        let root = bed.root();
        changed(&root);
        assert_eq!(root.master_standing(), MasterStanding::One);
        assert!(bed.opens(&bed.key()) && !bed.next_file().exists(), "{first} {second}");
        assert_eq!(bed.root().system_key(), system);
    }
}

/// As a full or a broken disk has it: the step fails, and the process goes on and changes the root file as ever.
#[test]
fn a_step_that_fails_leaves_a_key_that_opens_whatever_is_changed_after_it() {
    for (step, fault) in (0..STEPS).flat_map(|step| [(step, Fault::NoSpace), (step, Fault::InputOutput)]) {
        let bed = Bed::new();
        let faults = Faults::none();
        let root = bed.with(&faults);
        let system = root.system_key();
        faults.inject(step, fault);
        root.change_master(None, &mut SystemDice).unwrap_err();
        let opened = || Root::open_at(&bed.root_file(), &bed.place()).unwrap();
        assert_eq!(opened().system_key(), system, "step {step}");
        root.begin_journal_epoch(&mut SystemDice).unwrap();
        assert_eq!(opened().summary().journal_epochs, [1, 2], "step {step}");
        changed(&root);
        assert!(bed.opens(&bed.key()) && !bed.next_file().exists(), "step {step}");
    }
}

#[test]
fn a_start_finishes_what_the_root_file_has_taken_up() {
    let bed = Bed::new();
    let root = bed.root();
    let old = bed.key();
    changed(&root);
    let new = bed.key();
    std::fs::rename(bed.key_file(), bed.next_file()).unwrap();
    std::fs::write(bed.key_file(), old.to_text().as_bytes()).unwrap();
    assert_eq!(Root::open_at(&bed.root_file(), &bed.place()).unwrap().generation(), root.generation());
    assert!(bed.next_file().exists(), "who only reads changes nothing");
    drop(bed.root());
    assert!(bed.key() == new && !bed.next_file().exists());
    // Before the root file has it, the old one goes on, also when there is only half of the new one.
    for waiting in [MasterKey::random(&mut SystemDice).to_text().to_string(), "half a k".into()] {
        std::fs::write(bed.next_file(), waiting).unwrap();
        let root = bed.root();
        assert_eq!(root.master_standing(), MasterStanding::NextWaits);
        assert!(bed.opens(&new) && bed.key() == new);
    }
}

#[test]
fn a_key_that_waits_is_never_overwritten_by_another() {
    let bed = Bed::new();
    let root = bed.root();
    let (waiting, other) = (MasterKey::random(&mut SystemDice), MasterKey::random(&mut SystemDice));
    std::fs::write(bed.next_file(), waiting.to_text().as_bytes()).unwrap();
    let refused = root.change_master(Some(&other), &mut SystemDice).unwrap_err();
    assert!(matches!(refused, SealError::OtherMasterKeyWaits { .. }), "{refused}");
    changed(&root);
    assert!(bed.key() == waiting && bed.opens(&waiting));
    root.change_master(Some(&other), &mut SystemDice).unwrap();
    assert!(bed.key() == other && bed.opens(&other) && !bed.opens(&waiting));
    let refused = root.change_master(Some(&other), &mut SystemDice).unwrap_err();
    assert!(matches!(refused, SealError::MasterKeyInForce), "{refused}");
    assert!(!bed.next_file().exists());
}

#[test]
fn a_link_stays_one_and_what_it_points_to_is_changed() {
    let (bed, keys) = (Bed::new(), tempfile::tempdir().unwrap());
    let target = keys.path().join("amana.key");
    let old = MasterKey::from_file_or_create(&target, &mut SystemDice).unwrap();
    std::os::unix::fs::symlink(&target, bed.key_file()).unwrap();
    changed(&bed.root());
    assert!(std::fs::symlink_metadata(bed.key_file()).unwrap().is_symlink());
    assert!(MasterKey::from_file(&target).unwrap() == bed.key() && bed.key() != old && bed.opens(&bed.key()));
    assert_eq!(std::fs::read_dir(keys.path()).unwrap().count(), 1);
}

#[test]
fn what_this_program_cannot_write_is_given_beside_the_old_one() {
    let bed = Bed::new();
    let key = || MasterKey::random(&mut SystemDice);
    let (old, new) = (key(), key());
    let place =
        |next: Option<&MasterKey>| MasterKeyPlace::Given { key: old.clone(), next: next.cloned(), next_from: "NEXT" };
    let open = |place| Root::open_or_create_at(&bed.root_file(), place, &mut SystemDice);
    let root = open(place(None)).unwrap();
    for named in [None, Some(&new)] {
        let refused = root.change_master(named, &mut SystemDice).unwrap_err();
        assert!(matches!(refused, SealError::NoNextMasterKey { name: "NEXT" }), "{refused}");
    }
    let root = open(place(Some(&new))).unwrap();
    assert_eq!(root.master_standing(), MasterStanding::NextWaits);
    let refused = root.change_master(Some(&key()), &mut SystemDice).unwrap_err();
    assert!(matches!(refused, SealError::OtherMasterKeyWaits { .. }), "{refused}");
    root.change_master(Some(&new), &mut SystemDice).unwrap();
    assert!(bed.opens(&new) && !bed.opens(&old));
    assert!(matches!(root.change_master(None, &mut SystemDice), Err(SealError::MasterKeyInForce)));
    let root = open(place(Some(&new))).unwrap();
    assert_eq!(root.master_standing(), MasterStanding::NextInForce, "a start before the environment is put right");
    root.begin_journal_epoch(&mut SystemDice).unwrap();
    assert!(bed.opens(&new));
    assert!(matches!(open(place(None)), Err(SealError::WrongMasterKey { .. })));
    open(MasterKeyPlace::Given { key: new, next: None, next_from: "NEXT" }).unwrap();
}

#[test]
fn no_key_at_all_is_no_new_installation() {
    let bed = Bed::new();
    drop(bed.root());
    std::fs::remove_file(bed.key_file()).unwrap();
    let refused = Root::open_or_create_at(&bed.root_file(), bed.place(), &mut SystemDice);
    assert!(refused.is_err() && !bed.key_file().exists(), "no new key is made for a root file that it does not open");
}
