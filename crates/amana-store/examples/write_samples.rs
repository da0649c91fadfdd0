//! Writes the samples of the current format, which tests re-read for ever. Run it once, when a format is new, into
//! `tests/samples`: `cargo run -p amana-store --all-features --example write_samples -- FOLDER`. A sample that is
//! committed is never written again.

#![expect(clippy::unwrap_used, reason = "a sample that cannot be written is looked at by whoever writes it")]

use amana_store::testing::Postgres;
use amana_store::{
    Batch, EmbeddedOptions, FragmentId, LogName, PostgresOptions, Space, Store, SystemDice, seal, space::key,
};
use std::path::{Path, PathBuf};
use std::process::Command;

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap());
    write_engines(&folder).await;
    write_keys(&folder);
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
    let master = seal::MasterKey::from_file_or_create(&folder.join("master-1.key"), &mut SystemDice).unwrap();
    let root = seal::Root::open_or_create(&folder.join("root-1"), &master, &mut SystemDice).unwrap();
    let mut ring = seal::Ring::new();
    let class_key = ring.key_or_new(7, &mut SystemDice).clone();
    std::fs::write(folder.join("ring-1"), root.wrap_ring(fragment, &ring, &mut SystemDice)).unwrap();
    let associated = seal::associated_data(Space::Block, &key::block(fragment, 7));
    let sealed = seal::seal(class_key.as_bytes(), &associated, plain, &mut SystemDice);
    std::fs::write(folder.join("sealed-1"), sealed).unwrap();
    std::fs::write(folder.join("index-1"), root.index_secrets().key("scope", "email", 1, "a@example.org")).unwrap();
}
