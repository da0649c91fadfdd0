//! From the bytes of a request to the JSON object they hold, whatever content type they came under.

use super::code::Code;
use super::encoding::expand;
use super::json::parse_object;
use super::key::{BASE64, BASE64_URL};
use super::refusal::{Fault, Refusal};
use base64::Engine;
use serde_json::{Map, Value as Json};
use std::borrow::Cow;

/// A form's field that holds the JSON.
const FORM_FIELD: &str = "data";

/// A body as JSON, and how many bytes of JSON it was.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) json: Map<String, Json>,
    pub(super) bytes: usize,
}

/// Decompresses and reads a body.
///
/// The content type is only used to refuse what cannot be JSON and to know a form. Browsers send JSON as `text/plain`
/// to save a preflight, and rudder-sdk-node under `application/x-www-form-urlencoded`, so a body that begins like an
/// object is one.
pub(super) fn read(content_type: Option<&[u8]>, content_encoding: &[&[u8]], body: &[u8]) -> Result<Body, Refusal> {
    let is_form = is_form(content_type)?;
    let expanded = expand(body, content_encoding)?;
    let text = if is_form && !begins_like_json(&expanded) { from_form(&expanded)? } else { expanded };
    if text.trim_ascii().is_empty() {
        return Err(Fault::new(Code::BadJson, "", "the body is empty, a JSON object was expected").into());
    }
    Ok(Body { json: parse_object(&text)?, bytes: text.len() })
}

fn is_form(content_type: Option<&[u8]>) -> Result<bool, Refusal> {
    let Some(content_type) = content_type else { return Ok(false) };
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default();
    match essence.trim_ascii().to_ascii_lowercase().as_slice() {
        b"application/x-www-form-urlencoded" => Ok(true),
        b"" | b"application/json" | b"text/json" | b"text/plain" | b"application/octet-stream" => Ok(false),
        essence if essence.starts_with(b"application/") && essence.ends_with(b"+json") => Ok(false),
        _ => Err(Refusal::UnsupportedEncoding {
            detail: "the content type is not application/json, text/plain or application/x-www-form-urlencoded",
        }),
    }
}

fn begins_like_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// The field `data` of a form: JSON, or base64 of JSON.
fn from_form(form: &[u8]) -> Result<Cow<'static, [u8]>, Fault> {
    const PROBLEM: &str = "the form has no field `data` with JSON or with base64 of JSON";
    let problem = || Fault::new(Code::BadForm, FORM_FIELD, PROBLEM);
    let (_, value) = url::form_urlencoded::parse(form).find(|(name, _)| name == FORM_FIELD).ok_or_else(problem)?;
    if begins_like_json(value.as_bytes()) {
        return Ok(Cow::Owned(value.into_owned().into_bytes()));
    }
    // A `+` that was not escaped has become a space on the way.
    let base64 = value.trim().replace(' ', "+");
    let decoded = BASE64.decode(&base64).or_else(|_| BASE64_URL.decode(&base64)).map_err(|_| problem())?;
    Ok(Cow::Owned(decoded))
}

#[cfg(test)]
mod tests {
    use super::super::encoding::tests::gzip;
    use super::*;

    const JSON: &[u8] = br#"{"userId":"u?>1"}"#;
    const FORM: &[u8] = b"application/x-www-form-urlencoded; charset=UTF-8";

    fn read_as(content_type: &[u8], body: &[u8]) -> Result<Map<String, Json>, Refusal> {
        read(Some(content_type), &[], body).map(|body| body.json)
    }

    #[test]
    fn json_is_read_under_every_content_type_that_sdks_use() {
        for content_type in ["application/json", "Application/JSON; charset=utf-8", "text/plain", "text/plain;x", ""] {
            assert_eq!(read_as(content_type.as_bytes(), JSON).unwrap().len(), 1, "{content_type}");
        }
        assert_eq!(read_as(b"application/cloudevents+json", JSON).unwrap().len(), 1);
        assert_eq!(read(None, &[], JSON).unwrap().json.len(), 1);
        assert_eq!(read_as(FORM, JSON).unwrap().len(), 1);
        assert_eq!(read_as(FORM, &gzip(JSON)).unwrap().len(), 1);
    }

    #[test]
    fn real_forms_carry_json_plain_or_as_base64() {
        let plain = b"x=1&data=%7B%22userId%22%3A%22u%3F%3E1%22%7D".to_vec();
        let standard = format!("data={}", BASE64.encode(JSON));
        let escaped = format!("data={}&ip=1", BASE64.encode(JSON).replace('+', "%2B").replace('=', "%3D"));
        let safe = format!("data={}", BASE64_URL.encode(JSON).trim_end_matches('='));
        for form in [plain, standard.into_bytes(), escaped.into_bytes(), safe.into_bytes()] {
            assert_eq!(read_as(FORM, &form).unwrap()["userId"], "u?>1");
        }
        for form in ["", "a=1", "data=", "data=%%%", "data=\u{e9}", "data=AAAA"] {
            assert_eq!(read_as(FORM, form.as_bytes()).unwrap_err().status(), 400, "{form}");
        }
    }

    #[test]
    fn other_content_types_are_refused() {
        for content_type in ["multipart/form-data; boundary=x", "text/html", "application/xml", "\u{e9}"] {
            assert_eq!(read_as(content_type.as_bytes(), JSON).unwrap_err().status(), 415, "{content_type}");
        }
    }

    #[test]
    fn an_empty_body_says_so() {
        assert_eq!(
            read_as(b"application/json", b" \n").unwrap_err().detail(),
            "the body is empty, a JSON object was expected"
        );
    }
}
