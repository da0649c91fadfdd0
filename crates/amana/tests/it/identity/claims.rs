//! What a public key may not do, and what a shared device must not mix (DESIGN §5 *Merge algebra*, §6 *Trust*).

use super::staff::decide;
use super::{bought, viewed, views};
use crate::support::{CATALOG, Engine, House, act_on, canary, on_both_engines, reply, write_key};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    a_public_key_cannot_withdraw_grant_or_read_for_somebody_else,
    a_shared_tablet_never_shows_one_persons_browsing_to_the_other,
    a_second_device_that_has_said_nothing_withdraws_nothing,
    a_claim_makes_nobody_of_two_whom_systems_know,
    a_claim_throws_nobody_out_of_an_audience,
);

/// A page of the site with consent fields.
fn said(user: Option<&str>, device: &str, message: &str, preferences: Json) -> Json {
    json!([{"type": "page", "userId": user, "anonymousId": device, "messageId": message,
        "context": {"consent": {"categoryPreferences": preferences}}}])
}

/// What a browser sends that says no to everybody (Global Privacy Control).
async fn send_with_gpc(house: &House, events: Json) {
    let request = house.client().post(format!("{}/v1/batch", house.base)).basic_auth(write_key("site"), None::<&str>);
    let request = request.header("sec-gpc", "1").header("content-type", "application/json");
    reply(request.body(json!({ "batch": events }).to_string())).await.expect(200);
    house.settle().await;
}

async fn minute(house: &House) {
    house.advance(Duration::from_secs(60));
}

async fn a_public_key_cannot_withdraw_grant_or_read_for_somebody_else(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let (name, email) = (canary(), format!("{}@people.example", canary()));
    let ann = bought("ann", "m1", json!({"email": email, "firstName": name}));
    house.send("shop", json!([ann, bought("bob", "m2", json!({}))])).await.expect(200);
    house.act("privacy", "user_id/ann", act_on("grant", "news")).await.expect(200);
    minute(&house).await;
    let before = house.permissions("user_id/ann").await;

    // Whoever knows the site's key, which stands in its pages, says no in Ann's name: with her user id, with her address,
    // and on a device that is taken for hers by what was done on it.
    for device in ["stranger", "stranger-4"] {
        house.send("site", json!([viewed(Some("ann"), device, &format!("{device}-looks"))])).await.expect(200);
    }
    assert_eq!(views(&house, "user_id/ann").await, 2, "they claim to be hers");
    house.send("site", said(Some("ann"), "stranger", "c1", json!({"news": false, "offers": false}))).await.expect(200);
    assert_eq!(house.state("user_id/ann", "offers").await, "informed", "nor is an objection hers");
    house.profile("user_id/ann", "offers").await.expect(200);
    let named = json!([{"type": "identify", "userId": "ann", "anonymousId": "stranger-2", "messageId": "c2",
        "traits": {"email": email}, "context": {"consent": {"categoryPreferences": {"news": false}}}}]);
    house.send("site", named).await.expect(200);
    let changed = json!([{"type": "track", "event": "Segment Consent Preference Updated", "userId": "ann",
        "messageId": "c3", "context": {"consent": {"categoryPreferences": {"news": false, "offers": false}}}}]);
    house.send("site", changed).await.expect(200);
    let browser = json!([{"type": "page", "userId": "ann", "anonymousId": "stranger-4", "messageId": "c5"}]);
    send_with_gpc(&house, browser).await;
    assert_eq!(house.state("user_id/ann", "news").await, "given");
    house.profile("user_id/ann", "offers").await.expect(200);
    assert_eq!(house.permission("user_id/ann", "news").await["since"], since(&before, "news"));
    house.profile("user_id/ann", "news").await.expect(200);

    // And a yes in the name of Bob, who never said one.
    house.send("site", said(Some("bob"), "stranger-3", "c4", json!({"news": true}))).await.expect(200);
    house.send("shop", json!([bought("bob", "m3", json!({"lastName": name}))])).await.expect(200);
    let bob = house.get("privacy", "profiles/user_id/bob?purpose=news&explain=true").await;
    assert!(!bob.text.contains(&name), "a consent that a stranger claimed opened Bob's account");

    // Nor does claiming an address read what is known by it.
    for device in ["stranger", "stranger-2", "stranger-3", "stranger-4"] {
        for purpose in ["orders", "news", "offers"] {
            let path = format!("profiles/anonymous_id/{device}?purpose={purpose}&explain=true");
            let read = house.get("privacy", &path).await;
            assert!(!read.text.contains(&name), "{device} reads Ann for {purpose}");
        }
        // What she bought, and the form on which she agreed.
        for what in ["timeline?purpose=orders", "timeline?purpose=offers", "permissions", "permissions?history=true"] {
            let read = house.get("privacy", &format!("profiles/anonymous_id/{device}/{what}")).await;
            let hers = ["Order Completed", "\"form\""].into_iter().find(|hers| read.text.contains(hers));
            assert_eq!(hers, None, "{device}, {what}: {}", read.text);
        }
        let graph = house.get("privacy", &format!("profiles/anonymous_id/{device}/identity?purpose=orders")).await;
        assert!(!graph.text.contains(&email) && !graph.text.contains("\"ann\""), "{device}: {}", graph.text);
    }
    of_mere_claims_each_speaks_for_itself(&house).await;
    for_whom_systems_know_no_claim_speaks(&house).await;
    who_claims_after_a_join_stops_nothing(&house).await;
    who_claims_both_of_a_join_makes_no_one_of_them(&house).await;
    what_two_devices_typed_leads_to_nobody_who_is_known(&house).await;
    on_a_shared_device_of_theirs_only_a_proof_speaks_for_them(&house).await;

    // The key opens no door but the one for events.
    let request = house.client().get(format!("{}/api/v1/profiles/user_id/ann?purpose=orders", house.base));
    let read = request.bearer_auth(write_key("site")).send().await.unwrap();
    assert_eq!(read.status(), 401);
}

/// An identify of the site, with an answer about the news.
fn answered(person: &str, device: &str, message: &str, traits: Json, answer: bool) -> Json {
    json!([{"type": "identify", "userId": person, "anonymousId": device, "messageId": message, "traits": traits,
        "context": {"consent": {"categoryPreferences": {"news": answer}}}}])
}

/// Somebody whom no system ever named: what the key says of them is a claim, whether it is theirs or a stranger's.
async fn of_mere_claims_each_speaks_for_itself(house: &House) {
    let (name, account) = (canary(), "user_id/cleo");
    house.send("site", answered("cleo", "cleo-phone", "l1", json!({"firstName": name}), true)).await.expect(200);
    minute(house).await;
    let before = house.permission(account, "news").await;
    assert_eq!(before["state"], "given");

    // A no, an objection by the browser, a child's birthday and another country, all in her name.
    let unheard = canary();
    let child = json!({"birthday": "2020-05-01", "address": {"country": "TH"}, "lastName": unheard});
    house.send("site", answered("cleo", "stranger-5", "l2", child, false)).await.expect(200);
    house.send("site", json!([viewed(Some("cleo"), "stranger-6", "l3")])).await.expect(200);
    let gpc = json!([{"type": "page", "userId": "cleo", "anonymousId": "stranger-6", "messageId": "l4"}]);
    send_with_gpc(house, gpc).await;
    let after = house.permission(account, "news").await;
    assert_eq!((&after["state"], &after["since"]), (&before["state"], &before["since"]));
    let read = house.profile(account, "news").await.expect(200);
    assert!(read.json["traits"]["firstName"] == name.as_str(), "a stranger stopped it");
    assert!(!read.text.contains(&unheard), "what came with the no is not used");

    // Nobody is written to because of what a key has said.
    let mail = json!({"identifier": {"kind": "user_id", "value": "cleo"}, "purpose": "news", "use": "contact:email"});
    assert_eq!(house.permit(mail).await["reason"], "only_claimed");

    // She takes it back where she gave it; the yes of a stranger opens what the stranger brought and nothing of hers.
    house.send("site", answered("cleo", "cleo-phone", "l5", json!({}), false)).await.expect(200);
    house.profile(account, "news").await.problem(403, "consent_withdrawn");
    let other = canary();
    house.send("site", answered("cleo", "stranger-7", "l6", json!({"firstName": other}), true)).await.expect(200);
    let read = house.get("privacy", &format!("profiles/{account}?purpose=news&explain=true")).await.expect(200);
    assert!(!read.text.contains(&name), "a stranger's yes opened what came from her");
    house.profile("anonymous_id/cleo-phone", "news").await.problem(403, "consent_withdrawn");
}

/// Somebody whom a system knows and who has told it nothing of their consent: a key speaks for the device it is used on, and
/// neither puts them into an audience nor stops what they tell the system later.
async fn for_whom_systems_know_no_claim_speaks(house: &House) {
    let known = json!([{"type": "identify", "userId": "dora", "messageId": "m4", "traits": {"firstName": "Dora"},
        "context": {"consent": {"categoryPreferences": {"offers": true}}}}]);
    house.send("crm", known).await.expect(200);
    let (account, other, before) = ("user_id/dora", canary(), house.members("readers").await);
    let claimed = json!({"firstName": other, "email": format!("{other}@people.example")});
    house.send("site", answered("dora", "stranger-8", "d1", claimed, true)).await.expect(200);
    for usage in ["profile", "segment", "analyse", "contact:email", "share:mailer"] {
        let ask = json!({"identifier": {"kind": "user_id", "value": "dora"}, "purpose": "news", "use": usage});
        let verdict = house.permit(ask).await;
        assert!(verdict["allow"] == false && verdict["reason"] == "only_claimed", "{usage}: {verdict}");
    }
    assert_eq!(house.state(account, "news").await, "unknown");
    // What the device brought can be read, by itself and with her; nothing of hers can.
    for named in [account, "anonymous_id/stranger-8"] {
        let read = house.profile(named, "news").await.expect(200);
        assert!(read.text.contains(&other) && !read.text.contains("Dora"), "{named}: {}", read.text);
    }
    // The device stands in audiences for itself, and recipients are told of nobody else.
    let dora = house.profile_id(account).await;
    let belonging = house.members("readers").await;
    assert!(!belonging.contains(&dora) && belonging.len() == before.len() + 1, "{belonging:?} {before:?}");
    assert_eq!(house.profile(account, "news").await.json["audiences"], json!([]));
    let device = house.profile("anonymous_id/stranger-8", "news").await.json;
    assert!(device["audiences"] == json!(["readers"]) && belonging.contains(&text(&device["profile_id"])), "{device}");
    house.delivered("mailer").await;
    let told = |house: &House| house.heard("audience.entered", "readers").into_iter().map(|one| one.json()).collect();
    let before: Vec<Json> = told(house);
    let named = before.iter().find(|told| told.to_string().contains(&other));
    assert_eq!(named, None, "what a stranger calls her is no name to write to");

    // What she says counts, whatever is claimed; then what agreed beside her is read with her.
    minute(house).await;
    house.act("privacy", account, act_on("grant", "news")).await.expect(200);
    house.send("site", answered("dora", "stranger-9", "d3", json!({}), false)).await.expect(200);
    assert_eq!(house.state(account, "news").await, "given");
    let belonging = house.members("readers").await;
    assert!(belonging.contains(&dora) && !belonging.contains(&text(&device["profile_id"])), "{belonging:?}");
    house.delivered("mailer").await;
    let hers: Vec<Json> = told(house).into_iter().skip(before.len()).collect();
    let ids = |all: &[Json]| all.iter().map(|told| text(&told["data"]["profile_id"])).collect::<Vec<_>>();
    assert!(hers.len() == 1 && !ids(&before).contains(&ids(&hers)[0]), "she is told of by an id of her own");
    house.send("site", answered("dora", "stranger-8", "d2", json!({}), false)).await.expect(200);
    assert_eq!(house.state(account, "news").await, "given");
    assert!(house.members("readers").await.contains(&dora));
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Two whom nobody but claims has named, and whom staff joined: what was claimed before that they knew; who comes later is
/// anybody.
async fn who_claims_after_a_join_stops_nothing(house: &House) {
    for (person, answer) in [("gus", true), ("hal", true)] {
        let (device, message) = (format!("{person}-phone"), format!("{person}-1"));
        house.send("site", answered(person, &device, &message, json!({}), answer)).await.expect(200);
    }
    minute(house).await;
    decide(house, "join", "user_id/gus", &["user_id/hal"], false).await.expect(200);
    minute(house).await;
    for (place, person) in ["gus", "hal"].into_iter().enumerate() {
        let device = format!("stranger-1{place}");
        house.send("site", answered(person, &device, &format!("j{place}"), json!({}), false)).await.expect(200);
        assert_eq!(house.state("user_id/gus", "news").await, "given", "{person}");
        house.profile("user_id/gus", "news").await.expect(200);
    }
    // Of the two themselves the more restrictive counts.
    house.send("site", answered("hal", "hal-phone", "hal-2", json!({}), false)).await.expect(200);
    house.profile("user_id/gus", "news").await.problem(403, "consent_withdrawn");
}

/// One who says no and one who says yes, joined by staff: a stranger who claims to be both lifts no no.
async fn who_claims_both_of_a_join_makes_no_one_of_them(house: &House) {
    for (person, answer) in [("ida", true), ("jon", false)] {
        let (device, message) = (format!("{person}-phone"), format!("{person}-1"));
        house.send("site", answered(person, &device, &message, json!({}), answer)).await.expect(200);
    }
    decide(house, "join", "user_id/ida", &["user_id/jon"], false).await.expect(200);
    minute(house).await;
    let before = house.state("user_id/ida", "news").await;
    assert_ne!(before, "given");
    for person in ["ida", "jon"] {
        let looks = viewed(Some(person), "stranger-12", &format!("{person}-2"));
        house.send("site", json!([looks])).await.expect(200);
    }
    assert_eq!(house.state("user_id/ida", "news").await, before);
    assert_ne!(house.get("privacy", "profiles/user_id/jon?purpose=news").await.status, 200);
}

/// Somebody whom nobody knows yet types an address, and a customer types it on a device of their own: before, after, and beside
/// an address that they confirm. They are shown nothing of what was done there, and what they say stops nothing there.
async fn what_two_devices_typed_leads_to_nobody_who_is_known(house: &House) {
    for (place, way) in ["first", "later", "confirmed"].into_iter().enumerate() {
        let (name, address) = (canary(), format!("{}@people.example", canary()));
        let (device, own) = (format!("victim-{place}"), format!("own-{place}"));
        let (customer, confirmed) = (format!("kim{place}"), format!("{}@people.example", canary()));
        let victim = json!([{"type": "identify", "anonymousId": device, "messageId": format!("v{place}"),
            "traits": {"email": address, "firstName": name}, "context": {"consent": {"categoryPreferences": {"news": true}}}}]);
        let typed = |user: Option<&str>, email: &str, message: String| {
            json!([{"type": "identify", "userId": user, "anonymousId": own, "messageId": message,
                "traits": {"email": email}, "context": {"consent": {"categoryPreferences": {"news": true}}}}])
        };
        let account = format!("user_id/{customer}");
        let person = if way == "confirmed" { format!("email/{confirmed}") } else { account };
        if way == "confirmed" {
            house.send("site", victim).await.expect(200);
            house.send("site", typed(None, &address, format!("w{place}"))).await.expect(200);
            house.send("site", typed(None, &confirmed, format!("x{place}"))).await.expect(200);
        } else {
            house.send("shop", json!([bought(&customer, &format!("k{place}"), json!({}))])).await.expect(200);
            let own = typed(Some(&customer), &address, format!("w{place}"));
            for events in if way == "first" { [victim, own] } else { [own, victim] } {
                house.send("site", events).await.expect(200);
            }
        }
        minute(house).await;
        house.act("privacy", &person, act_on("grant", "news")).await.expect(200);
        let mut shown = String::new();
        for path in
            ["?purpose=news&explain=true", "?purpose=orders", "/timeline?purpose=news", "/identity?purpose=news"]
        {
            shown += &house.get("privacy", &format!("profiles/{person}{path}")).await.text;
        }
        assert!(!shown.contains(&name) && !shown.contains(&device), "{way}: {shown}");
        house.act("privacy", &person, act_on("withdraw", "news")).await.expect(200);
        let read = house.profile(&format!("anonymous_id/{device}"), "news").await.expect(200);
        assert_eq!(read.json["traits"]["firstName"], name.as_str(), "{way}: stopped by somebody else");
    }
}

/// A tablet that is proven to be hers and on which somebody else signs in, too: whoever names her there by the site's key is
/// anybody.
async fn on_a_shared_device_of_theirs_only_a_proof_speaks_for_them(house: &House) {
    for (person, message) in [("eve", "m5"), ("fay", "m6")] {
        house.send("shop", json!([bought(person, message, json!({}))])).await.expect(200);
        house.send("shop", json!([viewed(Some(person), "tablet", &format!("{message}-tablet"))])).await.expect(200);
    }
    house.act("privacy", "user_id/eve", act_on("grant", "news")).await.expect(200);
    minute(house).await;
    house.send("site", said(Some("eve"), "tablet", "c6", json!({"news": false, "offers": false}))).await.expect(200);
    let states = (house.state("user_id/eve", "news").await, house.state("user_id/eve", "offers").await);
    assert_eq!(states, ("given".to_owned(), "informed".to_owned()));
    assert_eq!(views(house, "user_id/eve").await, 1, "what she did there is hers");
}

fn since(permissions: &Json, purpose: &str) -> Json {
    let all = permissions["permissions"].as_array().unwrap();
    all.iter().find(|known| known["purpose"] == purpose).unwrap()["since"].clone()
}

/// Whichever signs in first, and whoever says so: a public key that claims or a system that verifies.
async fn a_shared_tablet_never_shows_one_persons_browsing_to_the_other(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    for (place, (first, second)) in
        [("site", "site"), ("site", "shop"), ("shop", "site"), ("shop", "shop")].into_iter().enumerate()
    {
        let (ann, bob, tablet) = (format!("ann{place}"), format!("bob{place}"), format!("tablet{place}"));
        let cy = format!("cy{place}");
        let message = |name: &str| format!("{name}-{place}");
        let customers = json!([
            bought(&ann, &message("m1"), json!({"firstName": ann})),
            bought(&bob, &message("m2"), json!({"firstName": bob})),
            bought(&cy, &message("m3"), json!({"firstName": cy}))
        ]);
        house.send("shop", customers).await.expect(200);
        let view = |user: &str, name: &str| json!([viewed(Some(user), &tablet, &message(name))]);
        house.send(first, view(&ann, "a1")).await.expect(200);
        house.send(first, view(&ann, "a2")).await.expect(200);
        // Nor is anybody shown what nobody signed in for, whoever signed in last.
        let nobody = |name: &str| json!([viewed(None, &tablet, &message(name))]);
        for (place, (source, events)) in [
            (second, view(&bob, "b1")),
            (first, view(&ann, "a3")),
            (second, view(&bob, "b2")),
            ("site", view(&cy, "c1")),
            ("site", view(&bob, "b3")),
            ("site", view(&ann, "a4")),
        ]
        .into_iter()
        .enumerate()
        {
            house.send(source, events).await.expect(200);
            for source in ["site", "shop"] {
                house.send(source, nobody(&format!("n{place}{source}"))).await.expect(200);
            }
        }
        let named = format!("{first} then {second}");
        for (person, others, looks) in [(&ann, [&bob, &cy], 4), (&bob, [&ann, &cy], 3), (&cy, [&ann, &bob], 1)] {
            assert_eq!(views(&house, &format!("user_id/{person}")).await, looks, "{named}: {person}");
            for path in ["?purpose=orders&explain=true", "?purpose=offers&explain=true", "/timeline?purpose=offers"] {
                let shown = house.get("privacy", &format!("profiles/user_id/{person}{path}")).await.expect(200).text;
                for other in others {
                    // Whatever they look at is called by the first letter of their name.
                    let looks = (1..9).map(|look| format!("\"{}\"", message(&format!("{}{look}", &other[..1]))));
                    let found = looks.chain([other.clone()]).find(|look| shown.contains(look));
                    assert_eq!(found, None, "{named}: {person} shows {other}, {path}");
                }
            }
        }
        assert_ne!(
            house.profile_id(&format!("user_id/{ann}")).await,
            house.profile_id(&format!("user_id/{bob}")).await
        );
    }
}

async fn a_second_device_that_has_said_nothing_withdraws_nothing(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house.send("shop", json!([bought("ann", "m1", json!({}))])).await.expect(200);
    house.send("shop", said(Some("ann"), "phone", "c1", json!({"news": true}))).await.expect(200);
    let given = house.permission("user_id/ann", "news").await;
    assert_eq!(given["state"], "given");
    minute(&house).await;
    // A new device: nothing at all, an empty list, and the default of a banner nobody has clicked.
    house.send("shop", json!([viewed(Some("ann"), "laptop", "d1")])).await.expect(200);
    house.send("shop", said(Some("ann"), "laptop", "d2", json!({}))).await.expect(200);
    house.send("shop", said(Some("ann"), "laptop", "d3", json!({"news": false}))).await.expect(200);
    // Somebody opens the settings there and closes them again.
    let closed = json!([{"type": "track", "event": "Segment Consent Preference Updated", "userId": "ann",
        "anonymousId": "laptop", "messageId": "d6", "context": {"consent": {"categoryPreferences": {}}}}]);
    house.send("shop", closed).await.expect(200);
    house.send("site", json!([viewed(Some("ann"), "watch", "d4")])).await.expect(200);
    house.send("site", said(Some("ann"), "watch", "d5", json!({"news": false}))).await.expect(200);
    let after = house.permission("user_id/ann", "news").await;
    assert_eq!((&after["state"], &after["since"]), (&given["state"], &given["since"]), "{after}");
    assert_eq!(after["uses"]["profile"]["allow"], true);
    house.profile("user_id/ann", "news").await.expect(200);
    assert_eq!(house.state("user_id/ann", "offers").await, "informed", "and to nothing else was said no either");
    house.profile("user_id/ann", "offers").await.expect(200);
}

/// Somebody whom a system knows by an address alone, and an account that claims the address: before the system knew of it, and
/// after.
async fn a_claim_makes_nobody_of_two_whom_systems_know(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    for (place, first) in ["known", "claimed"].into_iter().enumerate() {
        let (ann, device, secret) = (format!("ann{place}"), format!("device{place}"), canary());
        let (address, victim) = (format!("v{place}@people.example"), format!("email/v{place}@people.example"));
        house.send("shop", json!([bought(&ann, &format!("m{place}"), json!({}))])).await.expect(200);
        let knows = json!([{"type": "track", "event": "Order Completed", "anonymousId": format!("call{place}"),
            "messageId": format!("k{place}"), "context": {"traits": {"email": address, "firstName": secret}}}]);
        let claim = json!([{"type": "track", "event": "Product Viewed", "userId": ann, "anonymousId": device,
            "messageId": format!("c{place}"), "context": {"traits": {"email": address}}}]);
        let (one, other) =
            if first == "known" { (("crm", knows), ("site", claim)) } else { (("site", claim), ("crm", knows)) };
        for (source, events) in [one, other] {
            house.send(source, events).await.expect(200);
            minute(&house).await;
        }
        let read = house.get("privacy", &format!("profiles/user_id/{ann}?purpose=orders&explain=true")).await;
        assert!(!read.text.contains(&secret), "{first} first, before anybody decides: {}", read.text);
        house.act("privacy", &victim, act_on("grant", "news")).await.expect(200);
        house.act("privacy", &format!("user_id/{ann}"), act_on("withdraw", "news")).await.expect(200);
        minute(&house).await;
        for purpose in ["orders", "offers"] {
            let path = format!("profiles/user_id/{ann}?purpose={purpose}&explain=true");
            let read = house.get("privacy", &path).await;
            assert!(!read.text.contains(&secret), "{first} first: {}", read.text);
        }
        assert_eq!(house.state(&victim, "news").await, "given", "{first} first");
        assert_ne!(house.profile_id(&victim).await, house.profile_id(&format!("user_id/{ann}")).await, "{first} first");
        assert_eq!(house.profile(&victim, "orders").await.expect(200).json["traits"]["firstName"], secret.as_str());
    }
}

/// What comes without a consent is hidden from the news; hidden is not absent, and it is not hers.
async fn a_claim_throws_nobody_out_of_an_audience(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let email = format!("{}@people.example", canary());
    let known = json!([{"type": "identify", "userId": "vera", "messageId": "m1", "traits": {"email": email},
        "context": {"consent": {"categoryPreferences": {"news": true}}}}]);
    house.send("crm", known).await.expect(200);
    let vera = house.profile_id("user_id/vera").await;
    assert_eq!(house.members("readers").await, std::slice::from_ref(&vera));
    minute(&house).await;
    let claim = json!([{"type": "track", "event": "Order Completed", "userId": "vera", "anonymousId": "stranger",
        "messageId": "c1", "properties": {"revenue": 5}}]);
    house.send("site", claim).await.expect(200);
    assert_eq!(house.members("readers").await, [vera], "who knows the site's key has thrown her out");
    let read = house.profile("user_id/vera", "news").await.expect(200).json;
    assert_eq!(read["metrics"]["orders"], 0, "{read}");
    house.delivered("mailer").await;
    assert_eq!(
        (house.heard("audience.entered", "readers").len(), house.heard("audience.exited", "readers").len()),
        (1, 0)
    );
}
