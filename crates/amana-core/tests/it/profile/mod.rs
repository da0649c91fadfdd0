//! What may be kept of an event, what is made of it, and who may see it.

mod fold;
mod gate;
mod reading;
mod set_aside;
