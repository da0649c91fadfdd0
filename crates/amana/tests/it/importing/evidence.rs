//! What a file says as evidence is held against the catalogue as what a request says is (GDPR Art. 7(1)): whatever could
//! not have been so is refused, row by row, and nothing is added that the file does not say.

use crate::support::{CATALOG, Engine, House, act_on, on_both_engines};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    evidence_of_files_is_what_the_catalogue_declares,
    what_another_system_showed_is_taken_as_it_says,
    a_yes_to_an_earlier_version_is_none_to_a_wider_one,
    what_the_law_rules_out_is_refused_from_files_too,
);

const MAP: &str = r#"
kind = "acts"
timestamp = "at"
identifiers.user_id = "id"
[[acts]]
purpose = { column = "purpose" }
act = { column = "said" }
[acts.evidence]
notice = "notice"
notice_version = "notice_version"
purpose_version = "purpose_version"
language = "language"
text_sha256 = "hash"
jurisdiction = "law"
system = "system"
external_id = "number"
"#;

const HEADING: &str = "id,at,purpose,said,notice,notice_version,purpose_version,language,hash,law,system,number\n";

/// A row that says no more than it must, and these columns.
fn row(id: &str, at: &str, said: &str, more: &[(&str, &str)]) -> String {
    let cell = |name: &str| match name {
        "id" => id.to_owned(),
        "at" => at.to_owned(),
        "purpose" => more.iter().find(|(known, _)| *known == name).map_or("news", |(_, text)| text).to_owned(),
        "said" => said.to_owned(),
        name => more.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text).to_owned(),
    };
    let cells: Vec<String> = HEADING.trim().split(',').map(cell).collect();
    format!("{}\n", cells.join(","))
}

async fn import(house: &House, rows: &[String]) -> Json {
    house.import("crm", MAP, "text/csv", format!("{HEADING}{}", rows.concat())).await.expect(200).json
}

/// Line, column and code of what was refused.
fn refused(answer: &Json) -> Vec<(u64, &str, &str)> {
    let told = |reject: &'_ Json| {
        let reason = reject["reason"].as_str().unwrap();
        assert!(reason.contains("expected") || reason.contains("must be"), "{reject}");
    };
    let rejects = answer["rejects"].as_array().unwrap();
    rejects.iter().for_each(told);
    let place = |reject: &'_ Json| reject["line"].as_u64().unwrap();
    rejects.iter().map(|one| (place(one), one["field"].as_str().unwrap(), one["code"].as_str().unwrap())).collect()
}

async fn evidence_of_files_is_what_the_catalogue_declares(engine: Engine) {
    let catalog = CATALOG.replacen("code = \"privacy\"\n", "code = \"privacy\"\nversion = 3\n", 1);
    let house = House::open(engine, &catalog).await;
    house.advance(Duration::from_hours(24));
    let (then, now) = ("2026-01-03", "2026-03-01T13:00:00Z");
    let grant = |id: &str, at: &str, more: &[(&str, &str)]| row(id, at, "grant", more);
    let rows = [
        grant("c1", then, &[("notice", "privcy")]),
        grant("c2", then, &[("notice", "privacy"), ("notice_version", "4")]),
        grant("c3", then, &[("notice", "privacy"), ("notice_version", "0")]),
        grant("c4", then, &[("notice_version", "1")]),
        grant("c5", then, &[("purpose_version", "2")]),
        grant("c6", then, &[("law", "Germany")]),
        grant("c7", then, &[("law", "de")]),
        grant("c8", then, &[("law", "US-CALI")]),
        grant("c9", now, &[("language", "fr")]),
        grant("d1", now, &[("hash", &"0".repeat(64))]),
        grant("d2", then, &[("purpose", "bookkeeping")]),
        grant("d3", then, &[("number", &"7".repeat(129))]),
    ];
    let answer = import(&house, &rows).await;
    let (declared, formed) = ("not_as_declared", "wrong_type");
    assert_eq!(
        refused(&answer),
        [
            (2, "notice", declared),
            (3, "notice_version", declared),
            (4, "notice_version", declared),
            (5, "notice", declared),
            (6, "purpose_version", declared),
            (7, "law", formed),
            (8, "law", formed),
            (9, "law", formed),
            (10, "language", declared),
            (11, "hash", declared),
            (12, "said", "act_impossible"),
            (13, "number", formed),
        ]
    );
    let why = |place: usize| answer["rejects"][place]["reason"].as_str().unwrap();
    assert!(why(0).contains("one of privacy") && why(1).contains("1 to 3") && why(5).contains("US-CA"), "{answer}");
    assert!(!house.is_known("user_id/c1").await && !house.is_known("user_id/c6").await);

    // An earlier version that there was; one that nobody names; a text of a time that nobody here knows.
    let rows = [
        grant(
            "e1",
            then,
            &[("notice", "privacy"), ("notice_version", "2"), ("purpose_version", "1"), ("law", "US-CA")],
        ),
        grant("e2", now, &[("notice", "privacy"), ("language", "en")]),
        grant("e3", then, &[("language", "fr"), ("hash", &"A".repeat(64))]),
    ];
    let answer = import(&house, &rows).await;
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&3.into(), &0.into()), "{answer}");
    let evidence = async |person: &str| house.permission(&format!("user_id/{person}"), "news").await["acts"][0].clone();
    let earlier = evidence("e1").await;
    assert_eq!(earlier["notice"], json!({ "code": "privacy", "version": 2 }));
    assert_eq!((&earlier["purpose_version"], &earlier["jurisdiction"]), (&json!(1), &json!("US-CA")));
    let unnamed = evidence("e2").await;
    assert_eq!(unnamed["notice"], json!({ "code": "privacy" }), "which version it was, the file does not say");
    assert_eq!((&unnamed["purpose_version"], &unnamed["text_sha256"]), (&Json::Null, &Json::Null));
    let unknown = evidence("e3").await;
    assert_eq!((&unknown["language"], &unknown["text_sha256"]), (&json!("fr"), &json!("a".repeat(64))));
}

/// Whoever moves house brings consents that were given to other texts: they are evidence, and told apart.
async fn what_another_system_showed_is_taken_as_it_says(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house.advance(Duration::from_hours(24));
    let now = "2026-03-01T13:00:00Z";
    let own = [("language", "fr"), ("system", "old-crm"), ("number", "4711")];
    let by_itself = [own[0], own[2]];
    let rows = [&own[..], &own[..1], &own[..2], &by_itself].into_iter().zip(["c1", "c2", "c3", "c5"]);
    let rows: Vec<String> = rows.map(|(more, id)| row(id, now, "grant", more)).collect();
    let answer = import(&house, &rows).await;
    // A number alone is the source's own, and names no other system.
    assert_eq!(refused(&answer), [(3, "language", "not_as_declared"), (5, "language", "not_as_declared")]);
    let act = house.permission("user_id/c1", "news").await["acts"][0].clone();
    assert_eq!((&act["language"], &act["system"]), (&json!("fr"), &json!({ "name": "old-crm", "id": "4711" })));
    for added in ["text", "text_sha256", "purpose_version", "notice"] {
        assert!(act.get(added).is_none(), "nobody says that a text of this catalogue was shown: {act}");
    }
    let unnumbered = house.permission("user_id/c3", "news").await["acts"][0]["system"].clone();
    assert_eq!(unnumbered, json!({ "name": "old-crm", "id": "" }));
    // A request may say the same.
    let mut told = act_on("grant", "news");
    told["language"] = json!("fr");
    house.act("privacy", "user_id/c4", told.clone()).await.problem(422, "invalid_fields");
    told["system"] = json!({ "name": "hotline", "id": "1" });
    let told = house.act("privacy", "user_id/c4", told).await.expect(200).json;
    assert_eq!(told["permissions"][0]["acts"][0]["purpose_version"], Json::Null, "{told}");
}

async fn a_yes_to_an_earlier_version_is_none_to_a_wider_one(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house.advance(Duration::from_hours(24));
    let wider = CATALOG.replacen("code = \"news\"\n", "code = \"news\"\nversion = 2\n", 1);
    let categories = "categories = [\"contact\", \"identity\", \"commerce\", \"location\"]";
    assert!(wider.contains(categories));
    let wider = wider.replacen(categories, &categories.replace("\"location\"", "\"location\", \"behaviour\""), 1);
    house.apply(&wider).await;
    house.advance(Duration::from_hours(24));
    // A form of before, signed after the wider version was declared.
    let now = "2026-03-03T09:00:00Z";
    let version = |number: &'static str| [("purpose_version", number)];
    let rows = [
        row("c1", now, "grant", &version("1")),
        row("c2", now, "grant", &version("2")),
        row("c3", now, "withdraw", &version("1")),
        row("c4", "2026-03-01T13:00:00Z", "grant", &version("1")),
    ];
    let answer = import(&house, &rows).await;
    assert_eq!(refused(&answer), [(2, "purpose_version", "earlier_version"), (5, "at", "earlier_version")]);
    for (person, state) in [("c1", "unknown"), ("c2", "given"), ("c3", "withdrawn"), ("c4", "unknown")] {
        assert_eq!(house.state(&format!("user_id/{person}"), "news").await, state, "{person}");
    }
    // The same by request.
    let told = |act: &str, version: u32| {
        let mut body = act_on(act, "news");
        body["purpose_version"] = json!(version);
        house.act("privacy", "user_id/ann", body)
    };
    for (version, field) in [(1, "purpose_version"), (3, "purpose_version")] {
        let refused = told("grant", version).await.problem(422, "invalid_fields").json;
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
    assert!(!house.is_known("user_id/ann").await);
    let given = told("grant", 2).await.expect(200).json;
    assert_eq!(given["permissions"][0]["acts"][0]["purpose_version"], 2);
    house.advance(Duration::from_secs(5));
    let taken_back = told("withdraw", 1).await.expect(200).json;
    assert_eq!(taken_back["permissions"][0]["acts"][0]["purpose_version"], 1, "a no is one, whatever it is about");
    assert_eq!(house.state("user_id/ann", "news").await, "withdrawn");
    let beside = json!({ "act": "object", "target": "person", "purpose_version": 1 });
    house.act("privacy", "user_id/ann", beside).await.problem(422, "invalid_fields");
}

async fn what_the_law_rules_out_is_refused_from_files_too(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let purpose = |code: &'static str| [("purpose", code)];
    let rows = [
        row("c1", "2026-01-03", "grant", &purpose("orders")),
        row("c2", "2026-01-03", "request", &purpose("offers")),
        row("c3", "2026-01-03", "lift", &[]),
        row("c4", "2026-01-03", "override", &purpose("offers")),
        row("c5", "2026-01-03", "correct", &[]),
        row("c6", "2026-01-03", "object", &purpose("orders")),
    ];
    let answer = import(&house, &rows).await;
    let told = answer["rejects"].as_array().unwrap().iter();
    let told: Vec<_> =
        told.map(|reject| (reject["line"].as_u64().unwrap(), reject["code"].as_str().unwrap())).collect();
    let impossible = "act_impossible";
    assert_eq!(told, [(2, impossible), (3, impossible), (4, impossible), (5, impossible), (6, "unknown_value")]);
    assert!(answer["rejects"][2]["reason"].as_str().unwrap().contains("one person"), "{answer}");
    assert_eq!(answer["accepted"], 1);
}
