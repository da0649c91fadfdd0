//! A disk without space: what cannot be kept is refused, what was acknowledged stays, and space is all it takes to go on.

use crate::support::{CATALOG, Engine, House, Place, Reply, Server, Tmpfs, canary, catalog, reply, reply_or_error};
use amana_store::EmbeddedOptions;
use reqwest::{Method, StatusCode};
use serde_json::{Value as Json, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn below_the_floor_nothing_is_taken_in_and_reading_goes_on() {
    let mut house = House::open(Engine::Embedded, CATALOG).await;
    drop(house.send("shop", json!([order(1, "u1")])).await.expect(200));
    let before = picture(&house).await;

    house.engine =
        Engine::EmbeddedWith(EmbeddedOptions { free_space_floor_bytes: u64::MAX, ..EmbeddedOptions::default() });
    house.restart().await;
    let refused = house.post_events("shop", json!([order(2, "u1"), order(3, "u2")])).await.problem(503, "unavailable");
    assert!(refused.header("content-type").starts_with("application/problem+json"));
    let act = json!({ "act": "withdraw", "purpose": "news" });
    drop(house.act("privacy", "user_id/u1", act).await.problem(507, "disk_full"));
    let other = catalog(&CATALOG.replace("A Shop", "Another Shop"), &house.recipient.url());
    let put = house
        .client()
        .put(format!("{}/api/v1/catalog?base=1", house.base))
        .bearer_auth(crate::support::api_key("admin"));
    drop(reply(put.header("content-type", "application/toml").body(other)).await.problem(507, "disk_full"));
    drop(house.get("admin", "ready").await.problem(503, "not_ready"));
    drop(house.get("admin", "health").await.expect(200));
    assert_eq!(picture(&house).await, before, "nothing is half-applied, and what is there can be read");

    house.engine = Engine::Embedded;
    house.restart().await;
    assert_eq!(picture(&house).await, before);
    drop(house.send("shop", json!([order(2, "u1"), order(3, "u2")])).await.expect(200));
    assert_eq!(house.profile("user_id/u1", "orders").await.expect(200).json["metrics"]["orders"], 2);
    assert_eq!(house.profile("user_id/u2", "orders").await.expect(200).json["metrics"]["orders"], 1);
    drop(house.get("admin", "ready").await.expect(200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_runs_full_loses_nothing_that_was_acknowledged() {
    let disk = Tmpfs::mount(320);
    let mut place = Place::new().await;
    place.data = disk.path().join("data");
    let mut server = place.serve("full-disk", &Engine::Embedded, CATALOG);
    let mark = canary();
    let mut acknowledged = send_until_refused(&server, &mark, 0, 20).await;
    assert_eq!(acknowledged, 20, "there is space for these");
    for free_bytes in [6 << 20, 1 << 20, 100 << 10] {
        let ballast = disk.fill(free_bytes);
        acknowledged = send_until_refused(&server, &mark, acknowledged, u32::MAX).await;
        std::fs::remove_file(ballast).unwrap();
        // It goes on by itself, or it has said that it must be started again.
        if !answers(&server).await {
            assert!(!server.ended().await.success(), "a server that cannot go on says so by its exit code");
            server.start_again();
        }
        server.settle().await;
        for number in 0..acknowledged {
            let path = format!("profiles/user_id/u{mark}{number}?purpose=orders");
            let (status, profile) = server.get("privacy", &path).await;
            assert_eq!(
                (status, &profile["metrics"]["orders"]),
                (StatusCode::OK, &json!(1)),
                "order {number} of {acknowledged}"
            );
        }
    }
    acknowledged = send_until_refused(&server, &mark, acknowledged, acknowledged + 20).await;
    server.settle().await;
    assert!(acknowledged > 20);
    server.terminate();
}

/// Sends large events until one is not taken, and gives how many were. Refusals are problems in words.
async fn send_until_refused(server: &Server, mark: &str, from: u32, to: u32) -> u32 {
    for number in from..to {
        let mut order = order(number, &format!("u{mark}{number}"));
        order["properties"]["padding"] = noise(number).into();
        match reply_or_error(server.batch("shop", &json!([order]))).await {
            Ok(Reply { status: StatusCode::OK, .. }) => {}
            Ok(refused) => {
                let refused = refused.problem(503, "unavailable");
                assert!(refused.json["detail"].is_string());
                return number;
            }
            // It has ended; the next start shows what it kept.
            Err(_) => return number,
        }
    }
    to
}

/// Whether a server takes and works on something again.
async fn answers(server: &Server) -> bool {
    let act = json!({ "act": "object", "target": "direct_marketing" });
    let put = server.request("privacy", Method::PUT, "profiles/user_id/somebody-else/permissions");
    reply_or_error(crate::support::with_json(put, &act)).await.is_ok_and(|answer| answer.status == StatusCode::OK)
}

/// Text that cannot be made smaller.
fn noise(number: u32) -> String {
    (0..300).map(|part| amana::hash::sha256_hex(format!("{number} {part}").as_bytes())).collect()
}

fn order(number: u32, user: &str) -> Json {
    json!({
        "type": "track", "event": "Order Completed", "userId": user, "messageId": format!("m{number}"),
        "properties": { "order_id": format!("o{number}"), "revenue": 1.5, "currency": "EUR" },
    })
}

/// Everything that a refused request could have changed.
async fn picture(house: &House) -> Json {
    let of = async |path: &str| house.get("privacy", path).await.json;
    let mut picture = json!({
        "one": of("profiles/user_id/u1?purpose=orders").await,
        "two": of("profiles/user_id/u2?purpose=orders").await,
        "permissions": of("profiles/user_id/u1/permissions").await,
        "catalog": house.get("admin", "catalog").await.text,
    });
    for place in ["one", "two", "permissions"] {
        picture[place].as_object_mut().unwrap().remove("as_of");
    }
    picture
}
