//! The signal that a store can no longer be trusted.
//!
//! A failed `fdatasync` is never tried again: the kernel may have dropped the dirty pages and a second call would report
//! success for data that is gone (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020). So
//! the store refuses all further writes, says so here, and the process has to stop and recover by starting anew.

use std::sync::Arc;

use tokio::sync::watch;

use crate::error::StoreError;

/// Set once, when the store fails, and never unset.
#[derive(Clone, Debug)]
pub(crate) struct Failure(Arc<watch::Sender<Option<Arc<str>>>>);

impl Failure {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    /// Marks the store as failed; the first reason stays.
    pub(crate) fn set(&self, reason: impl Into<String>) {
        let reason = reason.into();
        let first = self.0.send_if_modified(|current| {
            let first = current.is_none();
            if first {
                *current = Some(reason.as_str().into());
            }
            first
        });
        if first {
            tracing::error!(reason, "the store has failed and the process must stop");
        }
    }

    pub(crate) fn reason(&self) -> Option<Arc<str>> {
        self.0.borrow().clone()
    }

    /// Refuses the operation when the store has failed.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self.reason() {
            None => Ok(()),
            Some(reason) => Err(StoreError::Failed(reason)),
        }
    }

    pub(crate) fn watch(&self) -> Failed {
        Failed(self.0.subscribe())
    }
}

/// Tells when the store has failed. Whoever runs the process waits for it and stops the process.
#[derive(Clone, Debug)]
pub struct Failed(watch::Receiver<Option<Arc<str>>>);

impl Failed {
    /// Waits until the store has failed and returns the reason. Never returns while the store is healthy.
    pub async fn wait(mut self) -> Arc<str> {
        loop {
            // Cloned out first: a borrow held over a wait could not be waited for on another thread.
            let reason = self.0.borrow_and_update().clone();
            if let Some(reason) = reason {
                return reason;
            }
            if self.0.changed().await.is_err() {
                // The store was closed in good health, so this never comes true.
                std::future::pending::<()>().await;
            }
        }
    }

    /// The reason, when the store has failed.
    #[must_use]
    pub fn reason(&self) -> Option<Arc<str>> {
        self.0.borrow().clone()
    }
}
