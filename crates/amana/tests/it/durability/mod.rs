//! A 2xx means durable, shown on the level of system calls: `kill -9` keeps what the system has cached, so only the
//! order of writing, syncing and answering proves anything.

mod strace;

use crate::support::{CATALOG, Place, Server, canary, reply};
use amana::hash::sha256_hex;
use serde_json::json;
use strace::{Call, Trace};

/// Every sync is held up for so long, in microseconds: an answer that does not wait for it would be far ahead.
const SYNC_MICROS: u32 = 100_000;
/// Larger than everything that stands around it in the journal, so that lengths tell how many events were written.
const PADDING_BYTES: u64 = 19_200;
/// What is sent of it: digits are made a little shorter, and that of eight events less than one of them.
const NOISE_BYTES: u64 = PADDING_BYTES + PADDING_BYTES / 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_was_synced_before() {
    let place = Place::new().await;
    let mut server = serve(&place, "durability");
    for number in 0..5 {
        send(&server, number).await;
    }
    let trace = end(&place, &mut server);
    assert_eq!(trace.answers().count(), 5);
    let syncs = check(&trace);
    assert!(syncs >= 5, "requests that come one after the other cannot share a sync, but there were {syncs}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_at_the_same_time_share_a_sync_and_wait_for_it() {
    let place = Place::new().await;
    let mut server = serve(&place, "durability-shared");
    // The first is in its sync for a tenth of a second; the others come meanwhile, and the next sync is theirs.
    let sending: tokio::task::JoinSet<()> = (0..8).map(|number| send(&server, number)).collect();
    sending.join_all().await;
    let trace = end(&place, &mut server);
    assert_eq!(trace.answers().count(), 8);
    let syncs = check(&trace);
    assert!(syncs <= 4, "eight requests took {syncs} syncs");
}

fn serve(place: &Place, name: &str) -> Server {
    let file = place.file("strace");
    let delay = format!("inject=fdatasync:delay_exit={SYNC_MICROS}");
    let calls = "trace=write,writev,pwrite64,pwritev,pwritev2,fdatasync,fsync,sendto,sendmsg";
    let watcher = ["strace", "-f", "-y", "-s", "16", "-e", calls, "-e", &delay, "-o", file.to_str().unwrap()];
    place.serve_under(&watcher, name, CATALOG)
}

/// Sends one event with padding that can't be made smaller than it counts.
fn send(server: &Server, number: u32) -> impl Future<Output = ()> + Send + 'static {
    let noise: String = (0..NOISE_BYTES / 64).map(|part| sha256_hex(format!("{number} {part}").as_bytes())).collect();
    let events = json!([{
        "type": "track", "event": "Order Completed", "userId": format!("user-{number}"), "messageId": format!("m{number}"),
        "properties": { "order_id": number.to_string(), "revenue": 1, "canary": canary(), "padding": noise },
    }]);
    let request = server.batch("shop", &events);
    async move { drop(reply(request).await.expect(200)) }
}

fn end(place: &Place, server: &mut Server) -> Trace {
    server.terminate();
    Trace::read(&std::fs::read_to_string(place.file("strace")).unwrap())
}

/// Whenever an answer begins to leave, at least as much is synced in the journal as was acknowledged so far, this answer
/// included. Gives the number of syncs of the journal up to the last answer.
fn check(trace: &Trace) -> usize {
    let mut acknowledged = 0;
    for answer in trace.answers() {
        acknowledged += PADDING_BYTES;
        let synced = trace.synced_bytes_before(answer.began);
        assert!(synced >= acknowledged, "{acknowledged} bytes are acknowledged where {synced} are synced");
    }
    let last = trace.answers().last().unwrap().began;
    trace.journal_syncs().filter(|sync| sync.ended < last && is_needed(trace, sync)).count()
}

/// Whether anything was written to the journal that only this sync has made durable.
fn is_needed(trace: &Trace, sync: &Call) -> bool {
    trace.synced_bytes_before(sync.ended + 1) > trace.synced_bytes_before(sync.ended)
}
