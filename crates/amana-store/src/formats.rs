//! The formats that a store notes in `Meta`, for the store as a whole and for each space.

use crate::{
    error::StoreError,
    space::Space,
    store::{FORMAT_VERSION, Result},
};

/// One format.
pub(crate) struct Format {
    /// The key in `Meta` that it is noted under.
    pub(crate) key: String,
    /// The space that has it; `None` for the store as a whole.
    pub(crate) space: Option<Space>,
    /// The format that this program writes, and the newest that it knows.
    pub(crate) known: u64,
    /// The oldest that it reads.
    oldest: u64,
}

/// What has to be done about a format that was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is ours.
    Current,
    /// We read it, and from now on write a newer one among it: to be noted.
    Readable,
    /// We do not read it: to be refused with [`Format::refused`], unless there is nothing in the space.
    TooOld(u64),
}

/// All formats.
pub(crate) fn formats() -> impl Iterator<Item = Format> {
    let store = Format { key: "store/format".into(), space: None, known: FORMAT_VERSION, oldest: FORMAT_VERSION };
    let spaces = Space::ALL.map(|space| Format {
        key: format!("store/space/{}", space.name()),
        space: Some(space),
        known: space.format_version().into(),
        oldest: space.format_version_oldest().into(),
    });
    std::iter::once(store).chain(spaces)
}

impl Format {
    /// Judges what is noted; `store` says which one it is of. Refuses what this program does not know.
    pub(crate) fn judge(&self, noted: &[u8], store: &str) -> Result<Found> {
        let found = std::str::from_utf8(noted).ok().and_then(|text| text.parse().ok());
        match found {
            None => Err(StoreError::corrupt(self.place(store), 0, "its format is not a number")),
            Some(found) if found > self.known => {
                Err(StoreError::NewerFormat { place: self.place(store), found, known: self.known })
            }
            Some(found) if found == self.known => Ok(Found::Current),
            Some(found) if found >= self.oldest => Ok(Found::Readable),
            Some(found) => Ok(Found::TooOld(found)),
        }
    }

    /// The refusal of an older format.
    pub(crate) fn refused(&self, found: u64, store: &str) -> StoreError {
        StoreError::OlderFormat { place: self.place(store), found, oldest: self.oldest }
    }

    fn place(&self, store: &str) -> String {
        match self.space {
            None => format!("the store in {store}"),
            Some(space) => format!("the space {} in {store}", space.name()),
        }
    }
}
