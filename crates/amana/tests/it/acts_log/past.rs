//! A restored store tells the past as the lost one did, as far as acts tell it: who was one person by what staff decided, and
//! by which version of the catalogue an instant is judged.

use super::restore::{back_up, restore};
use super::{house, shipped_and_copied};
use crate::identity::staff::decide;
use crate::permissions::past_catalogues::expiring;
use crate::support::{CATALOG, Engine, Then, act_on, on_both_engines, permission_of};
use serde_json::json;
use std::time::Duration;

on_both_engines!(a_restored_store_tells_the_past_as_it_was);

const ANN: &str = "user_id/ann";
const TABLET: &str = "anonymous_id/tablet";
const DAY: Duration = Duration::from_hours(24);

async fn a_restored_store_tells_the_past_as_it_was(engine: Engine) {
    let (acts, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archive = keys.path().join("keys.archive");
    let mut house = house(engine).await;
    let bought = json!([{"type": "track", "event": "Order Completed", "userId": "ann", "anonymousId": "tablet",
        "messageId": "m1"}]);
    house.send("shop", bought).await.expect(200);
    house.act("privacy", ANN, act_on("grant", "news")).await.expect(200);
    let mut copy = shipped_and_copied(&mut house, acts.path()).await;

    let people = [ANN, TABLET];
    let mut noted = vec![house.noted(&people).await];
    decide(&house, "split", ANN, &[TABLET], false).await.expect(200);
    noted.push(house.noted(&people).await);
    house.pass(DAY * 60).await;
    house.apply(&format!("{}{}", expiring(CATALOG), super::PANEL)).await;
    house.settle().await;
    noted.push(house.noted(&people).await);
    decide(&house, "join", ANN, &[TABLET], false).await.expect(200);
    noted.push(house.noted(&people).await);
    back_up(&house, &archive).await;
    house.leave().await;
    house.advance(DAY);
    assert_eq!(restore(&copy, &archive, acts.path()).await.catalogs, 1);
    copy.enter().await;
    for then in &noted {
        copy.tells_as_it_was(then).await;
    }
    let state = async |then: &Then| {
        let told = copy.permissions_at(ANN, &format!("as_of={}", then.at)).await;
        (told["catalog_version"].clone(), permission_of(&told, "news").unwrap()["state"].clone())
    };
    assert_eq!(state(&noted[1]).await, (json!(1), json!("given")));
    assert_eq!(
        state(&noted[2]).await,
        (json!(2), json!("expired")),
        "since it was declared, not since it was restored"
    );
}
