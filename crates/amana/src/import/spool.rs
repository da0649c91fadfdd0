//! A file that was sent, kept aside until it is read: its hash is known at its end, and Parquet begins at its end.
//!
//! What lies on the disk is sealed under a key that is in memory only, in a file without a name. So nothing readable is
//! left behind, however the process ends.

use amana_lake::RandomAccess;
use amana_store::seal::{SecretKey, open, seal};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{Error, Read, Result};
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that are sealed together.
const CHUNK_BYTES: usize = 256 * 1024;

/// A file that is being received.
pub(super) struct Spooling {
    file: File,
    key: SecretKey,
    dice: crate::dice::Dice,
    chunk: Vec<u8>,
    chunks: Vec<(u64, usize)>,
    end: u64,
    bytes: u64,
    digest: Sha256,
}

impl Spooling {
    pub(super) fn new(mut dice: crate::dice::Dice) -> Result<Self> {
        Ok(Self {
            file: tempfile::tempfile()?,
            key: SecretKey::random(&mut dice),
            dice,
            chunk: Vec::with_capacity(CHUNK_BYTES),
            chunks: Vec::new(),
            end: 0,
            bytes: 0,
            digest: Sha256::new(),
        })
    }

    /// How many bytes were received.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Keeps more bytes.
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, rest) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            bytes = rest;
            if self.chunk.len() == CHUNK_BYTES {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let sealed = seal(self.key.as_bytes(), &associated(self.chunks.len()), &self.chunk, &mut self.dice);
        self.file.write_all_at(&sealed, self.end)?;
        self.chunks.push((self.end, sealed.len()));
        self.end += sealed.len() as u64;
        self.chunk.clear();
        Ok(())
    }

    /// The whole file, and its SHA-256.
    pub(super) fn finish(mut self) -> Result<(Arc<Spool>, [u8; 32])> {
        if !self.chunk.is_empty() {
            self.flush()?;
        }
        let spool =
            Spool { file: self.file, key: self.key, chunks: self.chunks, bytes: self.bytes, opened: Mutex::default() };
        Ok((Arc::new(spool), self.digest.finalize().into()))
    }
}

/// A file that was received whole.
pub(super) struct Spool {
    file: File,
    key: SecretKey,
    chunks: Vec<(u64, usize)>,
    bytes: u64,
    /// The chunk that was opened last, for readers go on where they stopped.
    opened: Mutex<Option<(usize, Vec<u8>)>>,
}

impl Spool {
    fn open_chunk(&self, place: usize) -> Result<Vec<u8>> {
        let (at, length) = self.chunks[place];
        let mut sealed = vec![0; length];
        self.file.read_exact_at(&mut sealed, at)?;
        open(self.key.as_bytes(), &associated(place), &sealed)
            .map_err(|_| Error::other("what was kept aside is damaged"))
    }
}

impl RandomAccess for Spool {
    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> Result<usize> {
        if at >= self.bytes {
            return Ok(0);
        }
        let chunk_bytes = CHUNK_BYTES as u64;
        // Both are below the number of chunks that are in memory, and the size of one.
        let place = usize::try_from(at / chunk_bytes).map_err(Error::other)?;
        let within = usize::try_from(at % chunk_bytes).map_err(Error::other)?;
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.as_ref().is_none_or(|(known, _)| *known != place) {
            *opened = Some((place, self.open_chunk(place)?));
        }
        let chunk = opened.as_ref().map_or(&[][..], |(_, chunk)| chunk);
        let there = chunk.get(within..).unwrap_or_default();
        let read = there.len().min(into.len());
        into[..read].copy_from_slice(&there[..read]);
        Ok(read)
    }
}

/// Reads a file from its beginning on.
pub(super) struct FromStart<F: ?Sized> {
    at: u64,
    file: Arc<F>,
}

impl<F: ?Sized> FromStart<F> {
    pub(super) fn new(file: Arc<F>) -> Self {
        Self { at: 0, file }
    }
}

impl<F: RandomAccess + ?Sized> Read for FromStart<F> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let read = self.file.read_at(self.at, into)?;
        self.at += read as u64;
        Ok(read)
    }
}

fn associated(place: usize) -> [u8; 8] {
    (place as u64).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spooled(parts: &[Vec<u8>]) -> (Arc<Spool>, [u8; 32]) {
        let mut spooling = Spooling::new(crate::dice::Dice::seeded(1)).unwrap();
        parts.iter().for_each(|part| spooling.push(part).unwrap());
        spooling.finish().unwrap()
    }

    #[test]
    fn what_was_kept_aside_is_read_as_it_came() {
        let bytes: Vec<u8> = (0..3 * CHUNK_BYTES + 17).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let (spool, sha256) = spooled(&bytes.chunks(100_000).map(<[u8]>::to_vec).collect::<Vec<_>>());
        let mut read = Vec::new();
        FromStart::new(spool.clone()).read_to_end(&mut read).unwrap();
        assert!(read == bytes);
        assert_eq!(sha256, crate::hash::sha256(&bytes));
        let mut middle = [0; 9];
        assert_eq!(spool.read_at(CHUNK_BYTES as u64 - 4, &mut middle).unwrap(), 4);
        assert_eq!(middle[..4], bytes[CHUNK_BYTES - 4..CHUNK_BYTES]);
    }

    #[test]
    fn nothing_of_it_lies_on_the_disk_in_the_plain() {
        let (spool, _) = spooled(&[b"somebody@example.com,somebody@example.com".repeat(100)]);
        let mut lies = vec![0; spool.chunks.iter().map(|(_, bytes)| bytes).sum()];
        spool.file.read_exact_at(&mut lies, 0).unwrap();
        assert!(!lies.windows(8).any(|bytes| bytes == b"somebody"));
    }

    proptest! {
        #[test]
        fn any_place_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), at in 0_u64..3_000) {
            let (spool, _) = spooled(std::slice::from_ref(&bytes));
            let mut read = [0; 64];
            let count = spool.read_at(at, &mut read).unwrap();
            let expected = bytes.get(usize::try_from(at).unwrap()..).unwrap_or_default();
            prop_assert_eq!(&read[..count], &expected[..expected.len().min(64)]);
        }
    }
}
