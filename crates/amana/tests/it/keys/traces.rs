//! What is left beside the data goes, too: by itself, when its time is up.

use super::burglar::Loot;
use super::withdrawal::{house, look_at, order};
use crate::support::{Engine, House, act_on, canary, contains, on_both_engines};
use amana_store::{KeyRange, Space};
use serde_json::json;
use std::process::Command;
use std::time::Duration;

on_both_engines!(message_ids_are_forgotten_without_another_event, nobody_is_told_that_keys_are_gone_before_they_are,);

const DAY: Duration = Duration::from_hours(24);

async fn days_remembered(house: &House) -> usize {
    house.app().store().scan(Space::Seen, KeyRange::all(), 100).await.unwrap().len()
}

async fn message_ids_are_forgotten_without_another_event(engine: Engine) {
    let house = house(engine).await;
    order(&house, "o1").await;
    assert_eq!(days_remembered(&house).await, 1);
    house.pass(DAY * 7).await;
    assert_eq!(days_remembered(&house).await, 1, "a retry within a week is known again");
    order(&house, "o1").await;
    let orders = house.profile("user_id/dan", "orders").await.expect(200).json["metrics"]["orders"].clone();
    assert_eq!(orders, 1);
    house.pass(DAY * 2).await;
    assert_eq!(days_remembered(&house).await, 0, "nobody sent anything, and the fingerprints lie there");
    house.profile("user_id/dan", "orders").await.expect(200);
}

/// Law 5: say only what is proved.
async fn nobody_is_told_that_keys_are_gone_before_they_are(engine: Engine) {
    let mut house = house(engine).await;
    let seen = canary();
    look_at(&house, &seen).await;
    house.leave().await;
    let backup = Loot::take(&house).await;
    house.enter().await;
    let keys = async |house: &House| house.get("privacy", "profiles/user_id/dan/keys").await.expect(200).json;
    let before = keys(&house).await;
    assert_eq!((&before["journal_epochs"], &before["fragments"][0]["pending"]), (&json!(1), &json!(false)));
    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    // The ring has lost them. The key of its bucket is still there, and an older ring opens.
    let withdrawn = keys(&house).await;
    assert_eq!(
        (&withdrawn["fragments"][0]["classes"], &withdrawn["fragments"][0]["pending"]),
        (&json!([]), &json!(true))
    );
    house.leave().await;
    assert!(contains(&backup.read(&backup, house.folder.path()), seen.as_bytes()), "a backup can still be read");
    let told = inspected(&house);
    assert!(told.contains("keys are being destroyed"), "{told}");
    house.enter().await;
    house.pass(Duration::from_secs(3)).await;
    let gone = keys(&house).await;
    assert_eq!((&gone["journal_epochs"], &gone["fragments"][0]["pending"]), (&json!(1), &json!(false)));
    house.leave().await;
    let heap = Loot::take(&house).await.read(&backup, house.folder.path());
    assert!(!contains(&heap, seen.as_bytes()), "and now it cannot");
    let told = inspected(&house);
    assert!(!told.contains("being destroyed") && told.contains("no class has a key"), "{told}");
}

/// What the command says of an installation that nobody serves.
fn inspected(house: &House) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amana"));
    command.args(["inspect", "keys", "user_id=dan", "--free-space-floor", "0", "--data"]).arg(house.folder.path());
    if let Some(url) = house.database() {
        command.args(["--store", url]);
    }
    let output = tokio::task::block_in_place(|| command.output()).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
