//! One state of all spaces that stays as it is.

use crate::{
    embedded::View,
    postgres,
    range::KeyRange,
    space::{Key, Space},
    store::{Result, Versioned},
};

/// One consistent state of all spaces, whatever is committed meanwhile. Keep it short: while it lives, nothing that it
/// shows can be freed.
pub struct Snapshot(Inner);

enum Inner {
    Embedded(Box<View>),
    Postgres(Box<postgres::Snapshot>),
}

impl Snapshot {
    pub(crate) fn embedded(view: View) -> Self {
        Self(Inner::Embedded(Box::new(view)))
    }

    pub(crate) fn postgres(snapshot: postgres::Snapshot) -> Self {
        Self(Inner::Postgres(Box::new(snapshot)))
    }

    /// The values of these keys, in the same order.
    ///
    /// # Errors
    /// When the engine cannot read.
    pub async fn get_many(&self, space: Space, keys: &[Key]) -> Result<Vec<Option<Versioned>>> {
        match &self.0 {
            Inner::Embedded(view) => view.get_many(space, keys),
            Inner::Postgres(snapshot) => snapshot.get_many(space, keys).await,
        }
    }

    /// The first `limit` entries of a range, ascending.
    ///
    /// # Errors
    /// When the engine cannot read.
    pub async fn scan(&self, space: Space, range: KeyRange, limit: usize) -> Result<Vec<(Key, Versioned)>> {
        match &self.0 {
            Inner::Embedded(view) => view.scan(space, &range, limit),
            Inner::Postgres(snapshot) => snapshot.scan(space, &range, limit, false).await,
        }
    }

    /// The last `limit` entries of a range, descending.
    ///
    /// # Errors
    /// When the engine cannot read.
    pub async fn scan_reverse(&self, space: Space, range: KeyRange, limit: usize) -> Result<Vec<(Key, Versioned)>> {
        match &self.0 {
            Inner::Embedded(view) => view.scan_reverse(space, &range, limit),
            Inner::Postgres(snapshot) => snapshot.scan(space, &range, limit, true).await,
        }
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Snapshot")
    }
}
