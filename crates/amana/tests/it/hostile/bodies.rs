//! Bodies that are not what they say.

use super::Target;
use crate::support::{br, canary, gzip, reply, write_key, zstd};
use amana::collect::Call;
use flate2::{Compress, Compression, FlushCompress};
use rand::{Rng as _, SeedableRng as _};
use reqwest::RequestBuilder;
use serde_json::json;
use std::time::{Duration, Instant};

const MIB: usize = 1 << 20;
/// No refusal takes longer, even in a debug build on a busy machine.
const TIME_MAX: Duration = Duration::from_secs(20);

fn post(target: &Target, path: &str) -> RequestBuilder {
    let request = target.server.client.post(format!("{}{path}", target.server.base));
    request.basic_auth(write_key("shop"), None::<&str>).header("content-type", "application/json").timeout(TIME_MAX)
}

/// Zeros as gzip, a block of a mebibyte repeated as often as asked: the body of a bomb costs nothing to make. The sum
/// at its end is wrong, which only somebody finds who has read all of it.
fn gzip_bomb(mebibytes: usize) -> Vec<u8> {
    let mut block = Vec::with_capacity(4_096);
    Compress::new(Compression::best(), false).compress_vec(&vec![0; MIB], &mut block, FlushCompress::Full).unwrap();
    assert!(block.len() < 4_000, "a block is whole");
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    (0..mebibytes).for_each(|_| bomb.extend_from_slice(&block));
    bomb.extend_from_slice(&[3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    bomb
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bomb_costs_no_more_than_an_honest_body() {
    let target = Target::start("hostile-bombs");
    let whole = gzip_bomb(1_024);
    assert!(whole.len() > 516 << 10, "as one gzip a gibibyte is larger than a body may be");
    let zstd_gibibyte = zstd(&vec![0; MIB]).repeat(1_024);
    for (what, encoding, body) in [
        ("1 GiB as gzip", "gzip", whole.clone()),
        ("400 MiB as gzip", "gzip", gzip_bomb(400)),
        ("1 GiB as gzip in gzip", "gzip, gzip", gzip(&whole)),
        ("1 GiB as gzip in gzip, unannounced", "identity", gzip(&whole)),
        ("1 GiB as gzip in brotli", "gzip, br", br(&whole)),
        ("1 GiB as zstd", "zstd", zstd_gibibyte.clone()),
        ("1 GiB as zstd in gzip", "zstd, gzip", gzip(&zstd_gibibyte)),
        ("64 MiB as brotli", "br", br(&vec![0; 64 * MIB])),
    ] {
        let begun = Instant::now();
        reply(post(&target, "/v1/batch").header("content-encoding", encoding).body(body))
            .await
            .problem(413, "too_large");
        assert!(begun.elapsed() < TIME_MAX, "{what}");
    }
    let nested = gzip(&gzip(&gzip(b"{}")));
    let three = post(&target, "/v1/batch").header("content-encoding", "gzip, gzip, gzip").body(nested);
    reply(three).await.problem(415, "unsupported_encoding");
    target.is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_too_large_too_deep_or_torn_is_refused() {
    let target = Target::start("hostile-bodies");
    let secret = canary();
    let deep =
        |open: &str, close: &str| format!("{}{secret}{}", open.repeat(100_000), close.repeat(100_000)).into_bytes();
    let inside = |body: &str| format!("{{\"batch\":[{{\"type\":\"identify\",\"userId\":\"u\",\"traits\":{body}}}]}}");
    let many = |count: usize| json!({"batch": vec![json!({"type": "page", "userId": secret}); count]}).to_string();
    for (what, body, status, code) in [
        ("100,000 arrays inside each other", deep("[", "]"), 400, "too_deep"),
        ("as many open ones", b"[".repeat(100_000), 400, "too_deep"),
        ("in an event", inside(&"{\"a\":".repeat(100_000)).into_bytes(), 400, "too_deep"),
        ("invalid UTF-8", b"{\"userId\":\"\xc3\x28\"}".to_vec(), 400, "not_utf8"),
        ("half a surrogate", inside("{\"a\":\"\\ud800\"}").into_bytes(), 400, "bad_json"),
        ("a NUL where text ends in C", b"{\"batch\":[]}\0".to_vec(), 400, "bad_json"),
        ("a number nobody has", inside("{\"a\":1e999999}").into_bytes(), 400, "bad_json"),
        ("a torn body", br#"{"batch":[{"type":"identify","userId":"#.to_vec(), 400, "bad_json"),
        ("200,000 values", format!("{{\"batch\":[{}1]}}", "1,".repeat(200_000)).into_bytes(), 400, "too_many_values"),
        ("2,501 events", many(2_501).into_bytes(), 413, "too_large"),
        ("600 KB", vec![b' '; 600_000], 413, "too_large"),
    ] {
        let answer = reply(post(&target, "/v1/batch").body(body)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{what}");
        assert!(!answer.text.contains(&secret), "{what}: the answer repeats what was sent");
    }
    // A key nobody has learns nothing, whatever it sends.
    let request = target.server.client.post(format!("{}/v1/batch", target.server.base));
    reply(request.basic_auth(&secret, None::<&str>).body(many(1))).await.problem(401, "unauthorized");
    target.is_well().await;
}

/// Bytes without any sense, and honest bodies with a few bytes changed, on every path of the door.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_bytes_are_refused_or_taken_and_never_break_anything() {
    let target = Target::start("hostile-random");
    let mut dice = rand_chacha::ChaCha20Rng::seed_from_u64(7);
    let honest = json!({"batch": [
        {"type": "track", "event": "Order Completed", "userId": "u1", "properties": {"order_id": "o1", "revenue": 5}},
        {"type": "identify", "userId": "u1", "traits": {"email": "a@people.example", "birthday": "1990-01-01"}},
    ]});
    let honest = honest.to_string().into_bytes();
    for round in 0..60 {
        for call in Call::ALL {
            let mut body = if round % 2 == 0 { vec![0; 256] } else { honest.clone() };
            if round % 2 == 0 {
                dice.fill_bytes(&mut body);
            }
            for _ in 0..3 {
                let place = dice.next_u64() as usize % body.len();
                body[place] = dice.next_u32() as u8;
            }
            let encoding = ["identity", "gzip", "br", "zstd", "deflate"][round % 5];
            let request = post(&target, &format!("/v1/{}", call.as_str())).header("content-encoding", encoding);
            let status = reply(request.body(body)).await.status.as_u16();
            assert!(matches!(status, 200 | 400 | 413 | 415), "{status} for {call:?}");
        }
    }
    target.is_well().await;
}

/// Texts that other systems stumble over are taken as they are, and what is kept can be read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_texts_are_taken_whole() {
    let target = Target::start("hostile-texts");
    let odd = "\u{0}\u{1}\u{7f}\u{202e}\u{feff}'; DROP TABLE people; --<script>{{7*7}}${jndi:ldap://x}%00\\\u{10ffff}";
    let body = json!({"batch": [
        {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m1",
         "properties": {"order_id": odd, odd: odd}, "context": {"traits": {"firstName": odd, odd: {odd: odd}}, odd: odd}},
        {"type": "track", "event": odd, "userId": "u1", "messageId": "m2"},
        {"type": "track", "event": "Order Completed", "userId": "a\u{0}b", "messageId": "m3"},
    ]});
    let answer = reply(post(&target, "/v1/batch").body(body.to_string())).await.expect(200);
    assert_eq!(answer.json["accepted"], 1);
    assert!(answer.json["refused"].as_array().unwrap().iter().all(|one| one["code"] == "control_character"));
    target.server.settle().await;
    let (_, profile) = target.server.get("privacy", "profiles/user_id/u1?purpose=orders").await;
    assert_eq!(profile["traits"]["firstName"], odd);
    let (_, quarantine) = target.server.get("privacy", "quarantine").await;
    let shown = quarantine.to_string();
    assert!(!shown.contains("DROP") && shown.contains('*'), "a key that looks like a value stands as *");
    target.is_well().await;
}
