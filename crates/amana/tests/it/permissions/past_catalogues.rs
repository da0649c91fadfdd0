//! The past is judged by the catalogue of then: what is declared later changes nothing about it (GDPR Art. 5(2)).

use super::versions::wider;
use crate::support::{CATALOG, Engine, House, act_on, on_both_engines, permission_of};
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    the_past_is_judged_by_the_catalogue_of_then,
    a_history_tells_what_the_catalogue_changed,
    a_no_to_an_earlier_version_is_told_of_the_wider_one_from_when_it_came,
    before_the_first_catalogue_nothing_was_permitted,
);

const ANN: &str = "user_id/ann";
const DAY: Duration = Duration::from_hours(24);

/// A purpose that is declared beside the others.
fn study(code: &str, more: &str) -> String {
    format!(
        r#"
[[purposes]]
code = "{code}"
categories = ["behaviour", "identity.user"]
keep = "P1Y"
{more}
texts.en = {{ title = "{code}", text = "We look at what you look at." }}
"#
    )
}

const CONSENT: &str = "basis = \"consent\"";

/// News that agreement to ends after a month.
pub(crate) fn expiring(catalog: &str) -> String {
    catalog.replacen("mail_ground = \"consent\"\n", "mail_ground = \"consent\"\nconsent_expires_after = \"P1M\"\n", 1)
}

/// News that nobody receives.
pub(crate) fn without_recipient(catalog: &str) -> String {
    let catalog =
        catalog.replacen("recipients = [\"mailer\"]\ndevice_ground = \"consent\"", "device_ground = \"consent\"", 1);
    catalog.replacen("where = \"orders >= 0\"\ndestinations = [\"mailer\"]\n", "where = \"orders >= 0\"\n", 1)
}

fn state(told: &Json, purpose: &str) -> Option<String> {
    permission_of(told, purpose).map(|known| known["state"].as_str().unwrap().to_owned())
}

fn verdict(told: &Json, usage: &str) -> Json {
    permission_of(told, "news").unwrap()["uses"][usage]["reason"].clone()
}

async fn the_past_is_judged_by_the_catalogue_of_then(engine: Engine) {
    let first = format!("{CATALOG}{}", study("study", CONSENT));
    let mut house = House::open(engine, &first).await;
    house.act("privacy", ANN, act_on("grant", "news")).await.expect(200);
    house.act("privacy", ANN, act_on("grant", "study")).await.expect(200);
    house.pass(DAY * 60).await;
    let people = [ANN, "user_id/nobody"];
    let mut noted = vec![house.noted(&people).await];
    let rebased = study("study", "version = 2\nbasis = \"legitimate_interest\"");
    let retired = study("study", "version = 2\nbasis = \"legitimate_interest\"\nretired = true");
    let quiz = study("quiz", CONSENT);
    assert!(expiring(CATALOG) != CATALOG && without_recipient(CATALOG) != CATALOG);
    for next in [
        format!("{}{}", expiring(CATALOG), study("study", CONSENT)),
        format!("{}{rebased}", expiring(CATALOG)),
        format!("{}{rebased}{quiz}", without_recipient(&expiring(CATALOG))),
        format!("{}{retired}{quiz}", without_recipient(&expiring(CATALOG))),
    ] {
        house.apply(&next).await;
        house.settle().await;
        noted.push(house.noted(&people).await);
    }
    house.restart().await;
    for then in &noted {
        house.tells_as_it_was(then).await;
    }
    let mut told = Vec::new();
    for then in &noted {
        told.push(house.permissions_at(ANN, &format!("as_of={}", then.at)).await);
    }
    let versions: Vec<&Json> = told.iter().map(|told| &told["catalog_version"]).collect();
    assert_eq!(versions, [&json!(1), &json!(2), &json!(3), &json!(4), &json!(5)]);
    assert_eq!(house.permissions(ANN).await["catalog_version"], 5, "and now");
    let news: Vec<_> = told.iter().map(|told| state(told, "news").unwrap()).collect();
    assert_eq!(news, ["given", "expired", "expired", "expired", "expired"], "declared later, it was given then");
    assert_eq!(
        (verdict(&told[0], "share:mailer"), verdict(&told[1], "share:mailer")),
        (json!("permitted"), json!("consent_expired"))
    );
    assert_eq!(verdict(&told[2], "share:mailer"), "consent_expired");
    assert_eq!(verdict(&told[3], "share:mailer"), Json::Null, "it is nobody's recipient any more");
    let studies: Vec<_> = told.iter().map(|told| permission_of(told, "study").map(|known| &known["basis"])).collect();
    let (consent, interest) = (json!("consent"), json!("legitimate_interest"));
    assert_eq!(
        studies,
        [Some(&consent), Some(&consent), Some(&interest), Some(&interest), None],
        "a purpose of its time"
    );
    let quizzes: Vec<bool> = told.iter().map(|told| permission_of(told, "quiz").is_some()).collect();
    assert_eq!(quizzes, [false, false, false, true, true], "declared later, it was not there");
    // What was declared later was not known then.
    let last = &noted[4].at;
    let by_then = house.permissions_at(ANN, &format!("as_of={last}&known_at={}", noted[0].at)).await;
    assert_eq!((&by_then["catalog_version"], state(&by_then, "news")), (&json!(1), Some("given".to_owned())));
}

async fn a_history_tells_what_the_catalogue_changed(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house.act("privacy", ANN, act_on("grant", "news")).await.expect(200);
    let granted = house.clock.now().to_string();
    house.pass(DAY * 60).await;
    let before = house.clock.now().to_string();
    house.advance(DAY);
    let declared = house.clock.now().to_string();
    house.apply(&expiring(CATALOG)).await;
    house.pass(DAY).await;
    house.act("privacy", ANN, act_on("grant", "news")).await.expect(200);
    let again = house.clock.now().to_string();
    house.pass(DAY * 40).await;
    // What changes nothing about it is no step of it.
    house.apply(&format!("{}{}", expiring(CATALOG), study("quiz", CONSENT))).await;
    house.advance(DAY);
    let steps = async |query: &str| -> Vec<(String, String, Json, bool)> {
        let told = house.permissions_at(ANN, &format!("history=true{query}")).await;
        let history = told["history"].as_array().unwrap().clone();
        let news = history.into_iter().filter(|entry| entry["purpose"] == "news" && entry["after"].is_string());
        let text = |entry: &Json, name: &str| entry[name].as_str().unwrap().to_owned();
        news.map(|entry| {
            (text(&entry, "at"), text(&entry, "after"), entry["catalog_version"].clone(), entry["act"].is_object())
        })
        .collect()
    };
    let step = |at: &str, after: &str, version: Json, act: bool| (at.to_owned(), after.to_owned(), version, act);
    let a_month_later = "2026-06-02T12:00:00.000Z";
    assert_eq!(again, "2026-05-02T12:00:00.000Z");
    let all = [
        step(&granted, "given", Json::Null, true),
        step(&declared, "expired", json!(2), false),
        step(&again, "given", Json::Null, true),
        step(a_month_later, "expired", Json::Null, false),
    ];
    assert_eq!(steps("").await, all);
    assert_eq!(steps(&format!("&as_of={before}")).await, all[..1]);
    assert_eq!(steps(&format!("&known_at={before}")).await, all[..1]);
}

async fn a_no_to_an_earlier_version_is_told_of_the_wider_one_from_when_it_came(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house.act("privacy", ANN, act_on("withdraw", "news")).await.expect(200);
    let withdrawn = house.clock.now().to_string();
    house.advance(DAY);
    house.apply(&wider()).await;
    let widened = house.clock.now().to_string();
    house.advance(DAY);
    assert_eq!(house.state(ANN, "news").await, "withdrawn");
    let told = house.permissions_at(ANN, "history=true").await;
    let news = told["history"].as_array().unwrap().iter().filter(|entry| entry["purpose"] == "news");
    let news: Vec<_> = news
        .map(|entry| {
            (&entry["version"], &entry["at"], &entry["after"], &entry["act"]["act"], &entry["catalog_version"])
        })
        .collect();
    let (after, act) = (json!("withdrawn"), json!("withdraw"));
    let (one, two, withdrawn, widened) = (json!(1), json!(2), json!(withdrawn), json!(widened));
    let (first, then) = ((&one, &withdrawn, &after, &act, &Json::Null), (&two, &widened, &after, &Json::Null, &two));
    assert_eq!(news, [first, then], "{told}");
}

async fn before_the_first_catalogue_nothing_was_permitted(engine: Engine) {
    let house = House::empty(engine).await;
    house.advance(DAY);
    house.apply(CATALOG).await;
    let applied = house.clock.now().to_string();
    let paper = json!({"act": "grant", "purpose": "news", "method": "paper", "at": "2026-01-03T00:00:00Z"});
    house.act("privacy", ANN, paper).await.expect(200);
    house.advance(DAY);
    for instant in ["2026-02-01T00:00:00Z", "2026-03-01T12:00:00Z"] {
        for query in [format!("as_of={instant}"), format!("as_of={instant}&known_at={instant}")] {
            let told = house.permissions_at(ANN, &query).await;
            assert_eq!((&told["permissions"], &told["catalog_version"]), (&json!([]), &json!(0)), "{query}");
        }
    }
    let then = house.permissions_at(ANN, &format!("as_of={applied}")).await;
    assert_eq!((state(&then, "news"), &then["catalog_version"]), (Some("given".into()), &json!(1)));
    // What was agreed to before there was a purpose counts from when there is one.
    let told = house.permissions_at(ANN, "history=true").await;
    let news = told["history"].as_array().unwrap().iter().filter(|entry| entry["purpose"] == "news");
    let news: Vec<_> =
        news.map(|entry| (&entry["at"], &entry["act"]["act"], &entry["after"], &entry["catalog_version"])).collect();
    let (paper, grant, given, at) = (json!("2026-01-03T00:00:00.000Z"), json!("grant"), json!("given"), json!(applied));
    assert_eq!(news, [(&paper, &grant, &Json::Null, &Json::Null), (&at, &Json::Null, &given, &json!(1))], "{told}");
}
