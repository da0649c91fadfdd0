//! What became of a transaction whose commit was not answered.

use std::{sync::Arc, time::Duration};

use super::Shared;
use crate::error::StoreError;

/// How often the server is asked, and how long to wait in between: about ten seconds together.
const TRIES_MAX: usize = 100;
const WAIT: Duration = Duration::from_millis(100);

pub(super) enum Outcome {
    Committed,
    /// It was not committed, and cannot be any more.
    Aborted,
}

/// Asks the server what became of a transaction, over a new connection.
///
/// A session that still works on it is ended first: as long as a transaction runs, its outcome is open.
pub(super) async fn find(shared: &Arc<Shared>, transaction: &str) -> Result<Outcome, StoreError> {
    let mut last = String::from("the server does not answer");
    for _ in 0..TRIES_MAX {
        match ask(shared, transaction).await {
            Ok(Some(outcome)) => return Ok(outcome),
            Ok(None) => last = "the transaction is still running".into(),
            Err(StoreError::Closed) => break,
            Err(error) => last = error.to_string(),
        }
        // When the lock was lost too, another process may be at work, and waiting longer helps nobody.
        if shared.failure.reason().is_some() {
            break;
        }
        tokio::time::sleep(WAIT).await;
    }
    Err(StoreError::UnknownOutcome(last.into()))
}

async fn ask(shared: &Arc<Shared>, transaction: &str) -> Result<Option<Outcome>, StoreError> {
    let failed = || StoreError::postgres("tell the outcome of a commit");
    let lease = shared.pool.lease().await?;
    let row =
        lease.client.query_one("select pg_xact_status($1::text::xid8)", &[&transaction]).await.map_err(failed())?;
    match row.get::<_, Option<&str>>(0) {
        Some("committed") => Ok(Some(Outcome::Committed)),
        Some("aborted") => Ok(Some(Outcome::Aborted)),
        _ => {
            drop(lease);
            terminate(shared, transaction).await?;
            Ok(None)
        }
    }
}

/// Ends the session that runs a transaction, if there still is one.
pub(super) async fn terminate(shared: &Arc<Shared>, transaction: &str) -> Result<(), StoreError> {
    let lease = shared.pool.lease().await?;
    let sql = "select pg_terminate_backend(pid) from pg_stat_activity where backend_xid = $1::text::xid8::xid";
    let ended = lease.client.query(sql, &[&transaction]).await;
    ended.map(drop).map_err(StoreError::postgres("end a session"))
}
