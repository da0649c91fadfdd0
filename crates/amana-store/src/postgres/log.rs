//! Logs: a head row each, and the records of all of them in one table.

use bytes::Bytes;

use super::{pool::Connection, to_i64, to_u64};
use crate::{
    error::StoreError,
    log_name::{LogName, Position},
};

/// How a log is written; the numbers stand in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogKind {
    /// By itself.
    Appended = 1,
    /// Within commits.
    Committed = 2,
}

impl LogKind {
    fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::Appended => ("by itself", "within commits"),
            Self::Committed => ("within commits", "by itself"),
        }
    }
}

/// The most rows that are looked at in one reading.
const ROWS_MAX: u64 = 65_536;
/// The fewest rows that are looked at in one reading.
const ROWS_MIN: u64 = 64;
/// A record is taken to have at least so many bytes when it is decided how many rows to look at.
const RECORD_BYTES_GUESS: u64 = 128;

/// Appends within the running transaction and returns the position after the last record. From here on the log's head is
/// locked, so this comes last before the commit.
pub(super) async fn append(
    connection: &mut Connection,
    log: &LogName,
    kind: LogKind,
    records: &[Bytes],
) -> Result<Position, StoreError> {
    let failed = || StoreError::postgres("append");
    let count = to_i64(records.len() as u64);
    let next = match move_head(connection, log, kind, count).await? {
        Some(next) => next,
        None => {
            let sql =
                "insert into amana.log_head (name, kind, next, tail) values ($1, $2, 0, 0) on conflict do nothing";
            let statement = connection.statement(sql).await?;
            connection.client.execute(&statement, &[&log.as_str(), &(kind as i16)]).await.map_err(failed())?;
            let (asked, owner) = kind.describe();
            let refused = || StoreError::LogKind { log: log.clone(), owner, asked };
            move_head(connection, log, kind, count).await?.ok_or_else(refused)?
        }
    };
    let sql = "insert into amana.log_record (log, position, bytes) \
               select $1, $2 + n - 1, bytes from unnest($3::bytea[]) with ordinality as r(bytes, n)";
    let statement = connection.statement(sql).await?;
    let bytes: Vec<&[u8]> = records.iter().map(AsRef::as_ref).collect();
    let first = next - count;
    connection.client.execute(&statement, &[&log.as_str(), &first, &bytes]).await.map_err(failed())?;
    Ok(Position(to_u64(next)))
}

/// Moves the head of a log of this kind; `None` when there is no such log, or one of the other kind.
async fn move_head(
    connection: &mut Connection,
    log: &LogName,
    kind: LogKind,
    count: i64,
) -> Result<Option<i64>, StoreError> {
    let sql = "update amana.log_head set next = next + $3 where name = $1 and kind = $2 returning next";
    let statement = connection.statement(sql).await?;
    let moved = connection.client.query_opt(&statement, &[&log.as_str(), &(kind as i16), &count]).await;
    Ok(moved.map_err(StoreError::postgres("append"))?.map(|row| row.get(0)))
}

/// Where a log begins and ends.
pub(super) struct Ends {
    pub(super) head: Position,
    pub(super) tail: Position,
}

/// Both ends of a log, if anybody has written to it.
pub(super) async fn ends(connection: &mut Connection, log: &LogName) -> Result<Option<Ends>, StoreError> {
    let statement = connection.statement("select next, tail from amana.log_head where name = $1").await?;
    let row =
        connection.client.query_opt(&statement, &[&log.as_str()]).await.map_err(StoreError::postgres("read a log"))?;
    Ok(row.map(|row| Ends { head: Position(to_u64(row.get(0))), tail: Position(to_u64(row.get(1))) }))
}

/// Records from `from` on, until they reach `bytes_max`; at least one, if there is any.
pub(super) async fn read(
    connection: &mut Connection,
    log: &LogName,
    from: Position,
    bytes_max: usize,
) -> Result<Vec<(Position, Bytes)>, StoreError> {
    let Some(ends) = ends(connection, log).await? else { return Ok(Vec::new()) };
    if ends.head <= from {
        return Ok(Vec::new());
    }
    if from < ends.tail {
        return Err(StoreError::Dropped { log: log.clone(), from, tail: ends.tail });
    }
    let sql = "select position, bytes from ( \
                   select position, bytes, sum(octet_length(bytes)) over (order by position) as so_far \
                   from amana.log_record where log = $1 and position >= $2 and position < $2 + $4 \
               ) as r where so_far <= $3 or position = $2 order by position";
    let statement = connection.statement(sql).await?;
    let rows_max = (bytes_max as u64 / RECORD_BYTES_GUESS).clamp(ROWS_MIN, ROWS_MAX);
    let (from, bytes_max, rows_max) = (to_i64(from.0), to_i64(bytes_max as u64), to_i64(rows_max));
    let rows = connection.client.query(&statement, &[&log.as_str(), &from, &bytes_max, &rows_max]).await;
    let record = |row: &tokio_postgres::Row| (Position(to_u64(row.get(0))), Bytes::copy_from_slice(row.get(1)));
    Ok(rows.map_err(StoreError::postgres("read a log"))?.iter().map(record).collect())
}

/// Deletes the records before a position. Both statements can be run again, so they need no transaction: first the tail, so
/// that nobody reads a log with a hole.
pub(super) async fn drop_before(
    connection: &mut Connection,
    log: &LogName,
    before: Position,
) -> Result<(), StoreError> {
    let failed = || StoreError::postgres("drop the beginning of a log");
    let sql = "update amana.log_head set tail = greatest(tail, least($2, next)) where name = $1 returning tail";
    let statement = connection.statement(sql).await?;
    let moved = connection.client.query_opt(&statement, &[&log.as_str(), &to_i64(before.0)]).await.map_err(failed())?;
    let Some(tail) = moved.map(|row| row.get::<_, i64>(0)) else { return Ok(()) };
    let statement = connection.statement("delete from amana.log_record where log = $1 and position < $2").await?;
    connection.client.execute(&statement, &[&log.as_str(), &tail]).await.map_err(failed())?;
    Ok(())
}
