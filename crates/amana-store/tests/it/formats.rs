//! Old formats stay readable, newer ones are refused.

use std::{path::Path, process::Command};

use amana_store::{FragmentId, KeyRange, Space, StoreError, seal, space::key, testing::Postgres};

use crate::bed::{Bed, Place, folder, log, run};

fn sample(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name)
}

/// What `examples/write_samples.rs` wrote.
async fn check(bed: &Bed) {
    let tally = bed.get("a").await.unwrap();
    assert_eq!(tally.value, "2");
    let blocks = bed.store().scan(Space::Block, KeyRange::all(), 10).await.unwrap();
    let values: Vec<_> = blocks.iter().map(|(_, entry)| entry.value.clone()).collect();
    assert_eq!(values, ["block 1", "block 2", "block 3", "block 4"]);
    assert!(blocks.iter().all(|(_, entry)| entry.version < tally.version));
    assert_eq!(bed.records(&log("changes")).await, ["one", "two", "three"]);
    assert_eq!(bed.records(&log("journal")).await, ["event one", "event two"]);
    bed.put("a", "3").await;
    assert!(bed.version("a").await.unwrap() > tally.version);
    assert_eq!(bed.append(&log("journal"), "event three").await.unwrap().0, 3);
}

#[test]
fn an_embedded_store_of_format_1_is_read() {
    run(async {
        let dir = folder();
        let sample = sample("embedded-1.tar.gz");
        let unpacked = Command::new("tar").arg("-xzf").arg(sample).arg("-C").arg(dir.path()).status().unwrap();
        assert!(unpacked.success());
        check(&Bed::new(Place::Folder(dir)).await).await;
    });
}

#[test]
fn a_database_of_format_1_is_read() {
    run(async {
        let cluster = Postgres::shared();
        let url = cluster.new_database().await;
        let dump = std::fs::read_to_string(sample("postgres-1.sql")).unwrap();
        // Lines that begin so are for psql, not for the server.
        let sql: Vec<_> = dump.lines().filter(|line| !line.starts_with('\\')).collect();
        Postgres::execute_in(&url, &sql.join("\n")).await;
        check(&Bed::new(Place::Database(cluster, url)).await).await;
    });
}

fn sample_fragment() -> FragmentId {
    FragmentId::from_bytes(*b"sample fragment!")
}

#[test]
fn keys_and_sealed_values_of_format_1_are_opened() {
    let master = seal::MasterKey::from_file(&sample("master-1.key")).unwrap();
    let root = seal::Root::open(&sample("root-1"), &master).unwrap();
    let wrapped = std::fs::read(sample("ring-1")).unwrap();
    let ring = root.unwrap_ring(sample_fragment(), &wrapped).unwrap();
    let sealed = std::fs::read(sample("sealed-1")).unwrap();
    let associated = seal::associated_data(Space::Block, &key::block(sample_fragment(), 7));
    let plain = seal::open(ring.key(7).unwrap().as_bytes(), &associated, &sealed).unwrap();
    assert_eq!(plain, sample_plain());
    // An index key that changed would lose everybody.
    let index = std::fs::read(sample("index-1")).unwrap();
    assert_eq!(root.index_secrets().key("scope", "email", 1, "a@example.org").as_slice(), index);
}

fn sample_plain() -> Vec<u8> {
    b"a value that is long enough to be compressed, compressed, compressed, compressed, compressed".to_vec()
}

#[test]
fn a_newer_folder_is_refused() {
    run(async {
        for (name, named) in [("store/format", "the store"), ("store/space/event", "the space event")] {
            let mut bed = Bed::embedded().await;
            bed.close().await;
            {
                let database = fjall::Database::builder(bed.dir().join("spaces")).open().unwrap();
                let meta = database.keyspace("meta", fjall::KeyspaceCreateOptions::default).unwrap();
                meta.insert(name, [&[0; 8][..], b"2"].concat()).unwrap();
                database.persist(fjall::PersistMode::SyncAll).unwrap();
            }
            assert_newer(bed.try_reopen().await, named);
        }
    });
}

#[test]
fn a_newer_database_is_refused_and_left_as_it_is() {
    run(async {
        for (name, named) in [("store/format", "the store"), ("store/space/event", "the space event")] {
            let mut bed = Bed::postgres().await;
            bed.close().await;
            let sql = format!("update amana.space_meta set v = '2' where k = '{name}'; drop table amana.space_tally");
            Postgres::execute_in(bed.url(), &sql).await;
            assert_newer(bed.try_reopen().await, named);
            let sql = "do $$ begin if to_regclass('amana.space_tally') is not null then raise 'made'; end if; end $$";
            Postgres::execute_in(bed.url(), sql).await;
        }
    });
}

#[test]
fn a_log_file_of_a_newer_format_is_refused() {
    run(async {
        let mut bed = Bed::embedded().await;
        bed.append(&log("journal"), "a").await.unwrap();
        bed.close().await;
        let path = bed.segments(&log("journal"))[0].clone();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[8] = 2;
        std::fs::write(&path, bytes).unwrap();
        assert_newer(bed.try_reopen().await, "log file");
    });
}

fn assert_newer(opened: Result<(), StoreError>, named: &str) {
    match opened {
        Err(StoreError::NewerFormat { place, found: 2, known: 1 }) => assert!(place.contains(named), "{place}"),
        other => panic!("expected a newer format to be refused, not {other:?}"),
    }
}
