//! What a limit left out is remembered within bounds, and seldom written.

use amana_core::Moment;
use amana_core::identity::{Dropped, FragmentId, LEFT_OUT_MAX, LeftOut};
use proptest::prelude::*;
use uuid::Uuid;

const DAY: i64 = 86_400_000;

fn left_out(other: u128, why: Dropped, at: i64) -> LeftOut {
    let other = (other > 0).then(|| FragmentId(Uuid::from_u128(other)));
    LeftOut::new("anonymous_id", other, why, 1, Moment(at))
}

#[test]
fn a_repetition_is_noted_once_a_day() {
    let mut list = Vec::new();
    assert!(LeftOut::note(&mut list, left_out(1, Dropped::KindLimit, 10)));
    assert!(!LeftOut::note(&mut list, left_out(1, Dropped::KindLimit, DAY - 1)));
    assert!(LeftOut::note(&mut list, left_out(1, Dropped::KindLimit, DAY)));
    assert!(!LeftOut::note(&mut list, left_out(1, Dropped::KindLimit, 5)), "one that comes late says nothing new");
    assert_eq!((list.len(), list[0].days, list[0].first, list[0].last), (1, 2, Moment(10), Moment(DAY)));
    assert!(LeftOut::note(&mut list, left_out(1, Dropped::Banned, DAY)), "for another reason it is another");
    assert!(LeftOut::note(&mut list, left_out(0, Dropped::KindLimit, DAY)), "whoever is unknown is one");
    assert!(!LeftOut::note(&mut list, left_out(0, Dropped::KindLimit, DAY)));
}

proptest! {
    #[test]
    fn a_stream_of_events_writes_little(others in prop::collection::vec(0..200_u128, 0..400), days in 1..4_i64) {
        let mut list = Vec::new();
        for day in 0..days {
            let written = others.iter().filter(|other| LeftOut::note(&mut list, left_out(**other, Dropped::KindLimit, day * DAY))).count();
            prop_assert!(written <= 2 * LEFT_OUT_MAX, "{} in a day", written);
            prop_assert!(list.len() <= LEFT_OUT_MAX);
            prop_assert!(list.is_sorted_by_key(|known| known.last));
        }
    }
}
