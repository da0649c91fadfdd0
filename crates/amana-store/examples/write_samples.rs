//! Writes the samples of the current format, which tests re-read for ever. Run it once, when a format is new, into
//! `tests/samples`: `cargo run -p amana-store --all-features --example write_samples -- FOLDER`. A sample that is
//! committed is never written again. Keys are in format 2; the engines are in format 1 still, and are only written when
//! `engines` stands behind the folder.

#![expect(clippy::unwrap_used, reason = "a sample that cannot be written is looked at by whoever writes it")]

use amana_store::testing::Postgres;
use amana_store::{
    Batch, EmbeddedOptions, FragmentId, LogName, PostgresOptions, Space, Store, SystemDice,
    seal::{self, KeyId},
    space::key,
};
use std::path::{Path, PathBuf};
use std::process::Command;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap());
    write_keys(&folder);
    if arguments.next().is_some_and(|what| what == "engines") {
        write_engines(&folder).await;
    }
}

async fn write_engines(folder: &Path) {
    let dir = tempfile::tempdir().unwrap();
    fill(Store::open_embedded(dir.path(), EmbeddedOptions::default()).await.unwrap()).await;
    let mut tar = Command::new("tar");
    tar.arg("-czSf").arg(folder.join("embedded-1.tar.gz")).arg("-C").arg(dir.path()).arg(".");
    assert!(tar.status().unwrap().success());
    let cluster = Postgres::start();
    let url = cluster.new_database().await;
    fill(Store::open_postgres(&url, PostgresOptions::default()).await.unwrap()).await;
    let mut dump = Command::new("pg_dump");
    dump.args(["--inserts", "--no-owner", "-f"]).arg(folder.join("postgres-1.sql")).arg(url);
    assert!(dump.status().unwrap().success());
}

async fn fill(store: Store) {
    let log = |name| LogName::new(name).unwrap();
    let mut batch = Batch::new();
    for number in 0..5_u32 {
        batch.put(Space::Block, number.to_be_bytes(), format!("block {number}"));
    }
    batch.put(Space::Tally, "a", "1").append(&log("changes"), "one").append(&log("changes"), "two");
    store.commit(batch).await.unwrap();
    let mut batch = Batch::new();
    batch.put(Space::Tally, "a", "2").delete(Space::Block, 0_u32.to_be_bytes()).append(&log("changes"), "three");
    store.commit(batch).await.unwrap();
    store.append(&log("journal"), vec!["event one".into()]).await.unwrap();
    store.append(&log("journal"), vec!["event two".into()]).await.unwrap();
    store.close().await;
}

fn write_keys(folder: &Path) {
    let fragment = FragmentId::from_bytes(*b"sample fragment!");
    let plain = b"a value that is long enough to be compressed, compressed, compressed, compressed, compressed";
    let master = seal::MasterKey::from_file_or_create(&folder.join("master-2.key"), &mut SystemDice).unwrap();
    let root = seal::Root::open_or_create(&folder.join("root-2"), &master, &mut SystemDice).unwrap();
    let mut ring = seal::Ring::new();
    let class_key = ring.key_or_new(KeyId::holding(7), &mut SystemDice).clone();
    ring.key_or_new(KeyId::events(7, 675), &mut SystemDice);
    std::fs::write(folder.join("ring-2"), root.wrap_ring(fragment, &ring, &mut SystemDice)).unwrap();
    // A bucket in the middle of being rekeyed twice.
    for _ in 0..2 {
        root.begin_destroying(&[seal::bucket(fragment)], &mut SystemDice).unwrap();
    }
    let associated = seal::associated_data(Space::Block, &key::block(fragment, 7));
    let sealed = seal::seal(class_key.as_bytes(), &associated, plain, &mut SystemDice);
    std::fs::write(folder.join("sealed-2"), sealed).unwrap();
    std::fs::write(folder.join("index-2"), root.index_secrets().key("scope", "email", 1, "a@example.org")).unwrap();
}
