//! What only PostgreSQL can do to us.

use std::time::Duration;

use amana_store::{
    Batch, CommitError, PostgresOptions, Space, Store, StoreError,
    testing::{Fault, Postgres, Step},
};

use crate::bed::{Bed, log, run};

/// Ends every session of the store but the one that holds the lock.
const END_POOLED_SESSIONS: &str = "select pg_terminate_backend(pid) from pg_stat_activity \
     where datname = current_database() and application_name = 'amana' and pid <> pg_backend_pid() \
     and pid not in (select pid from pg_locks where locktype = 'advisory')";
const END_THE_LOCKING_SESSION: &str = "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = \
     (select oid from pg_database where datname = current_database())";

async fn put_with_outbox(bed: &Bed, value: &str) -> Result<(), CommitError> {
    let mut batch = Batch::new();
    batch.put(Space::Tally, "a", value.to_owned()).append(&log("outbox"), value.to_owned());
    bed.store().commit(batch).await
}

#[test]
fn a_commit_whose_answer_was_lost_is_found_out() {
    run(async {
        let bed = Bed::postgres().await;
        bed.faults.inject_at(Step::TransactionCommitted, Fault::InputOutput);
        put_with_outbox(&bed, "1").await.unwrap();
        bed.faults.inject_at(Step::TransactionCommitted, Fault::InputOutput);
        bed.append(&log("journal"), "a").await.unwrap();
        assert_eq!(bed.records(&log("outbox")).await, ["1"], "done once");
        assert_eq!(bed.records(&log("journal")).await, ["a"], "done once");
    });
}

#[test]
fn a_commit_that_was_cut_off_before_the_server_did_it_is_done_again() {
    run(async {
        let bed = Bed::postgres().await;
        bed.faults.inject_at(Step::TransactionCommit, Fault::InputOutput);
        put_with_outbox(&bed, "1").await.unwrap();
        assert_eq!(bed.records(&log("outbox")).await, ["1"]);
        assert_eq!(bed.text("a").await.as_deref(), Some("1"));
        let commits = bed.faults.steps().iter().filter(|step| **step == Step::TransactionCommit).count();
        assert_eq!(commits, 2);
    });
}

#[test]
fn a_process_that_dies_before_or_after_the_commit_leaves_all_or_nothing() {
    run(async {
        for (step, done) in [(Step::TransactionCommit, false), (Step::TransactionCommitted, true)] {
            let mut bed = Bed::postgres().await;
            put_with_outbox(&bed, "1").await.unwrap();
            bed.faults.inject_at(step, Fault::Crash);
            put_with_outbox(&bed, "2").await.unwrap_err();
            bed.kill();
            bed.reopen().await;
            let expected: &[&str] = if done { &["1", "2"] } else { &["1"] };
            assert_eq!(bed.records(&log("outbox")).await, expected);
            assert_eq!(bed.text("a").await.as_deref(), expected.last().copied());
        }
    });
}

#[test]
fn lost_connections_are_made_again() {
    run(async {
        let bed = Bed::postgres().await;
        put_with_outbox(&bed, "1").await.unwrap();
        Postgres::execute_in(bed.url(), END_POOLED_SESSIONS).await;
        assert_eq!(bed.text("a").await.as_deref(), Some("1"));
        Postgres::execute_in(bed.url(), END_POOLED_SESSIONS).await;
        put_with_outbox(&bed, "2").await.unwrap();
        Postgres::execute_in(bed.url(), END_POOLED_SESSIONS).await;
        bed.append(&log("journal"), "a").await.unwrap();
        assert_eq!(bed.records(&log("outbox")).await, ["1", "2"]);
        assert!(bed.store().failed().reason().is_none());
    });
}

#[test]
fn one_process_works_a_database_at_a_time() {
    run(async {
        let mut bed = Bed::postgres().await;
        let options = PostgresOptions { lock_wait: Duration::from_millis(1), ..PostgresOptions::default() };
        let refused = Store::open_postgres(bed.url(), options.clone()).await;
        assert!(matches!(refused, Err(StoreError::Locked { .. })), "{refused:?}");
        bed.close().await;
        let second = Store::open_postgres(bed.url(), PostgresOptions::default()).await.unwrap();
        second.close().await;
    });
}

#[test]
fn who_has_lost_the_lock_cannot_write_any_more() {
    run(async {
        let bed = Bed::postgres().await;
        put_with_outbox(&bed, "1").await.unwrap();
        let failed = bed.store().failed();
        Postgres::execute_in(bed.url(), END_THE_LOCKING_SESSION).await;
        assert!(failed.wait().await.contains("lock"));
        let refused = put_with_outbox(&bed, "2").await;
        assert!(matches!(refused, Err(CommitError::Store(StoreError::Failed(_)))), "{refused:?}");
        let refused = bed.append(&log("journal"), "2").await;
        assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
        let second = bed.open().await.unwrap();
        second.close().await;
    });
}

#[test]
fn who_has_not_noticed_that_the_lock_is_lost_is_fenced_off() {
    run(async {
        let bed = Bed::postgres().await;
        // As if another process had opened the database meanwhile.
        Postgres::execute_in(bed.url(), "update amana.owner set epoch = epoch + 1").await;
        let refused = put_with_outbox(&bed, "1").await;
        assert!(matches!(refused, Err(CommitError::Store(StoreError::Failed(_)))), "{refused:?}");
        assert!(bed.store().failed().reason().is_some());
    });
}

#[test]
fn a_server_that_crashes_keeps_what_was_acknowledged() {
    run(async {
        let cluster = Postgres::start_without_fsync();
        let url = cluster.new_database().await;
        let store = Store::open_postgres(&url, PostgresOptions::default()).await.unwrap();
        let mut batch = Batch::new();
        batch.put(Space::Tally, "a", "1").append(&log("outbox"), "1");
        store.commit(batch).await.unwrap();
        let failed = store.failed();
        cluster.restart_hard();
        failed.wait().await;
        drop(store);
        let store = Store::open_postgres(&url, PostgresOptions::default()).await.unwrap();
        assert!(store.get(Space::Tally, b"a".to_vec()).await.unwrap().is_some());
        assert_eq!(crate::bed::read_all(&store, &log("outbox")).await.unwrap(), ["1"]);
        store.close().await;
    });
}

#[test]
fn a_url_that_asks_for_encryption_is_refused_instead_of_ignored() {
    run(async {
        let url = "postgres://amana:verysecret@127.0.0.1/amana?sslmode=require";
        let refused = Store::open_postgres(url, PostgresOptions::default()).await.unwrap_err();
        assert!(matches!(refused, StoreError::Invalid(_)));
        let shown = format!("{refused} {refused:?}");
        assert!(shown.contains("sslmode") && !shown.contains("verysecret"));
    });
}

#[test]
fn a_server_that_does_not_answer_is_an_error_without_the_password() {
    run(async {
        let url = "postgres://amana:verysecret@127.0.0.1:1/amana";
        let refused = Store::open_postgres(url, PostgresOptions::default()).await.unwrap_err();
        assert!(matches!(refused, StoreError::Postgres { .. }) && refused.is_temporary());
        assert!(!format!("{refused} {refused:?}").contains("verysecret"));
    });
}

#[test]
fn a_server_that_defaults_to_weak_commits_does_not_make_ours_weak() {
    run(async {
        let bed = Bed::postgres().await;
        let name = bed.url().rsplit('/').next().unwrap().to_owned();
        let sql = format!(
            "alter database {name} set synchronous_commit = off;
             create function refuse_weak() returns trigger language plpgsql as $$ begin
                 if current_setting('synchronous_commit') = 'off' then raise 'weak'; end if;
                 return new;
             end $$;
             create trigger refuse_weak before insert on amana.space_tally for each row execute function refuse_weak()"
        );
        Postgres::execute_in(bed.url(), &sql).await;
        // New sessions take the new default.
        Postgres::execute_in(bed.url(), END_POOLED_SESSIONS).await;
        bed.put("a", "1").await;
    });
}
