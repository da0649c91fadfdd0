//! Issue 3, item 1: all states of the six bases, and from each every act there is. An act that a table does not name
//! leaves the state as it was.

use crate::support::{SLOT, mark, rule};
use State::{
    Active, Asserted, Completed, Ended, Expired, Given, Informed, Invalidated, NotInformed, Objected, ObjectionPending,
    Ongoing, Overridden, Refused, Requested, Unknown, Withdrawn,
};
use amana_core::Moment;
use amana_core::catalog::{Basis, SlotRule};
use amana_core::permission::ActKind::{self, *};
use amana_core::permission::{Evidence, Mark, Marks, Method, Standing, State, Weight, standing};

/// A state, acts that lead to it, and where acts lead from it.
type Row = (State, &'static [ActKind], &'static [(ActKind, State)]);

const CONSENT: &[Row] = &[
    (
        Unknown,
        &[],
        &[
            (Request, Requested),
            (Grant, Given),
            (Refuse, Refused),
            (Withdraw, Withdrawn),
            (Object, Withdrawn),
            (Invalidate, Invalidated),
        ],
    ),
    (
        Requested,
        &[Request],
        &[(Grant, Given), (Refuse, Refused), (Withdraw, Withdrawn), (Object, Withdrawn), (Invalidate, Invalidated)],
    ),
    (
        Given,
        &[Grant],
        &[(End, Expired), (Refuse, Refused), (Withdraw, Withdrawn), (Object, Withdrawn), (Invalidate, Invalidated)],
    ),
    (Refused, &[Refuse], &[(Grant, Given), (Withdraw, Withdrawn), (Object, Withdrawn), (Invalidate, Invalidated)]),
    (Withdrawn, &[Grant, Withdraw], &[(Grant, Given), (Refuse, Refused), (Invalidate, Invalidated)]),
    (
        Expired,
        &[Grant, End],
        &[(Grant, Given), (Refuse, Refused), (Withdraw, Withdrawn), (Object, Withdrawn), (Invalidate, Invalidated)],
    ),
    (
        Invalidated,
        &[Grant, Invalidate],
        &[(Grant, Given), (Refuse, Refused), (Withdraw, Withdrawn), (Object, Withdrawn)],
    ),
];

const CONTRACT: &[Row] = &[
    (State::None, &[], &[(Start, Active)]),
    (Active, &[Start], &[(End, Ended)]),
    (Ended, &[Start, End], &[(Start, Active)]),
];

const OBLIGATION: &[Row] = &[
    (State::None, &[], &[(Start, Ongoing)]),
    (Ongoing, &[Start], &[(End, Completed)]),
    (Completed, &[Start, End], &[(Start, Ongoing)]),
];

const VITAL: &[Row] = &[
    (State::None, &[], &[(Assert, Asserted)]),
    (Asserted, &[Assert], &[(End, State::None)]),
    (State::None, &[Assert, End], &[(Assert, Asserted)]),
];

const INTEREST: &[Row] = &[
    (
        NotInformed,
        &[],
        &[(Inform, Informed), (Refuse, Objected), (Withdraw, Objected), (Object, Objected), (Uphold, Objected)],
    ),
    (
        NotInformed,
        &[Inform, End],
        &[(Start, Informed), (Refuse, Objected), (Withdraw, Objected), (Object, Objected), (Uphold, Objected)],
    ),
    (
        Informed,
        &[Inform],
        &[
            (End, NotInformed),
            (Refuse, ObjectionPending),
            (Withdraw, ObjectionPending),
            (Object, ObjectionPending),
            (Uphold, Objected),
        ],
    ),
    (
        ObjectionPending,
        &[Inform, Object],
        &[(Grant, Informed), (Uphold, Objected), (Override, Overridden), (End, Objected)],
    ),
    (Objected, &[Inform, Object, Uphold], &[(Grant, Informed)]),
    (
        Overridden,
        &[Inform, Object, Override],
        &[
            (Grant, Informed),
            (Refuse, ObjectionPending),
            (Withdraw, ObjectionPending),
            (Object, ObjectionPending),
            (Uphold, Objected),
            (End, Objected),
        ],
    ),
];

/// GDPR Art. 21(3): nothing is weighed.
const MARKETING: &[Row] = &[
    (
        Informed,
        &[Inform],
        &[(End, NotInformed), (Refuse, Objected), (Withdraw, Objected), (Object, Objected), (Uphold, Objected)],
    ),
    (Objected, &[Inform, Object], &[(Grant, Informed)]),
    (Objected, &[Inform, Object, Override], &[(Grant, Informed)]),
];

const NOW: Moment = Moment(1_000);

fn done(marks: &mut Marks, kind: ActKind, at: i64) {
    let until = (kind == Assert).then_some(Moment(2_000));
    marks.mark(SLOT, kind, Mark { until, ..mark(at) });
}

fn walk(rule: &SlotRule, rows: &[Row]) {
    for (state, path, moves) in rows {
        let mut marks = Marks::default();
        path.iter().zip(1..).for_each(|(kind, at)| done(&mut marks, *kind, at));
        assert_eq!(standing(rule, &marks, NOW).state, *state, "{path:?}");
        for kind in ActKind::ALL {
            let mut after = marks.clone();
            done(&mut after, kind, 100);
            let expected = moves.iter().find(|(named, _)| *named == kind).map_or(*state, |(_, to)| *to);
            assert_eq!(standing(rule, &after, NOW).state, expected, "{path:?} and then {kind:?}");
        }
    }
}

#[test]
fn consent_goes_only_where_its_table_says() {
    walk(&rule(0, Basis::Consent), CONSENT);
}

#[test]
fn a_contract_goes_only_where_its_table_says() {
    walk(&rule(0, Basis::Contract), CONTRACT);
}

#[test]
fn an_obligation_goes_only_where_its_table_says() {
    walk(&rule(0, Basis::LegalObligation), OBLIGATION);
}

#[test]
fn a_vital_interest_goes_only_where_its_table_says() {
    walk(&rule(0, Basis::VitalInterest), VITAL);
}

#[test]
fn a_public_task_goes_only_where_its_table_says() {
    walk(&rule(0, Basis::PublicTask), INTEREST);
}

#[test]
fn a_legitimate_interest_goes_only_where_its_table_says() {
    walk(&rule(0, Basis::LegitimateInterest), INTEREST);
    walk(&SlotRule { direct_marketing: true, ..rule(0, Basis::LegitimateInterest) }, MARKETING);
}

#[test]
fn who_takes_an_objection_back_can_object_again_and_be_weighed_again() {
    let rule = rule(0, Basis::LegitimateInterest);
    let mut marks = Marks::default();
    for (kind, at) in [(Inform, 1), (Object, 2), (Uphold, 3), (Grant, 4), (Object, 5)] {
        done(&mut marks, kind, at);
    }
    assert_eq!(standing(&rule, &marks, NOW).state, ObjectionPending);
    done(&mut marks, Override, 6);
    assert_eq!(standing(&rule, &marks, NOW).state, Overridden);
}

/// What has ended speaks against what somebody merely claims to be theirs; what never began does not.
#[test]
fn only_what_has_not_begun_is_neutral() {
    let since = Some(Moment(1));
    for (state, never, ended) in [
        (Unknown, Weight::Neutral, Weight::Denies),
        (NotInformed, Weight::Neutral, Weight::Denies),
        (Requested, Weight::Neutral, Weight::Neutral),
        (State::None, Weight::Neutral, Weight::Neutral),
        (Ended, Weight::Denies, Weight::Denies),
        (Completed, Weight::Denies, Weight::Denies),
        (Expired, Weight::Denies, Weight::Denies),
        (ObjectionPending, Weight::Denies, Weight::Denies),
        (Active, Weight::Allows, Weight::Allows),
        (Informed, Weight::Allows, Weight::Allows),
    ] {
        let weight = |since| Standing { state, since, until: None, ended: false }.weight();
        assert_eq!((weight(None), weight(since)), (never, ended), "{state:?}");
    }
}

/// Requested → given by a verified act.
#[test]
fn double_opt_in_waits_for_an_act_that_proves_who_agreed() {
    for kind in ActKind::ALL {
        for (double, confirmed) in [(false, false), (false, true), (true, true)] {
            assert_eq!(kind.until_confirmed(double, confirmed), kind);
        }
        let waiting = kind.until_confirmed(true, false);
        assert_eq!(waiting, if kind == Grant { Request } else { kind });
    }
    let confirms = |method, verified: Option<&str>| {
        Evidence { verified: verified.map(Into::into), ..Evidence::new(method, "site", "person") }.confirms()
    };
    for method in [Method::Form, Method::Sdk, Method::Call, Method::Paper, Method::Import, Method::Api, Method::Staff] {
        assert!(!confirms(method, None) && !confirms(method, Some(" ")) && confirms(method, Some("message 17")));
    }
    assert!(confirms(Method::DoubleOptIn, None) && confirms(Method::Portal, None));
    let rule = SlotRule { double_opt_in: true, ..rule(0, Basis::Consent) };
    let mut marks = Marks::default();
    done(&mut marks, Grant.until_confirmed(rule.double_opt_in, false), 1);
    assert_eq!(standing(&rule, &marks, NOW).state, Requested);
    done(&mut marks, Grant.until_confirmed(rule.double_opt_in, true), 2);
    assert_eq!(standing(&rule, &marks, NOW).state, Given);
}
