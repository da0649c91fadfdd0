//! What is remembered of catalogues that are in force no longer: since when versions of notices are in force, and the
//! identity scopes under which there may be people.

use super::sample;
use amana_core::Moment;
use amana_core::catalog::{BEGUN_VERSIONS_MAX, Catalog, Numbers, Policy};

const FIRST: Moment = Moment(1_000);
const SECOND: Moment = Moment(2_000);
const BEFORE: Moment = Moment(0);

/// The sample with its notice in a version, in force since a day or since it is applied.
fn notice(version: u32, since: Option<&str>) -> Catalog {
    let mut catalog = sample();
    (catalog.notices[0].version, catalog.notices[0].since) = (version, since.map(Into::into));
    catalog
}

fn code() -> String {
    sample().notices[0].code.clone()
}

#[test]
fn versions_after_the_first_begin_when_they_are_applied() {
    let numbers = Numbers::default().beginning(&notice(3, None), Some(FIRST)).beginning(&notice(4, None), Some(SECOND));
    let begins = |version: u32, at: Moment| numbers.begins_after(&code(), version, at);
    assert_eq!(begins(3, BEFORE), None, "what the first had been before nobody knows");
    assert_eq!(begins(4, FIRST), Some(SECOND));
    assert_eq!(begins(4, SECOND), None);
    assert_eq!((begins(2, BEFORE), begins(9, BEFORE)), (None, None));
    assert_eq!(numbers.begins_after("nothing", 4, BEFORE), None);
    // Applied again, and gone in between: it had begun.
    let mut without = sample();
    without.notices.clear();
    let later =
        [without, notice(4, None)].iter().fold(numbers, |known, next| known.beginning(next, Some(Moment(3_000))));
    assert_eq!(later.begins_after(&code(), 4, FIRST), Some(SECOND));
}

#[test]
fn a_day_that_is_declared_is_when_a_version_begins() {
    let day = Some("2026-05-01");
    let begins = sample_day("2026-05-01");
    let numbers = Numbers::default().beginning(&notice(1, day), Some(FIRST));
    assert_eq!(numbers.begins_after(&code(), 1, FIRST), Some(begins), "also of the first");
    let numbers = numbers.beginning(&notice(1, Some("2026-06-01")), Some(SECOND));
    assert_eq!(numbers.begins_after(&code(), 1, FIRST), Some(sample_day("2026-06-01")), "it was put off");
}

fn sample_day(day: &str) -> Moment {
    notice(1, Some(day)).notices[0].in_force(&sample().organisation.time_zone).unwrap()
}

#[test]
fn of_what_nobody_noted_no_beginning_is_known() {
    let recalled = [notice(1, None), notice(2, None)];
    let numbers = recalled.iter().fold(Numbers::default(), |known, catalog| known.recalling(catalog, None));
    assert_eq!(numbers.begins_after(&code(), 2, BEFORE), None);
    let mut many = Numbers::default();
    for (version, at) in (1..).zip(0..BEGUN_VERSIONS_MAX as i64 + 5) {
        many = many.beginning(&notice(version, None), Some(Moment(10 + at)));
    }
    assert_eq!(many.begun[&code()].len(), BEGUN_VERSIONS_MAX);
    assert_eq!(many.begins_after(&code(), 2, BEFORE), None, "forgotten, and so not known");
    assert!(many.begins_after(&code(), 100, BEFORE).is_some());
}

#[test]
fn a_scope_is_known_as_long_as_there_may_be_people_under_it() {
    let catalog = sample();
    let first = Numbers::default().assign(&catalog).unwrap();
    let policy = Policy::compile(1, &catalog, &first);
    assert!(policy.knows_scope("shops") && policy.knows_scope("default") && !policy.knows_scope("shop"));
    let mut less = sample();
    less.sources.retain(|source| source.identity_scope != "shops");
    let policy = Policy::compile(2, &less, &first.assign(&less).unwrap());
    assert!(policy.knows_scope("shops"), "its people are still there");
    assert!(!policy.declared_scopes().contains("shops"));
    let unknown = Policy::compile(1, &less, &Numbers::default());
    assert!(!unknown.knows_scope("shops") && unknown.knows_scope("default"));
    // Before any source is declared, nobody names one.
    let nothing = Policy::compile(0, &Catalog::default(), &Numbers::default());
    assert!(nothing.knows_scope("default") && !nothing.knows_scope("shops"));
}
