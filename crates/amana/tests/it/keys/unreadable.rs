//! Somebody who cannot be read, since a row of theirs is damaged: everybody else goes on, and nothing about them is lost,
//! forgotten or assumed.

use crate::support::{CATALOG, Engine, House, act_on, on_both_engines};
use amana::journal::{Entry, IdentityDecision, Named};
use amana::key_archive::{archive, restore_keys};
use amana::pipeline::{AsideReason, PipelineError, SetAside, TallyName, aside_ring, resend_aside};
use amana::server::{open_app, open_pipeline};
use amana_core::permission::{ActKind, Evidence, Method};
use amana_store::space::key;
use amana_store::{Batch, FragmentId, KeyRange, Space};
use reqwest::Method as Verb;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    a_damaged_ring_stops_nobody_else,
    a_damaged_record_or_holding_stops_nobody_else,
    acts_of_files_and_of_staff_wait_for_whom_they_are_about,
    what_was_set_aside_is_resent_once_the_ring_is_back,
    what_time_demands_of_somebody_unreadable_waits,
    a_wrong_root_file_sets_nobody_aside,
    an_archive_with_a_damaged_ring_restores_everybody_else,
);

/// A row of a store, as it was.
pub(super) struct Row {
    space: Space,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Row {
    /// The row of a person.
    pub(super) async fn of(house: &House, space: Space, person: &str) -> Self {
        let id: uuid::Uuid = house.profile_id(person).await.parse().unwrap();
        let id = FragmentId::from_bytes(*id.as_bytes());
        let prefix = match space {
            Space::Ring => key::ring(id),
            Space::Fragment => key::fragment(id),
            _ => key::of_fragment(id).to_vec(),
        };
        let rows = house.app().store().scan(space, KeyRange::prefix(prefix), 1).await.unwrap();
        let (key, row) = rows.into_iter().next().expect("they have such a row");
        Self { space, key, value: row.value.to_vec() }
    }

    async fn write(&self, house: &House, value: Vec<u8>) {
        let mut batch = Batch::new();
        batch.put(self.space, self.key.clone(), value);
        house.app().store().commit(batch).await.unwrap();
    }

    /// Turns over a bit of it, and forgets what the worker remembers.
    pub(super) async fn damage(&self, house: &mut House) {
        let mut damaged = self.value.clone();
        *damaged.last_mut().unwrap() ^= 1;
        self.write(house, damaged).await;
        house.restart().await;
    }

    /// Puts it back.
    pub(super) async fn restore(&self, house: &House) {
        self.write(house, self.value.clone()).await;
    }
}

/// An order of somebody, by a name of its own.
pub(super) fn order(person: &str, name: &str) -> Json {
    json!({"type": "track", "event": "Order Completed", "userId": person, "messageId": name,
        "properties": {"order_id": name, "revenue": 10}})
}

pub(super) async fn aside(house: &House) -> Vec<SetAside> {
    SetAside::read(house.app().store(), house.app().root()).await.unwrap()
}

/// The names of events that are set aside, in their order.
pub(super) async fn names_aside(house: &House) -> Vec<String> {
    let of = |aside: SetAside| match aside.entry {
        Entry::Collected(collected) => collected.events.into_iter().map(|event| event.message_id).collect(),
        other => vec![format!("{other:?}").chars().take(8).collect::<String>()],
    };
    aside(house).await.into_iter().flat_map(of).collect()
}

async fn ready(house: &House) -> Json {
    house.get("admin", "ready").await.expect(200).json
}

async fn a_damaged_ring_stops_nobody_else(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house.send("shop", json!([order("dan", "d1"), order("ann", "a1")])).await.expect(200);
    // Somebody's device, by which they are one person with their account.
    let device = json!({"type": "page", "userId": "dan", "anonymousId": "dans", "messageId": "d2"});
    house.send("crm", json!([device])).await.expect(200);
    let ring = Row::of(&house, Space::Ring, "user_id/dan").await;
    ring.damage(&mut house).await;
    let (received, acts) = (house.tally(TallyName::EventsReceived).await, house.tally(TallyName::Acts).await);

    let proof = json!({"identityProof": {"hmac": "00"}, "consent": {"categoryPreferences": {"offers": false}}});
    let by_device = json!({"type": "page", "anonymousId": "dans", "messageId": "d5", "context": proof});
    let named = json!({"type": "identify", "userId": "dan", "anonymousId": "new", "messageId": "d6"});
    let request =
        json!([order("ann", "a2"), order("dan", "d3"), order("bea", "b1"), order("dan", "d4"), order("ann", "a3")]);
    house.send("shop", request).await.expect(200);
    house
        .send("site", json!([by_device, {"type": "page", "anonymousId": "else", "messageId": "e1"}]))
        .await
        .expect(200);
    house.send("shop", json!([named])).await.expect(200);
    // Everybody else goes on, those of the same requests included.
    assert_eq!((house.orders_of("ann").await, house.orders_of("bea").await), (3, 1));
    assert!(house.is_known("anonymous_id/else").await);
    assert!(!house.is_known("anonymous_id/new").await, "nothing of an event that names them is worked on");
    assert_eq!(house.tally(TallyName::EventsReceived).await, received + 4);
    // Two events of Bea and of the device inform and begin; what the device objected to is not among it.
    assert!(house.tally(TallyName::Acts).await > acts);
    // Nothing acknowledged is lost, and in its order.
    assert_eq!(names_aside(&house).await, ["d3", "d4", "d5", "d6"]);
    let kept = aside(&house).await;
    assert!(kept.iter().all(|aside| aside.reason == AsideReason::Unreadable && aside.tries == 0));
    let Entry::Collected(of_device) = &kept[1].entry else { panic!("{kept:?}") };
    assert_eq!(of_device.events[0].context["identityProof"]["hmac"], "00", "what proves who they are goes with it");
    // It is told.
    let degraded = json!({"status": "degraded", "unreadable_rings": 1, "records_set_aside": 3});
    assert_eq!(ready(&house).await, degraded);
    let metrics = house.get("admin", "metrics").await.expect(200).text;
    assert!(metrics.contains("amana_records_set_aside 3") && metrics.contains("amana_unreadable_rings 1"), "{metrics}");
    // Nothing is assumed of them, and a catalogue for which everybody is gone over passes them.
    assert_eq!(house.profile("user_id/dan", "orders").await.status, 500);
    assert_eq!(house.act("privacy", "user_id/dan", act_on("withdraw", "news")).await.status, 500);
    house.apply(&CATALOG.replacen("orders >= 2", "orders >= 3", 1)).await;
    house.settle().await;
    house.restart().await;
    house.send("shop", json!([order("ann", "a4"), order("dan", "d7")])).await.expect(200);
    assert_eq!((house.orders_of("ann").await, aside(&house).await.len()), (4, 4));
    assert_eq!(ready(&house).await["unreadable_rings"], 1);
}

async fn a_damaged_record_or_holding_stops_nobody_else(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house.send("shop", json!([order("dan", "d1"), order("eve", "e1"), order("ann", "a1")])).await.expect(200);
    let record = Row::of(&house, Space::Fragment, "user_id/dan").await;
    let holding = Row::of(&house, Space::Block, "user_id/eve").await;
    record.damage(&mut house).await;
    holding.damage(&mut house).await;
    house.send("shop", json!([order("eve", "e2"), order("ann", "a2"), order("dan", "d2")])).await.expect(200);
    assert_eq!(house.orders_of("ann").await, 2);
    assert_eq!(names_aside(&house).await, ["e2", "d2"]);
    assert_eq!(ready(&house).await["unreadable_rings"], 2);
    holding.restore(&house).await;
    let resent = resend_aside(house.app(), true).await.unwrap();
    assert!(resent.done && resent.left == 1, "{resent:?}");
    assert_eq!((house.orders_of("eve").await, names_aside(&house).await), (2, vec!["d2".to_owned()]));
    record.restore(&house).await;
    assert_eq!(resend_aside(house.app(), true).await.unwrap().left, 0);
    assert_eq!(house.orders_of("dan").await, 2);
}

const CONSENTS: &str = r#"
kind = "acts"
timestamp = "when"
identifiers.user_id = "customer"
[[acts]]
purpose = "news"
act = { column = "news", values = { J = "grant", N = "refuse" } }
[acts.evidence]
method = "paper"
"#;

async fn acts_of_files_and_of_staff_wait_for_whom_they_are_about(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let all = json!([order("dan", "d1"), order("ann", "a1"), order("bea", "b1"), order("eve", "e1")]);
    house.send("shop", all).await.expect(200);
    let ring = Row::of(&house, Space::Ring, "user_id/dan").await;
    ring.damage(&mut house).await;
    let file = "customer,news,when\nann,J,2026-02-01\ndan,N,2026-02-02\neve,N,2026-02-03\n";
    house.import("crm", CONSENTS, "text/csv", file).await.expect(200);
    let named = |who: &str| Named { kind: "user_id".into(), value: who.into(), scope: "default".into() };
    for (anchor, other) in [("ann", "dan"), ("ann", "bea")] {
        let decision = IdentityDecision {
            id: uuid::Uuid::from_u128(u128::from(other.as_bytes()[0])),
            act: ActKind::Join,
            anchor: named(anchor),
            others: vec![named(other)],
            fragments: Vec::new(),
            received_at: house.clock.now(),
            evidence: Evidence::new(Method::Staff, "key", "privacy"),
        };
        house.app().journal().write(&Entry::Identity(Box::new(decision)), &mut house.app().dice()).await.unwrap();
        house.settle().await;
    }
    let state = async |who: &str| house.state(&format!("user_id/{who}"), "news").await;
    assert_eq!((state("ann").await, state("eve").await), ("given".into(), "refused".into()));
    assert_eq!(house.profile_id("user_id/ann").await, house.profile_id("user_id/bea").await, "staff joined them");
    let kept = aside(&house).await;
    let [SetAside { entry: Entry::Imported(acts), .. }, SetAside { entry: Entry::Identity(join), .. }] =
        kept.as_slice()
    else {
        panic!("{kept:?}")
    };
    assert_eq!(
        (acts.decisions.len(), acts.decisions[0].value.as_str(), join.others[0].value.as_str()),
        (1, "dan", "dan")
    );
    ring.restore(&house).await;
    assert_eq!(resend_aside(house.app(), true).await.unwrap().left, 0);
    assert_eq!(house.profile_id("user_id/ann").await, house.profile_id("user_id/dan").await);
    let told = house.get("privacy", "profiles/user_id/dan/permissions?history=true").await.expect(200).json;
    let refused = told["history"].as_array().unwrap().iter().find(|entry| entry["act"]["act"] == "refuse");
    assert!(refused.is_some(), "{told}");
}

async fn what_was_set_aside_is_resent_once_the_ring_is_back(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let agrees = json!({"consent": {"categoryPreferences": {"news": true}}});
    let mut first = order("dan", "d1");
    first["context"] = agrees;
    house.send("shop", json!([first, order("ann", "a1")])).await.expect(200);
    assert_eq!(house.state("user_id/dan", "news").await, "given");
    let ring = Row::of(&house, Space::Ring, "user_id/dan").await;
    ring.damage(&mut house).await;
    let objects = json!({"type": "track", "event": "Segment Consent Preference Updated", "userId": "dan",
        "messageId": "d2", "context": {"consent": {"categoryPreferences": {"news": false}}}});
    let taken_back = house.clock.now();
    house.send("shop", json!([order("ann", "a2"), objects, order("dan", "d3")])).await.expect(200);
    // Longer than names of events are remembered.
    house.pass(Duration::from_secs(10 * 86_400)).await;
    // In vain: it is set aside again, and that ends.
    let resent = resend_aside(house.app(), true).await.unwrap();
    assert_eq!((resent.records, resent.events, resent.done, resent.left), (1, 2, true, 1));
    assert_eq!((names_aside(&house).await, aside(&house).await[0].tries), (vec!["d2".into(), "d3".into()], 1));

    ring.restore(&house).await;
    // They can be read again, and what they took back does not count yet: nothing of them is worked on before it does.
    house.send("shop", json!([order("dan", "d4"), order("ann", "a3")])).await.expect(200);
    assert_eq!((house.orders_of("dan").await, house.orders_of("ann").await), (1, 3));
    assert_eq!(names_aside(&house).await, ["d2", "d3", "d4"]);
    let keys = house.app().store().get(Space::Ring, key::ring(aside_ring())).await.unwrap().unwrap().value;
    assert!(house.app().root().unwrap_ring(aside_ring(), &keys).is_ok());
    let resent = resend_aside(house.app(), true).await.unwrap();
    assert_eq!((resent.records, resent.events, resent.done, resent.left), (2, 3, true, 0));
    assert_eq!(house.orders_of("dan").await, 3);
    let news = house.permission("user_id/dan", "news").await;
    assert_eq!((&news["state"], &news["since"]), (&json!("withdrawn"), &json!(taken_back.to_string())));
    assert_eq!(news["acts"][0]["received"], json!(taken_back.to_string()), "{news}");
    house.pass(Duration::from_secs(2)).await;
    assert_eq!(ready(&house).await, json!({"status": "ready"}));
    // What is done with can be read by nobody any more, in the log's file and in copies of the store.
    assert!(house.app().store().get(Space::Ring, key::ring(aside_ring())).await.unwrap().is_none());
    assert!(house.app().root().unwrap_ring(aside_ring(), &keys).is_err(), "its keys survive");
    let nothing = resend_aside(house.app(), true).await.unwrap();
    assert_eq!((nothing.records, nothing.left), (0, 0));
    house.send("shop", json!([order("dan", "d3"), order("dan", "d5")])).await.expect(200);
    house.restart().await;
    assert_eq!(aside(&house).await.len(), 0);
}

async fn what_time_demands_of_somebody_unreadable_waits(engine: Engine) {
    let text = CATALOG.replacen(
        "keep = \"P60Y\"\nrecipients = [\"mailer\"]\ndevice_ground = \"strictly_necessary\"\nmail_ground = \"service\"",
        "keep = \"P10D\"\ndevice_ground = \"strictly_necessary\"\nmail_ground = \"service\"\nrecipients = [\"mailer\"]",
        1,
    );
    let mut house = House::open(engine, &text).await;
    house.send("shop", json!([order("dan", "d1"), order("ann", "a1")])).await.expect(200);
    let ring = Row::of(&house, Space::Ring, "user_id/dan").await;
    ring.damage(&mut house).await;
    assert_eq!(house.members("shipped").await.len(), 0);
    // Moments come, and the worker gets past them and rests.
    for _ in 0..3 {
        house.pass(Duration::from_secs(10 * 86_400)).await;
    }
    assert_eq!(ready(&house).await, json!({"status": "degraded", "unreadable_rings": 1}));
    let batches = house.app().stages().nanos(amana::pipeline::Stage::Commit);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(house.app().stages().nanos(amana::pipeline::Stage::Commit), batches, "it rests");
    let due = house.app().store().scan(Space::Due, key::due_until(house.clock.now().0), 10).await.unwrap();
    assert!(!due.is_empty(), "it is still to be done");
    ring.restore(&house).await;
    house.pass(Duration::from_secs(61)).await;
    assert_eq!(ready(&house).await, json!({"status": "ready"}));
    let due = house.app().store().scan(Space::Due, key::due_until(house.clock.now().0), 10).await.unwrap();
    assert!(due.is_empty(), "what waited was done");
}

async fn a_wrong_root_file_sets_nobody_aside(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let people: Vec<String> = (0..70).map(|number| format!("p{number}")).collect();
    let all: Vec<Json> = people.iter().map(|person| order(person, &format!("{person}-1"))).collect();
    house.send("shop", json!(all)).await.expect(200);
    let rings = house.app().store().scan(Space::Ring, KeyRange::all(), 1_000).await.unwrap();
    let mut batch = Batch::new();
    for (place, row) in rings {
        let mut damaged = row.value.to_vec();
        *damaged.last_mut().unwrap() ^= 1;
        batch.put(Space::Ring, place, damaged);
    }
    house.app().store().commit(batch).await.unwrap();
    house.leave().await;
    let app = open_app(&house.config()).await.unwrap();
    let event = |person: &String| {
        json!({"message_id": format!("{person}-2"), "type": "track", "event": "Order Completed", "user_id": person,
            "at": house.clock.now(), "properties": {}, "traits": {}, "context": {}})
    };
    let events: Vec<Json> = people.iter().map(event).collect();
    let collected = json!({"entry": "collected", "source": "shop", "received_at": house.clock.now(), "gpc": false,
        "bot": false, "events": events});
    let entry: Entry = serde_json::from_value(collected).unwrap();
    app.journal().write(&entry, &mut app.dice()).await.unwrap();
    let mut pipeline = open_pipeline(&app, &house.config()).await.unwrap();
    let refused = async {
        while pipeline.step().await? {}
        Ok::<_, PipelineError>(())
    };
    let refused = refused.await;
    assert!(matches!(refused, Err(PipelineError::TooManyUnreadable)), "{refused:?}");
    assert_eq!((SetAside::count(app.store()).await.unwrap(), app.journal().backlog()), (0, 1), "all of it still waits");
    drop(pipeline);
    app.store().clone().close().await;
}

async fn an_archive_with_a_damaged_ring_restores_everybody_else(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house.send("shop", json!([order("dan", "d1"), order("ann", "a1")])).await.expect(200);
    house.leave().await;
    let mut copy = house.copied().await;
    house.enter().await;
    let ring = Row::of(&house, Space::Ring, "user_id/dan").await;
    ring.damage(&mut house).await;
    house.send("shop", json!([order("dan", "d2"), order("ann", "a2")])).await.expect(200);
    let keys = house.folder.path().join("keys");
    archive(house.app(), &house.folder.path().join("root.keys"), &keys).await.unwrap();
    house.leave().await;
    let restored = restore_keys(&copy.config(), &keys).await.unwrap();
    assert_eq!((restored.fragments, restored.before), (1, false));
    copy.enter().await;
    let note = Some(json!({"note": "nothing was withdrawn"}));
    copy.ask("privacy", Verb::POST, "restore/confirm", note).await.expect(200);
    assert_eq!((copy.orders_of("dan").await, copy.orders_of("ann").await), (1, 1), "the copy had a whole one");
    copy.leave().await;
}
