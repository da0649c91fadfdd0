//! What the store does on this machine: `cargo run --release -p amana-store --features testing --example throughput`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement, for whoever sits before it")]

use std::time::{Duration, Instant};

use amana_store::{
    Batch, Dice as _, EmbeddedOptions, FragmentId, LogName, PostgresOptions, Space, Store, SystemDice,
    seal::{KeyId, MasterKey, Ring, Root, bucket, rewrap},
    testing::Postgres,
};
use bytes::Bytes;

const COMMITS: u32 = 10;
const PUTS: u32 = 20_000;
/// What a bucket holds of two million fragments.
const RINGS: usize = 500;

#[tokio::main]
async fn main() {
    let dir = tempfile::tempdir().unwrap();
    measure("embedded", Store::open_embedded(dir.path(), EmbeddedOptions::default()).await.unwrap()).await;
    destroy("embedded", Store::open_embedded(dir.path(), EmbeddedOptions::default()).await.unwrap()).await;
    let cluster = Postgres::start();
    measure("postgres", Store::open_postgres(&cluster.url(), PostgresOptions::default()).await.unwrap()).await;
    destroy("postgres", Store::open_postgres(&cluster.url(), PostgresOptions::default()).await.unwrap()).await;
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

/// Destroying keys: two replacements of the root file, and the rings of a bucket wrapped anew between them.
async fn destroy(engine: &str, store: Store) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("root");
    let root = Root::open_or_create(&path, &MasterKey::random(&mut SystemDice), &mut SystemDice).unwrap();
    let number = fill_bucket(&store, &root).await;
    let key_reads = 1_000_000_u32;
    let started = Instant::now();
    (0..key_reads).for_each(|_| drop(root.journal_writer()));
    println!("a journal key to write with in {:.0?}, by one thread", started.elapsed() / key_reads);
    let started = Instant::now();
    root.begin_destroying(&[number], &mut SystemDice).unwrap();
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!("{engine}: root file of {bytes} bytes replaced in {:.1?}", started.elapsed());
    let started = Instant::now();
    assert_eq!(rewrap(&store, &root, number, &mut SystemDice).await.unwrap().rings, RINGS);
    println!("{engine}: {RINGS} rings of a bucket wrapped anew in {:.1?}", started.elapsed());
    let started = Instant::now();
    root.finish_destroying(&[number], Some(2), &mut SystemDice).unwrap();
    println!("{engine}: root file replaced again in {:.1?}", started.elapsed());
    store.close().await;
}

/// Fills a bucket with rings of 30 keys, as somebody has after two years, and says which it is.
async fn fill_bucket(store: &Store, root: &Root) -> u16 {
    let mut ring = Ring::new();
    (0..30).for_each(|epoch| drop(ring.key_or_new(KeyId::events(1, epoch), &mut SystemDice).clone()));
    let mut batch = Batch::new();
    while batch.len() < RINGS {
        let mut id = [0; 16];
        SystemDice.fill(&mut id);
        let fragment = FragmentId::from_bytes(id);
        if bucket(fragment) == 7 {
            root.put_ring(&mut batch, fragment, &ring, &mut SystemDice);
        }
    }
    store.commit(batch).await.unwrap();
    7
}
