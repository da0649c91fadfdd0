//! The thinnest way through the whole.

use crate::support::{CATALOG, Engine, House, on_both_engines};
use serde_json::json;

on_both_engines!(what_is_sent_becomes_one_profile);

async fn what_is_sent_becomes_one_profile(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let reply = house
        .send(
            "shop",
            json!([
                {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m1",
                 "properties": {"order_id": "o1", "revenue": 12.34, "currency": "EUR"}},
                {"type": "identify", "userId": "u1", "messageId": "m2",
                 "traits": {"email": "ann@people.example", "firstName": "Ann"}},
                {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m3",
                 "properties": {"order_id": "o2", "revenue": 0.1, "currency": "EUR"}},
                {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m3",
                 "properties": {"order_id": "o2", "revenue": 0.1, "currency": "EUR"}},
            ]),
        )
        .await;
    assert_eq!(reply.json["accepted"], 4);
    let profile = house.get("privacy", "profiles/email/ANN@people.example?purpose=orders").await;
    assert_eq!(profile.status, 200, "{:?}", profile.json);
    assert_eq!(profile.json["traits"]["firstName"], "Ann");
    assert_eq!(profile.json["metrics"]["orders"], 2);
    assert_eq!(profile.json["metrics"]["revenue"], 12.44);
}
