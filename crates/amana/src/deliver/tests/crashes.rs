//! A process that stops between intent and outcome, and destinations that come and go.

use super::receiver::Script;
use super::*;

#[tokio::test]
async fn what_was_being_sent_when_the_process_stopped_is_unknown_and_sent_again() {
    let mut bed = Bed::new().await;
    let person = bed.person("crash@example.org").await;
    bed.receiver.says([Script::Silence]);
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.receiver.until(1).await;
    assert_eq!(bed.states().await, [("sending", None)], "the intent is on record before the bytes leave");
    assert_eq!(bed.views().await[0].fields.len(), 3);
    running.kill().await;
    // Without its secret the next process can only say what it found.
    let secret = bed.secret.lock().unwrap().take();
    let running = bed.start();
    bed.until(&running, |views| views[0].state != "sending").await;
    assert_eq!(bed.states().await, [("unknown", Some("outcome_unknown"))]);
    assert!(bed.views().await[0].disclosed);
    assert_eq!(bed.totals().await.waiting, 1);
    *bed.secret.lock().unwrap() = secret;
    bed.advance(&running, 30_000);
    bed.settled(&running, 1).await;
    running.shutdown().await;
    let received = bed.receiver.received();
    let [first, second] = received.as_slice() else { panic!("{received:?}") };
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert_eq!(bed.views().await[0].attempts, 2);
}

/// Whoever may have received it is told that it ended, although nothing ever confirmed it.
#[tokio::test]
async fn an_unknown_outcome_counts_as_disclosed() {
    let mut bed = Bed::new().await;
    let person = bed.person("unknown@example.org").await;
    bed.receiver.says([Script::Silence]);
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.receiver.until(1).await;
    running.kill().await;
    bed.act(person, ActKind::Withdraw).await;
    bed.app.clock().advance_millis(10);
    bed.moves(person, NoticeKind::Exited).await;
    let running = bed.start();
    bed.settled(&running, 2).await;
    running.shutdown().await;
    assert_eq!(bed.states().await, [("withheld", Some("consent_withdrawn")), ("delivered", None)]);
    assert_eq!(bed.receiver.received()[1].kind(), "audience.exited");
}

#[tokio::test]
async fn waiting_deliveries_are_found_again_after_a_restart() {
    let mut bed = Bed::new().await;
    bed.receiver.says([Script::Status(500, None)]);
    let running = bed.start();
    for number in 0..12 {
        let person = bed.person(&format!("found{number}@example.org")).await;
        bed.moves(person, NoticeKind::Entered).await;
        bed.until(&running, |views| views.len() == number + 1 && views[number].attempts == 1).await;
    }
    bed.until(&running, |views| views[1..].iter().all(is_final)).await;
    running.shutdown().await;
    assert_eq!(bed.states().await[0], ("waiting", Some("answered_with_error")));
    let cursor = bed.app.store().get(Space::Cursor, key::cursor("deliver/1")).await.unwrap();
    assert!(cursor.is_some_and(|row| row.value.len() < 8), "only what is open is named");
    bed.app.clock().advance_millis(1_000);
    let running = bed.start();
    bed.settled(&running, 12).await;
    running.shutdown().await;
    assert_eq!(bed.totals().await.delivered, 12);
}

#[tokio::test]
async fn shutting_down_waits_for_what_is_being_sent() {
    let mut bed = Bed::new().await;
    let mut batch = Batch::new();
    for number in 0..30 {
        let person = bed.person(&format!("stop{number}@example.org")).await;
        bed.add_move(person, NoticeKind::Entered, &mut batch);
    }
    bed.app.store().commit(batch).await.unwrap();
    let running = bed.start();
    bed.receiver.until(1).await;
    running.shutdown().await;
    let (totals, received) = (bed.totals().await, bed.receiver.received().len() as u64);
    assert_eq!(totals.delivered, received);
    assert!(bed.states().await.iter().all(|(state, _)| *state == "delivered"));
}

#[tokio::test]
async fn destinations_come_and_go_with_the_catalogue() {
    let mut bed = Bed::new().await;
    let (person, other) = (bed.person("one@example.org").await, bed.person("two@example.org").await);
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.settled(&running, 1).await;
    let mut without = bed.app.current().policy.catalog.clone();
    without.destinations.clear();
    without.audiences[0].destinations.clear();
    without.purposes[0].recipients.clear();
    // Naming the recipient again is wider than not naming it: a new version, for which nobody has agreed yet.
    let mut with = bed.app.current().policy.catalog.clone();
    with.purposes[0].version = 4;
    apply_catalog(&bed.app, &without, None).await.unwrap();
    running.nudge();
    bed.moves(other, NoticeKind::Entered).await;
    bed.moves(person, NoticeKind::Exited).await;
    bed.moves(other, NoticeKind::Exited).await;
    bed.settled(&running, 4).await;
    // What can't be told any more is counted, and what was never told is none of it.
    let removed = ("withheld", Some("destination_removed"));
    let states = [("delivered", None), removed, removed, ("withheld", Some("never_disclosed"))];
    assert_eq!(bed.states().await, states);
    apply_catalog(&bed.app, &with, None).await.unwrap();
    running.nudge();
    bed.moves(other, NoticeKind::Entered).await;
    bed.settled(&running, 5).await;
    running.shutdown().await;
    assert_eq!(bed.states().await[4], ("withheld", Some("consent_unknown")));
    assert_eq!(bed.receiver.received().len(), 1);
}

#[tokio::test]
async fn of_two_that_deliver_to_the_same_destination_one_stops() {
    let mut bed = Bed::new().await;
    let (one, other) = (bed.start(), bed.start());
    for number in 0..3 {
        let person = bed.person(&format!("twice{number}@example.org")).await;
        bed.moves(person, NoticeKind::Entered).await;
        bed.receiver.until(number + 1).await;
    }
    one.shutdown().await;
    other.shutdown().await;
    assert_eq!(bed.states().await, [("delivered", None); 3]);
    assert_eq!(bed.receiver.received().len(), 3);
}
