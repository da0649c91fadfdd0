//! People's state between the store and the domain: loaded, opened, worked on, sealed.
//!
//! What may be seen of it is `permit`'s and the domain's to say; nothing here decides.

mod acts;
mod claimed;
mod classes;
mod counted;
mod entry;
mod events;
mod facts;
mod find;
mod keeper;
pub mod keys;
mod loading;
mod lookup;
mod named;
mod oneness;
mod past;
mod people;
pub mod permissions;
pub mod preferences;
pub mod read;
pub mod record;
mod restricted;
pub mod restricted_people;
mod retain;
pub mod shown;
mod slot;
pub mod spelling;
mod stood_for;
pub mod timeline;
pub mod what_if;
mod whole;

pub use classes::Classes;
pub use counted::{Counted, Standing};
pub use entry::{Changes, Entry, EventRow, SeenDay};
pub use events::{Days, KeptEvent, StoredEvent};
pub use find::{FindError, FoundPerson, Sought, find, normalised};
pub use keeper::{KeepError, Keeper, READS_MAX, View};
pub use loading::Loaded;
pub use lookup::{Lookup, index_keys};
pub use named::{NAMES_PER_MONTH_MAX, NamedPlace, Names};
pub use people::People;
pub use restricted::{Restriction, is_restricted, restriction, restrictions};
pub use retain::Judge;
pub use slot::{SlotUnclear, slot_named, slots_reached};
pub use whole::{OfAge, Whole, held};
