//! What holds for every catalogue file: it is refused with problems that have places and say what was expected, or it is
//! numbered and compiled, and its export is the same catalogue again. Nothing panics.

use amana::audience::Audiences;
use amana_core::Moment;
use amana_core::catalog::{Catalog, Numbers, Policy, Problem, plan};

/// Runs one input: the bytes of a file.
pub(crate) fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match Catalog::read(text) {
        Ok(catalog) => accepted(&catalog),
        Err(problems) => refused(text, &problems),
    }
}

fn accepted(catalog: &Catalog) {
    let exported = catalog.to_toml();
    match Catalog::read(&exported) {
        Ok(again) => assert_eq!(&again, catalog, "an export is the same catalogue"),
        Err(problems) => panic!("an export is no catalogue: {problems:#?}"),
    }
    for warning in catalog.warnings() {
        assert!(!warning.message.is_empty());
    }
    let before = Numbers::default();
    let Ok(numbers) = before.assign(catalog) else { return };
    assert_eq!(numbers.assign(catalog).as_ref(), Ok(&numbers), "the same catalogue keeps its numbers");
    let planned = plan(&Catalog::default(), catalog, &before, &numbers, Moment(0));
    assert!(!planned.to_string().is_empty());
    let policy = Policy::compile(1, catalog, &numbers);
    for rule in &policy.slots {
        let columns = policy.columns(rule.slot);
        assert!(columns.visible.iter().all(|(name, ..)| !columns.withheld.iter().any(|other| other.name == *name)));
    }
    if let Err(problems) = Audiences::compile(&policy) {
        assert!(problems.iter().all(|problem| problem.error.line > 0 && problem.error.column > 0));
    }
}

fn refused(text: &str, problems: &[Problem]) {
    assert!((1..=200).contains(&problems.len()));
    let lines = text.lines().count() + 1;
    for problem in problems {
        assert!(!problem.message.is_empty() && !problem.expected.is_empty());
        assert!(problem.line.is_none_or(|line| (1..=lines).contains(&line)), "a place outside the file");
    }
}
