//! `cargo xtask dependencies`: what our crates may lean on, and under which licence.

mod licences;
mod origins;
mod reasons;
mod tree;
mod walls;

use crate::house::House;
use crate::step::Steps;

pub(crate) fn run(house: &House, steps: &Steps) -> Result<(), String> {
    let outcomes = [
        steps.step("walls between crates", || walls::check(house)),
        steps.step("a reason for each dependency", || reasons::check(house)),
        steps.step("licences", || licences::check(house)),
        steps.step("origins", || origins::check(house)),
    ];
    let failed: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    if failed.is_empty() { Ok(()) } else { Err(failed.join(", ")) }
}
