//! No copy of keys is left lying where nobody looks for it.

use super::{house, viewed};
use crate::support::{Engine, on_both_engines};
use amana::key_archive::{archive, restore_keys};
use amana::server::MasterKeyFrom;
use amana_store::seal::MasterKey;
use amana_store::{Batch, Space, SystemDice, space::key};

on_both_engines!(a_root_file_that_is_not_taken_is_not_left_lying, half_an_archive_is_not_left_lying);

async fn a_root_file_that_is_not_taken_is_not_left_lying(engine: Engine) {
    let keys = tempfile::tempdir().unwrap();
    let file = keys.path().join("keys.archive");
    let mut house = house(engine).await;
    let now = house.clock.now().to_string();
    house.send("panel", viewed("dan", "m1", true, &now)).await.expect(200);
    let root_file = house.folder.path().join("root.keys");
    archive(house.app(), &root_file, &file).await.unwrap();
    house.leave().await;
    let aside = house.folder.path().join("root.archived");
    // Whoever restores names another master key.
    let mut config = house.config();
    let other = MasterKey::from_file_or_create(&keys.path().join("other.key"), &mut SystemDice);
    drop(other.unwrap());
    config.master_key = MasterKeyFrom::File(keys.path().join("other.key"));
    assert!(restore_keys(&config, &file).await.is_err());
    assert!(!aside.exists(), "the archive's root file lies there though its master key is another");
    // Whoever was killed in between left it.
    std::fs::write(&aside, b"keys").unwrap();
    house.enter().await;
    assert!(!aside.exists(), "it lies there after a start");
}

async fn half_an_archive_is_not_left_lying(engine: Engine) {
    let keys = tempfile::tempdir().unwrap();
    let mut house = house(engine).await;
    let root_file = house.folder.path().join("root.keys");
    // A folder stands where the file should.
    let folder = keys.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    assert!(archive(house.app(), &root_file, &folder).await.is_err());
    assert!(!keys.path().join("folder.new").exists(), "after an error");
    // Whoever was killed while writing left it, and has noted where.
    let left = keys.path().join("keys.archive.new");
    std::fs::write(&left, b"keys").unwrap();
    let mut batch = Batch::new();
    batch.put(Space::Cursor, key::cursor("key_archive/writing"), left.to_str().unwrap().as_bytes().to_vec());
    house.app().store().commit(batch).await.unwrap();
    house.restart().await;
    assert!(!left.exists(), "after a start");
    assert!(house.app().store().get(Space::Cursor, key::cursor("key_archive/writing")).await.unwrap().is_none());
    // Nothing is noted any more once an archive is whole.
    archive(house.app(), &root_file, &keys.path().join("keys.archive")).await.unwrap();
    assert!(house.app().store().get(Space::Cursor, key::cursor("key_archive/writing")).await.unwrap().is_none());
    assert_eq!(std::fs::read_dir(keys.path()).unwrap().count(), 2);
}
