//! Changing the master key: whoever serves goes on, the old key opens nothing any more, and after a kill at any moment one
//! of both opens the root file (DESIGN §7 *Keys*: "Rotation of master key, secrets and write keys overlaps old and new").

use crate::support::{CATALOG, Engine, House, Place, on_both_engines};
use amana::key_archive::{ArchiveError, archive, restore_keys};
use amana_store::seal::{MasterKey, Root};
use serde_json::{Value as Json, json};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

on_both_engines!(
    the_master_key_is_changed_while_everybody_is_served,
    a_start_goes_on_wherever_a_change_was_broken_off,
    a_kill_at_any_moment_of_a_change_leaves_a_key_that_opens,
    an_archive_opens_with_the_master_key_of_its_time,
    a_key_of_the_environment_changes_beside_the_old_one,
);

fn bought(user: &str, message: &str) -> Json {
    json!([{"type": "track", "event": "Order Completed", "userId": user, "messageId": message}])
}

/// A key file of an installation, as it is now.
fn key_in(folder: &Path) -> MasterKey {
    MasterKey::from_file(&folder.join("master.key")).unwrap()
}

fn opens(folder: &Path, key: &MasterKey) -> bool {
    Root::open(&folder.join("root.keys"), key).is_ok()
}

/// `amana key …` about a folder.
fn key_command(folder: &Path, store: Option<&str>, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amana"));
    command.arg("key").args(words).args(["--free-space-floor", "0", "--data"]).arg(folder);
    if let Some(url) = store {
        command.args(["--store", url]);
    }
    command.stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> (bool, String) {
    let Output { status, stdout, stderr } = tokio::task::block_in_place(|| command.output()).unwrap();
    (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

fn changed(house: &House, words: &[&str]) -> String {
    let words = [&["rotate-master"], words].concat();
    let (done, told) = run(&mut key_command(house.folder.path(), house.database(), &words));
    assert!(done, "{told}");
    told
}

async fn orders(house: &House, user: &str) -> Json {
    house.profile(&format!("user_id/{user}"), "orders").await.expect(200).json["metrics"]["orders"].clone()
}

async fn the_master_key_is_changed_while_everybody_is_served(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let folder = house.folder.path().to_owned();
    house.send("shop", bought("ann", "m1")).await.expect(200);
    let old = key_in(&folder);
    let told = changed(&house, &[]);
    let new = key_in(&folder);
    assert!(told.contains("make a new key archive now") && told.contains("master.key"), "{told}");
    assert!(new != old && opens(&folder, &new) && !opens(&folder, &old));
    assert!(!folder.join("master.key.next").exists());
    // Keys that are made and destroyed from now on are under the new key, and nobody has noticed.
    house.send("shop", bought("ann", "m2")).await.expect(200);
    house.act("privacy", "user_id/ann", json!({"act": "object", "target": "direct_marketing"})).await.expect(200);
    house.app().root().begin_journal_epoch(&mut house.app().dice()).unwrap();
    assert!(opens(&folder, &new) && !opens(&folder, &old));
    assert_eq!(orders(&house, "ann").await, 2);
    house.restart().await;
    assert_eq!(orders(&house, "ann").await, 2);
    // Without a server, and with a key that somebody else has made.
    house.leave().await;
    let named = folder.join("named");
    MasterKey::from_file_or_create(&named, &mut house.config().dice.clone()).unwrap();
    changed(&house, &["--new-key-file", named.to_str().unwrap()]);
    assert!(opens(&folder, &MasterKey::from_file(&named).unwrap()) && !opens(&folder, &new));
    let refused =
        run(&mut key_command(&folder, house.database(), &["rotate-master", "--new-key-file", named.to_str().unwrap()]));
    assert!(!refused.0 && refused.1.contains("in force already"), "{}", refused.1);
    let mut command = key_command(&folder, house.database(), &["rotate-master", "--new-key-env", "NO_KEY"]);
    let (done, told) = run(command.env("NO_KEY", "no key, and still a secret"));
    assert!(!done && told.contains("NO_KEY is not a master key") && !told.contains("still a secret"), "{told}");
    let text = MasterKey::random(&mut house.config().dice.clone()).to_text().to_string();
    let mut command = key_command(&folder, house.database(), &["rotate-master", "--new-key-env", "A_KEY"]);
    let (done, told) = run(command.env("A_KEY", &text));
    assert!(done && !told.contains(&text), "{told}");
    assert!(opens(&folder, &MasterKey::from_text(&text, "A_KEY").unwrap()));
    house.enter().await;
    assert_eq!(orders(&house, "ann").await, 2);
}

async fn a_start_goes_on_wherever_a_change_was_broken_off(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let folder = house.folder.path().to_owned();
    let (key_file, next_file) = (folder.join("master.key"), folder.join("master.key.next"));
    house.send("shop", bought("ann", "m1")).await.expect(200);
    let old = key_in(&folder);
    // The new key is there, and the root file is not sealed under it.
    house.leave().await;
    let waiting = MasterKey::from_file_or_create(&next_file, &mut house.config().dice.clone()).unwrap();
    house.enter().await;
    assert!(opens(&folder, &old) && key_in(&folder) == old);
    assert_eq!(orders(&house, "ann").await, 1);
    changed(&house, &[]);
    assert!(key_in(&folder) == waiting && opens(&folder, &waiting) && !next_file.exists(), "the one that waited");
    // The root file is sealed under it, and it is not in its place.
    house.leave().await;
    std::fs::rename(&key_file, &next_file).unwrap();
    std::fs::write(&key_file, old.to_text().as_bytes()).unwrap();
    house.enter().await;
    assert!(key_in(&folder) == waiting && !next_file.exists());
    assert_eq!(orders(&house, "ann").await, 1);
    // With neither, nothing is made anew.
    house.leave().await;
    std::fs::remove_file(&key_file).unwrap();
    let refused = house.try_enter().await.unwrap_err().to_string();
    assert!(refused.contains("master.key") && !key_file.exists(), "{refused}");
    std::fs::write(&key_file, old.to_text().as_bytes()).unwrap();
    let refused = house.try_enter().await.unwrap_err().to_string();
    assert!(refused.contains("the master key is another one"), "{refused}");
}

/// The process that serves and changes the key is killed while it does.
async fn a_kill_at_any_moment_of_a_change_leaves_a_key_that_opens(engine: Engine) {
    let place = Place::new().await;
    let name = if engine.url().is_some() { "master-postgres" } else { "master-embedded" };
    let mut server = place.serve(name, &engine, CATALOG);
    let events = |kill: u32| bought("ann", &format!("m{kill}"));
    let kills = 10;
    for kill in 0..kills {
        server.batch("shop", &events(kill)).send().await.unwrap().error_for_status().unwrap();
        let command = key_command(&place.data, engine.url(), &["rotate-master"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut command: Child = command.unwrap();
        // The command is up after some ten milliseconds, and the change takes some ten more.
        tokio::time::sleep(Duration::from_millis(u64::from(12 * kill))).await;
        server.kill();
        tokio::task::block_in_place(|| command.wait()).unwrap();
        server.start_again();
    }
    server.settle().await;
    assert_eq!(server.tally("events_kept").await, u64::from(kills));
    let (done, told) = run(&mut key_command(&place.data, engine.url(), &["rotate-master"]));
    assert!(done && opens(&place.data, &key_in(&place.data)), "{told}");
    assert!(!place.data.join("master.key.next").exists());
}

async fn an_archive_opens_with_the_master_key_of_its_time(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let keys = tempfile::tempdir().unwrap();
    let (before, after) = (keys.path().join("before"), keys.path().join("after"));
    house.send("shop", bought("ann", "m1")).await.expect(200);
    house.leave().await;
    let copies = [house.copied().await, house.copied().await];
    house.enter().await;
    let (folder, root_file) = (house.folder.path().to_owned(), house.folder.path().join("root.keys"));
    let old = key_in(&folder);
    archive(house.app(), &root_file, &before).await.unwrap();
    changed(&house, &[]);
    let new = key_in(&folder);
    archive(house.app(), &root_file, &after).await.unwrap();
    for (copy, (archived, fits, other)) in copies.into_iter().zip([(&before, &old, &new), (&after, &new, &old)]) {
        let folder = copy.folder.path();
        std::fs::remove_file(folder.join("root.keys")).unwrap();
        std::fs::write(folder.join("master.key"), other.to_text().as_bytes()).unwrap();
        let refused = restore_keys(&copy.config(), archived).await.unwrap_err();
        assert!(matches!(refused, ArchiveError::OtherMasterKey { .. }), "{refused}");
        assert!(!folder.join("root.keys").exists(), "nothing was put in place");
        std::fs::write(folder.join("master.key"), fits.to_text().as_bytes()).unwrap();
        let restored = restore_keys(&copy.config(), archived).await.unwrap();
        assert!(restored.fragments > 0 && restored.unreadable_rows == 0);
        assert!(opens(folder, fits));
    }
}

async fn a_key_of_the_environment_changes_beside_the_old_one(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let folder = house.folder.path().to_owned();
    house.send("shop", bought("ann", "m1")).await.expect(200);
    house.leave().await;
    let old = key_in(&folder).to_text().to_string();
    let new = MasterKey::random(&mut house.config().dice.clone()).to_text().to_string();
    std::fs::remove_file(folder.join("master.key")).unwrap();
    let with = |word: &str, key: &str, next: Option<&str>| {
        let mut command = key_command(&folder, house.database(), &[word]);
        command.env("AMANA_MASTER_KEY", key);
        next.map(|next| command.env("AMANA_MASTER_KEY_NEXT", next));
        run(&mut command)
    };
    let (done, told) = with("rotate-master", &old, None);
    assert!(!done && told.contains("AMANA_MASTER_KEY_NEXT"), "{told}");
    let (done, told) = with("rotate-master", &old, Some(&new));
    assert!(done && told.contains("put what AMANA_MASTER_KEY_NEXT holds into AMANA_MASTER_KEY"), "{told}");
    assert!(!told.contains(&old) && !told.contains(&new));
    assert!(!folder.join("master.key").exists(), "it is written down nowhere");
    assert!(with("index", &old, Some(&new)).0, "a start before the environment is put right");
    assert!(with("index", &new, None).0);
    let (done, told) = with("index", &old, None);
    assert!(!done && told.contains("the master key is another one"), "{told}");
}
