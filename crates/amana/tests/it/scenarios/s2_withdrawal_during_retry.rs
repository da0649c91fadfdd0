//! S2: a webhook is in back-off; consent goes between attempts 2 and 3. Attempt 3 never leaves, and no payload lies
//! anywhere (GDPR Art. 7(3), DESIGN §1 law 2).

use crate::support::{CATALOG, Engine, House, act_on, canary, on_both_engines};
use amana::deliver::Withheld;
use amana_core::permit::Reason;
use serde_json::json;
use std::time::Duration;

on_both_engines!(s2_withdrawal_during_retry);

async fn s2_withdrawal_during_retry(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let (name, email) = (canary(), format!("{}@people.example", canary()));
    house.recipient.answer(500, None);
    house.recipient.answer(500, None);
    let agreed = json!({"consent": {"categoryPreferences": {"news": true}}});
    let reader = json!([{"type": "identify", "userId": "u1", "messageId": "m1", "context": agreed,
        "traits": {"email": email, "firstName": name}}]);
    house.send("shop", reader).await.expect(200);

    // Two attempts are made, and what they carry is what is looked for later.
    house.until("mailer", "attempt 1 has failed", |rows| rows.iter().any(|row| row.attempts == 1 && waits(row))).await;
    house.advance(Duration::from_secs(2));
    house.until("mailer", "attempt 2 has failed", |rows| rows.iter().any(|row| row.attempts == 2 && waits(row))).await;
    let attempts = house.heard("audience.entered", "readers");
    assert_eq!(attempts.iter().map(|message| message.status).collect::<Vec<_>>(), [500, 500]);
    assert!(attempts.iter().all(|message| message.json()["data"]["fields"]["first_name"] == name.as_str()));

    house.act("privacy", "user_id/u1", act_on("withdraw", "news")).await.expect(200);
    house.advance(Duration::from_secs(3_600));
    let totals = house.delivered("mailer").await;

    assert_eq!(house.heard("audience.entered", "readers").len(), 2, "attempt 3 never leaves");
    let rows = house.deliveries("mailer").await;
    let entered = rows.iter().find(|row| row.attempts == 2).unwrap();
    assert_eq!((entered.state, entered.reason), ("withheld", Some("consent_withdrawn")));
    let ground = entered.ground.expect("the version it rests on is named");
    assert_eq!((ground.purpose_version, ground.since), (1, Some(house.app().now().plus_millis(-3_600_000))));
    assert_eq!(totals.withheld.get(&Withheld::Denied(Reason::ConsentWithdrawn)), Some(&1));
    assert_eq!(totals.selected as usize, rows.len(), "each row has one outcome");

    // Whoever may have received the data is told (Art. 19), and is sent nothing of it again.
    let told = house.heard("audience.exited", "readers");
    assert_eq!(told.len(), 1);
    assert!(told[0].json()["data"].get("fields").is_none());

    house.leave().await;
    assert!(house.holds_at_rest(b"journal"), "what is looked through is what is stored");
    for planted in [&name, &email] {
        assert!(!house.holds_at_rest(planted.as_bytes()), "a payload lies at rest");
    }
}

fn waits(row: &amana::deliver::DeliveryView) -> bool {
    row.state == "waiting"
}
