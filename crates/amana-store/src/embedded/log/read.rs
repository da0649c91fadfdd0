//! Reading records.

use std::{
    os::unix::fs::FileExt as _,
    sync::{Arc, PoisonError},
};

use bytes::Bytes;

use super::{
    Log,
    record::{self, RECORD_HEADER_BYTES, RecordHeader},
    segment::Segment,
};
use crate::{error::StoreError, log_name::Position};

/// The fewest bytes that are read at once.
const CHUNK_BYTES_MIN: u64 = 64 << 10;
/// The most bytes that are read at once, unless one record is longer.
const CHUNK_BYTES_MAX: u64 = 8 << 20;

impl Log {
    /// Records from `from` on, until their payloads reach `bytes_max`; at least one, if there is one.
    pub(crate) fn read(&self, from: u64, bytes_max: usize) -> Result<Vec<(Position, Bytes)>, StoreError> {
        let head = self.head();
        let mut records = Vec::new();
        let mut next = from;
        let mut bytes_left = bytes_max as u64;
        while next < head {
            let (segment, end) = self.segment_of(next, head)?;
            let taken = read_segment(&segment, next, end, bytes_left, &mut records)?;
            if taken.stopped {
                break;
            }
            bytes_left = bytes_left.saturating_sub(taken.payload_bytes);
            next = end;
        }
        Ok(records)
    }

    /// The segment of a position, and the position at which it ends.
    fn segment_of(&self, position: u64, head: u64) -> Result<(Arc<Segment>, u64), StoreError> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        let at = segments.partition_point(|segment| segment.base <= position);
        let Some(at) = at.checked_sub(1) else {
            let tail = Position(segments.first().map_or(0, |segment| segment.base));
            return Err(StoreError::Dropped { log: self.name.clone(), from: Position(position), tail });
        };
        let end = segments.get(at + 1).map_or(head, |following| following.base.min(head));
        Ok((Arc::clone(&segments[at]), end))
    }
}

struct Taken {
    payload_bytes: u64,
    /// Enough was read.
    stopped: bool,
}

/// Reads from one segment the records `from..end`.
fn read_segment(
    segment: &Segment,
    from: u64,
    end: u64,
    bytes_max: u64,
    records: &mut Vec<(Position, Bytes)>,
) -> Result<Taken, StoreError> {
    let (mut position, mut offset) = segment.nearest(from);
    let mut payload_bytes = 0_u64;
    // What comes before `from` since the nearest mark is read along, which is at most about one chunk.
    let mut chunk_bytes = bytes_max.saturating_add(bytes_max / 8 + CHUNK_BYTES_MIN).min(CHUNK_BYTES_MAX);
    while position < end {
        let chunk = read_chunk(segment, offset, chunk_bytes)?;
        let mut at = 0_usize;
        while position < end {
            let rest = chunk.get(at..).unwrap_or_default();
            let Some(header) = whole_record(rest) else { break };
            let (header, payload) = record::decode(rest, segment.salt)
                .filter(|_| header.position == position)
                .ok_or_else(|| StoreError::corrupt(&segment.path, offset, "a record has a wrong checksum"))?;
            let payload_at = at + RECORD_HEADER_BYTES;
            if position >= from {
                let enough = payload_bytes + payload.len() as u64 > bytes_max;
                if enough && !records.is_empty() {
                    segment.mark(position, offset);
                    return Ok(Taken { payload_bytes, stopped: true });
                }
                payload_bytes += payload.len() as u64;
                records.push((Position(position), chunk.slice(payload_at..payload_at + payload.len())));
            } else {
                segment.mark(position, offset);
            }
            position += 1;
            offset += header.record_bytes();
            at = payload_at + payload.len();
        }
        if at == 0 {
            // Not even one record fits: take as much as it says to need.
            chunk_bytes = longer_chunk(segment, offset, &chunk)?;
        }
    }
    segment.mark(position, offset);
    Ok(Taken { payload_bytes, stopped: false })
}

/// The header at the beginning of `bytes`, if its whole record is there.
fn whole_record(bytes: &[u8]) -> Option<RecordHeader> {
    RecordHeader::read(bytes).filter(|header| header.record_bytes() <= bytes.len() as u64)
}

/// How many bytes the record at `offset` needs, of which `chunk` holds only a part.
fn longer_chunk(segment: &Segment, offset: u64, chunk: &[u8]) -> Result<u64, StoreError> {
    let left = segment.durable_bytes().saturating_sub(offset);
    match RecordHeader::read(chunk) {
        Some(header) if header.record_bytes() <= left && header.record_bytes() > chunk.len() as u64 => {
            Ok(header.record_bytes())
        }
        _ => {
            Err(StoreError::corrupt(&segment.path, offset, "a record is longer than its file, or the file ends early"))
        }
    }
}

fn read_chunk(segment: &Segment, offset: u64, bytes_max: u64) -> Result<Bytes, StoreError> {
    let bytes = bytes_max.min(segment.durable_bytes().saturating_sub(offset));
    let mut chunk = vec![0; usize::try_from(bytes).expect("a chunk fits into memory")];
    segment.file.read_exact_at(&mut chunk, offset).map_err(StoreError::io("read", &segment.path))?;
    Ok(chunk.into())
}
