//! How many rows of the identifier index stand under each version of its secret, and how far moving them has come:
//! committed with what is counted, so that nobody has to go over the index to know.

use crate::app::App;
use crate::profile::Entry;
use amana_store::seal::IndexSecrets;
use amana_store::space::key;
use amana_store::{Batch, KeyRange, Space, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where the count of rows is stored.
const ROWS: &str = "index_rows";
/// Where it is stored how far the pass has come.
const PASS: &str = "reindex";
/// How many rows are counted at a time, where they were not counted yet.
const COUNT_STEP: usize = 10_000;
/// The version of the first secret: no pass was ever needed for it.
const FIRST_VERSION: u8 = 1;

/// How the index stands.
#[derive(Debug, Default)]
pub(super) struct Reindexing {
    rows: BTreeMap<u8, u64>,
    rows_changed: bool,
    pass: Pass,
    pass_changed: bool,
}

/// A pass over everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pass {
    /// The version of the secret that everybody is moved to.
    version: u8,
    /// The key of the last fragment it has seen; `None` when it is through.
    at: Option<Vec<u8>>,
}

/// How the index stands, for those who ask: nothing in it is about anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexStanding {
    /// The readable versions of the secret, ascending, with how many rows stand under each.
    pub versions: Vec<(u8, u64)>,
    /// Whether everybody is still being gone over.
    pub under_way: bool,
    /// How many stand under secrets that are gone, in an older copy of a store: nobody finds them.
    pub lost: u64,
}

impl Default for Pass {
    fn default() -> Self {
        Self { version: FIRST_VERSION, at: None }
    }
}

impl Reindexing {
    /// Loads how it stands. A store in which nobody has counted yet is counted once.
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let pass = pass_of(store).await?;
        let (rows, rows_changed) = match rows_of(store).await? {
            Some(rows) => (rows, false),
            None => (count(store).await?, true),
        };
        Ok(Self { rows, rows_changed, pass, pass_changed: false })
    }

    /// Counts what a commit of these entries adds to the index and takes away.
    pub(super) fn count(&mut self, entries: &[Entry]) {
        for entry in entries {
            if let Some(key) = &entry.changes.index {
                *self.rows.entry(IndexSecrets::version_of(key)).or_default() += 1;
                self.rows_changed = true;
            }
            if let Some(rows) = entry.changes.moved.and_then(|key| self.rows.get_mut(&IndexSecrets::version_of(&key))) {
                *rows = rows.saturating_sub(1);
            }
        }
    }

    /// Adds what has changed to a batch.
    pub(super) fn save(&mut self, batch: &mut Batch) {
        if std::mem::take(&mut self.rows_changed) {
            self.rows.retain(|_, rows| *rows > 0);
            batch.put(Space::Tally, key::tally(ROWS), postcard::to_allocvec(&self.rows).expect("numbers"));
        }
        if std::mem::take(&mut self.pass_changed) {
            let pass = postcard::to_allocvec(&self.pass).expect("a number and a key");
            batch.put(Space::Cursor, key::cursor(PASS), pass);
        }
    }

    /// How many stand under a version of the secret.
    pub(super) fn rows(&self, version: u8) -> u64 {
        self.rows.get(&version).copied().unwrap_or_default()
    }

    /// How many stand under secrets that are gone.
    pub(super) fn lost(&self, secrets: &IndexSecrets) -> u64 {
        lost(&self.rows, secrets)
    }

    /// Takes what was counted from the rows themselves.
    pub(super) fn recounted(&mut self, rows: BTreeMap<u8, u64>) {
        (self.rows, self.rows_changed) = (rows, true);
    }

    /// Whether the last pass, or the one that is under way, moves to this version.
    pub(super) fn is_for(&self, version: u8) -> bool {
        self.pass.version == version
    }

    /// The key of the last fragment that the pass has seen; `None` when it is through.
    pub(super) fn at(&self) -> Option<Vec<u8>> {
        self.pass.at.clone()
    }

    /// Notes how far the pass to a version has come.
    pub(super) fn set_pass(&mut self, version: u8, at: Option<Vec<u8>>) {
        self.pass = Pass { version, at };
        self.pass_changed = true;
    }
}

/// How the index stands, as counted.
///
/// # Errors
/// When the store cannot be read.
pub async fn index_standing(app: &App) -> Result<IndexStanding, StoreError> {
    let rows = match rows_of(app.store()).await? {
        Some(rows) => rows,
        None => count(app.store()).await?,
    };
    let (secrets, pass) = (app.root().index_secrets(), pass_of(app.store()).await?);
    let mut versions: Vec<_> =
        secrets.versions().map(|version| (version, rows.get(&version).copied().unwrap_or_default())).collect();
    versions.sort_unstable();
    let under_way = pass.version != secrets.newest_version() || pass.at.is_some();
    Ok(IndexStanding { versions, under_way, lost: lost(&rows, &secrets) })
}

impl std::fmt::Display for IndexStanding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let newest = self.versions.last().map(|(version, _)| *version);
        for (version, rows) in &self.versions {
            let newest = if Some(*version) == newest { " (the newest)" } else { "" };
            writeln!(f, "index secret {version}{newest}: {rows} identifiers")?;
        }
        if self.lost > 0 {
            writeln!(
                f,
                "{} identifiers stand under a forgotten secret: apply the acts, or nobody finds them",
                self.lost
            )?;
        }
        let rest: u64 = self.versions.iter().rev().skip(1).map(|(_, rows)| rows).sum();
        match (self.under_way, rest) {
            (true, _) => write!(f, "everybody is being gone over"),
            (false, 0) => write!(f, "nothing is left to be moved"),
            (false, rest) => {
                write!(f, "the values of {rest} identifiers are not kept: they move when an event names them")
            }
        }
    }
}

fn lost(rows: &BTreeMap<u8, u64>, secrets: &IndexSecrets) -> u64 {
    let gone = rows.iter().filter(|(version, _)| !secrets.versions().any(|known| known == **version));
    gone.map(|(_, rows)| rows).sum()
}

async fn pass_of(store: &Store) -> Result<Pass, StoreError> {
    let row = store.get(Space::Cursor, key::cursor(PASS)).await?;
    Ok(row.and_then(|row| postcard::from_bytes(&row.value).ok()).unwrap_or_default())
}

async fn rows_of(store: &Store) -> Result<Option<BTreeMap<u8, u64>>, StoreError> {
    let Some(row) = store.get(Space::Tally, key::tally(ROWS)).await? else { return Ok(None) };
    let rows = postcard::from_bytes(&row.value);
    rows.map(Some).map_err(|_| StoreError::Invalid("the count of the identifier index cannot be read".into()))
}

/// Counts the rows themselves, by version.
pub(super) async fn count(store: &Store) -> Result<BTreeMap<u8, u64>, StoreError> {
    let (mut rows, mut range) = (BTreeMap::new(), KeyRange::all());
    loop {
        let page = store.scan(Space::Index, range.clone(), COUNT_STEP).await?;
        for version in page.iter().filter_map(|(key, _)| key.first()) {
            *rows.entry(*version).or_default() += 1;
        }
        match page.last() {
            Some((last, _)) if page.len() == COUNT_STEP => range = range.after(last),
            _ => return Ok(rows),
        }
    }
}
