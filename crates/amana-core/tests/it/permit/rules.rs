//! Each rule on its own: several groups, the same instant, what answers what.

use super::case::{Case, spoil};
use crate::support::{HEALTH, SLOT, marks, only};
use amana_core::catalog::{Basis, DeviceGround, MailGround};
use amana_core::permission::ActKind::{self, *};
use amana_core::permission::{Channel, Marks, Target};
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
fn consent_of_a_merely_claimed_device_lifts_no_restriction() {
    let restricted: &[_] = &[(SLOT, Grant, 1), (PERSON, Restrict, 5)];
    let device: &[_] = &[(SLOT, Grant, 9)];
    assert_eq!(reason(&[restricted, device], |_| {}), Reason::Restricted);
    assert_eq!(reason(&[device, restricted], |_| {}), Reason::Restricted);
}

#[test]
fn erasure_of_one_purpose_is_of_that_purpose() {
    let erased = |target: Target| reason(&[&[(SLOT, Grant, 1), (target, Erase, 5)]], |_| {});
    assert_eq!(erased(SLOT), Reason::Erased);
    assert_eq!(erased(Target::Slot(amana_core::Slot(1))), Reason::Permitted);
}

#[test]
fn a_blocked_purpose_keeps_what_it_holds() {
    for spoil in [|case: &mut Case| case.open = false, |case: &mut Case| case.rule.blocked = Some("dpia".into())] {
        let case = Case::given().with(spoil);
        assert_eq!(case.reason(), Reason::PurposeBlocked);
        for usage in [Use::Store, Use::Notify, Use::Disclose(Disclosure::Subject)] {
            assert!(case.clone().with(|case| case.usage = usage).verdict().allow);
        }
    }
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
        let reason = reason(&[objected, device], |case| {
            (case.rule.direct_marketing, case.rule.honours_gpc) = (true, true);
        });
        assert!(matches!(reason, Reason::MarketingObjected | Reason::PrivacySignal));
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
            (case.usage, case.rule.mail_ground) = (Use::Contact(Channel::Email), Some(MailGround::Consent))
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
fn what_a_claimed_group_says_destroys_nothing_of_another() {
    let own: &[_] = &[(SLOT, Grant, 1)];
    for spoiled in [Rule::Erased, Rule::Basis] {
        let case = Case::given().with(|case| {
            spoil(case, spoiled);
            case.groups.insert(0, marks(own));
            case.own = Some(0);
        });
        assert!(!case.verdict().allow);
        assert!(case.clone().with(|case| case.usage = Use::Store).verdict().allow, "{spoiled:?}");
        assert!(!case.with(|case| (case.usage, case.own) = (Use::Store, Some(1))).verdict().allow, "{spoiled:?}");
    }
}
