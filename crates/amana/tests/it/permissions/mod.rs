//! Permissions over time: versions, objections, second steps, children, corrections, preferences (issue 3).

mod acts;
mod affected;
mod childhood;
mod children;
mod contact;
mod corrections;
mod evidence;
mod lives;
mod notices;
mod otherwise;
pub(crate) mod past_catalogues;
mod plans;
mod registers;
mod repetition;
mod scopes;
mod turning;
mod versions;
mod wider;
