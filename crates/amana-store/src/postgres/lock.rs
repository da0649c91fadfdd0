//! One process per database: an advisory lock for as long as the process lives, and an epoch that every transaction checks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Mutex, task::JoinHandle};
use tokio_postgres::{Client, Config, NoTls, error::SqlState};

use super::pool::Pool;
use crate::{error::StoreError, failure::Failure};

/// Names our lock among the advisory locks of a database ("aman", "stor").
const LOCK: (i32, i32) = (0x616d_616e, 0x7374_6f72);

/// The lock and the connection whose life it shares. The server lets go of it when the process dies.
pub(super) struct DatabaseLock {
    client: Mutex<Option<Client>>,
    closing: Arc<AtomicBool>,
    watcher: Mutex<Option<JoinHandle<()>>>,
}

impl DatabaseLock {
    /// Takes the lock. When its connection is lost later, the store has failed: another process may have the database.
    pub(super) async fn take(config: &Config, wait: Duration, failure: &Failure) -> Result<Self, StoreError> {
        let (client, connection) = config.connect(NoTls).await.map_err(StoreError::postgres("connect"))?;
        let closing = Arc::new(AtomicBool::new(false));
        let (closing_seen, failure) = (Arc::clone(&closing), failure.clone());
        let watcher = tokio::spawn(async move {
            let ended = connection.await;
            if !closing_seen.load(Ordering::Acquire) {
                let why = ended.err().map_or_else(|| "the server closed it".to_owned(), |error| error.to_string());
                failure.set(format!("the connection that holds the lock of the database was lost: {why}"));
            }
        });
        let lock = Self { client: Mutex::new(Some(client)), closing, watcher: Mutex::new(Some(watcher)) };
        lock.acquire(wait).await.inspect_err(|_| lock.closing.store(true, Ordering::Release))?;
        Ok(lock)
    }

    async fn acquire(&self, wait: Duration) -> Result<(), StoreError> {
        let client = self.client.lock().await;
        let client = client.as_ref().ok_or(StoreError::Closed)?;
        let wait_ms = wait.as_millis().max(1);
        let (first, second) = LOCK;
        let sql = format!(
            "set lock_timeout = {wait_ms}; select pg_advisory_lock({first}, {second}); \
             set lock_timeout = default; set idle_session_timeout = 0"
        );
        match client.batch_execute(&sql).await {
            Ok(()) => Ok(()),
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                Err(StoreError::Locked { place: "the database".into() })
            }
            Err(error) => Err(StoreError::postgres("lock the database")(error)),
        }
    }

    /// Lets go of the lock in good order.
    pub(super) async fn release(&self) {
        self.closing.store(true, Ordering::Release);
        drop(self.client.lock().await.take());
        if let Some(watcher) = self.watcher.lock().await.take() {
            // Until the connection has said goodbye. It cannot fail any more.
            let _ = watcher.await;
        }
    }
}

impl Drop for DatabaseLock {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Release);
    }
}

/// Begins this process's epoch. It waits for transactions of the epoch before, and later ones of it are refused.
pub(super) async fn begin_epoch(pool: &Arc<Pool>) -> Result<i64, StoreError> {
    let lease = pool.lease().await?;
    let sql = "update amana.owner set epoch = epoch + 1 returning epoch";
    let row = lease.client.query_one(sql, &[]).await.map_err(StoreError::postgres("begin an epoch"))?;
    Ok(row.get(0))
}
