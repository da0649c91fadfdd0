//! Opening the logs of a folder after whatever happened to the process before.

use std::{
    fs::{File, OpenOptions},
    io::Read as _,
    path::{Path, PathBuf},
    sync::{Arc, RwLock, atomic::AtomicU64},
};

use super::{
    Log, LogKind, Logs,
    record::{self, RECORD_HEADER_BYTES, RecordHeader},
    segment::{SEGMENT_HEADER_BYTES, Segment, SegmentHeader},
};
use crate::{durable_file::sync_dir, error::StoreError, log_name::LogName};

/// Opens every log. `committed_head` tells the head that the spaces hold for a log that is written within commits.
pub(crate) fn open_all(
    logs: &Logs,
    committed_head: &dyn Fn(&LogName) -> Result<u64, StoreError>,
) -> Result<(), StoreError> {
    for dir in entries(&logs.dir)? {
        let name = dir.file_name().and_then(|name| name.to_str()).and_then(Logs::name_of_dir);
        let Some(name) = name else {
            return Err(StoreError::corrupt(dir, 0, "it does not belong into the folder of logs"));
        };
        // A folder without a segment is a log whose making was cut off: it is made again when it is needed.
        if let Some(log) = open_log(name, dir, committed_head)? {
            logs.insert(Arc::new(log));
        }
    }
    Ok(())
}

fn open_log(
    name: LogName,
    dir: PathBuf,
    committed_head: &dyn Fn(&LogName) -> Result<u64, StoreError>,
) -> Result<Option<Log>, StoreError> {
    let mut opened = Vec::new();
    for (base, path) in segment_files(&dir)? {
        opened.push(open_segment(base, path)?);
    }
    let Some((kind, last_header)) = opened.last().map(|(_, header)| (header.kind, *header)) else { return Ok(None) };
    let committed = match kind {
        LogKind::Appended => None,
        LogKind::Committed => Some(committed_head(&name)?),
    };
    let (last, _) = opened.last().expect("looked at above");
    let end = recover_tail(last, &last_header, committed)?;
    let segments: Vec<_> = opened.into_iter().map(|(segment, _)| Arc::new(segment)).collect();
    Ok(Some(Log { name, kind, dir, segments: RwLock::new(segments), head: AtomicU64::new(end) }))
}

/// The segment files of a log in order. Half-made ones are removed.
fn segment_files(dir: &Path) -> Result<Vec<(u64, PathBuf)>, StoreError> {
    let mut files = Vec::new();
    let mut removed = false;
    for path in entries(dir)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(base) = Segment::base_of_file_name(name) {
            files.push((base, path));
        } else if path.extension().is_some_and(|extension| extension == "new") {
            std::fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
            removed = true;
        } else {
            return Err(StoreError::corrupt(path, 0, "it does not belong into the folder of a log"));
        }
    }
    if removed {
        sync_dir(dir)?;
    }
    files.sort_unstable();
    Ok(files)
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let read = std::fs::read_dir(dir).map_err(StoreError::io("list", dir))?;
    read.map(|entry| entry.map(|entry| entry.path()).map_err(StoreError::io("list", dir))).collect()
}

/// Opens a file and reads its head. Its records are looked at when they are read; those of the last file are scanned.
fn open_segment(base: u64, path: PathBuf) -> Result<(Segment, SegmentHeader), StoreError> {
    let mut file = OpenOptions::new().read(true).write(true).open(&path).map_err(StoreError::io("open", &path))?;
    let mut head = [0; SEGMENT_HEADER_BYTES as usize];
    let bytes = file.metadata().map_err(StoreError::io("look at", &path))?.len();
    if bytes < SEGMENT_HEADER_BYTES {
        return Err(StoreError::corrupt(path, 0, "the file is shorter than its head"));
    }
    file.read_exact(&mut head).map_err(StoreError::io("read", &path))?;
    let header = SegmentHeader::decode(&head, &path)?;
    if header.base != base {
        return Err(StoreError::corrupt(path, 0, "its head and its name disagree about the first position"));
    }
    Ok((Segment::new(path, file, &header, bytes), header))
}

/// Finds the end of the last segment, cuts off what never happened, and returns the log's head.
fn recover_tail(segment: &Segment, header: &SegmentHeader, committed: Option<u64>) -> Result<u64, StoreError> {
    let bytes = read_all(&segment.file, &segment.path)?;
    let end = find_end(segment, header, &bytes, committed)?;
    if end.offset < bytes.len() as u64 {
        let cut = bytes.len() as u64 - end.offset;
        tracing::info!(path = %segment.path.display(), bytes = cut, "cut off the unfinished end of a log");
        segment.file.set_len(end.offset).map_err(StoreError::io("cut", &segment.path))?;
    }
    // Also without a cut: what a killed process had written may lie in the page cache only, and is now going to be told.
    segment.file.sync_all().map_err(StoreError::io("sync", &segment.path))?;
    segment.publish(end.offset);
    Ok(end.position)
}

struct End {
    position: u64,
    offset: u64,
}

fn find_end(
    segment: &Segment,
    header: &SegmentHeader,
    bytes: &[u8],
    committed: Option<u64>,
) -> Result<End, StoreError> {
    let mut end = End { position: header.base, offset: SEGMENT_HEADER_BYTES };
    if committed.is_some_and(|head| head < header.base) {
        return Err(StoreError::corrupt(&segment.path, 0, "it begins behind what was committed"));
    }
    loop {
        if committed == Some(end.position) {
            return Ok(end);
        }
        let rest = &bytes[usize::try_from(end.offset).expect("the file is in memory")..];
        match record::decode(rest, header.salt) {
            Some((found, _)) if found.position == end.position => {
                segment.mark(end.position, end.offset);
                end.position += 1;
                end.offset += found.record_bytes();
            }
            _ => break,
        }
    }
    let rest = &bytes[usize::try_from(end.offset).expect("the file is in memory")..];
    let promised = committed.unwrap_or(header.confirmed).max(proved_by_later_records(rest, header.salt, end.position));
    if promised > end.position {
        return Err(StoreError::corrupt(&segment.path, end.offset, "a record that was durable is damaged or missing"));
    }
    Ok(end)
}

/// The position up to which records must have been durable, because a later group was written after them.
///
/// After a crash the disk may hold any part of the last group, even its end without its beginning; so a later record of
/// the same group proves nothing.
fn proved_by_later_records(rest: &[u8], salt: u32, damaged: u64) -> u64 {
    let plausible = damaged..damaged + (rest.len() / RECORD_HEADER_BYTES) as u64 + 1;
    let mut proved = 0;
    for at in 1..rest.len() {
        let Some(header) = RecordHeader::read(&rest[at..]) else { break };
        // Nearly every place is passed over here, without computing a checksum.
        if plausible.contains(&header.position)
            && header.group_start() > damaged
            && record::decode(&rest[at..], salt).is_some()
        {
            proved = header.group_start();
        }
    }
    proved
}

fn read_all(file: &File, path: &Path) -> Result<Vec<u8>, StoreError> {
    use std::io::Seek as _;
    let mut file = file;
    let mut bytes = Vec::new();
    file.rewind().map_err(StoreError::io("read", path))?;
    file.read_to_end(&mut bytes).map_err(StoreError::io("read", path))?;
    Ok(bytes)
}
