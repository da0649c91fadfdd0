//! How large a JSON value is, and its digest, without writing it anywhere.

use serde::Serialize;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use std::io::{Result, Write};

struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

struct Hasher<'a>(&'a mut Sha256);

impl Write for Hasher<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Bytes of a value as JSON without white space.
pub(super) fn json_bytes(value: &impl Serialize) -> usize {
    let mut counter = Counter(0);
    serde_json::to_writer(&mut counter, value).expect("JSON values serialise, and counting cannot fail");
    counter.0
}

/// No fewer bytes than [`json_bytes`], and many times cheaper: most events are so far below their limit that this says
/// enough. In JSON a byte of text takes at most six (`\u0000`), a number at most 25, any other simple value five.
pub(crate) fn json_bytes_at_most(value: &Json) -> usize {
    match value {
        Json::Null | Json::Bool(_) => 5,
        Json::Number(_) => 25,
        Json::String(text) => 2 + 6 * text.len(),
        Json::Array(list) => 2 + list.iter().map(|item| 1 + json_bytes_at_most(item)).sum::<usize>(),
        Json::Object(map) => object_bytes_at_most(map),
    }
}

/// [`json_bytes_at_most`] of an object.
pub(super) fn object_bytes_at_most(map: &Map<String, Json>) -> usize {
    2 + map.iter().map(|(key, value)| 4 + 6 * key.len() + json_bytes_at_most(value)).sum::<usize>()
}

/// Adds a value as JSON to a digest.
pub(super) fn digest_json(digest: &mut Sha256, value: &impl Serialize) {
    serde_json::to_writer(Hasher(digest), value).expect("JSON values serialise, and hashing cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_size_is_that_of_the_text() {
        for value in [json!(null), json!({"a": [1, 2.5, "é\n"], "b": {}}), json!("\u{0}")] {
            assert_eq!(json_bytes(&value), value.to_string().len());
        }
    }

    proptest! {
        #[test]
        fn the_cheap_bound_is_never_too_small(text in ".{0,20}|[\\x00-\\x1f\"\\\\]{0,20}", float: f64, integer: i64) {
            for value in [json!(null), json!(false), json!(text), json!(float), json!(integer), json!([])] {
                let object = json!({"a": [value, value], &text: value});
                for value in [&value, &object] {
                    prop_assert!(json_bytes(value) <= json_bytes_at_most(value), "{}", value);
                }
            }
        }
    }
}
