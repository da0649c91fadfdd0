//! What notifying, storing and disclosing are exempt from, rule by rule; and where they are not.

use super::case::{Case, spoil};
use crate::support::{BROWSING, EMAIL, HEALTH, only};
use amana_core::permission::Channel;
use amana_core::permit::Use::{
    Analyse, Collect, Contact, Decide, Disclose, Link, Notify, Profile, Segment, Share, Store,
};
use amana_core::permit::{Disclosure, Reason, Rule, Use};

const SUBJECT: Use<'_> = Disclose(Disclosure::Subject);
const AUTHORITY: Use<'_> = Disclose(Disclosure::Authority);
const CLAIM: Use<'_> = Disclose(Disclosure::LegalClaim);
const EVERY: [Use<'_>; 14] = [
    Collect,
    Link,
    Store,
    Segment,
    Analyse,
    Profile,
    Decide,
    Contact(Channel::Email),
    Contact(Channel::Post),
    Share("mailer"),
    Notify,
    SUBJECT,
    AUTHORITY,
    CLAIM,
];

/// The uses that a rule lets pass although it forbids others.
fn exempt(rule: Rule) -> &'static [Use<'static>] {
    match rule {
        Rule::Erased => &[Notify],
        Rule::Restricted => &[Collect, Link, Store, Notify, SUBJECT, CLAIM],
        Rule::Purpose | Rule::Signals | Rule::Region => &[Store, Notify, SUBJECT, AUTHORITY, CLAIM],
        // Who objects to all marketing leaves nothing to keep for it (Art. 17(1)(c)).
        Rule::Age | Rule::Basis | Rule::Objection => &[Notify, SUBJECT, AUTHORITY, CLAIM],
        Rule::Device | Rule::Category => &[],
        // These ask only about uses that write to somebody or hand something out.
        Rule::Mail | Rule::Recipient | Rule::Channel | Rule::Preference => &EVERY,
    }
}

#[test]
fn each_rule_lets_pass_exactly_the_uses_it_exempts() {
    for rule in Rule::ALL.into_iter().filter(|rule| exempt(*rule) != EVERY) {
        for usage in EVERY {
            let case = Case::given().with(|case| {
                spoil(case, rule);
                case.usage = usage;
            });
            let forbids = case.forbidding().iter().any(|(each, _)| *each == rule);
            assert_eq!(forbids, !exempt(rule).contains(&usage), "{rule:?} {usage:?}");
        }
    }
}

#[test]
fn mail_recipient_and_channel_ask_about_their_own_uses_only() {
    for usage in EVERY {
        let case = Case::given().with(|case| {
            spoil(case, Rule::Channel);
            (case.usage, case.rule.mail_ground) = (usage, None);
            case.rule.recipients.clear();
        });
        let forbidding: Vec<_> = case.forbidding().into_iter().map(|(rule, _)| rule).collect();
        let expected: &[Rule] = match usage {
            Contact(Channel::Email) => &[Rule::Mail],
            Contact(_) => &[Rule::Channel],
            Share(_) => &[Rule::Recipient],
            _ => &[],
        };
        assert_eq!(forbidding, expected, "{usage:?}");
    }
}

/// GDPR Art. 15, 19: what a purpose may no longer use was still used, and handed out.
#[test]
fn a_narrower_purpose_hides_nothing_from_its_subject_and_its_recipients() {
    let narrowed = |usage| {
        let case = Case::given().with(|case| {
            case.usage = usage;
            case.rule.categories = only(&[EMAIL]);
            case.context.categories = only(&[EMAIL, BROWSING, HEALTH]);
        });
        case.reason()
    };
    for usage in EVERY {
        let of_right = [Notify, SUBJECT, CLAIM].contains(&usage);
        assert_eq!(
            narrowed(usage) != Reason::CategoryNotInPurpose,
            of_right || usage == Contact(Channel::Email),
            "{usage:?}"
        );
    }
}
