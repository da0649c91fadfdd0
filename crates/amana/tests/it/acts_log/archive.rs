//! The key archive: replaced and never accumulated, and no older one where a newer is known.

use super::{house, viewed};
use crate::support::{Engine, act_on};
use amana::key_archive::{ArchiveError, archive, restore, restore_root_file};
use amana::server::{open_app, open_master_key};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_that_is_older_than_what_is_there_is_refused() {
    let keys = tempfile::tempdir().unwrap();
    let (old, new) = (keys.path().join("old"), keys.path().join("new"));
    let mut house = house(Engine::Embedded).await;
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
    let master = open_master_key(&config).unwrap();
    let refused = restore_root_file(&old, &root_file, &master).unwrap_err();
    assert!(matches!(refused, ArchiveError::OlderThanHere { .. }), "{refused}");
    let app = open_app(&config).await.unwrap();
    let refused = restore(&app, &old).await.unwrap_err();
    assert!(matches!(refused, ArchiveError::OlderThanStore), "{refused}");
    assert_eq!(restore(&app, &new).await.unwrap().unreadable_rows, 0, "the newest fits and changes nothing");
    app.store().clone().close().await;

    let whole = std::fs::read(&new).unwrap();
    for place in [3, 8, 40, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        std::fs::write(&new, &bytes).unwrap();
        assert!(restore_root_file(&new, &root_file, &master).is_err(), "byte {place}");
    }
    std::fs::write(&new, &whole[..whole.len() - 1]).unwrap();
    assert!(matches!(restore_root_file(&new, &root_file, &master), Err(ArchiveError::Damaged { .. })));
}
