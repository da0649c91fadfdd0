//! What is set aside: the places of undeclared fields, never their values.
//!
//! Sources choose the names of events and fields, and some put values where names belong (`{"jane@example.com": true}`).
//! A place is therefore bounded, and what looks like a value stands as `*`.

use serde::{Deserialize, Serialize};

/// How many levels of fields a place has at most, and objects are looked into.
pub(super) const LEVELS_MAX: usize = 8;
/// How long a place is at most, in bytes.
const PLACE_BYTES_MAX: usize = 128;
/// How many places of one event are set aside; further ones are not told apart from these.
pub(super) const PLACES_MAX: usize = 64;
const NAME_BYTES_MAX: usize = 48;
/// A name with so many digits is a number of somebody or something: a telephone number, an address, a card, a date.
const NAME_DIGITS_MAX: usize = 5;
const VALUE: &str = "*";

/// What is undeclared and therefore set aside: its place, never its value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SetAside {
    /// The place: `Order Completed.properties.colour`, `traits.shoe_size`, `event`. At most 128 bytes and eight
    /// levels of fields; keys that look like values are `*`.
    pub path: String,
    /// Why.
    pub reason: SetAsideReason,
}

/// Why a field is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetAsideReason {
    /// No schema names it.
    Undeclared,
    /// Its value does not fit its declared type.
    WrongType,
    /// Its value is longer than a trait may be.
    TooLong,
}

impl SetAside {
    /// An event that nobody declared.
    pub(super) fn event(name: &str) -> Self {
        let path = if is_event_name(name) { name } else { VALUE };
        Self { path: path.to_owned(), reason: SetAsideReason::Undeclared }
    }

    /// A field that nobody declared.
    pub(super) fn undeclared(above: &[&str], keys: &[&str]) -> Self {
        let mut path = cut(&above.join("."), PLACE_BYTES_MAX / 2).to_owned();
        for key in keys {
            let shown = if is_field_name(key) { key } else { VALUE };
            if path.len() + shown.len() + ".".len() > PLACE_BYTES_MAX - ".*".len() {
                path.push_str(".*");
                break;
            }
            path.extend([".", shown]);
        }
        Self { path, reason: SetAsideReason::Undeclared }
    }

    /// A declared field, whose name the catalogue has chosen, with a value of another type.
    pub(super) fn wrong_type(above: &[&str], name: &str) -> Self {
        let path = format!("{}.{name}", above.join("."));
        Self { path: cut(&path, PLACE_BYTES_MAX).to_owned(), reason: SetAsideReason::WrongType }
    }

    /// A declared trait that is too long.
    pub(super) fn too_long(above: &[&str], name: &str) -> Self {
        Self { reason: SetAsideReason::TooLong, ..Self::wrong_type(above, name) }
    }
}

fn is_field_name(key: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_-.$:".contains(letter) || is_letter_elsewhere(letter);
    is_short(key, NAME_BYTES_MAX) && key.chars().all(fits)
}

/// Names of events are words in a row, with what people write between words.
fn is_event_name(name: &str) -> bool {
    let fits = |letter: char| matches!(letter, ' '..='~') && letter != '@' || is_letter_elsewhere(letter);
    is_short(name, PLACE_BYTES_MAX) && name.chars().all(fits)
}

fn is_short(name: &str, bytes_max: usize) -> bool {
    let digits = name.chars().filter(|letter| letter.is_numeric()).count();
    !name.is_empty() && name.len() <= bytes_max && digits <= NAME_DIGITS_MAX
}

fn is_letter_elsewhere(letter: char) -> bool {
    !letter.is_ascii() && !letter.is_whitespace() && !letter.is_control() && !matches!(letter, '＠' | '﹫')
}

fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}
