//! Names of imports and of their rows: always the same for the same file, map and source.

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use uuid::Uuid;

/// Names an import: SHA-256 of the source's code, of the map and of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportId([u8; 32]);

impl ImportId {
    /// The import of a file by a map, for a source. The file and the map go by their SHA-256.
    #[must_use]
    pub fn of(source: &str, map: &[u8; 32], file: &[u8; 32]) -> Self {
        let digest = Sha256::new().chain_update(b"amana import 1\0").chain_update(source.as_bytes());
        Self(digest.chain_update(b"\0").chain_update(map).chain_update(file).finalize().into())
    }

    /// The message id of a row's event.
    #[must_use]
    pub(super) fn message_id(&self, row: u64) -> String {
        let digest = Sha256::new().chain_update(b"amana import row 1\0").chain_update(self.0);
        named(&digest.chain_update(row.to_be_bytes()).finalize())
    }

    /// The id of one of the acts that a row is (UUID version 8, RFC 9562 §5.8): by its place in the map and the kind of
    /// identifier whose act it is, which stay what they are when the catalogue comes to know another kind.
    #[must_use]
    pub(super) fn act_id(&self, row: u64, act: u64, kind: &str) -> Uuid {
        let digest = Sha256::new().chain_update(b"amana import act 2\0").chain_update(self.0);
        let digest = digest.chain_update(row.to_be_bytes()).chain_update(act.to_be_bytes());
        let digest = digest.chain_update(kind.as_bytes()).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

impl std::fmt::Display for ImportId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// The message id of an event that its file names: the same in every file of the source. What the file says is hashed,
/// so that it collides with nothing that the source sends by itself.
#[must_use]
pub(super) fn message_id_named(source: &str, event: &str, name: &str) -> String {
    let digest = Sha256::new().chain_update(b"amana import name 1\0").chain_update(source.as_bytes());
    let digest = digest.chain_update(b"\0").chain_update(event.as_bytes()).chain_update(b"\0");
    named(&digest.chain_update(name.as_bytes()).finalize())
}

fn named(digest: &[u8]) -> String {
    let mut name = String::from("import-");
    for byte in &digest[..16] {
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// Reads 32 bytes in hex.
#[must_use]
pub(super) fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}
