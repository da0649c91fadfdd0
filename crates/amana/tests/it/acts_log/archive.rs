//! The key archive: replaced and never accumulated, and no older one where a newer is known.

use super::{house, viewed};
use crate::support::{Engine, act_on, on_both_engines};
use amana::key_archive::{ArchiveError, archive, restore_keys};
use std::time::Duration;

on_both_engines!(
    an_archive_that_is_older_than_what_is_there_is_refused,
    an_archive_that_is_older_than_the_root_file_is_refused,
);

async fn an_archive_that_is_older_than_what_is_there_is_refused(engine: Engine) {
    let keys = tempfile::tempdir().unwrap();
    let (old, new) = (keys.path().join("old"), keys.path().join("new"));
    let mut house = house(engine).await;
    let now = house.clock.now().to_string();
    let root_file = house.folder.path().join("root.keys");
    archive(house.app(), &root_file, &old).await.unwrap();
    house.send("panel", viewed("dan", "m1", true, &now)).await.expect(200);
    house.advance(Duration::from_secs(1));
    archive(house.app(), &root_file, &new).await.unwrap();
    let first = std::fs::read(&new).unwrap();
    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    house.pass(Duration::from_secs(3)).await;
    let archived = archive(house.app(), &root_file, &new).await.unwrap();
    assert!(archived.rings > 0 && std::fs::read(&new).unwrap() != first, "it takes the place of the one before");
    assert_eq!(std::fs::read_dir(keys.path()).unwrap().count(), 2, "and leaves nothing beside it");
    house.leave().await;

    let config = house.config();
    let refused = restore_keys(&config, &old).await.unwrap_err();
    assert!(matches!(refused, ArchiveError::OlderThanStore), "{refused}");
    // Not the copy but the keys are newer.
    let earlier = std::fs::read(&root_file).unwrap();
    let whole = std::fs::read(&new).unwrap();
    assert_eq!(restore_keys(&config, &new).await.unwrap().unreadable_rows, 0, "the newest fits and changes nothing");
    assert!(std::fs::read(&root_file).unwrap() == earlier);
    assert!(restore_keys(&config, &new).await.unwrap().before, "once is enough");

    for place in [3, 8, 40, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        std::fs::write(&new, &bytes).unwrap();
        assert!(restore_keys(&config, &new).await.is_err(), "byte {place}");
    }
    std::fs::write(&new, &whole[..whole.len() - 1]).unwrap();
    assert!(matches!(restore_keys(&config, &new).await, Err(ArchiveError::Damaged { .. })));
}

/// An archive of before a destruction is refused where the keys of after it are, whatever the copy is.
async fn an_archive_that_is_older_than_the_root_file_is_refused(engine: Engine) {
    let keys = tempfile::tempdir().unwrap();
    let (old, other) = (keys.path().join("old"), keys.path().join("other"));
    let mut house = house(engine).await;
    let now = house.clock.now().to_string();
    let root_file = house.folder.path().join("root.keys");
    house.send("panel", viewed("dan", "m1", true, &now)).await.expect(200);
    house.leave().await;
    let copy = house.copied().await;
    house.enter().await;
    archive(house.app(), &root_file, &old).await.unwrap();
    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    house.pass(Duration::from_secs(3)).await;
    archive(house.app(), &root_file, &other).await.unwrap();
    house.leave().await;
    std::fs::copy(&root_file, copy.folder.path().join("root.keys")).unwrap();
    let config = copy.config();
    let refused = restore_keys(&config, &old).await.unwrap_err();
    assert!(matches!(refused, ArchiveError::OlderThanHere { .. }), "{refused}");
    restore_keys(&config, &other).await.unwrap();
    std::fs::remove_file(copy.folder.path().join("root.keys")).unwrap();
    let refused = restore_keys(&config, &old).await.unwrap_err();
    assert!(matches!(refused, ArchiveError::OtherArchive), "{refused}");
}
