//! Builders of keys and of the prefixes that are scanned, and readers for what consumers take out of keys again.

use super::{FragmentId, Key};
use crate::{log_name::Position, range::KeyRange};

/// The key in `Catalog` that names the current version.
pub const CATALOG_CURRENT: &[u8] = b"current";

fn joined(parts: &[&[u8]]) -> Key {
    let mut key = Key::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        key.extend_from_slice(part);
    }
    key
}

/// `Meta`.
#[must_use]
pub fn meta(name: &str) -> Key {
    name.as_bytes().to_vec()
}

/// `Catalog`, one version.
#[must_use]
pub fn catalog(version: u64) -> Key {
    joined(&[b"v", &version.to_be_bytes()])
}

/// `Class`.
#[must_use]
pub fn class(class: u32) -> Key {
    class.to_be_bytes().to_vec()
}

/// `Index`: the hash comes from [`crate::seal::IndexSecrets`].
#[must_use]
pub fn index(hash: &[u8; 24]) -> Key {
    hash.to_vec()
}

/// `Fragment`.
#[must_use]
pub fn fragment(fragment: FragmentId) -> Key {
    fragment.as_bytes().to_vec()
}

/// `Ring`. The bucket comes from [`crate::seal::bucket`] and stands first, so that the rings of one bucket lie together.
#[must_use]
pub fn ring(fragment: FragmentId) -> Key {
    joined(&[&crate::seal::bucket(fragment).to_be_bytes(), fragment.as_bytes()])
}

/// The prefix of all rings of a bucket.
#[must_use]
pub fn rings_of_bucket(bucket: u16) -> Key {
    bucket.to_be_bytes().to_vec()
}

/// The fragment of a `Ring` key.
#[must_use]
pub fn fragment_of_ring(key: &[u8]) -> Option<FragmentId> {
    fragment_at(key, 2, 18)
}

/// `Block`.
#[must_use]
pub fn block(fragment: FragmentId, class: u32) -> Key {
    joined(&[fragment.as_bytes(), &class.to_be_bytes()])
}

/// The prefix of everything that hangs on a fragment in `Block`, `Event`, `Act`, `Seen` and `Named`.
#[must_use]
pub fn of_fragment(fragment: FragmentId) -> Key {
    fragment.as_bytes().to_vec()
}

/// Fragment and class of a `Block`, `Event` or `Named` key.
#[must_use]
pub fn fragment_and_class(key: &[u8]) -> Option<(FragmentId, u32)> {
    let fragment = FragmentId::from_bytes(*key.first_chunk()?);
    Some((fragment, u32::from_be_bytes(*key.get(16..)?.first_chunk()?)))
}

/// `Event`. The epoch is that of the key which seals the row ([`crate::seal::KeyId`]): months since 1970-01, plus 1. Of the
/// days of a month (1 to 31) the latest lie first.
#[must_use]
pub fn event(fragment: FragmentId, class: u32, epoch: u16, day: u8, position: Position) -> Key {
    let back = [day_back(day)];
    joined(&[fragment.as_bytes(), &class.to_be_bytes(), &epoch.to_be_bytes(), &back, &position.0.to_be_bytes()])
}

/// The prefix of all events of a fragment's class.
#[must_use]
pub fn events_of_class(fragment: FragmentId, class: u32) -> Key {
    joined(&[fragment.as_bytes(), &class.to_be_bytes()])
}

/// The prefix of all events of a fragment's class that one key seals.
#[must_use]
pub fn events_of_epoch(fragment: FragmentId, class: u32, epoch: u16) -> Key {
    joined(&[fragment.as_bytes(), &class.to_be_bytes(), &epoch.to_be_bytes()])
}

/// All events of a fragment's class that one key seals, from the end of a day back.
#[must_use]
pub fn events_back_from(fragment: FragmentId, class: u32, epoch: u16, day: u8) -> KeyRange {
    let mut range = KeyRange::prefix(events_of_epoch(fragment, class, epoch));
    range.start.push(day_back(day));
    range
}

/// The day of the month of an `Event` key.
#[must_use]
pub fn day_of_event(key: &[u8]) -> Option<u8> {
    Some(day_back(*key.get(22)?))
}

/// Turns the days of a month round.
fn day_back(day: u8) -> u8 {
    31_u8.saturating_sub(day)
}

/// The epoch of an `Event` or `Named` key.
#[must_use]
pub fn epoch_of_event(key: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(*key.get(20..)?.first_chunk()?))
}

/// The journal position of an `Event` key.
#[must_use]
pub fn position_of_event(key: &[u8]) -> Option<Position> {
    Some(Position(u64::from_be_bytes(key.get(23..)?.try_into().ok()?)))
}

/// `Act`.
#[must_use]
pub fn act(fragment: FragmentId, received_ms: i64, act: [u8; 16]) -> Key {
    joined(&[fragment.as_bytes(), &sortable(received_ms), &act])
}

/// Receipt time (milliseconds) and id of an `Act` key.
#[must_use]
pub fn received_and_act(key: &[u8]) -> Option<(i64, [u8; 16])> {
    Some((from_sortable(*key.get(16..)?.first_chunk()?), key.get(24..)?.try_into().ok()?))
}

/// `Seen`; the day counts from 1970-01-01.
#[must_use]
pub fn seen(fragment: FragmentId, day: i32) -> Key {
    joined(&[fragment.as_bytes(), &(day.cast_unsigned() ^ (1 << 31)).to_be_bytes()])
}

/// The day of a `Seen` key.
#[must_use]
pub fn day_of_seen(key: &[u8]) -> Option<i32> {
    let day = u32::from_be_bytes(key.get(16..)?.try_into().ok()?) ^ (1 << 31);
    Some(day.cast_signed())
}

/// `Member`.
#[must_use]
pub fn member(audience: u32, profile: [u8; 16]) -> Key {
    joined(&[&audience.to_be_bytes(), &profile])
}

/// The prefix of all members of an audience.
#[must_use]
pub fn members_of_audience(audience: u32) -> Key {
    audience.to_be_bytes().to_vec()
}

/// Audience and profile of a `Member` key.
#[must_use]
pub fn audience_and_profile(key: &[u8]) -> Option<(u32, [u8; 16])> {
    Some((u32::from_be_bytes(*key.first_chunk()?), key.get(4..)?.try_into().ok()?))
}

/// `Delivery`.
#[must_use]
pub fn delivery(destination: u32, sequence: u64) -> Key {
    joined(&[&destination.to_be_bytes(), &sequence.to_be_bytes()])
}

/// The prefix of all deliveries to a destination.
#[must_use]
pub fn deliveries_to(destination: u32) -> Key {
    destination.to_be_bytes().to_vec()
}

/// Destination and sequence number of a `Delivery` key.
#[must_use]
pub fn destination_and_sequence(key: &[u8]) -> Option<(u32, u64)> {
    Some((u32::from_be_bytes(*key.first_chunk()?), u64::from_be_bytes(key.get(4..)?.try_into().ok()?)))
}

/// `Tally`.
#[must_use]
pub fn tally(name: &str) -> Key {
    name.as_bytes().to_vec()
}

/// `Quarantine`.
#[must_use]
pub fn quarantine(source: &str, field_path: &str) -> Key {
    joined(&[source.as_bytes(), b"\0", field_path.as_bytes()])
}

/// The prefix of everything that is quarantined from a source.
#[must_use]
pub fn quarantine_of_source(source: &str) -> Key {
    joined(&[source.as_bytes(), b"\0"])
}

/// `Cursor`.
#[must_use]
pub fn cursor(consumer: &str) -> Key {
    consumer.as_bytes().to_vec()
}

/// `Profile`.
#[must_use]
pub fn profile(profile: [u8; 16]) -> Key {
    profile.to_vec()
}

/// `Due`.
#[must_use]
pub fn due(due_ms: i64, fragment: FragmentId) -> Key {
    joined(&[&sortable(due_ms), fragment.as_bytes()])
}

/// Everything in `Due` up to a moment, and at it.
#[must_use]
pub fn due_until(ms: i64) -> KeyRange {
    ms.checked_add(1).map_or_else(KeyRange::all, |after| KeyRange::between(Key::new(), sortable(after)))
}

/// Moment (milliseconds) and fragment of a `Due` key.
#[must_use]
pub fn due_and_fragment(key: &[u8]) -> Option<(i64, FragmentId)> {
    Some((from_sortable(*key.first_chunk()?), fragment_at(key, 8, 24)?))
}

/// `Import`. The id is the SHA-256 of the file in hexadecimal.
#[must_use]
pub fn import(id: &str) -> Key {
    id.as_bytes().to_vec()
}

/// `Restricted`.
#[must_use]
pub fn restricted(fragment: FragmentId) -> Key {
    fragment.as_bytes().to_vec()
}

/// `Named`. The epoch is that of the key which seals the row, as in `Event`.
#[must_use]
pub fn named(fragment: FragmentId, class: u32, epoch: u16) -> Key {
    events_of_epoch(fragment, class, epoch)
}

/// Bytes that sort as the signed numbers do.
fn sortable(number: i64) -> [u8; 8] {
    (number.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

fn from_sortable(bytes: [u8; 8]) -> i64 {
    (u64::from_be_bytes(bytes) ^ (1 << 63)).cast_signed()
}

fn fragment_at(key: &[u8], start: usize, end: usize) -> Option<FragmentId> {
    (key.len() == end).then_some(())?;
    Some(FragmentId::from_bytes(key.get(start..end)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use crate::{
        log_name::Position,
        space::{FragmentId, key},
    };

    #[test]
    fn signed_numbers_sort_by_time() {
        let fragment = FragmentId::from_bytes([7; 16]);
        let acts: Vec<_> = [i64::MIN, -1, 0, 1, i64::MAX].map(|ms| key::act(fragment, ms, [9; 16])).into();
        assert!(acts.is_sorted());
        let days: Vec<_> = [i32::MIN, -1, 0, 1, i32::MAX].map(|day| key::seen(fragment, day)).into();
        assert!(days.is_sorted());
        let due: Vec<_> = [i64::MIN, -1, 0, 1, i64::MAX].map(|ms| key::due(ms, fragment)).into();
        assert!(due.is_sorted());
    }

    #[test]
    fn what_is_due_until_a_moment_includes_the_moment() {
        let is_in = |ms: i64, until: i64| {
            let (key, range) = (key::due(ms, FragmentId::from_bytes([255; 16])), key::due_until(until));
            key >= range.start && range.end.is_none_or(|end| key < end)
        };
        assert!(is_in(-1, -1) && is_in(i64::MIN, -1) && !is_in(0, -1) && is_in(i64::MAX, i64::MAX));
    }

    #[test]
    fn events_of_an_epoch_lie_among_those_of_their_class() {
        let fragment = FragmentId::from_bytes([7; 16]);
        let event = key::event(fragment, 3, 675, 30, Position(8));
        assert!(event.starts_with(&key::events_of_epoch(fragment, 3, 675)));
        assert!(event.starts_with(&key::events_of_class(fragment, 3)));
        assert!(key::event(fragment, 3, 675, 1, Position(u64::MAX)) < key::event(fragment, 3, 676, 31, Position(0)));
    }

    #[test]
    fn the_latest_day_of_a_month_lies_first() {
        let event = |day, position| key::event(FragmentId::from_bytes([7; 16]), 3, 675, day, Position(position));
        assert!(event(31, u64::MAX) < event(30, 0) && event(30, 1) < event(30, 2) && event(2, u64::MAX) < event(1, 0));
        let range = key::events_back_from(FragmentId::from_bytes([7; 16]), 3, 675, 30);
        let is_in = |key: Vec<u8>| key >= range.start && range.end.as_ref().is_none_or(|end| key < *end);
        assert!(!is_in(event(31, 5)) && is_in(event(30, 0)) && is_in(event(1, u64::MAX)));
        assert!(!is_in(key::event(FragmentId::from_bytes([7; 16]), 3, 676, 30, Position(0))));
    }

    #[test]
    fn what_is_put_into_a_key_comes_out_again() {
        let fragment = FragmentId::from_bytes([7; 16]);
        assert_eq!(key::received_and_act(&key::act(fragment, -5, [9; 16])), Some((-5, [9; 16])));
        assert_eq!(key::day_of_seen(&key::seen(fragment, -5)), Some(-5));
        assert_eq!(key::due_and_fragment(&key::due(-5, fragment)), Some((-5, fragment)));
        let event = key::event(fragment, 3, 675, 29, Position(8));
        assert_eq!(key::epoch_of_event(&event), Some(675));
        assert_eq!(key::day_of_event(&event), Some(29));
        assert_eq!(key::fragment_and_class(&event), Some((fragment, 3)));
        assert_eq!(key::position_of_event(&event), Some(Position(8)));
        assert_eq!(key::fragment_of_ring(&key::ring(fragment)), Some(fragment));
        assert_eq!(key::audience_and_profile(&key::member(4, [5; 16])), Some((4, [5; 16])));
        assert_eq!(key::destination_and_sequence(&key::delivery(4, 5)), Some((4, 5)));
    }
}
