//! Time as a parameter: the only place of the server that reads the system's clock.

use amana_core::Moment;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time: the system's, or that of a test.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// Stands still until it is moved.
    Manual(Arc<AtomicI64>),
    /// Goes on by a millisecond with each reading: whoever reads it twice for what is done at once is found out.
    Stepping(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `moment` until it is moved.
    #[must_use]
    pub fn manual(moment: Moment) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(moment.0)))
    }

    /// A clock that goes on by a millisecond whenever it is read.
    #[must_use]
    pub fn stepping(moment: Moment) -> Self {
        Self::Stepping(Arc::new(AtomicI64::new(moment.0)))
    }

    /// The instant it is now.
    #[must_use]
    pub fn now(&self) -> Moment {
        match self {
            Self::System => {
                #[expect(clippy::disallowed_methods, reason = "this is the clock everybody else asks")]
                let now = jiff::Timestamp::now();
                Moment(now.as_millisecond())
            }
            Self::Manual(millis) => Moment(millis.load(Ordering::SeqCst)),
            Self::Stepping(millis) => Moment(millis.fetch_add(1, Ordering::SeqCst)),
        }
    }

    /// Moves a clock that can be moved; the system's is not.
    pub fn advance_millis(&self, millis: i64) {
        if let Self::Manual(now) | Self::Stepping(now) = self {
            now.fetch_add(millis, Ordering::SeqCst);
        }
    }
}
