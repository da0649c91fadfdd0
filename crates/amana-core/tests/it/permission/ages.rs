//! Children: the ages of the laws, guardians, and the birthday on which the person is asked anew (GDPR Art. 8).

use super::act;
use crate::support::{SLOT, mark, moment, rule};
use amana_core::Moment;
use amana_core::catalog::{Basis, SlotRule, UseKind};
use amana_core::permission::ActKind::{Grant, Guardian, Request, Withdraw};
use amana_core::permission::{
    AGES, AGES_VERSION, Act, Mark, Marks, State, Weight, age_limit, age_of_consent, age_on, ages_between, of_age_at,
    standing, standing_of,
};
use jiff::civil::date;

const EEA_AND_UK: &str = "AT BE BG CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK";

#[test]
fn every_row_of_the_ages_is_sourced_and_in_order() {
    assert!(AGES_VERSION.parse::<jiff::civil::Date>().is_ok());
    assert!(AGES.windows(2).all(|two| two[0].country < two[1].country));
    for row in AGES {
        let code = row.country.len() == 2 && row.country.bytes().all(|byte| byte.is_ascii_uppercase());
        assert!(code && row.source.len() > 5 && (10..=21).contains(&row.years), "{row:?}");
    }
    for country in EEA_AND_UK.split(' ') {
        let years = age_of_consent(country).unwrap_or_else(|| panic!("{country} is missing")).years;
        assert!((13..=16).contains(&years), "{country}: GDPR Art. 8(1) allows 13 to 16");
    }
    assert_eq!(ages_between(), (12, 20));
    assert_eq!(age_of_consent("at").map(|row| row.years), Some(14));
    assert_eq!(age_of_consent("CH"), None);
}

#[test]
fn the_purpose_says_else_the_persons_law_else_the_organisations_else_sixteen() {
    let consent = rule(0, Basis::Consent);
    let limit = |rule: &SlotRule, region, country| age_limit(rule, UseKind::Segment, region, country);
    assert_eq!(limit(&consent, Some("AT"), "DE"), Some(14));
    assert_eq!(limit(&consent, Some("at"), "DE"), Some(14));
    assert_eq!(limit(&consent, Some("CH"), "BE"), Some(13));
    assert_eq!(limit(&consent, None, "CZ"), Some(15));
    assert_eq!(limit(&consent, None, "CH"), Some(16));
    for own in [13, 18] {
        let rule = SlotRule { age_min: Some(own), ..consent.clone() };
        assert_eq!(limit(&rule, Some("AT"), "DE"), Some(own));
    }
}

/// Profiling and advertising are off until a guardian is verified (recital 38); what a contract demands goes on.
#[test]
fn the_law_protects_children_from_advertising_and_profiling_too() {
    let limit = |rule: &SlotRule, usage| age_limit(rule, usage, None, "DE").is_some();
    let interest = rule(0, Basis::LegitimateInterest);
    let marketing = SlotRule { direct_marketing: true, ..interest.clone() };
    for usage in UseKind::ALL {
        let profiling = matches!(usage, UseKind::Segment | UseKind::Profile | UseKind::Decide);
        let kept = matches!(usage, UseKind::Store | UseKind::Notify | UseKind::Disclose);
        assert!(limit(&rule(0, Basis::Consent), usage));
        assert!(!limit(&rule(0, Basis::Contract), usage));
        assert_eq!(limit(&interest, usage), profiling, "{usage:?}");
        assert_eq!(limit(&marketing, usage), !kept, "{usage:?}");
        assert!(limit(&SlotRule { age_required: true, ..rule(0, Basis::Contract) }, usage));
    }
}

#[test]
fn the_day_somebody_comes_of_age() {
    let consent = rule(0, Basis::Consent);
    let day = |birthday, country| of_age_at(&consent, birthday, None, country).unwrap().to_string();
    assert_eq!(day(date(2010, 5, 17), "DE"), "2026-05-17T00:00:00.000Z");
    assert_eq!(day(date(2012, 2, 29), "BE"), "2025-03-01T00:00:00.000Z");
    assert_eq!(day(date(2012, 2, 29), "DE"), "2028-02-29T00:00:00.000Z");
    assert_eq!(of_age_at(&rule(0, Basis::Contract), date(2010, 5, 17), None, "DE"), None);
    for birthday in [date(2010, 5, 17), date(2012, 2, 29), date(2011, 12, 31), date(2012, 1, 1)] {
        let grown = of_age_at(&consent, birthday, None, "BE").unwrap();
        assert_eq!(age_on(birthday, grown), Some(13));
        assert_eq!(age_on(birthday, grown.plus_millis(-1)), Some(12));
    }
    assert_eq!(age_on(date(2030, 1, 1), moment("2029-12-31T00:00:00Z")), None);
}

fn joined(acts: &[Act]) -> Marks {
    let mut marks = Marks::default();
    for act in acts {
        marks.add(act);
    }
    marks
}

#[test]
fn a_guardians_consent_ends_at_the_birthday_and_the_person_is_asked_anew() {
    let rule = rule(0, Basis::Consent);
    let guarded = [act(Guardian, SLOT, 10, 10).until(Some(Moment(40))), act(Grant, SLOT, 10, 10)];
    let at =
        |acts: &[Act], of_age: Option<i64>, now| standing_of(&rule, &joined(acts), of_age.map(Moment), Moment(now));
    for of_age in [None, Some(40)] {
        let child = at(&guarded, of_age, 39);
        assert_eq!((child.state, child.until), (State::Given, Some(Moment(40))));
        let grown = at(&guarded, of_age, 40);
        assert_eq!((grown.state, grown.since, grown.until), (State::Unknown, Some(Moment(40)), None));
        assert_eq!(grown.weight(), Weight::Denies, "what has ended is not what was never asked");
        let with = |kind, when| [guarded.to_vec(), vec![act(kind, SLOT, when, when)]].concat();
        assert_eq!(at(&with(Request, 41), of_age, 42).state, State::Requested);
        assert_eq!(at(&with(Request, 40), of_age, 42).state, State::Requested);
        assert_eq!(at(&with(Request, 39), of_age, 42).state, State::Unknown);
        assert_eq!(at(&with(Grant, 39), of_age, 42).state, State::Unknown);
        assert_eq!(at(&with(Grant, 40), of_age, 42).state, State::Given);
        assert_eq!(at(&with(Withdraw, 20), of_age, 42).state, State::Withdrawn);
    }
    // The birthday, where it is known, counts more than what was written down when the guardian decided.
    assert_eq!(at(&guarded, Some(50), 45).state, State::Given);
    assert_eq!(at(&guarded, Some(30), 35).state, State::Unknown);
}

#[test]
fn what_a_child_agreed_to_alone_does_not_become_consent_by_growing_up() {
    let rule = rule(0, Basis::Consent);
    let marks = joined(&[act(Grant, SLOT, 10, 10)]);
    assert_eq!(standing_of(&rule, &marks, Some(Moment(40)), Moment(41)).state, State::Unknown);
    assert_eq!(standing(&rule, &marks, Moment(41)).state, State::Given, "nobody knows the birthday");
}

#[test]
fn what_expired_before_the_birthday_stays_expired() {
    let span = Some(jiff::Span::new().milliseconds(20));
    let rule = SlotRule { consent_expires_after: span, ..rule(0, Basis::Consent) };
    let marks = joined(&[act(Grant, SLOT, 10, 10)]);
    for (of_age, state) in [(40, State::Expired), (30, State::Expired), (25, State::Unknown)] {
        assert_eq!(standing_of(&rule, &marks, Some(Moment(of_age)), Moment(50)).state, state, "{of_age}");
    }
}

#[test]
fn an_unverified_guardian_leaves_no_trace_in_the_state() {
    let mut unverified = act(Guardian, SLOT, 10, 10).until(Some(Moment(20)));
    unverified.evidence.verified = None;
    let marks = joined(&[unverified, act(Grant, SLOT, 10, 10)]);
    assert_eq!(standing(&rule(0, Basis::Consent), &marks, Moment(30)).state, State::Given);
    let mut guarded = marks;
    guarded.mark(SLOT, Guardian, Mark { until: Some(Moment(20)), ..mark(10) });
    assert_eq!(standing(&rule(0, Basis::Consent), &guarded, Moment(30)).state, State::Unknown);
}
