//! Permissions over time: versions, objections, second steps, children, corrections, preferences (issue 3).

mod acts;
mod affected;
mod childhood;
mod children;
mod contact;
mod corrections;
mod evidence;
mod lives;
mod repetition;
mod turning;
mod versions;
mod wider;
