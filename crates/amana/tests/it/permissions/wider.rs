//! What was said of an earlier version of a purpose: a yes is none to a wider one, a no is one to all of them, and takes
//! along what is still kept for the earlier ones.

use super::versions::{purpose, wider};
use crate::support::{CATALOG, Engine, House, act_on, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    what_a_device_stores_is_no_yes_to_a_wider_version,
    a_no_to_an_earlier_version_is_a_no_to_a_wider_one,
    a_no_reaches_what_is_kept_for_earlier_versions,
    a_yes_from_before_a_wider_version_is_none_to_it,
    objecting_to_all_marketing_leaves_nothing_to_keep_for_it,
    the_no_that_decides_is_told_across_versions,
    what_is_told_of_a_no_across_versions_is_what_was_so,
);

/// What an SDK sends with every event once somebody has agreed.
fn stored(person: &str, message: &str, name: &str) -> Json {
    json!([{"type": "track", "event": name, "userId": person, "messageId": message,
        "context": {"consent": {"categoryPreferences": {"news": true}}}}])
}

async fn what_a_device_stores_is_no_yes_to_a_wider_version(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    for person in ["ann", "bob"] {
        house.send("shop", stored(person, &format!("{person}1"), "Order Completed")).await.expect(200);
        assert_eq!(house.state(&format!("user_id/{person}"), "news").await, "given");
    }
    house.advance(Duration::from_secs(60));
    house.act("privacy", "user_id/bob", act_on("withdraw", "news")).await.expect(200);
    house.advance(Duration::from_secs(60));
    house.apply(&wider()).await;
    house.advance(Duration::from_secs(60));
    for (person, state) in [("ann", "unknown"), ("bob", "withdrawn")] {
        house.send("shop", stored(person, &format!("{person}2"), "Order Completed")).await.expect(200);
        assert_eq!(house.state(&format!("user_id/{person}"), "news").await, state, "{person}");
    }
    assert!(house.members("readers").await.is_empty());
    // Somebody who says so now says so of what is declared now.
    house.send("shop", stored("ann", "ann3", "Segment Consent Preference Updated")).await.expect(200);
    assert_eq!(house.state("user_id/ann", "news").await, "given");
}

/// Offers that also look at where people live.
fn wider_offers() -> String {
    let (code, categories) = ("code = \"offers\"\n", "\"commerce\", \"behaviour\"]");
    let wider = CATALOG.replacen(code, &format!("{code}version = 2\n"), 1);
    wider.replacen(categories, "\"commerce\", \"behaviour\", \"location\"]", 1)
}

async fn a_no_to_an_earlier_version_is_a_no_to_a_wider_one(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let visit =
        |message: &str| json!([{"type": "track", "event": "Order Completed", "userId": "cy", "messageId": message}]);
    house.send("shop", visit("c1")).await.expect(200);
    assert_eq!(house.members("lookers").await.len(), 1);
    house.act("service", "user_id/cy", act_on("object", "offers")).await.expect(200);
    assert!(house.members("lookers").await.is_empty());
    house.advance(Duration::from_secs(60));
    house.apply(&wider_offers()).await;
    house.advance(Duration::from_secs(60));
    house.send("shop", visit("c2")).await.expect(200);
    house.settle().await;
    assert_eq!(house.state("user_id/cy", "offers").await, "objected", "told of it again and objecting still");
    assert!(house.members("lookers").await.is_empty());
    house.profile("user_id/cy", "offers").await.problem(403, "objected");
    house.advance(Duration::from_secs(60));
    house.act("privacy", "user_id/cy", act_on("grant", "offers")).await.expect(200);
    assert_eq!(house.state("user_id/cy", "offers").await, "informed", "but to whoever takes it back");
}

async fn a_no_reaches_what_is_kept_for_earlier_versions(engine: Engine) {
    let taste = purpose("taste");
    let house = House::open(engine, &format!("{CATALOG}{taste}")).await;
    let looked = |person: &str| {
        json!([{"type": "track", "event": "Product Viewed", "userId": person, "messageId": format!("{person}-looked"),
            "properties": {"name": "boots"}, "context": {"consent": {"categoryPreferences": {"panel": true}}}}])
    };
    for person in ["dan", "eve"] {
        house.send("panel", looked(person)).await.expect(200);
        assert!(keeps_for(&house, person, "taste").await, "{person}");
    }
    house.advance(Duration::from_secs(60));
    let wider = taste.replacen("basis =", "version = 2\nbasis =", 1).replacen(
        "\"behaviour\",",
        "\"behaviour\", \"commerce\",",
        1,
    );
    house.apply(&format!("{CATALOG}{wider}")).await;
    house.settle().await;
    assert!(keeps_for(&house, "dan", "taste").await, "what was agreed to goes on being kept");
    house.advance(Duration::from_secs(60));
    house.act("privacy", "user_id/dan", act_on("withdraw", "taste")).await.expect(200);
    house.settle().await;
    assert!(!keeps_for(&house, "dan", "taste").await, "and goes when it is taken back");
    // A purpose that is gone keeps what it has until its time is up, or somebody says no.
    house.apply(CATALOG).await;
    house.settle().await;
    assert!(keeps_for(&house, "eve", "taste").await);
    house.advance(Duration::from_secs(60));
    house.act("privacy", "user_id/eve", act_on("withdraw", "taste")).await.expect(200);
    house.settle().await;
    assert!(!keeps_for(&house, "eve", "taste").await);
    house.act("privacy", "user_id/eve", act_on("withdraw", "nonsense")).await.problem(422, "no_such_purpose");
}

/// Whether anything of somebody is kept for a purpose.
async fn keeps_for(house: &House, person: &str, purpose: &str) -> bool {
    let keys = house.get("privacy", &format!("profiles/user_id/{person}/keys")).await.expect(200);
    // Also when it is told beside that the purpose is no longer pursued.
    keys.text.contains(&format!("\"{purpose}"))
}

async fn a_yes_from_before_a_wider_version_is_none_to_it(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let before = house.clock.now().to_string();
    house.advance(Duration::from_secs(3_600));
    house.apply(&wider()).await;
    house.advance(Duration::from_secs(3_600));
    let mut yes = act_on("grant", "news");
    yes["at"] = before.clone().into();
    house.act("privacy", "user_id/fay", yes).await.problem(422, "invalid_fields");
    let changed = json!([{"type": "track", "event": "Segment Consent Preference Updated", "userId": "fay",
        "messageId": "f1", "timestamp": before, "context": {"consent": {"categoryPreferences": {"news": true}}}}]);
    house.send("shop", changed).await.expect(200);
    assert_ne!(house.state("user_id/fay", "news").await, "given");
    // The first version has no such instant: what was agreed to before it was declared here was agreed to.
    let mut earlier = act_on("grant", "taste");
    earlier["at"] = before.into();
    house.apply(&format!("{}{}", wider(), purpose("taste"))).await;
    house.act("privacy", "user_id/fay", earlier).await.expect(200);
    assert_eq!(house.state("user_id/fay", "taste").await, "given");
}

async fn objecting_to_all_marketing_leaves_nothing_to_keep_for_it(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let viewed = json!([{"type": "track", "event": "Product Viewed", "userId": "gil", "messageId": "g1"}]);
    house.send("shop", viewed).await.expect(200);
    assert!(keeps_for(&house, "gil", "offers").await);
    let objection = json!({"act": "object", "target": "direct_marketing", "method": "call"});
    house.act("service", "user_id/gil", objection).await.expect(200);
    house.settle().await;
    assert!(!keeps_for(&house, "gil", "offers").await, "GDPR Art. 17(1)(c)");
}

/// The acts told with a permission: what was done, and whether it decides.
fn told(acts: &Json) -> Vec<(&str, bool)> {
    let acts = acts.as_array().unwrap().iter();
    acts.map(|act| (act["act"].as_str().unwrap(), act["decides"].as_bool().unwrap())).collect()
}

/// The acts behind a permission, which `permit` has to tell alike.
async fn acts_behind(house: &House, person: &str, purpose: &str) -> (String, Json) {
    let permission = house.permission(person, purpose).await;
    let (kind, value) = person.split_once('/').unwrap();
    let question = json!({"identifier": {"kind": kind, "value": value}, "purpose": purpose, "use": "profile"});
    let asked = house.permit(question).await;
    assert_eq!(asked["standing"]["state"], permission["state"], "{asked}");
    assert_eq!(told(&asked["acts"]), told(&permission["acts"]), "{asked}");
    (permission["state"].as_str().unwrap().to_owned(), permission["acts"].clone())
}

async fn the_no_that_decides_is_told_across_versions(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let minute = || house.advance(Duration::from_secs(60));
    for (person, said) in [("ann", &["grant", "withdraw"][..]), ("bob", &["withdraw", "grant"]), ("cy", &["refuse"])] {
        for act in said {
            house.act("privacy", &format!("user_id/{person}"), act_on(act, "news")).await.expect(200);
            minute();
        }
    }
    house.apply(&wider()).await;
    minute();
    let (state, acts) = acts_behind(&house, "user_id/ann", "news").await;
    assert_eq!((state.as_str(), told(&acts)), ("withdrawn", vec![("withdraw", true)]), "{acts}");
    assert_eq!(acts[0]["target"], "purpose");
    let (state, acts) = acts_behind(&house, "user_id/bob", "news").await;
    assert_eq!((state.as_str(), told(&acts)), ("unknown", vec![]), "it was taken back, by a yes to less: {acts}");
    let (state, acts) = acts_behind(&house, "user_id/cy", "news").await;
    assert_eq!((state.as_str(), told(&acts)), ("refused", vec![("refuse", true)]), "{acts}");
    // A yes to what is declared now decides, and what it took back is told beside it; so does a no anew, which is of every
    // version and told once.
    house.act("privacy", "user_id/ann", act_on("grant", "news")).await.expect(200);
    let (state, acts) = acts_behind(&house, "user_id/ann", "news").await;
    assert_eq!((state.as_str(), told(&acts)), ("given", vec![("grant", true), ("withdraw", false)]), "{acts}");
    minute();
    house.act("privacy", "user_id/ann", act_on("withdraw", "news")).await.expect(200);
    let (state, acts) = acts_behind(&house, "user_id/ann", "news").await;
    assert_eq!((state.as_str(), told(&acts)), ("withdrawn", vec![("withdraw", true), ("grant", false)]), "{acts}");
}

/// Suggestions: what nobody has to agree to and may be weighed, in a version.
fn suggestions(version: u32) -> String {
    let more = if version > 1 { ", \"commerce\"" } else { "" };
    format!(
        "{CATALOG}\n[[purposes]]\ncode = \"suggestions\"\nversion = {version}\nbasis = \"legitimate_interest\"\n\
         categories = [\"behaviour\", \"identity.user\"{more}]\nkeep = \"P1Y\"\n\
         texts.en = {{ title = \"Suggestions\", text = \"We look at what you look at.\" }}\n"
    )
}

/// A purpose that was widened, and one that was taken out and declared again: each has a slot of its own.
async fn what_is_told_of_a_no_across_versions_is_what_was_so(engine: Engine) {
    let house = House::open(engine, &suggestions(1)).await;
    let person = "user_id/dan";
    let mut instants = Vec::new();
    let mut minute = || {
        instants.push(house.clock.now().to_string());
        house.advance(Duration::from_secs(60));
    };
    let act = async |act: &str| house.act("privacy", person, act_on(act, "suggestions")).await.expect(200);
    act("inform").await;
    minute();
    act("object").await;
    minute();
    assert_eq!(house.state(person, "suggestions").await, "objection_pending");
    for next in [suggestions(2), CATALOG.to_owned(), suggestions(2)] {
        house.apply(&next).await;
        minute();
    }
    let (state, acts) = acts_behind(&house, person, "suggestions").await;
    assert_eq!((state.as_str(), told(&acts)), ("objected", vec![("object", true)]), "{acts}");
    act("inform").await;
    minute();
    let (state, acts) = acts_behind(&house, person, "suggestions").await;
    assert_eq!(
        (state.as_str(), told(&acts)),
        ("objection_pending", vec![("inform", false), ("object", true)]),
        "it is weighed anew, for they were told of something that goes on: {acts}"
    );
    act("uphold").await;
    minute();
    act("inform").await;
    minute();
    let (state, acts) = acts_behind(&house, person, "suggestions").await;
    assert_eq!((state.as_str(), told(&acts)[0]), ("objected", ("uphold", true)), "{acts}");

    // The history says of each instant what is said of it when it is asked for, and nothing moves that did not.
    let all = house.permissions_at(person, "history=true").await;
    let moved: Vec<&Json> = all["history"].as_array().unwrap().iter().filter(|one| one["after"].is_string()).collect();
    let moved: Vec<&Json> = moved.into_iter().filter(|one| one["purpose"] == "suggestions").collect();
    for change in &moved {
        assert_ne!(change["before"], change["after"], "{change}");
    }
    for instant in instants {
        let then = house.permissions_at(person, &format!("as_of={instant}")).await;
        let open = then["permissions"].as_array().unwrap().iter().find(|one| one["purpose"] == "suggestions");
        let Some(open) = open else { continue };
        let version = &open["version"];
        let mut of_slot =
            moved.iter().filter(|one| one["version"] == *version && one["at"].as_str().unwrap() <= &*instant);
        let last = of_slot.next_back().unwrap_or_else(|| panic!("nothing is told of {instant}: {all:#}"));
        assert_eq!(last["after"], open["state"], "{instant}: {all:#}");
    }
}
