//! Every reason, provoked by the rule that owns it and by nothing else.

use super::case::{Case, TOPIC, spoil};
use crate::support::{BROWSING, EMAIL, HEALTH, SLOT, mark, only};
use amana_core::Moment;
use amana_core::catalog::{Basis, DeviceGround, MailGround, UseKind};
use amana_core::permission::{ActKind, Channel, Mark, Target};
use amana_core::permit::{Reason, Rule, Use};
use amana_core::preferences::{AtMost, ContactFacts, Day, Period, Quiet, Stretch, Wish};

/// The rule that owns a reason, and a case in which it alone forbids. A new reason does not compile without one.
fn provoked(reason: Reason) -> (Option<Rule>, Case) {
    let given = Case::given();
    let spoiled = |rule: Rule| (Some(rule), given.clone().with(|case| spoil(case, rule)));
    let basis = |basis: Basis, acts: &[(Target, ActKind, i64)]| (Some(Rule::Basis), Case::of(basis, acts));
    let consent = |kind: ActKind| basis(Basis::Consent, &[(SLOT, ActKind::Grant, 10), (SLOT, kind, 20)]);
    let informed = |kind: ActKind| basis(Basis::LegitimateInterest, &[(SLOT, ActKind::Inform, 10), (SLOT, kind, 20)]);
    let because = |rule: Rule, spoil: fn(&mut Case)| (Some(rule), given.clone().with(spoil));
    match reason {
        Reason::Permitted => (None, given),
        Reason::Erased => spoiled(Rule::Erased),
        Reason::Restricted => spoiled(Rule::Restricted),
        Reason::PurposeUnknown => because(Rule::Purpose, |case| case.slot_known = false),
        Reason::PurposeRetired => spoiled(Rule::Purpose),
        Reason::PurposeBlocked => because(Rule::Purpose, |case| case.rule.depends.blocked = Some("dpia".into())),
        Reason::UseNotDeclared => because(Rule::Purpose, |case| case.rule.uses = vec![UseKind::Analyse]),
        Reason::BelowAge => spoiled(Rule::Age),
        Reason::AgeUnknown => because(Rule::Age, |case| case.rule.age_required = true),
        Reason::ConsentUnknown => basis(Basis::Consent, &[]),
        Reason::ConsentRequested => basis(Basis::Consent, &[(SLOT, ActKind::Request, 10)]),
        Reason::ConsentRefused => consent(ActKind::Refuse),
        Reason::ConsentWithdrawn => consent(ActKind::Withdraw),
        Reason::ConsentExpired => consent(ActKind::End),
        Reason::ConsentInvalidated => consent(ActKind::Invalidate),
        Reason::NotStarted => basis(Basis::Contract, &[]),
        Reason::ContractEnded => basis(Basis::Contract, &[(SLOT, ActKind::Start, 10), (SLOT, ActKind::End, 20)]),
        Reason::ObligationCompleted => {
            basis(Basis::LegalObligation, &[(SLOT, ActKind::Start, 10), (SLOT, ActKind::End, 20)])
        }
        Reason::NotInformed => basis(Basis::PublicTask, &[]),
        Reason::ObjectionPending => informed(ActKind::Object),
        Reason::Objected => informed(ActKind::Uphold),
        Reason::OnlyClaimed => because(Rule::Basis, |case| (case.core, case.usage) = (0, Use::Contact(Channel::Post))),
        Reason::MarketingObjected => spoiled(Rule::Objection),
        Reason::PrivacySignal => spoiled(Rule::Signals),
        Reason::DeviceGroundMissing => spoiled(Rule::Device),
        Reason::DeviceConsentMissing => {
            let (_, mut case) = basis(Basis::Contract, &[(SLOT, ActKind::Start, 10)]);
            (case.context.device, case.rule.device_ground) = (true, Some(DeviceGround::Consent));
            (Some(Rule::Device), case)
        }
        Reason::MailGroundMissing => spoiled(Rule::Mail),
        Reason::MailConsentMissing => {
            let (_, mut case) = basis(Basis::LegitimateInterest, &[(SLOT, ActKind::Inform, 10)]);
            (case.usage, case.rule.mail_ground) = (Use::Contact(Channel::Sms), Some(MailGround::Consent));
            (Some(Rule::Mail), case)
        }
        Reason::CategoryUnknown => spoiled(Rule::Category),
        Reason::CategoryNotInPurpose => because(Rule::Category, |case| {
            (case.rule.categories, case.context.categories) = (only(&[EMAIL]), only(&[EMAIL, BROWSING]));
        }),
        Reason::SpecialCategory => because(Rule::Category, |case| case.context.categories = only(&[HEALTH])),
        Reason::RecipientUnknown => spoiled(Rule::Recipient),
        Reason::RecipientNotNamed => because(Rule::Recipient, |case| case.usage = Use::Share("stranger")),
        Reason::RegionUnknown => spoiled(Rule::Region),
        Reason::RegionExcluded => because(Rule::Region, |case| {
            (case.rule.regions, case.region) = (vec!["DE".into()], Some("AE"));
        }),
        Reason::AddressClaimed => because(Rule::Channel, |case| {
            (case.usage, case.context.address_claimed) = (Use::Contact(Channel::Post), true);
        }),
        Reason::ChannelRefused => spoiled(Rule::Channel),
        Reason::TopicUnknown => spoiled(Rule::Preference),
        Reason::TopicRefused | Reason::QuietTime | Reason::ContactedEnough => {
            (Some(Rule::Preference), given.with(|case| wish(case, reason)))
        }
    }
}

/// What the person wants that forbids a message for this reason.
fn wish(case: &mut Case, reason: Reason) {
    case.reach(Channel::Post);
    match reason {
        Reason::TopicRefused => {
            case.wishes.topics.insert(TOPIC.into(), Wish::Refused);
            case.contact = Some(ContactFacts { topic: Some(TOPIC), contacted: 0 });
        }
        Reason::QuietTime => {
            let quiet = Quiet { days: Day::ALL.into(), from: 0, to: 24 };
            case.wishes.quiet.insert(Stretch { time_zone: None, quiet });
        }
        _ => case.wishes.at_most = Period::hours(24).map(|period| AtMost { count: 1, period }),
    }
}

#[test]
fn every_reason_is_provoked_by_exactly_the_rule_that_owns_it() {
    for reason in Reason::ALL {
        let (rule, case) = provoked(*reason);
        let verdict = case.verdict();
        assert_eq!((verdict.reason, verdict.allow), (*reason, *reason == Reason::Permitted));
        let forbidding = case.forbidding();
        if *reason == Reason::PurposeUnknown {
            // Without a slot no rule about slots can let anything pass.
            assert_eq!(forbidding.first(), Some(&(Rule::Purpose, *reason)));
            assert!(forbidding.iter().all(|(_, each)| each == reason));
        } else {
            assert_eq!(forbidding, rule.map(|rule| (rule, *reason)).into_iter().collect::<Vec<_>>());
        }
    }
}

#[test]
fn every_reason_has_a_code_and_words_of_its_own() {
    let distinct = |of: fn(Reason) -> &'static str| {
        let texts: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|reason| of(*reason)).collect();
        assert_eq!(texts.len(), Reason::ALL.len());
        texts
    };
    assert!(distinct(Reason::code).iter().all(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
    assert!(distinct(Reason::words).iter().all(|words| words.ends_with('.') && !words.starts_with(' ')));
}

#[test]
fn the_first_rule_that_fails_is_the_reason() {
    for (place, first) in Rule::ALL.iter().enumerate() {
        for second in &Rule::ALL[place + 1..] {
            // One use cannot be a contact and a sharing at once.
            if matches!(
                (first, second),
                (Rule::Mail, Rule::Recipient | Rule::Channel) | (Rule::Recipient, Rule::Channel | Rule::Preference)
            ) {
                continue;
            }
            let case = Case::given().with(|case| {
                spoil(case, *second);
                spoil(case, *first);
                if matches!(second, Rule::Mail | Rule::Recipient | Rule::Channel) {
                    spoil(case, *second);
                }
            });
            let forbidding: Vec<_> = case.forbidding().into_iter().map(|(rule, _)| rule).collect();
            assert_eq!(forbidding, [*first, *second]);
            assert_eq!(case.reason(), case.forbidding()[0].1);
        }
    }
}

/// S11
#[test]
fn missing_context_denies_each_with_its_own_reason() {
    let given = Case::given();
    let reasons = [
        given.clone().with(|case| case.slot_known = false),
        given.clone().with(|case| case.context.unclassified = true),
        given.clone().with(|case| case.usage = Use::Share("nobody")),
        given.clone().with(|case| case.rule.regions = vec!["DE".into()]),
        given.clone().with(|case| case.open = false),
        given.clone().with(|case| case.groups.clear()),
        given.clone().with(|case| case.context.device = true),
        given.clone().with(|case| case.usage = Use::Contact(Channel::Push)),
    ]
    .map(|case| case.reason());
    assert_eq!(
        reasons,
        [
            Reason::PurposeUnknown,
            Reason::CategoryUnknown,
            Reason::RecipientUnknown,
            Reason::RegionUnknown,
            Reason::PurposeBlocked,
            Reason::ConsentUnknown,
            Reason::DeviceGroundMissing,
            Reason::MailGroundMissing,
        ]
    );
}

/// S11
#[test]
fn a_group_that_is_not_there_has_said_nothing() {
    assert_eq!(Case::given().with(|case| case.own = Some(7)).reason(), Reason::ConsentUnknown);
}

#[test]
fn vital_interest_holds_until_its_end_and_never_without_one() {
    let asserted = |until: Option<i64>| {
        let mut case = Case::of(Basis::VitalInterest, &[]);
        let until = until.map(Moment);
        case.groups[0].mark(SLOT, ActKind::Assert, Mark { until, ..mark(10) });
        case.reason()
    };
    assert_eq!(asserted(Some(1_001)), Reason::Permitted);
    assert_eq!(asserted(Some(1_000)), Reason::NotStarted);
    assert_eq!(asserted(None), Reason::NotStarted);
}

/// DESIGN §5: reasons are a closed set of codes that documentation lists.
#[test]
fn documentation_lists_every_reason() {
    let page = include_str!("../../../../../docs/permissions.md");
    let unlisted: Vec<_> =
        Reason::ALL.iter().filter(|reason| !page.contains(&format!("`{}`", reason.code()))).collect();
    assert!(unlisted.is_empty(), "{unlisted:?}");
}
