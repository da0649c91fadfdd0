//! Keys of the acts log: of their own purpose, so that whoever is given one to check the log can open nothing else.

use amana_store::seal::{Root, SecretKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::borrow::Cow;

/// What the derivation is for (RFC 5869 §3.2 *info*; one block of output, so expanding is one HMAC).
const LABEL: &[u8] = b"amana acts log\0";

/// Derives the keys of the acts log from an installation's system key.
#[derive(Clone)]
pub struct ActsKeys {
    system: SecretKey,
    newest: SecretKey,
}

impl ActsKeys {
    /// The number of the key that new records are sealed under.
    pub const NEWEST: u32 = 1;

    /// The keys that a root file gives.
    #[must_use]
    pub fn of(root: &Root) -> Self {
        let system = SecretKey::clone(&root.system_key());
        Self { newest: derive(&system, Self::NEWEST), system }
    }

    /// The key of a number.
    #[must_use]
    pub(super) fn key(&self, number: u32) -> Cow<'_, SecretKey> {
        if number == Self::NEWEST { Cow::Borrowed(&self.newest) } else { Cow::Owned(derive(&self.system, number)) }
    }
}

fn derive(system: &SecretKey, number: u32) -> SecretKey {
    let mut hmac = Hmac::<Sha256>::new_from_slice(system.as_bytes()).expect("HMAC takes a key of any length");
    hmac.update(LABEL);
    hmac.update(&number.to_be_bytes());
    SecretKey::from_bytes(&hmac.finalize().into_bytes().into())
}

impl std::fmt::Debug for ActsKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ActsKeys")
    }
}
