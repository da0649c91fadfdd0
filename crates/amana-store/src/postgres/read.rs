//! Reading spaces.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio_postgres::{Row, types::ToSql};

use super::{
    pool::{Connection, Lease, Pool, is_lost},
    schema::table,
    to_u64,
};
use crate::{
    error::StoreError,
    range::KeyRange,
    space::{Key, Space},
    store::Versioned,
};

/// How often something that only reads is tried, on a new connection each time the one before was lost.
const TRIES_MAX: usize = 3;

/// Runs something that can be run again, on a leased connection.
///
/// A macro, as a function over asynchronous closures gives futures that the compiler cannot see to be `Send`.
macro_rules! with_retry {
    ($pool:expr, $connection:ident => $run:expr) => {{
        let mut tries = $crate::postgres::read::Tries::new();
        loop {
            let mut lease = $pool.lease().await?;
            let $connection: &mut $crate::postgres::pool::Connection = &mut lease;
            match $run.await {
                Err(error) if tries.again(&error) => {}
                done => break done,
            }
        }
    }};
}
pub(super) use with_retry;

/// Counts tries.
pub(super) struct Tries(usize);

impl Tries {
    pub(super) fn new() -> Self {
        Self(TRIES_MAX)
    }

    /// Whether to try again after this error.
    pub(super) fn again(&mut self, error: &StoreError) -> bool {
        self.0 -= 1;
        self.0 > 0 && matches!(error, StoreError::Postgres { source, .. } if is_lost(source))
    }
}

impl Connection {
    pub(super) async fn get_many(&mut self, space: Space, keys: &[Key]) -> Result<Vec<Option<Versioned>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "select w.n, t.v, t.ver from unnest($1::bytea[]) with ordinality as w(k, n) join {} as t on t.k = w.k",
            table(space)
        );
        let statement = self.statement(&sql).await?;
        let rows = self.client.query(&statement, &[&keys]).await.map_err(StoreError::postgres("read"))?;
        let mut found = vec![None; keys.len()];
        for row in rows {
            let place = usize::try_from(row.get::<_, i64>(0) - 1).expect("ordinality counts from 1");
            found[place] = Some(versioned(&row));
        }
        Ok(found)
    }

    pub(super) async fn scan(
        &mut self,
        space: Space,
        range: &KeyRange,
        limit: usize,
        reverse: bool,
    ) -> Result<Vec<(Key, Versioned)>, StoreError> {
        if range.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let end = if range.end.is_some() { "and k < $3" } else { "" };
        let order = if reverse { "desc" } else { "asc" };
        let sql = format!("select k, v, ver from {} where k >= $1 {end} order by k {order} limit $2", table(space));
        let statement = self.statement(&sql).await?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&range.start, &limit];
        parameters.extend(range.end.as_ref().map(|end| end as &(dyn ToSql + Sync)));
        let rows = self.client.query(&statement, &parameters).await.map_err(StoreError::postgres("scan"))?;
        Ok(rows.iter().map(|row| (row.get(0), versioned(row))).collect())
    }
}

/// The value and the version in the second and third column.
fn versioned(row: &Row) -> Versioned {
    Versioned { version: to_u64(row.get(2)), value: bytes::Bytes::copy_from_slice(row.get(1)) }
}

/// One consistent state: a transaction at REPEATABLE READ, which only reads and therefore never has to be repeated.
pub(crate) struct Snapshot(Mutex<Lease>);

impl Snapshot {
    pub(super) async fn begin(pool: &Arc<Pool>) -> Result<Self, StoreError> {
        let mut tries = Tries::new();
        loop {
            let mut lease = pool.lease_for_snapshot().await?;
            // The state is that of the first statement after `begin`, so there has to be one now.
            match lease.begin("begin isolation level repeatable read read only; select 1").await {
                Ok(()) => return Ok(Self(Mutex::new(lease))),
                Err(error) if tries.again(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) async fn get_many(&self, space: Space, keys: &[Key]) -> Result<Vec<Option<Versioned>>, StoreError> {
        self.0.lock().await.get_many(space, keys).await
    }

    pub(crate) async fn scan(
        &self,
        space: Space,
        range: &KeyRange,
        limit: usize,
        reverse: bool,
    ) -> Result<Vec<(Key, Versioned)>, StoreError> {
        self.0.lock().await.scan(space, range, limit, reverse).await
    }
}
