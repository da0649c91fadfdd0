//! The master key: what the root file is sealed under.

use std::path::Path;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

use super::{SealError, key::SecretKey};
use crate::{
    dice::Dice,
    durable_file::{dir_of, sync_dir, temporary_of, write_private},
    error::StoreError,
};

/// 32 bytes in base64.
const TEXT_BYTES: usize = 44;

/// The key of the root file. It comes from a file or from the environment, and never lies beside the backups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterKey(SecretKey);

impl MasterKey {
    /// Reads a key of 32 bytes in base64, as an environment variable holds it.
    ///
    /// # Errors
    /// [`SealError::BadMasterKey`], which names `place` and not the text.
    pub fn from_text(text: &str, place: &str) -> Result<Self, SealError> {
        let bad = || SealError::BadMasterKey { place: place.to_owned() };
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(text.trim()).map_err(|_| bad())?);
        let bytes: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| bad())?;
        Ok(Self(SecretKey::from_bytes(bytes)))
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// When the file cannot be read or holds no key.
    pub fn from_file(path: &Path) -> Result<Self, SealError> {
        let text =
            Zeroizing::new(std::fs::read_to_string(path).map_err(StoreError::io("read the master key from", path))?);
        Self::from_text(&text, &path.display().to_string())
    }

    /// Reads a key file, and makes it with a new key (mode 0600) when it is not there.
    ///
    /// # Errors
    /// When the file cannot be read or made, or holds no key.
    pub fn from_file_or_create(path: &Path, dice: &mut dyn Dice) -> Result<Self, SealError> {
        if path.exists() {
            return Self::from_file(path);
        }
        let key = Self::random(dice);
        let mut text = key.to_text();
        text.push('\n');
        // Written beside its place and then linked there, so that a crash leaves no half of a key, and a key that another
        // process has made meanwhile is not overwritten.
        let temporary = temporary_of(path);
        write_private(&temporary, text.as_bytes())?;
        let linked = std::fs::hard_link(&temporary, path);
        std::fs::remove_file(&temporary).map_err(StoreError::io("remove", &temporary))?;
        match linked {
            Ok(()) => sync_dir(dir_of(path))?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Self::from_file(path),
            Err(error) => return Err(StoreError::io("write the master key to", path)(error).into()),
        }
        Ok(key)
    }

    /// The key as [`MasterKey::from_text`] reads it. It is wiped from memory when dropped.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        // Room for the end of a line, so that nobody who adds one leaves a copy behind.
        let mut text = Zeroizing::new(String::with_capacity(TEXT_BYTES + 1));
        BASE64_STANDARD.encode_string(self.0.as_bytes(), &mut text);
        text
    }

    /// A new random key.
    #[must_use]
    pub fn random(dice: &mut dyn Dice) -> Self {
        Self(SecretKey::random(dice))
    }

    pub(super) fn key(&self) -> &SecretKey {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::dice::SystemDice;

    #[test]
    fn a_key_file_is_made_once_and_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        let made = MasterKey::from_file_or_create(&path, &mut SystemDice).unwrap();
        let read = MasterKey::from_file_or_create(&path, &mut SystemDice).unwrap();
        assert_eq!(made.key(), read.key());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_bad_key_is_refused_without_showing_it() {
        for text in ["", "c2VjcmV0", "not base64 at all, but secret"] {
            let error = MasterKey::from_text(text, "AMANA_MASTER_KEY").unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains("AMANA_MASTER_KEY") && (text.is_empty() || !shown.contains(text)));
        }
        assert_eq!(format!("{:?}", MasterKey::random(&mut SystemDice)), "MasterKey(SecretKey)");
    }
}
