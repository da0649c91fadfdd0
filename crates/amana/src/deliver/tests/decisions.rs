//! What is sent, and what is withheld.

use super::*;
use crate::deliver::Withheld;
use amana_core::permit::Reason;
use serde_json::json;

#[tokio::test]
async fn a_delivery_is_signed_and_carries_what_contract_and_purpose_allow() {
    let mut bed = Bed::new().await;
    let person = bed.person("Canary.One@Example.org").await;
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.settled(&running, 1).await;
    let received = bed.receiver.received();
    let [message] = received.as_slice() else { panic!("{received:?}") };
    assert!(message.is_signed_with(SECRET));
    assert!(message.header("webhook-id").starts_with("msg_") && message.header("webhook-id").ends_with("_0"));
    assert_eq!(message.header("webhook-timestamp"), (T0.0 / 1_000).to_string());
    assert_eq!(message.header("amana-origin"), "amana/summit");
    assert_eq!(message.header("content-type"), "application/json");
    // sha256 of canary.one@example.org
    let hash = crate::hash::sha256_hex(b"canary.one@example.org");
    let expected = json!({
        "type": "audience.entered",
        "timestamp": T0.to_string(),
        "data": {
            "audience": "gold",
            "purpose": "news",
            "brand": "summit",
            "profile_id": recipient_id(bed.app.root(), "crm", person).to_string(),
            "fields": {"address": "Canary.One@Example.org", "address_sha256": hash, "club": "gold"},
            "origin": "amana/summit",
        }
    });
    assert_eq!(message.json(), expected);
    let view = bed.views().await.remove(0);
    assert_eq!((view.state, view.attempts, view.last_status, view.disclosed), ("delivered", 1, Some(204), true));
    let fields: Vec<_> = view.fields.iter().map(|field| (field.name.as_str(), field.category.as_str())).collect();
    let sent = [("address", "contact.email"), ("address_sha256", "contact.email"), ("club", "preference")];
    assert_eq!(fields, sent);
    let ground = view.ground.unwrap();
    assert_eq!((ground.slot, ground.purpose_version, ground.since), (NEWS, 3, Some(T0)));
    running.shutdown().await;
}

#[tokio::test]
async fn a_receiver_with_the_library_of_the_specification_accepts_it() {
    let mut bed = Bed::new().await;
    // The library asks the system's clock how old a message is.
    bed.app.clock().advance_millis(Clock::System.now().since_millis(T0));
    let person = bed.person("verified@example.org").await;
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.settled(&running, 1).await;
    running.shutdown().await;
    let message = bed.receiver.received().remove(0);
    let verifier = standardwebhooks::Webhook::new(SECRET).unwrap();
    verifier.verify(&message.body, &message.headers).unwrap();
    assert!(verifier.verify(b"{}", &message.headers).is_err());
}

#[tokio::test]
async fn nothing_that_was_sent_is_stored() {
    let mut bed = Bed::new().await;
    let person = bed.person("canary.two@example.org").await;
    bed.receiver.says([receiver::Script::Status(500, None)]);
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.until(&running, |views| views.first().is_some_and(|view| view.last_status == Some(500))).await;
    let waiting = bed.plain_rows().await;
    bed.advance(&running, 2_000);
    bed.settled(&running, 1).await;
    running.shutdown().await;
    let sent = String::from_utf8(bed.receiver.received()[0].body.to_vec()).unwrap();
    for canary in ["canary.two@example.org", &crate::hash::sha256_hex(b"canary.two@example.org"), "gold"] {
        assert!(sent.contains(canary));
        for plain in [&waiting, &bed.plain_rows().await] {
            assert!(!plain.windows(canary.len()).any(|window| window == canary.as_bytes()), "{canary}");
        }
        for space in [Space::Delivery, Space::Cursor, Space::Tally] {
            for (_, row) in bed.app.store().scan(space, KeyRange::all(), 1_000).await.unwrap() {
                assert!(!row.value.windows(canary.len()).any(|window| window == canary.as_bytes()), "{canary}");
            }
        }
    }
}

/// S1 in small: whoever withdraws while others are delivered is left out, with the reason and the version.
#[tokio::test]
async fn withdrawal_stops_a_queued_delivery_and_totals_balance() {
    let mut bed = Bed::new().await;
    let mut people = Vec::new();
    for number in 0..20 {
        people.push(bed.person(&format!("p{number}@example.org")).await);
    }
    let mut batch = Batch::new();
    people.iter().for_each(|person| bed.add_move(*person, NoticeKind::Entered, &mut batch));
    bed.app.store().commit(batch).await.unwrap();
    assert_eq!(bed.totals().await.waiting, 20);
    bed.act(people[7], ActKind::Withdraw).await;
    bed.app.clock().advance_millis(10);
    let running = bed.start();
    bed.settled(&running, 20).await;
    running.shutdown().await;
    let totals = bed.totals().await;
    let withdrawn = Withheld::Denied(Reason::ConsentWithdrawn);
    assert_eq!((totals.selected, totals.delivered, totals.waiting), (20, 19, 0));
    assert_eq!(totals.withheld.iter().collect::<Vec<_>>(), [(&withdrawn, &1)]);
    let view = bed.views().await.remove(7);
    assert_eq!((view.state, view.reason, view.attempts), ("withheld", Some("consent_withdrawn"), 0));
    assert_eq!(view.ground.map(|ground| ground.purpose_version), Some(3));
    assert_eq!(bed.receiver.received().len(), 19);
}

#[tokio::test]
async fn who_left_meanwhile_is_not_delivered_and_their_leaving_is_not_told() {
    let mut bed = Bed::new().await;
    let person = bed.person("left@example.org").await;
    bed.moves(person, NoticeKind::Entered).await;
    bed.moves(person, NoticeKind::Exited).await;
    let running = bed.start();
    bed.settled(&running, 2).await;
    running.shutdown().await;
    let expected = [("withheld", Some("left_audience")), ("withheld", Some("never_disclosed"))];
    assert_eq!(bed.states().await, expected);
    assert!(bed.receiver.received().is_empty());
}

/// GDPR Art. 19: leaving is told to who was told of entering, also after a withdrawal, and names nothing else.
#[tokio::test]
async fn leaving_is_told_once_and_carries_no_field() {
    let mut bed = Bed::new().await;
    let person = bed.person("gone@example.org").await;
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.settled(&running, 1).await;
    bed.act(person, ActKind::Withdraw).await;
    bed.app.clock().advance_millis(10);
    bed.moves(person, NoticeKind::Exited).await;
    bed.settled(&running, 2).await;
    bed.moves(person, NoticeKind::Exited).await;
    bed.settled(&running, 3).await;
    running.shutdown().await;
    let states = bed.states().await;
    assert_eq!(states[1..], [("delivered", None), ("withheld", Some("never_disclosed"))]);
    let exit = bed.receiver.received().remove(1);
    assert!(exit.is_signed_with(SECRET));
    let id = recipient_id(bed.app.root(), "crm", person);
    let data = exit.json()["data"].clone();
    assert_eq!((exit.kind().as_str(), &data["profile_id"]), ("audience.exited", &json!(id.to_string())));
    assert_eq!(bed.views().await[1].recipient_profile_id, Some(id));
    let names: Vec<_> = data.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["audience", "purpose", "brand", "profile_id", "origin"]);
    assert!(bed.views().await[1].fields.is_empty());
}

#[tokio::test]
async fn a_recipient_that_is_no_longer_fed_receives_nothing() {
    let mut bed = Bed::new().await;
    let person = bed.person("recipient@example.org").await;
    bed.moves(person, NoticeKind::Entered).await;
    bed.declare("destinations = [\"crm\"]", "").await;
    let running = bed.start();
    bed.settled(&running, 1).await;
    running.shutdown().await;
    assert_eq!(bed.states().await, [("withheld", Some("destination_detached"))]);
    assert!(bed.receiver.received().is_empty());
}

#[tokio::test]
async fn a_profile_that_exists_no_longer_is_withheld() {
    let bed = Bed::new().await;
    bed.moves(FragmentId(uuid::Uuid::from_u128(1)), NoticeKind::Entered).await;
    let running = bed.start();
    bed.settled(&running, 1).await;
    running.shutdown().await;
    assert_eq!(bed.states().await, [("withheld", Some("profile_gone"))]);
}

#[tokio::test]
async fn pages_of_deliveries_follow_each_other() {
    let mut bed = Bed::new().await;
    for number in 0..5 {
        let person = bed.person(&format!("page{number}@example.org")).await;
        bed.moves(person, NoticeKind::Entered).await;
    }
    let running = bed.start();
    bed.settled(&running, 5).await;
    running.shutdown().await;
    let page = deliveries(&bed.app, "crm", Some(1), 2).await.unwrap();
    assert_eq!(page.iter().map(|view| view.sequence).collect::<Vec<_>>(), [2, 3]);
    assert!(deliveries(&bed.app, "nobody", None, 2).await.is_err());
}

#[tokio::test]
async fn while_a_register_blocks_a_member_waits_and_whoever_has_left_is_withheld() {
    let mut bed = Bed::new().await;
    let (stays, leaves) = (bed.person("stays@example.org").await, bed.person("leaves@example.org").await);
    for person in [stays, leaves] {
        bed.moves(person, NoticeKind::Entered).await;
    }
    let keep = "keep = \"P2Y\"\n";
    let blocked = CATALOG.replace(keep, &format!("{keep}blocked_by = [\"vendor\"]\n"));
    let with = |in_force: bool| {
        let line =
            format!("[[registers]]\ncode = \"vendor\"\nkind = \"contract\"\nin_force = {in_force}\n\n[[traits]]");
        blocked.replacen("[[traits]]", &line, 1)
    };
    bed.apply(&with(false)).await;
    let running = bed.start();
    bed.until(&running, |views| {
        views.len() == 2 && views.iter().all(|view| view.reason == Some("purpose_blocked") && view.state == "waiting")
    })
    .await;
    bed.moves(leaves, NoticeKind::Exited).await;
    bed.advance(&running, 60_000);
    bed.until(&running, |views| views.iter().filter(|view| view.state == "withheld").count() == 2).await;
    // The contract is signed again before everybody was gone over.
    bed.apply(&with(true)).await;
    bed.advance(&running, 60_000);
    bed.settled(&running, 3).await;
    let states = bed.states().await;
    assert_eq!(states[0], ("delivered", None));
    assert_eq!(states[1], ("withheld", Some("purpose_blocked")));
    assert_eq!(states[2], ("withheld", Some("never_disclosed")));
    running.shutdown().await;
}
