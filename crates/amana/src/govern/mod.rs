//! What the organisation declares and answers for: the catalogue in force, and the quarantine of what it does not
//! declare.

mod affected;
mod catalog;
mod change;
mod confirming;
mod current;
pub mod destinations;
mod in_force;
mod predicate;
mod quarantine;
mod reach;
mod readiness;
mod recalled;
mod restoring;

pub use catalog::{Applied, CatalogRefused, Planned, apply_catalog, export_catalog, plan_catalog};
pub use change::{CHANGE_TRIES_MAX, Changed, change_catalog};
pub use confirming::{CONFIRMATION_BYTES_MAX, Doubt, Unconfirmed, confirm_restore};
pub use current::{Current, load_catalog, load_current};
pub use in_force::{InForce, JUDGEMENTS_MAX, Judgement, in_force_at, judgements};
pub use predicate::PredicateWords;
pub use quarantine::{QUARANTINE_PAGE_MAX, Quarantined, QuarantinedField, list_quarantine};
pub use reach::Reach;
pub use readiness::{BACKLOG_READY_MAX, NotReady, readiness};
pub use restoring::restore_catalog;
