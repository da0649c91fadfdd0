//! The tables, made in one transaction when a database is new.

use std::{fmt::Write as _, sync::Arc};

use super::pool::{Lease, Pool};
use crate::{
    error::StoreError,
    formats::{Found, formats},
    space::{Codec, Space},
};

/// Holds off others who make the tables at the same moment ("aman", "ddl").
const SCHEMA_LOCK: &str = "select pg_advisory_xact_lock(1634558318, 6579308)";

const PLACE: &str = "the database";

/// The table of a space.
pub(super) fn table(space: Space) -> String {
    format!("amana.space_{}", space.name())
}

/// Refuses a database whose formats this program does not read, makes what is missing, and notes the formats it writes.
pub(super) async fn prepare(pool: &Arc<Pool>) -> Result<(), StoreError> {
    let mut lease = pool.lease().await?;
    lease.begin("begin").await?;
    let failed = || StoreError::postgres("make the tables");
    lease.client.batch_execute(SCHEMA_LOCK).await.map_err(failed())?;
    let exists = lease.client.query_one("select to_regclass('amana.space_meta') is not null", &[]).await;
    let stored = if exists.map_err(failed())?.get(0) {
        lease
            .client
            .query("select k, v from amana.space_meta where k like 'store/%'::bytea", &[])
            .await
            .map_err(failed())?
    } else {
        Vec::new()
    };
    lease.client.batch_execute("set local client_min_messages = warning").await.map_err(failed())?;
    lease.client.batch_execute(&statements()).await.map_err(failed())?;
    for format in formats() {
        if let Some(row) = stored.iter().find(|row| row.get::<_, &[u8]>(0) == format.key.as_bytes()) {
            match format.judge(row.get(1), PLACE)? {
                Found::Current => continue,
                Found::Readable => {}
                Found::TooOld(found) => {
                    if !is_empty(&lease, format.space).await? {
                        return Err(format.refused(found, PLACE));
                    }
                }
            }
        }
        let sql =
            "insert into amana.space_meta (k, v, ver) values ($1, $2, 0) on conflict (k) do update set v = excluded.v";
        let value = format.known.to_string();
        lease.client.execute(sql, &[&format.key.as_bytes(), &value.as_bytes()]).await.map_err(failed())?;
    }
    lease.commit().await.map_err(failed())
}

/// Whether nothing is in a space; never true of the store as a whole.
async fn is_empty(lease: &Lease, space: Option<Space>) -> Result<bool, StoreError> {
    let Some(space) = space else { return Ok(false) };
    let sql = format!("select not exists (select from {})", table(space));
    let row = lease.client.query_one(&sql, &[]).await.map_err(StoreError::postgres("look into a space"))?;
    Ok(row.get(0))
}

fn statements() -> String {
    let mut sql = String::from(
        "create schema if not exists amana;\
         create sequence if not exists amana.version;\
         create table if not exists amana.owner (one bool primary key default true check (one), epoch bigint not null);\
         insert into amana.owner (epoch) values (0) on conflict do nothing;\
         create table if not exists amana.log_head (name text collate \"C\" primary key, kind smallint not null, \
             next bigint not null, tail bigint not null);\
         create table if not exists amana.log_record (log text collate \"C\" not null, position bigint not null, \
             bytes bytea not null, primary key (log, position));",
    );
    for space in Space::ALL {
        let table = table(space);
        let made = write!(
            sql,
            "create table if not exists {table} (k bytea primary key, v bytea not null, ver bigint not null);"
        );
        made.expect("writing to a string cannot fail");
        // Sealed values do not shrink, so the server need not try.
        if space.codec() == Codec::Sealed {
            write!(sql, "alter table {table} alter column v set storage external;").expect("as above");
        }
    }
    sql
}
