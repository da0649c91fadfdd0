//! Every basis with every state it can be in: what it is called, what it allows, what it lets be kept.

use super::case::Case;
use crate::support::{SLOT, mark};
use amana_core::Moment;
use amana_core::catalog::Basis;
use amana_core::permission::ActKind::{self, *};
use amana_core::permission::{Mark, State, Target};
use amana_core::permit::{Reason, Use};

type Row = (Basis, &'static [(ActKind, i64)], State);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    (Basis::Consent, &[], State::Unknown),
    (Basis::Consent, &[(Inform, 1), (Start, 2), (Override, 3)], State::Unknown),
    (Basis::Consent, &[(End, 1)], State::Unknown),
    (Basis::Consent, &[(Request, 1)], State::Requested),
    (Basis::Consent, &[(Grant, 1)], State::Given),
    (Basis::Consent, &[(Request, 1), (Grant, 1)], State::Given),
    (Basis::Consent, &[(Grant, 1), (Request, 2)], State::Given),
    (Basis::Consent, &[(Withdraw, 1), (Request, 2)], State::Withdrawn),
    (Basis::Consent, &[(Withdraw, 1), (Grant, 2)], State::Given),
    (Basis::Consent, &[(Grant, 1), (Refuse, 1)], State::Refused),
    (Basis::Consent, &[(Grant, 1), (Withdraw, 1)], State::Withdrawn),
    (Basis::Consent, &[(Grant, 1), (Object, 1)], State::Withdrawn),
    (Basis::Consent, &[(Refuse, 1), (End, 2)], State::Refused),
    (Basis::Consent, &[(Withdraw, 1), (End, 2)], State::Withdrawn),
    (Basis::Consent, &[(Grant, 1), (End, 1)], State::Expired),
    (Basis::Consent, &[(Grant, 1), (End, 2), (Grant, 3)], State::Given),
    (Basis::Consent, &[(Grant, 1), (Invalidate, 1)], State::Invalidated),
    (Basis::Contract, &[], State::None),
    (Basis::Contract, &[(End, 1), (Grant, 2)], State::None),
    (Basis::Contract, &[(Start, 1)], State::Active),
    (Basis::Contract, &[(Start, 1), (Object, 2), (Withdraw, 3)], State::Active),
    (Basis::Contract, &[(Start, 1), (End, 1)], State::Ended),
    (Basis::Contract, &[(Start, 1), (End, 2), (Start, 3)], State::Active),
    (Basis::LegalObligation, &[], State::None),
    (Basis::LegalObligation, &[(Start, 1)], State::Ongoing),
    (Basis::LegalObligation, &[(Start, 1), (End, 1)], State::Completed),
    (Basis::VitalInterest, &[], State::None),
    (Basis::VitalInterest, &[(Grant, 1), (Start, 1)], State::None),
    (Basis::VitalInterest, &[(Assert, 2)], State::Asserted),
    (Basis::VitalInterest, &[(Assert, 2), (End, 2)], State::None),
    (Basis::LegitimateInterest, &[], State::NotInformed),
    (Basis::LegitimateInterest, &[(Start, 1), (Grant, 2), (Override, 3)], State::NotInformed),
    (Basis::LegitimateInterest, &[(Inform, 1)], State::Informed),
    (Basis::LegitimateInterest, &[(Inform, 1), (Override, 2)], State::Informed),
    (Basis::LegitimateInterest, &[(Inform, 1), (End, 1)], State::NotInformed),
    (Basis::LegitimateInterest, &[(Inform, 1), (End, 2), (Start, 3)], State::Informed),
    (Basis::LegitimateInterest, &[(Inform, 1), (Object, 2)], State::ObjectionPending),
    (Basis::LegitimateInterest, &[(Inform, 1), (Withdraw, 2)], State::ObjectionPending),
    (Basis::LegitimateInterest, &[(Inform, 1), (Refuse, 2)], State::ObjectionPending),
    (Basis::LegitimateInterest, &[(Inform, 1), (Grant, 2), (Object, 2)], State::ObjectionPending),
    (Basis::LegitimateInterest, &[(Inform, 1), (Object, 2), (Grant, 3)], State::Informed),
    (Basis::LegitimateInterest, &[(Object, 2)], State::Objected),
    (Basis::LegitimateInterest, &[(Inform, 1), (Object, 2), (Uphold, 3)], State::Objected),
    (Basis::LegitimateInterest, &[(Inform, 1), (Object, 2), (Uphold, 3), (Object, 4)], State::Objected),
    (Basis::LegitimateInterest, &[(Inform, 1), (Object, 2), (Override, 2)], State::ObjectionPending),
    (Basis::LegitimateInterest, &[(Inform, 1), (Object, 2), (Override, 3), (Object, 4)], State::ObjectionPending),
    (Basis::LegitimateInterest, &[(Inform, 1), (Object, 2), (Override, 3)], State::Overridden),
    (Basis::LegitimateInterest, &[(Inform, 1), (Object, 2), (Override, 3), (Uphold, 3)], State::Objected),
    (Basis::LegitimateInterest, &[(Inform, 1), (Object, 2), (Override, 3), (End, 4)], State::Objected),
    (Basis::PublicTask, &[(Inform, 1), (Object, 2), (Override, 3)], State::Overridden),
];

/// Whether a state of DESIGN §5 allows processing, and whether it lets data be kept. Exhaustive, so that a new state
/// has to be decided on here.
fn allows_and_holds(state: State) -> (bool, bool) {
    match state {
        State::Given | State::Active | State::Ongoing | State::Asserted | State::Informed | State::Overridden => {
            (true, true)
        }
        State::ObjectionPending => (false, true),
        State::Unknown | State::Requested | State::Refused | State::Withdrawn | State::Expired | State::Invalidated => {
            (false, false)
        }
        State::None | State::Ended | State::Completed | State::NotInformed | State::Objected => (false, false),
    }
}

fn case((basis, acts, _): Row) -> Case {
    let acts: Vec<_> = acts.iter().map(|(kind, at)| (SLOT, *kind, *at)).collect();
    let mut case = Case::of(basis, &acts);
    if acts.iter().any(|(_, kind, _)| *kind == Assert) {
        case.groups[0].mark(SLOT, Assert, Mark { until: Some(Moment(2_000)), ..mark(2) });
    }
    case
}

#[test]
fn each_basis_and_state_allows_what_the_design_says() {
    for row in TABLE {
        let verdict = case(*row).verdict();
        let (allows, holds) = allows_and_holds(row.2);
        assert_eq!(verdict.standing.state, row.2, "{row:?}");
        assert_eq!(verdict.allow, allows, "{row:?}");
        assert_eq!(verdict.reason, Reason::of_state(row.2), "{row:?}");
        assert_eq!((row.2.allows(), row.2.holds()), (allows, holds));
        assert_eq!(case(*row).with(|case| case.usage = Use::Store).verdict().allow, holds, "{row:?}");
    }
}

#[test]
fn the_table_reaches_every_state() {
    let states: std::collections::HashSet<_> = TABLE.iter().map(|(.., state)| *state).collect();
    assert_eq!(states.len(), 18);
}

/// GDPR Art. 21(3)
#[test]
fn nothing_overrides_an_objection_to_direct_marketing() {
    for kind in [Object, Refuse, Withdraw] {
        let marketing = |acts: &[(ActKind, i64)]| {
            let acts: Vec<_> = acts.iter().map(|(kind, at)| (SLOT, *kind, *at)).collect();
            Case::of(Basis::LegitimateInterest, &acts).with(|case| case.rule.direct_marketing = true).verdict()
        };
        let overridden = marketing(&[(Inform, 1), (kind, 2), (Override, 3)]);
        assert_eq!((overridden.reason, overridden.standing.since), (Reason::Objected, Some(Moment(2))));
        assert!(marketing(&[(Inform, 1), (Override, 3)]).allow);
        assert!(marketing(&[(Inform, 1), (kind, 2), (Grant, 3)]).allow);
    }
}

#[test]
fn who_says_no_to_everything_says_no_to_each_purpose() {
    for kind in [Object, Refuse, Withdraw] {
        let consent = Case::given().with(|case| case.act(Target::Person, kind, 10));
        assert!(!consent.verdict().allow);
        let interest = Case::of(Basis::PublicTask, &[(SLOT, Inform, 1), (Target::Person, kind, 2)]);
        assert_eq!(interest.reason(), Reason::ObjectionPending);
        assert!(consent.with(|case| case.act(SLOT, Grant, 11)).verdict().allow);
    }
}

#[test]
fn who_agrees_to_everything_has_agreed_to_nothing_in_particular() {
    assert_eq!(Case::of(Basis::Consent, &[(Target::Person, Grant, 1)]).reason(), Reason::ConsentUnknown);
}

#[test]
fn consent_expires_by_the_calendar() {
    let verdict = |grant: &str, span: jiff::Span, now: &str| {
        let mut case = Case::of(Basis::Consent, &[(SLOT, Grant, crate::support::moment(grant).0)]);
        case.rule.consent_expires_after = Some(span);
        case.now = crate::support::moment(now).0;
        case.verdict()
    };
    let month = jiff::Span::new().months(1);
    // A month after the 31st is the last day of the next month, leap years included (cf. Regulation 1182/71 Art. 3(2)).
    for (grant, end) in [
        ("2026-01-31T12:00:00Z", "2026-02-28T12:00:00Z"),
        ("2024-01-31T12:00:00Z", "2024-02-29T12:00:00Z"),
        ("2026-08-31T00:00:00Z", "2026-09-30T00:00:00Z"),
        ("2026-12-31T23:59:59.999Z", "2027-01-31T23:59:59.999Z"),
    ] {
        let end = crate::support::moment(end);
        let before = verdict(grant, month, &end.plus_millis(-1).to_string());
        assert_eq!((before.reason, before.standing.until), (Reason::Permitted, Some(end)));
        let after = verdict(grant, month, &end.to_string());
        assert_eq!((after.reason, after.standing.since), (Reason::ConsentExpired, Some(end)));
    }
    let leap = verdict("2024-02-29T00:00:00Z", jiff::Span::new().years(1), "2025-02-28T00:00:00Z");
    assert_eq!(leap.reason, Reason::ConsentExpired);
    let beyond = verdict("2026-01-01T00:00:00Z", jiff::Span::new().years(19_000), "9000-01-01T00:00:00Z");
    assert!(beyond.allow);
}
