//! Lists of consents and of objections become acts with their evidence.

use crate::support::{CATALOG, Engine, House, canary, on_both_engines, permission_of};
use serde_json::json;

on_both_engines!(
    a_list_of_consents_is_consent_with_evidence,
    a_list_of_last_year_does_not_undo_a_later_no,
    a_list_of_addresses_alone_objects_to_direct_marketing,
    what_is_no_language_is_refused_and_never_repeated,
    consent_that_was_never_confirmed_waits_for_a_second_step,
);

const CONSENTS: &str = r#"
kind = "acts"
timestamp = { column = "when", format = "%d.%m.%Y", time_zone = "Europe/Berlin" }
[identifiers]
user_id = "customer"
email = "mail"
[[acts]]
purpose = "news"
act = { column = "news", values = { J = "grant", N = "withdraw" } }
[acts.evidence]
method = "paper"
notice = { value = "privacy" }
notice_version = "notice_version"
language = "lang"
jurisdiction = { value = "DE" }
document = "scan"
external_id = "id"
system = { value = "old-crm" }
verified = "confirmed"
"#;

const FILE: &str = "customer,mail,news,when,lang,scan,id,notice_version,confirmed\n\
    c1,c1@example.com,J,03.01.2026,de,archive/17,4711,3,\n\
    c2,c2@example.com,N,04.01.2026,de,,,,\n\
    c3,c3@example.com,,,,,,,\n\
    c4,c4@example.com,J,,de,,,,\n\
    c5,c5@example.com,X,05.01.2026,de,,,,\n\
    ,,J,05.01.2026,de,,,,\n\
    c6,c6@example.com,J,05.01.2036,de,,,,\n";

/// The first customer's permission for news as it was at an instant; none where there was no such purpose.
async fn news_at(house: &House, query: &str) -> Option<serde_json::Value> {
    permission_of(&house.permissions_at("user_id/c1", query).await, "news").cloned()
}

/// The shop, whose notice has had three versions.
fn third_notice() -> String {
    CATALOG.replacen("code = \"privacy\"\n", "code = \"privacy\"\nversion = 3\n", 1)
}

async fn a_list_of_consents_is_consent_with_evidence(engine: Engine) {
    let house = House::open(engine, &third_notice()).await;
    let declared = house.clock.now().to_string();
    house.advance(std::time::Duration::from_hours(24));
    let answer = house.import("crm", CONSENTS, "text/csv", FILE).await.expect(200).json;
    assert_eq!((&answer["accepted"], &answer["silent"], &answer["rejected"]), (&2.into(), &1.into(), &4.into()));
    let rejects = answer["rejects"].as_array().unwrap();
    let told: Vec<(u64, &str, &str)> = rejects
        .iter()
        .map(|reject| {
            let text = |name: &str| reject[name].as_str().unwrap();
            (reject["line"].as_u64().unwrap(), text("field"), text("code"))
        })
        .collect();
    assert_eq!(
        told,
        [
            (5, "when", "missing_time"),
            (6, "news", "unknown_value"),
            (7, "mail, customer", "missing_identifier"),
            (8, "when", "in_future"),
        ]
    );
    let given = house.permission("user_id/c1", "news").await;
    assert_eq!((&given["state"], &given["since"]), (&"given".into(), &"2026-01-02T23:00:00.000Z".into()));
    let act = &given["acts"][0];
    assert_eq!(act["notice"], json!({ "code": "privacy", "version": 3 }));
    for (field, expected) in [
        ("act", "grant"),
        ("method", "paper"),
        ("source", "crm"),
        ("actor", "person"),
        ("language", "de"),
        ("jurisdiction", "DE"),
    ] {
        assert_eq!(act[field], expected, "{field}");
    }
    assert_eq!(house.state("user_id/c2", "news").await, "withdrawn");
    let unsaid = &house.permission("user_id/c2", "news").await["acts"][0];
    assert_eq!(unsaid["notice"], json!({ "code": "privacy" }), "no version is made up");
    // What was so the day before, with what is known now and with what was known then; and before there was a purpose.
    let then = news_at(&house, &format!("as_of={declared}")).await.unwrap();
    assert_eq!((&then["state"], &then["acts"][0]["method"]), (&"given".into(), &"paper".into()), "{then}");
    assert_eq!(then["acts"][0]["notice"], json!({ "code": "privacy", "version": 3 }));
    let unknown = news_at(&house, &format!("as_of={declared}&known_at={declared}")).await.unwrap();
    assert_eq!(unknown["state"], "unknown");
    assert_eq!(news_at(&house, "as_of=2026-02-01T00:00:00Z").await, None, "nothing was permitted here");
    let again = house.import("crm", CONSENTS, "text/csv", FILE).await.expect(200).json;
    assert_eq!((&again["accepted"], &again["rejected"]), (&0.into(), &4.into()));
    let acts = house.permission("user_id/c1", "news").await["acts"].as_array().unwrap().len();
    assert_eq!(acts, 1);
}

/// What stands in the evidence goes into a log for ever, so nobody writes a text of their own there.
async fn what_is_no_language_is_refused_and_never_repeated(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let secret = canary();
    let rows = [
        ("c1", " de-AT "),
        ("c2", "de_AT"),
        ("c3", &secret),
        ("c4", "de-a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q"),
        ("c5", ""),
    ];
    let row = |(person, language): &(&str, &str)| format!("{person},,J,03.01.2026,{language},,,,\n");
    let heading = FILE.split_once('\n').unwrap().0;
    let file = format!("{heading}\n{}", rows.iter().map(row).collect::<String>());
    let answer = house.import("crm", CONSENTS, "text/csv", file).await.expect(200);
    assert!(!answer.text.contains(&secret));
    let rejects = answer.json["rejects"].as_array().unwrap().iter();
    let told: Vec<_> = rejects.map(|reject| (reject["line"].as_u64(), &reject["field"], &reject["code"])).collect();
    let (field, code) = (json!("lang"), json!("wrong_type"));
    assert_eq!(told, [(Some(3), &field, &code), (Some(4), &field, &code), (Some(5), &field, &code)]);
    assert!(answer.json["rejects"][0]["reason"].as_str().unwrap().contains("such as de or de-AT"), "{}", answer.text);
    assert_eq!(house.permission("user_id/c1", "news").await["acts"][0]["language"], "de-AT");
    assert!(house.permission("user_id/c5", "news").await["acts"][0]["language"].is_null());
}

async fn a_list_of_last_year_does_not_undo_a_later_no(engine: Engine) {
    let house = House::open(engine, &third_notice()).await;
    let no = json!({ "act": "withdraw", "purpose": "news", "method": "call" });
    house.act("privacy", "user_id/c1", no).await.expect(200);
    house.import("crm", CONSENTS, "text/csv", FILE).await.expect(200);
    assert_eq!(house.state("user_id/c1", "news").await, "withdrawn");
}

async fn consent_that_was_never_confirmed_waits_for_a_second_step(engine: Engine) {
    let catalog =
        third_notice().replace("mail_ground = \"consent\"", "mail_ground = \"consent\"\ndouble_opt_in = true");
    let house = House::open(engine, &catalog).await;
    let confirmed =
        FILE.replace("c2,c2@example.com,N,04.01.2026,de,,,,", "c2,c2@example.com,J,04.01.2026,de,,,,mail 17");
    house.import("crm", CONSENTS, "text/csv", confirmed).await.expect(200);
    assert_eq!(house.state("user_id/c1", "news").await, "requested");
    assert_eq!(house.state("user_id/c2", "news").await, "given");
}

async fn a_list_of_addresses_alone_objects_to_direct_marketing(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let map = "kind = \"acts\"\nidentifiers.email = \"mail\"\n";
    let answer = house.import("crm", map, "text/csv", "mail\nOut@Example.com\nno address\n").await.expect(200).json;
    assert_eq!((&answer["accepted"], &answer["rejects"][0]["code"]), (&1.into(), &"identifier_unusable".into()));
    assert!(!answer.to_string().contains("no address"), "a reject says nothing of what stood there");
    let offers = house.permission("email/out@example.com", "offers").await;
    assert_eq!(offers["uses"]["contact:email"]["allow"], false);
    let general = &house.permissions("email/out@example.com").await["general"];
    assert_eq!((&general[0]["act"], &general[0]["method"]), (&"object".into(), &"import".into()));
}
