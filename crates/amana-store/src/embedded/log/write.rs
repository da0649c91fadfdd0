//! Writing records: the one writer of a log.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt as _,
    path::Path,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;

use super::{
    Log, LogKind, Logs, record,
    segment::{SEGMENT_HEADER_BYTES, Segment, SegmentHeader},
};
use crate::{
    dice::{Dice as _, SystemDice},
    durable_file::sync_dir,
    error::StoreError,
    failure::Failure,
    faults::{CallFault, Fault, Step},
    log_name::LogName,
};

/// How much memory a writer keeps between groups.
const BUFFER_BYTES_KEPT: usize = 4 << 20;

/// The writer of one log. It works in four steps, so that one sync serves everybody who waits:
/// `stage` records, `write` them, `sync` the file, `publish` the new head. `undo` takes back what was not published.
#[derive(Debug)]
pub(crate) struct LogWriter {
    pub(crate) log: Arc<Log>,
    logs: Arc<Logs>,
    failure: Failure,
    segment: Arc<Segment>,
    /// Records that are staged and not yet written.
    buffer: Vec<u8>,
    /// The position that the next staged record gets.
    next: u64,
    /// Bytes in the file, with those that are not synced.
    written_bytes: u64,
    /// Bytes in the file that would survive the power going out.
    #[cfg(feature = "testing")]
    synced_bytes: u64,
}

impl LogWriter {
    pub(crate) fn new(logs: Arc<Logs>, log: Arc<Log>, failure: Failure) -> Self {
        let segment = log.active();
        let (next, written_bytes) = (log.head(), segment.durable_bytes());
        Self {
            log,
            logs,
            failure,
            segment,
            buffer: Vec::new(),
            next,
            written_bytes,
            #[cfg(feature = "testing")]
            synced_bytes: written_bytes,
        }
    }

    /// Takes records into the next group and returns the position after the last one.
    pub(crate) fn stage(&mut self, records: &[Bytes]) -> Result<u64, StoreError> {
        if self.buffer.is_empty() {
            self.rotate_if_full()?;
        }
        let group_start = self.log.head();
        for record in records {
            let place = u32::try_from(self.next - group_start).expect("a group has far fewer records");
            record::encode(&mut self.buffer, self.segment.salt, self.next, place, record);
            self.next += 1;
        }
        Ok(self.next)
    }

    /// The position after the last staged record.
    pub(crate) fn staged_head(&self) -> u64 {
        self.next
    }

    /// Writes the staged records behind the others. When the disk is full, nothing is left behind.
    pub(crate) fn write(&mut self) -> Result<(), StoreError> {
        let written = match self.logs.faults.at(Step::LogWrite) {
            Ok(None) => self.segment.file.write_all_at(&self.buffer, self.written_bytes),
            Ok(Some(fault)) => self.write_with_fault(fault)?,
            Err(error) => return Err(error),
        };
        if let Err(error) = written {
            return Err(self.undo_failed_write(error));
        }
        self.written_bytes += self.buffer.len() as u64;
        self.buffer.clear();
        // One huge group must not hold its memory for ever.
        self.buffer.shrink_to(BUFFER_BYTES_KEPT);
        Ok(())
    }

    /// Leaves half of the bytes behind, as a crash or a full disk does.
    fn write_with_fault(&self, fault: Fault) -> Result<io::Result<()>, StoreError> {
        let half = &self.buffer[..self.buffer.len() / 2];
        self.segment
            .file
            .write_all_at(half, self.written_bytes)
            .map_err(StoreError::io("write", &self.segment.path))?;
        match fault {
            Fault::Crash | Fault::PowerLoss => Err(StoreError::Injected),
            Fault::NoSpace => Ok(Err(io::ErrorKind::StorageFull.into())),
            Fault::InputOutput => Ok(Err(io::Error::other("injected input/output error"))),
        }
    }

    fn undo_failed_write(&mut self, error: io::Error) -> StoreError {
        let path = self.segment.path.clone();
        if !is_no_space(&error) {
            self.failure.set(format!("writing {} failed: {error}", path.display()));
        }
        self.undo();
        self.logs.disk.full_or(error, "write", &path)
    }

    /// Makes the written records durable. A failure is final (see [`crate::failure`]).
    pub(crate) fn sync(&mut self) -> Result<(), StoreError> {
        let synced = self.logs.faults.call(Step::LogSync);
        let synced = synced.and_then(|()| self.segment.file.sync_data().map_err(CallFault::Io));
        synced.map_err(|fault| {
            if let CallFault::Io(error) = &fault {
                self.failure.set(format!("syncing {} failed: {error}", self.segment.path.display()));
            }
            fault.into_error("sync", &self.segment.path)
        })?;
        #[cfg(feature = "testing")]
        self.note_synced();
        Ok(())
    }

    #[cfg(feature = "testing")]
    fn note_synced(&mut self) {
        self.synced_bytes = self.written_bytes;
    }

    /// Lets readers see the records.
    pub(crate) fn publish(&mut self) -> Result<(), StoreError> {
        self.logs.faults.at(Step::LogPublish)?.map_or(Ok(()), |_| Err(StoreError::Injected))?;
        self.segment.mark(self.log.head(), self.segment.durable_bytes());
        self.segment.publish(self.written_bytes);
        self.log.head.store(self.next, Ordering::Release);
        Ok(())
    }

    /// Takes back everything that was staged or written and not published.
    pub(crate) fn undo(&mut self) {
        self.buffer.clear();
        self.next = self.log.head();
        self.written_bytes = self.segment.durable_bytes();
        if self.logs.faults.crashed() {
            return;
        }
        if let Err(error) = self.segment.file.set_len(self.written_bytes) {
            self.failure.set(format!("cutting {} back failed: {error}", self.segment.path.display()));
        }
    }

    /// Unlinks the segments that end at or before `position`; the one that is written to stays.
    pub(crate) fn drop_before(&mut self, position: u64) -> Result<(), StoreError> {
        loop {
            // Oldest first, each only after the one before is gone, so that what remains is always without a gap.
            let oldest = {
                let segments = self.log.segments.read().unwrap_or_else(PoisonError::into_inner);
                match segments.as_slice() {
                    [oldest, following, ..] if following.base <= position => Arc::clone(oldest),
                    _ => break,
                }
            };
            let step = self.logs.faults.call(Step::SegmentUnlink);
            step.map_err(|fault| fault.into_error("remove", &oldest.path))?;
            // Readers forget it first: one that has it open already can read on, for the file stays until it is closed.
            self.log.segments.write().unwrap_or_else(PoisonError::into_inner).remove(0);
            std::fs::remove_file(&oldest.path).map_err(StoreError::io("remove", &oldest.path))?;
        }
        sync_dir(&self.log.dir)
    }

    /// Notes in the file that everything in it had been synced.
    pub(crate) fn confirm(&self) {
        if self.logs.faults.crashed() {
            return;
        }
        if let Err(error) = self.segment.confirm(self.log.head()) {
            tracing::warn!(path = %self.segment.path.display(), %error, "could not confirm a log while closing it");
        }
    }

    fn rotate_if_full(&mut self) -> Result<(), StoreError> {
        let empty = self.written_bytes <= SEGMENT_HEADER_BYTES;
        if empty || self.written_bytes < self.logs.segment_bytes_max {
            return Ok(());
        }
        // The old segment was synced to its end, as everything in it is published.
        let segment = Arc::new(create_segment(&self.logs, &self.log.dir, self.log.kind, self.next)?);
        self.log.segments.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&segment));
        self.written_bytes = segment.durable_bytes();
        self.segment = segment;
        #[cfg(feature = "testing")]
        self.note_synced();
        Ok(())
    }
}

/// When the power has gone out, as far as the suite is concerned, what was not synced is gone.
#[cfg(feature = "testing")]
impl Drop for LogWriter {
    fn drop(&mut self) {
        if self.logs.faults.power_lost() {
            self.segment.file.set_len(self.synced_bytes).expect("a file of the suite can be cut");
        }
    }
}

/// Makes the folder and the first segment of a log.
pub(super) fn create_log(logs: &Logs, name: &LogName, kind: LogKind) -> Result<Log, StoreError> {
    let dir = logs.dir_of(name);
    std::fs::create_dir_all(&dir).map_err(|error| logs.disk.full_or(error, "make", &dir))?;
    sync_dir(&logs.dir)?;
    let segment = create_segment(logs, &dir, kind, 0)?;
    let segments = RwLock::new(vec![Arc::new(segment)]);
    Ok(Log { name: name.clone(), kind, dir, segments, head: AtomicU64::new(0) })
}

/// Makes a segment. It gets its name only when its head is durable, so that no file has half a head.
fn create_segment(logs: &Logs, dir: &Path, kind: LogKind, base: u64) -> Result<Segment, StoreError> {
    let path = dir.join(Segment::file_name(base));
    let temporary = path.with_extension("new");
    let mut salt = [0; 4];
    SystemDice.fill(&mut salt);
    let header = SegmentHeader { kind, salt: u32::from_le_bytes(salt), base, confirmed: base };
    let made = (|| -> Result<File, CallFault> {
        logs.faults.call(Step::SegmentCreate)?;
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&temporary);
        let file = options.map_err(CallFault::Io)?;
        file.write_all_at(&header.encode(), 0).map_err(CallFault::Io)?;
        file.sync_all().map_err(CallFault::Io)?;
        logs.faults.call(Step::SegmentRename)?;
        std::fs::rename(&temporary, &path).map_err(CallFault::Io)?;
        Ok(file)
    })();
    let file = made.map_err(|fault| match fault {
        CallFault::Crash => StoreError::Injected,
        CallFault::Io(error) => logs.disk.full_or(error, "make", &path),
    })?;
    sync_dir(dir)?;
    Ok(Segment::new(path, file, &header, SEGMENT_HEADER_BYTES))
}

pub(crate) fn is_no_space(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
