//! Registers: what blocks everybody is one mask, and flipping it costs nobody anything (issue 3, DESIGN §5).

use super::affected::{plan, slot, three_customers_and_a_visitor};
use crate::support::{CATALOG, Engine, House, act_on, assert_counted, on_both_engines};
use amana_core::permit::Reason;
use amana_store::{Key, KeyRange, Space};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::time::Duration;

on_both_engines!(
    a_lapsed_contract_stops_use_and_destroys_nothing,
    a_register_that_opens_and_closes_a_purpose_rewrites_nobody,
    a_delivery_that_waits_while_the_contract_lapses_never_leaves,
    a_contract_that_lapses_while_nobody_is_there_is_seen_at_the_start,
);

const ANN: &str = "user_id/ann";
const HOUR: Duration = Duration::from_hours(1);
/// In Berlin the second of March begins eleven hours after the clock of a test.
const SIGNED: &str = "in_force = true\nuntil = \"2026-03-02\"";

/// The shop with a purpose that depends on a vendor's contract.
fn depending(purpose: &str, contract: &str) -> String {
    let code = format!("code = \"{purpose}\"\n");
    let register = format!("[[registers]]\ncode = \"vendor\"\nkind = \"contract\"\n{contract}\n\n[[notices]]");
    let text = CATALOG.replacen(&code, &format!("{code}blocked_by = [\"vendor\"]\n"), 1);
    text.replacen("[[notices]]", &register, 1)
}

/// Everything that is stored of these spaces.
async fn stored(house: &House, spaces: &[Space]) -> BTreeMap<(&'static str, Key), Vec<u8>> {
    let mut stored = BTreeMap::new();
    for space in spaces {
        let rows = house.app().store().scan(*space, KeyRange::all(), 100_000).await.unwrap();
        stored.extend(rows.into_iter().map(|(key, row)| ((space.name(), key), row.value.to_vec())));
    }
    stored
}

async fn reason(house: &House, purpose: &str, usage: &str) -> String {
    let question = json!({"identifier": {"kind": "user_id", "value": "ann"}, "purpose": purpose, "use": usage});
    house.permit(question).await["reason"].as_str().unwrap().to_owned()
}

/// What a plan says of a purpose with this effect.
fn told<'a>(planned: &'a Json, effect: &str) -> &'a Json {
    let found = planned["affects"].as_array().unwrap().iter().find(|affected| affected["effect"] == effect);
    found.unwrap_or_else(|| panic!("nothing is {effect}: {planned:#}"))
}

async fn a_lapsed_contract_stops_use_and_destroys_nothing(engine: Engine) {
    let house = House::open(engine, &depending("news", SIGNED)).await;
    three_customers_and_a_visitor(&house).await;
    house.delivered("mailer").await;
    let news = house.profile(ANN, "news").await.expect(200).json;
    assert_eq!((&news["traits"]["firstName"], house.heard("audience.entered", "readers").len()), (&json!("ann"), 2));
    let asked = json!({"identifier": {"kind": "user_id", "value": "ann"}, "purpose": "news", "use": "profile"});
    assert_eq!(house.permit(asked.clone()).await["until"], "2026-03-01T23:00:00.000Z", "its lapse is told beforehand");
    let members = house.members("readers").await;
    assert_eq!(members.len(), 2);
    let data = [Space::Block, Space::Ring, Space::Event, Space::Act, Space::Due];
    let (before, records) = (stored(&house, &data).await, stored(&house, &[Space::Fragment]).await);

    // Up to the last moment, and not from the day itself on; nobody applies anything.
    house.advance(11 * HOUR - Duration::from_millis(5_001));
    house.profile(ANN, "news").await.expect(200);
    house.advance(Duration::from_millis(1));
    house.profile(ANN, "news").await.problem(403, "purpose_blocked");
    let blocked = house.permit(asked).await;
    assert_eq!((&blocked["register"], &blocked["standing"]["state"]), (&json!("vendor"), &json!("given")));
    assert!(house.members("readers").await.is_empty(), "whoever looks before they have left sees nobody");
    house.pass(Duration::from_millis(1)).await;
    house.delivered("mailer").await;
    closed(&house).await;
    assert_eq!(stored(&house, &data).await, before, "nothing is destroyed, and nothing written anew");
    let changed = stored(&house, &[Space::Fragment]).await;
    let others = changed.iter().filter(|(key, record)| records.get(*key) != Some(*record)).count();
    assert_eq!((others, changed.len()), (2, records.len()), "the two who left the audience, and nobody else");

    // What comes meanwhile is not taken in for it; who says no meanwhile has said no.
    let order = json!({"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "late",
        "properties": {"order_id": "late", "revenue": 5.0, "currency": "EUR"}});
    house.send("shop", json!([order])).await.expect(200);
    house.act("privacy", "user_id/bob", act_on("withdraw", "news")).await.expect(200);
    house.pass(Duration::from_secs(5)).await;
    assert_counted(&house, "while it is blocked").await;

    // Another contract: everybody who did not say no is where they were.
    let again = depending("news", "in_force = true\nuntil = \"2027-03-02\"");
    let planned = plan(&house, &again).await.json;
    let opens = told(&planned, "unblocked");
    assert_eq!((&opens["people"], &opens["fields"]), (&json!(1), &json!(["vendor"])), "{planned:#}");
    house.apply(&again).await;
    house.delivered("mailer").await;
    let profile = house.profile(ANN, "news").await.expect(200).json;
    assert_eq!(profile["traits"], news["traits"]);
    assert_eq!(profile["metrics"]["orders"], news["metrics"]["orders"], "what came meanwhile is of other purposes");
    assert_eq!(house.members("readers").await, [house.profile_id(ANN).await]);
    assert_eq!(house.heard("audience.entered", "readers").len(), 3, "the recipient is told of her again");
    assert_eq!(house.state("user_id/bob", "news").await, "withdrawn");
}

/// What is closed to everybody for news, and to nobody for anything else.
async fn closed(house: &House) {
    for usage in ["collect", "link", "segment", "analyse", "profile", "decide", "contact:email", "share:mailer"] {
        assert_eq!(reason(house, "news", usage).await, "purpose_blocked", "{usage}");
        assert_ne!(reason(house, "orders", usage).await, "purpose_blocked", "{usage}");
    }
    for usage in ["store", "notify", "disclose:subject", "disclose:legal_claim"] {
        assert_eq!(reason(house, "news", usage).await, "permitted", "{usage}");
    }
    let view = house.get("marketing", "audiences/readers").await.expect(200).json;
    assert_eq!((&view["state"], &view["count"]), (&json!("blocked"), &json!(0)));
    assert_eq!(house.heard("audience.exited", "readers").len(), 2, "the recipient is told to let go");
    let path = format!("profiles/{ANN}/timeline?purpose=news");
    house.get("privacy", &path).await.problem(403, "purpose_blocked");
    house.get("service", &format!("profiles/{ANN}?purpose=orders")).await.expect(200);
    // What is kept is still hers to see.
    let of_right = |what: &str| format!("profiles/{ANN}{what}?purpose=news&use=disclose:subject");
    assert_eq!(house.get("privacy", &of_right("")).await.expect(200).json["traits"]["firstName"], "ann");
    let timeline = house.get("privacy", &of_right("/timeline")).await.expect(200);
    assert!(timeline.text.contains("Order Completed"), "{}", timeline.text);
    let identity = house.get("privacy", &of_right("/identity")).await.expect(200);
    assert_eq!(identity.json["fragments"][0]["value"], "ann", "{}", identity.text);
    let graph = house.get("privacy", &format!("profiles/{ANN}/identity?purpose=news")).await.expect(200);
    assert_eq!(graph.json["fragments"][0]["hidden"], "purpose_blocked", "{}", graph.text);
}

async fn a_register_that_opens_and_closes_a_purpose_rewrites_nobody(engine: Engine) {
    let house = House::open(engine, &depending("bookkeeping", "in_force = true")).await;
    three_customers_and_a_visitor(&house).await;
    house.delivered("mailer").await;
    let found = assert_counted(&house, "in force").await;
    let people = found.slot(slot(&house, "bookkeeping"), amana_core::SlotSet::EMPTY).people;
    assert_eq!((people, reason(&house, "bookkeeping", "profile").await.as_str()), (3, "permitted"));
    let spaces = [
        Space::Fragment,
        Space::Block,
        Space::Ring,
        Space::Event,
        Space::Act,
        Space::Due,
        Space::Member,
        Space::Index,
        Space::Tally,
    ];
    let before = stored(&house, &spaces).await;
    let (off, on) = (depending("bookkeeping", ""), depending("bookkeeping", "in_force = true"));
    for (text, effect, expected) in [(&off, "blocked", Reason::PurposeBlocked), (&on, "unblocked", Reason::Permitted)] {
        let planned = plan(&house, text).await.json;
        let change = told(&planned, effect);
        assert_eq!((&change["people"], &change["purpose"]), (&json!(people), &json!("bookkeeping")), "{planned:#}");
        assert!(planned["slots"].as_array().is_none_or(Vec::is_empty), "no slot opens or closes: {planned:#}");
        house.apply(text).await;
        house.swept().await;
        house.pass(Duration::from_secs(5)).await;
        assert_eq!(reason(&house, "bookkeeping", "profile").await, expected.code());
        assert_eq!(reason(&house, "orders", "profile").await, "permitted");
        assert_eq!(stored(&house, &spaces).await, before, "{effect}: nothing of anybody is written");
        assert_counted(&house, effect).await;
    }
    // A lapse in the future is told with whom it will concern.
    let planned = plan(&house, &depending("bookkeeping", "in_force = true\nuntil = \"2026-07-01\"")).await.json;
    let lapses = told(&planned, "lapses");
    assert_eq!((&lapses["people"], &lapses["fields"]), (&json!(3), &json!(["vendor"])));
    assert!(planned["summary"].as_str().unwrap().contains("3 people are processed for it until then"), "{planned:#}");
}

/// DESIGN §1 law 2: asked when the bytes leave.
async fn a_delivery_that_waits_while_the_contract_lapses_never_leaves(engine: Engine) {
    let house = House::open(engine, &depending("news", SIGNED)).await;
    house.recipient.answer(500, None);
    let agreed = json!({"consent": {"categoryPreferences": {"news": true}}});
    let reader = json!([{"type": "identify", "userId": "ann", "messageId": "m1", "context": agreed,
        "traits": {"email": "ann@people.example"}}]);
    house.send("shop", reader).await.expect(200);
    let failed = |row: &amana::deliver::DeliveryView| row.attempts == 1 && row.state == "waiting";
    house.until("mailer", "the first attempt has failed", |rows| rows.iter().any(failed)).await;
    house.pass(11 * HOUR).await;
    // She has left by now; a delivery that was looked at before waited for that.
    house.advance(Duration::from_secs(60));
    house.delivered("mailer").await;
    assert_eq!(house.heard("audience.entered", "readers").len(), 1, "a second attempt never leaves");
    let rows = house.deliveries("mailer").await;
    let entered = rows.iter().find(|row| row.attempts == 1 && row.state == "withheld").unwrap();
    assert_eq!(entered.reason, Some("purpose_blocked"));
    assert_eq!(house.heard("audience.exited", "readers").len(), 1, "who may have received it is told (Art. 19)");
}

async fn a_contract_that_lapses_while_nobody_is_there_is_seen_at_the_start(engine: Engine) {
    let mut house = House::open(engine, &depending("news", SIGNED)).await;
    three_customers_and_a_visitor(&house).await;
    house.delivered("mailer").await;
    house.leave().await;
    house.advance(12 * HOUR);
    house.enter().await;
    house.profile(ANN, "news").await.problem(403, "purpose_blocked");
    house.pass(Duration::from_secs(1)).await;
    house.delivered("mailer").await;
    assert_eq!(house.heard("audience.exited", "readers").len(), 2);
    let rows = house.app().store().scan(Space::Member, KeyRange::all(), 1_000).await.unwrap();
    house.restart().await;
    house.pass(Duration::from_secs(1)).await;
    let again = house.app().store().scan(Space::Member, KeyRange::all(), 1_000).await.unwrap();
    assert_eq!(again, rows, "once, and not at every start");
}
