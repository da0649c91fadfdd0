//! Connections that are used again.
//!
//! Of our own, as all it takes is a list and a semaphore: the store's connections never differ, are never lent to strangers,
//! and their prepared statements live beside them. A general pool would bring another type at each of these places.

use std::{
    collections::HashMap,
    ops::{Deref, DerefMut},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::{Client, Config, NoTls, Statement};

use super::PostgresOptions;
use crate::error::StoreError;

pub(super) struct Pool {
    config: Config,
    idle: Mutex<Vec<Connection>>,
    connections: Arc<Semaphore>,
    snapshots: Arc<Semaphore>,
    closed: AtomicBool,
}

/// A connection and what was prepared on it.
pub(super) struct Connection {
    pub(super) client: Client,
    statements: HashMap<String, Statement>,
}

impl Pool {
    pub(super) fn new(config: Config, options: &PostgresOptions) -> Self {
        Self {
            config,
            idle: Mutex::default(),
            connections: Arc::new(Semaphore::new(options.connections_max.max(1))),
            snapshots: Arc::new(Semaphore::new(options.snapshots_max.max(1))),
            closed: AtomicBool::new(false),
        }
    }

    /// A connection for one statement or transaction, when there is room.
    pub(super) async fn lease(self: &Arc<Self>) -> Result<Lease, StoreError> {
        self.lease_with(&self.connections).await
    }

    /// A connection for a snapshot. They are counted apart: else those who hold snapshots and now want to commit could
    /// all wait for each other.
    pub(super) async fn lease_for_snapshot(self: &Arc<Self>) -> Result<Lease, StoreError> {
        self.lease_with(&self.snapshots).await
    }

    async fn lease_with(self: &Arc<Self>, room: &Arc<Semaphore>) -> Result<Lease, StoreError> {
        let permit = Arc::clone(room).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        if self.closed.load(Ordering::Acquire) {
            return Err(StoreError::Closed);
        }
        let connection = match self.take_idle() {
            Some(connection) => connection,
            None => Connection::open(&self.config).await?,
        };
        Ok(Lease { connection: Some(connection), pool: Arc::clone(self), permit: Some(permit), in_transaction: false })
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that the server has closed meanwhile are thrown away on the way.
        std::iter::from_fn(|| idle.pop()).find(|connection| !connection.client.is_closed())
    }

    fn give_back(&self, connection: Connection) {
        if !connection.client.is_closed() && !self.closed.load(Ordering::Acquire) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }

    /// Closes what is idle, and what is lent when it comes back.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Connection {
    async fn open(config: &Config) -> Result<Self, StoreError> {
        let (client, connection) = config.connect(NoTls).await.map_err(StoreError::postgres("connect"))?;
        tokio::spawn(async move {
            // Whoever uses the connection gets the error too, and says it.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to postgresql ended");
            }
        });
        // "Durable when it returns" must hold whatever the server's default is; stronger settings stay.
        let durable = "select set_config('synchronous_commit', 'on', false) \
                       where current_setting('synchronous_commit') = 'off'";
        client.batch_execute(durable).await.map_err(StoreError::postgres("prepare a connection"))?;
        Ok(Self { client, statements: HashMap::new() })
    }

    /// The statement for this SQL, prepared once per connection.
    pub(super) async fn statement(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await.map_err(StoreError::postgres("prepare a statement"))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(super) async fn ping(&mut self) -> Result<(), StoreError> {
        self.client.batch_execute("select 1").await.map_err(StoreError::postgres("answer"))
    }
}

/// A connection on loan. It goes back by itself; one that was left in a transaction is rolled back first.
pub(super) struct Lease {
    /// `None` only while dropping.
    connection: Option<Connection>,
    pool: Arc<Pool>,
    permit: Option<OwnedSemaphorePermit>,
    in_transaction: bool,
}

impl Lease {
    /// Begins a transaction. Until it has ended, dropping the lease rolls it back.
    pub(super) async fn begin(&mut self, begin: &str) -> Result<(), StoreError> {
        self.in_transaction = true;
        self.client.batch_execute(begin).await.map_err(StoreError::postgres("begin a transaction"))
    }

    pub(super) async fn commit(&mut self) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute("commit").await?;
        self.in_transaction = false;
        Ok(())
    }

    pub(super) async fn rollback(&mut self) -> Result<(), StoreError> {
        self.client.batch_execute("rollback").await.map_err(StoreError::postgres("roll back"))?;
        self.in_transaction = false;
        Ok(())
    }
}

impl Deref for Lease {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a lease has its connection until it is dropped")
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("a lease has its connection until it is dropped")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if !self.in_transaction {
            self.pool.give_back(connection);
            return;
        }
        let (pool, permit) = (Arc::clone(&self.pool), self.permit.take());
        // Without a runtime the connection just ends, and the server rolls back.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if connection.client.batch_execute("rollback").await.is_ok() {
                    pool.give_back(connection);
                }
                drop(permit);
            });
        }
    }
}

/// Whether the connection is gone, so that a new one may help.
pub(super) fn is_lost(error: &tokio_postgres::Error) -> bool {
    match error.as_db_error() {
        None => {
            error.is_closed() || std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>())
        }
        // 08: connection exception; 57P01 to 57P03: shut down, crashed, starting.
        Some(db) => db.code().code().starts_with("08") || matches!(db.code().code(), "57P01" | "57P02" | "57P03"),
    }
}

/// Whether the server asks to run the transaction again.
pub(super) fn is_serialization(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|db| matches!(db.code().code(), "40001" | "40P01"))
}
