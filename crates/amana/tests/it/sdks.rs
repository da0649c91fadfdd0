//! Unmodified SDKs drive a real server: what they send is found, also when the server dies under them.
//!
//! `tests/clients/README.md` says what each of them sends and how it tries again.

use crate::support::{CATALOG, Engine, Place, Server, canary, decimal, write_key};
use amana::hash::sha256_hex;
use rust_decimal::Decimal;
use serde_json::Value as Json;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::task::JoinSet;

/// An SDK: the prefix of its people, which is also its source, and its script below the clients' folder.
type Sdk = (&'static str, &'static str);

const SDKS: [Sdk; 5] = [
    ("segment-node", "node/segment-node.mjs"),
    ("analytics-node", "node/analytics-node.mjs"),
    ("rudder-node", "node/rudder-node.mjs"),
    ("segment-python", "python/segment_python.py"),
    ("rudder-python", "python/rudder_python.py"),
];

/// How often the server is killed while they send.
const KILLS: u32 = 6;
/// Pauses between kills: shorter ones would only find SDKs that wait for their next try.
const BETWEEN_KILLS: Duration = Duration::from_millis(1_200);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_real_sdks_send_is_found_in_profiles_once() {
    let place = Place::new().await;
    let server = place.serve("sdks", &Engine::Embedded, &catalog());
    let told = run_all(&server, 12, None).await;
    server.settle().await;
    for (sdk, report) in told {
        check(&server, sdk, &report, 12).await;
    }
    assert_eq!(server.tally("events_kept").await, 5 * 12 * 3);
    assert_eq!(server.tally("events_duplicate").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_sdks_send_through_kills_and_every_event_is_there_once() {
    let place = Place::new().await;
    let mut server = place.serve("sdks-killed", &Engine::Embedded, &catalog());
    // 3 events for each person, so that the sending takes as long as the kills.
    let (count, rate) = (120, 40);
    let told = {
        let clients = run_all(&server, count, Some(rate));
        let mut clients = std::pin::pin!(clients);
        let mut kills = 0;
        loop {
            tokio::select! {
                told = &mut clients => break told,
                // The moments of the kills; nothing is waited for here.
                () = tokio::time::sleep(BETWEEN_KILLS), if kills < KILLS => {
                    server.kill();
                    server.start_again();
                    kills += 1;
                }
            }
        }
    };
    server.settle().await;
    for (sdk, report) in told {
        check(&server, sdk, &report, count).await;
    }
    assert_eq!(server.tally("events_kept").await, 5 * u64::from(count) * 3, "duplicates are counted apart");
}

/// A source for each SDK. What they send is kept for offers from the first event on, as the source shows the notice.
fn catalog() -> String {
    let source = |(prefix, _): Sdk| {
        let (code, key) = (prefix.replace('-', "_"), sha256_hex(write_key(prefix).as_bytes()));
        format!(
            r#"
            [[sources]]
            code = "{code}"
            brand = "shop"
            channel = "shop"
            trust = "server"
            write_key_sha256 = "{key}"
            collects = ["orders", "offers"]
            notices = ["privacy"]
            "#
        )
    };
    SDKS.into_iter().fold(CATALOG.to_owned(), |text, sdk| text + &source(sdk))
}

/// Lets all of them tell their story at the same time, and gives what each has printed.
fn run_all(server: &Server, count: u32, rate: Option<u32>) -> impl Future<Output = Vec<(Sdk, Json)>> + use<> {
    let mark = canary();
    let running: JoinSet<(Sdk, Json)> = SDKS
        .into_iter()
        .map(|sdk| {
            let command = command(sdk, server, count, rate, &mark);
            async move { (sdk, run(sdk, command).await) }
        })
        .collect();
    running.join_all()
}

fn command((prefix, script): Sdk, server: &Server, count: u32, rate: Option<u32>, canary: &str) -> Command {
    let variable =
        |name: &str| std::env::var_os(name).unwrap_or_else(|| panic!("{name} is not set: run `cargo xtask setup`"));
    let script = PathBuf::from(variable("AMANA_TEST_CLIENTS")).join(script);
    let interpreter = if prefix.ends_with("node") { "node".into() } else { variable("AMANA_TEST_PYTHON") };
    // Whatever becomes of the test, nobody goes on trying for ever.
    let mut command = Command::new("timeout");
    command
        .arg("300")
        .arg(interpreter)
        .arg(script)
        .env("AMANA_URL", &server.base)
        .env("AMANA_WRITE_KEY", write_key(prefix));
    command.env("COUNT", count.to_string()).env("PREFIX", prefix).env("CANARY", canary);
    if let Some(rate) = rate {
        command.env("RATE", rate.to_string());
    }
    command.stdin(Stdio::null());
    command
}

/// What a client prints at its end. What SDKs complain of meanwhile is told only when one fails.
async fn run((prefix, _): Sdk, mut command: Command) -> Json {
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let (printed, complaints) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{prefix} ended with {}: {complaints}", output.status);
    serde_json::from_str(printed.trim()).unwrap_or_else(|error| panic!("{prefix} printed something else: {error}"))
}

/// Everybody of an SDK is there, with exactly one order, and the revenue sums up to what was printed.
async fn check(server: &Server, (prefix, _): Sdk, report: &Json, count: u32) {
    assert_eq!(report["sent"], count * 3, "{prefix}");
    let users = report["users"].as_array().unwrap();
    assert_eq!(users.len(), count as usize, "{prefix}");
    let mut revenue = Decimal::ZERO;
    for (number, user) in users.iter().enumerate() {
        let user = user.as_str().unwrap();
        let (status, profile) = server.get("privacy", &format!("profiles/user_id/{user}?purpose=offers")).await;
        assert_eq!(status, 200, "{user}");
        assert_eq!(profile["traits"]["email"], format!("{user}@example.com"), "{user}");
        assert_eq!(profile["traits"]["firstName"], format!("First {number}"), "{user}");
        assert_eq!(profile["metrics"]["orders"], 1, "{user}");
        revenue += decimal(&profile["metrics"]["revenue"]);
    }
    assert_eq!(revenue, decimal(&report["revenue_total"]), "{prefix}");
}
