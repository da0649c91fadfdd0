//! Checking shipped acts: with the root file everything, without it that nothing was removed, changed or put elsewhere.

use super::error::ActsError;
use super::head::Head;
use super::incoming::Incoming;
use super::keys::ActsKeys;
use super::record::Record;
use amana_core::Moment;
use std::collections::BTreeMap;
use std::path::Path;

/// What a folder of shipped acts holds.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// The head before its first record: not the beginning of everything where another folder was used before.
    pub begins: Head,
    /// Where it ends.
    pub head: Head,
    /// How many files it has.
    pub files: usize,
    /// How many bytes they have.
    pub bytes: u64,
    /// How many records tell of what; empty without keys.
    pub kinds: BTreeMap<String, u64>,
    /// When the first was learned, and the last; none without keys.
    pub between: Option<(Moment, Moment)>,
}

impl Verified {
    /// How many records there are.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.head.next - self.begins.next
    }
}

/// Reads every record of a folder and checks it. The folder must go as far as each head of `reaches`: that is how records
/// missing at its end are noticed.
///
/// # Errors
/// What is wrong first: which file, which record, what, and what to do. A folder without any record is wrong, too: it may
/// be where a disk should be mounted.
pub fn verify(
    dir: &Path,
    keys: Option<&ActsKeys>,
    reaches: impl IntoIterator<Item = Head>,
) -> Result<Verified, ActsError> {
    let mut incoming = Incoming::open(dir)?;
    let mut verified = Verified::default();
    let mut unreached: Vec<Head> = reaches.into_iter().filter(|reach| *reach != Head::default()).collect();
    let mut first = true;
    while let Some((before, bytes)) = incoming.next_record()? {
        if std::mem::take(&mut first) {
            verified.begins = before;
            unreached.retain(|reach| *reach != before);
        }
        verified.head = before.after(&bytes);
        unreached.retain(|reach| *reach != verified.head);
        if let Some(keys) = keys {
            let entry = Record::read(&bytes).and_then(|record| record.open(keys));
            let entry = entry.map_err(|wrong| ActsError::damaged(dir, before.next, wrong))?;
            *verified.kinds.entry(entry.kind()).or_default() += 1;
            let at = entry.received();
            verified.between = Some(verified.between.map_or((at, at), |(from, to)| (from.min(at), to.max(at))));
        }
    }
    (verified.files, verified.bytes) = (incoming.files_read, incoming.bytes_read);
    if verified.records() == 0 {
        return Err(ActsError::Nothing { path: dir.to_owned() });
    }
    match unreached.into_iter().max_by_key(|reach| reach.next) {
        Some(wanted) if wanted.next > verified.head.next => {
            Err(ActsError::Short { path: dir.to_owned(), found: verified.head, wanted })
        }
        Some(wanted) => Err(ActsError::OtherHistory { path: dir.to_owned(), record: wanted.next }),
        None => Ok(verified),
    }
}
