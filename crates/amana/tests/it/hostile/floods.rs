//! What everybody may send who knows a public key, over and over: it stops nobody, grows nothing without bound, and hides
//! nobody's evidence.

use crate::support::{CATALOG, Engine, House, Recipient, act_on, api_key, catalog, on_both_engines, reply, write_key};
use amana::app::App;
use amana::http_client::client_builder;
use amana::journal::Entry;
use amana::pipeline::{
    AsideReason, Pipeline, PipelineOptions, PipelineParts, SetAside, Tally, TallyName, resend_aside,
};
use amana::server::{Config, Doors, open_app, open_pipeline};
use amana_core::Moment;
use amana_core::catalog::Catalog;
use serde_json::{Value as Json, json};

on_both_engines!(
    a_tangle_of_claims_stops_nobody_and_fills_no_log,
    of_what_a_device_says_over_and_over_the_last_counts,
    a_flood_of_claims_hides_nobodys_evidence,
    what_no_commit_holds_is_set_aside_and_stops_nobody,
);

/// The devices of the tangle.
const DEVICES: usize = 40;

/// An explicit change of preferences, so many milliseconds after the clock's start less an hour.
fn said(device: &str, message: usize, news: bool) -> Json {
    let at = Moment::parse("2026-03-01T11:00:00Z").unwrap().plus_millis(i64::try_from(message).unwrap());
    json!({"type": "track", "event": "Segment Consent Preference Updated", "anonymousId": device,
        "messageId": format!("f{message}"), "timestamp": at.to_string(),
        "context": {"consent": {"categoryPreferences": {"news": news, "offers": !news}}}})
}

/// Events of one device that name so many others.
fn naming(device: usize) -> Vec<Json> {
    let kinds = [("device_id", 20), ("advertising_id", 20), ("email", 4)];
    let value = |kind: &str, number: usize| match kind {
        "email" => format!("e{number}@people.example"),
        kind => format!("{kind}-{number}"),
    };
    let all: Vec<Json> = kinds
        .into_iter()
        .flat_map(|(kind, count)| (0..count).map(move |number| json!({"type": kind, "id": value(kind, number)})))
        .collect();
    let event = |(place, ids): (usize, &[Json])| {
        json!({"type": "page", "anonymousId": format!("a{device}"), "messageId": format!("t{device}-{place}"),
            "context": {"externalIds": ids}})
    };
    all.chunks(15).enumerate().map(event).collect()
}

/// How many bytes the acts log has.
async fn acts_log_bytes(house: &House) -> usize {
    let (log, mut from, mut bytes) = (house.app().acts(), 0, 0);
    loop {
        let records = log.read(from, 1 << 20).await.unwrap();
        if records.is_empty() {
            return bytes;
        }
        from += records.len() as u64;
        bytes += records.iter().map(|record| record.len()).sum::<usize>();
    }
}

/// A person whom claims have joined over nearly two thousand edges, and one batch of their acts. Told with each act, the
/// edges were 85 KB each time: of the largest batch there is more than a commit holds, and the pipeline never came past it.
async fn a_tangle_of_claims_stops_nobody_and_fills_no_log(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let tangle: Vec<Json> = (0..DEVICES).flat_map(naming).collect();
    house.send("site", json!(tangle)).await.expect(200);
    let path = "profiles/anonymous_id/a0/identity?purpose=offers";
    assert!(house.get("privacy", path).await.expect(200).text.len() > 10_000, "they are one person");
    let flood: Vec<Json> =
        (0..600).map(|place| said(&format!("a{}", place % DEVICES), place, place % 2 == 0)).collect();
    house.send("site", json!(flood)).await.expect(200);
    let order = json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m1"}]);
    house.send("shop", order).await.expect(200);
    house.profile("user_id/ann", "orders").await.expect(200);
    // Even numbers are of even devices, and said yes to news and no to offers.
    for (device, news, offers) in [("a0", "given", "objected"), ("a1", "refused", "informed")] {
        let person = format!("anonymous_id/{device}");
        assert_eq!(
            (house.state(&person, "news").await.as_str(), house.state(&person, "offers").await.as_str()),
            (news, offers)
        );
    }
    let bytes = acts_log_bytes(&house).await;
    assert!(bytes < 4 << 20, "the acts log has {bytes} bytes for one request");
}

async fn of_what_a_device_says_over_and_over_the_last_counts(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let before = house.app().journal().written();
    let flood: Vec<Json> = (0..1_000).map(|place| said("loud", place, place % 2 == 0)).collect();
    house.send("site", json!(flood)).await.expect(200);
    let records = house.app().journal().written().0 - before.0;
    assert_eq!(records, 4, "a request is several records, of 250 events each");
    let path = "profiles/anonymous_id/loud/permissions?history=true&limit=1000";
    let told = house.get("privacy", path).await.expect(200).json;
    let history = told["history"].as_array().unwrap();
    let said = |entry: &&Json| entry["purpose"] == "news" && entry["act"]["method"] == "sdk";
    let of_news = history.iter().filter(said);
    let newest = of_news.clone().filter_map(|entry| entry["at"].as_str()).max().unwrap();
    assert_eq!(newest, "2026-03-01T11:00:00.999Z", "the last one counts");
    let count = of_news.count();
    assert!((20..=80).contains(&count), "of each record at most 20 are kept, but there are {count}");
    assert_eq!(house.state("anonymous_id/loud", "news").await, "withdrawn");

    // Who merely repeats with each page what they said is heard from the first page on.
    let page = |place: usize| {
        let at = Moment::parse("2026-03-01T11:30:00Z").unwrap().plus_millis(i64::try_from(place).unwrap());
        json!({"type": "page", "anonymousId": "calm", "messageId": format!("c{place}"), "timestamp": at.to_string(),
            "context": {"consent": {"categoryPreferences": {"news": true}}}})
    };
    house.send("site", json!((0..100).map(page).collect::<Vec<_>>())).await.expect(200);
    let calm = house.permission("anonymous_id/calm", "news").await;
    assert_eq!((&calm["state"], &calm["since"]), (&json!("given"), &json!("2026-03-01T11:30:00.000Z")));
}

async fn a_flood_of_claims_hides_nobodys_evidence(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let order = json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m1"}]);
    house.send("shop", order).await.expect(200);
    house.act("privacy", "user_id/ann", act_on("grant", "news")).await.expect(200);
    let claim = json!([{"type": "page", "anonymousId": "stranger", "userId": "ann", "messageId": "m2"}]);
    house.send("site", claim).await.expect(200);
    for round in 0..30 {
        let flood: Vec<Json> = (0..20).map(|place| said("stranger", round * 20 + place, place % 2 == 0)).collect();
        house.send("site", json!(flood)).await.expect(200);
    }
    for path in ["permissions?history=true&limit=1000", "timeline?purpose=news&limit=1000"] {
        let told = house.get("privacy", &format!("profiles/user_id/ann/{path}")).await.expect(200).json;
        assert_eq!(told["claims_left_out"], 1, "{path} says what it does not tell");
        let (history, entries) = (told["history"].as_array(), told["entries"].as_array());
        let own = history.or(entries).unwrap();
        assert!(own.iter().any(|entry| entry.to_string().contains("grant")), "{path}: {told}");
        assert!(own.len() < 100, "{path} has {} entries", own.len());
    }
    let permission = house.permission("user_id/ann", "news").await;
    assert_eq!(permission["acts"][0]["act"], "grant");
    // Who asks for what claimed is told all of it.
    let own = house.get("privacy", "profiles/anonymous_id/stranger/permissions?history=true&limit=1000").await;
    let own = own.expect(200).json;
    assert!(own["claims_left_out"].is_null(), "{own}");
    assert!(own["history"].as_array().unwrap().len() > 500, "{own}");
}

/// A pipeline whose commits are small, so that a record can be too large for one.
async fn small_pipeline(app: &App) -> Pipeline {
    let parts = PipelineParts {
        store: app.store().clone(),
        acts: app.acts().clone(),
        keeper: app.keeper().clone(),
        journal: app.journal().clone(),
        clock: app.clock().clone(),
        dice: app.dice(),
        current: app.current_cell(),
        options: PipelineOptions { commit_bytes_max: 40 << 10, ..PipelineOptions::default() },
        stages: app.stages().clone(),
    };
    Pipeline::open(parts).await.unwrap()
}

async fn what_no_commit_holds_is_set_aside_and_stops_nobody(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.store = engine.store();
    let app = open_app(&config).await.unwrap();
    let text = catalog(CATALOG, &Recipient::start().await.url());
    amana::govern::apply_catalog(&app, &Catalog::read(&text).unwrap(), None).await.unwrap();
    let doors = Doors::open(&app, folder.path(), ([127, 0, 0, 1], 0).into()).await.unwrap();
    let (base, client) = (format!("http://{}", doors.address), client_builder().build().unwrap());
    for (round, count) in [1, 100, 1].into_iter().enumerate() {
        let order = |number: usize| {
            json!({"type": "track", "event": "Order Completed", "userId": format!("u{round}-{number}"),
                "messageId": format!("m{round}-{number}"), "properties": {"revenue": 1.5}})
        };
        let orders: Vec<Json> = (0..count).map(order).collect();
        let request = client.post(format!("{base}/v1/batch")).basic_auth(write_key("shop"), None::<&str>);
        let request = request.header("content-type", "application/json");
        reply(request.body(json!({ "batch": orders }).to_string())).await.expect(200);
    }
    let mut pipeline = small_pipeline(&app).await;
    while pipeline.step().await.unwrap() {}
    assert_eq!(app.journal().backlog(), 0, "it came past what no commit holds");
    assert_eq!(Tally::load(app.store()).await.unwrap().get(TallyName::EventsKept), 2, "everybody else is worked on");

    // Nothing that was acknowledged is lost, and whoever looks after it is told.
    let aside = SetAside::read(app.store(), app.root()).await.unwrap();
    let [SetAside { position: 1, reason: AsideReason::TooLarge, tries: 0, entry: Entry::Collected(collected) }] =
        aside.as_slice()
    else {
        panic!("{aside:?}")
    };
    assert_eq!((collected.source.as_str(), collected.events.len()), ("shop", 100));
    let get = |path: &str| reply(client.get(format!("{base}/api/v1/{path}")).bearer_auth(api_key("admin")));
    let ready = get("ready").await.expect(200).json;
    assert_eq!((&ready["status"], &ready["records_set_aside"]), (&json!("degraded"), &json!(1)));
    assert!(get("metrics").await.expect(200).text.contains("amana_records_set_aside 1"));
    doors.close().await;
    // Sent again, it is set aside again, and that ends; by a pipeline whose commits hold it, it is worked on.
    assert_eq!(resend_aside(&app, false).await.unwrap().events, 100);
    while pipeline.step().await.unwrap() {}
    let aside = SetAside::read(app.store(), app.root()).await.unwrap();
    assert!(matches!(aside.as_slice(), [SetAside { position: 1, tries: 1, .. }]), "{aside:?}");
    drop(pipeline);
    assert_eq!(resend_aside(&app, false).await.unwrap().events, 100);
    let mut pipeline = open_pipeline(&app, &config).await.unwrap();
    while pipeline.step().await.unwrap() {}
    assert_eq!(SetAside::count(app.store()).await.unwrap(), 0);
    assert_eq!(Tally::load(app.store()).await.unwrap().get(TallyName::EventsKept), 102);
    drop(pipeline);
    app.store().clone().close().await;
}
