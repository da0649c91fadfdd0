//! What an event proves of the notices that people saw: the one that is about the purpose, in the version that was
//! served then, once (GDPR Art. 5(2), 13).

use crate::support::{CATALOG, Engine, House, act_on, on_both_engines};
use amana::hash::sha256_hex;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    each_act_of_an_event_names_the_notice_about_its_purpose,
    a_new_version_of_a_notice_is_recorded_once_and_moves_no_state,
    what_happened_before_a_version_claims_it_not,
    a_shared_device_is_told_by_itself,
    a_notice_to_come_informs_nobody,
    until_its_day_the_version_before_an_announced_one_is_what_people_see,
    no_request_and_no_file_claims_an_announced_version,
    no_request_and_no_file_claims_a_notice_before_its_first_day,
    no_request_and_no_file_claims_a_version_from_before_it_was_applied,
);

const HOUR: Duration = Duration::from_hours(1);
const DEVICE: &str = "anonymous_id/d1";

/// News have a notice of their own on the site; the shop's system shows only the other one.
fn two_notices() -> String {
    let letters = "\n[[notices]]\ncode = \"letters\"\nversion = 4\npurposes = [\"news\"]\n\
        texts.en = { title = \"Letters\", text = \"What we write to you.\" }\n\n[[sources]]";
    let catalog = CATALOG
        .replacen("purposes = [\"orders\", \"news\", \"offers\"]", "purposes = [\"orders\", \"offers\"]", 1)
        .replacen("\n[[sources]]", letters, 1)
        .replacen("notices = [\"privacy\"]\nreads_device", "notices = [\"privacy\", \"letters\"]\nreads_device", 1)
        .replacen("code = \"site\"\n", "code = \"site\"\njurisdiction = \"DE\"\n", 1)
        .replacen("code = \"shop\"\nbrand", "code = \"shop\"\njurisdiction = \"US-CA\"\nbrand", 1);
    assert!(catalog.contains("\"letters\"]") && catalog.contains("US-CA"));
    catalog
}

fn page(device: &str, message: &str, more: Json) -> Json {
    let mut event = json!({"type": "page", "anonymousId": device, "messageId": message});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!([event])
}

/// The acts of a person's history, oldest first: what was done about which purpose, with its evidence.
async fn history(house: &House, person: &str) -> Vec<(String, String, Json)> {
    let path = format!("profiles/{person}/permissions?history=true");
    let told = house.get("privacy", &path).await.expect(200).json;
    let entries = told["history"].as_array().unwrap().iter().filter(|entry| entry["act"].is_object());
    let word = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    entries.map(|entry| (word(&entry["purpose"]), word(&entry["act"]["act"]), entry["act"].clone())).collect()
}

/// How often somebody was informed about a purpose, and by what.
async fn informed(house: &House, person: &str, purpose: &str) -> Vec<Json> {
    let all = history(house, person).await.into_iter();
    let about = all.filter(|(known, act, _)| known == purpose && act == "inform");
    about.map(|(.., act)| act["notice"].clone()).collect()
}

fn notice(code: &str, version: u32) -> Json {
    json!({"code": code, "version": version})
}

async fn each_act_of_an_event_names_the_notice_about_its_purpose(engine: Engine) {
    let house = House::open(engine, &two_notices()).await;
    let context = json!({"context": {"locale": "en-GB", "consent": {"categoryPreferences": {"news": true}}}});
    house.send("site", page("d1", "m1", context)).await.expect(200);
    house.advance(HOUR);
    let order = json!([{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m2",
        "context": {"locale": "en", "consent": {"categoryPreferences": {"news": true}}}}]);
    house.send("shop", order).await.expect(200);

    let device = history(&house, DEVICE).await;
    let told: Vec<_> = device.iter().map(|(purpose, act, told)| (&**purpose, &**act, told["notice"].clone())).collect();
    for expected in [
        ("orders", "inform", notice("privacy", 1)),
        ("offers", "inform", notice("privacy", 1)),
        ("news", "inform", notice("letters", 4)),
        ("news", "grant", notice("letters", 4)),
    ] {
        assert!(told.contains(&expected), "{expected:?} is not among {told:?}");
    }
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(device.iter().all(|(.., act)| act["jurisdiction"] == "DE"), "{device:?}");
    let of = |purpose: &str, kind: &str| {
        device.iter().find(|(about, act, _)| about == purpose && act == kind).map(|(.., act)| act.clone()).unwrap()
    };
    let letters = of("news", "inform");
    assert_eq!(letters["text_sha256"], sha256_hex(b"Letters\nWhat we write to you."));
    assert_eq!(letters["text"], json!({"title": "Letters", "text": "What we write to you."}), "found by its hash");
    assert_eq!(letters["language"], "en");
    let grant = of("news", "grant");
    let unknown = grant.get("text_sha256").is_none() && grant.get("purpose_version").is_none();
    assert!(unknown, "what a form for consent shows nobody has said: {grant}");

    let ann = history(&house, "user_id/ann").await;
    assert!(ann.iter().all(|(.., act)| act["jurisdiction"] == "US-CA"), "{ann:?}");
    for (purpose, kind) in [("orders", "start"), ("bookkeeping", "start"), ("news", "grant")] {
        let act = ann.iter().find(|(about, act, _)| about == purpose && act == kind).map(|(.., act)| act).unwrap();
        assert!(act.get("notice").is_none(), "no notice is about it there: {act}");
    }
    assert_eq!(informed(&house, "user_id/ann", "offers").await, [notice("privacy", 1)]);
}

/// The same with another text of the notice of the site, in its second version.
fn second_version() -> String {
    let edited = two_notices().replacen("What we do with your data.", "What we do with it now.", 1);
    edited.replacen("code = \"privacy\"\n", "code = \"privacy\"\nversion = 2\n", 1)
}

async fn a_new_version_of_a_notice_is_recorded_once_and_moves_no_state(engine: Engine) {
    let mut house = House::open(engine, &two_notices()).await;
    let english = json!({"context": {"locale": "en"}});
    house.send("site", page("d1", "m1", english.clone())).await.expect(200);
    let before = house.permission(DEVICE, "offers").await;
    house.advance(HOUR);
    house.apply(&second_version()).await;
    house.advance(HOUR);
    house.send("site", page("d1", "m2", english.clone())).await.expect(200);
    let acts = house.app().acts().head().await.unwrap().next;
    // Repetition says nothing new, and neither does another start of the server.
    house.send("site", page("d1", "m3", english.clone())).await.expect(200);
    house.restart().await;
    house.advance(HOUR);
    house.send("site", page("d1", "m4", english)).await.expect(200);
    assert_eq!(house.app().acts().head().await.unwrap().next, acts, "no more acts");

    for purpose in ["offers", "orders"] {
        assert_eq!(informed(&house, DEVICE, purpose).await, [notice("privacy", 1), notice("privacy", 2)], "{purpose}");
    }
    assert_eq!(informed(&house, DEVICE, "news").await, [notice("letters", 4)], "its notice is as it was");
    let texts: Vec<Json> = history(&house, DEVICE)
        .await
        .into_iter()
        .filter(|(purpose, ..)| purpose == "offers")
        .map(|(.., act)| act["text"]["text"].clone())
        .collect();
    assert_eq!(texts, [json!("What we do with your data."), json!("What we do with it now.")]);
    let after = house.permission(DEVICE, "offers").await;
    assert_eq!((&after["state"], &after["since"]), (&before["state"], &before["since"]), "they know since the first");
    assert_eq!(before["state"], "informed");
}

/// A phone was offline: what it tells late was done under the version that was in force then, as far as that is known.
async fn what_happened_before_a_version_claims_it_not(engine: Engine) {
    let house = House::open(engine, &two_notices()).await;
    house.advance(HOUR * 24);
    house.apply(&second_version()).await;
    house.advance(HOUR * 24);
    for (device, at, expected) in [
        ("late", "2026-03-01T18:00:00Z", vec![notice("privacy", 1)]),
        ("now", "2026-03-03T11:00:00Z", vec![notice("privacy", 2)]),
        // Before the first catalogue nobody knows what was served.
        ("early", "2026-02-01T00:00:00Z", vec![json!({"code": "privacy"})]),
    ] {
        let sent = json!({"timestamp": at, "context": {"locale": "en"}});
        house.send("site", page(device, device, sent)).await.expect(200);
        let person = format!("anonymous_id/{device}");
        assert_eq!(informed(&house, &person, "offers").await, expected, "{device}");
        assert_eq!(house.state(&person, "offers").await, "informed", "{device}");
        let texts = history(&house, &person).await.into_iter().filter(|(purpose, ..)| purpose == "offers");
        let texts: Vec<Json> = texts.map(|(.., act)| act["text"]["text"].clone()).collect();
        let text = match device {
            "late" => json!("What we do with your data."),
            "now" => json!("What we do with it now."),
            _ => Json::Null,
        };
        assert_eq!(texts, [text], "{device}");
    }
    // The next one from there shows what is served now.
    let english = json!({"context": {"locale": "en"}});
    house.send("site", page("late", "l2", english.clone())).await.expect(200);
    assert_eq!(informed(&house, "anonymous_id/late", "offers").await, [notice("privacy", 1), notice("privacy", 2)]);
    // And what comes late after that says nothing that is not known.
    let acts = house.app().acts().head().await.unwrap().next;
    let late = json!({"timestamp": "2026-03-01T19:00:00Z", "context": {"locale": "en"}});
    house.send("site", page("late", "l3", late)).await.expect(200);
    assert_eq!(house.app().acts().head().await.unwrap().next, acts);
}

/// Who uses a device from now on was told nothing yet, and what was told there before stays with whom it was.
async fn a_shared_device_is_told_by_itself(engine: Engine) {
    let house = House::open(engine, &two_notices()).await;
    let on_device = |user: &str, message: &str| {
        let user = if user.is_empty() { json!({}) } else { json!({"userId": user}) };
        page("d1", message, user)
    };
    for (source, user, message) in
        [("site", "", "m1"), ("shop", "ann", "m2"), ("shop", "bob", "m3"), ("site", "", "m4")]
    {
        house.send(source, on_device(user, message)).await.expect(200);
        house.advance(HOUR);
    }
    assert_eq!(informed(&house, DEVICE, "offers").await, [notice("privacy", 1)]);
    for _ in 0..2 {
        house.apply(&second_version()).await;
        house.send("site", on_device("", "m5")).await.expect(200);
        house.send("shop", on_device("ann", "m6")).await.expect(200);
        house.advance(HOUR);
    }
    assert_eq!(informed(&house, DEVICE, "offers").await, [notice("privacy", 1), notice("privacy", 2)]);
    let of_bob = informed(&house, "user_id/bob", "offers").await;
    assert_eq!(of_bob, [notice("privacy", 1)], "who did not come again has not seen it");
    assert!(informed(&house, "user_id/ann", "offers").await.contains(&notice("privacy", 2)));
}

/// Where the shop is, this day begins at 23 o'clock of the day before by UTC.
const DAY: &str = "2026-03-05";

/// The catalogue with another version of its notice, which is in force from a day on.
fn announced(version: u32) -> String {
    let declared = format!("code = \"privacy\"\nversion = {version}\nsince = {DAY:?}\n");
    let catalog = CATALOG.replacen("code = \"privacy\"\n", &declared, 1);
    catalog.replacen("What we do with your data.", "What we do from then on.", 1)
}

async fn a_notice_to_come_informs_nobody(engine: Engine) {
    let house = House::open(engine, &announced(1)).await;
    house.send("site", page("d1", "m1", json!({}))).await.expect(200);
    // Nor does what a system of the shop says of a time before there was such a notice.
    let old = json!([{"type": "track", "event": "Product Viewed", "userId": "ann", "messageId": "m2",
        "timestamp": "2010-05-01T12:00:00Z"}]);
    house.send("shop", old).await.expect(200);
    for person in [DEVICE, "user_id/ann"] {
        if house.is_known(person).await {
            assert!(informed(&house, person, "offers").await.is_empty(), "{person}");
            assert_eq!(house.state(person, "offers").await, "not_informed", "{person}");
        }
    }
    house.advance(HOUR * 24 * 4);
    house.send("site", page("d1", "m3", json!({}))).await.expect(200);
    assert_eq!(informed(&house, DEVICE, "offers").await, [notice("privacy", 1)]);
    assert_eq!(house.state(DEVICE, "offers").await, "informed");
}

async fn until_its_day_the_version_before_an_announced_one_is_what_people_see(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house.advance(HOUR);
    house.apply(&announced(2)).await;
    house.advance(HOUR);
    let agreed = json!({"context": {"locale": "en", "consent": {"categoryPreferences": {"news": true}}}});
    house.send("site", page("d1", "m1", agreed.clone())).await.expect(200);
    let told = history(&house, DEVICE).await;
    assert!(told.len() >= 4 && told.iter().all(|(.., act)| act["notice"] == notice("privacy", 1)), "{told:?}");
    let (.., shown) = told.iter().find(|(about, act, _)| about == "offers" && act == "inform").unwrap();
    assert_eq!(shown["text_sha256"], sha256_hex(b"Privacy\nWhat we do with your data."));

    house.advance(HOUR * 24 * 4);
    house.send("site", page("d1", "m2", agreed)).await.expect(200);
    assert_eq!(informed(&house, DEVICE, "offers").await, [notice("privacy", 1), notice("privacy", 2)]);
}

const PAPERS: &str = "kind = \"acts\"\ntimestamp = \"at\"\nidentifiers.user_id = \"id\"\n[[acts]]\n\
    purpose = \"news\"\nact = \"grant\"\n[acts.evidence]\n\
    notice = \"notice\"\nnotice_version = \"version\"\n";

async fn no_request_and_no_file_claims_an_announced_version(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house.advance(HOUR);
    house.apply(&announced(2)).await;
    house.advance(HOUR);
    let grant = async |person: &str, more: Json| {
        let mut act = act_on("grant", "news");
        act["notice"] = json!("privacy");
        act.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        house.act("privacy", &format!("user_id/{person}"), act).await
    };
    let version = async |person: &str, more: Json| {
        let told = grant(person, more).await.expect(200).json;
        told["permissions"][0]["acts"][0]["notice"].clone()
    };
    let (first, second) =
        (sha256_hex(b"Privacy\nWhat we do with your data."), sha256_hex(b"Privacy\nWhat we do from then on."));
    assert_eq!(version("ann", json!({})).await, notice("privacy", 1));
    assert_eq!(version("bob", json!({"text_sha256": first, "language": "en"})).await, notice("privacy", 1));
    assert_eq!(version("cyd", json!({"notice_version": 1})).await, notice("privacy", 1));
    let unknown = version("dan", json!({"text_sha256": second})).await;
    assert_eq!(unknown, json!({"code": "privacy"}), "this text is not that of the version in force");
    for claimed in [2, 3] {
        let refused = grant("eve", json!({"notice_version": claimed})).await.problem(422, "invalid_fields");
        let error = &refused.json["errors"][0];
        assert_eq!(error["field"], "notice_version", "{error}");
        assert_eq!(error["expected"], "1 to 1: version 2 is in force from 2026-03-05 on", "{error}");
    }
    let file = "id,at,notice,version\nfay,2026-03-01T13:30:00Z,privacy,2\ngus,2026-03-01T13:30:00Z,privacy,1\n\
        hal,2026-03-01T13:30:00Z,privacy,\n";
    let answer = house.import("crm", PAPERS, "text/csv", file.to_owned()).await.expect(200).json;
    assert_eq!((&answer["accepted"], &answer["rejects"][0]["field"]), (&json!(2), &json!("version")), "{answer}");
    let of_file = async |person: &str| house.permission(person, "news").await["acts"][0]["notice"].clone();
    assert_eq!(of_file("user_id/gus").await, notice("privacy", 1));
    assert_eq!(of_file("user_id/hal").await, json!({"code": "privacy"}), "a file gets nothing added");

    house.advance(HOUR * 24 * 4);
    assert_eq!(version("ida", json!({})).await, notice("privacy", 2));
    assert_eq!(version("jon", json!({"notice_version": 2, "text_sha256": second})).await, notice("privacy", 2));
    let late = json!({"notice_version": 2, "at": "2026-03-02T00:00:00Z"});
    grant("kim", late).await.problem(422, "invalid_fields");
}

async fn no_request_and_no_file_claims_a_notice_before_its_first_day(engine: Engine) {
    let house = House::open(engine, &announced(1)).await;
    let claim = |more: Json| {
        let mut act = act_on("grant", "news");
        act["notice"] = json!("privacy");
        act.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        act
    };
    let expected =
        "a notice that was in force then, or none: the first version of this one is in force from 2026-03-05 on";
    let unseen = |error: &Json| {
        assert_eq!(error["field"], "notice", "{error}");
        assert_eq!(error["expected"], expected, "{error}");
    };
    for more in [json!({}), json!({"notice_version": 1}), json!({"language": "en"})] {
        let refused = house.act("privacy", "user_id/ann", claim(more)).await.problem(422, "invalid_fields");
        unseen(&refused.json["errors"][0]);
    }
    let mut act = claim(json!({}));
    act["identifier"] = json!({"kind": "user_id", "value": "ann"});
    let batch = house.ask("privacy", reqwest::Method::POST, "acts", Some(json!({ "acts": [act] }))).await;
    let told = &batch.expect(200).json["items"][0];
    assert_eq!((&told["status"], &told["recorded"]), (&json!(422), &json!(false)), "{told}");
    unseen(&told["problem"]["errors"][0]);
    let file = "id,at,notice,version\nfay,2026-03-01T11:30:00Z,privacy,\ngus,2026-03-01T11:30:00Z,privacy,1\n\
        hal,2026-03-01T11:30:00Z,,\n";
    let answer = house.import("crm", PAPERS, "text/csv", file.to_owned()).await.expect(200).json;
    assert_eq!(answer["accepted"], 1, "{answer}");
    for reject in answer["rejects"].as_array().unwrap() {
        assert_eq!(reject["field"], "notice", "{answer}");
    }
    // Nothing was recorded of anybody else, and whoever names no notice agrees as ever.
    for person in ["ann", "fay", "gus"] {
        assert!(!house.is_known(&format!("user_id/{person}")).await, "{person}");
    }
    house.act("privacy", "user_id/ida", act_on("grant", "news")).await.expect(200);
    assert_eq!(house.state("user_id/ida", "news").await, "given");

    // From its day on it is what people see, and not for what was done before.
    house.advance(HOUR * 24 * 4);
    house.act("privacy", "user_id/ann", claim(json!({}))).await.expect(200);
    assert_eq!(house.permission("user_id/ann", "news").await["acts"][0]["notice"], notice("privacy", 1));
    let before = claim(json!({"at": "2026-03-02T00:00:00Z"}));
    let refused = house.act("privacy", "user_id/jon", before).await.problem(422, "invalid_fields");
    unseen(&refused.json["errors"][0]);
}

/// Versions that name no day of their own are in force since they were applied; what the first had been before, nobody knows.
async fn no_request_and_no_file_claims_a_version_from_before_it_was_applied(engine: Engine) {
    let version =
        |number: u32| CATALOG.replacen("code = \"privacy\"\n", &format!("code = \"privacy\"\nversion = {number}\n"), 1);
    let mut house = House::open(engine, &version(2)).await;
    house.advance(HOUR * 24);
    let third = house.clock.now();
    house.apply(&version(3)).await;
    house.advance(HOUR * 24);
    house.apply(&version(4)).await;
    house.advance(HOUR);
    house.restart().await;
    let day = |day: &str| format!("2026-03-0{day}T18:00:00Z");
    let claim = |version: u32, at: &str| {
        let mut act = act_on("grant", "news");
        (act["notice"], act["notice_version"], act["at"]) = (json!("privacy"), json!(version), json!(at));
        act
    };
    let last_year = "2025-03-01T12:00:00Z";
    let expected = format!("1 to 2: version 3 is in force from {third} on");
    for (claimed, at, expected) in [
        (4, last_year, expected.as_str()),
        (3, last_year, &expected),
        (3, "2026-03-02T11:59:59Z", &expected),
        (4, &day("2"), "1 to 3: version 4 is in force from 2026-03-03T12:00:00.000Z on"),
    ] {
        let refused = house.act("privacy", "user_id/ann", claim(claimed, at)).await.problem(422, "invalid_fields");
        let error = &refused.json["errors"][0];
        assert_eq!((&error["field"], &error["expected"]), (&json!("notice_version"), &json!(expected)), "{error}");
        assert_eq!(error["message"], "this version of the notice was not in force yet when the act was done");
    }
    assert!(!house.is_known("user_id/ann").await);
    let mut act = claim(4, last_year);
    act["identifier"] = json!({"kind": "user_id", "value": "ann"});
    let batch = house.ask("privacy", reqwest::Method::POST, "acts", Some(json!({ "acts": [act] }))).await;
    let told = &batch.expect(200).json["items"][0];
    assert_eq!(told["problem"]["errors"][0]["field"], "notice_version", "{told}");
    let file = "id,at,notice,version\nfay,2025-03-01T12:00:00Z,privacy,4\ngus,2025-03-01T12:00:00Z,privacy,2\n\
        hal,2026-03-02T18:00:00Z,privacy,3\n";
    let answer = house.import("crm", PAPERS, "text/csv", file.to_owned()).await.expect(200).json;
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(2), &json!(1)), "{answer}");
    assert_eq!(
        (&answer["rejects"][0]["field"], &answer["rejects"][0]["line"]),
        (&json!("version"), &json!(2)),
        "{answer}"
    );
    // Years that are brought along name what the house had when it began here, and what was in force then is evidence.
    for (person, claimed, at) in [
        ("ida", 1, last_year),
        ("jon", 2, last_year),
        ("kim", 3, "2026-03-02T12:00:00Z"),
        ("lea", 3, &day("2")),
        ("mia", 4, "2026-03-03T12:30:00Z"),
    ] {
        let person = format!("user_id/{person}");
        house.act("privacy", &person, claim(claimed, at)).await.expect(200);
        assert_eq!(house.permission(&person, "news").await["acts"][0]["notice"], notice("privacy", claimed));
    }
}
