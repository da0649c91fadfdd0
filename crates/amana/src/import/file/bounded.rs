//! A reader that gives no more than a row may have before it is told that the row has ended.

use super::super::limits::ROW_BYTES_MAX;
use super::FileBroken;
use std::cell::Cell;
use std::io::{Error, Read, Result};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells whoever reads a file to stop: a reader of a packed file may be busy for long without giving a row.
#[derive(Clone, Debug, Default)]
pub(in crate::import) struct Stopper(Arc<AtomicBool>);

impl Stopper {
    pub(in crate::import) fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(in crate::import) fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(Error::other(FileBroken::Stopped)) } else { Ok(()) }
    }
}

/// How many bytes may be read until the row ends.
#[derive(Clone, Debug, Default)]
pub(super) struct Left(Rc<Cell<usize>>);

impl Left {
    /// A new row begins.
    pub(super) fn renew(&self) {
        self.0.set(ROW_BYTES_MAX);
    }
}

/// The reader.
pub(super) struct Bounded<R> {
    inner: R,
    left: Left,
    stop: Stopper,
}

impl<R: Read> Bounded<R> {
    pub(super) fn new(inner: R, stop: Stopper) -> Self {
        let left = Left::default();
        left.renew();
        Self { inner, left, stop }
    }

    pub(super) fn left(&self) -> Left {
        self.left.clone()
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        self.stop.check()?;
        let left = self.left.0.get();
        if left == 0 {
            return Err(Error::other(RowTooLarge));
        }
        let room = into.len().min(left);
        let read = self.inner.read(&mut into[..room])?;
        self.left.0.set(left - read);
        Ok(read)
    }
}

/// A row passes its limit.
#[derive(Debug, thiserror::Error)]
#[error("a row has more than {ROW_BYTES_MAX} bytes; is a quotation mark left open before?")]
pub(super) struct RowTooLarge;
