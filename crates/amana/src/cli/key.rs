//! `amana key`.

use super::{Failure, say};
use crate::dice::Dice;
use crate::hash::sha256_hex;

/// The beginning of every API key: recognisable when it turns up where it should not.
pub(crate) const API_KEY_PREFIX: &str = "amk_";
/// The beginning of a source's write key.
pub(crate) const WRITE_KEY_PREFIX: &str = "amw_";

/// Makes a key and prints it once; only its hash goes into the catalogue.
pub(super) fn new(name: &str, role: &str) -> Result<(), Failure> {
    let roles = ["admin", "privacy", "marketing", "analyst", "service"];
    if role != "source" && !roles.contains(&role) {
        return Err(format!("there is no role `{role}`; there are: source, {}", roles.join(", ")).into());
    }
    let prefix = if role == "source" { WRITE_KEY_PREFIX } else { API_KEY_PREFIX };
    let key = format!("{prefix}{}", Dice::System.secret());
    let hash = sha256_hex(key.as_bytes());
    say(format!("key (shown once): {key}\n\nfor the catalogue:"));
    say(if role == "source" {
        format!("  # in [[sources]] `{name}`\n  write_key_sha256 = \"{hash}\"")
    } else {
        format!("  [[api_keys]]\n  name = \"{name}\"\n  role = \"{role}\"\n  sha256 = \"{hash}\"")
    });
    Ok(())
}
