//! What earlier programs did not note with the catalogue, read from the versions they stored: identity scopes that sources
//! had, and since when versions of notices are in force. The next change of the catalogue stores it.

use super::current::{Stored, load_stored};
use amana_store::seal::Root;
use amana_store::{Store, StoreError};

/// How many versions are gone through at most, the newest; what only those before declared is not recalled.
const RECALLED_VERSIONS_MAX: u64 = 2_000;

/// A version of the catalogue with all that is to be remembered of those before it.
pub(super) async fn recalled(
    store: &Store,
    root: &Root,
    version: u64,
    mut stored: Stored,
) -> Result<Stored, StoreError> {
    // Every catalogue with a source has noted its scope.
    if !stored.numbers.scopes.is_empty() {
        return Ok(stored);
    }
    let mut numbers = std::mem::take(&mut stored.numbers);
    for earlier in version.saturating_sub(RECALLED_VERSIONS_MAX).max(1)..version {
        if let Some(known) = load_stored(store, root, earlier).await? {
            numbers = numbers.recalling(&known.catalog, known.applied);
        }
    }
    stored.numbers = numbers.recalling(&stored.catalog, stored.applied);
    Ok(stored)
}
