//! The waist: one type over both engines.

use std::{path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::sync::watch;

use crate::{
    batch::{self, BATCH_ITEMS_MAX, Batch, Held},
    dice::SystemDice,
    embedded::{Embedded, EmbeddedOptions},
    error::{CommitError, StoreError},
    failure::{Failed, Failure},
    log_name::{LogName, Position},
    postgres::{Postgres, PostgresOptions},
    range::KeyRange,
    seal::{Root, rewrap},
    snapshot::Snapshot,
    space::{Key, Space},
};

/// What most of the store's functions return.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The format of the store that this program writes, and the newest that it can read.
pub const FORMAT_VERSION: u64 = 1;

/// How often waiting for a log looks by itself, for records of other nodes.
const WAIT_POLL: Duration = Duration::from_millis(50);

/// A value and its version.
///
/// A key gets a new version with each write, greater than all before; no version ever comes again, not even after the key
/// was deleted in between. So an unchanged version is an unchanged value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned {
    /// The version.
    pub version: u64,
    /// The value.
    pub value: Bytes,
}

/// How the store is.
#[derive(Clone, Debug)]
pub struct Health {
    /// `embedded` or `postgres`.
    pub engine: &'static str,
    /// Free bytes where the store lies; unknown for PostgreSQL.
    pub free_bytes: Option<u64>,
    /// Below so many free bytes nothing is written.
    pub floor_bytes: Option<u64>,
    /// Why the store has failed, if it has.
    pub failed: Option<Arc<str>>,
}

/// Ordered keys, atomic commits, and logs. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Store(Engine);

#[derive(Clone)]
enum Engine {
    Embedded(Arc<Embedded>),
    Postgres(Arc<Postgres>),
}

impl Store {
    /// Opens the embedded store in a folder, making it if it is new.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has the folder open, [`StoreError::NewerFormat`] when a newer program
    /// wrote it, [`StoreError::Corrupt`] when something that was durable is damaged.
    pub async fn open_embedded(dir: &Path, options: EmbeddedOptions) -> Result<Self> {
        let dir = dir.to_path_buf();
        let opened = tokio::task::spawn_blocking(move || Embedded::open(&dir, &options)).await;
        Ok(Self(Engine::Embedded(Arc::new(opened.map_err(|_| StoreError::Closed)??))))
    }

    /// Opens the store in a PostgreSQL database, making its tables if it is new. The connection is not encrypted for now:
    /// use a socket, the loopback or a tunnel; a URL with `sslmode=require` is refused.
    ///
    /// # Errors
    /// As with [`Store::open_embedded`], and [`StoreError::Postgres`] when the server does not answer or refuses.
    pub async fn open_postgres(url: &str, options: PostgresOptions) -> Result<Self> {
        Ok(Self(Engine::Postgres(Arc::new(Postgres::open(url, options).await?))))
    }

    /// The values of these keys, in the same order, all as of one moment.
    ///
    /// # Errors
    /// When the engine cannot read.
    pub async fn get_many(&self, space: Space, keys: &[Key]) -> Result<Vec<Option<Versioned>>> {
        match &self.0 {
            Engine::Embedded(engine) => engine.view().get_many(space, keys),
            Engine::Postgres(engine) => engine.get_many(space, keys).await,
        }
    }

    /// The value of one key.
    ///
    /// # Errors
    /// When the engine cannot read.
    pub async fn get(&self, space: Space, key: Key) -> Result<Option<Versioned>> {
        Ok(self.get_many(space, &[key]).await?.pop().flatten())
    }

    /// The first `limit` entries of a range, ascending.
    ///
    /// # Errors
    /// When the engine cannot read.
    pub async fn scan(&self, space: Space, range: KeyRange, limit: usize) -> Result<Vec<(Key, Versioned)>> {
        match &self.0 {
            Engine::Embedded(engine) => engine.view().scan(space, &range, limit),
            Engine::Postgres(engine) => engine.scan(space, &range, limit, false).await,
        }
    }

    /// The last `limit` entries of a range, descending.
    ///
    /// # Errors
    /// When the engine cannot read.
    pub async fn scan_reverse(&self, space: Space, range: KeyRange, limit: usize) -> Result<Vec<(Key, Versioned)>> {
        match &self.0 {
            Engine::Embedded(engine) => engine.view().scan_reverse(space, &range, limit),
            Engine::Postgres(engine) => engine.scan(space, &range, limit, true).await,
        }
    }

    /// One consistent state of all spaces.
    ///
    /// # Errors
    /// When the engine cannot read.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        match &self.0 {
            Engine::Embedded(engine) => Ok(Snapshot::embedded(engine.view())),
            Engine::Postgres(engine) => Ok(Snapshot::postgres(engine.snapshot().await?)),
        }
    }

    /// Commits everything in the batch or nothing. It is durable when this returns. Once the future was polled, the commit
    /// may happen even when the future is dropped.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] with every key whose expectation does not hold; [`CommitError::Store`] otherwise, and then
    /// nothing was committed, save for [`StoreError::UnknownOutcome`] and [`StoreError::Failed`], where it may have been.
    pub async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        let batch = batch.prepare()?;
        if batch.is_empty() {
            return Ok(());
        }
        match &self.0 {
            Engine::Embedded(engine) => engine.commit(batch).await,
            Engine::Postgres(engine) => engine.commit(batch).await,
        }
    }

    /// Appends records to a log, by itself, and returns the position after the last of them. They are durable when this
    /// returns. Those who append at the same time share one sync. Once the future was polled, the records may be appended
    /// even when the future is dropped.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] and others; then none of the records was appended, save for
    /// [`StoreError::UnknownOutcome`] and [`StoreError::Failed`], where they may have been.
    pub async fn append(&self, log: &LogName, records: Vec<Bytes>) -> Result<Position> {
        self.append_records(log, records, Held::default()).await
    }

    /// As [`Store::append`], and keeps something alive until the records are appended or it is certain that they never
    /// will be, even when nobody waits for that any more.
    ///
    /// # Errors
    /// As with [`Store::append`].
    pub async fn append_holding(
        &self,
        log: &LogName,
        records: Vec<Bytes>,
        held: impl Send + Sync + 'static,
    ) -> Result<Position> {
        self.append_records(log, records, Held::one(held)).await
    }

    async fn append_records(&self, log: &LogName, records: Vec<Bytes>, held: Held) -> Result<Position> {
        records.iter().try_for_each(|record| batch::check_record(log, record))?;
        if records.len() > BATCH_ITEMS_MAX {
            return Err(StoreError::Invalid(format!("at most {BATCH_ITEMS_MAX} records are appended at once")));
        }
        match &self.0 {
            Engine::Embedded(engine) => engine.append(log, records, held).await,
            Engine::Postgres(engine) => engine.append(log, records, held).await,
        }
    }

    /// Committed records from `from` on, until they reach `bytes_max` bytes; at least one, if there is any.
    ///
    /// # Errors
    /// [`StoreError::Dropped`] when `from` was dropped, [`StoreError::Corrupt`] when a record is damaged.
    pub async fn read(&self, log: &LogName, from: Position, bytes_max: usize) -> Result<Vec<(Position, Bytes)>> {
        match &self.0 {
            Engine::Embedded(engine) => engine.read(log, from, bytes_max).await,
            Engine::Postgres(engine) => engine.read(log, from, bytes_max).await,
        }
    }

    /// The position that the next record of a log will get; 0 for a log that nobody has written to.
    ///
    /// # Errors
    /// When the engine cannot read.
    pub async fn head(&self, log: &LogName) -> Result<Position> {
        match &self.0 {
            Engine::Embedded(engine) => Ok(engine.head(log)),
            Engine::Postgres(engine) => engine.head(log).await,
        }
    }

    /// The first position of a log that is still held.
    ///
    /// # Errors
    /// When the engine cannot read.
    pub async fn tail(&self, log: &LogName) -> Result<Position> {
        match &self.0 {
            Engine::Embedded(engine) => Ok(engine.tail(log)),
            Engine::Postgres(engine) => engine.tail(log).await,
        }
    }

    /// Frees records before a position: what is freed is whole segments (embedded) or all of them (PostgreSQL), so
    /// [`Store::tail`] may stay before `position`, and never passes it.
    ///
    /// # Errors
    /// When the engine cannot write.
    pub async fn drop_before(&self, log: &LogName, position: Position) -> Result<()> {
        match &self.0 {
            Engine::Embedded(engine) => engine.drop_before(log, position).await,
            Engine::Postgres(engine) => engine.drop_before(log, position).await,
        }
    }

    /// Waits until a log has a record at or after `from`, or until the time is over. True when there is one.
    ///
    /// # Errors
    /// When the engine cannot read.
    pub async fn wait(&self, log: &LogName, from: Position, timeout: Duration) -> Result<bool> {
        let mut published = self.subscribe();
        let wait = async {
            loop {
                // Seen before looking, so that a record which comes in between wakes it again.
                published.mark_unchanged();
                if self.head(log).await? > from {
                    return Ok(());
                }
                match &self.0 {
                    Engine::Embedded(_) => drop(published.changed().await),
                    // Other nodes write to the same database without telling this process.
                    Engine::Postgres(_) => drop(tokio::time::timeout(WAIT_POLL, published.changed()).await),
                }
            }
        };
        match tokio::time::timeout(timeout, wait).await {
            Ok(found) => found.map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// Tells when the store can no longer be trusted. The process must stop then.
    #[must_use]
    pub fn failed(&self) -> Failed {
        self.failure().watch()
    }

    /// Finishes what is being written and ends the store for all clones. Folder or database are free for others when the
    /// last clone and the last snapshot are dropped too.
    pub async fn close(self) {
        match &self.0 {
            Engine::Embedded(engine) => engine.close().await,
            Engine::Postgres(engine) => engine.close().await,
        }
    }

    /// How the store is.
    ///
    /// # Errors
    /// When the engine cannot be asked.
    pub async fn health(&self) -> Result<Health> {
        match &self.0 {
            Engine::Embedded(engine) => engine.health(),
            Engine::Postgres(engine) => engine.health().await,
        }
    }

    fn failure(&self) -> &Failure {
        match &self.0 {
            Engine::Embedded(engine) => engine.failure(),
            Engine::Postgres(engine) => engine.failure(),
        }
    }

    fn subscribe(&self) -> watch::Receiver<u64> {
        match &self.0 {
            Engine::Embedded(engine) => engine.subscribe(),
            Engine::Postgres(engine) => engine.subscribe(),
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &self.0 {
            Engine::Embedded(_) => "Store(embedded)",
            Engine::Postgres(_) => "Store(postgres)",
        })
    }
}

/// Callers spawn tasks, so every future of the waist can be sent between threads. Checked while compiling.
#[expect(dead_code, reason = "only compiled")]
fn futures_can_be_sent(store: &Store, snapshot: &Snapshot, log: &LogName, root: &Root) {
    fn check<T: Send>(_: T) {}
    check(store.get_many(Space::Meta, &[]));
    check(store.scan(Space::Meta, KeyRange::all(), 1));
    check(store.snapshot());
    check(snapshot.scan(Space::Meta, KeyRange::all(), 1));
    check(store.commit(Batch::new()));
    check(store.append(log, Vec::new()));
    check(store.append_holding(log, Vec::new(), ()));
    check(store.read(log, Position(0), 1));
    check(store.drop_before(log, Position(0)));
    check(store.wait(log, Position(0), WAIT_POLL));
    check(store.health());
    check(rewrap(store, root, 0, &mut SystemDice));
    check(store.clone().close());
    check(Store::open_postgres("", PostgresOptions::default()));
}
