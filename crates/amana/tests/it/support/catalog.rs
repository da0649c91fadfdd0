//! The catalogue most tests use: a shop with purposes on four bases, a site that only claims and systems that verify.

use amana::hash::sha256_hex;

/// The catalogue as text, with markers where keys and addresses belong.
pub(crate) const CATALOG: &str = include_str!("org.toml");

/// The write key of a source.
pub(crate) fn write_key(source: &str) -> String {
    format!("test-write-key-of-{source}")
}

/// The API key of a role.
pub(crate) fn api_key(role: &str) -> String {
    format!("amk_test-key-of-{role}")
}

/// The catalogue with keys, and a recipient at an address.
pub(crate) fn catalog(text: &str, recipient: &str) -> String {
    let mut text = text.replace("http://recipient", recipient);
    for source in ["site", "shop", "till", "crm", "panel"] {
        text = text.replace(&format!("@@key:{source}@@"), &write_key(source));
        text = text.replace(&format!("@@sha256:{source}@@"), &sha256_hex(write_key(source).as_bytes()));
    }
    for role in ["admin", "privacy", "marketing", "analyst", "service"] {
        text = text.replace(&format!("@@sha256:{role}@@"), &sha256_hex(api_key(role).as_bytes()));
    }
    text
}
