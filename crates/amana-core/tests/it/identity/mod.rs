//! Who somebody is: forms of identifiers, and the graph within limits.

mod decisions;
mod graph;
mod left_out;
mod normalise;
mod resolving;
mod shared;
mod staff;
mod world;
