//! A name for an event that came without `messageId`.
//!
//! SDKs always send one. What comes without is `curl`, a till or a script, and those retry by sending the same bytes
//! again: so the name is a digest of the event, of its place in the batch and of the batch's `sentAt`, and the retry
//! counts once. An event that names no time at all says nothing that would tell a retry from a second occurrence
//! ("Visit" by the same customer, on Monday and on Tuesday); losing the second would be worse than counting a retry
//! twice, so there the time of receipt is part of the name.

use super::measure::digest_json;
use amana_core::Moment;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Bytes of the digest that are kept: 128 bits, and 32 characters.
const DIGEST_BYTES: usize = 16;

/// The fields of an event that tell one occurrence from the next.
const TIMES: [&str; 3] = ["timestamp", "originalTimestamp", "sentAt"];

/// Names an event by what it says.
pub(super) fn derived(item: &Map<String, Json>, index: usize, sent_at: Option<Moment>, received_at: Moment) -> String {
    let mut digest = Sha256::new();
    digest.update(b"amana message id 1\0");
    digest.update((index as u64).to_be_bytes());
    let names_a_time =
        sent_at.is_some() || TIMES.iter().any(|field| item.get(*field).is_some_and(|time| !time.is_null()));
    let occurrence = if names_a_time { sent_at.unwrap_or_default() } else { received_at };
    digest.update(occurrence.0.to_be_bytes());
    digest_json(&mut digest, item);
    let mut id = String::with_capacity(6 + 2 * DIGEST_BYTES);
    id.push_str("amana-");
    for byte in &digest.finalize()[..DIGEST_BYTES] {
        write!(id, "{byte:02x}").expect("writing to a string cannot fail");
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn id(item: &Json, index: usize, sent_at: Option<i64>, received_at: i64) -> String {
        derived(item.as_object().unwrap(), index, sent_at.map(Moment), Moment(received_at))
    }

    #[test]
    fn a_retry_of_the_same_bytes_has_the_same_name() {
        let timed = json!({"userId": "u1", "event": "Visit", "timestamp": "2026-03-01"});
        assert_eq!(id(&timed, 0, None, 1), id(&timed, 0, None, 2));
        let untimed = json!({"userId": "u1", "event": "Visit"});
        assert_eq!(id(&untimed, 3, Some(7), 1), id(&untimed, 3, Some(7), 2));
    }

    #[test]
    fn different_events_have_different_names() {
        let event = json!({"userId": "u1", "event": "Visit", "timestamp": "2026-03-01"});
        let other = json!({"userId": "u2", "event": "Visit", "timestamp": "2026-03-01"});
        assert_ne!(id(&event, 0, None, 1), id(&other, 0, None, 1));
        assert_ne!(id(&event, 0, None, 1), id(&event, 1, None, 1), "twice in one batch is meant twice");
        assert_ne!(id(&event, 0, Some(1), 1), id(&event, 0, Some(2), 1));
    }

    #[test]
    fn without_any_time_each_receipt_is_an_event_of_its_own() {
        let untimed = json!({"userId": "u1", "event": "Visit", "timestamp": null});
        assert_ne!(id(&untimed, 0, None, 1), id(&untimed, 0, None, 2));
    }

    #[test]
    fn a_name_is_short_enough_for_the_wire() {
        assert!(id(&json!({}), 0, None, 1).len() <= super::super::limits::MESSAGE_ID_BYTES_MAX);
    }
}
