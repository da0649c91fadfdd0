//! Committing a batch as one transaction.

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;

use super::{
    Shared,
    log::{self, LogKind},
    outcome::{self, Outcome},
    pool::{Lease, is_lost, is_serialization},
    schema::table,
    to_u64,
};
use crate::{
    batch::{Change, Expectation, Prepared},
    error::{CommitError, StoreError},
    faults::{Fault, Step},
    log_name::{LogName, Position},
    space::{Key, Space},
};

/// How often a transaction is run, when the server asks for it to be run again or the connection is lost before the commit.
const TRIES_MAX: usize = 10;

/// Commits a batch.
pub(super) async fn commit(shared: &Arc<Shared>, batch: &Prepared) -> Result<(), CommitError> {
    run_transaction(shared, Work::Commit(batch)).await?;
    if !batch.logs.is_empty() {
        shared.notify();
    }
    Ok(())
}

/// What a transaction does. It can be done again from the beginning.
#[derive(Clone, Copy)]
pub(super) enum Work<'a> {
    Commit(&'a Prepared),
    Append(&'a LogName, &'a [Bytes]),
}

impl Work<'_> {
    /// Does it, and returns the head of the log that was appended to.
    async fn run(self, lease: &mut Lease) -> Result<Position, CommitError> {
        match self {
            Self::Commit(batch) => apply(lease, batch).await.map(|()| Position(0)),
            Self::Append(log, records) => Ok(log::append(lease, log, LogKind::Appended, records).await?),
        }
    }
}

/// Runs a transaction until it is committed, is refused, or cannot be.
pub(super) async fn run_transaction(shared: &Arc<Shared>, work: Work<'_>) -> Result<Position, CommitError> {
    let mut tries_left = TRIES_MAX;
    loop {
        tries_left -= 1;
        match try_transaction(shared, work).await {
            Err(CommitError::Store(StoreError::Postgres { source, .. }))
                if tries_left > 0 && (is_serialization(&source) || is_lost(&source)) => {}
            // It has not happened and never will.
            Ok(None) if tries_left > 0 => {}
            Ok(None) => return Err(StoreError::Failed("each try of a commit was cut off".into()).into()),
            Ok(Some(done)) => return Ok(done),
            Err(error) => return Err(error),
        }
    }
}

/// Runs a transaction once; `None` when its commit was cut off and it is certain that it has not happened.
async fn try_transaction(shared: &Arc<Shared>, work: Work<'_>) -> Result<Option<Position>, CommitError> {
    shared.failure.check()?;
    let mut lease = shared.pool.lease().await?;
    lease.begin("begin isolation level read committed").await?;
    let transaction = enter(shared, &mut lease).await?;
    // On an error the lease is dropped, which rolls back.
    let done = work.run(&mut lease).await?;
    let fault = shared.faults.at(Step::TransactionCommit)?;
    match fault {
        Some(Fault::Crash | Fault::PowerLoss) => return Err(StoreError::Injected.into()),
        Some(_) => outcome::terminate(shared, &transaction).await?,
        None => {}
    }
    let committed = lease.commit().await;
    let fault = shared.faults.at(Step::TransactionCommitted)?;
    match committed {
        Ok(()) if fault.is_none() => return Ok(Some(done)),
        // The server has said that it did not commit.
        Err(error) if is_serialization(&error) => return Err(StoreError::postgres("commit")(error).into()),
        _ => drop(lease),
    }
    if shared.faults.crashed() {
        return Err(StoreError::Injected.into());
    }
    match outcome::find(shared, &transaction).await? {
        Outcome::Committed => Ok(Some(done)),
        Outcome::Aborted => Ok(None),
    }
}

/// Makes sure that this process still has the database, and returns the id of the transaction.
async fn enter(shared: &Shared, lease: &mut Lease) -> Result<String, StoreError> {
    // The shared lock keeps another process from beginning its epoch until this transaction has ended.
    let sql = "select epoch, pg_current_xact_id()::text from amana.owner for share";
    let statement = lease.statement(sql).await?;
    let row = lease.client.query_one(&statement, &[]).await.map_err(StoreError::postgres("begin a transaction"))?;
    if row.get::<_, i64>(0) != shared.epoch {
        shared.failure.set("another process has taken the database");
        shared.failure.check()?;
    }
    Ok(row.get(1))
}

async fn apply(lease: &mut Lease, batch: &Prepared) -> Result<(), CommitError> {
    let conflicts = lock_rows(lease, batch).await?;
    if !conflicts.is_empty() {
        return refuse(lease, conflicts).await;
    }
    // Only now, with the rows locked, so that the versions of a key ascend in the order of its writers.
    let statement = lease.statement("select nextval('amana.version')").await?;
    let version = lease.client.query_one(&statement, &[]).await.map_err(StoreError::postgres("commit"))?;
    let version: i64 = version.get(0);
    let mut conflicts = Vec::new();
    for space in spaces_of(batch) {
        let work = SpaceWork::new(space, batch);
        conflicts.extend(work.write(lease, version).await?);
    }
    if !conflicts.is_empty() {
        return refuse(lease, conflicts).await;
    }
    for (log, records) in &batch.logs {
        log::append(lease, log, LogKind::Committed, records).await?;
    }
    Ok(())
}

/// Rolls back before telling, so that whoever reads the keys again does not wait for this transaction.
async fn refuse(lease: &mut Lease, conflicts: Vec<(Space, Key)>) -> Result<(), CommitError> {
    lease.rollback().await?;
    Err(CommitError::Conflict(conflicts))
}

fn spaces_of(batch: &Prepared) -> BTreeSet<Space> {
    let changed = batch.changes.iter().map(|change| change.space);
    changed.chain(batch.expectations.iter().map(|expectation| expectation.space)).collect()
}

/// The part of a sorted list that belongs to one space.
fn part<T>(items: &[T], space: Space, space_of: impl Fn(&T) -> Space) -> &[T] {
    let start = items.partition_point(|item| space_of(item) < space);
    let end = items.partition_point(|item| space_of(item) <= space);
    &items[start..end]
}

/// Locks every row that the batch is about and that exists, in the order of spaces and keys, so that two commits wait for
/// each other and never in a circle. Returns the keys that do not have the version they should.
async fn lock_rows(lease: &mut Lease, batch: &Prepared) -> Result<Vec<(Space, Key)>, StoreError> {
    let mut conflicts = Vec::new();
    for space in spaces_of(batch) {
        let expectations = part(&batch.expectations, space, |expectation| expectation.space);
        let changes = part(&batch.changes, space, |change| change.space);
        let keys: BTreeSet<&[u8]> = expectations
            .iter()
            .map(|expectation| expectation.key.as_slice())
            .chain(changes.iter().map(|change| change.key.as_slice()))
            .collect();
        let keys: Vec<&[u8]> = keys.into_iter().collect();
        let sql = format!("select k, ver from {} where k = any($1) order by k for update", table(space));
        let statement = lease.statement(&sql).await?;
        let rows = lease.client.query(&statement, &[&keys]).await.map_err(StoreError::postgres("lock rows"))?;
        let version_of = |key: &[u8]| {
            let found = rows.binary_search_by(|row| row.get::<_, &[u8]>(0).cmp(key)).ok();
            found.map(|at| to_u64(rows[at].get(1)))
        };
        for Expectation { key, version, .. } in expectations {
            let named = conflicts.last().is_some_and(|(s, k)| *s == space && k == key);
            if version_of(key) != *version && !named {
                conflicts.push((space, key.clone()));
            }
        }
    }
    Ok(conflicts)
}

/// What a batch does in one space, by kind of statement. All keys ascend.
struct SpaceWork<'a> {
    table: String,
    space: Space,
    /// Must be absent, and gets a value.
    inserts: Vec<&'a Change>,
    /// Gets a value, whatever was there.
    upserts: Vec<&'a Change>,
    deletes: Vec<&'a [u8]>,
    /// Must be absent and stays so.
    guards: Vec<&'a [u8]>,
}

impl<'a> SpaceWork<'a> {
    fn new(space: Space, batch: &'a Prepared) -> Self {
        let changes = part(&batch.changes, space, |change| change.space);
        let expectations = part(&batch.expectations, space, |expectation| expectation.space);
        let absent: BTreeSet<&[u8]> =
            expectations.iter().filter(|e| e.version.is_none()).map(|e| e.key.as_slice()).collect();
        let puts = changes.iter().filter(|change| change.value.is_some());
        let (inserts, upserts): (Vec<_>, Vec<_>) = puts.partition(|change| absent.contains(change.key.as_slice()));
        let put: BTreeSet<&[u8]> = inserts.iter().map(|change| change.key.as_slice()).collect();
        let guards = absent.into_iter().filter(|key| !put.contains(key)).collect();
        let deletes =
            changes.iter().filter(|change| change.value.is_none()).map(|change| change.key.as_slice()).collect();
        Self { table: table(space), space, inserts, upserts, deletes, guards }
    }

    /// Writes everything and returns the keys that somebody else has made since the rows were locked.
    async fn write(&self, lease: &mut Lease, version: i64) -> Result<Vec<(Space, Key)>, StoreError> {
        let mut conflicts = Vec::new();
        if !self.inserts.is_empty() {
            conflicts.extend(self.insert_absent(lease, &self.inserts, version).await?);
        }
        if !self.guards.is_empty() {
            // A row that is made and unmade here keeps others from making it until the commit, which a lock cannot: there
            // is nothing to lock.
            let placeholders: Vec<_> = self.guards.iter().map(|key| placeholder(self.space, key)).collect();
            conflicts.extend(self.insert_absent(lease, &placeholders.iter().collect::<Vec<_>>(), version).await?);
            self.delete(lease, &self.guards).await?;
        }
        if !self.upserts.is_empty() {
            self.upsert(lease, version).await?;
        }
        if !self.deletes.is_empty() {
            self.delete(lease, &self.deletes).await?;
        }
        conflicts.sort_unstable();
        Ok(conflicts)
    }

    async fn insert_absent(
        &self,
        lease: &mut Lease,
        changes: &[&Change],
        version: i64,
    ) -> Result<Vec<(Space, Key)>, StoreError> {
        let sql = format!(
            "insert into {} (k, v, ver) select k, v, $3 from unnest($1::bytea[], $2::bytea[]) as n(k, v) \
             on conflict (k) do nothing returning k",
            self.table
        );
        let statement = lease.statement(&sql).await?;
        let (keys, values) = columns(changes);
        let rows = lease.client.query(&statement, &[&keys, &values, &version]).await;
        let rows = rows.map_err(StoreError::postgres("insert"))?;
        if rows.len() == keys.len() {
            return Ok(Vec::new());
        }
        let made: BTreeSet<&[u8]> = rows.iter().map(|row| row.get(0)).collect();
        Ok(keys.into_iter().filter(|key| !made.contains(key)).map(|key| (self.space, key.to_vec())).collect())
    }

    async fn upsert(&self, lease: &mut Lease, version: i64) -> Result<(), StoreError> {
        // A row that was made after this transaction took its number gets a number of its own, so that versions ascend.
        let sql = format!(
            "insert into {} as t (k, v, ver) select k, v, $3 from unnest($1::bytea[], $2::bytea[]) as n(k, v) \
             on conflict (k) do update set v = excluded.v, \
             ver = case when t.ver < excluded.ver then excluded.ver else nextval('amana.version') end",
            self.table
        );
        let statement = lease.statement(&sql).await?;
        let (keys, values) = columns(&self.upserts);
        let done = lease.client.execute(&statement, &[&keys, &values, &version]).await;
        done.map(drop).map_err(StoreError::postgres("put"))
    }

    async fn delete(&self, lease: &mut Lease, keys: &[&[u8]]) -> Result<(), StoreError> {
        let statement = lease.statement(&format!("delete from {} where k = any($1)", self.table)).await?;
        lease.client.execute(&statement, &[&keys]).await.map(drop).map_err(StoreError::postgres("delete"))
    }
}

fn placeholder(space: Space, key: &[u8]) -> Change {
    Change { space, key: key.to_vec(), value: Some(bytes::Bytes::new()) }
}

fn columns<'a>(changes: &[&'a Change]) -> (Vec<&'a [u8]>, Vec<&'a [u8]>) {
    changes.iter().map(|change| (change.key.as_slice(), change.value.as_deref().unwrap_or_default())).unzip()
}
