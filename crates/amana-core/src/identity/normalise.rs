//! Bringing identifiers into one form, so that the same person's are the same.

use super::blocked::{is_blocked, is_invisible};
use crate::catalog::{IdentifierRule, Normalise};
use email_address::{EmailAddress, Options};
use phonenumber::PhoneNumber;
use phonenumber::country::Id;
use phonenumber::metadata::DATABASE;
use std::borrow::Cow;
use std::iter::repeat_n;
use unicode_normalization::UnicodeNormalization as _;
use url::Host;

/// The longest identifier, in bytes.
pub const IDENTIFIER_BYTES_MAX: usize = 512;

/// The longest e-mail address, in bytes (RFC 5321 §4.5.3.1.3, of which two are the brackets around it).
const EMAIL_BYTES_MAX: usize = 254;

/// How many digits a telephone number has at most, its country's included (E.164).
const PHONE_DIGITS_MAX: usize = 15;

/// The longest text that is read as a telephone number: fifteen digits, and what people write between them.
const PHONE_BYTES_MAX: usize = 64;

/// Raised when a normaliser gives another form for any value: index keys carry it, so that old keys stay readable.
pub const NORMALISER_VERSION: u8 = 1;

/// A way of bringing identifiers into one form. Index keys name it by its version.
#[derive(Clone, Copy, Debug)]
pub struct Normaliser {
    /// The version that index keys carry.
    pub version: u8,
    /// The form it gives a value: see [`normalise`].
    pub form: fn(&IdentifierRule, &str, &str) -> Result<String, Unusable>,
}

/// The normalisers whose index keys are readable, the newest first. One that is replaced moves behind the new one and
/// stays until no index key carries its version any more.
pub const NORMALISERS: &[Normaliser] = &[Normaliser { version: NORMALISER_VERSION, form: normalise }];

/// The forms that all normalisers but the newest gave a value, newest first, with their versions: what somebody may still
/// be found by. Most often there are none.
#[must_use]
pub fn older_forms(normalisers: &[Normaliser], rule: &IdentifierRule, value: &str, country: &str) -> Vec<(u8, String)> {
    let older = normalisers.iter().skip(1);
    older.filter_map(|older| Some((older.version, (older.form)(rule, value, country).ok()?))).collect()
}

/// Why a value is not an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unusable {
    /// It is nobody's.
    #[error("a value that is nobody's")]
    Blocked,
    /// It has not the form of its kind.
    #[error("not of the form of its kind")]
    Malformed,
    /// It is longer than [`IDENTIFIER_BYTES_MAX`].
    #[error("longer than {IDENTIFIER_BYTES_MAX} bytes")]
    TooLong,
}

/// Brings a value into the one form of its kind. `country` is where national telephone numbers are read as from.
///
/// # Errors
/// Why the value cannot stand for a person.
pub fn normalise(rule: &IdentifierRule, value: &str, country: &str) -> Result<String, Unusable> {
    if value.len() > IDENTIFIER_BYTES_MAX {
        return Err(Unusable::TooLong);
    }
    let value = value.trim_matches(|letter: char| letter.is_whitespace() || is_invisible(letter));
    if is_blocked(value, &rule.blocked) {
        return Err(Unusable::Blocked);
    }
    if value.chars().any(char::is_control) {
        return Err(Unusable::Malformed);
    }
    let value = match rule.normalise {
        Normalise::Trim => value.to_owned(),
        Normalise::Lowercase => value.to_lowercase(),
        Normalise::Email => email(value)?,
        Normalise::Phone => phone(value, country)?,
    };
    // What is blocked or too long in its one form is so in every form.
    if is_blocked(&value, &rule.blocked) {
        return Err(Unusable::Blocked);
    }
    if value.len() > IDENTIFIER_BYTES_MAX { Err(Unusable::TooLong) } else { Ok(value) }
}

/// Lower case, one `@`, a local part that needs no quotes, a domain with a dot in its ASCII form, so that both spellings of an
/// international domain are one, and so are both of an accented letter (NFC). Sub-addresses (`+shop`) are kept apart:
/// whether they reach the same person is for the mail provider to know. Quoted local parts and display names
/// (`Jane <jane@example.com>`) are refused.
fn email(value: &str) -> Result<String, Unusable> {
    let value = visible(value).to_lowercase();
    let (local, domain) = value.rsplit_once('@').ok_or(Unusable::Malformed)?;
    // The root's dot at the end of a domain says nothing; a percent sign would be read as an escape.
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    if local.starts_with('"') || local.contains(char::is_whitespace) || domain.contains('%') {
        return Err(Unusable::Malformed);
    }
    let Ok(Host::Domain(domain)) = Host::parse(domain) else { return Err(Unusable::Malformed) };
    // Addresses of pages may have other signs, and so may the library's domains; names of mail servers have none.
    if !domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) {
        return Err(Unusable::Malformed);
    }
    let local = if local.is_ascii() { Cow::from(local) } else { local.nfc().collect() };
    let address = format!("{local}@{domain}");
    if address.len() > EMAIL_BYTES_MAX || !is_address(&format!("{}@{domain}", in_ascii(&local))) {
        return Err(Unusable::Malformed);
    }
    Ok(address)
}

/// Whether it is an address by the rules of RFC 5321 and 5322, lengths included.
fn is_address(address: &str) -> bool {
    let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
    EmailAddress::parse_with_options(address, options).is_ok()
}

/// As many bytes of ASCII. RFC 6531 §3.3 lets every other letter stand wherever a plain one may; the library would refuse
/// some of them (the virama of Hindi, the tone marks of Thai).
fn in_ascii(local: &str) -> Cow<'_, str> {
    if local.is_ascii() {
        return local.into();
    }
    local.chars().flat_map(|letter| repeat_n(if letter.is_ascii() { letter } else { 'x' }, letter.len_utf8())).collect()
}

/// E.164. Implausible numbers are refused, for a wrong number joins strangers.
fn phone(value: &str, country: &str) -> Result<String, Unusable> {
    let value: String = visible(value).chars().map(western_digit).collect();
    if value.len() > PHONE_BYTES_MAX {
        return Err(Unusable::Malformed);
    }
    let country = country.to_ascii_uppercase().parse::<Id>().ok();
    let plausible = |number: &PhoneNumber| phonenumber::is_valid(number);
    let number = phonenumber::parse(country, &value).ok().filter(plausible).or_else(|| {
        // A national number may begin with the digits of its own country's code (Kazakhstan: 7 701 …), which the
        // library takes for the code.
        let code = DATABASE.by_id(country?.as_ref())?.country_code().to_string();
        let digits = Some(value.as_str()).filter(|value| value.starts_with(&code))?;
        phonenumber::parse(None, format!("+{code}{digits}")).ok().filter(plausible)
    });
    let form = number.ok_or(Unusable::Malformed)?.format().mode(phonenumber::Mode::E164).to_string();
    // The library's plan of a country may be longer than the whole number may be.
    if form.len() <= PHONE_DIGITS_MAX + 1 { Ok(form) } else { Err(Unusable::Malformed) }
}

/// The digits people dial in Arabic, Persian, Indian, Thai and full-width script, which the library does not read.
fn western_digit(letter: char) -> char {
    let zeros = ['\u{660}', '\u{6f0}', '\u{966}', '\u{e50}', '\u{ff10}'];
    let digit = zeros.iter().find_map(|zero| (letter as u32).checked_sub(*zero as u32).filter(|digit| *digit < 10));
    digit.and_then(|digit| char::from_digit(digit, 10)).unwrap_or(letter)
}

fn visible(value: &str) -> String {
    value.chars().filter(|letter| !is_invisible(*letter)).collect()
}
