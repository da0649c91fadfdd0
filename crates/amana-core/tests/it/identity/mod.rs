//! Who somebody is: forms of identifiers, and the graph within limits.

mod graph;
mod normalise;
