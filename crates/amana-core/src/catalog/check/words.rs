//! Whether a single word is well formed. Each function knows one kind of word and nothing of the rest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{Span, SpanRelativeTo, civil::date};
use std::net::IpAddr;

/// How long a code may be.
pub const CODE_BYTES_MAX: usize = 64;
/// How long the name of a field, trait or event may be.
pub const NAME_BYTES_MAX: usize = 200;

/// `[a-z0-9_-]{1,64}`
pub(super) fn is_code(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    (1..=CODE_BYTES_MAX).contains(&text.len()) && text.bytes().all(letter)
}

/// The name of an event or field as sources send it: anything that can be read, without space around it.
pub(super) fn is_name(text: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&text.len()) && text.trim() == text && !text.chars().any(char::is_control)
}

/// The name of a column: a code that begins with a letter and needs no quotes in SQL.
pub(super) fn is_column(text: &str) -> bool {
    is_code(text) && text.starts_with(|first: char| first.is_ascii_lowercase()) && !text.contains('-')
}

/// A positive ISO 8601 duration, calendar units allowed.
pub(super) fn is_duration(text: &str) -> bool {
    let Ok(span) = text.parse::<Span>() else { return false };
    // The calendar ends with the year 9999: a longer time could be written and never be counted to.
    text.starts_with('P') && span.is_positive() && span.to_duration(SpanRelativeTo::from(date(2400, 1, 1))).is_ok()
}

/// An ISO 3166-1 alpha-2 code, in upper case.
pub(crate) fn is_country(text: &str) -> bool {
    text.len() == 2
        && text.bytes().all(|byte| byte.is_ascii_uppercase())
        && text.parse::<phonenumber::country::Id>().is_ok()
}

/// A time zone of the IANA database that is built in; the system's own is never asked, for that would be IO.
pub(crate) fn is_time_zone(text: &str) -> bool {
    jiff::tz::TimeZoneDatabase::bundled().get(text).is_ok()
}

/// A BCP 47 language tag in shape: `en`, `pt-BR`, `zh-Hant`.
pub fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (2..=3).contains(&first.len()) && letters(first) && parts.all(subtag)
}

/// The name of a variable of the environment.
pub(super) fn is_variable(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && name.bytes().all(letter) && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// How many secrets a destination's messages may be signed with at the same time.
pub const SIGNING_SECRETS_MAX: usize = 4;

/// `env:NAME`, or `whsec_` and the base64 of 24 to 64 bytes (Standard Webhooks), perhaps several times.
pub(super) fn is_signing_secret(text: &str) -> bool {
    if let Some(name) = text.strip_prefix("env:") {
        return is_variable(name);
    }
    let is_one = |secret: &str| {
        let bytes = secret.strip_prefix("whsec_").and_then(|encoded| STANDARD.decode(encoded).ok());
        bytes.is_some_and(|bytes| (24..=64).contains(&bytes.len()))
    };
    let secrets: Vec<&str> = text.split(' ').collect();
    secrets.len() <= SIGNING_SECRETS_MAX && secrets.into_iter().all(is_one)
}

/// Whether a network in CIDR form holds an address; `None` when it is not a network.
pub(super) fn network_holds(network: &str, address: Option<IpAddr>) -> Option<bool> {
    let (base, length) = network.split_once('/')?;
    let (base, length): (IpAddr, u32) = (base.parse().ok()?, length.parse().ok()?);
    let width = if base.is_ipv4() { 32 } else { 128 };
    if length > width {
        return None;
    }
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    };
    let same = |address: IpAddr| {
        address.is_ipv4() == base.is_ipv4() && (length == 0 || (bits(address) ^ bits(base)) >> (128 - length) == 0)
    };
    Some(address.is_some_and(same))
}
