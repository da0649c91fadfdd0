//! Each rule on its own: several groups, the same instant, what answers what.

use super::case::{Case, spoil};
use crate::support::{HEALTH, SLOT, marks, only};
use amana_core::catalog::{Basis, DeviceGround, MailGround};
use amana_core::permission::ActKind::{self, *};
use amana_core::permission::{Channel, Mark, Marks, Target};
use amana_core::permit::{Disclosure, Reason, Rule, Use};

const PERSON: Target = Target::Person;
const MARKETING: Target = Target::DirectMarketing;

fn groups(groups: &[&[(Target, ActKind, i64)]]) -> Vec<Marks> {
    groups.iter().map(|acts| marks(acts)).collect()
}

fn reason(of: &[&[(Target, ActKind, i64)]], spoil: impl FnOnce(&mut Case)) -> Reason {
    Case::given()
        .with(|case| {
            case.groups = groups(of);
            spoil(case);
        })
        .reason()
}

#[test]
fn a_restriction_stands_until_it_is_lifted_later() {
    for target in [PERSON, SLOT] {
        let restricted =
            |lifted: i64| reason(&[&[(SLOT, Grant, 1), (target, Restrict, 5), (target, Lift, lifted)]], |_| {});
        assert_eq!([4, 5, 6].map(restricted), [Reason::Restricted, Reason::Restricted, Reason::Permitted]);
    }
}

/// GDPR Art. 18(2)
#[test]
fn consent_given_in_knowledge_of_a_restriction_counts() {
    let agreed = |at: i64| reason(&[&[(PERSON, Restrict, 5), (SLOT, Grant, at)]], |_| {});
    assert_eq!([4, 5, 6].map(agreed), [Reason::Restricted, Reason::Restricted, Reason::Permitted]);
}

#[test]
fn consent_of_another_lifts_no_restriction() {
    let restricted: &[_] = &[(SLOT, Grant, 1), (PERSON, Restrict, 5)];
    let device: &[_] = &[(SLOT, Grant, 9)];
    for groups in [[restricted, device], [device, restricted]] {
        assert_eq!(reason(&groups, |case| case.core = 2), Reason::Restricted, "whom staff joined");
    }
    // Of a mere claim: neither for the core, nor for what another claim restricted.
    assert_eq!(reason(&[restricted, device], |case| case.core = 1), Reason::Restricted);
    assert_eq!(reason(&[restricted, device], |case| case.own = Some(0)), Reason::Restricted);
}

#[test]
fn erasure_of_one_purpose_is_of_that_purpose() {
    let erased = |target: Target| reason(&[&[(SLOT, Grant, 1), (target, Erase, 5)]], |_| {});
    assert_eq!(erased(SLOT), Reason::Erased);
    assert_eq!(erased(Target::Slot(amana_core::Slot(1))), Reason::Permitted);
}

#[test]
fn a_blocked_purpose_keeps_what_it_holds() {
    for spoil in
        [|case: &mut Case| case.open = false, |case: &mut Case| case.rule.depends.blocked = Some("dpia".into())]
    {
        let case = Case::given().with(spoil);
        assert_eq!(case.reason(), Reason::PurposeBlocked);
        for usage in [Use::Store, Use::Notify, Use::Disclose(Disclosure::Subject)] {
            assert!(case.clone().with(|case| case.usage = usage).verdict().allow);
        }
    }
}

/// What is retired is retired whatever papers it has, and no question about somebody is asked of what is blocked.
#[test]
fn a_block_is_told_after_a_purpose_that_is_over_and_before_whatever_is_about_people() {
    let blocked = || Case::given().with(|case| case.rule.depends.blocked = Some("dpia".into()));
    let reason = |spoil: fn(&mut Case)| blocked().with(spoil).reason();
    assert_eq!(reason(|case| case.slot_known = false), Reason::PurposeUnknown);
    assert_eq!(reason(|case| case.rule.retired = true), Reason::PurposeRetired);
    assert_eq!(reason(|case| case.rule.uses = vec![amana_core::catalog::UseKind::Store]), Reason::PurposeBlocked);
    assert_eq!(reason(|case| (case.rule.age_min, case.age) = (Some(16), Some(9))), Reason::PurposeBlocked);
    assert_eq!(reason(|case| case.groups.clear()), Reason::PurposeBlocked);
    assert_eq!(reason(|case| case.act(PERSON, Restrict, 20)), Reason::Restricted);
}

/// GDPR Art. 8(1)
#[test]
fn a_guardian_decides_below_the_age_and_until_it_is_taken_back() {
    let aged = |age: Option<u16>, acts: &[(Target, ActKind, i64)]| {
        reason(&[acts], |case| (case.rule.age_min, case.age) = (Some(16), age))
    };
    let grant = (SLOT, Grant, 9);
    assert_eq!(aged(Some(15), &[grant]), Reason::BelowAge);
    assert_eq!(aged(Some(16), &[grant]), Reason::Permitted);
    assert_eq!(aged(None, &[grant]), Reason::Permitted);
    assert_eq!(aged(Some(15), &[(SLOT, Guardian, 1), grant]), Reason::Permitted);
    assert_eq!(aged(Some(15), &[(SLOT, Guardian, 1), (SLOT, Withdraw, 2), grant]), Reason::BelowAge);
    assert_eq!(aged(Some(15), &[(SLOT, Guardian, 2), (SLOT, Withdraw, 2), grant]), Reason::BelowAge);
    // A guardian decides on a purpose; deciding on everything at once decides on none.
    assert_eq!(aged(Some(15), &[(PERSON, Guardian, 1), grant]), Reason::BelowAge);
}

/// What the purpose asks for is asked for: an unknown age denies, unless a verified guardian decided.
#[test]
fn an_unknown_age_denies_only_where_the_purpose_requires_it() {
    let asked = |required: bool, age: Option<u16>, acts: &[(Target, ActKind, i64)]| {
        reason(&[acts], |case| (case.rule.age_required, case.age) = (required, age))
    };
    let grant = (SLOT, Grant, 9);
    assert_eq!(asked(false, None, &[grant]), Reason::Permitted);
    assert_eq!(asked(true, None, &[grant]), Reason::AgeUnknown);
    assert_eq!(asked(true, None, &[grant, (SLOT, Guardian, 9)]), Reason::Permitted);
    assert_eq!(asked(true, Some(15), &[grant]), Reason::BelowAge);
    assert_eq!(asked(true, Some(16), &[grant]), Reason::Permitted);
}

/// GDPR Art. 8(1): the law where the person lives says who is a child.
#[test]
fn the_age_is_that_of_the_persons_country() {
    let aged = |age: u16, region: Option<&'static str>| {
        reason(&[&[(SLOT, Grant, 9)]], |case| (case.age, case.region) = (Some(age), region))
    };
    assert_eq!([12, 13].map(|age| aged(age, Some("BE"))), [Reason::BelowAge, Reason::Permitted]);
    assert_eq!([13, 14].map(|age| aged(age, Some("AT"))), [Reason::BelowAge, Reason::Permitted]);
    assert_eq!([17, 18].map(|age| aged(age, Some("IN"))), [Reason::BelowAge, Reason::Permitted]);
    assert_eq!([15, 16].map(|age| aged(age, None)), [Reason::BelowAge, Reason::Permitted]);
}

#[test]
fn a_guardians_decision_ends_when_it_says() {
    let guarded = |until: i64| {
        let mut case = Case::given().with(|case| case.age = Some(15));
        let until = Some(amana_core::Moment(until));
        case.groups[0].mark(SLOT, Guardian, Mark { until, ..crate::support::mark(5) });
        case.reason()
    };
    assert_eq!([1_000, 1_001].map(guarded), [Reason::BelowAge, Reason::Permitted]);
}

/// Recital 38: profiling and advertising are off until a guardian is verified.
#[test]
fn children_are_neither_advertised_to_nor_profiled_without_a_guardian() {
    let child = |marketing: bool, usage: Use<'static>, guardian: bool| {
        let mut case = Case::of(Basis::LegitimateInterest, &[(SLOT, Inform, 1)]).with(|case| {
            (case.age, case.rule.direct_marketing, case.usage) = (Some(10), marketing, usage);
        });
        if guardian {
            case.act(SLOT, Guardian, 2);
        }
        case.reason()
    };
    for usage in [Use::Segment, Use::Profile, Use::Decide] {
        assert_eq!([false, true].map(|guardian| child(false, usage, guardian)), [Reason::BelowAge, Reason::Permitted]);
    }
    assert_eq!(child(false, Use::Analyse, false), Reason::Permitted);
    assert_eq!(child(true, Use::Contact(Channel::Post), false), Reason::BelowAge);
    assert_eq!(child(true, Use::Contact(Channel::Post), true), Reason::Permitted);
    assert_eq!(child(true, Use::Store, false), Reason::Permitted);
}

#[test]
fn a_guardian_of_one_group_decides_for_that_groups_data_only() {
    let child = |own: Option<usize>| {
        let guarded: &[_] = &[(SLOT, Guardian, 1), (SLOT, Grant, 2)];
        reason(&[guarded, &[(SLOT, Grant, 3)]], |case| {
            (case.rule.age_min, case.age, case.own) = (Some(16), Some(12), own);
        })
    };
    assert_eq!([None, Some(0), Some(1)].map(child), [Reason::Permitted, Reason::Permitted, Reason::BelowAge]);
}

/// GDPR Art. 21(3), S3
#[test]
fn an_objection_to_marketing_also_meets_what_is_declared_later() {
    for kind in [Object, Refuse, Withdraw] {
        let marketing = |granted: i64| {
            reason(&[&[(MARKETING, kind, 5), (SLOT, Grant, granted)]], |case| case.rule.direct_marketing = true)
        };
        let objected = Reason::MarketingObjected;
        assert_eq!([4, 5, 6].map(marketing), [objected, objected, Reason::Permitted]);
    }
}

#[test]
fn an_objection_is_answered_by_whom_it_came_from() {
    let device: &[_] = &[(SLOT, Grant, 9)];
    for (target, kind) in [(MARKETING, Object), (PERSON, PrivacyControl)] {
        let objected: &[_] = &[(SLOT, Grant, 1), (target, kind, 5)];
        let asked = |core, own| {
            reason(&[objected, device], |case| {
                (case.rule.direct_marketing, case.rule.honours_gpc) = (true, true);
                (case.core, case.own) = (core, own);
            })
        };
        for (core, own) in [(2, None), (1, None), (0, Some(0))] {
            assert!(matches!(asked(core, own), Reason::MarketingObjected | Reason::PrivacySignal));
        }
        assert_eq!(asked(0, None), Reason::Permitted, "what came from the other claim alone");
    }
}

#[test]
fn service_messages_go_on_after_an_objection_to_marketing() {
    let service = Case::of(Basis::Contract, &[(SLOT, Start, 1), (MARKETING, Object, 5)]).with(|case| {
        (case.usage, case.rule.mail_ground) = (Use::Contact(Channel::Email), Some(MailGround::Service));
    });
    assert!(service.verdict().allow);
}

/// GDPR Art. 21(5)
#[test]
fn a_privacy_signal_yields_to_agreeing_after_it_first_came() {
    let signalled = |acts: &[(Target, ActKind, i64)]| reason(&[acts], |case| case.rule.honours_gpc = true);
    let gpc = |at: i64| (PERSON, PrivacyControl, at);
    assert_eq!(signalled(&[gpc(5), (SLOT, Grant, 5)]), Reason::PrivacySignal);
    assert_eq!(signalled(&[gpc(5), (SLOT, Grant, 4)]), Reason::PrivacySignal);
    assert_eq!(signalled(&[gpc(5), (SLOT, Grant, 6)]), Reason::Permitted);
    // The signal comes with every request and says nothing new.
    assert_eq!(signalled(&[gpc(5), (SLOT, Grant, 6), gpc(7), gpc(8)]), Reason::Permitted);
}

/// ePrivacy Art. 5(3)
#[test]
fn a_device_is_used_on_its_own_ground() {
    let grounded = |basis: Basis, act: ActKind, ground: DeviceGround| {
        let case = Case::of(basis, &[(SLOT, act, 1)]);
        case.with(|case| (case.context.device, case.rule.device_ground) = (true, Some(ground))).reason()
    };
    assert_eq!(grounded(Basis::Contract, Start, DeviceGround::StrictlyNecessary), Reason::Permitted);
    assert_eq!(grounded(Basis::Contract, Start, DeviceGround::Consent), Reason::DeviceConsentMissing);
    assert_eq!(grounded(Basis::Consent, Grant, DeviceGround::Consent), Reason::Permitted);
}

/// ePrivacy Art. 13
#[test]
fn electronic_mail_has_its_own_ground() {
    let sent = |basis: Basis, act: ActKind, ground: Option<MailGround>, marketing: bool| {
        [Channel::Email, Channel::Sms, Channel::Push, Channel::Phone, Channel::Post].map(|channel| {
            let case = Case::of(basis, &[(SLOT, act, 1)]).with(|case| {
                (case.usage, case.rule.mail_ground, case.rule.direct_marketing) =
                    (Use::Contact(channel), ground, marketing);
            });
            case.reason()
        })
    };
    let electronic = |reason: Reason| [reason, reason, reason, Reason::Permitted, Reason::Permitted];
    let (interest, informed) = (Basis::LegitimateInterest, Inform);
    assert_eq!(sent(interest, informed, None, true), electronic(Reason::MailGroundMissing));
    assert_eq!(sent(interest, informed, Some(MailGround::Service), true), electronic(Reason::MailGroundMissing));
    assert_eq!(sent(interest, informed, Some(MailGround::Service), false), electronic(Reason::Permitted));
    assert_eq!(sent(interest, informed, Some(MailGround::SoftOptIn), true), electronic(Reason::Permitted));
    assert_eq!(sent(interest, informed, Some(MailGround::Consent), true), electronic(Reason::MailConsentMissing));
    assert_eq!(sent(Basis::Consent, Grant, Some(MailGround::Consent), true), electronic(Reason::Permitted));
}

#[test]
fn a_channel_refused_by_any_group_is_refused() {
    let email = Target::Channel(Channel::Email);
    let asked = |of: &[&[(Target, ActKind, i64)]]| {
        reason(of, |case| {
            case.core = of.len();
            (case.usage, case.rule.mail_ground) = (Use::Contact(Channel::Email), Some(MailGround::Consent));
        })
    };
    for kind in [Refuse, Withdraw, Object] {
        let own = |at: i64| asked(&[&[(SLOT, Grant, 1), (email, kind, 5), (email, Grant, at)]]);
        assert_eq!([4, 5, 6].map(own), [Reason::ChannelRefused, Reason::ChannelRefused, Reason::Permitted]);
        assert_eq!(asked(&[&[(SLOT, Grant, 1), (email, Grant, 9)], &[(email, kind, 5)]]), Reason::ChannelRefused);
    }
    assert_eq!(asked(&[&[(SLOT, Grant, 1), (Target::Channel(Channel::Sms), Refuse, 5)]]), Reason::Permitted);
}

#[test]
fn a_question_about_the_person_as_a_whole_names_no_category() {
    assert!(Case::given().with(|case| case.rule.categories = only(&[])).verdict().allow);
    let special = Case::given().with(|case| case.context.categories = only(&[HEALTH]));
    assert_eq!(special.reason(), Reason::SpecialCategory);
    assert!(special.with(|case| case.rule.special_condition = true).verdict().allow);
}

#[test]
fn regions_are_compared_without_regard_to_case() {
    let living_in = |region: &'static str| {
        Case::given().with(|case| (case.rule.regions, case.region) = (vec!["DE".into()], Some(region))).reason()
    };
    assert_eq!(["DE", "de", "", "DEU"].map(living_in)[..2], [Reason::Permitted, Reason::Permitted]);
    assert_eq!(["", "DEU"].map(living_in), [Reason::RegionExcluded, Reason::RegionExcluded]);
}

#[test]
fn the_datas_own_group_must_allow_its_use() {
    let with_own = |own: Option<usize>| reason(&[&[(SLOT, Grant, 1)], &[]], |case| case.own = own);
    assert_eq!([None, Some(0), Some(1)].map(with_own), [Reason::Permitted, Reason::Permitted, Reason::ConsentUnknown]);
}

/// DESIGN §5: "restriction, a lapsed contract or a merge only stop its use"
#[test]
fn what_the_core_says_stops_what_claims_to_belong_to_it_and_destroys_nothing() {
    let claim: &[_] = &[(SLOT, Grant, 1)];
    for spoiled in [Rule::Erased, Rule::Basis] {
        let case = Case::given().with(|case| {
            spoil(case, spoiled);
            case.groups.push(marks(claim));
            (case.core, case.own) = (1, Some(1));
        });
        assert!(!case.verdict().allow);
        assert!(case.clone().with(|case| case.usage = Use::Store).verdict().allow, "{spoiled:?}");
        assert!(!case.with(|case| (case.usage, case.own) = (Use::Store, Some(0))).verdict().allow, "{spoiled:?}");
    }
}

/// DESIGN §6: "Over claimed edges … an act counts for its own fragment only"
#[test]
fn a_claim_neither_permits_nor_stops_anything_for_the_core() {
    let with_core = |core: &[(Target, ActKind, i64)], claim: &[(Target, ActKind, i64)], own| {
        reason(&[core, claim], |case| (case.core, case.own) = (1, own))
    };
    for no in [Withdraw, Refuse] {
        let (yes, no) = ([(SLOT, Grant, 1)], [(SLOT, no, 5)]);
        assert_eq!(with_core(&yes, &no, None), Reason::Permitted);
        assert_eq!(with_core(&yes, &no, Some(0)), Reason::Permitted);
        assert_ne!(with_core(&yes, &no, Some(1)), Reason::Permitted, "what came from it is not used");
        assert_ne!(with_core(&no, &[(SLOT, Grant, 9)], None), Reason::Permitted, "a claim permits nothing");
        assert_ne!(with_core(&no, &[(SLOT, Grant, 9)], Some(1)), Reason::Permitted);
    }
    assert_eq!(with_core(&[], &[(SLOT, Grant, 1)], Some(1)), Reason::Permitted, "nothing speaks against its own use");
    assert_eq!(with_core(&[], &[(SLOT, Grant, 1)], Some(0)), Reason::ConsentUnknown);
}

/// DESIGN §6: "nobody is contacted because of it"
#[test]
fn nobody_is_contacted_because_of_a_claim() {
    let yes: &[_] = &[(SLOT, Grant, 1)];
    let asked = |core: &[(Target, ActKind, i64)], of_core: usize| {
        reason(&[core, yes], |case| (case.core, case.usage) = (of_core, Use::Contact(Channel::Post)))
    };
    assert_eq!([asked(&[], 1), asked(&[], 0)], [Reason::OnlyClaimed, Reason::OnlyClaimed]);
    assert_eq!(asked(&[(SLOT, Refuse, 1)], 1), Reason::ConsentRefused, "the core has said it");
    assert_eq!(asked(yes, 1), Reason::Permitted);
    assert_eq!(asked(yes, 0), Reason::OnlyClaimed, "of two claims nobody knows which is true");
    let own = |own| reason(&[yes, yes], |case| (case.own, case.usage) = (Some(own), Use::Contact(Channel::Post)));
    assert_eq!([own(0), own(1)], [Reason::Permitted, Reason::OnlyClaimed], "a claim beside a core");
    let alone = |core| reason(&[yes], |case| (case.core, case.usage) = (core, Use::Contact(Channel::Post)));
    assert_eq!([alone(1), alone(0)], [Reason::Permitted, Reason::OnlyClaimed], "whom no system has named");
}

/// What ended for the core runs for nobody who claims to belong to it.
#[test]
fn a_contract_that_ended_is_not_continued_by_a_claim() {
    let ended = [(SLOT, Start, 1), (SLOT, End, 5)];
    let asked = |core| {
        let case = Case::of(Basis::Contract, &ended).with(|case| {
            case.groups.push(marks(&[(SLOT, Start, 7)]));
            case.core = core;
        });
        case.reason()
    };
    // Between two whom staff joined, too, what has ended speaks against: only what never began is neutral.
    assert_eq!([asked(1), asked(2)], [Reason::ContractEnded, Reason::ContractEnded]);
    assert_eq!(asked(0), Reason::Permitted, "among mere claims the other one's own runs");
}
