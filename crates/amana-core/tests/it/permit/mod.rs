//! `permit`: one table for each rule, and the laws that hold over all of them.

mod births;
mod case;
mod claims;
mod exemptions;
mod laws;
mod reasons;
mod rules;
mod states;
