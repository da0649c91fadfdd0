//! Keys of the identifier index: keyed hashes, so that the index tells nothing to who has only the store.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{SealError, key::SecretKey};

/// A key of the index: the secret's version, then 23 bytes of an HMAC-SHA256.
pub type IndexKey = [u8; 24];

/// The secrets that index keys are made with, newest first. Older ones stay readable, so that a secret can be changed while
/// the index is rewritten bit by bit.
#[derive(Clone)]
pub struct IndexSecrets {
    /// Newest first, never empty.
    versions: Vec<(u8, Hmac<Sha256>)>,
}

impl IndexSecrets {
    /// `secrets` ascending by version, and at least one.
    pub(super) fn new<'a>(secrets: impl DoubleEndedIterator<Item = (u8, &'a SecretKey)>) -> Result<Self, SealError> {
        // Each state has taken in its key already, so that hashing an identifier costs two compressions, not four.
        let state = |key: &SecretKey| Hmac::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
        let versions: Vec<_> = secrets.rev().map(|(version, key)| (version, state(key))).collect();
        if versions.is_empty() {
            return Err(SealError::NoSuchKey { what: "index secret", number: 0 });
        }
        Ok(Self { versions })
    }

    /// The index key of an identifier under the newest secret. Scope and kind say what `value` is, already normalised; the
    /// version of the normaliser is part of the key, so that a new normaliser does not meet old values by chance.
    #[must_use]
    pub fn key(&self, scope: &str, kind: &str, normaliser_version: u8, value: &str) -> IndexKey {
        Self::key_of(&self.versions[0], scope, kind, normaliser_version, value)
    }

    /// The index keys under every secret, newest first: an identifier may still be found under an older one.
    pub fn keys_all_versions<'a>(
        &'a self,
        scope: &'a str,
        kind: &'a str,
        normaliser_version: u8,
        value: &'a str,
    ) -> impl Iterator<Item = IndexKey> + 'a {
        self.versions.iter().map(move |version| Self::key_of(version, scope, kind, normaliser_version, value))
    }

    /// The versions, newest first.
    pub fn versions(&self) -> impl Iterator<Item = u8> + '_ {
        self.versions.iter().map(|(version, _)| *version)
    }

    /// Whether something may still be found under an older secret.
    #[must_use]
    pub fn has_older(&self) -> bool {
        self.versions.len() > 1
    }

    /// The version that new keys are made with.
    #[must_use]
    pub fn newest_version(&self) -> u8 {
        self.versions[0].0
    }

    /// The version of the secret that an index key was made with.
    #[must_use]
    pub fn version_of(key: &IndexKey) -> u8 {
        key[0]
    }

    fn key_of(
        (version, state): &(u8, Hmac<Sha256>),
        scope: &str,
        kind: &str,
        normaliser_version: u8,
        value: &str,
    ) -> IndexKey {
        let mut hmac = state.clone();
        // Lengths keep ("ab", "c") and ("a", "bc") apart.
        for part in [scope, kind] {
            hmac.update(&(part.len() as u64).to_le_bytes());
            hmac.update(part.as_bytes());
        }
        hmac.update(&[normaliser_version]);
        hmac.update(value.as_bytes());
        let hash = hmac.finalize().into_bytes();
        let mut key = [0; 24];
        key[0] = *version;
        key[1..].copy_from_slice(&hash[..23]);
        key
    }
}

impl fmt::Debug for IndexSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IndexSecrets({} versions)", self.versions.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(versions: &[u8]) -> IndexSecrets {
        let keys: Vec<_> = versions.iter().map(|v| (*v, SecretKey::from_bytes(&[*v; 32]))).collect();
        IndexSecrets::new(keys.iter().map(|(version, key)| (*version, key))).unwrap()
    }

    #[test]
    fn a_key_depends_on_everything_that_names_an_identifier() {
        let s = secrets(&[1]);
        let key = s.key("scope", "email", 1, "a@example.org");
        assert_eq!(key, s.key("scope", "email", 1, "a@example.org"));
        let others = [
            s.key("other", "email", 1, "a@example.org"),
            s.key("scope", "phone", 1, "a@example.org"),
            s.key("scope", "email", 2, "a@example.org"),
            s.key("scope", "email", 1, "b@example.org"),
            s.key("scopee", "mail", 1, "a@example.org"),
            secrets(&[2]).key("scope", "email", 1, "a@example.org"),
        ];
        assert!(others.iter().all(|other| *other != key));
    }

    #[test]
    fn an_older_secret_stays_readable() {
        let old = secrets(&[1]).key("s", "k", 1, "v");
        let both = secrets(&[1, 2]);
        assert_eq!(both.newest_version(), 2);
        assert_eq!((both.versions().collect::<Vec<_>>(), both.has_older()), (vec![2, 1], true));
        assert!(!secrets(&[2]).has_older());
        assert_eq!(IndexSecrets::version_of(&both.key("s", "k", 1, "v")), 2);
        assert_eq!(both.keys_all_versions("s", "k", 1, "v").collect::<Vec<_>>()[1], old);
    }
}
