//! Permissions over time: versions, objections, second steps, children, corrections, preferences (issue 3).

mod acts;
mod children;
mod contact;
mod corrections;
mod lives;
mod versions;
