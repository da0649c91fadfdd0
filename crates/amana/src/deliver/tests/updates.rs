//! What changes while somebody belongs, and what is said twice by nobody.

use super::receiver::Script;
use super::*;

fn kinds(bed: &Bed) -> Vec<String> {
    bed.receiver.received().iter().map(receiver::Received::kind).collect()
}

#[tokio::test]
async fn a_change_is_told_once_and_what_is_known_is_not() {
    let mut bed = Bed::new().await;
    let person = bed.person("changes@example.org").await;
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.settled(&running, 1).await;
    bed.app.clock().advance_millis(1);
    bed.joins(person, "silver").await;
    bed.settled(&running, 2).await;
    for (number, kind) in [NoticeKind::Updated, NoticeKind::Entered].into_iter().enumerate() {
        bed.moves(person, kind).await;
        bed.settled(&running, 3 + number).await;
    }
    running.shutdown().await;
    assert_eq!(kinds(&bed), ["audience.entered", "audience.updated"]);
    let received = bed.receiver.received();
    assert_eq!(received[1].fields()["club"], "silver");
    assert_eq!(received[0].json()["data"]["profile_id"], received[1].json()["data"]["profile_id"]);
    assert_eq!(bed.states().await[2..], [("withheld", Some("already_told")); 2]);
}

#[tokio::test]
async fn many_changes_while_one_waits_are_one_message() {
    let mut bed = Bed::new().await;
    let person = bed.person("busy@example.org").await;
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.settled(&running, 1).await;
    bed.receiver.says([Script::Status(503, None)]);
    bed.app.clock().advance_millis(1);
    bed.joins(person, "first").await;
    bed.until(&running, |views| views.len() == 2 && views[1].last_status == Some(503)).await;
    for club in ["second", "third", "last"] {
        bed.app.clock().advance_millis(1);
        bed.joins(person, club).await;
    }
    bed.until(&running, |views| views.len() == 5).await;
    bed.advance(&running, 2_000);
    bed.settled(&running, 5).await;
    running.shutdown().await;
    let received = bed.receiver.received();
    let clubs: Vec<_> = received[1..].iter().map(|message| message.fields()["club"].clone()).collect();
    // The attempt that failed may have been taken in, so its repetition under the same name may be dropped: what it
    // did not say is said again under a name of its own, once.
    assert_eq!(clubs, ["first", "last", "last"]);
    assert_eq!(received[1].header("webhook-id"), received[2].header("webhook-id"));
    assert_ne!(received[2].header("webhook-id"), received[3].header("webhook-id"));
    assert_eq!(bed.states().await[3..], [("withheld", Some("already_waiting")); 2]);
    assert_eq!(bed.totals().await.delivered, 3);
}

#[tokio::test]
async fn what_changes_back_before_it_is_told_is_not_told() {
    let mut bed = Bed::new().await;
    let person = bed.person("back@example.org").await;
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.settled(&running, 1).await;
    running.shutdown().await;
    for club in ["silver", "gold"] {
        bed.app.clock().advance_millis(1);
        bed.joins(person, club).await;
    }
    let running = bed.start();
    bed.settled(&running, 3).await;
    running.shutdown().await;
    assert_eq!(kinds(&bed), ["audience.entered"]);
}

/// What never left changes nothing of what the recipient knows.
#[tokio::test]
async fn a_change_that_never_left_is_told_later() {
    let mut bed = Bed::new().await;
    let person = bed.person("unreached@example.org").await;
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.settled(&running, 1).await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let elsewhere = CATALOG.replace("@@url@@", &format!("http://127.0.0.1:{port}/hook"));
    apply_catalog(&bed.app, &Catalog::read(&elsewhere).unwrap(), None).await.unwrap();
    running.nudge();
    bed.app.clock().advance_millis(1);
    bed.joins(person, "silver").await;
    bed.until(&running, |views| views.len() == 2 && views[1].reason == Some("unreachable")).await;
    bed.declare("", "").await;
    bed.advance(&running, 2_000);
    bed.settled(&running, 2).await;
    running.shutdown().await;
    assert_eq!(kinds(&bed), ["audience.entered", "audience.updated"]);
}

/// A recipient that may not be told any more of somebody who stays is told to forget them.
#[tokio::test]
async fn who_may_be_told_of_no_longer_has_left_for_the_recipient() {
    let mut bed = Bed::new().await;
    let person = bed.person("narrowed@example.org").await;
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.settled(&running, 1).await;
    // The pipeline has not looked yet, so they are a member still.
    bed.act(person, ActKind::Withdraw).await;
    bed.app.clock().advance_millis(10);
    bed.moves(person, NoticeKind::Updated).await;
    bed.settled(&running, 2).await;
    bed.moves(person, NoticeKind::Updated).await;
    bed.settled(&running, 3).await;
    running.shutdown().await;
    assert_eq!(kinds(&bed), ["audience.entered", "audience.exited"]);
    assert_eq!(bed.states().await[2], ("withheld", Some("consent_withdrawn")));
    assert_eq!(bed.views().await[1].kind, NoticeKind::Exited);
}

/// Where nothing of the contract may be told, nothing says whom it is about.
#[tokio::test]
async fn with_nothing_to_tell_of_somebody_nobody_is_named() {
    let mut bed = Bed::new().await;
    let person = bed.person("nameless@example.org").await;
    let fields = CATALOG.find("fields = [").unwrap()..CATALOG.find("[destinations.webhook]").unwrap();
    bed.declare(&CATALOG[fields.clone()], "fields = [{ from = \"gender\" }]\n").await;
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.settled(&running, 1).await;
    bed.moves(person, NoticeKind::Exited).await;
    bed.settled(&running, 2).await;
    // From the first field on there is an id, and what follows refers to it, fields or none.
    bed.declare("", "").await;
    bed.moves(person, NoticeKind::Entered).await;
    bed.settled(&running, 3).await;
    bed.declare(&CATALOG[fields], "fields = [{ from = \"gender\" }]\n").await;
    bed.moves(person, NoticeKind::Updated).await;
    bed.settled(&running, 4).await;
    bed.moves(person, NoticeKind::Exited).await;
    bed.settled(&running, 5).await;
    running.shutdown().await;
    let id = Some(recipient_id(bed.app.root(), "crm", person));
    let told: Vec<_> = bed.views().await.iter().map(|view| view.recipient_profile_id).collect();
    assert_eq!(told, [None, None, id, id, id]);
    for (message, id) in bed.receiver.received().iter().zip(told) {
        assert_eq!(message.json()["data"]["profile_id"].as_str().map(str::to_owned), id.map(|id| id.to_string()));
    }
}
