//! Predicates that mean harm: refused with their place or evaluated within bounds, and whatever was saved does not
//! hold up the pipeline.

use super::Target;
use crate::support::{api_key, reply, write_key};
use serde_json::json;
use std::time::{Duration, Instant};

const TIME_MAX: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_predicate_cannot_take_the_server_down() {
    let target = Target::start("hostile-predicates");
    let server = &target.server;
    let put = |code: String, predicate: String| {
        let url = format!("{}/api/v1/audiences/{code}", server.base);
        let body = json!({"name": "Hostile", "purpose": "orders", "where": predicate}).to_string();
        let request =
            server.client.put(url).bearer_auth(api_key("marketing")).header("content-type", "application/json");
        reply(request.timeout(TIME_MAX).body(body))
    };
    for (place, predicate) in refused().into_iter().enumerate() {
        let (begun, shown) = (Instant::now(), predicate.chars().take(40).collect::<String>());
        let answer = put(format!("refused-{place}"), predicate).await;
        assert!(matches!(answer.status.as_u16(), 400 | 413 | 422), "{} for {shown}: {}", answer.status, answer.text);
        assert!(begun.elapsed() < TIME_MAX, "{shown}");
    }
    let mut saved = Vec::new();
    for (place, predicate) in perhaps_saved().into_iter().enumerate() {
        let shown = predicate.chars().take(40).collect::<String>();
        let answer = put(format!("saved-{place}"), predicate).await;
        assert!(matches!(answer.status.as_u16(), 201 | 422), "{} for {shown}: {}", answer.status, answer.text);
        if answer.status.as_u16() == 201 {
            saved.push(format!("saved-{place}"));
        }
    }
    // People go through whatever was saved, and honest audiences still know them.
    let body = json!({"batch": (0..200).map(|number| json!({"type": "track", "event": "Order Completed",
        "userId": format!("u{number}"), "context": {"traits": {"address": {"country": "a".repeat(200)}}}})).collect::<Vec<_>>()});
    let request = server.client.post(format!("{}/v1/batch", server.base)).basic_auth(write_key("shop"), None::<&str>);
    reply(request.body(body.to_string())).await.expect(200);
    let begun = Instant::now();
    server.settle().await;
    assert!(begun.elapsed() < TIME_MAX);
    let page = loop {
        let (_, page) = server.get("marketing", "audiences/buyers/members?limit=1000").await;
        if page["state"] == "ready" {
            break page;
        }
    };
    assert_eq!(page["count"], 200);
    for code in saved {
        assert_eq!(server.get("marketing", &format!("audiences/{code}")).await.0.as_u16(), 200, "{code}");
    }
    target.is_well().await;
}

fn nested(open: &str, inner: &str, close: &str, times: usize) -> String {
    format!("{}{inner}{}", open.repeat(times), close.repeat(times))
}

fn list(count: usize) -> String {
    (0..count).map(|number| format!("'{number}'")).collect::<Vec<_>>().join(", ")
}

/// No predicate, or none that its purpose may ask, or none whose cost is bounded.
fn refused() -> Vec<String> {
    vec![
        "orders >= 1; DROP TABLE people".to_owned(),
        "orders >= 1 -- and the rest\n; SELECT 1".to_owned(),
        "orders IN (SELECT orders FROM people)".to_owned(),
        "EXISTS (SELECT 1)".to_owned(),
        "pg_sleep(10) IS NULL".to_owned(),
        "random() > 0.5".to_owned(),
        "read_file('/etc/passwd') IS NOT NULL".to_owned(),
        "repeat('x', 2000000000) = 'x'".to_owned(),
        "lpad('x', 2000000000, 'y') = 'x'".to_owned(),
        "orders".to_owned(),
        "'yes'".to_owned(),
        "views > 1".to_owned(),
        "email = 'a@people.example'".to_owned(),
        "orders >= 1 AND \u{0}".to_owned(),
        nested("(", "orders >= 1", ")", 5_000),
        nested("NOT (", "orders >= 1", ")", 1_000),
        format!("orders >= 1 {}", "AND orders >= 1 ".repeat(3_000)),
        format!("\"address.country\" IN ({})", list(20_000)),
        format!("{}orders >= 1", "NOT ".repeat(2_400)),
        format!("orders >= {}", "9".repeat(5_000)),
        format!("{}1{} >= 1", "abs(".repeat(1_500), ")".repeat(1_500)),
        format!("orders >= 1 + {}1", "-".repeat(8_000)),
        String::new(),
    ]
}

/// Odd, and harmless where they are saved.
fn perhaps_saved() -> Vec<String> {
    vec![
        "orders / 0 >= 1".to_owned(),
        "orders * 9223372036854775807 * 9223372036854775807 > 0".to_owned(),
        "\"address.country\" LIKE '%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%a'".to_owned(),
        "regexp_like(\"address.country\", '(a+)+$')".to_owned(),
        "regexp_like(\"address.country\", '(x{1000}){1000}')".to_owned(),
        "CAST('not a number' AS BIGINT) = 1".to_owned(),
        "CAST(orders AS VARCHAR) = \"address.country\"".to_owned(),
        format!("\"address.country\" IN ({})", list(500)),
        nested("(", "orders >= 1", ")", 20),
    ]
}
