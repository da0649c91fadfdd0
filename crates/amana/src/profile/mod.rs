//! People's state between the store and the domain: loaded, opened, worked on, sealed.
//!
//! What may be seen of it is `permit`'s and the domain's to say; nothing here decides.

mod classes;
mod entry;
mod find;
mod keeper;
mod people;
pub mod permissions;
pub mod read;
pub mod record;
pub mod shown;
mod slot;
pub mod spelling;
pub mod what_if;

pub use classes::Classes;
pub use entry::{Changes, Entry, EventRow, SeenDay};
pub use find::{FindError, FoundPerson, Sought, find};
pub use keeper::{KeepError, Keeper, View};
pub use people::{People, Whole, held};
pub use slot::{SlotUnclear, slot_named};
