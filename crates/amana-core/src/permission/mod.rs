//! What people decided and what happened to them, and the state that follows for each slot.
//!
//! An [`Act`] is something somebody did, with its evidence; acts are never edited. [`Marks`] are what acts leave
//! behind: for each target and kind the one mark that counts, a join-semilattice, so the order in which acts become
//! known can't matter. A [`State`] is computed from marks, a slot's rule and an instant; it is never stored.

mod act;
mod born;
mod evidence;
mod history;
mod jurisdiction;
mod lifetime;
mod marks;
mod signals;
mod state;

pub use act::{Act, ActKind, Channel, Content, Target};
pub use born::{ADULT_YEARS, Born, adult_by};
pub use evidence::{Evidence, Method, NOTICE_VERSION_UNSAID};
pub use history::{Judged, StandingChange, marks_at, timeline};
pub use jurisdiction::{
    AGE_OF_CONSENT, AGES, AGES_VERSION, AgeOfConsent, JURISDICTION_IN_WORDS, age_at_home, age_limit, age_of_consent,
    age_on, ages_between, is_jurisdiction, of_age_at, protected_until,
};
pub(crate) use lifetime::after;
pub use lifetime::outlived;
pub use marks::{Mark, Marks};
pub use signals::{PREFERENCE_EVENT, Signal, preferences, signals};
pub(crate) use state::objects_to_marketing;
pub use state::{Standing, State, Weight, combine, holds, next_change, standing, standing_of};
