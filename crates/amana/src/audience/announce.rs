//! What each destination is to know of each member, and what has to be said when that changes.
//!
//! For every member of an audience it is written down which destinations were announced that they belong, and a mark
//! of what might be said of them then. What is so now is compared with that: a destination that is new to the audience
//! is told of everybody, one that is not fed any more is told that everybody left, and one for which something of its
//! contract has changed is told what holds now. Entering and leaving are the same comparison with nothing on one side.

use amana_core::catalog::Number;
use amana_core::identity::FragmentId;
use serde::{Deserialize, Serialize};

/// A keyed hash of all that a destination may be told of somebody. Equal marks mean that there is nothing new to say;
/// nothing can be read from one, and those of two people can't be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentMark(pub [u8; 16]);

/// A destination that was announced that somebody belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// Its number.
    pub destination: Number,
    /// What might be said of them then.
    pub content: ContentMark,
}

/// What a destination is to be told. The order is stored: new kinds come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Somebody belongs to the audience.
    Entered,
    /// Somebody belongs no longer, or the destination is told of the audience no longer.
    Exited,
    /// Somebody still belongs, and something that the destination may know has changed.
    Updated,
}

/// Something a destination is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The profile it is about.
    pub profile: FragmentId,
    /// The audience's number.
    pub audience: Number,
    /// Whom to tell.
    pub destination: Number,
    /// What.
    pub kind: NoticeKind,
}

/// What has to be said so that destinations that were announced `before` know what holds `now`.
#[must_use]
pub fn announce((profile, audience): (FragmentId, Number), before: &[Announced], now: &[Announced]) -> Vec<Notice> {
    let notice = |announced: &Announced, kind| Notice { profile, audience, destination: announced.destination, kind };
    let find = |list: &[Announced], destination| list.iter().find(|known| known.destination == destination).copied();
    let gone = before.iter().filter(|known| find(now, known.destination).is_none());
    let mut notices: Vec<Notice> = gone.map(|known| notice(known, NoticeKind::Exited)).collect();
    for announced in now {
        match find(before, announced.destination) {
            None => notices.push(notice(announced, NoticeKind::Entered)),
            Some(known) if known.content != announced.content => notices.push(notice(announced, NoticeKind::Updated)),
            Some(_) => {}
        }
    }
    notices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(destination: Number, content: u8) -> Announced {
        Announced { destination, content: ContentMark([content; 16]) }
    }

    #[test]
    fn each_destination_is_told_what_is_new_to_it() {
        let place = (FragmentId(uuid::Uuid::from_u128(1)), 7);
        let said = |before: &[Announced], now: &[Announced]| -> Vec<_> {
            announce(place, before, now).into_iter().map(|notice| (notice.destination, notice.kind)).collect()
        };
        let (one, two, changed) = (announced(1, 1), announced(2, 1), announced(1, 9));
        assert_eq!(said(&[], &[one, two]), [(1, NoticeKind::Entered), (2, NoticeKind::Entered)]);
        assert_eq!(said(&[one], &[one, two]), [(2, NoticeKind::Entered)], "attached");
        assert_eq!(said(&[one, two], &[two]), [(1, NoticeKind::Exited)], "detached");
        assert_eq!(said(&[one, two], &[changed, two]), [(1, NoticeKind::Updated)]);
        assert_eq!(said(&[one, two], &[]), [(1, NoticeKind::Exited), (2, NoticeKind::Exited)]);
        assert!(said(&[one, two], &[one, two]).is_empty());
    }
}
