//! Whose birthday counts for whom: a claim's for the claim, and what is left of a birthday only to protect
//! (DESIGN §6 *Trust*, GDPR Art. 8).

use super::case::Case;
use crate::support::{SLOT, marks};
use amana_core::Moment;
use amana_core::permission::{ActKind, Born, Marks, State, adult_by};
use amana_core::permit::{Person, Question, Reason, Verdict, permit};
use jiff::civil::date;

/// Ten years old when questions are asked.
const CHILD: Born = Born::On(date(1960, 1, 1));
const ADULT: Born = Born::On(date(1940, 1, 1));

fn asked(case: &Case, births: &[Option<Born>], own: Option<usize>) -> Verdict {
    case.ask(|question| {
        let person = Person { births, own, ..question.person };
        permit(&Question { person, ..*question })
    })
}

fn given() -> Marks {
    marks(&[(SLOT, ActKind::Grant, 10)])
}

/// A core and what claims to belong to it.
fn beside(core: Marks, claim: Marks) -> Case {
    Case::given().with(|case| (case.groups, case.core) = (vec![core, claim], 1))
}

#[test]
fn a_claimed_birthday_counts_for_the_claim_alone() {
    let case = beside(given(), given());
    for claimed in [CHILD, Born::By(date(1960, 1, 1))] {
        for core in [None, Some(ADULT)] {
            let births = [core, Some(claimed)];
            assert_eq!(asked(&case, &births, None).reason, Reason::Permitted);
            assert_eq!(asked(&case, &births, Some(0)).reason, Reason::Permitted);
            assert_eq!(asked(&case, &births, Some(1)).reason, Reason::BelowAge);
        }
    }
    // Where nobody but claims has said anything a claim permits, and its age counts with it.
    let case = beside(Marks::default(), given()).with(|case| case.known = false);
    assert_eq!(asked(&case, &[None, Some(CHILD)], None).reason, Reason::BelowAge);
    assert_eq!(asked(&case, &[None, Some(ADULT)], None).reason, Reason::Permitted);
}

#[test]
fn a_claimed_birthday_ends_the_claims_consent_alone() {
    // Of age between the consent, given at 10, and the question at 1,000: nobody is born at such an instant, so the day
    // is the one on which somebody is 16 at the question and the consent is of the day before.
    let yesterday = marks(&[(SLOT, ActKind::Grant, -86_400_000)]);
    let case = beside(yesterday.clone(), yesterday);
    let births = [None, Some(Born::On(date(1954, 1, 1)))];
    assert_eq!(asked(&case, &births, None).standing.state, State::Given);
    assert_eq!(asked(&case, &births, Some(1)).standing.state, State::Unknown);
}

#[test]
fn a_claimed_age_is_not_known_of_the_core() {
    let case = beside(given(), given()).with(|case| case.rule.age_required = true);
    assert_eq!(asked(&case, &[None, Some(ADULT)], None).reason, Reason::AgeUnknown);
    assert_eq!(asked(&case, &[Some(ADULT), None], None).reason, Reason::Permitted);
}

#[test]
fn what_is_left_of_a_birthday_protects_and_permits_nothing() {
    let left = |year| [Some(Born::By(date(year, 1, 1)))];
    let case = Case::given();
    assert_eq!(asked(&case, &left(1_960), None).reason, Reason::BelowAge);
    assert_eq!(asked(&case, &left(1_954), None).reason, Reason::Permitted);
    // Somebody of the last weeks, rounded up: not born yet is not of unknown age.
    assert_eq!(asked(&case, &left(1_971), None).reason, Reason::BelowAge);
    let case = case.with(|case| case.rule.age_required = true);
    assert_eq!(asked(&case, &left(1_954), None).reason, Reason::AgeUnknown);
    assert_eq!(asked(&case, &left(1_960), None).reason, Reason::BelowAge);
}

#[test]
fn what_is_left_is_a_month_and_never_younger() {
    let adult = |birthday| adult_by(birthday).unwrap().to_string();
    assert_eq!(adult(date(2014, 5, 17)), "2032-06-01T00:00:00.000Z");
    assert_eq!(adult(date(2014, 6, 1)), "2032-06-01T00:00:00.000Z");
    assert_eq!(adult(date(2014, 12, 2)), "2033-01-01T00:00:00.000Z");
    assert_eq!(adult(date(2012, 2, 29)), "2030-03-01T00:00:00.000Z");
    for birthday in [date(2014, 5, 17), date(2014, 6, 1), date(2012, 2, 29), date(2011, 12, 31)] {
        let left = Born::by_adulthood(adult_by(birthday).unwrap()).unwrap();
        assert!(left.latest() >= birthday && left.latest().day() == 1, "{left:?}");
        assert_eq!(left.birthday(), None);
    }
    assert_eq!(Born::youngest([ADULT, CHILD, Born::By(date(1950, 1, 1))]), Some(CHILD));
    assert_eq!(Born::youngest([]), None);
    assert_eq!(CHILD.age_at_least(Moment(0)), Some(10));
}
