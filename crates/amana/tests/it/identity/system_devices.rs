//! What systems alone call a device, such as the number of a receipt, is not the device of whoever names it by a public key;
//! and whom a system names is known, also where nothing of them may be kept (DESIGN §6 *Trust*).

use super::shared_devices::{graph, send};
use super::signed::{TOKEN_KEY, claims, proofs, site_token, with_proofs};
use super::{bought, viewed, views};
use crate::support::{CATALOG, Engine, House, act_on, canary, on_both_engines};
use amana::pipeline::TallyName;
use serde_json::{Value as Json, json};

on_both_engines!(
    a_no_that_names_a_receipt_is_not_theirs_whose_receipt_it_is,
    a_yes_that_names_a_receipt_is_not_theirs_whose_receipt_it_is,
    what_is_done_under_a_receipt_ends_nothing_and_is_shown_and_sent_with_nobody_else,
    who_signs_in_under_a_receipt_is_beside_them_at_most,
    a_browser_that_a_system_verifies_later_speaks_for_whose_it_is,
    an_id_that_nobody_guesses_is_a_browsers_whoever_names_it_first,
    a_proof_makes_a_device_of_ones_own_receipt_and_of_nobody_elses,
    whom_a_system_names_is_known_though_nothing_may_be_kept,
    what_they_claimed_themselves_stays_with_whom_a_system_names,
);

/// Systems that verify: one that hears of consent, and one that does not.
const SYSTEMS: [&str; 2] = ["shop", "till"];
const ALWAYS: [&str; 3] = ["orders", "news", "offers"];

/// A customer, with what they bought at the till: the receipt's number stands where sites have a device.
async fn with_receipt(house: &House, system: &str, (person, receipt): (&str, &str), name: &str) {
    send(house, "shop", bought(person, &format!("m-{person}"), json!({"firstName": name}))).await;
    let mut order = bought(person, &format!("o-{person}"), json!({}));
    order["anonymousId"] = json!(receipt);
    send(house, system, order).await;
}

/// What a site says that nobody signed in at.
fn answered(device: &str, message: &str, preferences: Json) -> Json {
    json!({"type": "page", "anonymousId": device, "messageId": message,
        "context": {"consent": {"categoryPreferences": preferences}}})
}

/// The same as somebody's own decision.
fn decided(device: &str, message: &str, preferences: Json) -> Json {
    let mut said = answered(device, message, preferences);
    (said["type"], said["event"]) = (json!("track"), json!("Segment Consent Preference Updated"));
    said
}

/// What is read of somebody, for every purpose, with where it comes from.
async fn all_of(house: &House, person: &str) -> String {
    let mut all = house.get("privacy", &format!("profiles/{person}/permissions?history=true")).await.text;
    for purpose in ALWAYS {
        all += &house.get("privacy", &format!("profiles/{person}?purpose={purpose}&explain=true")).await.text;
        all += &house.get("privacy", &format!("profiles/{person}/timeline?purpose={purpose}")).await.text;
    }
    all
}

/// What recipients were told of anybody, so far.
async fn told(house: &House) -> Vec<String> {
    house.delivered("mailer").await;
    let all = ["readers", "lookers", "shipped"].into_iter().flat_map(|audience| {
        let kinds = ["audience.entered", "audience.updated"];
        kinds.into_iter().flat_map(move |kind| house.heard(kind, audience))
    });
    all.map(|message| message.json().to_string()).collect()
}

async fn a_no_that_names_a_receipt_is_not_theirs_whose_receipt_it_is(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    for system in SYSTEMS {
        let (zed, receipt) = (format!("zed-{system}"), format!("receipt-{system}"));
        let (account, device) = (format!("user_id/{zed}"), format!("anonymous_id/{receipt}"));
        with_receipt(&house, system, (&zed, &receipt), "Zed").await;
        house.act("privacy", &account, act_on("grant", "news")).await.expect(200);
        house.advance(std::time::Duration::from_secs(60));
        let no = || json!({"news": false, "offers": false});
        send(&house, "site", answered(&receipt, "n1", no())).await;
        send(&house, "site", decided(&receipt, "n2", no())).await;
        house.restart().await;
        send(&house, "site", decided(&receipt, "n3", json!({"news": true, "offers": true}))).await;
        send(&house, "site", decided(&receipt, "n4", no())).await;
        let states = (house.state(&account, "news").await, house.state(&account, "offers").await);
        assert_eq!(states, ("given".to_owned(), "informed".to_owned()), "{system}");
        for purpose in ALWAYS {
            house.profile(&account, purpose).await.expect(200);
        }
        // It counts for what comes under the number from then on, and that is nobody's.
        house.profile(&device, "offers").await.expect(403);
        let alone = graph(&house, &device).await;
        assert_eq!(alone["fragments"].as_array().unwrap().len(), 1, "{alone}");
        assert_eq!(alone["fragments"][0]["banned"]["method"], "shared_device", "{alone}");
        // Who may speak for all of it still does.
        house.act("privacy", &device, json!({"act": "restrict", "target": "person"})).await.expect(200);
        house.profile(&account, "orders").await.problem(403, "restricted");
    }
    assert_eq!(house.tally(TallyName::DevicesShared).await, 2, "each once");
}

async fn a_yes_that_names_a_receipt_is_not_theirs_whose_receipt_it_is(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    for system in SYSTEMS {
        let (zed, receipt, name) = (format!("zed-{system}"), format!("receipt-{system}"), canary());
        let account = format!("user_id/{zed}");
        with_receipt(&house, system, (&zed, &receipt), &name).await;
        let before = house.state(&account, "news").await;
        let yes = json!({"news": true, "offers": true});
        send(&house, "site", answered(&receipt, "y1", yes.clone())).await;
        send(&house, "site", decided(&receipt, "y2", yes)).await;
        assert_eq!(house.state(&account, "news").await, before, "{system}");
        house.profile(&account, "news").await.expect(403);
        let read = house.profile(&format!("anonymous_id/{receipt}"), "news").await.expect(200);
        assert!(!read.text.contains(&name), "{system}: {}", read.text);
        assert!(!told(&house).await.iter().any(|told| told.contains(&name) && told.contains("readers")), "{system}");
    }
}

async fn what_is_done_under_a_receipt_ends_nothing_and_is_shown_and_sent_with_nobody_else(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    for system in SYSTEMS {
        let (zed, receipt, name) = (format!("zed-{system}"), format!("receipt-{system}"), canary());
        let (account, device) = (format!("user_id/{zed}"), format!("anonymous_id/{receipt}"));
        with_receipt(&house, system, (&zed, &receipt), &name).await;
        house.act("privacy", &account, act_on("grant", "news")).await.expect(200);
        house.advance(std::time::Duration::from_secs(60));
        let evil = canary();
        let traits = json!({"email": format!("{evil}@people.example"), "firstName": evil, "birthday": "2020-05-01"});
        let closed = json!({"type": "track", "event": "Account Closed", "anonymousId": receipt, "messageId": "e1"});
        let named = json!({"type": "identify", "anonymousId": receipt, "messageId": "e2", "traits": traits,
            "context": {"consent": {"categoryPreferences": {"news": true}}}});
        send(&house, "site", closed).await;
        send(&house, "site", named).await;
        send(&house, "site", viewed(None, &receipt, &evil)).await;
        // Something to tell of: what they bought next.
        send(&house, system, bought(&zed, &format!("p-{zed}"), json!({}))).await;
        let profile = house.profile(&account, "orders").await.expect(200).json;
        assert_eq!((&profile["metrics"]["orders"], &profile["traits"]["firstName"]), (&json!(3), &json!(name)));
        assert_eq!(house.state(&account, "orders").await, "active", "{system}");
        let (read, other) = (all_of(&house, &account).await, all_of(&house, &device).await);
        assert!(!read.contains(&evil), "{system}: {read}");
        assert!(other.contains(&evil) && !other.contains(&name), "{system}: {other}");
        let told = told(&house).await;
        assert!(told.iter().any(|told| told.contains(&name)), "{system}: {told:?}");
        let mixed = told.iter().find(|told| told.contains(&evil) && told.contains(&name));
        assert_eq!(mixed, None, "{system}");
    }
}

async fn who_signs_in_under_a_receipt_is_beside_them_at_most(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    for system in SYSTEMS {
        let (zed, receipt, name) = (format!("zed-{system}"), format!("receipt-{system}"), canary());
        let (account, device) = (format!("user_id/{zed}"), format!("anonymous_id/{receipt}"));
        with_receipt(&house, system, (&zed, &receipt), &name).await;
        let (mallory, evil) = (format!("mallory-{system}"), canary());
        let mut typed = viewed(Some(&zed), &receipt, &format!("v-{evil}"));
        typed["context"] = json!({"traits": {"email": format!("{evil}@people.example")},
            "consent": {"categoryPreferences": {"offers": false}}});
        send(&house, "site", typed).await;
        send(&house, "site", viewed(Some(&mallory), &receipt, "v2")).await;
        send(&house, "site", viewed(None, &receipt, "v3")).await;
        assert_eq!(house.state(&account, "offers").await, "informed", "{system}");
        assert!(!all_of(&house, &account).await.contains(&evil), "{system}: a claim that said no is shown with them");
        for person in [format!("user_id/{mallory}"), device.clone()] {
            let read = all_of(&house, &person).await;
            assert!(!read.contains(&name) && !read.contains(&zed), "{system}: {person}: {read}");
            assert_ne!(house.profile_id(&person).await, house.profile_id(&account).await, "{system}: {person}");
        }
        assert_eq!(views(&house, &device).await, 1, "{system}");
    }
}

/// As on any site: it is the browser that made the id, whatever the system is told of it later.
async fn a_browser_that_a_system_verifies_later_speaks_for_whose_it_is(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    // Looked at something; said no to all, of which the decision alone is kept; signed in by a claim.
    let looked = viewed(None, "phone0", "f0");
    let refused = answered("phone1", "f1", json!({"news": false, "offers": false}));
    let signed_in = viewed(Some("zed2"), "phone2", "f2");
    for (place, first) in [looked, refused, signed_in].into_iter().enumerate() {
        let (zed, phone) = (format!("zed{place}"), format!("phone{place}"));
        let account = format!("user_id/{zed}");
        send(&house, "site", first).await;
        house.restart().await;
        let mut order = bought(&zed, &format!("o-{zed}"), json!({}));
        order["anonymousId"] = json!(phone);
        send(&house, "shop", order).await;
        send(&house, "site", decided(&phone, "d1", json!({"news": true}))).await;
        assert_eq!(house.state(&account, "news").await, "given", "{place}");
        send(&house, "site", decided(&phone, "d2", json!({"news": false}))).await;
        assert_eq!(house.state(&account, "news").await, "withdrawn", "{place}");
        assert_eq!(house.profile_id(&account).await, house.profile_id(&format!("anonymous_id/{phone}")).await);
    }
    assert_eq!(house.tally(TallyName::DevicesShared).await, 0);
}

/// Nothing of what a browser sends may be kept before somebody agrees, so a system is often the first to name it.
async fn an_id_that_nobody_guesses_is_a_browsers_whoever_names_it_first(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let browsers = ["5b0c4f0e-91d2-4c1a-a3b7-2f60b7c9d4e1", "01957ac0-7e5f-7c3e-9f0e-6b1d5a3c2f10"];
    for (place, browser) in browsers.into_iter().enumerate() {
        let (zed, account) = (format!("zed{place}"), format!("user_id/zed{place}"));
        with_receipt(&house, "shop", (&zed, browser), "Zed").await;
        send(&house, "site", decided(browser, &format!("d{place}"), json!({"news": true}))).await;
        assert_eq!(house.state(&account, "news").await, "given", "{place}");
        assert_eq!(house.profile_id(&account).await, house.profile_id(&format!("anonymous_id/{browser}")).await);
    }
    assert_eq!(house.tally(TallyName::DevicesShared).await, 0);
    // A UUID of time and place is no secret.
    with_receipt(&house, "shop", ("yan", "c232ab00-9414-11ec-b3c8-9f6bdeced846"), "Yan").await;
    send(&house, "site", decided("c232ab00-9414-11ec-b3c8-9f6bdeced846", "d9", json!({"news": true}))).await;
    assert_eq!(house.state("user_id/yan", "news").await, "unknown");
}

async fn a_proof_makes_a_device_of_ones_own_receipt_and_of_nobody_elses(engine: Engine) {
    let house = House::open(engine, &with_proofs(&[TOKEN_KEY], &[])).await;
    let signed = |user: &str, receipt: &str| {
        let mut event = viewed(Some(user), receipt, &format!("s-{user}-{receipt}"));
        event["context"] = json!({"identityProof": {"jwt": site_token(&claims(user))}});
        event
    };
    with_receipt(&house, "shop", ("zed", "receipt-1"), "Zed").await;
    send(&house, "site", signed("zed", "receipt-1")).await;
    send(&house, "site", decided("receipt-1", "d1", json!({"news": true}))).await;
    assert_eq!(house.state("user_id/zed", "news").await, "given", "they have proven that they use it");
    assert_eq!(house.tally(TallyName::DevicesShared).await, 0);

    // A receipt that names an address alone, and a number that somebody else, who can sign in, found in the bin.
    let (email, name) = (format!("{}@people.example", canary()), canary());
    let order = json!({"type": "track", "event": "Order Completed", "anonymousId": "receipt-2", "messageId": "o2",
        "context": {"traits": {"email": email, "firstName": name}}});
    send(&house, "till", order).await;
    send(&house, "shop", bought("mallory", "m3", json!({}))).await;
    send(&house, "site", signed("mallory", "receipt-2")).await;
    assert_eq!(proofs(&house).await, (2, 0));
    let read = all_of(&house, "user_id/mallory").await;
    assert!(!read.contains(&name) && !read.contains(&email), "{read}");
    let own = house.profile(&format!("email/{email}"), "orders").await.expect(200).json;
    assert_eq!((&own["traits"]["firstName"], &own["metrics"]["orders"]), (&json!(name), &json!(1)));
    assert_ne!(house.profile_id("user_id/mallory").await, house.profile_id(&format!("email/{email}")).await);
}

/// A system tells of a customer what no purpose lets it keep. From then on no claim speaks for them.
async fn whom_a_system_names_is_known_though_nothing_may_be_kept(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    for (place, first) in [true, false].into_iter().enumerate() {
        let (bea, account) = (format!("bea{place}"), format!("user_id/bea{place}"));
        let address = format!("{bea}@people.example");
        let named = |message: &str| {
            json!({"type": "identify", "userId": bea, "messageId": format!("{message}-{bea}"),
                "traits": {"email": address, "firstName": "Bea"}})
        };
        let claimed = |device: &str, evil: &str| {
            json!({"type": "identify", "userId": bea, "anonymousId": device, "messageId": format!("c-{evil}"),
                "traits": {"email": format!("{evil}@people.example")},
                "context": {"consent": {"categoryPreferences": {"news": true}}}})
        };
        let dropped = house.tally(TallyName::EventsUnpermitted).await;
        if first {
            send(&house, "crm", named("k1")).await;
            assert!(!house.is_known(&account).await, "of whom nobody has told anything, nothing is kept");
        }
        let stranger = format!("stranger{place}");
        send(&house, "site", claimed(&stranger, &canary())).await;
        send(&house, "crm", named("k2")).await;
        assert_eq!(house.tally(TallyName::EventsUnpermitted).await, dropped + 1 + u64::from(first));
        let before = told(&house).await;
        let evil = canary();
        send(&house, "site", claimed(&stranger, &evil)).await;
        send(&house, "site", claimed(&format!("{stranger}-2"), &evil)).await;
        for usage in ["profile", "segment", "analyse", "contact:email", "share:mailer"] {
            let ask = json!({"identifier": {"kind": "user_id", "value": bea}, "purpose": "news", "use": usage});
            let verdict = house.permit(ask).await;
            assert!(verdict["allow"] == false && verdict["reason"] == "only_claimed", "{usage}: {verdict}");
        }
        assert_eq!(house.state(&account, "news").await, "unknown");
        assert!(!house.members("readers").await.contains(&house.profile_id(&account).await));
        let told = told(&house).await;
        let sent: Vec<&String> = told.iter().filter(|told| !before.contains(told) && told.contains(&evil)).collect();
        assert_eq!(sent, [""; 0], "{first}: a stranger's address was sent");
        // Nothing of what the system said was kept.
        let read = all_of(&house, &account).await + &graph(&house, &account).await.to_string();
        assert!(!read.contains(&address) && !read.contains("\"Bea\""), "{read}");
        // What they say themselves counts.
        house.act("privacy", &account, act_on("grant", "news")).await.expect(200);
        assert_eq!(house.state(&account, "news").await, "given");
    }
}

/// Two whom a system names at once are parted by nothing that it says, and both from whoever else claimed one of them.
async fn what_they_claimed_themselves_stays_with_whom_a_system_names(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let form = |user: &str, device: &str, email: &str| {
        json!({"type": "identify", "userId": user, "anonymousId": device, "messageId": format!("f-{device}"),
            "traits": {"email": email}, "context": {"consent": {"categoryPreferences": {"news": true}}}})
    };
    let crm = |user: &str, email: &str| {
        let traits = json!({"email": email});
        json!({"type": "identify", "userId": user, "messageId": format!("k-{user}"), "traits": traits})
    };
    let own = format!("{}@people.example", canary());
    send(&house, "site", form("bea", "phone", &own)).await;
    send(&house, "crm", crm("bea", &own)).await;
    let graph_of = graph(&house, "user_id/bea").await;
    assert!(graph_of["left_out"] == json!([]) && graph_of["fragments"].as_array().unwrap().len() == 3, "{graph_of}");
    assert_eq!(house.state("user_id/bea", "news").await, "unknown", "it is a claim still");

    let cas = format!("{}@people.example", canary());
    send(&house, "shop", bought("mallory", "m1", json!({}))).await;
    send(&house, "site", form("mallory", "laptop", &cas)).await;
    send(&house, "site", viewed(Some("cas"), "tablet", "c1")).await;
    send(&house, "crm", crm("cas", &cas)).await;
    let (person, mallory) = (format!("email/{cas}"), house.profile_id("user_id/mallory").await);
    assert_ne!(house.profile_id(&person).await, mallory);
    assert_ne!(house.profile_id("anonymous_id/laptop").await, house.profile_id(&person).await);
    assert!(graph(&house, "user_id/mallory").await.to_string().contains("known_apart"));
}
