//! The write key of a request: as HTTP Basic user name, or as `writeKey` in the body.
//!
//! A key in the query string is not accepted: addresses end up in logs of proxies and in browser histories.

use super::limits::WRITE_KEY_BYTES_MAX;
use super::refusal::Refusal;
use amana_core::catalog::{Policy, SourceRule};
use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose};

/// Base64 with or without padding: both are seen.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
/// The same for the alphabet that is safe in addresses.
pub(super) const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);
const LENIENT: GeneralPurposeConfig =
    general_purpose::PAD.with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true);

/// Counts what came with a write key that is not the newest of its source.
pub(crate) const PREVIOUS_KEY_METRIC: &str = "amana_collect_previous_write_key_total";

const MALFORMED: Refusal = Refusal::Unauthorized {
    detail: "the Authorization header is not `Basic` with base64 of the write key and a colon",
};

/// The write key in an `Authorization` header (RFC 7617): the user name, with or without the colon; a password is
/// ignored.
///
/// Nothing is found in an absent header, an empty user name or another scheme (an SDK with OAuth sends `Bearer` and
/// names its write key in the body).
///
/// # Errors
///
/// [`Refusal::Unauthorized`] for `Basic` with something that is not base64 of a short UTF-8 text.
pub fn write_key(authorization: Option<&[u8]>) -> Result<Option<String>, Refusal> {
    let Some(header) = authorization else { return Ok(None) };
    let header = header.trim_ascii();
    let scheme_end = header.iter().position(u8::is_ascii_whitespace).unwrap_or(header.len());
    let (scheme, credentials) = header.split_at(scheme_end);
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return Ok(None);
    }
    let credentials = credentials.trim_ascii();
    if credentials.len() > WRITE_KEY_BYTES_MAX * 4 {
        return Err(MALFORMED);
    }
    let decoded = BASE64.decode(credentials).or_else(|_| BASE64_URL.decode(credentials)).map_err(|_| MALFORMED)?;
    let decoded = String::from_utf8(decoded).map_err(|_| MALFORMED)?;
    let user = decoded.split_once(':').map_or(decoded.as_str(), |(user, _password)| user);
    match user.len() {
        0 => Ok(None),
        1..=WRITE_KEY_BYTES_MAX => Ok(Some(user.to_owned())),
        _ => Err(MALFORMED),
    }
}

/// The source that a write key opens. Each use of a key that is not the newest is counted, so that staff see when nobody
/// needs it any more.
pub(crate) fn source_of<'a>(policy: &'a Policy, key: &str) -> Option<&'a SourceRule> {
    let hash = crate::hash::sha256(key.as_bytes());
    let source = policy.source_by_key(&hash)?;
    if policy.is_previous_write_key(&hash) {
        metrics::counter!(PREVIOUS_KEY_METRIC, "source" => source.code.clone()).increment(1);
    }
    Some(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(text: &str) -> Result<Option<String>, Refusal> {
        write_key(Some(format!("Basic {}", BASE64.encode(text)).as_bytes()))
    }

    #[test]
    fn the_user_name_is_the_key_with_or_without_colon() {
        for sent in ["shop_key", "shop_key:", "shop_key:secret", "shop_key:a:b"] {
            assert_eq!(basic(sent), Ok(Some("shop_key".to_owned())), "{sent}");
        }
    }

    #[test]
    fn scheme_case_and_padding_do_not_matter() {
        for header in ["basic YWI6", "BASIC  YWI6 ", "Basic YWI", "Basic YWI="] {
            assert_eq!(write_key(Some(header.as_bytes())), Ok(Some("ab".to_owned())), "{header}");
        }
    }

    #[test]
    fn a_malformed_basic_header_is_unauthorized() {
        let long = format!("Basic {}", BASE64.encode("k".repeat(WRITE_KEY_BYTES_MAX + 1)));
        let huge = format!("Basic {}", "A".repeat(100_000));
        for header in ["Basic %%%", "Basic /////w==", "Basic a b", &long, &huge] {
            assert_eq!(write_key(Some(header.as_bytes())).map_err(|refusal| refusal.status()), Err(401));
        }
    }

    #[test]
    fn no_key_in_the_header_leaves_it_to_the_body() {
        assert_eq!(write_key(None), Ok(None));
        assert_eq!(basic(":password"), Ok(None));
        for header in ["", "Basic", "Basic ", "Bearer abc", "\u{e9}"] {
            assert_eq!(write_key(Some(header.as_bytes())), Ok(None), "{header}");
        }
    }
}
