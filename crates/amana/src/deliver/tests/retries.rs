//! Failures, and what is tried again.

use super::receiver::Script;
use super::*;
use crate::deliver::ATTEMPTS_MAX;

fn waits_with(status: u16) -> impl Fn(&[DeliveryView]) -> bool {
    move |views| views.first().is_some_and(|view| view.state == "waiting" && view.last_status == Some(status))
}

#[tokio::test]
async fn what_failed_is_sent_again_under_the_same_name() {
    let mut bed = Bed::new().await;
    let person = bed.person("again@example.org").await;
    bed.receiver.says([Script::Status(500, None)]);
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.until(&running, waits_with(500)).await;
    bed.advance(&running, 1_000);
    bed.settled(&running, 1).await;
    running.shutdown().await;
    let received = bed.receiver.received();
    let [first, second] = received.as_slice() else { panic!("{received:?}") };
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert_ne!(first.header("webhook-timestamp"), second.header("webhook-timestamp"));
    assert!(second.is_signed_with(SECRET));
    let view = bed.views().await.remove(0);
    assert_eq!((view.state, view.attempts, view.last_status), ("delivered", 2, Some(204)));
}

#[tokio::test]
async fn a_recipient_is_left_alone_as_long_as_it_asks() {
    let mut bed = Bed::new().await;
    let person = bed.person("later@example.org").await;
    bed.receiver.says([Script::Status(429, Some("120"))]);
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.until(&running, waits_with(429)).await;
    assert_eq!(bed.views().await[0].next_attempt_at, Some(T0.plus_millis(120_000)));
    bed.advance(&running, 119_000);
    // Somebody else is delivered meanwhile, so the worker has looked and has left the first alone.
    let other = bed.person("other@example.org").await;
    bed.moves(other, NoticeKind::Entered).await;
    bed.until(&running, |views| views.get(1).is_some_and(is_final)).await;
    assert_eq!(bed.views().await[0].attempts, 1);
    bed.advance(&running, 1_000);
    bed.settled(&running, 2).await;
    running.shutdown().await;
}

/// S2
#[tokio::test]
async fn withdrawal_during_retry_stops_the_next_attempt() {
    let mut bed = Bed::new().await;
    let person = bed.person("s2@example.org").await;
    bed.receiver.says([Script::Status(503, None), Script::Status(503, None)]);
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.until(&running, waits_with(503)).await;
    bed.advance(&running, 1_000);
    bed.until(&running, |views| views[0].attempts == 2 && views[0].state == "waiting").await;
    bed.act(person, ActKind::Withdraw).await;
    bed.advance(&running, 2_000);
    bed.settled(&running, 1).await;
    assert_eq!(bed.states().await, [("withheld", Some("consent_withdrawn"))]);
    assert_eq!(bed.receiver.received().len(), 2);
    // It was received although it failed, so the end of it is told.
    assert!(bed.views().await[0].disclosed);
    bed.moves(person, NoticeKind::Exited).await;
    bed.settled(&running, 2).await;
    running.shutdown().await;
    assert_eq!(bed.receiver.received()[2].kind(), "audience.exited");
}

#[tokio::test]
async fn what_a_recipient_refuses_is_given_up_at_once() {
    let mut bed = Bed::new().await;
    bed.receiver.says([Script::Status(410, None), Script::Status(422, None)]);
    let running = bed.start();
    for number in 0..2 {
        let person = bed.person(&format!("refused{number}@example.org")).await;
        bed.moves(person, NoticeKind::Entered).await;
        bed.settled(&running, number + 1).await;
    }
    running.shutdown().await;
    assert_eq!(bed.states().await, [("failed", Some("refused_by_recipient")); 2]);
    assert_eq!(bed.totals().await.failed, 2);
    assert_eq!(bed.views().await[0].last_status, Some(410));
}

#[tokio::test]
async fn after_the_last_attempt_a_delivery_has_failed() {
    let mut bed = Bed::new().await;
    let person = bed.person("never@example.org").await;
    bed.receiver.says(vec![Script::Status(502, None); ATTEMPTS_MAX as usize]);
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    for attempt in 1..ATTEMPTS_MAX {
        bed.until(&running, |views| {
            views.first().is_some_and(|view| view.attempts == attempt && view.state == "waiting")
        })
        .await;
        bed.advance(&running, 3_600_000);
    }
    bed.settled(&running, 1).await;
    running.shutdown().await;
    assert_eq!(bed.states().await, [("failed", Some("attempts_exhausted"))]);
    assert_eq!(bed.receiver.received().len(), ATTEMPTS_MAX as usize);
}

#[tokio::test]
async fn messages_about_the_same_person_keep_their_order() {
    let mut bed = Bed::new().await;
    let person = bed.person("order@example.org").await;
    bed.receiver.says([Script::Status(500, None)]);
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.until(&running, waits_with(500)).await;
    bed.moves(person, NoticeKind::Exited).await;
    bed.until(&running, |views| views.len() == 2).await;
    assert_eq!(bed.states().await[1], ("waiting", Some("earlier_message_first")));
    bed.advance(&running, 1_000);
    bed.settled(&running, 2).await;
    running.shutdown().await;
    // The first attempt may have been taken in before it failed, so the end of it is told.
    assert_eq!(bed.states().await, [("withheld", Some("left_audience")), ("delivered", None)]);
    let kinds: Vec<_> = bed.receiver.received().iter().map(receiver::Received::kind).collect();
    assert_eq!(kinds, ["audience.entered", "audience.exited"]);
}

#[tokio::test]
async fn without_its_secret_nothing_is_sent() {
    let mut bed = Bed::new().await;
    bed.secret.lock().unwrap().take();
    let mut batch = Batch::new();
    for number in 0..50 {
        let person = bed.person(&format!("unsigned{number}@example.org")).await;
        bed.add_move(person, NoticeKind::Entered, &mut batch);
    }
    bed.app.store().commit(batch).await.unwrap();
    let running = bed.start();
    bed.until(&running, |views| !views.is_empty()).await;
    assert!(bed.states().await.iter().all(|state| *state == ("waiting", Some("signing_secret_missing"))));
    assert!(bed.views().await.len() < 50, "the rest stays in the log");
    assert_eq!(bed.totals().await.waiting, 50);
    *bed.secret.lock().unwrap() = Some(SECRET.to_owned());
    bed.advance(&running, 30_000);
    bed.settled(&running, 50).await;
    running.shutdown().await;
    assert!(bed.receiver.received().iter().all(|message| message.is_signed_with(SECRET)));
    assert!(bed.views().await.iter().all(|view| view.attempts == 1), "waiting for a secret is no attempt");
}

#[tokio::test]
async fn a_changed_contract_counts_from_the_next_attempt() {
    let mut bed = Bed::new().await;
    let person = bed.person("changed@example.org").await;
    bed.receiver.says([Script::Status(500, None)]);
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.until(&running, waits_with(500)).await;
    bed.declare("{ from = \"email\", as = \"address\" },", "").await;
    bed.advance(&running, 1_000);
    bed.settled(&running, 1).await;
    running.shutdown().await;
    let received = bed.receiver.received();
    assert_eq!(received[0].fields()["address"], "changed@example.org");
    assert!(received[1].fields().get("address").is_none());
    let fields: Vec<_> = bed.views().await.remove(0).fields.into_iter().map(|field| field.name).collect();
    assert_eq!(fields, ["address", "address_sha256", "club"], "what the first attempt disclosed stays on record");
}
