//! Killed anywhere: whatever was being written when the process died, sending the same file again ends with every row
//! once. The store is stopped at each of its steps in turn, also between appending rows and noting that they are there.

use super::{ORDERS, orders_of};
use crate::support::{CATALOG, Engine, House, on_both_engines, reply_or_error};
use amana_store::testing::{Fault, Faults};
use std::time::Duration;

on_both_engines!(
    every_row_of_a_file_counts_once_wherever_the_process_is_killed,
    every_row_of_pieces_counts_once_wherever_the_process_is_killed,
    rows_that_are_tried_again_count_once_wherever_the_process_is_killed,
    named_rows_count_once_however_long_after_the_process_was_killed,
);

/// More than a batch.
const ROWS: u64 = 1_100;
/// After so many steps of the store an import is over, with everything that follows from it.
const STEPS_MAX: usize = 400;

impl House {
    /// Sends something while the store dies after so many steps. Says whether it did.
    async fn dies_while(&mut self, steps: usize, sends: impl AsyncFn(&Self)) -> bool {
        self.faults.inject(steps, Fault::Crash);
        let dead = async {
            while !self.faults.crashed() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        // With everything that follows from it, unless nothing can be done any more: who asks a dead process hears nothing.
        let done = async {
            sends(self).await;
            self.app().journal().committed(self.app().journal().written()).await;
        };
        let done = tokio::time::timeout(Duration::from_secs(60), async {
            tokio::select! {
                () = dead => {}
                () = done => {}
            }
        });
        assert!(done.await.is_ok(), "neither dead nor done");
        let died = self.faults.crashed();
        self.leave().await;
        self.faults = Faults::none();
        self.enter().await;
        died
    }

    async fn send_file(&self, file: String) {
        let request = self.collect("shop", "/v1/import?map=map").header("content-type", "text/csv").body(file);
        drop(reply_or_error(request).await);
    }

    async fn send_piece(&self, file: &str, from: u64, rows: u64) {
        let line = |row: u64| format!("{{\"customer\":\"{file}\",\"order\":\"{file}{row}\",\"at\":\"2026-02-01\"}}\n");
        let body: String = (from..from + rows).map(line).collect();
        let hash = amana::hash::sha256(file.as_bytes()).map(|byte| format!("{byte:02x}")).concat();
        let path = format!("/v1/import?map=map&file={hash}&from={from}");
        let request = self.collect("shop", &path).header("content-type", "application/x-ndjson").body(body);
        drop(reply_or_error(request).await);
    }
}

async fn every_row_of_a_file_counts_once_wherever_the_process_is_killed(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house.put_map("shop", "map", ORDERS).await.expect(200);
    let mut deaths = 0;
    for steps in 0..STEPS_MAX {
        let file = orders_of(&format!("a{steps}"), ROWS);
        let died = house.dies_while(steps, async |house| house.send_file(file.clone()).await).await;
        let again = house.import_by("shop", "text/csv", file.clone()).await.expect(200).json;
        assert_eq!((&again["next"], &again["rejected"]), (&ROWS.into(), &0.into()), "after {steps} steps");
        assert_eq!(house.orders_of(&format!("a{steps}")).await, ROWS, "after {steps} steps");
        if !died {
            assert_eq!(again["already"], ROWS);
            break;
        }
        deaths += 1;
    }
    assert!((8..STEPS_MAX).contains(&deaths), "{deaths} steps");
}

async fn every_row_of_pieces_counts_once_wherever_the_process_is_killed(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house.put_map("shop", "map", ORDERS).await.expect(200);
    let mut deaths = 0;
    for steps in 0..STEPS_MAX {
        let file = format!("b{steps}");
        let sends = async |house: &House| {
            house.send_piece(&file, 0, 30).await;
            house.send_piece(&file, 30, 30).await;
        };
        let died = house.dies_while(steps, sends).await;
        sends(&house).await;
        house.settle().await;
        assert_eq!(house.orders_of(&file).await, 60, "after {steps} steps");
        if !died {
            break;
        }
        deaths += 1;
    }
    assert!((12..STEPS_MAX).contains(&deaths), "{deaths} steps");
}

/// Longer than message ids are remembered: what has no name of its own would be in doubt.
async fn named_rows_count_once_however_long_after_the_process_was_killed(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house.put_map("shop", "map", &format!("message_id = \"order\"\n{ORDERS}")).await.expect(200);
    let mut deaths = 0;
    for steps in 0..STEPS_MAX {
        let file = orders_of(&format!("n{steps}"), 30);
        let died = house.dies_while(steps, async |house| house.send_file(file.clone()).await).await;
        house.advance(Duration::from_secs(9 * 86_400));
        let again = house.import_by("shop", "text/csv", file.clone()).await.expect(200).json;
        assert_eq!((&again["next"], &again["rejected"]), (&30.into(), &0.into()), "after {steps} steps");
        assert_eq!(house.orders_of(&format!("n{steps}")).await, 30, "after {steps} steps");
        if !died {
            break;
        }
        deaths += 1;
    }
    assert!((6..STEPS_MAX).contains(&deaths), "{deaths} steps");
}

const NEWS_BY_COLUMN: &str = r#"
kind = "acts"
timestamp = "at"
identifiers.user_id = "customer"
[[acts]]
purpose = { column = "about" }
act = { column = "said", values = { yes = "grant", no = "withdraw" } }
"#;

/// The catalogue with one purpose more.
pub(super) const TASTING: &str = r#"
[[purposes]]
code = "tasting"
basis = "consent"
categories = ["identity"]
keep = "P1Y"
texts.en = { title = "Tasting", text = "We let you taste." }
"#;

async fn rows_that_are_tried_again_count_once_wherever_the_process_is_killed(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    house.put_map("crm", "map", NEWS_BY_COLUMN).await.expect(200);
    let file = |steps: usize| {
        let rows = |row: u64| {
            format!("c{steps}-{},{},no,2026-02-01\n", row / 2, if row.is_multiple_of(2) { "news" } else { "tasting" })
        };
        format!("customer,about,said,at\n{}", (0..6).map(rows).collect::<String>())
    };
    let steps_at_once = 40;
    for steps in 0..steps_at_once {
        let refused = house.import_by("crm", "text/csv", file(steps)).await.expect(200).json;
        assert_eq!((&refused["accepted"], &refused["rejected"]), (&3.into(), &3.into()));
    }
    house.apply(&format!("{CATALOG}{TASTING}")).await;
    let (mut deaths, mut lived) = (0, false);
    for steps in 0..steps_at_once {
        let sends = async |house: &House| {
            let request = house.collect("crm", "/v1/import?map=map").header("content-type", "text/csv");
            drop(reply_or_error(request.body(file(steps))).await);
        };
        let died = house.dies_while(steps, sends).await;
        let again = house.import_by("crm", "text/csv", file(steps)).await.expect(200).json;
        assert_eq!(again["rejected"], 0, "after {steps} steps: {again}");
        for person in 0..3 {
            let acts = house.permissions(&format!("user_id/c{steps}-{person}")).await;
            let told = |purpose: &str| {
                let all = acts["permissions"].as_array().unwrap().iter();
                all.filter(|known| known["purpose"] == purpose)
                    .map(|known| known["acts"].as_array().unwrap().len())
                    .sum()
            };
            let told: [usize; 2] = ["news", "tasting"].map(told);
            assert_eq!(told, [1, 1], "after {steps} steps: {acts}");
        }
        (deaths, lived) = (deaths + usize::from(died), lived || !died);
    }
    assert!(deaths >= 8 && lived, "{deaths} deaths");
}
