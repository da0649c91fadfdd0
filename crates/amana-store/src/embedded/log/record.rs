//! One record of a log file.
//!
//! ```text
//! length u32 | checksum u32 | position u64 | place in its group u32 | payload        (little-endian)
//! ```
//!
//! A *group* is what was written and synced together. As a group is only written after the one before was synced, a
//! valid record proves that everything before its group was durable: that is how a torn tail (nobody was told that it was
//! durable) is told from damage (somebody was).

use crc32fast::Hasher;

/// Bytes before the payload.
pub(crate) const RECORD_HEADER_BYTES: usize = 20;

/// The fields before the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordHeader {
    pub(crate) payload_bytes: u32,
    pub(crate) checksum: u32,
    pub(crate) position: u64,
    pub(crate) place_in_group: u32,
}

/// Appends a record to `out`. The salt is the segment's.
pub(crate) fn encode(out: &mut Vec<u8>, salt: u32, position: u64, place_in_group: u32, payload: &[u8]) {
    let payload_bytes = u32::try_from(payload.len()).expect("records are checked against their limit before");
    let mut header = RecordHeader { payload_bytes, checksum: 0, position, place_in_group };
    header.checksum = header.checksum_of(salt, payload);
    out.reserve(RECORD_HEADER_BYTES + payload.len());
    out.extend_from_slice(&header.payload_bytes.to_le_bytes());
    out.extend_from_slice(&header.checksum.to_le_bytes());
    out.extend_from_slice(&header.position.to_le_bytes());
    out.extend_from_slice(&header.place_in_group.to_le_bytes());
    out.extend_from_slice(payload);
}

impl RecordHeader {
    /// Reads the header at the beginning of `bytes`, when there are enough of them. Nothing is checked yet.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; RECORD_HEADER_BYTES] = bytes.first_chunk()?;
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Some(Self {
            payload_bytes: word(0),
            checksum: word(4),
            position: u64::from(word(8)) | u64::from(word(12)) << 32,
            place_in_group: word(16),
        })
    }

    /// Bytes of header and payload together.
    pub(crate) fn record_bytes(&self) -> u64 {
        RECORD_HEADER_BYTES as u64 + u64::from(self.payload_bytes)
    }

    /// The position of the first record of this record's group.
    pub(crate) fn group_start(&self) -> u64 {
        self.position.saturating_sub(u64::from(self.place_in_group))
    }

    fn checksum_of(&self, salt: u32, payload: &[u8]) -> u32 {
        let mut hasher = Hasher::new_with_initial(salt);
        hasher.update(&self.payload_bytes.to_le_bytes());
        hasher.update(&self.position.to_le_bytes());
        hasher.update(&self.place_in_group.to_le_bytes());
        hasher.update(payload);
        hasher.finalize()
    }
}

/// The whole record at the beginning of `bytes`, if it is there and undamaged.
pub(crate) fn decode(bytes: &[u8], salt: u32) -> Option<(RecordHeader, &[u8])> {
    let header = RecordHeader::read(bytes)?;
    let payload = bytes.get(RECORD_HEADER_BYTES..)?.get(..header.payload_bytes as usize)?;
    (header.checksum == header.checksum_of(salt, payload)).then_some((header, payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_is_noticed() {
        let mut bytes = Vec::new();
        encode(&mut bytes, 9, 1 << 40, 3, b"payload");
        let (header, payload) = decode(&bytes, 9).unwrap();
        assert_eq!((header.position, header.group_start(), payload), (1 << 40, (1 << 40) - 3, &b"payload"[..]));
        assert!(decode(&bytes, 8).is_none(), "a record of another segment is not taken for one of this");
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&bytes, 9).is_none(), "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}
