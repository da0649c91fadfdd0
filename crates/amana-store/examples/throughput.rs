//! What the store does on this machine: `cargo run --release -p amana-store --features testing --example throughput`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement, for whoever sits before it")]

use std::time::{Duration, Instant};

use amana_store::{Batch, EmbeddedOptions, LogName, PostgresOptions, Space, Store, testing::Postgres};
use bytes::Bytes;

const COMMITS: u32 = 10;
const PUTS: u32 = 20_000;

#[tokio::main]
async fn main() {
    let dir = tempfile::tempdir().unwrap();
    measure("embedded", Store::open_embedded(dir.path(), EmbeddedOptions::default()).await.unwrap()).await;
    let cluster = Postgres::start();
    measure("postgres", Store::open_postgres(&cluster.url(), PostgresOptions::default()).await.unwrap()).await;
}

fn log(name: &str) -> LogName {
    LogName::new(name).unwrap()
}

async fn measure(engine: &str, store: Store) {
    let mut took = Duration::ZERO;
    for commit in 0..COMMITS {
        let mut batch = Batch::with_capacity(PUTS as usize);
        for put in 0..PUTS {
            let key = u64::from(put) * u64::from(COMMITS) + u64::from(commit);
            batch.put(Space::Event, [&[1; 16][..], &key.to_be_bytes()].concat(), vec![7; 300]);
        }
        batch.append(&log("changes"), vec![1; 1_000]);
        let started = Instant::now();
        store.commit(batch).await.unwrap();
        took += started.elapsed();
    }
    let per_put = took.as_micros() as f64 / f64::from(COMMITS * PUTS);
    println!("{engine}: commit of {PUTS} puts {:.1?}, {per_put:.2} µs a put", took / COMMITS);

    let keys: Vec<_> =
        (0..PUTS).step_by(10).map(|key| [&[1; 16][..], &u64::from(key).to_be_bytes()].concat()).collect();
    // The first time reads blocks from their files, the second time finds them in the cache.
    for time in ["first", "second"] {
        let started = Instant::now();
        let found = store.get_many(Space::Event, &keys).await.unwrap();
        assert!(found.iter().all(Option::is_some));
        let per_key = started.elapsed().as_micros() as f64 / keys.len() as f64;
        println!("{engine}: get_many of {} keys, the {time} time {per_key:.2} µs a key", keys.len());
    }

    let started = Instant::now();
    let mut longest = Duration::ZERO;
    let appenders: Vec<_> = (0..64)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut longest = Duration::ZERO;
                for _ in 0..50 {
                    let started = Instant::now();
                    store.append(&log("journal"), vec![Bytes::from(vec![1; 600])]).await.unwrap();
                    longest = longest.max(started.elapsed());
                }
                longest
            })
        })
        .collect();
    for appender in appenders {
        longest = longest.max(appender.await.unwrap());
    }
    let per_second = 64.0 * 50.0 / started.elapsed().as_secs_f64();
    println!("{engine}: {per_second:.0} single durable appends a second from 64 callers, the slowest in {longest:.1?}");

    let started = Instant::now();
    for _ in 0..20 {
        let mut batch = Batch::new();
        batch.put(Space::Act, *b"one act", "x").append(&log("changes"), "x");
        store.commit(batch).await.unwrap();
    }
    println!("{engine}: a small commit with a log in {:.1?}", started.elapsed() / 20);
    let started = Instant::now();
    let bytes: usize =
        store.read(&log("journal"), amana_store::Position(0), 8 << 20).await.unwrap().iter().map(|r| r.1.len()).sum();
    println!("{engine}: read {bytes} bytes of a log in {:.1?}", started.elapsed());
    store.close().await;
}
