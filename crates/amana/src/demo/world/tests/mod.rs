//! The promises of the sample world, and that it and the sample organisation speak of the same things.

mod org;
mod stream;

use super::World;
use jiff::civil::date;

/// A small world; small enough for a debug build, large enough to have everything in it.
fn world() -> World {
    World::new(7, 4_000, date(2024, 11, 21))
}
