//! Recipients that compare what they got find no id in common, and the organisation finds whom each one means.

use super::{quiet_catalog, reader};
use crate::support::{Engine, House, on_both_engines};
use serde_json::json;
use std::collections::BTreeMap;

on_both_engines!(each_recipient_knows_people_by_ids_of_its_own);

/// The catalogue with a second recipient of the readers.
fn two_recipients() -> String {
    let text = quiet_catalog().replace("recipients = [\"mailer\"]", "recipients = [\"mailer\", \"crm\"]");
    let readers = "where = \"orders >= 0\"\ndestinations = [\"mailer\"";
    let text = text.replacen(readers, &format!("{readers}, \"crm\""), 1);
    let crm = r#"
[[destinations]]
code = "crm"
name = "The address book"
fields = [{ from = "email", as = "crm_email" }]
[destinations.webhook]
url = "http://recipient/crm"
signing_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
allow_networks = ["127.0.0.0/8"]

"#;
    text.replacen("[[api_keys]]", &format!("{crm}[[api_keys]]"), 1)
}

async fn each_recipient_knows_people_by_ids_of_its_own(engine: Engine) {
    let house = House::open(engine, &two_recipients()).await;
    let person = |number: usize| {
        let user = format!("u{number}");
        let traits = json!({"email": format!("{user}@people.example"), "firstName": user.clone()});
        reader(&user, traits)
    };
    house.send("shop", (0..5).map(person).collect()).await.expect(200);
    house.delivered("mailer").await;
    house.delivered("crm").await;
    let mut ids = BTreeMap::<&str, Vec<String>>::new();
    for message in house.heard("audience.entered", "readers") {
        let data = message.json()["data"].clone();
        let recipient = if data["fields"].get("crm_email").is_some() { "crm" } else { "mailer" };
        ids.entry(recipient).or_default().push(data["profile_id"].as_str().unwrap().to_owned());
    }
    assert_eq!((ids["crm"].len(), ids["mailer"].len()), (5, 5));
    let members = house.members("readers").await;
    for (recipient, ids) in &ids {
        let other = if *recipient == "crm" { "mailer" } else { "crm" };
        let page = house.get("marketing", &format!("destinations/{recipient}/deliveries")).await.expect(200).json;
        for id in ids {
            assert!(!house.recipient_ids(other).await.contains(id), "two recipients know somebody by the same id");
            assert!(!members.contains(id), "the id of the profile left");
            let rows = page["deliveries"].as_array().unwrap();
            let row = rows.iter().find(|row| row["recipient_profile_id"] == id.as_str()).unwrap();
            assert!(members.contains(&row["profile_id"].as_str().unwrap().to_owned()), "the organisation finds them");
        }
    }
}

/// Somebody of whom a recipient may be told nothing has no name for it either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_may_be_told_nobody_is_named() {
    let house = House::open(Engine::Embedded, &two_recipients()).await;
    house.send("shop", json!([reader("u1", json!({"firstName": "Ann"}))])).await.expect(200);
    house.delivered("crm").await;
    house.delivered("mailer").await;
    let messages = house.heard("audience.entered", "readers");
    let empty: Vec<_> = messages.iter().filter(|message| message.json()["data"]["fields"] == json!({})).collect();
    assert_eq!((messages.len(), empty.len()), (2, 1), "she has no address");
    assert!(empty[0].json()["data"].get("profile_id").is_none());
    // The first thing that may be told names her, and what follows refers to that.
    house.advance(std::time::Duration::from_secs(1));
    let address =
        json!([{"type": "identify", "userId": "u1", "messageId": "m1", "traits": {"email": "ann@people.example"}}]);
    house.send("shop", address).await.expect(200);
    house.delivered("crm").await;
    let withdraw = crate::support::act_on("withdraw", "news");
    house.act("privacy", "user_id/u1", withdraw).await.expect(200);
    house.delivered("crm").await;
    let ids = house.recipient_ids("crm").await;
    assert_eq!(ids.len(), 1);
    let exits = house.heard("audience.exited", "readers");
    assert!(exits.iter().any(|message| message.json()["data"]["profile_id"] == ids[0].as_str()));
}
