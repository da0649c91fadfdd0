//! Which pages may call the collect door from a browser: all of them.
//!
//! A public write key is all a page needs, and no cookie is ever read or set here, so every origin is allowed and
//! credentials are not. What a write key may do is bounded by its source, not by where the page came from.

/// How long a browser may remember the answer to a preflight, in seconds. Browsers cut it to their own limit.
pub const PREFLIGHT_SECONDS: &str = "86400";

/// Methods of the collect door.
pub const ALLOWED_METHODS: &str = "GET, POST, OPTIONS";

/// Headers that SDKs send besides the ones browsers always allow. `*` would not cover `Authorization`.
pub const ALLOWED_HEADERS: &str =
    "Authorization, Content-Type, Content-Encoding, AnonymousId, SentAt, X-Requested-With";

/// Request headers beyond these are not read from a preflight.
const REQUESTED_HEADERS_MAX: usize = 32;

/// Headers of every answer to a browser: who may read it, and that it may see how long to wait.
#[must_use]
pub const fn answer_headers() -> [(&'static str, &'static str); 3] {
    [
        ("access-control-allow-origin", "*"),
        ("access-control-expose-headers", "Retry-After"),
        ("cross-origin-resource-policy", "cross-origin"),
    ]
}

/// Headers of the answer (204, no body) to a preflight `OPTIONS` request with this `Access-Control-Request-Headers`.
#[must_use]
pub fn preflight_headers(requested: Option<&[u8]>) -> Vec<(&'static str, String)> {
    let mut headers: Vec<_> = answer_headers().into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    headers.push(("access-control-allow-methods", ALLOWED_METHODS.to_owned()));
    headers.push(("access-control-allow-headers", allowed_headers(requested)));
    headers.push(("access-control-max-age", PREFLIGHT_SECONDS.to_owned()));
    headers
}

/// The fixed list, and of what was asked for the `Rsa-…` headers of rudder-sdk-js: their names are not known ahead,
/// and the list knows no prefixes.
fn allowed_headers(requested: Option<&[u8]>) -> String {
    let mut allowed = ALLOWED_HEADERS.to_owned();
    let requested = requested.and_then(|value| std::str::from_utf8(value).ok()).unwrap_or("");
    for name in requested.split(',').map(str::trim).take(REQUESTED_HEADERS_MAX) {
        let prefixed = name.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("rsa-"));
        if prefixed && name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            allowed.push_str(", ");
            allowed.push_str(name);
        }
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preflight_allows_what_browser_sdks_send() {
        let allowed = allowed_headers(Some(b"authorization,content-type,anonymousid,sentat,rsa-dev,Rsa-Signature-2"));
        for name in ["Authorization", "Content-Type", "AnonymousId", "SentAt", "rsa-dev", "Rsa-Signature-2"] {
            assert!(allowed.split(", ").any(|header| header == name), "{name}");
        }
    }

    #[test]
    fn a_preflight_echoes_nothing_else() {
        for hostile in ["cookie, x-admin", "rsa-a\r\nset-cookie: b", "rsa-é", "rsa", "é,ü", "", "rsa-<script>"] {
            assert_eq!(allowed_headers(Some(hostile.as_bytes())), ALLOWED_HEADERS, "{hostile}");
        }
        assert_eq!(allowed_headers(Some(&[0xff, 0xfe])), ALLOWED_HEADERS);
        assert_eq!(allowed_headers(None), ALLOWED_HEADERS);
    }

    #[test]
    fn credentials_are_never_allowed() {
        let headers = preflight_headers(None);
        assert!(headers.iter().all(|(name, _)| *name != "access-control-allow-credentials"));
        assert!(headers.contains(&("access-control-allow-origin", "*".to_owned())));
    }
}
