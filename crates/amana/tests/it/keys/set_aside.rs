//! What was set aside, and what staff decide about it.

use super::unreadable::{Row, aside, names_aside, order};
use crate::support::{CATALOG, Engine, House, on_both_engines, program};
use amana::pipeline::{delete_aside, deletions, resend_aside};
use amana::server::open_app;
use amana_store::Space;
use amana_store::testing::{Fault, Faults};
use serde_json::json;
use std::process::{Command, Output};
use std::time::Duration;

on_both_engines!(
    what_is_resent_counts_once_wherever_the_process_is_killed,
    asking_twice_while_nobody_serves_works_on_it_once,
    what_was_set_aside_is_deleted_on_purpose_and_that_is_kept,
);

/// After so many steps of the store everything that follows from resending is done.
const STEPS_MAX: usize = 200;

/// Runs a command on an installation.
fn amana(house: &House, words: &[&str]) -> (bool, String) {
    let mut command = Command::new(program());
    command.args(words).arg("--data").arg(house.folder.path()).env("AMANA_FREE_SPACE_FLOOR_MIB", "0");
    if let Some(url) = house.database() {
        command.args(["--store", url]);
    }
    let Output { status, stdout, stderr } = tokio::task::block_in_place(|| command.output()).unwrap();
    (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

/// Resends while the store dies after so many steps. Says whether it did.
async fn dies_while_resending(house: &mut House, steps: usize) -> bool {
    house.faults.inject(steps, Fault::Crash);
    let dead = async {
        while !house.faults.crashed() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let done = async {
        let _ = resend_aside(house.app(), true).await;
        house.app().journal().committed(house.app().journal().written()).await;
    };
    tokio::select! {
        () = dead => {}
        () = done => {}
    }
    let died = house.faults.crashed();
    house.leave().await;
    house.faults = Faults::none();
    house.enter().await;
    died
}

async fn what_is_resent_counts_once_wherever_the_process_is_killed(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house.send("shop", json!([order("dan", "first"), order("ann", "a1")])).await.expect(200);
    let (mut steps, mut orders) = (0, 1);
    loop {
        assert!(steps < STEPS_MAX, "it never comes to an end");
        let ring = Row::of(&house, Space::Ring, "user_id/dan").await;
        ring.damage(&mut house).await;
        for name in ["x", "y"] {
            let request = json!([order("ann", &format!("a{name}{steps}")), order("dan", &format!("{name}{steps}"))]);
            house.send("shop", request).await.expect(200);
        }
        // Longer than names of events are remembered: nothing but the place in the log says what was worked on.
        house.pass(Duration::from_secs(10 * 86_400)).await;
        assert_eq!(names_aside(&house).await, [format!("x{steps}"), format!("y{steps}")]);
        ring.restore(&house).await;
        let died = dies_while_resending(&mut house, steps).await;
        let resent = resend_aside(house.app(), true).await.unwrap();
        assert!(resent.left == 0, "after {steps} steps: {resent:?}");
        house.settle().await;
        orders += 2;
        assert_eq!(house.orders_of("dan").await, orders, "after {steps} steps");
        if !died {
            break;
        }
        steps += 1;
    }
    assert!(steps > 2, "it died {steps} times");
}

async fn asking_twice_while_nobody_serves_works_on_it_once(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house.send("shop", json!([order("dan", "d1"), order("ann", "a1")])).await.expect(200);
    let ring = Row::of(&house, Space::Ring, "user_id/dan").await;
    ring.damage(&mut house).await;
    house.send("shop", json!([order("dan", "d2")])).await.expect(200);
    house.send("shop", json!([order("dan", "d3")])).await.expect(200);
    house.pass(Duration::from_secs(10 * 86_400)).await;
    ring.restore(&house).await;
    house.leave().await;
    let (done, told) = amana(&house, &["inspect", "set-aside"]);
    assert!(done && told.lines().count() == 2 && told.contains("somebody it is about cannot be read"), "{told}");
    let (_, content) = amana(&house, &["inspect", "set-aside", "--content"]);
    assert!(content.contains("\"message_id\":\"d2\""), "{content}");
    for _ in 0..2 {
        let (done, told) = amana(&house, &["set-aside", "resend"]);
        assert!(done && told.contains("2 records with 2 events are to be worked on again"), "{told}");
    }
    house.enter().await;
    house.settle().await;
    assert_eq!((house.orders_of("dan").await, aside(&house).await.len()), (3, 0));
    let (done, told) = amana(&house, &["set-aside", "resend"]);
    assert!(done && told.contains("nothing is set aside"), "{told}");
}

async fn what_was_set_aside_is_deleted_on_purpose_and_that_is_kept(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house.send("shop", json!([order("dan", "d1")])).await.expect(200);
    let ring = Row::of(&house, Space::Ring, "user_id/dan").await;
    ring.damage(&mut house).await;
    house.send("shop", json!([order("dan", "d2"), order("dan", "d3")])).await.expect(200);
    let (done, told) = amana(&house, &["set-aside", "delete", "--note", "a test"]);
    assert!(!done && told.contains("1 records with 2 events would be deleted") && told.contains("--yes"), "{told}");
    assert_eq!(names_aside(&house).await, ["d2", "d3"]);
    assert!(delete_aside(house.app(), " ", true).await.is_err(), "why must be said");
    let (done, told) = amana(&house, &["set-aside", "delete", "--note", "a test", "--yes"]);
    assert!(done && told.contains("1 records with 2 events were deleted"), "{told}");
    let (_, shown) = amana(&house, &["inspect", "set-aside"]);
    assert!(
        shown.contains("1 records with 2 events were deleted at 2026-03-01") && shown.contains("a test"),
        "{shown}"
    );
    ring.restore(&house).await;
    assert_eq!(resend_aside(house.app(), true).await.unwrap().records, 0);
    // Nothing waits for it any more.
    house.pass(Duration::from_secs(61)).await;
    house.send("shop", json!([order("dan", "d4")])).await.expect(200);
    assert_eq!((house.orders_of("dan").await, aside(&house).await.len()), (2, 0));
    house.leave().await;
    let app = open_app(&house.config()).await.unwrap();
    assert_eq!(deletions(&app).await.unwrap().len(), 1);
    app.store().clone().close().await;
}
