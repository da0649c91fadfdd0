//! Points at which the suite can stop an engine as if the process had been killed, or let a disk fail.
//!
//! In a build without the feature `testing` every point is an empty function.

#![cfg_attr(
    not(feature = "testing"),
    expect(dead_code, unreachable_pub, reason = "the same shapes as with faults, which only the suite uses")
)]

use crate::error::StoreError;

/// What an engine is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Bytes are about to be written to a log. A crash here leaves a part of them behind.
    LogWrite,
    /// A log is about to be synced.
    LogSync,
    /// A log was synced, and its new head is about to become visible.
    LogPublish,
    /// A new segment is about to be made.
    SegmentCreate,
    /// A new segment was written under its temporary name.
    SegmentRename,
    /// A segment is about to be unlinked.
    SegmentUnlink,
    /// The spaces are about to be committed, after the logs.
    SpacesCommit,
    /// The spaces were committed, and nobody was told yet.
    SpacesCommitted,
    /// A file is about to be replaced: the new content is not written.
    ReplaceWrite,
    /// A file is about to be replaced: the new content lies beside it.
    ReplaceRename,
    /// A file was replaced, and its folder is not synced yet.
    ReplaceSync,
    /// A database transaction is about to be committed.
    TransactionCommit,
    /// A database transaction was committed, and the answer is lost.
    TransactionCommitted,
}

/// What an injected fault does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Everything stops: this step and all later ones are refused, as if the process had been killed.
    Crash,
    /// As [`Fault::Crash`], and what was written to logs and not synced is gone.
    PowerLoss,
    /// The step fails once with "no space left on device".
    NoSpace,
    /// The step fails once with an input/output error.
    InputOutput,
}

#[cfg(not(feature = "testing"))]
mod switched_off {
    use super::{Fault, Step, StoreError};

    /// No faults.
    #[derive(Clone, Debug, Default)]
    pub struct Faults;

    impl Faults {
        pub(crate) fn none() -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "the same shape as with faults")]
        pub(crate) fn at(&self, _: Step) -> Result<Option<Fault>, StoreError> {
            Ok(None)
        }

        #[expect(clippy::unused_self, reason = "the same shape as with faults")]
        pub(crate) fn crashed(&self) -> bool {
            false
        }
    }
}

#[cfg(feature = "testing")]
mod switched_on {
    use std::sync::{Arc, Mutex, PoisonError};

    use super::{Fault, Step, StoreError};

    /// Faults to inject. Clones share one plan, so that the suite can change it while an engine runs.
    #[derive(Clone, Debug, Default)]
    pub struct Faults(Arc<Mutex<Plan>>);

    #[derive(Debug, Default)]
    struct Plan {
        seen: Vec<Step>,
        next: Option<(usize, Fault)>,
        at_step: Option<(Step, Fault)>,
        crashed: bool,
        power_lost: bool,
    }

    impl Faults {
        /// No faults yet.
        #[must_use]
        pub fn none() -> Self {
            Self::default()
        }

        /// Lets the n-th step from now (0 is the next one) meet this fault.
        pub fn inject(&self, after_steps: usize, fault: Fault) {
            self.plan().next = Some((after_steps, fault));
        }

        /// Lets the next step of this kind meet this fault.
        pub fn inject_at(&self, step: Step, fault: Fault) {
            self.plan().at_step = Some((step, fault));
        }

        /// The steps that were taken so far, with the one that met a fault.
        #[must_use]
        pub fn steps(&self) -> Vec<Step> {
            self.plan().seen.clone()
        }

        fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// Takes a step. `Ok(None)` is a step without fault.
        pub(crate) fn at(&self, step: Step) -> Result<Option<Fault>, StoreError> {
            let mut plan = self.plan();
            if plan.crashed {
                return Err(StoreError::Injected);
            }
            plan.seen.push(step);
            let counted = match plan.next.take() {
                Some((0, fault)) => Some(fault),
                Some((left, fault)) => {
                    plan.next = Some((left - 1, fault));
                    None
                }
                None => None,
            };
            let fault = counted.or_else(|| plan.at_step.take_if(|(wanted, _)| *wanted == step).map(|(_, fault)| fault));
            plan.crashed = matches!(fault, Some(Fault::Crash | Fault::PowerLoss));
            plan.power_lost = fault == Some(Fault::PowerLoss);
            Ok(fault)
        }

        /// Whether what was not synced is to be taken back.
        pub(crate) fn power_lost(&self) -> bool {
            self.plan().power_lost
        }

        /// Whether an injected crash has happened: then nothing may be written any more, not even while closing.
        #[must_use]
        pub fn crashed(&self) -> bool {
            self.plan().crashed
        }
    }
}

#[cfg(not(feature = "testing"))]
pub use switched_off::Faults;
#[cfg(feature = "testing")]
pub use switched_on::Faults;

impl Faults {
    /// Takes a step that is one system call: a fault becomes the error that the call would have returned.
    pub(crate) fn call(&self, step: Step) -> Result<(), CallFault> {
        match self.at(step) {
            Ok(None) => Ok(()),
            Ok(Some(Fault::NoSpace)) => Err(CallFault::Io(std::io::ErrorKind::StorageFull.into())),
            Ok(Some(Fault::InputOutput)) => Err(CallFault::Io(std::io::Error::other("injected input/output error"))),
            Ok(Some(Fault::Crash | Fault::PowerLoss)) | Err(_) => Err(CallFault::Crash),
        }
    }
}

/// What a step met.
#[derive(Debug)]
pub(crate) enum CallFault {
    /// The process is as good as dead.
    Crash,
    /// The system call failed.
    Io(std::io::Error),
}

impl CallFault {
    pub(crate) fn into_error(self, action: &'static str, path: &std::path::Path) -> StoreError {
        match self {
            Self::Crash => StoreError::Injected,
            Self::Io(source) => StoreError::io(action, path)(source),
        }
    }
}
