//! What is known of somebody: fragments that hold data for classes of purposes, and the fold that makes a profile.
//!
//! An event passes the [`gate`], which parts it into what may be kept and for which slots; each part is folded into
//! the [`Holding`] of its fragment and hold class; a [`Reading`] folds the holdings of a person for one slot. Nothing
//! here can see a value that was not kept for the slot it is read for.

mod correction;
mod fields;
mod fragment;
mod gate;
mod holding;
mod metric;
mod reading;
mod retention;
mod set_aside;

pub use correction::{Correction, STAFF};
pub use fragment::{Debris, Fragment, Membership, SEEN_DAYS};
pub use gate::{Kept, Part, fits_trait, gate};
pub use holding::{Holding, Origin, TraitValue};
pub use metric::{Figure, MetricState};
pub use reading::{Hidden, Piece, Provenance, Reading, Sight};
pub use retention::{Retention, day_of, end_of_epoch, epoch_of};
pub use set_aside::{SetAside, SetAsideReason};
