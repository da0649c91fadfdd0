//! A store to test on, of either engine.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use amana_store::{
    Batch, CommitError, EmbeddedOptions, LogName, Position, PostgresOptions, Result, Space, Store, Versioned,
    testing::{Faults, Postgres},
};
use bytes::Bytes;
use tempfile::TempDir;

pub(crate) struct Bed {
    /// `None` while it is closed.
    store: Option<Store>,
    pub(crate) faults: Faults,
    pub(crate) place: Place,
    pub(crate) segment_bytes_max: u64,
}

pub(crate) enum Place {
    Folder(TempDir),
    /// The cluster, which runs as long as somebody holds it, and the URL of the database.
    Database(Arc<Postgres>, String),
}

impl Bed {
    pub(crate) async fn embedded() -> Self {
        Self::new(Place::Folder(folder())).await
    }

    pub(crate) async fn postgres() -> Self {
        let cluster = Postgres::shared();
        let url = cluster.new_database().await;
        Self::new(Place::Database(cluster, url)).await
    }

    pub(crate) async fn new(place: Place) -> Self {
        let mut bed = Self { store: None, faults: Faults::none(), place, segment_bytes_max: 64 << 20 };
        bed.store = Some(bed.open().await.unwrap());
        bed
    }

    /// Opens the store once more, whether it is open or not.
    pub(crate) async fn open(&self) -> Result<Store> {
        match &self.place {
            Place::Folder(dir) => {
                let faults = self.faults.clone();
                let (segment_bytes_max, cache_bytes) = (self.segment_bytes_max, 4 << 20);
                let options = EmbeddedOptions { segment_bytes_max, cache_bytes, faults, free_space_floor_bytes: 0 };
                Store::open_embedded(dir.path(), options).await
            }
            Place::Database(_, url) => {
                let faults = self.faults.clone();
                Store::open_postgres(url, PostgresOptions { faults, ..PostgresOptions::default() }).await
            }
        }
    }

    pub(crate) fn store(&self) -> &Store {
        self.store.as_ref().expect("the store is open")
    }

    /// A full copy of what the closed store has on disk, as a backup is, opened.
    pub(crate) async fn copy(&self) -> Self {
        match &self.place {
            Place::Folder(dir) => {
                let copy = folder();
                let mut command = Command::new("cp");
                command.arg("-a").arg(dir.path().join(".")).arg(copy.path());
                assert!(command.status().unwrap().success());
                Self::new(Place::Folder(copy)).await
            }
            Place::Database(cluster, url) => {
                let url = cluster.copy_database(url).await;
                Self::new(Place::Database(Arc::clone(cluster), url)).await
            }
        }
    }

    /// Closes in good order.
    pub(crate) async fn close(&mut self) {
        if let Some(store) = self.store.take() {
            store.close().await;
        }
    }

    /// Ends without closing, as a killed process does.
    pub(crate) fn kill(&mut self) {
        self.store = None;
        self.faults = Faults::none();
    }

    pub(crate) async fn try_reopen(&mut self) -> Result<()> {
        self.store = None;
        self.store = Some(self.open().await?);
        Ok(())
    }

    pub(crate) async fn reopen(&mut self) {
        self.try_reopen().await.unwrap();
    }

    pub(crate) fn dir(&self) -> &Path {
        match &self.place {
            Place::Folder(dir) => dir.path(),
            Place::Database(..) => panic!("a database has no folder"),
        }
    }

    pub(crate) fn url(&self) -> &str {
        match &self.place {
            Place::Folder(_) => panic!("a folder has no URL"),
            Place::Database(_, url) => url,
        }
    }

    /// The files of a log, in order.
    pub(crate) fn segments(&self, log: &LogName) -> Vec<PathBuf> {
        let dir = self.dir().join("logs").join(format!("{}.log", log.as_str().replace('/', "+")));
        let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    pub(crate) async fn put(&self, key: &str, value: &str) {
        let mut batch = Batch::new();
        batch.put(Space::Tally, key, value.to_owned());
        self.store().commit(batch).await.unwrap();
    }

    pub(crate) async fn get(&self, key: &str) -> Option<Versioned> {
        self.store().get(Space::Tally, key.into()).await.unwrap()
    }

    pub(crate) async fn text(&self, key: &str) -> Option<String> {
        self.get(key).await.map(|found| String::from_utf8(found.value.to_vec()).unwrap())
    }

    pub(crate) async fn version(&self, key: &str) -> Option<u64> {
        self.get(key).await.map(|found| found.version)
    }

    pub(crate) async fn append(&self, log: &LogName, record: &str) -> Result<Position> {
        self.store().append(log, vec![Bytes::from(record.to_owned())]).await
    }

    /// Everything in a log, checked to be dense.
    pub(crate) async fn records(&self, log: &LogName) -> Vec<String> {
        read_all(self.store(), log).await.unwrap()
    }
}

pub(crate) async fn read_all(store: &Store, log: &LogName) -> Result<Vec<String>> {
    let mut next = store.tail(log).await?;
    let mut found = Vec::new();
    loop {
        let records = store.read(log, next, 1_000).await?;
        if records.is_empty() {
            assert_eq!(next, store.head(log).await?, "reading reaches the head");
            return Ok(found);
        }
        for (position, record) in records {
            assert_eq!(position, next, "positions are dense");
            next = position.next();
            found.push(String::from_utf8(record.to_vec()).unwrap());
        }
    }
}

/// A temporary folder, in memory if the system offers that: what the suite promises does not hang on a plug that is pulled,
/// and a disk that syncs for every test takes minutes.
pub(crate) fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

pub(crate) fn log(name: &str) -> LogName {
    LogName::new(name).unwrap()
}

/// The conflicting keys of the space `Tally` that a commit names.
pub(crate) fn conflicts(result: Result<(), CommitError>) -> Vec<String> {
    match result {
        Err(CommitError::Conflict(keys)) => keys
            .into_iter()
            .map(|(space, key)| {
                assert_eq!(space, Space::Tally);
                String::from_utf8(key).unwrap()
            })
            .collect(),
        other => panic!("expected a conflict, not {other:?}"),
    }
}

pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test)
}

/// Promises that both engines keep: each becomes a test per engine.
macro_rules! promises {
    ($(async fn $name:ident($bed:ident: &mut Bed) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "each promise uses some of them")]
            use super::*;

            async fn keep($bed: &mut $crate::bed::Bed) $body

            #[test]
            fn embedded() {
                $crate::bed::run(async { keep(&mut $crate::bed::Bed::embedded().await).await });
            }

            #[test]
            fn postgres() {
                $crate::bed::run(async { keep(&mut $crate::bed::Bed::postgres().await).await });
            }
        }
    )*};
}
pub(crate) use promises;

impl Bed {
    /// Everything in a log, in one reading.
    pub(crate) async fn records_as_bytes(&self, log: &LogName) -> Vec<Vec<u8>> {
        let records = self.store().read(log, Position(0), usize::MAX).await.unwrap();
        records.into_iter().map(|(_, record)| record.to_vec()).collect()
    }
}
