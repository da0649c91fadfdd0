//! Write keys overlap: while senders are changed one by one, the old key counts beside the new one, and staff see when
//! nobody uses it any more (DESIGN §7 *Keys*).

use crate::support::{CATALOG, Engine, House, Reply, on_both_engines, reply, write_key};
use amana::hash::sha256_hex;
use serde_json::json;

on_both_engines!(a_previous_write_key_counts_until_it_is_taken_out);

const NEWEST: &str = "amw_the_newest_write_key_of_the_till";

/// Sends an order, or a file of them, with a key.
async fn sent(house: &House, key: &str, path: &str, message: &str) -> Reply {
    let request = house.client().post(format!("{}{path}", house.base)).basic_auth(key, None::<&str>);
    let body = json!({"batch": [{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": message}]});
    reply(request.header("content-type", "application/json").body(body.to_string())).await
}

/// How often a key of before was used, as the metrics tell.
async fn uses(house: &House) -> u64 {
    let metrics = house.get("admin", "metrics").await.expect(200).text;
    let line =
        metrics.lines().find_map(|line| line.strip_prefix("amana_collect_previous_write_key_total{source=\"till\"} "));
    line.map_or(0, |count| count.parse().unwrap())
}

async fn a_previous_write_key_counts_until_it_is_taken_out(engine: Engine) {
    amana::api::metrics::install();
    let house = House::open(engine, CATALOG).await;
    let old = write_key("till");
    sent(&house, &old, "/v1/batch", "m1").await.expect(200);
    sent(&house, NEWEST, "/v1/batch", "m2").await.expect(401);
    let declared = |previous: &[String]| {
        let list = format!("previous_write_keys_sha256 = {previous:?}");
        CATALOG.replace(
            "write_key_sha256 = \"@@sha256:till@@\"",
            &format!("write_key_sha256 = \"{}\"\n{list}", sha256_hex(NEWEST.as_bytes())),
        )
    };
    house.apply(&declared(&[sha256_hex(old.as_bytes())])).await;
    // The recorder is the whole process's, and another engine may be at it meanwhile: it only ever grows.
    let before = uses(&house).await;
    sent(&house, NEWEST, "/v1/batch", "m3").await.expect(200);
    sent(&house, &old, "/v1/batch", "m4").await.expect(200);
    assert!(uses(&house).await > before, "staff see that somebody still needs it");
    let map = "kind = \"identify\"\nidentifiers.user_id = \"id\"\n";
    let put = |key: &str| {
        let url = format!("{}/v1/import/maps/people", house.base);
        house.client().put(url).basic_auth(key, None::<&str>).body(map)
    };
    reply(put(&old)).await.expect(200);
    reply(put(NEWEST)).await.expect(200);
    house.settle().await;
    assert_eq!(house.profile("user_id/ann", "orders").await.expect(200).json["metrics"]["orders"], 3);
    let exported = amana_core::catalog::Catalog::to_toml(&house.app().current().policy.catalog);
    assert!(exported.contains(&sha256_hex(old.as_bytes())), "an export keeps it: {exported}");
    house.apply(&declared(&[])).await;
    sent(&house, &old, "/v1/batch", "m5").await.expect(401);
    reply(put(&old)).await.expect(401);
    sent(&house, NEWEST, "/v1/batch", "m5").await.expect(200);
}
