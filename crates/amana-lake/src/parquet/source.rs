//! Where the bytes of a Parquet file come from.

use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::reader::{ChunkReader, Length};
use bytes::Bytes;
use std::io::{BufReader, Error, ErrorKind, Read};
use std::sync::Arc;

/// A file that can be read at any place, by several readers at once.
pub trait RandomAccess: Send + Sync {
    /// How many bytes it has.
    fn bytes(&self) -> u64;

    /// Reads bytes from a place on, and says how many there were: none only at the end.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read_at(&self, at: u64, into: &mut [u8]) -> std::io::Result<usize>;
}

/// A file as the Parquet library reads it.
pub(super) struct Source(pub(super) Arc<dyn RandomAccess>);

/// Reads a file from a place on.
pub(super) struct From {
    file: Arc<dyn RandomAccess>,
    at: u64,
}

impl Read for From {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read_at(self.at, into)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        self.0.bytes()
    }
}

impl ChunkReader for Source {
    type T = BufReader<From>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(BufReader::new(From { file: self.0.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        // A damaged file may ask for more than there is: nothing is reserved for that.
        let there = self.0.bytes().saturating_sub(start);
        if length as u64 > there {
            return Err(ParquetError::from(Error::from(ErrorKind::UnexpectedEof)));
        }
        let mut bytes = vec![0; length];
        From { file: self.0.clone(), at: start }.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}
