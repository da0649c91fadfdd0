//! Looking identifiers up, for those who read: under the newest secret and normaliser, and under every older one that is
//! still readable.

use super::find::{FindError, Sought, normalised};
use super::keeper::{KeepError, Keeper, View};
use amana_core::catalog::Policy;
use amana_core::identity::{FragmentId, NORMALISER_VERSION, NORMALISERS, older_forms};
use amana_store::seal::{IndexKey, IndexSecrets, Root};
use std::sync::Arc;

/// The keys that a few identifiers may be found under. To be made before the snapshot that is searched is taken: what is
/// moved to a secret that begins in between is noticed, and looked for again.
pub struct Lookup {
    secrets: Arc<IndexSecrets>,
    values: Vec<String>,
    keys: Vec<Vec<IndexKey>>,
}

impl Lookup {
    /// The keys of identifiers.
    ///
    /// # Errors
    /// When a kind is not declared, no source has or had a scope, or a value cannot be anybody's.
    pub fn of(root: &Root, policy: &Policy, sought: &[Sought<'_>]) -> Result<Self, FindError> {
        let secrets = root.index_secrets();
        let country = &policy.catalog.organisation.country;
        let (mut values, mut keys) = (Vec::with_capacity(sought.len()), Vec::with_capacity(sought.len()));
        for (place, one) in sought.iter().enumerate() {
            let value = normalised(policy, *one).map_err(|error| error.at(place))?;
            let rule = policy.identifier(one.kind);
            let older = rule.map(|rule| older_forms(NORMALISERS, rule, one.value, country)).unwrap_or_default();
            keys.push(index_keys(&secrets, (one.scope, one.kind), &value, &older).collect());
            values.push(value);
        }
        Ok(Self { secrets, values, keys })
    }

    /// The values in the one form of their kinds.
    #[must_use]
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// The fragments that the identifiers lead to; of several keys the newest that leads anywhere counts.
    ///
    /// # Errors
    /// When the store cannot be read, and when a secret has begun meanwhile under which they may stand now.
    pub async fn find(&self, keeper: &Keeper, view: View<'_>) -> Result<Vec<Option<FragmentId>>, KeepError> {
        let mut found = keeper.find(view, &self.keys.concat()).await?.into_iter();
        let mut first = |keys: &Vec<IndexKey>| found.by_ref().take(keys.len()).fold(None, |known, next| known.or(next));
        let led: Vec<Option<FragmentId>> = self.keys.iter().map(&mut first).collect();
        let rotated = || keeper.root().index_secrets().newest_version() != self.secrets.newest_version();
        if led.contains(&None) && rotated() { Err(KeepError::Superseded) } else { Ok(led) }
    }
}

/// The keys that an identifier of a scope and kind may be found under, the newest first.
pub fn index_keys<'a>(
    secrets: &'a IndexSecrets,
    (scope, kind): (&'a str, &'a str),
    value: &'a str,
    older: &'a [(u8, String)],
) -> impl Iterator<Item = IndexKey> + 'a {
    let forms = std::iter::once((NORMALISER_VERSION, value));
    let forms = forms.chain(older.iter().map(|(version, value)| (*version, value.as_str())));
    forms.flat_map(move |(version, value)| secrets.keys_all_versions(scope, kind, version, value))
}
