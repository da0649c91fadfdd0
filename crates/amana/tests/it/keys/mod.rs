//! Keys that really go: what nothing holds any longer can be read from nowhere (DESIGN §7 *Keys*).

pub(crate) mod burglar;
mod damaged;
mod gathering;
mod master;
mod retention;
pub(crate) mod rotation;
mod set_aside;
mod traces;
mod unreadable;
mod unreadable_beside;
pub(crate) mod withdrawal;
mod write_keys;
mod wrong_folder;
