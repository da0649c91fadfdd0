//! Whatever happens to shipped files is found: with the root file and without it, with file, record and what to do.

use super::{ship_in_files_of, three_acts};
use crate::support::{CATALOG, Engine, House, on_both_engines};
use amana::acts_log::{ActsError, ActsKeys, Head, Wrong, verify};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

// These ask the store besides; the others look at files alone.
on_both_engines!(a_cut_end_is_found_and_at_a_record_by_the_head_alone, a_forged_record_is_found_with_the_root_file,);

/// Ten records in files of about three.
struct Folder {
    dir: TempDir,
    files: Vec<PathBuf>,
    keys: ActsKeys,
    head: Head,
}

impl Folder {
    async fn shipped(engine: Engine) -> Self {
        let house = House::open(engine, CATALOG).await;
        for person in ["ann", "bob", "cem"] {
            three_acts(&house, person).await;
        }
        let dir = tempfile::tempdir().unwrap();
        let log = house.app().acts();
        let (keys, head) = (log.keys().clone(), log.head().await.unwrap());
        ship_in_files_of(&house, dir.path(), 1_000).await;
        let mut files: Vec<PathBuf> = std::fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        assert!(files.len() >= 3, "{files:?}");
        Self { dir, files, keys, head }
    }

    /// What is found with keys and without, which must be the same.
    fn found(&self, reach: Option<Head>) -> Option<ActsError> {
        let with = verify(self.dir.path(), Some(&self.keys), reach).err();
        let without = verify(self.dir.path(), None, reach).err();
        assert_eq!(with.as_ref().map(ToString::to_string), without.as_ref().map(ToString::to_string));
        with
    }

    fn wrong(&self) -> Option<Wrong> {
        match self.found(None)? {
            ActsError::Damaged { wrong, .. } => Some(wrong),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn each_flipped_bit_is_found() {
    let folder = Folder::shipped(Engine::Embedded).await;
    assert!(folder.found(Some(folder.head)).is_none());
    for file in &folder.files {
        let whole = std::fs::read(file).unwrap();
        // The first file is a whole catalogue, which is long.
        for place in (0..whole.len()).step_by(1 + whole.len() / 2_000 * 7) {
            let mut bytes = whole.clone();
            bytes[place] ^= 1 << (place % 8);
            std::fs::write(file, &bytes).unwrap();
            assert!(folder.found(None).is_some(), "byte {place} of {}", file.display());
        }
        std::fs::write(file, &whole).unwrap();
    }
}

#[tokio::test]
async fn a_removed_file_and_files_in_another_order_are_found() {
    let folder = Folder::shipped(Engine::Embedded).await;
    let (one, two) = (&folder.files[0], &folder.files[1]);
    let (first, second) = (std::fs::read(one).unwrap(), std::fs::read(two).unwrap());
    std::fs::remove_file(two).unwrap();
    assert!(matches!(folder.wrong(), Some(Wrong::Order { .. })));
    std::fs::write(two, &first).unwrap();
    std::fs::write(one, &second).unwrap();
    assert!(matches!(folder.wrong(), Some(Wrong::Order { .. })));
    std::fs::write(one, &first).unwrap();
    std::fs::write(two, &second).unwrap();
    assert!(folder.found(Some(folder.head)).is_none());
}

#[tokio::test]
async fn a_removed_or_exchanged_record_is_found() {
    let folder = Folder::shipped(Engine::Embedded).await;
    let file = &folder.files[1];
    let whole = std::fs::read(file).unwrap();
    let frames = frames(&whole);
    let (head, first, second) = (&whole[..frames[0].0], frame(&whole, frames[0]), frame(&whole, frames[1]));
    let rest = &whole[frames[1].1..];
    for (what, bytes) in
        [("removed", [head, second, rest].concat()), ("exchanged", [head, second, first, rest].concat())]
    {
        std::fs::write(file, bytes).unwrap();
        assert!(matches!(folder.wrong(), Some(Wrong::Order { .. })), "{what}");
    }
}

async fn a_cut_end_is_found_and_at_a_record_by_the_head_alone(engine: Engine) {
    let folder = Folder::shipped(engine).await;
    let file = folder.files.last().unwrap();
    let whole = std::fs::read(file).unwrap();
    let last = *frames(&whole).last().unwrap();
    std::fs::write(file, &whole[..whole.len() - 3]).unwrap();
    let error = folder.found(None).unwrap();
    assert!(error.to_string().contains("it breaks off") && error.to_string().contains("--ship-acts"), "{error}");
    std::fs::write(file, &whole[..last.0]).unwrap();
    assert!(folder.found(None).is_none(), "without a head nobody can know");
    assert!(matches!(folder.found(Some(folder.head)), Some(ActsError::Short { .. })));
    let other = Head { hash: [7; 32], next: 1 };
    assert!(matches!(folder.found(Some(other)), Some(ActsError::OtherHistory { .. })));
}

/// Who has no key cannot make a record, and who makes one by another key is found out.
async fn a_forged_record_is_found_with_the_root_file(engine: Engine) {
    let folder = Folder::shipped(engine).await;
    let house = House::open(Engine::Embedded, CATALOG).await;
    let other = house.app().acts().keys();
    let error = verify(folder.dir.path(), Some(other), None).unwrap_err();
    assert!(matches!(error, ActsError::Damaged { wrong: Wrong::Sealed, record: 0, .. }), "{error}");
    assert!(verify(Path::new("/nowhere"), None, None).is_err());
}

/// Where each record with its length and sum begins and ends.
fn frames(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut place = 49;
    let mut frames = Vec::new();
    while place < bytes.len() {
        let length = u32::from_be_bytes(bytes[place..place + 4].try_into().unwrap()) as usize;
        frames.push((place, place + 4 + length + 8));
        place += 4 + length + 8;
    }
    frames
}

fn frame(bytes: &[u8], (from, to): (usize, usize)) -> &[u8] {
    &bytes[from..to]
}
