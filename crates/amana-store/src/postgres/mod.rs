//! PostgreSQL: one table per space, two for logs, everything in the schema `amana`.
//!
//! * A commit is one transaction at READ COMMITTED. It locks the rows it is about, in the order of spaces and keys, and only
//!   then judges its expectations; rows that must be absent are claimed by inserting them.
//! * A log has a head row which is moved last in the transaction. Its lock is held until the commit, so the order of
//!   positions is the order of commits, and no reader ever sees a gap.
//! * One process works a database for now: it holds an advisory lock for its whole life, and an epoch that each of its
//!   transactions compares, so that one which has lost the lock unnoticed cannot write any more. Several nodes that share
//!   a database will lease partitions of the journal (DESIGN §14).
//!
//! Connections are not encrypted for now, so `sslmode=require` is refused rather than ignored: use the server's socket, the
//! loopback or a tunnel.

mod append;
mod commit;
mod lock;
mod log;
mod outcome;
mod pool;
mod read;
mod schema;

use std::{str::FromStr as _, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::sync::watch;
use tokio_postgres::{
    Config,
    config::{ChannelBinding, SslMode},
};

use append::Appender;
use lock::DatabaseLock;
use pool::Pool;
pub(crate) use read::Snapshot;
use read::with_retry;

use crate::{
    batch::{Held, Prepared},
    error::{CommitError, StoreError},
    failure::Failure,
    faults::Faults,
    log_name::{LogName, Position},
    range::KeyRange,
    space::{Key, Space},
    store::{Health, Versioned},
};

/// A connection that does not come about in this time has failed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A server that acknowledges nothing for this long is taken for lost.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// How PostgreSQL is used.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// The most connections for reading and committing (16).
    pub connections_max: usize,
    /// The most snapshots at the same time; each holds a connection of its own (8).
    pub snapshots_max: usize,
    /// How long to wait for another process to leave the database (2 s).
    pub lock_wait: Duration,
    /// Faults to inject.
    #[cfg(feature = "testing")]
    pub faults: Faults,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            connections_max: 16,
            snapshots_max: 8,
            lock_wait: Duration::from_secs(2),
            #[cfg(feature = "testing")]
            faults: Faults::default(),
        }
    }
}

impl PostgresOptions {
    #[cfg(feature = "testing")]
    fn faults(&self) -> Faults {
        self.faults.clone()
    }

    #[cfg(not(feature = "testing"))]
    #[expect(clippy::unused_self, reason = "the same shape as with faults")]
    fn faults(&self) -> Faults {
        Faults::none()
    }
}

/// The open engine.
pub(crate) struct Postgres {
    shared: Arc<Shared>,
    appender: Appender,
    lock: DatabaseLock,
}

/// What a transaction needs; tasks that outlive a caller hold it too.
struct Shared {
    pool: Arc<Pool>,
    failure: Failure,
    faults: Faults,
    /// The epoch of this process's hold on the database.
    epoch: i64,
    /// Counts publications of this process, for those who wait.
    published: watch::Sender<u64>,
}

impl Shared {
    fn notify(&self) {
        self.published.send_modify(|count| *count += 1);
    }
}

impl Postgres {
    pub(crate) async fn open(url: &str, options: PostgresOptions) -> Result<Self, StoreError> {
        let config = parse(url)?;
        let failure = Failure::new();
        let lock = DatabaseLock::take(&config, options.lock_wait, &failure).await?;
        let pool = Arc::new(Pool::new(config, &options));
        schema::prepare(&pool).await?;
        let epoch = lock::begin_epoch(&pool).await?;
        let published = watch::Sender::new(0);
        let shared = Arc::new(Shared { pool, failure, faults: options.faults(), epoch, published });
        Ok(Self { appender: Appender::start(Arc::clone(&shared)), shared, lock })
    }

    pub(crate) async fn get_many(&self, space: Space, keys: &[Key]) -> Result<Vec<Option<Versioned>>, StoreError> {
        with_retry!(self.shared.pool, connection => connection.get_many(space, keys))
    }

    pub(crate) async fn scan(
        &self,
        space: Space,
        range: &KeyRange,
        limit: usize,
        reverse: bool,
    ) -> Result<Vec<(Key, Versioned)>, StoreError> {
        with_retry!(self.shared.pool, connection => connection.scan(space, range, limit, reverse))
    }

    pub(crate) async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Snapshot::begin(&self.shared.pool).await
    }

    /// Commits in a task of its own, so that a caller who stops waiting cannot tear a transaction apart.
    pub(crate) async fn commit(&self, batch: Prepared) -> Result<(), CommitError> {
        let shared = Arc::clone(&self.shared);
        let committed = tokio::spawn(async move { commit::commit(&shared, &batch).await }).await;
        committed.map_err(|_| StoreError::Closed)?
    }

    pub(crate) async fn append(&self, log: &LogName, records: Vec<Bytes>, held: Held) -> Result<Position, StoreError> {
        self.appender.append(log, records, held).await
    }

    pub(crate) async fn read(
        &self,
        log: &LogName,
        from: Position,
        bytes_max: usize,
    ) -> Result<Vec<(Position, Bytes)>, StoreError> {
        with_retry!(self.shared.pool, connection => log::read(connection, log, from, bytes_max))
    }

    pub(crate) async fn head(&self, log: &LogName) -> Result<Position, StoreError> {
        let ends = with_retry!(self.shared.pool, connection => log::ends(connection, log))?;
        Ok(ends.map_or(Position(0), |ends| ends.head))
    }

    pub(crate) async fn tail(&self, log: &LogName) -> Result<Position, StoreError> {
        let ends = with_retry!(self.shared.pool, connection => log::ends(connection, log))?;
        Ok(ends.map_or(Position(0), |ends| ends.tail))
    }

    pub(crate) async fn drop_before(&self, log: &LogName, before: Position) -> Result<(), StoreError> {
        self.shared.failure.check()?;
        // Doing it twice is doing it once, so it can be tried again like a read.
        with_retry!(self.shared.pool, connection => log::drop_before(connection, log, before))
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared.published.subscribe()
    }

    pub(crate) fn failure(&self) -> &Failure {
        &self.shared.failure
    }

    pub(crate) async fn close(&self) {
        self.appender.close().await;
        self.shared.pool.close();
        self.lock.release().await;
    }

    pub(crate) async fn health(&self) -> Result<Health, StoreError> {
        with_retry!(self.shared.pool, connection => connection.ping())?;
        Ok(Health { engine: "postgres", free_bytes: None, floor_bytes: None, failed: self.shared.failure.reason() })
    }
}

fn parse(url: &str) -> Result<Config, StoreError> {
    // The driver's message names the bad option only, never the password.
    let mut config = Config::from_str(url).map_err(StoreError::postgres("read the database URL"))?;
    if config.get_ssl_mode() == SslMode::Require || config.get_channel_binding() == ChannelBinding::Require {
        return Err(StoreError::Invalid(
            "encrypted connections to PostgreSQL are not supported yet: use its socket, the loopback or a tunnel, \
             and leave sslmode and channel_binding out of the URL"
                .into(),
        ));
    }
    config.ssl_mode(SslMode::Disable).application_name("amana");
    config.connect_timeout(CONNECT_TIMEOUT).tcp_user_timeout(SILENCE_MAX);
    config.keepalives_idle(SILENCE_MAX / 2).keepalives_interval(SILENCE_MAX / 4).keepalives_retries(2);
    Ok(config)
}

/// Positions and versions are far below 2^63, in which PostgreSQL counts.
fn to_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn to_u64(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
