//! Rotating the secret of the identifier index: whoever is known stays known, nothing doubles, and the old secret goes when
//! nobody is found by it any more (DESIGN §6 last paragraph).

use crate::support::{CATALOG, Engine, House, on_both_engines};
use amana::dice::Dice;
use amana::pipeline::index_standing;
use amana::server::{open_app, open_pipeline};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value as Json, json};
use std::process::Command;
use std::time::Duration;

on_both_engines!(
    whoever_is_known_is_found_after_rotations_and_nothing_doubles,
    who_is_kept_nowhere_moves_when_an_event_names_them,
    a_visit_moves_when_an_event_names_it,
    a_rotation_goes_on_after_a_crash,
);

pub(crate) fn rotate(house: &House) {
    house.app().root().begin_index_secret(&mut Dice::System).unwrap();
}

/// By version of the secret how many are found by it.
pub(crate) async fn rows(house: &House) -> Vec<(u8, u64)> {
    let standing = index_standing(house.app()).await.unwrap();
    assert!(!standing.under_way, "{standing}");
    standing.versions
}

/// Waits until everybody who can move has moved.
pub(crate) async fn moved(house: &House) -> Vec<(u8, u64)> {
    house.pass(Duration::from_secs(1)).await;
    rows(house).await
}

fn bought(user: &str, email: &str, message: &str) -> Json {
    json!({"type": "track", "event": "Order Completed", "userId": user, "messageId": message,
        "context": {"traits": {"email": email}}})
}

fn viewed(user: Option<&str>, device: &str, message: &str) -> Json {
    json!({"type": "track", "event": "Product Viewed", "userId": user, "anonymousId": device, "messageId": message,
        "properties": {"product_id": message}})
}

const PEOPLE: [&str; 4] = ["user_id/ann", "email/ann%40people.example", "user_id/bob", "email/bob%40people.example"];

async fn ids(house: &House) -> Vec<String> {
    let mut ids = Vec::new();
    for person in PEOPLE {
        ids.push(house.profile_id(person).await);
    }
    ids
}

async fn whoever_is_known_is_found_after_rotations_and_nothing_doubles(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let two = |message: &str| {
        json!([
            bought("ann", "ann@people.example", &format!("a{message}")),
            bought("bob", "bob@people.example", &format!("b{message}"))
        ])
    };
    house.send("shop", two("1")).await.expect(200);
    house.send("site", json!([viewed(None, "device", "v1")])).await.expect(200);
    let (known, device) = (ids(&house).await, house.profile_id("anonymous_id/device").await);
    assert_eq!(moved(&house).await, [(1, 5)]);
    for version in 2..4 {
        rotate(&house);
        assert_eq!(ids(&house).await, known, "found by the API, whoever has moved already");
        house.send("shop", two(&version.to_string())).await.expect(200);
        house.send("site", json!([viewed(None, "device", &format!("v{version}"))])).await.expect(200);
        assert_eq!(ids(&house).await, known, "and by events");
        assert_eq!(moved(&house).await, [(version, 5)], "all have moved, and the old secret is forgotten");
        assert_eq!(ids(&house).await, known);
        assert_eq!(house.profile_id("anonymous_id/device").await, device);
    }
    // Two in a row, with nobody moved in between.
    house.leave().await;
    let app = open_app(&house.config()).await.unwrap();
    app.root().begin_index_secret(&mut Dice::System).unwrap();
    app.root().begin_index_secret(&mut Dice::System).unwrap();
    app.store().clone().close().await;
    drop(app);
    house.enter().await;
    house.send("shop", two("4")).await.expect(200);
    house.send("shop", two("1")).await.expect(200);
    assert_eq!(moved(&house).await, [(5, 5)]);
    assert_eq!(ids(&house).await, known);
    let profile = house.profile("user_id/ann", "orders").await.expect(200).json;
    assert_eq!(profile["metrics"]["orders"], 4, "a message that came before is known still");
    assert_eq!(house.members("buyers").await.len(), 2);
    house.restart().await;
    assert_eq!((ids(&house).await, rows(&house).await), (known, vec![(5, 5)]));
}

async fn who_is_kept_nowhere_moves_when_an_event_names_them(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let (who, objects) = ("email/eve%40people.example", json!({"act": "object", "target": "direct_marketing"}));
    house.act("privacy", who, objects).await.expect(200);
    house.send("shop", json!([bought("ann", "ann@people.example", "a1")])).await.expect(200);
    let profile = house.profile_id(who).await;
    rotate(&house);
    assert_eq!(moved(&house).await, [(1, 1), (2, 2)], "nobody knows her address but herself");
    assert_eq!(house.profile_id(who).await, profile);
    rotate(&house);
    assert_eq!(moved(&house).await, [(1, 1), (3, 2)], "a secret in between goes when nothing is left under it");
    // Nothing of it may be kept, and still it says under which key she stands.
    let told = json!([{"type": "track", "event": "Product Viewed", "anonymousId": "call", "messageId": "m1",
        "context": {"traits": {"email": "Eve@people.example"}}, "properties": {"product_id": "p"}}]);
    house.send("crm", told).await.expect(200);
    assert_eq!(moved(&house).await, [(3, 3)]);
    assert_eq!(house.profile_id(who).await, profile);
    assert_eq!(house.permissions(who).await["general"][0]["act"], "object", "what she said is remembered");
}

async fn a_visit_moves_when_an_event_names_it(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house
        .send("shop", json!([bought("ann", "a@people.example", "a1"), bought("bob", "b@people.example", "b1")]))
        .await
        .expect(200);
    for (user, message) in [("ann", "m1"), ("bob", "m2")] {
        house.send("site", json!([viewed(Some(user), "tablet", message)])).await.expect(200);
    }
    let views = async || house.profile("user_id/bob", "offers").await.expect(200).json["metrics"]["views"].clone();
    assert_eq!(views().await, 1);
    let all = moved(&house).await[0].1;
    rotate(&house);
    let moved_by_itself = moved(&house).await;
    // Neither has the tablet, which nobody has used without signing in since it is shared. What it was before is found by
    // its edges alone, and moves.
    assert_eq!(moved_by_itself, [(1, 2), (2, all - 2)], "a visit has no value that could be kept");
    house.send("site", json!([viewed(Some("bob"), "tablet", "m3")])).await.expect(200);
    assert_eq!(moved(&house).await, [(2, all)]);
    assert_eq!(views().await, 2, "on the same visit");
    assert_eq!(house.profile("user_id/ann", "offers").await.expect(200).json["metrics"]["views"], 1);
}

async fn a_rotation_goes_on_after_a_crash(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house
        .send("shop", json!([bought("ann", "ann@people.example", "a1"), bought("bob", "bob@people.example", "b1")]))
        .await
        .expect(200);
    let known = ids(&house).await;
    house.leave().await;
    let mut config = house.config();
    config.pipeline.sweep_fragments = 1;
    let app = open_app(&config).await.unwrap();
    app.root().begin_index_secret(&mut Dice::System).unwrap();
    let mut pipeline = open_pipeline(&app, &config).await.unwrap();
    pipeline.step().await.unwrap();
    drop(pipeline);
    let standing = index_standing(&app).await.unwrap();
    assert_eq!((standing.versions, standing.under_way), (vec![(1, 3), (2, 1)], true));
    app.store().clone().close().await;
    drop(app);
    house.enter().await;
    assert_eq!(ids(&house).await, known);
    assert_eq!(moved(&house).await, [(2, 4)]);
    assert_eq!(ids(&house).await, known);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_rotates_and_shows() {
    let mut house = House::open(Engine::Embedded, CATALOG).await;
    house.send("shop", json!([bought("ann", "ann@people.example", "a1")])).await.expect(200);
    let command = |house: &House, name: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amana"));
        command.args(["key", name, "--free-space-floor", "0", "--data"]).arg(house.folder.path());
        let output = tokio::task::block_in_place(|| command.output()).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(command(&house, "rotate-index").starts_with("index secret 2 has begun"));
    moved(&house).await;
    let told = "index secret 2 (the newest): 2 identifiers\nnothing is left to be moved\n";
    assert_eq!(command(&house, "index"), told, "through the process that serves");
    house.leave().await;
    assert_eq!(command(&house, "index"), told, "by itself");
    assert!(command(&house, "rotate-index").starts_with("index secret 3 has begun"));
    assert!(command(&house, "index").ends_with("everybody is being gone over\n"));
    house.enter().await;
    assert_eq!(moved(&house).await, [(3, 2)]);
}

/// Whatever happens between: the same people, with the same data.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotations_between_events_change_nobody() {
    let mut runner = TestRunner::new(Config { cases: 4, failure_persistence: None, ..Config::default() });
    let step = (0..6_u8, 0..3_u8, 0..3_u8, any::<bool>());
    runner
        .run(&proptest::collection::vec(step, 1..14), |steps| {
            let (one, other) = tokio::task::block_in_place(|| {
                let both = async { (story(&steps, true).await, story(&steps, false).await) };
                tokio::runtime::Handle::current().block_on(both)
            });
            prop_assert_eq!(one, other);
            Ok(())
        })
        .unwrap();
}

/// What can be read of everybody after a story, with or without its rotations.
async fn story(steps: &[(u8, u8, u8, bool)], rotates: bool) -> Vec<(usize, Json)> {
    let house = House::open(Engine::Embedded, CATALOG).await;
    for (place, (kind, user, device, waits)) in steps.iter().enumerate() {
        let (user, device, message) = (format!("u{user}"), format!("d{device}"), format!("m{place}"));
        let email = format!("{user}%40people.example");
        match kind {
            0 => drop(house.send("shop", json!([bought(&user, &email.replace("%40", "@"), &message)])).await),
            1 => drop(house.send("site", json!([viewed(Some(&user), &device, &message)])).await),
            2 => drop(house.send("site", json!([viewed(None, &device, &message)])).await),
            3 => {
                let objects = json!({"act": "object", "target": "direct_marketing"});
                house.act("privacy", &format!("email/{email}"), objects).await.expect(200);
            }
            _ if rotates => rotate(&house),
            _ => {}
        }
        if *waits {
            house.pass(Duration::from_secs(1)).await;
        } else {
            house.advance(Duration::from_secs(1));
        }
    }
    let mut seen = Vec::<Json>::new();
    let mut told = Vec::new();
    for name in 0..3 {
        for person in
            [format!("user_id/u{name}"), format!("email/u{name}%40people.example"), format!("anonymous_id/d{name}")]
        {
            let permissions = house.permissions(&person).await;
            let id = permissions["profile_id"].clone();
            // Ids are random: who is the same as whom is what counts.
            let who = seen.iter().position(|known| *known == id).unwrap_or_else(|| {
                seen.push(id);
                seen.len() - 1
            });
            let of = |json: &Json, fields: &[&str]| fields.iter().map(|name| json[*name].clone()).collect::<Json>();
            let profile = house.profile(&person, "offers").await.json;
            let states = permissions["permissions"].as_array().unwrap();
            let states: Json = states.iter().map(|state| of(state, &["purpose", "state"])).collect();
            told.push((who, json!([of(&profile, &["metrics", "traits"]), states])));
        }
    }
    told
}
