//! Restrictions, corrections and preferences that another system recorded come in by file, with the checks of the API.

use crate::support::{CATALOG, Engine, House, act_on, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    a_file_restricts_corrects_and_tells_preferences_once,
    what_the_api_would_refuse_is_refused_row_by_row,
    maps_say_nothing_that_no_file_may,
);

const TOPICS: &str = r#"
[[topics]]
code = "tours"
name.en = "Guided tours"

[[topics]]
code = "repairs"
name.en = "Repairs"
"#;

const MAP: &str = r#"
kind = "acts"
timestamp = "at"
[identifiers]
user_id = "id"
email = "mail"

[[acts]]
act = { column = "stop", values = { all = "restrict" } }
target = "person"
evidence.note = "why"

[[acts]]
act = { column = "stop_offers", values = { yes = "restrict" } }
purpose = "offers"

[[acts]]
act = "correct"
field = "firstName"
value = "name"

[[acts]]
act = "prefer"
[acts.preferences]
topics.tours = { column = "tours", values = { J = "wanted", N = "refused" } }
topics.repairs = { column = "repairs" }
channels = "by"
language = "lang"
time_zone = "zone"
at_most = { count = "most", period = { value = "P1W" } }
quiet = [{ days = "quiet", from = { value = 22 }, to = { value = 8 } }]
"#;

const HEADING: &str = "id,mail,at,stop,why,stop_offers,name,tours,repairs,by,lang,zone,most,quiet\n";

async fn import(house: &House, rows: &str) -> Json {
    house.import("crm", MAP, "text/csv", format!("{HEADING}{rows}")).await.expect(200).json
}

/// The person's acts of a kind, oldest first.
async fn acts(house: &House, person: &str, kind: &str) -> Vec<Json> {
    let told = house.get("privacy", &format!("profiles/{person}/permissions?history=true")).await.expect(200).json;
    let history = told["history"].as_array().unwrap().iter().map(|entry| entry["act"].clone());
    history.filter(|act| act["act"] == kind).collect()
}

async fn known(engine: Engine) -> House {
    let house = House::open(engine, &format!("{CATALOG}{TOPICS}")).await;
    house.act("privacy", "user_id/ann", act_on("grant", "news")).await.expect(200);
    let known = json!([
        {"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m1"},
        {"type": "identify", "userId": "ann", "messageId": "m2", "traits": {"firstName": "Anne"}},
    ]);
    house.send("crm", known).await.expect(200);
    house.advance(Duration::from_hours(24));
    house
}

async fn first_name(house: &House) -> Json {
    house.profile("user_id/ann", "orders").await.expect(200).json["traits"]["firstName"].clone()
}

const ROWS: &str = "ann,,2026-03-01T18:00:00Z,,,,Anna,N,wanted,\"post, email\",de-AT,Europe/Vienna,2,\"saturday sunday\"\n\
    bob,bob@people.example,2026-03-01T18:00:00Z,all,Disputes the address.,yes,,,,,,,,\n\
    cyd,,,all,,,,,,,,,,\n\
    dan,,2026-03-01T18:00:00Z,,,,,,,,,,,\n";

async fn a_file_restricts_corrects_and_tells_preferences_once(engine: Engine) {
    let mut house = known(engine).await;
    let answer = import(&house, ROWS).await;
    assert_eq!((&answer["accepted"], &answer["silent"], &answer["rejects"]), (&3.into(), &1.into(), &json!([])));
    what_ann_said_is_in_force(&house).await;
    for person in ["user_id/bob", "email/bob%40people.example", "user_id/cyd"] {
        house.profile(person, "orders").await.problem(403, "restricted");
        let restricted = &acts(&house, person, "restrict").await[0];
        assert_eq!((&restricted["method"], &restricted["source"]), (&json!("import"), &json!("crm")), "{person}");
        assert_eq!(restricted["actor"], "source", "{person}");
    }
    let bob = acts(&house, "user_id/bob", "restrict").await;
    let of = |target: &str| bob.iter().find(|act| act["target"] == target).unwrap();
    assert_eq!((bob.len(), &of("person")["note"]), (2, &json!("Disputes the address.")));
    assert!(of("purpose").get("note").is_none());
    assert!(acts(&house, "user_id/cyd", "restrict").await[0]["at"] != Json::Null, "a no without its time is as of now");

    // The source says the wrong name again, and the file comes again, also when the pipeline has forgotten its rows.
    let again = json!([{"type": "identify", "userId": "ann", "messageId": "m3", "traits": {"firstName": "Anne"}}]);
    house.send("crm", again).await.expect(200);
    house.restart().await;
    for days in [0, 1, 8] {
        house.advance(Duration::from_hours(days * 24));
        let again = import(&house, ROWS).await;
        assert_eq!((&again["accepted"], &again["already"], &again["rejected"]), (&0.into(), &4.into(), &0.into()));
    }
    what_ann_said_is_in_force(&house).await;
    assert_eq!(acts(&house, "user_id/ann", "correct").await.len(), 1);
    assert_eq!(acts(&house, "user_id/ann", "prefer").await.len(), 7, "one for each part");
    assert_eq!(acts(&house, "user_id/bob", "restrict").await.len(), 2);

    // What the person said since is not undone by the same list in another file.
    let since = json!({"act": "prefer", "preferences": {"channels": ["sms"], "topics": {"tours": "wanted"}}});
    house.act("privacy", "user_id/ann", since).await.expect(200);
    house.import("crm", MAP, "text/csv", format!("{HEADING}{ROWS}\n")).await.expect(200);
    let told = house.get("privacy", "profiles/user_id/ann/preferences?purpose=orders").await.expect(200).json;
    assert_eq!(
        (&told["honoured"]["channels"], &told["honoured"]["topics"]["tours"]),
        (&json!(["sms"]), &json!("wanted"))
    );
}

async fn what_ann_said_is_in_force(house: &House) {
    assert_eq!(first_name(house).await, "Anna");
    let corrected = &acts(house, "user_id/ann", "correct").await[0];
    assert_eq!((&corrected["actor"], &corrected["source"]), (&json!("source"), &json!("crm")), "{corrected}");
    let told = house.get("privacy", "profiles/user_id/ann/preferences?purpose=orders").await.expect(200).json;
    let honoured = &told["honoured"];
    assert_eq!(honoured["topics"], json!({"tours": "refused", "repairs": "wanted"}));
    assert_eq!((&honoured["channels"], &honoured["language"]), (&json!(["post", "email"]), &json!("de-AT")));
    assert_eq!(honoured["time_zone"], "Europe/Vienna");
    assert_eq!(honoured["at_most"], json!({"count": 2, "period": "P7D"}));
    let quiet = &honoured["quiet"][0];
    assert_eq!((&quiet["days"], &quiet["from"], &quiet["to"]), (&json!(["saturday", "sunday"]), &22.into(), &8.into()));
}

async fn what_the_api_would_refuse_is_refused_row_by_row(engine: Engine) {
    let house = known(engine).await;
    let at = "2026-03-01T18:00:00Z";
    let long = "x".repeat(2_049);
    let rows = [
        (format!("c1,,{at},,,,{long},,,,,,,\n"), "name", "not_as_declared"),
        ("c2,,,,,,Anna,,,,,,,\n".to_owned(), "at", "missing_time"),
        ("c3,,,,,,,N,,,,,,\n".to_owned(), "at", "missing_time"),
        (format!("c4,,{at},,,,,maybe,,,,,,\n"), "tours", "unknown_value"),
        (format!("c5,,{at},,,,,,unsaid,,,,,\n"), "repairs", "unknown_value"),
        (format!("c6,,{at},,,,,,,fax,,,,\n"), "by", "unknown_value"),
        (format!("c7,,{at},,,,,,,email email,,,,\n"), "by", "not_as_declared"),
        (format!("c8,,{at},,,,,,,,de_AT,,,\n"), "lang", "not_as_declared"),
        (format!("c9,,{at},,,,,,,,,Mars/Base,,\n"), "zone", "not_as_declared"),
        (format!("d1,,{at},,,,,,,,,,0,\n"), "most", "wrong_type"),
        (format!("d2,,{at},,,,,,,,,,,someday\n"), "quiet", "unknown_value"),
        (format!("d3,,{at},maybe,,,,,,,,,,\n"), "stop", "unknown_value"),
        ("d4,,2026-03-20T18:00:00Z,all,,,,,,,,,,\n".to_owned(), "at", "in_future"),
        (format!(",,{at},all,,,,,,,,,,\n"), "mail, id", "missing_identifier"),
    ];
    let file: String = rows.iter().map(|(row, ..)| row.as_str()).collect();
    let answer = import(&house, &file).await;
    let rejects = answer["rejects"].as_array().unwrap().iter();
    let told: Vec<(&str, &str)> =
        rejects.map(|reject| (reject["field"].as_str().unwrap(), reject["code"].as_str().unwrap())).collect();
    let expected: Vec<(&str, &str)> = rows.iter().map(|(_, field, code)| (*field, *code)).collect();
    assert_eq!(told, expected);
    assert!(!answer.to_string().contains("Mars/Base"), "what stood there is not repeated");
    assert_eq!(answer["accepted"], 0);
    assert!(!house.is_known("user_id/c7").await);
}

async fn maps_say_nothing_that_no_file_may(engine: Engine) {
    let house = House::open(engine, &format!("{CATALOG}{TOPICS}")).await;
    let head = "kind = \"acts\"\ntimestamp = \"at\"\nidentifiers.user_id = \"id\"\n[[acts]]\n";
    let staff = [
        "lift", "told", "override", "uphold", "assert", "guardian", "ban", "lift_ban", "split", "join", "inform", "end",
    ];
    for act in staff {
        for written in [format!("\"{act}\""), format!("{{ column = \"a\", values = {{ X = \"{act}\" }} }}")] {
            let map = format!("{head}act = {written}\ntarget = \"person\"\n");
            let told = house.put_map("crm", "map", &map).await.problem(422, "map_invalid").json;
            let error = &told["errors"][0];
            assert_eq!(
                (&error["field"], told["errors"].as_array().unwrap().len()),
                (&json!("acts[0].act"), 1),
                "{told}"
            );
            assert!(error["message"].as_str().unwrap().contains("one person"), "{told}");
        }
    }
    for (act, field) in [
        ("act = \"restrict\"\ntarget = \"direct_marketing\"", "acts[0].target"),
        ("act = \"restrict\"\ntarget = \"channel:email\"", "acts[0].target"),
        ("act = \"correct\"\nfield = \"firstName\"", "acts[0].value"),
        ("act = \"correct\"\nfield = \"firstNam\"\nvalue = \"n\"", "acts[0].field"),
        ("act = \"correct\"\nfield = \"email\"\nvalue = \"n\"", "acts[0].field"),
        ("act = \"correct\"\nfield = \"firstName\"\nvalue = \"n\"\npurpose = \"news\"", "acts[0].purpose"),
        ("act = { column = \"a\", values = { X = \"correct\" } }\ntarget = \"person\"", "acts[0].act.values"),
        ("act = \"object\"\ntarget = \"person\"\nvalue = \"n\"", "acts[0].value"),
        ("act = \"prefer\"", "acts[0].preferences"),
        ("act = \"prefer\"\npreferences.topics.tuors = \"wanted\"", "acts[0].preferences.topics.tuors"),
        ("act = \"prefer\"\npreferences.topics.tours = \"maybe\"", "acts[0].preferences.topics.tours"),
        ("act = \"prefer\"\npreferences.at_most.count = \"n\"", "acts[0].preferences.at_most.period"),
        ("act = \"prefer\"\npreferences.colour = \"n\"", "acts[0].preferences"),
        ("act = \"grant\"\npurpose = \"news\"\nevidence.notice = { value = \"privcy\" }", "acts[0].evidence.notice"),
        (
            "act = \"grant\"\npurpose = \"news\"\nevidence.jurisdiction = { value = \"Germany\" }",
            "acts[0].evidence.jurisdiction",
        ),
    ] {
        let told = house.put_map("crm", "map", &format!("{head}{act}\n")).await.problem(422, "map_invalid").json;
        assert_eq!(told["errors"][0]["field"], field, "{told}");
    }
    let untimed =
        "kind = \"acts\"\nidentifiers.user_id = \"id\"\n[[acts]]\nact = \"prefer\"\npreferences.language = \"l\"\n";
    let told = house.put_map("crm", "map", untimed).await.problem(422, "map_invalid").json;
    assert_eq!(told["errors"][0]["field"], "acts[0].timestamp", "{told}");
}
