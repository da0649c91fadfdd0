//! Acts of every origin are logged with what they change, and shipped once and in order, whatever is killed when.

use super::{PANEL, acts_of_kind, house, kinds, logged, name, ship, shipped, three_acts, viewed};
use crate::support::{CATALOG, Engine, House, act_on, canary, contains, on_both_engines};
use amana::acts_log::{LogEntry, Shipper, shipped as stands, verify};
use amana_core::permission::ActKind;
use serde_json::json;
use std::collections::BTreeSet;

on_both_engines!(
    acts_of_every_origin_are_logged_in_order_and_once,
    whatever_step_of_shipping_is_cut_off_nothing_is_missing_or_twice,
    the_store_lets_go_of_what_is_shipped_and_of_nothing_else,
);

async fn acts_of_every_origin_are_logged_in_order_and_once(engine: Engine) {
    let house = house(engine).await;
    let now = house.clock.now().to_string();
    // A signal of an SDK, an act of staff, one by the API of a service, another version of the catalogue.
    house.send("panel", viewed("dan", "m1", true, &now)).await.expect(200);
    house.send("panel", viewed("dan", "m1", true, &now)).await.expect(200);
    house.advance(std::time::Duration::from_secs(1));
    house.act("privacy", "user_id/dan", act_on("grant", "news")).await.expect(200);
    house.act("service", "user_id/eve", json!({"act": "object", "target": "direct_marketing"})).await.expect(200);
    house.apply(&format!("{CATALOG}{}", PANEL.replace("P1Y", "P11M"))).await;
    let entries = logged(&house).await;
    assert_eq!(kinds(&entries).first().unwrap(), "catalog", "the catalogue came before everything else");
    assert_eq!(kinds(&entries).last().unwrap(), "catalog");
    assert_eq!(acts_of_kind(&entries, ActKind::Grant), 2, "{:?}", kinds(&entries));
    assert_eq!(acts_of_kind(&entries, ActKind::Object), 1);
    let received: Vec<_> = entries.iter().map(LogEntry::received).collect();
    assert!(received.is_sorted());
    let ids: Vec<_> = entries
        .iter()
        .filter_map(|entry| match entry {
            LogEntry::Act(of) => Some(of.act.id),
            _ => None,
        })
        .collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "no act stands there twice");
    assert_eq!(ids.len(), 3);
    let export = house.get("admin", "catalog").await.expect(200).text;
    let LogEntry::Catalog(last) = entries.last().unwrap() else { panic!("a catalogue") };
    let export = format!("{}\n", export.trim_end());
    assert_eq!((last.version, last.sha256), (2, amana::hash::sha256(export.as_bytes())));
}

async fn whatever_step_of_shipping_is_cut_off_nothing_is_missing_or_twice(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let dir = tempfile::tempdir().unwrap();
    let mut expected = 1;
    for round in 0..4 {
        three_acts(&house, "dan").await;
        expected += 3;
        let mut shipper = Shipper::new(house.app().acts().clone(), dir.path());
        match round {
            // Killed between the copy and the note of it.
            0 => drop(shipper.copy().await.unwrap()),
            // Killed while the last record was being written.
            1 => {
                shipper.ship().await.unwrap();
                three_acts(&house, "eve").await;
                expected += 3;
                shipper.copy().await.unwrap();
                cut(dir.path(), 5);
            }
            // Killed between closing a file and beginning the next.
            2 => {
                shipper.ship().await.unwrap();
                let open = only_open(dir.path());
                std::fs::rename(&open, open.with_extension("log")).unwrap();
            }
            // Killed after a file was made and before its beginning was written.
            _ => {
                shipper.ship().await.unwrap();
                let open = only_open(dir.path());
                std::fs::rename(&open, open.with_extension("log")).unwrap();
                std::fs::write(dir.path().join(format!("acts-{expected:020}.open")), b"AMA").unwrap();
            }
        }
        ship(&house, dir.path()).await;
        let head = house.app().acts().head().await.unwrap();
        let verified = verify(dir.path(), Some(house.app().acts().keys()), Some(head)).unwrap();
        assert_eq!((verified.head, verified.records()), (head, expected), "round {round}");
    }
    let kinds = kinds(&shipped(dir.path(), house.app().acts().keys()));
    assert_eq!(kinds.len() as u64, expected);
}

async fn the_store_lets_go_of_what_is_shipped_and_of_nothing_else(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let (store, dir) = (house.app().store(), tempfile::tempdir().unwrap());
    three_acts(&house, "dan").await;
    assert_eq!(store.tail(&name()).await.unwrap().0, 0, "without shipping everything is kept");
    assert_eq!(stands(store).await.unwrap(), None);
    ship(&house, dir.path()).await;
    let head = house.app().acts().head().await.unwrap();
    assert_eq!(stands(store).await.unwrap().unwrap().0, head);
    assert!(store.tail(&name()).await.unwrap().0 <= head.next);
    three_acts(&house, "eve").await;
    assert_eq!(house.app().acts().read(head.next, usize::MAX).await.unwrap().len(), 3);
}

/// A folder that cannot be written delays; nothing is lost.
#[tokio::test]
async fn a_folder_that_cannot_be_written_is_waited_for() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("mount");
    std::fs::write(&place, b"no folder").unwrap();
    let mut shipper = Shipper::new(house.app().acts().clone(), &place);
    three_acts(&house, "dan").await;
    assert!(shipper.ship().await.is_err());
    assert!(house.app().acts().shipping().is_failing());
    let metrics = house.get("admin", "metrics").await.expect(200).text;
    assert!(metrics.contains("amana_acts_shipped_behind 4") && metrics.contains("amana_acts_shipping_failing 1"));
    std::fs::remove_file(&place).unwrap();
    assert!(shipper.ship().await.unwrap());
    let metrics = house.get("admin", "metrics").await.expect(200).text;
    assert!(metrics.contains("amana_acts_shipped_behind 0") && metrics.contains("amana_acts_shipping_failing 0"));
}

/// The server ships by itself, and what is shipped tells nothing of anybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_shipped_tells_nothing_to_who_holds_only_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut house = House::open(Engine::Embedded, CATALOG).await;
    house.leave().await;
    house.acts.dir = Some(dir.path().to_owned());
    house.enter().await;
    let (person, note, name) = (canary(), canary(), canary());
    let mut act = act_on("grant", "news");
    act["note"] = json!(note);
    house.act("privacy", &format!("user_id/{person}"), act).await.expect(200);
    let bought = json!([{"type": "track", "event": "Order Completed", "userId": person, "messageId": "m1",
        "context": {"traits": {"firstName": name}}}]);
    house.send("shop", bought).await.expect(200);
    house.leave().await;
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    for secret in [&person, &note, &name] {
        assert!(!contains(&bytes, secret.as_bytes()));
    }
    for word in ["user_id", "news", "privacy", "form", "shop"] {
        assert!(!contains(&bytes, word.as_bytes()), "{word} can be read");
    }
    house.enter().await;
    let entries = shipped(dir.path(), house.app().acts().keys());
    assert!(acts_of_kind(&entries, ActKind::Grant) == 1 && acts_of_kind(&entries, ActKind::Start) > 0);
    let plain = format!("{entries:?}");
    assert!(!plain.contains(person.as_str()) && !plain.contains(name.as_str()), "not even opened: {plain}");
}

fn only_open(dir: &std::path::Path) -> std::path::PathBuf {
    let mut files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|ending| ending == "open")).unwrap()
}

fn cut(dir: &std::path::Path, bytes: u64) {
    let file = std::fs::OpenOptions::new().write(true).open(only_open(dir)).unwrap();
    file.set_len(file.metadata().unwrap().len() - bytes).unwrap();
}
