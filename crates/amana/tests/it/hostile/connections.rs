//! Connections that are no honest client's: spoken by hand, for clients refuse to.

use super::Target;
use crate::support::{CATALOG, Engine, House, api_key, write_key};
use amana::pipeline::TallyName;
use amana::server::{Doors, Patience};
use base64::Engine as _;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longer than the server lets anybody take, shorter than anybody waits.
const PATIENCE: Duration = Duration::from_secs(60);

async fn connect(target: &Target) -> TcpStream {
    TcpStream::connect(target.server.base.strip_prefix("http://").unwrap()).await.unwrap()
}

/// What the server says until it closes the connection, or falls silent for as long as nobody waits.
async fn says(mut connection: TcpStream, bytes: &[u8]) -> String {
    // It may close before everything was sent; what it said before can still be read.
    let _ = connection.write_all(bytes).await;
    hears(&mut connection).await
}

async fn hears(connection: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    let read = tokio::time::timeout(PATIENCE, connection.read_to_end(&mut heard)).await;
    assert!(read.is_ok(), "the connection was neither answered nor closed: {}", String::from_utf8_lossy(&heard));
    String::from_utf8_lossy(&heard).into_owned()
}

fn status(heard: &str) -> Option<u16> {
    heard.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

fn basic() -> String {
    let key = base64::engine::general_purpose::STANDARD.encode(write_key("shop"));
    format!("Authorization: Basic {key}\r\nContent-Type: application/json\r\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_and_addresses_beyond_measure_are_refused() {
    let target = Target::start("hostile-headers");
    let long = "x".repeat(10 << 20);
    let many: String = (0..2_000).map(|number| format!("X-Header-{number}: 1\r\n")).collect();
    for (what, head) in [
        ("an address of 10 MB", format!("GET /{long} HTTP/1.1\r\nHost: h\r\n\r\n")),
        ("an address of 10 MB at a door", format!("POST /v1/track?{long} HTTP/1.1\r\nHost: h\r\n{}\r\n", basic())),
        ("a header of 10 MB", format!("GET /api/v1/health HTTP/1.1\r\nHost: h\r\nX-Long: {long}\r\n\r\n")),
        ("2,000 headers", format!("GET /api/v1/health HTTP/1.1\r\nHost: h\r\n{many}\r\n")),
        (
            "a key of 100 KB",
            format!(
                "GET /api/v1/audiences HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
                &long[..100_000]
            ),
        ),
        ("a NUL in a header", "GET /api/v1/health HTTP/1.1\r\nHost: h\r\nX-Nul: a\0b\r\n\r\n".into()),
        ("no HTTP", "\x16\x03\x01\x02\0\x01\0\x01\x7c\x03\x03".repeat(50)),
        (
            "two lengths",
            "POST /v1/track HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".into(),
        ),
        ("a length below nothing", "POST /v1/track HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n".into()),
    ] {
        let heard = says(connect(&target).await, head.as_bytes()).await;
        // Whoever goes on sending may find the connection closed before the answer is read.
        assert!(
            status(&heard).is_none_or(|status| (400..500).contains(&status)),
            "{what}: {}",
            heard.lines().next().unwrap()
        );
    }
    target.is_well().await;
}

/// `Content-Length` beside `Transfer-Encoding` is how requests are smuggled past a proxy (RFC 9112 §6.1).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_inside_a_request_is_not_served() {
    let target = Target::start("hostile-smuggling");
    let inner =
        format!("GET /api/v1/catalog HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\n\r\n", api_key("admin"));
    let outer = format!(
        "POST /v1/track HTTP/1.1\r\nHost: h\r\n{}Content-Length: {}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n{inner}",
        basic(),
        5 + inner.len(),
    );
    let heard = says(connect(&target).await, outer.as_bytes()).await;
    assert!(!heard.contains("[[purposes]]"), "the inner request was served");
    assert_eq!(heard.matches("HTTP/1.1 ").count(), 1);
    target.is_well().await;
}

/// Without a length nobody knows how long a body will become.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_an_end_is_cut_off_at_its_limit() {
    let target = Target::start("hostile-endless");
    let mut connection = connect(&target).await;
    let head = format!("POST /v1/batch HTTP/1.1\r\nHost: h\r\n{}Transfer-Encoding: chunked\r\n\r\n", basic());
    connection.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(65_536));
    let mut sent = 0;
    // A mebibyte is the most a connection's buffers on both sides hold beside what the server reads.
    while sent < (64 << 20) && connection.write_all(chunk.as_bytes()).await.is_ok() {
        sent += chunk.len();
        let mut first = [0; 12];
        if let Ok(Ok(12)) = tokio::time::timeout(Duration::ZERO, connection.peek(&mut first)).await {
            assert_eq!(&first, b"HTTP/1.1 413");
            break;
        }
    }
    assert!(sent < (64 << 20), "it read on for ever");
    target.is_well().await;
}

/// Slow senders hold a connection for a bounded time, and nobody else up. The patience is shortened, so that the test
/// need not have the server's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sends_slowly_is_let_go_of() {
    let house = House::open(Engine::Embedded, CATALOG).await;
    let folder = tempfile::tempdir().unwrap();
    let patience = Patience { head: Duration::from_secs(2), request: Duration::from_secs(2) };
    let doors = Doors::open_with(house.app(), folder.path(), ([127, 0, 0, 1], 0).into(), patience).await.unwrap();
    let half = format!("POST /v1/batch HTTP/1.1\r\nHost: h\r\n{}Content-Length: 1000\r\n\r\n{{\"batch\":[", basic());
    let put = format!(
        "PUT /api/v1/catalog?base=1 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\nContent-Length: 1000\r\n\r\n[[",
        api_key("admin"),
    );
    let mut waiting = Vec::new();
    for (kind, text, answer) in [
        ("nothing", "", None),
        ("half a head", "POST /v1/batch HTTP/1.1\r\nHost: h\r\n", Some(408)),
        ("half a body", &*half, Some(408)),
        ("half a catalogue", &*put, Some(408)),
    ] {
        for _ in 0..50 {
            let mut connection = TcpStream::connect(doors.address).await.unwrap();
            connection.write_all(text.as_bytes()).await.unwrap();
            waiting.push((connection, kind, answer));
        }
    }
    // Everybody else is served meanwhile.
    house
        .client()
        .get(format!("http://{}/api/v1/health", doors.address))
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap();
    let begun = Instant::now();
    for (mut connection, kind, answer) in waiting {
        let heard = hears(&mut connection).await;
        assert!(status(&heard).is_none() || status(&heard) == answer, "{kind}: {heard}");
    }
    assert!(begun.elapsed() < PATIENCE / 2, "they were let go of together");
    assert_eq!(house.tally(TallyName::EventsReceived).await, 0, "nothing half-read was kept");
    doors.close().await;
}
