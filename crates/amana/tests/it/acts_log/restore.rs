//! A restore does not bring a consent back (DESIGN §7): an older copy of the store, today's keys, and the acts.

use super::{house, ship, shipped_and_copied, viewed};
use crate::identity::staff::decide;
use crate::support::{Engine, House, act_on, assert_counted, canary, on_both_engines};
use amana::acts_log::apply::{AppliedActs, ApplyError, apply};
use amana::acts_log::{ActsError, Head, StartRefused, verify};
use amana::dice::Dice;
use amana::journal::{Decided, Entry};
use amana::key_archive;
use amana::server::{StartError, open_app, open_pipeline};
use amana_core::Value;
use amana_core::permission::{ActKind, Content, Evidence, Method, Target};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

on_both_engines!(
    a_restore_does_not_bring_a_consent_back,
    acts_of_people_whom_the_older_store_does_not_know_are_there_again,
    a_withdrawal_reaches_who_was_joined_after_the_copy_was_made,
    splits_and_corrections_and_the_catalogue_come_back,
);

/// Puts today's keys and the shipped acts into a copy.
pub(super) async fn restore(copy: &House, archive: &Path, acts: &Path) -> AppliedActs {
    key_archive::restore_keys(&copy.config(), archive).await.unwrap();
    apply_acts(copy, acts, Some(head_of(acts))).await.unwrap()
}

/// Where a folder ends: what somebody noted who looked at the whole one.
pub(super) fn head_of(acts: &Path) -> Head {
    verify(acts, None, None).unwrap().head
}

/// Applies the shipped acts to a copy, which must go as far as `reach`.
pub(super) async fn apply_acts(copy: &House, acts: &Path, reach: Option<Head>) -> Result<AppliedActs, ApplyError> {
    let config = copy.config();
    let app = open_app(&config).await.unwrap();
    let mut pipeline = open_pipeline(&app, &config).await.unwrap();
    let applied = apply(&app, &mut pipeline, acts, reach, |_| {}).await;
    app.store().clone().close().await;
    applied
}

/// An archive of the keys as they are. The acts are shipped by the time the house was left.
pub(super) async fn back_up(house: &House, archive: &Path) {
    key_archive::archive(house.app(), &house.folder.path().join("root.keys"), archive).await.unwrap();
}

async fn a_restore_does_not_bring_a_consent_back(engine: Engine) {
    let (acts, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archive = keys.path().join("keys.archive");
    let mut house = house(engine).await;
    let (gone, kept) = (canary(), canary());
    let now = house.clock.now().to_string();
    house.send("panel", viewed("dan", &gone, true, &now)).await.expect(200);
    house.send("panel", viewed("eve", &kept, true, &now)).await.expect(200);
    let mut copy = shipped_and_copied(&mut house, acts.path()).await;
    house.advance(Duration::from_secs(5));
    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    house.pass(Duration::from_secs(3)).await;
    back_up(&house, &archive).await;
    house.leave().await;

    // Nobody can come in before the acts are applied.
    let refused = copy.try_enter().await.unwrap_err();
    let StartError::Acts(StartRefused::Acts(ActsError::Older { .. })) = &refused else { panic!("{refused}") };
    assert!(refused.to_string().contains("amana acts apply"), "{refused}");
    let applied = restore(&copy, &archive, acts.path()).await;
    assert_eq!(applied.acts, 1);
    assert_eq!(restore(&copy, &archive, acts.path()).await.acts, 0, "applying again does nothing");
    copy.enter().await;
    assert_eq!(copy.state("user_id/dan", "taste").await, "withdrawn");
    assert_eq!(copy.state("user_id/eve", "taste").await, "given");
    assert!(copy.profile("user_id/eve", "taste").await.expect(200).text.contains("views"));
    // A device that repeats what it was once told changes nothing.
    copy.send("panel", viewed("dan", "again", true, &now)).await.expect(200);
    assert_eq!(copy.state("user_id/dan", "taste").await, "withdrawn");
    copy.pass(Duration::from_secs(3)).await;
    let keys = copy.get("privacy", "profiles/user_id/dan/keys").await.expect(200).json;
    assert_eq!(keys["fragments"][0]["classes"], json!([]), "the pipeline has destroyed what nothing holds");
    assert_counted(&copy, "restored").await;
    // And it goes on: what is done now is shipped behind what was shipped before.
    copy.act("privacy", "user_id/eve", act_on("withdraw", "taste")).await.expect(200);
    copy.leave().await;
    let verified = verify(acts.path(), None, None).unwrap();
    copy.enter().await;
    assert_eq!(copy.app().acts().head().await.unwrap(), verified.head);
}

async fn acts_of_people_whom_the_older_store_does_not_know_are_there_again(engine: Engine) {
    let (acts, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archive = keys.path().join("keys.archive");
    let mut house = house(engine).await;
    let mut copy = shipped_and_copied(&mut house, acts.path()).await;
    house.act("service", "email/new%40people.example", json!({"act": "object", "target": "direct_marketing"})).await;
    let profile = house.profile_id("email/new%40people.example").await;
    back_up(&house, &archive).await;
    house.leave().await;
    // Whoever is not sure whether it was done does it again, and nobody is lost by it.
    for _ in 0..2 {
        restore(&copy, &archive, acts.path()).await;
    }
    copy.enter().await;
    assert_eq!(copy.profile_id("email/new%40people.example").await, profile, "under the same id");
    let general = copy.permissions("email/new%40people.example").await["general"].clone();
    assert_eq!((&general[0]["act"], &general[0]["target"]), (&json!("object"), &json!("direct_marketing")));
}

async fn a_withdrawal_reaches_who_was_joined_after_the_copy_was_made(engine: Engine) {
    let (acts, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archive = keys.path().join("keys.archive");
    let mut house = house(engine).await;
    let now = house.clock.now().to_string();
    // A device agrees before anybody knows whose it is.
    let mut seen = viewed("dan", "m1", true, &now);
    seen[0]["anonymousId"] = json!("phone");
    seen[0].as_object_mut().unwrap().remove("userId");
    house.send("panel", seen).await.expect(200);
    let mut copy = shipped_and_copied(&mut house, acts.path()).await;
    let signed_in = json!([{"type": "identify", "userId": "dan", "anonymousId": "phone", "messageId": "m2",
        "context": {"consent": {"categoryPreferences": {"taste": true}}}, "timestamp": now, "traits": {}},
        {"type": "track", "event": "Product Viewed", "userId": "dan", "anonymousId": "phone", "messageId": "m3",
        "properties": {"name": "x"}, "context": {"consent": {"categoryPreferences": {"taste": true}}}, "timestamp": now}]);
    house.send("panel", signed_in).await.expect(200);
    assert_eq!(house.profile_id("user_id/dan").await, house.profile_id("anonymous_id/phone").await, "they are joined");
    house.advance(Duration::from_secs(5));
    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    back_up(&house, &archive).await;
    house.leave().await;
    restore(&copy, &archive, acts.path()).await;
    copy.enter().await;
    assert_eq!(copy.state("user_id/dan", "taste").await, "withdrawn");
    assert_eq!(
        copy.state("anonymous_id/phone", "taste").await,
        "withdrawn",
        "the device's own word is not in force again"
    );
}

async fn splits_and_corrections_and_the_catalogue_come_back(engine: Engine) {
    let (acts, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archive = keys.path().join("keys.archive");
    let mut house = house(engine).await;
    let bought = json!([{"type": "track", "event": "Order Completed", "userId": "ann", "anonymousId": "tablet",
        "messageId": "m1", "context": {"traits": {"firstName": "wrong"}}}]);
    house.send("shop", bought).await.expect(200);
    let mut copy = shipped_and_copied(&mut house, acts.path()).await;
    house.advance(Duration::from_secs(5));
    decide(&house, "split", "user_id/ann", &["anonymous_id/tablet"], false).await.expect(200);
    correct(&house, "ann", "firstName", "right").await;
    house.apply(&format!("{}{}", crate::support::CATALOG, super::PANEL.replace("P1Y", "P11M"))).await;
    house.settle().await;
    back_up(&house, &archive).await;
    let (ann, tablet) = (house.profile_id("user_id/ann").await, house.profile_id("anonymous_id/tablet").await);
    assert_ne!(ann, tablet);
    house.leave().await;
    let applied = restore(&copy, &archive, acts.path()).await;
    assert_eq!(applied.catalogs, 1);
    copy.enter().await;
    assert_eq!(copy.app().current().policy.version, 2);
    assert_eq!((copy.profile_id("user_id/ann").await, copy.profile_id("anonymous_id/tablet").await), (ann, tablet));
    // The right name is in no log, and the wrong one is not used again.
    let ann = copy.profile("user_id/ann", "orders").await.expect(200);
    assert!(!ann.text.contains("wrong") && !ann.text.contains("right"), "{}", ann.text);
    // What joined them once does not join them again.
    let again = json!([{"type": "track", "event": "Order Completed", "userId": "ann", "anonymousId": "tablet",
        "messageId": "m2"}]);
    copy.send("shop", again).await.expect(200);
    assert_ne!(copy.profile_id("user_id/ann").await, copy.profile_id("anonymous_id/tablet").await);
}

/// A correction, as it comes from the journal.
async fn correct(house: &House, user: &str, field: &str, value: &str) {
    let (mut dice, now) = (Dice::System, house.clock.now());
    let content = Content::Correction { field: field.into(), value: Some(Value::Text(value.into())) };
    let decided = Decided {
        id: dice.id(now),
        kind: "user_id".into(),
        value: user.into(),
        scope: "default".into(),
        act: ActKind::Correct,
        targets: vec![Target::Person],
        at: now,
        received_at: now,
        until: None,
        evidence: Evidence::new(Method::Api, "privacy", "person"),
        content: Some(content),
        words: None,
    };
    house.app().journal().write(&Entry::Decided(Box::new(decided)), &mut dice).await.unwrap();
    house.settle().await;
    assert_eq!(house.profile(&format!("user_id/{user}"), "orders").await.json["traits"][field], value);
}

/// A folder that lies empty, or is not named any more, is no reason to start as if nothing had been shipped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_not_mounted_is_noticed() {
    let (acts, empty) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut house = house(Engine::Embedded).await;
    house.act("privacy", "user_id/dan", act_on("grant", "news")).await.expect(200);
    ship(&house, acts.path()).await;
    house.leave().await;
    let refused = house.try_enter().await.unwrap_err();
    assert!(matches!(refused, StartError::Acts(StartRefused::NotNamed { .. })), "{refused}");
    house.acts.dir = Some(empty.path().to_owned());
    let refused = house.try_enter().await.unwrap_err();
    assert!(matches!(refused, StartError::Acts(StartRefused::Empty { .. })), "{refused}");
    house.acts.anew = true;
    house.enter().await;
    house.act("privacy", "user_id/dan", act_on("withdraw", "news")).await.expect(200);
    house.leave().await;
    house.acts.anew = false;
    house.enter().await;
    house.leave().await;
    house.acts = amana::acts_log::ActsShipping { end: true, ..Default::default() };
    house.enter().await;
}
