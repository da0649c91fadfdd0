//! The log of what was set aside: records of the journal, or events of them, that could not be worked on and must hold up
//! nobody else, because they change more than a commit holds or are about somebody who cannot be read. They are put here,
//! sealed, in the commit that passes them, and told until somebody looks after them: `amana_records_set_aside`, `degraded`
//! in the readiness, `amana inspect set-aside`. What was acknowledged is not lost.
//!
//! What is done with has to go as everything else does ([`super::aside_keys`]).

use super::aside_keys::{AsideKeys, Standing};
use crate::journal::Entry;
use amana_store::seal::{Root, open, seal};
use amana_store::{Dice, LogName, Position, Store, StoreError};
use bytes::Bytes;

/// Records of the first format were always too large.
const FORMAT_TOO_LARGE: u8 = 1;
/// Sealed under the root file's own key, as the first: when the log's keys are damaged.
const FORMAT_UNDER_ROOT: u8 = 2;
const FORMAT: u8 = 3;
/// A sealed record opens nowhere but in this log.
const ASSOCIATED: &[u8] = b"set aside";
/// How many bytes are read at a time.
const READ_BYTES: usize = 16 << 20;

/// Why something was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsideReason {
    /// It changes more than a commit holds.
    TooLarge,
    /// Keys or rows of somebody it is about are damaged, or were when what came before it was set aside.
    Unreadable,
}

impl AsideReason {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::TooLarge => "changes more than a commit holds",
            Self::Unreadable => "somebody it is about cannot be read",
        }
    }
}

/// What was set aside.
#[derive(Clone, Debug)]
pub struct SetAside {
    /// Where it stood in the journal.
    pub position: u64,
    /// Why.
    pub reason: AsideReason,
    /// How often it was worked on again in vain.
    pub tries: u32,
    /// What it says.
    pub entry: Entry,
}

impl SetAside {
    /// Name of the log.
    #[must_use]
    pub fn log() -> LogName {
        LogName::new("aside").expect("the name is lower-case letters")
    }

    /// How many records are set aside.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn count(store: &Store) -> Result<u64, StoreError> {
        let head = store.head(&Self::log()).await?;
        Ok(head.0.saturating_sub(first(store).await?.0))
    }

    /// What is set aside, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read, or something was written by a newer program or under another root file.
    pub async fn read(store: &Store, root: &Root) -> Result<Vec<Self>, StoreError> {
        let mut found = Vec::new();
        let damaged = || StoreError::Invalid("a record that was set aside cannot be opened".into());
        Self::each(store, root, |_, aside| aside.map(|aside| found.push(aside)).ok_or_else(damaged)).await?;
        Ok(found)
    }

    /// Looks at what is set aside, one after the other, each with its place in the log; none for what cannot be opened.
    ///
    /// # Errors
    /// When the store cannot be read, and those of `look`.
    pub(super) async fn each(
        store: &Store,
        root: &Root,
        mut look: impl FnMut(u64, Option<Self>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        // Before the keys, which go with what is done.
        let mut from = first(store).await?;
        let keys = AsideKeys::load(store, root).await?;
        loop {
            let records = store.read(&Self::log(), from, READ_BYTES).await?;
            let Some((last, _)) = records.last() else { return Ok(()) };
            from = Position(last.0 + 1);
            for (place, record) in &records {
                look(place.0, Self::open(root, &keys, record))?;
            }
        }
    }

    /// A record by its place, as it is stored; none where it is not there any more.
    pub(super) async fn at(store: &Store, place: u64) -> Result<Option<Bytes>, StoreError> {
        let found = store.read(&Self::log(), Position(place), 1).await?;
        Ok(found.into_iter().next().filter(|(at, _)| at.0 == place).map(|(_, record)| record))
    }

    pub(super) fn open(root: &Root, keys: &AsideKeys, record: &[u8]) -> Option<Self> {
        let (format, sealed) = record.split_first()?;
        let plain = match *format {
            FORMAT_TOO_LARGE | FORMAT_UNDER_ROOT => open(root.system_key().as_bytes(), ASSOCIATED, sealed).ok()?,
            FORMAT => {
                let (generation, sealed) = sealed.split_first_chunk()?;
                open(keys.key(u32::from_be_bytes(*generation))?.as_bytes(), ASSOCIATED, sealed).ok()?
            }
            _ => return None,
        };
        let (position, rest) = plain.split_first_chunk::<8>()?;
        let (reason, tries, rest) = if *format == FORMAT_TOO_LARGE {
            (AsideReason::TooLarge, 0, rest)
        } else {
            let (reason, rest) = rest.split_first()?;
            let (tries, rest) = rest.split_first_chunk()?;
            let reason = if *reason == 0 { AsideReason::TooLarge } else { AsideReason::Unreadable };
            (reason, u32::from_be_bytes(*tries), rest)
        };
        let (format, bytes) = rest.split_first()?;
        let entry = Entry::from_bytes(*format, bytes)?;
        Some(Self { position: u64::from_be_bytes(*position), reason, tries, entry })
    }

    /// As it is stored under the key of a generation; under the root file's where there is none.
    pub(super) fn seal(&self, root: &Root, keys: &mut AsideKeys, generation: u32, dice: &mut dyn Dice) -> Vec<u8> {
        let (format, coded) = self.entry.to_bytes();
        let mut plain = self.position.to_be_bytes().to_vec();
        plain.push(u8::from(self.reason == AsideReason::Unreadable));
        plain.extend(self.tries.to_be_bytes());
        plain.push(format);
        plain.extend(coded);
        let Some(key) = keys.key_or_new(generation, dice) else {
            let sealed = seal(root.system_key().as_bytes(), ASSOCIATED, &plain, dice);
            return [&[FORMAT_UNDER_ROOT][..], &sealed].concat();
        };
        let sealed = seal(key.as_bytes(), ASSOCIATED, &plain, dice);
        [&[FORMAT][..], &generation.to_be_bytes(), &sealed].concat()
    }

    /// The generation under whose key a record is sealed.
    pub(super) fn generation_of(record: &[u8]) -> Option<u32> {
        let (format, sealed) = record.split_first()?;
        let (generation, _) = sealed.split_first_chunk()?;
        (*format == FORMAT).then_some(u32::from_be_bytes(*generation))
    }
}

/// The first place that is neither done nor freed.
async fn first(store: &Store) -> Result<Position, StoreError> {
    let tail = store.tail(&SetAside::log()).await?;
    Ok(tail.max(Position(Standing::load(store).await?.done)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use amana_store::SystemDice;
    use amana_store::seal::MasterKey;
    use serde_json::json;

    #[test]
    fn what_was_set_aside_in_any_format_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let master = MasterKey::from_file_or_create(&folder.path().join("master.key"), &mut SystemDice).unwrap();
        let root = Root::open_or_create(&folder.path().join("root.keys"), &master, &mut SystemDice).unwrap();
        let entry: Entry = serde_json::from_value(json!({"entry": "imported", "decisions": []})).unwrap();
        let (format, coded) = entry.to_bytes();
        let first = [&7_u64.to_be_bytes()[..], &[format], &coded].concat();
        let first = seal(root.system_key().as_bytes(), ASSOCIATED, &first, &mut SystemDice);
        let mut keys = AsideKeys::default();
        let opened = SetAside::open(&root, &keys, &[&[FORMAT_TOO_LARGE][..], &first].concat()).unwrap();
        assert_eq!((opened.position, opened.reason, opened.tries), (7, AsideReason::TooLarge, 0));
        let again = SetAside { reason: AsideReason::Unreadable, tries: 3, ..opened };
        let record = again.seal(&root, &mut keys, 5, &mut SystemDice);
        assert_eq!((record[0], SetAside::generation_of(&record)), (FORMAT, Some(5)));
        let opened = SetAside::open(&root, &keys, &record).unwrap();
        assert_eq!((opened.position, opened.reason, opened.tries, opened.entry), (7, again.reason, 3, entry.clone()));
        assert!(SetAside::open(&root, &AsideKeys::default(), &record).is_none(), "its key is gone");
        let record = again.seal(&root, &mut AsideKeys::damaged(), 5, &mut SystemDice);
        assert_eq!((record[0], SetAside::generation_of(&record)), (FORMAT_UNDER_ROOT, None));
        assert_eq!(SetAside::open(&root, &keys, &record).unwrap().entry, entry, "damaged keys stop nobody either");
    }
}
