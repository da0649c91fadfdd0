//! Old formats stay readable, newer ones are refused.

use std::{path::Path, process::Command};

use amana_store::{
    Batch, FragmentId, KeyRange, Space, StoreError,
    seal::{self, KeyId},
    space::key,
    testing::Postgres,
};

use crate::bed::{Bed, Place, folder, log, promises, run};

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

/// Rings have changed; the root file, sealed values and index keys are what they were.
#[test]
fn keys_and_sealed_values_of_each_format_are_opened() {
    for format in [1, 2] {
        let sample = |name: &str| sample(&format!("{name}-{format}"));
        let master = seal::MasterKey::from_file(&sample("master").with_extension("key")).unwrap();
        let root = seal::Root::open(&sample("root"), &master).unwrap();
        let wrapped = std::fs::read(sample("ring")).unwrap();
        let ring = root.unwrap_ring(sample_fragment(), &wrapped).unwrap();
        let ids = [KeyId::holding(7), KeyId::events(7, 675)];
        assert_eq!(ring.ids().collect::<Vec<_>>(), ids[..format]);
        let sealed = std::fs::read(sample("sealed")).unwrap();
        let associated = seal::associated_data(Space::Block, &key::block(sample_fragment(), 7));
        let plain = seal::open(ring.key(KeyId::holding(7)).unwrap().as_bytes(), &associated, &sealed).unwrap();
        assert_eq!(plain, sample_plain());
        // An index key that changed would lose everybody.
        let index = std::fs::read(sample("index")).unwrap();
        assert_eq!(root.index_secrets().key("scope", "email", 1, "a@example.org").as_slice(), index);
    }
}

fn sample_plain() -> Vec<u8> {
    b"a value that is long enough to be compressed, compressed, compressed, compressed, compressed".to_vec()
}

/// Changes what a closed folder notes about its formats.
fn note(bed: &Bed, name: &str, format: &str) {
    let database = fjall::Database::builder(bed.dir().join("spaces")).open().unwrap();
    let meta = database.keyspace("meta", fjall::KeyspaceCreateOptions::default).unwrap();
    meta.insert(name, [&[0; 8][..], format.as_bytes()].concat()).unwrap();
    database.persist(fjall::PersistMode::SyncAll).unwrap();
}

/// The same of either engine.
async fn note_in_either(bed: &mut Bed, name: &str, format: &str) {
    bed.close().await;
    match &bed.place {
        Place::Folder(_) => note(bed, name, format),
        Place::Database(_, url) => {
            let sql = format!("update amana.space_meta set v = '{format}' where k = '{name}'");
            Postgres::execute_in(url, &sql).await;
        }
    }
}

promises! {
    async fn a_space_in_a_format_that_is_not_read_any_more_is_refused_with_what_to_do(bed: &mut Bed) {
        for (space, found) in [(Space::Event, 2), (Space::Fragment, 4), (Space::Ring, 0)] {
            let mut batch = Batch::new();
            batch.put(space, *b"key", "value");
            bed.store().commit(batch).await.unwrap();
            let name = format!("store/space/{}", space.name());
            note_in_either(bed, &name, &found.to_string()).await;
            let refused = bed.try_reopen().await.unwrap_err();
            assert!(matches!(refused, StoreError::OlderFormat { found: f, oldest, .. } if f == found && oldest == found + 1));
            let told = refused.to_string();
            assert!(told.contains(space.name()) && told.contains("start with a new data folder"), "{told}");
            note_in_either(bed, &name, &space.format_version().to_string()).await;
            bed.reopen().await;
        }
    }

    async fn a_space_in_a_format_that_is_still_read_or_with_nothing_in_it_is_noted_anew(bed: &mut Bed) {
        let mut batch = Batch::new();
        batch.put(Space::Ring, *b"key", "value");
        bed.store().commit(batch).await.unwrap();
        for name in ["store/space/ring", "store/space/event"] {
            note_in_either(bed, name, "1").await;
            bed.reopen().await;
            let noted = bed.store().get(Space::Meta, name.into()).await.unwrap().unwrap();
            assert_eq!(noted.value, if name.ends_with("ring") { "2" } else { "3" });
        }
    }
}

#[test]
fn a_newer_folder_is_refused() {
    run(async {
        for (name, named) in [("store/format", "the store"), ("store/space/event", "the space event")] {
            let mut bed = Bed::embedded().await;
            bed.close().await;
            note(&bed, name, "4");
            assert_newer(bed.try_reopen().await, named, 4);
        }
    });
}

#[test]
fn a_newer_database_is_refused_and_left_as_it_is() {
    run(async {
        for (name, named) in [("store/format", "the store"), ("store/space/event", "the space event")] {
            let mut bed = Bed::postgres().await;
            bed.close().await;
            let sql = format!("update amana.space_meta set v = '4' where k = '{name}'; drop table amana.space_tally");
            Postgres::execute_in(bed.url(), &sql).await;
            assert_newer(bed.try_reopen().await, named, 4);
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
        assert_newer(bed.try_reopen().await, "log file", 2);
    });
}

fn assert_newer(opened: Result<(), StoreError>, named: &str, newer: u64) {
    match opened {
        Err(StoreError::NewerFormat { place, found, known }) => {
            assert!(place.contains(named), "{place}");
            assert!(found == newer && known < newer, "{found} {known}");
        }
        other => panic!("expected a newer format to be refused, not {other:?}"),
    }
}
