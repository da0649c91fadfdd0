//! What may be kept of an event, what is made of it, and who may see it.

mod correction;
mod fold;
mod gate;
mod reading;
mod retention;
mod set_aside;
mod told;
