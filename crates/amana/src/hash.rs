//! SHA-256, as the server uses it: for keys that are compared by hash, for hashed contract fields, for evidence.

use sha2::{Digest as _, Sha256};

/// SHA-256 of bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 of bytes in lower-case hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    sha256(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The first eight bytes of the SHA-256: enough to know a message id again among one person's week.
#[must_use]
pub fn short(bytes: &[u8]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = sha256(bytes);
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// The same over parts, which cannot be taken for other parts.
#[must_use]
pub fn short_of(parts: &[&[u8]]) -> u64 {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    // Hashed once more: message ids of events stand beside it, and whoever sends those chooses what is hashed.
    short(&digest.finalize())
}
