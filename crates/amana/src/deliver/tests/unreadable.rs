//! Deliveries about people of whom nobody can read what they decided: they wait, they end, and they are owed.

use super::receiver::Script;
use super::*;
use crate::deliver::owed::{UNREADABLE_MILLIS_MAX, owed_key};
use crate::deliver::{OPEN_ROWS_MAX, UNREADABLE_ROWS_MAX, Withheld};

/// Longer than a worker rests before it looks who can be read again.
const LOOK: i64 = 60_000;
const UNREAD: (&str, Option<&str>) = ("withheld", Some("person_unreadable"));

/// The row of keys of somebody, as it was.
struct Ring(Vec<u8>, Vec<u8>);

impl Bed {
    /// Turns over a bit of somebody's row of keys.
    async fn damage(&self, person: FragmentId) -> Ring {
        let prefix = key::ring(amana_store::FragmentId(person.0));
        let rows = self.app.store().scan(Space::Ring, KeyRange::prefix(prefix), 1).await.unwrap();
        let (key, row) = rows.into_iter().next().unwrap();
        let mut damaged = row.value.to_vec();
        *damaged.last_mut().unwrap() ^= 1;
        self.put(key.clone(), damaged).await;
        Ring(key, row.value.to_vec())
    }

    async fn repair(&self, Ring(key, value): Ring) {
        self.put(key, value).await;
    }

    async fn put(&self, key: Vec<u8>, value: Vec<u8>) {
        let mut batch = Batch::new();
        batch.put(Space::Ring, key, value);
        self.app.store().commit(batch).await.unwrap();
    }

    async fn owes(&self, person: FragmentId) -> bool {
        let key = owed_key(self.destination(), (person, self.audience()));
        self.app.store().get(Space::Delivery, key).await.unwrap().is_some()
    }

    fn kinds(&self) -> Vec<String> {
        self.receiver.received().iter().map(receiver::Received::kind).collect()
    }
}

fn waits(view: &DeliveryView) -> bool {
    (view.state, view.reason) == ("waiting", Some("person_unreadable"))
}

#[tokio::test]
async fn what_nobody_can_read_is_given_up_after_its_time_and_told_when_somebody_can() {
    let mut bed = Bed::new().await;
    let person = bed.person("unread@example.org").await;
    let ring = bed.damage(person).await;
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.until(&running, |views| views.len() == 1 && waits(&views[0])).await;
    bed.advance(&running, UNREADABLE_MILLIS_MAX - 1);
    let now = bed.app.now();
    let looked_at = |views: &[DeliveryView]| views[0].next_attempt_at.is_some_and(|next| next > now);
    bed.until(&running, |views| looked_at(views)).await;
    let view = bed.views().await.remove(0);
    assert!(waits(&view), "a moment before its time");
    assert_eq!((view.at, view.attempts), (T0, 0), "it stands there since the beginning");
    bed.advance(&running, LOOK);
    bed.settled(&running, 1).await;
    assert_eq!(bed.states().await, [UNREAD]);
    assert!(bed.owes(person).await);

    // What is still to be said of them while nobody can read them waits no more, for it is owed already.
    for (count, kind) in [(2, NoticeKind::Exited), (3, NoticeKind::Entered)] {
        bed.moves(person, kind).await;
        bed.settled(&running, count).await;
    }
    assert_eq!(bed.states().await, [UNREAD; 3]);
    assert_eq!(bed.kinds(), [""; 0], "nothing was said of them");

    bed.repair(ring).await;
    bed.advance(&running, LOOK);
    bed.settled(&running, 4).await;
    bed.advance(&running, LOOK);
    running.shutdown().await;
    assert_eq!(bed.kinds(), ["audience.entered"], "what holds now, once");
    assert!(!bed.owes(person).await);
    let totals = bed.totals().await;
    assert_eq!((totals.selected, totals.delivered, totals.waiting), (4, 1, 0));
    assert_eq!(totals.withheld[&Withheld::PersonUnreadable], 3);
}

#[tokio::test]
async fn whoever_left_while_nobody_could_read_them_is_told_to_have_left() {
    let mut bed = Bed::new().await;
    let person = bed.person("leaves@example.org").await;
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.settled(&running, 1).await;
    let ring = bed.damage(person).await;
    bed.moves(person, NoticeKind::Exited).await;
    bed.until(&running, |views| views.len() == 2 && waits(&views[1])).await;
    bed.advance(&running, UNREADABLE_MILLIS_MAX);
    bed.settled(&running, 2).await;
    assert_eq!(bed.states().await[1], UNREAD);
    bed.repair(ring).await;
    bed.advance(&running, LOOK);
    bed.settled(&running, 3).await;
    running.shutdown().await;
    assert_eq!(bed.kinds(), ["audience.entered", "audience.exited"]);
}

/// An attempt before may have arrived or not, so that what it said is said again.
#[tokio::test]
async fn what_may_have_arrived_before_nobody_could_read_them_is_said_again() {
    let mut bed = Bed::new().await;
    let person = bed.person("tried@example.org").await;
    bed.receiver.says([Script::Status(503, None)]);
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.until(&running, |views| views.len() == 1 && views[0].last_status == Some(503)).await;
    let ring = bed.damage(person).await;
    bed.advance(&running, 2_000);
    bed.until(&running, |views| waits(&views[0])).await;
    bed.advance(&running, UNREADABLE_MILLIS_MAX);
    bed.settled(&running, 1).await;
    let view = bed.views().await.remove(0);
    assert!(view.disclosed && !view.fields.is_empty(), "what may have been disclosed stays on record");
    bed.repair(ring).await;
    bed.advance(&running, LOOK);
    bed.settled(&running, 2).await;
    running.shutdown().await;
    assert_eq!(bed.states().await, [UNREAD, ("delivered", None)]);
    let received = bed.receiver.received();
    assert_eq!(received[1].fields(), received[0].fields());
}

#[tokio::test]
async fn many_who_cannot_be_read_leave_room_for_everybody_else() {
    let mut bed = Bed::new().await;
    let mut rings = Vec::new();
    for number in 0..UNREADABLE + 2 {
        let person = bed.person(&format!("many{number}@example.org")).await;
        rings.push(bed.damage(person).await);
        bed.moves(person, NoticeKind::Entered).await;
    }
    let well = bed.person("well@example.org").await;
    bed.moves(well, NoticeKind::Entered).await;
    let running = bed.start();
    bed.until(&running, |views| views.len() == UNREADABLE + 3 && views[UNREADABLE + 2].state == "delivered").await;
    let views = bed.views().await;
    assert!(views[..UNREADABLE].iter().all(waits), "as many as may wait");
    assert_eq!(bed.states().await[UNREADABLE..UNREADABLE + 2], [UNREAD; 2], "and the others are owed");
    for ring in rings {
        bed.repair(ring).await;
    }
    bed.advance(&running, LOOK);
    bed.settled(&running, UNREADABLE + 5).await;
    running.shutdown().await;
    assert_eq!(bed.kinds(), ["audience.entered"; UNREADABLE + 3], "everybody is told of, once");
    const { assert!(UNREADABLE_ROWS_MAX < OPEN_ROWS_MAX, "there is room beside them") };
}
