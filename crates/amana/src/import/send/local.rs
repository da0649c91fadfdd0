//! A file where it lies, read row by row; and a look at what its first rows become.

use super::super::file::{Bytes, FileBroken, Rows, Stopper};
use super::super::id::ImportId;
use super::super::map::{Format, ImportMap};
use super::super::reject::Reject;
use super::super::row::{Mapped, Names, mapped};
use super::SendError;
use amana_core::Moment;
use amana_lake::RandomAccess;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Result as IoResult};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Rows that a look reads to learn the columns of a file that has no heading.
const LOOKED_AT_ROWS: usize = 1_000;

/// A file with its map.
pub struct LocalFile {
    path: PathBuf,
    bytes: u64,
    read: Arc<AtomicU64>,
    /// Its format.
    pub format: Format,
    /// The map.
    pub map: ImportMap,
    /// The map as it was written.
    pub map_text: String,
}

impl LocalFile {
    /// A file to be read by a map. Its format is the map's, else that of its name.
    ///
    /// # Errors
    /// When the file is not there or nobody says what format it has.
    pub fn new(path: &Path, map: ImportMap, map_text: String) -> Result<Self, SendError> {
        let named = path.file_name().and_then(|name| name.to_str()).and_then(Format::of_name);
        let format = map.format.or(named).ok_or(SendError::NoFormat)?;
        let bytes = std::fs::metadata(path).map_err(|error| SendError::File(error.to_string()))?.len();
        Ok(Self { path: path.to_owned(), bytes, read: Arc::default(), format, map, map_text })
    }

    /// How many bytes it has.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many bytes of it were read.
    pub(super) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed).min(self.bytes)
    }

    fn open(&self) -> Result<File, SendError> {
        File::open(&self.path).map_err(|error| SendError::File(error.to_string()))
    }

    pub(super) fn sha256(&self) -> Result<[u8; 32], SendError> {
        let (mut file, mut digest) = (self.open()?, Sha256::new());
        let mut bytes = vec![0; 1 << 20];
        loop {
            match file.read(&mut bytes).map_err(|error| SendError::File(error.to_string()))? {
                0 => return Ok(digest.finalize().into()),
                read => digest.update(&bytes[..read]),
            }
        }
    }

    /// Its rows. Must be read on the thread that asks for them.
    pub(in crate::import) fn rows(&self, all_columns: bool) -> Result<Rows, SendError> {
        let file = self.open()?;
        let rows = match self.format {
            Format::Parquet => Rows::of_parquet(Arc::new(OnDisk { file, bytes: self.bytes }), &self.map, all_columns),
            text => {
                let bytes: Bytes = Box::new(Counted { file, read: self.read.clone() });
                Rows::of_text(bytes, text, &self.map, Stopper::default())
            }
        };
        rows.map_err(SendError::from)
    }
}

struct OnDisk {
    file: File,
    bytes: u64,
}

impl RandomAccess for OnDisk {
    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> IoResult<usize> {
        self.file.read_at(into, at)
    }
}

struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
        let read = self.file.read(into)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// What the first rows of a file become.
#[derive(Debug)]
pub struct Preview {
    /// Each as an event, as acts, or as what is wrong with it.
    pub rows: Vec<Result<Json, Reject>>,
    /// Columns that the map does not name.
    pub unused: Vec<String>,
}

/// Looks at what the first rows of a file become, without any server.
///
/// # Errors
/// When the file cannot be read.
pub fn preview(file: &LocalFile, rows_max: usize, now: Moment) -> Result<Preview, SendError> {
    let mut rows = file.rows(true)?;
    let mut columns: BTreeSet<String> = rows.columns().into_iter().collect();
    let import = ImportId::of("", &file.map.sha256, &[0; 32]);
    let names = Names { import, source: "" };
    let mut shown = Vec::new();
    for next in rows.by_ref().take(LOOKED_AT_ROWS) {
        let row = match next? {
            Ok(row) => row,
            Err(reject) => {
                shown.push(Err(reject));
                continue;
            }
        };
        columns.extend(row.fields.keys().cloned());
        if shown.len() < rows_max {
            let become_of = mapped(&file.map, &row, names).map_err(|wrong| wrong.at(row.number, row.line));
            shown.push(
                become_of.and_then(|mapped| shown_as(mapped, now).map_err(|wrong| wrong.at(row.number, row.line))),
            );
        }
    }
    shown.truncate(rows_max);
    let used = file.map.columns();
    Ok(Preview { rows: shown, unused: columns.into_iter().filter(|column| !used.contains(column.as_str())).collect() })
}

fn shown_as(mapped: Mapped, now: Moment) -> Result<Json, super::super::reject::Wrong> {
    use super::super::reject::Wrong;
    match mapped {
        Mapped::Event(json) => {
            let refused = |refusal: crate::collect::ItemRefusal| {
                Wrong::new(refusal.field, refusal.code.as_str(), refusal.message)
            };
            let event = crate::collect::read_item(json, now).map_err(refused)?;
            Ok(json!(event))
        }
        Mapped::Acts(drafts) => Ok(drafts.iter().map(super::super::row::Draft::shown).collect()),
    }
}

impl From<FileBroken> for SendError {
    fn from(broken: FileBroken) -> Self {
        Self::Broken(broken)
    }
}
