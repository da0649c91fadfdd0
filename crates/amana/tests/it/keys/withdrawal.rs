//! A withdrawal destroys: who has the store, a backup of it with its journal, today's root file and the master key reads
//! nothing of what nobody holds any longer, and everything that another purpose holds.

use super::burglar::Loot;
use super::unreadable::{Row, aside};
use crate::support::{CATALOG, Engine, House, act_on, canary, contains, on_both_engines};
use amana::dice::Dice;
use amana::journal::Entry;
use amana::pipeline::{SetAside, TallyName, resend_aside};
use amana::server::open_app;
use amana_store::Space;
use serde_json::json;
use std::time::Duration;

on_both_engines!(
    a_withdrawal_makes_data_unreadable_in_every_copy_and_harms_no_other_class,
    what_was_destroyed_stays_gone_when_the_person_agrees_again,
    a_corrected_value_is_gone_from_every_copy,
    what_was_set_aside_is_gone_from_every_copy,
    what_was_withdrawn_stands_in_no_acts_that_were_shipped,
);

/// People whose taste is kept by consent, and by nothing else.
pub(crate) const PANEL: &str = r#"
[[purposes]]
code = "taste"
basis = "consent"
categories = ["behaviour", "identity.user"]
keep = "P1Y"
consent_expires_after = "P6M"
texts.en = { title = "Taste", text = "We look at what you look at." }

[[sources]]
code = "panel"
brand = "shop"
channel = "panel"
trust = "server"
write_key_sha256 = "@@sha256:panel@@"
collects = ["taste"]
consent_categories = { taste = ["taste"] }
"#;

pub(super) async fn house(engine: Engine) -> House {
    House::open(engine, &format!("{CATALOG}{PANEL}")).await
}

/// Looks at a product, as somebody who agrees to being looked at.
pub(super) async fn look_at(house: &House, product: &str) {
    let agreed = json!({"consent": {"categoryPreferences": {"taste": true}}});
    let viewed = json!([{"type": "track", "event": "Product Viewed", "userId": "dan", "messageId": product,
        "properties": {"name": product}, "context": agreed, "timestamp": house.clock.now().to_string()}]);
    house.send("panel", viewed).await.expect(200);
}

pub(super) async fn order(house: &House, order: &str) {
    let completed = json!([{"type": "track", "event": "Order Completed", "userId": "dan", "messageId": order,
        "properties": {"order_id": order, "total": 10}, "timestamp": house.clock.now().to_string()}]);
    house.send("till", completed).await.expect(200);
}

/// Receives a look at a product, which stands in the journal until somebody works on it.
async fn receive(house: &House, product: &str) {
    let app = open_app(&house.config()).await.unwrap();
    let event = json!({"message_id": product, "type": "track", "event": "Product Viewed", "user_id": "dan",
        "at": house.clock.now(), "properties": {"name": product},
        "context": {"consent": {"categoryPreferences": {"taste": true}}}});
    let collected = json!({"entry": "collected", "source": "panel", "received_at": house.clock.now(), "gpc": false,
        "bot": false, "events": [event]});
    let entry: Entry = serde_json::from_value(collected).unwrap();
    app.journal().write(&entry, &mut Dice::System).await.unwrap();
    app.store().clone().close().await;
}

async fn a_withdrawal_makes_data_unreadable_in_every_copy_and_harms_no_other_class(engine: Engine) {
    let mut house = house(engine).await;
    let (seen, bought) = (canary(), canary());
    look_at(&house, &seen).await;
    order(&house, &bought).await;
    house.leave().await;
    let received = canary();
    receive(&house, &received).await;
    let backup = Loot::take(&house).await;
    let heap = backup.read(&backup, house.folder.path());
    assert!(contains(&heap, seen.as_bytes()) && contains(&heap, bought.as_bytes()), "the burglar can read");
    assert!(contains(&backup.journal_of_then(house.folder.path()), received.as_bytes()), "the journal, too");
    house.restart().await;
    house.settle().await;
    assert!(house.profile("user_id/dan", "taste").await.expect(200).text.contains("views"));

    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    house.pass(Duration::from_secs(2)).await;
    house.profile("user_id/dan", "orders").await.expect(200);
    house.leave().await;

    let heap = Loot::take(&house).await.read(&backup, house.folder.path());
    assert!(!contains(&heap, seen.as_bytes()), "what was withdrawn can still be read");
    assert!(!contains(&heap, received.as_bytes()), "the backup's journal can still be read");
    assert!(contains(&backup.journal_of_then(house.folder.path()), received.as_bytes()), "with the keys of then");
    assert!(contains(&heap, bought.as_bytes()), "what another purpose holds cannot be read any more");
}

async fn what_was_destroyed_stays_gone_when_the_person_agrees_again(engine: Engine) {
    let mut house = house(engine).await;
    let (before, after) = (canary(), canary());
    look_at(&house, &before).await;
    house.leave().await;
    let backup = Loot::take(&house).await;
    assert!(contains(&backup.read(&backup, house.folder.path()), before.as_bytes()), "the burglar can read");
    house.enter().await;
    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    // A moment later, before anything could be cleared away.
    house.advance(Duration::from_millis(1));
    house.act("privacy", "user_id/dan", act_on("grant", "taste")).await.expect(200);
    look_at(&house, &after).await;
    house.pass(Duration::from_secs(2)).await;
    house.pass(Duration::from_secs(2)).await;
    assert_eq!(house.tally(TallyName::EventsKept).await, 2);
    house.restart().await;
    house.profile("user_id/dan", "taste").await.expect(200);
    house.leave().await;
    let heap = Loot::take(&house).await.read(&backup, house.folder.path());
    assert!(!contains(&heap, before.as_bytes()) && contains(&heap, after.as_bytes()));
}

async fn a_corrected_value_is_gone_from_every_copy(engine: Engine) {
    let mut house = house(engine).await;
    let wrong = canary();
    order(&house, "o1").await;
    let named = json!([{"type": "identify", "userId": "dan", "messageId": "i1", "traits": {"lastName": wrong}}]);
    house.send("till", named).await.expect(200);
    house.leave().await;
    let backup = Loot::take(&house).await;
    assert!(contains(&backup.read(&backup, house.folder.path()), wrong.as_bytes()), "the burglar can read");
    house.restart().await;
    house.advance(Duration::from_secs(60));
    let correction = json!({"identifier": {"kind": "user_id", "value": "dan"}, "act": "correct", "field": "lastName",
        "value": "Right", "method": "call", "note": "said so"});
    let done = house.ask("privacy", reqwest::Method::POST, "acts", Some(json!({ "acts": [correction] }))).await;
    assert_eq!(done.expect(200).json["recorded"], 1);
    house.pass(Duration::from_secs(2)).await;
    assert_eq!(house.profile("user_id/dan", "orders").await.expect(200).json["traits"]["lastName"], "Right");
    house.leave().await;
    let heap = Loot::take(&house).await.read(&backup, house.folder.path());
    assert!(!contains(&heap, wrong.as_bytes()), "what was wrong can still be read");
    assert!(contains(&heap, b"Right"));

    // The system that was not corrected sends it again: it is not only not believed, it is not kept. With the next keys
    // that go the journal in which it came cannot be read any more.
    house.enter().await;
    let again = json!([{"type": "identify", "userId": "dan", "messageId": "i2", "traits": {"lastName": wrong}}]);
    house.send("till", again.clone()).await.expect(200);
    let mut elsewhere = again;
    elsewhere[0]["messageId"] = "i3".into();
    house.send("crm", elsewhere).await.expect(200);
    look_at(&house, "seen").await;
    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    house.pass(Duration::from_secs(2)).await;
    house.leave().await;
    let heap = Loot::take(&house).await.read(&backup, house.folder.path());
    assert!(!contains(&heap, wrong.as_bytes()), "what is known to be wrong was kept");
    assert!(contains(&heap, b"Right"));
}

/// What could not be worked on lies in a log of its own: it is readable there as long as it waits, and no longer.
async fn what_was_set_aside_is_gone_from_every_copy(engine: Engine) {
    let mut house = house(engine).await;
    let (bought, waited) = (canary(), canary());
    look_at(&house, "first").await;
    order(&house, &bought).await;
    let ring = Row::of(&house, Space::Ring, "user_id/dan").await;
    ring.damage(&mut house).await;
    look_at(&house, &waited).await;
    assert!(matches!(aside(&house).await[..], [SetAside { .. }]), "it could be worked on");
    house.leave().await;
    let backup = Loot::take(&house).await;
    assert!(contains(&backup.set_aside(house.folder.path()), waited.as_bytes()), "the burglar can read");

    house.enter().await;
    ring.restore(&house).await;
    assert_eq!(resend_aside(house.app(), true).await.unwrap().left, 0);
    house.pass(Duration::from_secs(2)).await;
    assert_eq!(house.profile("user_id/dan", "taste").await.expect(200).json["metrics"]["views"], 2);
    house.leave().await;
    let loot = Loot::take(&house).await;
    for copy in [&backup, &loot] {
        assert!(
            !contains(&copy.set_aside(house.folder.path()), waited.as_bytes()),
            "it is done with, and its key is there"
        );
    }
    let heap = loot.read(&backup, house.folder.path());
    assert!(contains(&heap, waited.as_bytes()), "it is theirs now, and kept by consent");
    house.enter().await;
    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    house.pass(Duration::from_secs(2)).await;
    house.leave().await;
    let heap = Loot::take(&house).await.read(&backup, house.folder.path());
    assert!(!contains(&heap, waited.as_bytes()), "what was set aside can still be read");
    assert!(contains(&heap, bought.as_bytes()), "what another purpose holds cannot be read any more");
}

/// Acts are proof and outlive what they were about: shipped or not, they hold no value, and of people nothing plain.
async fn what_was_withdrawn_stands_in_no_acts_that_were_shipped(engine: Engine) {
    let shipped = tempfile::tempdir().unwrap();
    let mut house = house(engine).await;
    house.leave().await;
    house.acts.dir = Some(shipped.path().to_owned());
    house.enter().await;
    let (person, seen, right) = (canary(), canary(), canary());
    let event = |name: &str, properties| {
        json!([{"type": "track", "event": name, "userId": person, "messageId": name, "properties": properties,
            "context": {"consent": {"categoryPreferences": {"taste": true}}}, "timestamp": house.clock.now().to_string()}])
    };
    house.send("panel", event("Product Viewed", json!({"name": seen}))).await.expect(200);
    house.send("till", event("Order Completed", json!({"order_id": "o1"}))).await.expect(200);
    house.advance(Duration::from_secs(60));
    let correction = json!({"identifier": {"kind": "user_id", "value": person}, "act": "correct", "field": "gender",
        "value": right, "method": "call", "note": "said so"});
    let done = house.ask("privacy", reqwest::Method::POST, "acts", Some(json!({ "acts": [correction] }))).await;
    assert_eq!(done.expect(200).json["recorded"], 1);
    house.leave().await;
    let backup = Loot::take(&house).await;
    let heap = backup.read(&backup, house.folder.path());
    assert!(contains(&heap, seen.as_bytes()) && contains(&heap, right.as_bytes()), "the burglar can read");

    house.enter().await;
    let who = format!("user_id/{person}");
    house.act("privacy", &who, act_on("withdraw", "taste")).await.expect(200);
    let closed = json!([{"type": "track", "event": "Account Closed", "userId": person, "messageId": "closed",
        "timestamp": house.clock.now().to_string()}]);
    house.send("till", closed).await.expect(200);
    house.pass(Duration::from_mins(5)).await;
    house.leave().await;
    let newer = Loot::take(&house).await;
    let acts = newer.acts(house.folder.path());
    assert!(contains(&acts, b"kind: Withdraw") && contains(&acts, b"kind: Correct"), "the acts are there and are read");
    let heap = newer.read(&backup, house.folder.path());
    for (secret, what) in [(&seen, "what was seen"), (&right, "the value that was put right")] {
        assert!(!contains(&heap, secret.as_bytes()), "{what} can still be read");
    }
    assert!(!contains(&acts, person.as_bytes()) && !contains(&acts, right.as_bytes()), "acts tell who or what");
}
