//! Replacing the root file is dear, and grouped: whatever is destroyed within a second goes with the same replacements
//! (DESIGN §7 *Keys*, issue 3).

use super::burglar::Loot;
use super::withdrawal::PANEL;
use crate::support::{CATALOG, Engine, House, act_on, canary, contains, on_both_engines};
use amana_store::seal::{MasterKey, Root};
use serde_json::json;
use std::time::Duration;

on_both_engines!(what_is_destroyed_within_a_second_goes_with_the_same_replacements_of_the_root_file);

/// How often the root file was replaced, as the file itself says that lies on the disk.
fn replacements(house: &House) -> u64 {
    let folder = house.folder.path();
    let master = MasterKey::from_file(&folder.join("master.key")).unwrap();
    let generation = Root::open(&folder.join("root.keys"), &master).unwrap().generation();
    assert_eq!(generation, house.app().root().generation(), "the file is what is gone by");
    generation
}

/// Looks at a product, as somebody who agrees to being looked at.
async fn look_at(house: &House, user: &str, product: &str) {
    let viewed = json!([{"type": "track", "event": "Product Viewed", "userId": user, "messageId": product,
        "properties": {"name": product}, "context": {"consent": {"categoryPreferences": {"taste": true}}},
        "timestamp": house.clock.now().to_string()}]);
    house.send("panel", viewed).await.expect(200);
}

/// Takes consent back; what rested on it alone is destroyed.
async fn withdraw(house: &House, user: &str) {
    house.act("privacy", &format!("user_id/{user}"), act_on("withdraw", "taste")).await.expect(200);
    house.settle().await;
}

async fn what_is_destroyed_within_a_second_goes_with_the_same_replacements_of_the_root_file(engine: Engine) {
    let mut house = House::open(engine, &format!("{CATALOG}{PANEL}")).await;
    let seen: Vec<(&str, String)> = ["ann", "bob", "cid", "dan", "eve", "fay"].map(|user| (user, canary())).into();
    for (user, product) in &seen {
        look_at(&house, user, product).await;
    }
    house.pass(Duration::from_secs(2)).await;
    let millis = Duration::from_millis;

    // One alone: two replacements, with the old bucket key beside the new one and without it, and one more that forgets
    // the key of the journal of until then.
    let before = replacements(&house);
    withdraw(&house, "ann").await;
    house.pass(millis(999)).await;
    assert_eq!(replacements(&house), before, "a second is waited for whoever comes");
    house.pass(millis(1)).await;
    let each = replacements(&house) - before;
    assert_eq!(each, 3);

    // Three different people within a second cost what one does.
    let before = replacements(&house);
    for user in ["bob", "cid", "dan"] {
        withdraw(&house, user).await;
        assert_eq!(replacements(&house), before, "{user} is waited with");
        house.pass(millis(333)).await;
    }
    house.pass(millis(1)).await;
    assert_eq!(replacements(&house) - before, each);

    // And whoever comes later has replacements of their own.
    let before = replacements(&house);
    withdraw(&house, "eve").await;
    house.pass(millis(1_001)).await;
    assert_eq!(replacements(&house) - before, each);
    house.pass(Duration::from_secs(5)).await;
    assert_eq!(replacements(&house) - before, each, "time alone costs none");

    house.leave().await;
    let loot = Loot::take(&house).await;
    let heap = loot.read(&loot, house.folder.path());
    for (user, product) in &seen {
        assert_eq!(contains(&heap, product.as_bytes()), *user == "fay", "{user}");
    }
}
