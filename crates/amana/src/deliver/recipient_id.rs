//! How a recipient is told whom a message is about: by an id that is its own. Recipients that compare what they got
//! find no two ids that are alike, and nobody but this installation can lead one back to a profile.

use amana_core::identity::FragmentId;
use amana_store::seal::{IndexSecrets, Root};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

/// What the ids are made for; the system key serves other ends, too.
const LABEL: &[u8] = b"amana recipient ids\0";
/// No identity scope is called so: the ids that index secrets were made for never met the keys of identifiers.
const SCOPE: &str = "\0recipient";
/// Of the ids that index secrets were made for.
const VERSION: u8 = 1;

/// How a message said whom it is about. The order is stored: new ones come last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Called {
    /// By the id of the profile itself, as before recipients had ids of their own.
    Profile,
    /// Not at all: it carried nothing of anybody.
    #[default]
    Nobody,
    /// By the recipient's own id as an earlier program made it, with the index secret of this version.
    Recipient(u8),
    /// By the recipient's own id.
    Own,
}

/// The id of a profile for one recipient, as messages carry it: a UUID of version 8 (RFC 9562 §5.8) over an HMAC of the
/// destination's code and the profile's id. Its key is no index secret: those are changed and forgotten, and whoever was
/// told of somebody must be told of the same one when they leave.
#[must_use]
pub fn recipient_id(root: &Root, destination: &str, profile: FragmentId) -> Uuid {
    let key = root.system_key();
    let mut hmac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    hmac.update(LABEL);
    hmac.update(profile.0.as_bytes());
    hmac.update(destination.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hmac.finalize().into_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

impl Called {
    /// Whether it said whom it is about.
    pub(super) fn is_somebody(self) -> bool {
        self != Self::Nobody
    }

    /// What it said. Later messages about the same say the same.
    pub(super) fn id(self, root: &Root, destination: &str, profile: FragmentId) -> Option<Uuid> {
        match self {
            Self::Profile => Some(profile.0),
            Self::Nobody => None,
            Self::Recipient(version) => Some(made_with(&root.index_secrets(), version, destination, profile)),
            Self::Own => Some(recipient_id(root, destination, profile)),
        }
    }
}

/// The id as index secrets made it.
fn made_with(secrets: &IndexSecrets, version: u8, destination: &str, profile: FragmentId) -> Uuid {
    let value = profile.to_string();
    let mut all = secrets.keys_all_versions(SCOPE, destination, VERSION, &value);
    let made = all.find(|key| IndexSecrets::version_of(key) == version);
    let made = made.unwrap_or_else(|| secrets.key(SCOPE, destination, VERSION, &value));
    let mut bytes = [0; 16];
    // The first byte is the secret's version and nobody's business.
    bytes.copy_from_slice(&made[1..17]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Dice;
    use amana_store::seal::MasterKey;

    #[test]
    fn each_recipient_has_an_id_of_its_own_that_outlives_a_change_of_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let mut dice = Dice::seeded(3);
        let master = MasterKey::random(&mut dice);
        let root = Root::open_or_create(&dir.path().join("root.keys"), &master, &mut dice).unwrap();
        let person = FragmentId(Uuid::from_u128(5));
        let (crm, mailer) = (recipient_id(&root, "crm", person), recipient_id(&root, "mailer", person));
        assert_ne!(crm, mailer, "recipients cannot compare");
        assert_ne!(crm, person.0);
        assert_eq!(crm.get_version_num(), 8);
        assert_eq!(recipient_id(&root, "crm", person), crm);
        let before = Called::Recipient(1).id(&root, "crm", person);
        root.begin_index_secret(&mut dice).unwrap();
        assert_eq!(
            Called::Recipient(1).id(&root, "crm", person),
            before,
            "who was told by an earlier program keeps the id"
        );
        root.forget_index_secrets(&[1], &mut dice).unwrap();
        assert_eq!(recipient_id(&root, "crm", person), crm);
        assert_eq!(Called::Own.id(&root, "crm", person), Some(crm));
        assert_eq!(Called::Profile.id(&root, "crm", person), Some(person.0));
        assert_eq!(Called::Nobody.id(&root, "crm", person), None);
    }
}
