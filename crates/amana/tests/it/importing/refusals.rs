//! What cannot be read, is too large, or is not for everybody.

use super::{CUSTOMERS, ORDERS, orders_csv};
use crate::support::{CATALOG, Engine, House, canary, gzip, on_both_engines, reply, zstd};
use serde_json::json;

on_both_engines!(
    rejected_rows_are_told_by_line_field_and_reason_and_never_by_value,
    a_public_key_imports_nothing,
    a_wrong_map_is_told_with_its_places,
    bombs_and_broken_files_end_with_a_reason,
);

async fn a_public_key_imports_nothing(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    house.put_map("site", "map", ORDERS).await.problem(403, "source_not_trusted");
    let request = house.collect("site", "/v1/import?map=map").header("content-type", "text/csv");
    reply(request.body(orders_csv(1))).await.problem(403, "source_not_trusted");
    let request = house.client().post(format!("{}/v1/import?map=map", house.base)).header("content-type", "text/csv");
    reply(request.body("a")).await.problem(401, "unauthorized");
}

async fn a_wrong_map_is_told_with_its_places(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let told = house.put_map("crm", "map", "kind = \"trak\"\nfoo = 1\n").await.problem(422, "map_invalid").json;
    let places: Vec<_> =
        told["errors"].as_array().unwrap().iter().map(|error| (&error["line"], &error["field"])).collect();
    assert!(places.contains(&(&json!(1), &json!("kind"))) && places.contains(&(&json!(2), &json!("foo"))), "{told}");
    for (wrong, field) in [
        ("kind = \"acts\"\nidentifiers.fax = \"f\"\n", "identifiers.fax"),
        (
            "kind = \"acts\"\nidentifiers.email = \"f\"\n[[acts]]\nact = \"object\"\npurpose = \"nothing\"\n",
            "acts[0].purpose",
        ),
        (
            "kind = \"acts\"\nidentifiers.email = \"f\"\n[[acts]]\nact = \"grant\"\npurpose = \"news\"\n",
            "acts[0].timestamp",
        ),
        ("kind = \"identify\"\nidentifiers.email = \"f\"\n", "identifiers"),
    ] {
        let told = house.put_map("crm", "map", wrong).await.problem(422, "map_invalid").json;
        assert_eq!(told["errors"][0]["field"], field, "{told}");
    }
    let request = house.collect("crm", "/v1/import?map=other").header("content-type", "text/csv");
    reply(request.body("a")).await.problem(404, "map_unknown");
}

async fn rejected_rows_are_told_by_line_field_and_reason_and_never_by_value(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let secret = canary();
    let long = "x".repeat(40_000);
    let file = format!(
        "customer,order,amount,at\nu1,o1,{secret},2026-02-01\nu2,o2,1.5,{secret}\n,o3,1.5,2026-02-01\nu4,o4\n\
         u5,{long},1,2026-02-01\nu6,o6,\"1,234.5\",2026-02-01\n"
    );
    let answer = house.import("shop", ORDERS, "text/csv", file).await.expect(200);
    assert!(!answer.text.contains(&secret));
    let told: Vec<_> = answer.json["rejects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reject| {
            (reject["line"].as_u64().unwrap(), reject["field"].as_str().unwrap(), reject["code"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            (2, "amount", "wrong_type"),
            (3, "at", "bad_time"),
            (4, "customer", "missing_field"),
            (5, "", "column_count"),
            (6, "", "event_too_large"),
        ]
    );
    assert_eq!((&answer.json["accepted"], &answer.json["next"]), (&1.into(), &6.into()));
}

async fn bombs_and_broken_files_end_with_a_reason(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let file = orders_csv(10);
    let whole = gzip(file.repeat(50).as_bytes());
    for (content_type, body) in [
        ("text/csv", Vec::new()),
        ("text/csv", b"customer,order,amount\nu1,o1,1\n".to_vec()),
        ("text/csv", b"customer,order,amount,at,at\n".to_vec()),
        ("text/csv", [file.as_bytes(), b"\"", &vec![b'x'; 600_000]].concat()),
        ("text/csv", whole[..whole.len() - 9].to_vec()),
        ("text/csv", bomb(b"customer,order,amount,at\n", b'x')),
        ("text/csv", bomb(b"customer,order,amount,at\n", b'\n')),
        ("application/x-ndjson", bomb(b"{\"customer\":\"u1\"}\n", b'\n')),
        ("application/x-ndjson", bomb(b"", b' ')),
        ("application/vnd.apache.parquet", b"PAR1 nothing PAR1".to_vec()),
        ("application/vnd.apache.parquet", include_bytes!("people.parquet")[..2_000].to_vec()),
        ("application/vnd.apache.parquet", zstd(b"no parquet")),
    ] {
        let answer = house.import("shop", ORDERS, content_type, body).await;
        answer.problem(422, "file_broken");
    }
    let lines = "{\"customer\":\"u1\",\"order\":1,\"at\":\"2026-02-01\"}\n{\"customer\":\n[1]\n";
    let answer = house.import("shop", ORDERS, "application/x-ndjson", lines).await.expect(200).json;
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&1.into(), &2.into()));
    let request = house.collect("shop", "/v1/import?map=map").header("content-type", "text/csv");
    reply(request.header("content-encoding", "br").body("a")).await.problem(415, "content_type");
    // What stood before the place that could not be read was imported, and said so.
    assert_eq!(
        house.import("shop", CUSTOMERS, "text/csv", "a;b\n").await.problem(422, "file_broken").json["import"]["next"],
        0
    );
}

/// A gigabyte of one byte, packed.
fn bomb(head: &[u8], filling: u8) -> Vec<u8> {
    [gzip(head), gzip(&vec![filling; 1 << 20]).repeat(1_024)].concat()
}
