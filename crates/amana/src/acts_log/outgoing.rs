//! Shipped acts on their way out: appended to files of a folder and made durable there.
//!
//! The folder may be another disk or a mounted object store, so all that is done to it is to create, append, sync and
//! rename: no locks, no mappings, nothing is written to twice.

use super::error::{ActsError, Wrong};
use super::head::Head;
use super::incoming::follows;
use super::segment::{HEAD_BYTES, Segment, SegmentFile, file_head, list, path_of, push_frame};
use bytes::Bytes;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A file that has reached so many bytes is closed.
pub const SEGMENT_BYTES_MAX: u64 = 64 << 20;

/// The writing end of a folder. After an error it must be dropped and taken up anew, which cuts what was half-written.
#[derive(Debug)]
pub struct Outgoing {
    dir: PathBuf,
    head: Head,
    file: Option<OpenFile>,
    file_bytes_max: u64,
}

#[derive(Debug)]
struct OpenFile {
    file: File,
    first: u64,
    bytes: u64,
}

impl Outgoing {
    /// Takes a folder up where it was left, or begins it after `start` where it holds nothing: the head before the oldest
    /// record that the store has. What stands at the end and is not whole is cut: whoever ships appends it anew.
    ///
    /// # Errors
    /// When the folder can't be read or written, or something in its last file but its end is damaged.
    pub fn resume(dir: &Path, start: Head) -> Result<Self, ActsError> {
        std::fs::create_dir_all(dir).map_err(ActsError::io("make the folder", dir))?;
        let mut outgoing = Self { dir: dir.to_owned(), head: start, file: None, file_bytes_max: SEGMENT_BYTES_MAX };
        let files = list(dir)?;
        let Some(last) = files.last() else { return Ok(outgoing) };
        match (Segment::read(last), last.open) {
            (Ok(segment), open) => outgoing.take_up(last, &segment, open)?,
            // It was made and its beginning was not written whole. What came before it ends where it begins.
            (Err(ActsError::Damaged { wrong: Wrong::Torn, .. }), true) => match files.iter().rev().nth(1) {
                None => outgoing.begin_file(start)?,
                Some(before) => {
                    outgoing.take_up(before, &Segment::read(before)?, false)?;
                    outgoing.begin_file(outgoing.head)?;
                }
            },
            (Err(error), _) => return Err(error),
        }
        Ok(outgoing)
    }

    /// The same with smaller files.
    #[must_use]
    pub fn with_files_of(self, file_bytes_max: u64) -> Self {
        Self { file_bytes_max, ..self }
    }

    /// Where the folder ends.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// Appends records. When this returns they are durable.
    ///
    /// # Errors
    /// When they can't be written, or are not those that come next.
    pub fn append(&mut self, records: &[Bytes]) -> Result<(), ActsError> {
        for record in records {
            follows(&self.head, record).map_err(|_| self.other_history())?;
            if self.file.is_none() {
                self.begin_file(self.head)?;
            }
            let mut frame = Vec::with_capacity(record.len() + 16);
            push_frame(&mut frame, record);
            self.write(&frame)?;
            self.head = self.head.after(record);
            if self.file.as_ref().is_some_and(|file| file.bytes >= self.file_bytes_max) {
                self.close_file()?;
            }
        }
        self.sync()
    }

    fn take_up(&mut self, file: &SegmentFile, segment: &Segment, open: bool) -> Result<(), ActsError> {
        let (head, place, wrong) = segment.whole();
        // A closed file was whole and durable before it got its name. What stands behind damage is cut only while the
        // store has it, too: it may be all there is.
        let lost = head.next < self.head.next;
        self.head = head;
        match wrong {
            Some(wrong) if !open || lost => return Err(ActsError::damaged(&file.path, head.next, wrong)),
            Some(_) => self.replace(&file.path, segment.up_to(place))?,
            None => {}
        }
        if open {
            let appending = OpenOptions::new().append(true).open(&file.path);
            let appending = appending.map_err(ActsError::io("append to", &file.path))?;
            self.file = Some(OpenFile { file: appending, first: file.first, bytes: place as u64 });
        }
        Ok(())
    }

    /// Cuts a file by putting its good part in its place.
    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), ActsError> {
        let new = path.with_extension("new");
        let written = create(&new).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(ActsError::io("write", &new))?;
        std::fs::rename(&new, path).map_err(ActsError::io("rename to", path))?;
        self.sync_dir()
    }

    fn begin_file(&mut self, after: Head) -> Result<(), ActsError> {
        let path = path_of(&self.dir, after.next, true);
        let begun = create(&path).and_then(|mut file| {
            file.write_all(&file_head(&after))?;
            Ok(file)
        });
        let file = begun.map_err(ActsError::io("write", &path))?;
        self.file = Some(OpenFile { file, first: after.next, bytes: HEAD_BYTES as u64 });
        self.sync()?;
        self.sync_dir()
    }

    fn close_file(&mut self) -> Result<(), ActsError> {
        self.sync()?;
        let Some(file) = self.file.take() else { return Ok(()) };
        let (from, to) = (path_of(&self.dir, file.first, true), path_of(&self.dir, file.first, false));
        std::fs::rename(&from, &to).map_err(ActsError::io("rename", &from))?;
        self.sync_dir()
    }

    fn write(&mut self, frame: &[u8]) -> Result<(), ActsError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.file.write_all(frame).map_err(ActsError::io("append to a file in", &self.dir))?;
        file.bytes += frame.len() as u64;
        Ok(())
    }

    fn sync(&self) -> Result<(), ActsError> {
        let Some(file) = &self.file else { return Ok(()) };
        file.file.sync_all().map_err(ActsError::io("sync a file in", &self.dir))
    }

    /// Makes names durable. Object stores have nothing to sync about a folder and say so.
    fn sync_dir(&self) -> Result<(), ActsError> {
        match File::open(&self.dir).and_then(|dir| dir.sync_all()) {
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
            done => done.map_err(ActsError::io("sync the folder", &self.dir)),
        }
    }

    fn other_history(&self) -> ActsError {
        ActsError::OtherHistory { path: self.dir.clone(), record: self.head.next }
    }
}

fn create(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}
