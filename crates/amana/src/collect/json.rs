//! JSON as the collect door accepts it: bounded in depth and in values, and without a key that is named twice.
//!
//! Of two equal keys one reader takes the first and another the last, so such an object means different things to
//! the gate and to whoever checks after it. Real libraries never write one.

use super::code::Code;
use super::limits::{DEPTH_MAX, VALUES_MAX};
use super::refusal::{Fault, kind};
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};
use std::cell::{Cell, RefCell};

const TOO_DEEP: &str = "too deep";
const TOO_MANY: &str = "too many";
const TWICE: &str = "twice";

/// Reads one JSON object and nothing behind it.
pub(super) fn parse_object(bytes: &[u8]) -> Result<Map<String, Json>, Fault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Fault::new(Code::NotUtf8, "", format!("the body is not UTF-8 after byte {}", error.valid_up_to()))
    })?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let reading = Reading { values_left: Cell::new(VALUES_MAX), entries: RefCell::default() };
    let strict = Strict { depth_left: DEPTH_MAX, reading: &reading };
    let json = strict.deserialize(&mut deserializer).and_then(|json| deserializer.end().map(|()| json));
    match json {
        Ok(Json::Object(map)) => Ok(map),
        Ok(other) => {
            Err(Fault::new(Code::NotAnObject, "", format!("the body must be a JSON object, but is {}", kind(&other))))
        }
        Err(error) => Err(fault(&error)),
    }
}

/// Texts of `serde_json` name places and expectations, never what stood there.
fn fault(error: &serde_json::Error) -> Fault {
    let place = format!("at line {} column {}", error.line(), error.column());
    let text = error.to_string();
    if text.starts_with(TOO_DEEP) {
        let message = format!("objects and lists lie more than {DEPTH_MAX} deep inside each other {place}");
        Fault::new(Code::TooDeep, "", message)
    } else if text.starts_with(TOO_MANY) {
        Fault::new(Code::TooManyValues, "", format!("the body has more than {VALUES_MAX} values"))
    } else if text.starts_with(TWICE) {
        Fault::new(Code::DuplicateKey, "", format!("an object names the same key twice {place}"))
    } else {
        Fault::new(Code::BadJson, "", format!("the body is not JSON: {text}"))
    }
}

/// What all values of one body share.
struct Reading {
    values_left: Cell<usize>,
    /// Entries of the objects that are being read, the innermost last. An object is made when its size is known: to
    /// let it grow costs a third of all reading, and to reserve room ahead lets `{"a":0}` cost a kilobyte.
    entries: RefCell<Vec<(String, Json)>>,
}

impl Reading {
    /// Makes an object of the entries from `start` on; `None` when two have the same key.
    fn object(&self, start: usize) -> Option<Map<String, Json>> {
        let mut entries = self.entries.borrow_mut();
        let mut map = Map::with_capacity(entries.len() - start);
        for (key, value) in entries.drain(start..) {
            if map.insert(key, value).is_some() {
                return None;
            }
        }
        Some(map)
    }
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    depth_left: usize,
    reading: &'a Reading,
}

impl Strict<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let depth_left = self.depth_left.checked_sub(1).ok_or_else(|| E::custom(TOO_DEEP))?;
        Ok(Self { depth_left, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Json;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        let left = self.reading.values_left.get().checked_sub(1).ok_or_else(|| D::Error::custom(TOO_MANY))?;
        self.reading.values_left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Json;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Json::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let inner = self.deeper()?;
        let start = self.reading.entries.borrow().len();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inner)?;
            self.reading.entries.borrow_mut().push((key, value));
        }
        self.reading.object(start).map(Json::Object).ok_or_else(|| A::Error::custom(TWICE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(text: &str) -> Result<(), Code> {
        parse_object(text.as_bytes()).map(drop).map_err(|fault| fault.code)
    }

    #[test]
    fn hostile_json_is_refused_with_its_own_reason() {
        let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(code(&deep(DEPTH_MAX - 1)), Ok(()));
        assert_eq!(code(&deep(DEPTH_MAX)), Err(Code::TooDeep));
        assert_eq!(code(&deep(200_000)), Err(Code::TooDeep));
        assert_eq!(code(&"{\"a\":".repeat(100_000)), Err(Code::TooDeep));
        assert_eq!(code(r#"{"a":1,"b":2,"a":1}"#), Err(Code::DuplicateKey));
        assert_eq!(code(r#"{"a":1,"\u0061":2}"#), Err(Code::DuplicateKey));
        assert_eq!(code(r#"{"a":1e999}"#), Err(Code::BadJson));
        assert_eq!(code(r#"{"a":-1e999}"#), Err(Code::BadJson));
        assert_eq!(code(r#"{"a":NaN}"#), Err(Code::BadJson));
        assert_eq!(code(r#"{"a":"\ud800"}"#), Err(Code::BadJson));
        assert_eq!(code(r#"{"a":"\udc00\ud800"}"#), Err(Code::BadJson));
        assert_eq!(code("{\"a\":\"\0\"}"), Err(Code::BadJson));
        assert_eq!(code("{} {}"), Err(Code::BadJson));
        assert_eq!(code("{\"a\":1,}"), Err(Code::BadJson));
        assert_eq!(code(""), Err(Code::BadJson));
        assert_eq!(code("[]"), Err(Code::NotAnObject));
        assert_eq!(code("null"), Err(Code::NotAnObject));
        assert_eq!(code(&format!("{{\"a\":[{}1]}}", "1,".repeat(VALUES_MAX))), Err(Code::TooManyValues));
        assert_eq!(parse_object(b"{\"a\":\"\xff\"}").unwrap_err().code, Code::NotUtf8);
        assert_eq!(parse_object(b"{\"a\":\"\xed\xa0\x80\"}").unwrap_err().code, Code::NotUtf8);
    }

    #[test]
    fn a_byte_order_mark_and_white_space_are_no_error() {
        assert_eq!(code("\u{feff} {\"a\": 1}\r\n"), Ok(()));
    }

    #[test]
    fn an_error_names_the_place_and_never_the_value() {
        let message = parse_object(b"{\n  \"email\": \"canary@example.org\" oops }").unwrap_err().message;
        assert!(message.contains("line 2 column 33"), "{message}");
        for hostile in [r#"{"canary":1,"canary":2}"#, r#"{"a": canary}"#, r#"{"a":"canary"#, "\"canary\"", "canary"] {
            let message = parse_object(hostile.as_bytes()).unwrap_err().message;
            assert!(!message.contains("canary"), "{message}");
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_what_serde_json_reads(text in "\\{(\"[a-c]\":(1|-2\\.5|\"x\"|null|\\[true\\]|\\{\\}),){0,3}\"z\":0\\}") {
            if let Ok(map) = parse_object(text.as_bytes()) {
                prop_assert_eq!(Json::Object(map), serde_json::from_str::<Json>(&text).unwrap());
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse_object(&bytes);
        }
    }
}
