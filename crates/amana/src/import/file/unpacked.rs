//! Taking gzip and zstd off a file, which is known by its first bytes, within limits.

use super::super::limits::{UNPACKED_BYTES_FREE, UNPACKED_BYTES_MAX, UNPACKED_TIMES_MAX};
use super::{Bytes, FileBroken, Stopper};
use std::cell::Cell;
use std::io::{BufRead, BufReader, Error, Read, Result};
use std::rc::Rc;

/// Bytes that are read ahead.
const AHEAD_BYTES: usize = 64 * 1024;
/// First bytes of gzip (RFC 1952 §2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// First bytes of zstd (RFC 8878 §3.1.1).
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Base-two logarithm of the window that a stream may ask for: that of `zstd -19`, RFC 8878's own 8 MB.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// What a file is packed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::import) enum Packing {
    None,
    Gzip,
    Zstd,
}

/// What a file that begins so is packed by. No text begins so, and no Parquet.
pub(in crate::import) fn packing(first: &[u8]) -> Packing {
    if first.starts_with(&GZIP) {
        Packing::Gzip
    } else if first.starts_with(&ZSTD) {
        Packing::Zstd
    } else {
        Packing::None
    }
}

/// The bytes of a file without what it is packed by.
pub(in crate::import) fn unpacked(bytes: Bytes, stop: Stopper) -> Result<Box<dyn Read>> {
    let packed_bytes = Rc::new(Cell::new(0));
    let counted = Counted { inner: bytes, bytes: packed_bytes.clone(), stop };
    let mut buffered = BufReader::with_capacity(AHEAD_BYTES, counted);
    let limited = |inner: Box<dyn Read>| Box::new(Limited { inner, packed_bytes, bytes: 0 });
    Ok(match packing(buffered.fill_buf()?) {
        Packing::None => Box::new(buffered),
        // Several streams after each other are one file, as `cat` and parallel packers make them.
        Packing::Gzip => limited(Box::new(flate2::bufread::MultiGzDecoder::new(buffered))),
        Packing::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(buffered)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
            limited(Box::new(decoder))
        }
    })
}

/// Counts what is read.
struct Counted {
    inner: Bytes,
    bytes: Rc<Cell<u64>>,
    stop: Stopper,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        self.stop.check()?;
        let read = self.inner.read(into)?;
        self.bytes.set(self.bytes.get() + read as u64);
        Ok(read)
    }
}

/// Ends where what was packed becomes too large.
struct Limited {
    inner: Box<dyn Read>,
    packed_bytes: Rc<Cell<u64>>,
    bytes: u64,
}

impl Read for Limited {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let read = self.inner.read(into).map_err(broken)?;
        self.bytes += read as u64;
        let honest = UNPACKED_BYTES_FREE.saturating_add(self.packed_bytes.get().saturating_mul(UNPACKED_TIMES_MAX));
        if self.bytes > honest.min(UNPACKED_BYTES_MAX) {
            let why = format!("the file unpacks to more than {UNPACKED_TIMES_MAX} times its size; unpack it yourself");
            return Err(Error::other(FileBroken::Unreadable(why)));
        }
        Ok(read)
    }
}

fn broken(error: Error) -> Error {
    if error.get_ref().is_some_and(|inner| inner.is::<FileBroken>()) {
        return error;
    }
    Error::other(FileBroken::Unreadable("what it is packed by (gzip or zstd) is broken or breaks off".into()))
}
