//! Keys that really go: what nothing holds any longer can be read from nowhere (DESIGN §7 *Keys*).

mod burglar;
mod retention;
pub(crate) mod rotation;
pub(crate) mod withdrawal;
