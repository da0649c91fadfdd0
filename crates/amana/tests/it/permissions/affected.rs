//! A change of the catalogue says beforehand how many people and how much data it affects (issue 3).

use crate::identity::staff::decide;
use crate::support::{CATALOG, Engine, House, Reply, act_on, api_key, assert_counted, on_both_engines, program, reply};
use amana::audience::Sweep;
use amana::govern::Reach;
use amana_core::catalog::AffectedCounts;
use amana_core::{Slot, SlotSet};
use amana_store::space::key;
use amana_store::{Batch, KeyRange, Space};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    what_is_counted_is_what_a_recount_finds,
    a_plan_says_how_many_people_and_how_much_data_it_affects,
    a_store_in_which_nobody_was_counted_is_gone_over_once,
);

const DAY: Duration = Duration::from_hours(24);

/// News that have to be agreed to again after half a year.
fn expiring() -> String {
    CATALOG.replacen(
        "direct_marketing = true\nrecipients",
        "direct_marketing = true\nconsent_expires_after = \"P6M\"\nrecipients",
        1,
    )
}

fn ordered(user: &str, message: &str, traits: Json) -> Json {
    json!({"type": "track", "event": "Order Completed", "userId": user, "messageId": message,
        "context": {"traits": traits}})
}

fn viewed(device: &str, message: &str) -> Json {
    json!({"type": "track", "event": "Product Viewed", "anonymousId": device, "messageId": message,
        "properties": {"product_id": message}})
}

pub(super) fn slot(house: &House, purpose: &str) -> Slot {
    Slot(u8::try_from(house.app().current().numbers.current(purpose, None).unwrap()).unwrap())
}

async fn people(house: &House, purpose: &str) -> u64 {
    Reach::load(house.app().store()).await.unwrap().of(slot(house, purpose), SlotSet::EMPTY).people
}

/// Two customers who read the news, one who does not, and somebody who only looks around.
pub(super) async fn three_customers_and_a_visitor(house: &House) {
    let orders = ["ann", "bob", "cid"]
        .map(|person| ordered(person, &format!("{person}-1"), json!({"email": format!("{person}@people.example")})));
    house.send("shop", json!(orders)).await.expect(200);
    for person in ["user_id/ann", "user_id/bob"] {
        house.act("privacy", person, act_on("grant", "news")).await.expect(200);
    }
    let orders = ["ann", "bob"].map(|person| ordered(person, &format!("{person}-2"), json!({"firstName": person})));
    house.send("shop", json!(orders)).await.expect(200);
    house.send("site", json!([viewed("tablet", "v1")])).await.expect(200);
    house.pass(Duration::from_secs(5)).await;
}

/// Whatever happens to people, the counts are those of counting everybody.
async fn what_is_counted_is_what_a_recount_finds(engine: Engine) {
    let mut house = House::open(engine, &expiring()).await;
    three_customers_and_a_visitor(&house).await;
    let found = assert_counted(&house, "three customers and a visitor").await;
    assert!(found.holdings() > 5, "{found:?}");
    assert_eq!((people(&house, "orders").await, people(&house, "news").await), (3, 2));

    house.act("privacy", "user_id/bob", act_on("withdraw", "news")).await.expect(200);
    house.pass(Duration::from_secs(5)).await;
    assert_counted(&house, "consent withdrawn").await;
    assert_eq!(people(&house, "news").await, 1);

    let restrict = json!({"act": "restrict", "target": "person", "method": "form"});
    house.act("privacy", "user_id/ann", restrict).await.expect(200);
    house.act("privacy", "user_id/cid", act_on("object", "offers")).await.expect(200);
    house.pass(Duration::from_secs(5)).await;
    assert_counted(&house, "restricted, objected").await;

    let offered = people(&house, "offers").await;
    house
        .send("shop", json!([{"type": "identify", "userId": "ann", "anonymousId": "tablet", "messageId": "j1"}]))
        .await;
    house.pass(Duration::from_secs(5)).await;
    assert_counted(&house, "merged by an event").await;
    assert_eq!(people(&house, "offers").await, offered - 1, "two who were offered something are one");
    decide(&house, "join", "user_id/ann", &["user_id/cid"], false).await.expect(200);
    assert_counted(&house, "joined by staff").await;
    assert_eq!(people(&house, "orders").await, 2);
    decide(&house, "split", "user_id/ann", &["user_id/cid", "email/cid@people.example"], false).await.expect(200);
    house.pass(Duration::from_secs(5)).await;
    assert_counted(&house, "split by staff").await;
    assert_eq!(people(&house, "orders").await, 3);

    house.restart().await;
    assert_counted(&house, "started again").await;
    // Of somebody of whom nothing is held, too, time ends a consent.
    house.act("privacy", "user_id/eve", act_on("grant", "news")).await.expect(200);
    assert_eq!(people(&house, "news").await, 2);
    house.pass(DAY * 200).await;
    assert_counted(&house, "consents expired").await;
    assert_eq!(people(&house, "news").await, 0);
    house.send("shop", json!([ordered("ann", "ann-3", json!({}))])).await.expect(200);
    house.send("shop", json!([{"type": "track", "event": "Account Closed", "userId": "cid", "messageId": "c9"}])).await;
    house.pass(Duration::from_secs(5)).await;
    assert_counted(&house, "a contract over").await;
    assert_eq!(people(&house, "orders").await, 2);

    // For ever again, which asks everybody anew.
    house.apply(&CATALOG.replacen("code = \"news\"", "code = \"news\"\nversion = 2", 1)).await;
    house.swept().await;
    house.act("privacy", "user_id/bob", act_on("grant", "news")).await.expect(200);
    assert_counted(&house, "another catalogue").await;
    assert_eq!(people(&house, "news").await, 1);
}

pub(super) async fn plan(house: &House, text: &str) -> Reply {
    let request = house.client().post(format!("{}/api/v1/catalog/plan", house.base)).bearer_auth(api_key("admin"));
    reply(request.header("content-type", "application/toml").body(house.filled(text))).await.expect(200)
}

/// What a plan says of a purpose or an audience.
fn affected<'a>(planned: &'a Json, name: &str) -> &'a Json {
    let found = planned["affects"].as_array().unwrap().iter();
    let mut found = found.filter(|affected| affected["purpose"] == name || affected["audience"] == name);
    let affected = found.next().unwrap_or_else(|| panic!("nothing is said of {name}: {planned:#}"));
    assert!(found.next().is_none(), "{name} is told once");
    affected
}

/// The shop without its news.
fn without_news() -> String {
    CATALOG
        .replacen("direct_marketing = true\nrecipients", "direct_marketing = true\nretired = true\nrecipients", 1)
        .replacen(
            "code = \"readers\"\nname = \"Readers of our news\"\npurpose = \"news\"",
            "code = \"readers\"\nname = \"Readers\"\npurpose = \"offers\"",
            1,
        )
}

async fn a_plan_says_how_many_people_and_how_much_data_it_affects(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    three_customers_and_a_visitor(&house).await;
    let found = assert_counted(&house, "before").await;
    let (news, orders) = (slot(&house, "news"), slot(&house, "orders"));
    let open: SlotSet = house.app().current().policy.slots.iter().map(|rule| rule.slot).collect();
    let without = |slot| open.without(SlotSet::from_iter([slot]));

    // Nothing changes for anybody.
    let renamed = CATALOG.replacen("title = \"News\"", "title = \"What is new\"", 1);
    assert_eq!(plan(&house, &renamed).await.json["affects"], json!([]));

    // A purpose that closes: two agreed, and everything they let us keep for it is kept for their orders, too.
    let planned = plan(&house, &without_news()).await.json;
    let closes = affected(&planned, "news");
    let AffectedCounts { people, holdings, holdings_only, .. } = found.slot(news, without(news));
    assert_eq!((people, holdings > 0), (2, true));
    assert_eq!(
        (&closes["effect"], &closes["state"], &closes["slot"]),
        (&json!("closes"), &json!("ready"), &json!(news.0))
    );
    assert_eq!(
        (&closes["people"], &closes["holdings"], &closes["holdings_only"]),
        (&json!(people), &json!(holdings), &json!(holdings_only))
    );
    let readers = affected(&planned, "readers");
    assert_eq!((&readers["effect"], &readers["members"]), (&json!("changes"), &json!(2)));
    let summary = planned["summary"].as_str().unwrap();
    let told = format!(
        "    2 people are processed for it now; {holdings} holdings are kept for it, {holdings_only} of them for nothing \
         else that goes on\n"
    );
    let line = format!("! slot {} closes: news: no longer pursued", news.0);
    assert!(summary.contains(&line) && summary.contains(&told), "{summary}\n{told}");

    // A shorter time, fewer categories: what it is narrower in, and for whom.
    let narrower = CATALOG.replacen("keep = \"P60Y\"", "keep = \"P1Y\"", 1).replacen("\"demographic\", ", "", 1);
    let planned = plan(&house, &narrower).await.json;
    let narrows = affected(&planned, "orders");
    let counts = found.slot(orders, without(orders));
    assert_eq!((&narrows["effect"], &narrows["fields"]), (&json!("narrows"), &json!(["categories", "keep"])));
    assert_eq!(
        (&narrows["people"], &narrows["holdings"], &narrows["holdings_only"]),
        (&json!(3), &json!(counts.holdings), &json!(counts.holdings_only))
    );

    // A wider version takes the place of what people agreed to.
    let wider = CATALOG.replacen("code = \"news\"\nbasis", "code = \"news\"\nversion = 2\nbasis", 1).replacen(
        "[\"contact\", \"identity\", \"commerce\", \"location\"]",
        "[\"contact\", \"identity\", \"commerce\", \"location\", \"behaviour\"]",
        1,
    );
    let planned = plan(&house, &wider).await.json;
    assert_eq!(affected(&planned, "news")["effect"], "replaced");
    assert_eq!(affected(&planned, "news")["people"], 2);
    let readers = affected(&planned, "readers");
    assert_eq!((&readers["effect"], &readers["members"]), (&json!("emptied"), &json!(2)));
    let audience = CATALOG.replacen("where = \"orders >= 2\"", "where = \"orders >= 3\"", 1);
    let planned = plan(&house, &audience).await.json;
    assert_eq!(
        (&affected(&planned, "shipped")["effect"], &affected(&planned, "shipped")["members"]),
        (&json!("changes"), &json!(2))
    );

    // The command line tells the same, and then does it.
    let printed = applied_by_command(&house, &without_news()).await;
    assert!(
        printed.contains(told.trim_end()) && printed.contains("! audience readers changes: 2 belong to it now"),
        "{printed}"
    );
    house.swept().await;
    house.pass(Duration::from_secs(5)).await;
    assert_counted(&house, "applied").await;
    assert_eq!(house.app().current().policy.version, 2);
}

/// What the command line prints when it applies a catalogue without asking.
async fn applied_by_command(house: &House, text: &str) -> String {
    let file = house.folder.path().join("next.toml");
    std::fs::write(&file, house.filled(text)).unwrap();
    let mut command = std::process::Command::new(program());
    command.arg("apply").arg(&file).arg("--yes").arg("--data").arg(house.folder.path());
    command.env("AMANA_FREE_SPACE_FLOOR_MIB", "0");
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A store that was written before anybody was counted: nothing is told until everybody is.
async fn a_store_in_which_nobody_was_counted_is_gone_over_once(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    three_customers_and_a_visitor(&house).await;
    let before = Reach::load(house.app().store()).await.unwrap();
    house.leave().await;
    forget_counts(&house).await;
    house.enter().await;
    // Where a sweep stands is stored with its first people, so there is nothing to wait for but the time.
    house.pass(Duration::from_secs(5)).await;
    assert_counted(&house, "counted once").await;
    assert_eq!(Reach::load(house.app().store()).await.unwrap(), before);
    let sweep = Sweep::load(house.app().store()).await.unwrap();
    house.restart().await;
    house.pass(Duration::from_secs(5)).await;
    assert_eq!(Sweep::load(house.app().store()).await.unwrap(), sweep, "and not again");
}

/// Takes the counts out of a store, and out of the people what they were counted as.
async fn forget_counts(house: &House) {
    let app = amana::server::open_app(&house.config()).await.unwrap();
    let mut batch = Batch::new();
    for (key, _) in app.store().scan(Space::Tally, KeyRange::prefix(key::tally("reach")), 1_000).await.unwrap() {
        batch.delete(Space::Tally, key);
    }
    let rows = app.store().scan(Space::Fragment, KeyRange::all(), 1_000).await.unwrap();
    let ids: Vec<_> = rows.iter().map(|(key, _)| uuid::Uuid::from_slice(key).unwrap()).collect();
    let ids: Vec<_> = ids.into_iter().map(amana_core::identity::FragmentId).collect();
    let view = amana::profile::View::Live(app.store());
    for mut entry in app.keeper().load(view, &ids).await.unwrap() {
        assert!(entry.counted.take().is_some(), "everybody was counted");
        entry.changes.fragment = true;
        let end = amana_store::Position(0);
        app.keeper().save(&mut entry, end..end, &mut batch, &mut app.dice());
    }
    app.store().commit(batch).await.unwrap();
    app.store().clone().close().await;
}
