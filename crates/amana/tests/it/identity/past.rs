//! Who was taken for one person at an instant stays told as it was, whatever is decided, proven or taken away later
//! (DESIGN §5: history is never edited; state at any past instant can be asked for on both axes).

use super::bans::ban;
use super::staff::decide;
use super::{bought, viewed};
use crate::support::{CATALOG, Engine, House, Then, act_on, on_both_engines};
use serde_json::{Value as Json, json};

on_both_engines!(
    joining_again_leaves_the_past_as_it_was,
    a_proof_leaves_it_told_that_it_was_a_claim,
    a_claim_that_was_taken_away_is_told_of_when_it_stood,
    a_device_is_told_as_it_was_before_it_was_shared,
);

const ANN: &str = "user_id/ann";
const LAPTOP: &str = "anonymous_id/laptop";
const FAMILY: &str = "email/family@people.example";

/// The profile of somebody at an instant, with the knowledge of another.
async fn profile_at(house: &House, person: &str, as_of: &Then, known_at: &Then) -> Json {
    let query = format!("as_of={}&known_at={}", as_of.at, known_at.at);
    house.permissions_at(person, &query).await["profile_id"].clone()
}

async fn are_one(house: &House, as_of: &Then, known_at: &Then) -> bool {
    profile_at(house, ANN, as_of, known_at).await == profile_at(house, FAMILY, as_of, known_at).await
}

async fn former(house: &House, person: &str) -> Vec<Json> {
    let graph = house.get("privacy", &format!("profiles/{person}/identity?purpose=orders")).await.expect(200).json;
    graph["former"].as_array().unwrap().clone()
}

async fn joining_again_leaves_the_past_as_it_was(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let order = |message: &str| bought("ann", message, json!({"email": "family@people.example"}));
    house.send("shop", json!([order("m1")])).await.expect(200);
    house.act("privacy", FAMILY, act_on("object", "offers")).await.expect(200);
    let people = [ANN, FAMILY];
    let one = house.noted(&people).await;
    decide(&house, "split", ANN, &[FAMILY], false).await.expect(200);
    house.act("privacy", FAMILY, act_on("grant", "news")).await.expect(200);
    let apart = house.noted(&people).await;
    decide(&house, "join", ANN, &[FAMILY], false).await.expect(200);
    let again = house.noted(&people).await;
    // And once more, by a ban that is lifted and by a second split.
    ban(&house, "ban", FAMILY, false).await.expect(200);
    let banned = house.noted(&people).await;
    ban(&house, "ban/lift", FAMILY, false).await.expect(200);
    let lifted = house.noted(&people).await;
    decide(&house, "split", ANN, &[FAMILY], false).await.expect(200);
    let parted = house.noted(&people).await;
    decide(&house, "join", ANN, &[FAMILY], false).await.expect(200);
    house.restart().await;
    let last = house.noted(&people).await;

    let all = [
        (&one, true),
        (&apart, false),
        (&again, true),
        (&banned, false),
        (&lifted, true),
        (&parted, false),
        (&last, true),
    ];
    for (then, is_one) in all {
        house.tells_as_it_was(then).await;
        assert_eq!(are_one(&house, then, then).await, is_one, "{}", then.at);
        assert_eq!(are_one(&house, then, &last).await, is_one, "with the knowledge of today, {}", then.at);
        assert_eq!(are_one(&house, &last, then).await, is_one, "with the knowledge of then, {}", then.at);
    }
    let told = former(&house, ANN).await;
    let steps: Vec<_> =
        told.iter().map(|former| (&former["bond"], &former["act"]["act"], &former["banned_by"]["act"])).collect();
    let (verified, split, join) = (json!("verified"), json!("split"), json!("join"));
    assert_eq!(steps, [(&verified, &Json::Null, &split), (&verified, &join, &split)], "{told:?}");
    assert!(told.iter().all(|former| former["since"].as_str() < former["until"].as_str()));
}

/// The first who is seen is a device, so a profile that it belongs to has another name than one without it.
async fn a_proof_leaves_it_told_that_it_was_a_claim(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house.send("site", json!([viewed(None, "laptop", "v1")])).await.expect(200);
    house.send("shop", json!([bought("ann", "m1", json!({}))])).await.expect(200);
    house.act("privacy", ANN, act_on("refuse", "news")).await.expect(200);
    let people = [ANN, LAPTOP];
    house.noted(&people).await;
    house.act("privacy", LAPTOP, act_on("grant", "news")).await.expect(200);
    let apart = house.noted(&people).await;
    house.send("site", json!([viewed(Some("ann"), "laptop", "v2")])).await.expect(200);
    let claimed = house.noted(&people).await;
    house.send("shop", json!([viewed(Some("ann"), "laptop", "v3")])).await.expect(200);
    let proven = house.noted(&people).await;
    assert_eq!(house.state(ANN, "news").await, "given", "what is proven to be hers agreed later");
    for then in [&apart, &claimed, &proven] {
        house.tells_as_it_was(then).await;
    }
    let state = async |then: &Then| {
        let told = house.permissions_at(ANN, &format!("as_of={}", then.at)).await;
        crate::support::permission_of(&told, "news").unwrap()["state"].clone()
    };
    assert_eq!(
        (state(&claimed).await, state(&proven).await),
        (json!("refused"), json!("given")),
        "a claim lends no consent"
    );
    let ids =
        async |then: &Then| (profile_at(&house, ANN, then, then).await, profile_at(&house, LAPTOP, then, then).await);
    let (before, between, after) = (ids(&apart).await, ids(&claimed).await, ids(&proven).await);
    assert_ne!(before.0, before.1);
    assert_eq!(between, before, "what only claims to be hers has not her name, nor she its");
    assert_eq!((&after.0, &after.1), (&before.1, &before.1));
    let told = former(&house, ANN).await;
    assert_eq!((told.len(), &told[0]["bond"], &told[0]["source"]), (1, &json!("claimed"), &json!("site")), "{told:?}");
}

/// An address that was typed beside somebody's account turns out to be somebody else's.
async fn a_claim_that_was_taken_away_is_told_of_when_it_stood(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let typed = json!([{"type": "identify", "userId": "ann", "anonymousId": "laptop", "messageId": "i2",
        "traits": {"email": "family@people.example"}}]);
    house.send("shop", json!([bought("ann", "m1", json!({}))])).await.expect(200);
    let people = [ANN, LAPTOP];
    let before = house.noted(&people).await;
    house.send("site", typed).await.expect(200);
    let claimed = house.noted(&people).await;
    house.send("shop", json!([bought("bob", "m2", json!({"email": "family@people.example"}))])).await.expect(200);
    let after = house.noted(&people).await;
    house.restart().await;
    for then in [&before, &claimed, &after] {
        house.tells_as_it_was(then).await;
    }
    let own = async |then: &Then| profile_at(&house, ANN, then, then).await;
    assert_eq!(own(&before).await, own(&after).await);
    assert_eq!(own(&claimed).await, own(&before).await, "what claims to be hers never names her");
    let told = former(&house, LAPTOP).await;
    assert!(told.iter().any(|former| former["bond"] == "claimed" && former["source"] == "site"), "{told:?}");
}

/// What somebody is asked about by a device's identifier, which stands for a fragment of its own since it is shared.
async fn a_device_is_told_as_it_was_before_it_was_shared(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let people = [LAPTOP, ANN, "user_id/bob"];
    house.send("shop", json!([bought("ann", "m1", json!({})), bought("bob", "m2", json!({}))])).await.expect(200);
    let nobody = house.noted(&people).await;
    house.send("site", json!([viewed(None, "laptop", "v1")])).await.expect(200);
    house.act("privacy", LAPTOP, act_on("grant", "news")).await.expect(200);
    house.act("privacy", LAPTOP, act_on("object", "offers")).await.expect(200);
    let alone = house.noted(&people).await;
    house.send("shop", json!([viewed(Some("ann"), "laptop", "v2")])).await.expect(200);
    let anns = house.noted(&people).await;
    assert_eq!(house.state(LAPTOP, "news").await, "given");
    house.send("shop", json!([viewed(Some("bob"), "laptop", "v3")])).await.expect(200);
    let shared = house.noted(&people).await;
    assert_eq!(house.state(LAPTOP, "news").await, "unknown", "it is shared, and a yes was somebody's");
    ban(&house, "ban/lift", LAPTOP, false).await.expect(200);
    let lifted = house.noted(&people).await;
    for then in [&nobody, &alone, &anns, &shared, &lifted] {
        house.tells_as_it_was(then).await;
    }
    assert_eq!(profile_at(&house, LAPTOP, &nobody, &nobody).await, Json::Null);
    assert_eq!(profile_at(&house, LAPTOP, &anns, &lifted).await, profile_at(&house, ANN, &anns, &lifted).await);
    assert_ne!(profile_at(&house, LAPTOP, &shared, &lifted).await, profile_at(&house, ANN, &shared, &lifted).await);
}
