//! A proof is of one identifier and not of its kind: whoever is signed in may name others' accounts and addresses as
//! often as they like, and speaks for none of them (DESIGN §6 *Trust*).

use super::bought;
use super::signed::{TOKEN_KEY, claims, customer, hmac_of, proofs, refuses, site_token, with_proofs};
use crate::support::{Engine, House, canary, on_both_engines};
use serde_json::{Value as Json, json};

on_both_engines!(
    a_token_speaks_for_its_own_account_and_for_no_other_that_is_named,
    a_token_speaks_for_its_own_address_and_for_no_other_that_is_named,
    an_hmac_speaks_for_its_own_account_where_a_person_may_have_several,
);

const HMAC_SECRET: &str = "a-secret-of-the-shop-that-is-long-enough";

/// Names one more identifier, as Segment's sources do.
fn naming(mut events: Json, kind: &str, value: &str) -> Json {
    events[0]["context"]["externalIds"] = json!([{"type": kind, "id": value}]);
    events
}

/// Whatever the attacker did, the victim has decided nothing, and neither reads the other.
async fn is_untouched(house: &House, (attacker, victim): (&str, &str), name: &str, case: &str) {
    assert_eq!(house.state(victim, "news").await, "given", "{case}: somebody else's token spoke");
    assert_eq!(house.state(attacker, "news").await, "withdrawn", "{case}: it speaks for its own");
    house.profile(victim, "news").await.expect(200);
    for purpose in ["orders", "news", "offers"] {
        let read = house.get("privacy", &format!("profiles/{attacker}?purpose={purpose}&explain=true")).await;
        assert!(!read.text.contains(name), "{case}: reads the other for {purpose}");
    }
    let graph = house.get("privacy", &format!("profiles/{victim}/identity?purpose=orders")).await.expect(200);
    // The oldest fragment names the profile, and the victim was there first.
    let own = json!(house.profile_id(victim).await);
    let edges = graph.json["edges"].as_array().unwrap().iter();
    let of_victim: Vec<&Json> = edges.filter(|edge| edge["between"].as_array().unwrap().contains(&own)).collect();
    assert!(of_victim.iter().all(|edge| edge["bond"] == "claimed"), "{case}: joined as if by proof: {of_victim:?}");
}

async fn a_token_speaks_for_its_own_account_and_for_no_other_that_is_named(engine: Engine) {
    let house = House::open(engine, &with_proofs(&[TOKEN_KEY], &[HMAC_SECRET])).await;
    for (case, victim_first) in [("first", true), ("second", false)] {
        let (victim, mallory, name) = (format!("victim-{case}"), format!("mallory-{case}"), canary());
        house.send("shop", json!([bought(&victim, "n", json!({"firstName": name}))])).await.expect(200);
        customer(&house, &victim).await;
        customer(&house, &mallory).await;
        let proof = json!({"jwt": site_token(&claims(&mallory))});
        let (user, other) = if victim_first { (&victim, &mallory) } else { (&mallory, &victim) };
        let event = naming(refuses(user, &format!("d-{case}"), "x", proof), "user_id", other);
        house.send("site", event).await.expect(200);
        let (attacker, victim) = (format!("user_id/{mallory}"), format!("user_id/{victim}"));
        is_untouched(&house, (&attacker, &victim), &name, case).await;
        assert_ne!(house.profile_id(&attacker).await, house.profile_id(&victim).await, "{case}");
    }
    assert_eq!(proofs(&house).await, (2, 0));
}

async fn a_token_speaks_for_its_own_address_and_for_no_other_that_is_named(engine: Engine) {
    let catalog = with_proofs(&[TOKEN_KEY], &[]).replacen(
        "audience = \"site\",",
        "audience = \"site\", subject_kind = \"email\",",
        1,
    );
    let house = House::open(engine, &catalog).await;
    for (case, victim_first) in [("first", true), ("second", false)] {
        let (victim, mallory, name) = (format!("victim-{case}"), format!("mallory-{case}"), canary());
        let address = |user: &str| format!("{user}@people.example");
        for (user, traits) in [
            (&victim, json!({"email": address(&victim), "firstName": name})),
            (&mallory, json!({"email": address(&mallory)})),
        ] {
            house.send("shop", json!([bought(user, "n", traits)])).await.expect(200);
            customer(&house, user).await;
        }
        let proof = json!({"jwt": site_token(&claims(&address(&mallory)))});
        let (first, second) = if victim_first { (&victim, &mallory) } else { (&mallory, &victim) };
        let mut event = refuses("nobody", &format!("d-{case}"), "x", proof);
        event[0].as_object_mut().unwrap().remove("userId");
        event[0]["context"]["traits"] = json!({"email": address(first)});
        house.send("site", naming(event, "email", &address(second))).await.expect(200);
        let (victim, attacker) = (format!("user_id/{victim}"), format!("user_id/{mallory}"));
        assert_eq!(house.state(&victim, "news").await, "given", "{case}: somebody else's token spoke");
        assert_eq!(house.state(&attacker, "news").await, "withdrawn", "{case}: it speaks for its own");
        for purpose in ["orders", "news", "offers"] {
            let path = format!("profiles/email/{}?purpose={purpose}&explain=true", address(&mallory));
            assert!(!house.get("privacy", &path).await.text.contains(&name), "{case}: reads the other for {purpose}");
        }
        house.profile(&victim, "news").await.expect(200);
    }
    assert_eq!(proofs(&house).await, (2, 0));
}

async fn an_hmac_speaks_for_its_own_account_where_a_person_may_have_several(engine: Engine) {
    let two = "\n[[identifiers]]\ncode = \"user_id\"\nnormalise = \"trim\"\nlimit = 3\npriority = 100\n\
        category = \"identity.user\"\n";
    let house = House::open(engine, &format!("{}{two}", with_proofs(&[TOKEN_KEY], &[HMAC_SECRET]))).await;
    let name = canary();
    house.send("shop", json!([bought("victim", "n", json!({"firstName": name}))])).await.expect(200);
    customer(&house, "victim").await;
    customer(&house, "mallory").await;
    let proof = json!({"hmac": hmac_of(HMAC_SECRET, "mallory")});
    let event = naming(refuses("mallory", "d", "x", proof), "user_id", "victim");
    house.send("site", event).await.expect(200);
    is_untouched(&house, ("user_id/mallory", "user_id/victim"), &name, "several").await;
    assert_eq!(proofs(&house).await, (1, 0));
}
