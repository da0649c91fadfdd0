//! The domain of Amana, pure.
//!
//! What an organisation declares ([`catalog`]), who somebody is ([`identity`]), what they decided ([`permission`]) and
//! how they want to be written to ([`preferences`]), what may therefore be done ([`permit`]) and what is known of them ([`profile`]).
//!
//! Nothing here does IO, reads a clock or draws a random number: time and ids come in as parameters, so every
//! function gives the same answer for the same input and can be tested by its laws.

pub mod catalog;
pub mod event;
pub mod identity;
pub mod moment;
pub mod permission;
pub mod permit;
pub mod preferences;
pub mod profile;
pub mod slots;
pub mod value;

pub use event::{Event, EventKind};
pub use moment::Moment;
pub use slots::{Slot, SlotSet};
pub use value::{FieldType, Value};
