//! Sources: where data comes in, and the keys that open the door.

use super::{Check, words};
use crate::catalog::compile::{hash_from_hex, key_of, previous_keys_of};
use crate::catalog::{Path, ProblemCode, Source};
use crate::permission::{JURISDICTION_IN_WORDS, is_jurisdiction};
use std::collections::HashMap;

/// How short a write key may be: 16 characters of an alphabet of 62 cannot be guessed over a network.
pub const WRITE_KEY_BYTES_MIN: usize = 16;
/// How long a write key may be.
pub const WRITE_KEY_BYTES_MAX: usize = 200;
/// How many keys of before a source may still accept.
pub const PREVIOUS_WRITE_KEYS_MAX: usize = 4;

impl Check<'_> {
    pub(super) fn sources(&mut self) {
        let mut keys = HashMap::new();
        for (place, source) in self.catalog.sources.iter().enumerate() {
            let path = Path::root("sources").item(place, &source.code);
            self.write_key(source, &path);
            self.previous_write_keys(source, &path);
            for (field, key) in keys_in(source, &path) {
                if let Some(other) = keys.insert(key, &source.code) {
                    let message = format!("the source {other:?} has the same key");
                    self.say(field, ProblemCode::BadWriteKey, message, "a key of its own, and each once");
                }
            }
            self.source_references(source, &path);
            self.identity_proof(source, &path);
        }
    }

    fn write_key(&mut self, source: &Source, path: &Path) {
        match (&source.write_key, &source.write_key_sha256) {
            (Some(key), None) => {
                let readable = key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
                if !readable || !(WRITE_KEY_BYTES_MIN..=WRITE_KEY_BYTES_MAX).contains(&key.len()) {
                    let message = format!("a write key of {} characters that cannot be used", key.chars().count());
                    // SDKs send it as the user name of HTTP Basic, which ends with the first colon.
                    let expected = format!(
                        "{WRITE_KEY_BYTES_MIN} to {WRITE_KEY_BYTES_MAX} ASCII characters without spaces or colons"
                    );
                    self.say(path.key("write_key"), ProblemCode::BadWriteKey, message, expected);
                }
            }
            (None, Some(hash)) => {
                if hash_from_hex(hash).is_none() {
                    let message = "this is not a SHA-256";
                    self.say(path.key("write_key_sha256"), ProblemCode::BadHash, message, "64 hex digits");
                }
            }
            (Some(_), Some(_)) => {
                let message = "both a write key and the hash of one";
                let expected =
                    "one of both: `write_key` where everybody sees it, `write_key_sha256` where it is secret";
                self.say(path.key("write_key"), ProblemCode::BadWriteKey, message, expected);
            }
            (None, None) => {
                let expected = "`write_key` where everybody sees it, `write_key_sha256` where it is secret";
                self.say(path.key("write_key"), ProblemCode::BadWriteKey, "there is no write key", expected);
            }
        }
    }

    fn previous_write_keys(&mut self, source: &Source, path: &Path) {
        let path = path.key("previous_write_keys_sha256");
        let many = source.previous_write_keys_sha256.len();
        if many > PREVIOUS_WRITE_KEYS_MAX {
            let expected = format!("at most {PREVIOUS_WRITE_KEYS_MAX}: take out those that nobody sends any more");
            self.say(path.clone(), ProblemCode::OutOfRange, format!("{many} of them"), expected);
        }
        for (place, _) in previous_keys_of(source).enumerate().filter(|(_, hash)| hash.is_none()) {
            self.say(path.item(place, ""), ProblemCode::BadHash, "this is not a SHA-256", "64 hex digits");
        }
    }

    fn source_references(&mut self, source: &Source, path: &Path) {
        if !self.brands.contains(source.brand.as_str()) {
            self.unknown(path.key("brand"), "brand", &source.brand, "brands");
        }
        for (field, code) in [("channel", &source.channel), ("identity_scope", &source.identity_scope)] {
            if !words::is_code(code) {
                self.bad_code(path.key(field), code);
            }
        }
        self.purpose_list(&path.key("collects"), &source.collects);
        for (place, code) in source.collects.iter().enumerate() {
            let Some(purpose) = self.purposes.get(code.as_str()) else { continue };
            if !purpose.brands.is_empty() && !purpose.brands.contains(&source.brand) {
                let message = format!("{code:?} is not pursued for the brand {:?}", source.brand);
                let expected = format!("a purpose of that brand, or {:?} among its brands", source.brand);
                self.say(path.key("collects").item(place, ""), ProblemCode::BrandMismatch, message, expected);
            }
        }
        for (category, purposes) in &source.consent_categories {
            self.purpose_list(&path.key("consent_categories").key(category), purposes);
        }
        if let Some(law) = source.jurisdiction.as_ref().filter(|law| !is_jurisdiction(law)) {
            let message = format!("{law:?} names no law");
            self.say(path.key("jurisdiction"), ProblemCode::BadCountry, message, JURISDICTION_IN_WORDS);
        }
        for (place, code) in source.notices.iter().enumerate() {
            if !self.notices.contains(code.as_str()) {
                self.unknown(path.key("notices").item(place, ""), "notice", code, "notices");
            }
        }
    }
}

/// The hashes of all keys that open a source, with where they are declared.
fn keys_in(source: &Source, path: &Path) -> Vec<(Path, [u8; 32])> {
    let field = if source.write_key.is_some() { "write_key" } else { "write_key_sha256" };
    let current = key_of(source).map(|key| (path.key(field), key));
    let item = |place| path.key("previous_write_keys_sha256").item(place, "");
    let previous = previous_keys_of(source).enumerate().filter_map(|(place, key)| Some((item(place), key?)));
    current.into_iter().chain(previous).collect()
}
