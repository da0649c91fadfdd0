//! Who somebody is: forms of identifiers, and the graph within limits.

mod decisions;
mod edges;
mod former;
mod graph;
mod left_out;
mod limits;
mod normalise;
mod resolving;
mod shared;
mod staff;
mod world;
