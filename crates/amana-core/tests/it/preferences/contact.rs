//! What people's wishes mean for a message that is about to be sent.

use super::{at_most, quiet};
use crate::catalog::{policy, sample};
use crate::support::moment;
use amana_core::catalog::MailGround;
use amana_core::permission::Channel;
use amana_core::permit::Reason;
use amana_core::preferences::{ContactFacts, Day, Stretch, Wish, Wishes, may_contact};

fn asked(wishes: &Wishes, channel: Channel, facts: Option<ContactFacts<'_>>) -> Result<(), Reason> {
    let policy = policy(&sample());
    let rule = policy.find_slot("newsletter", Some("summit")).unwrap();
    may_contact(&policy, rule, wishes, channel, facts.as_ref(), moment("2026-03-06T12:00:00Z"))
}

fn email(wishes: &Wishes, topic: Option<&str>, contacted: u32) -> Result<(), Reason> {
    asked(wishes, Channel::Email, Some(ContactFacts { topic, contacted }))
}

#[test]
fn who_asked_for_nothing_may_be_contacted() {
    assert_eq!(asked(&Wishes::default(), Channel::Post, None), Ok(()));
    assert_eq!(email(&Wishes::default(), Some("tours"), 99), Ok(()));
}

#[test]
fn a_topic_is_declared_and_not_refused() {
    let topics = [("tours".to_owned(), Wish::Refused), ("repairs".to_owned(), Wish::Wanted)].into();
    let wishes = Wishes { topics, ..Wishes::default() };
    assert_eq!(email(&wishes, Some("tours"), 0), Err(Reason::TopicRefused));
    assert_eq!(email(&wishes, Some("repairs"), 0), Ok(()));
    assert_eq!(email(&wishes, Some("lottery"), 0), Err(Reason::TopicUnknown));
    assert_eq!(email(&wishes, None, 0), Ok(()));
    let policy = policy(&sample());
    let other = policy.find_slot("recommendations", None).unwrap();
    let facts = ContactFacts { topic: Some("tours"), contacted: 0 };
    let of_another =
        may_contact(&policy, other, &Wishes::default(), Channel::Post, Some(&facts), moment("2026-03-06T12:00:00Z"));
    assert_eq!(of_another, Err(Reason::TopicUnknown), "the topic is the newsletter's");
}

#[test]
fn a_channel_that_is_not_named_is_not_used() {
    let wishes = Wishes { channels: Some(vec![Channel::Push, Channel::Email]), ..Wishes::default() };
    assert_eq!(asked(&wishes, Channel::Email, None), Ok(()));
    assert_eq!(asked(&wishes, Channel::Sms, None), Err(Reason::ChannelRefused));
}

#[test]
fn a_measure_is_full_when_it_is_reached_or_nobody_counted() {
    let wishes = Wishes { at_most: Some(at_most(3, "P1W")), ..Wishes::default() };
    assert_eq!([2, 3, 4].map(|contacted| email(&wishes, None, contacted).is_ok()), [true, false, false]);
    assert_eq!(asked(&wishes, Channel::Email, None), Err(Reason::ContactedEnough));
}

#[test]
fn quiet_time_is_kept_by_the_organisations_clock_where_no_other_is_known() {
    let at = |from, to| {
        let stretch = Stretch { time_zone: None, quiet: quiet(&[Day::Friday], from, to) };
        email(&Wishes { quiet: [stretch].into(), ..Wishes::default() }, None, 0)
    };
    // Noon in UTC is one o'clock in Berlin.
    assert_eq!([at(13, 14), at(12, 13)], [Err(Reason::QuietTime), Ok(())]);
}

#[test]
fn what_somebody_asked_for_is_not_held_back_as_if_it_were_news() {
    let policy = policy(&sample());
    let shop = policy.find_slot("shop", None).unwrap();
    assert_eq!(shop.mail_ground, Some(MailGround::Service));
    let stretch = Stretch { time_zone: None, quiet: quiet(&Day::ALL, 0, 24) };
    let wishes = Wishes {
        quiet: [stretch].into(),
        at_most: Some(at_most(1, "P1Y")),
        channels: Some(vec![Channel::Email]),
        ..Wishes::default()
    };
    let receipt = |channel| may_contact(&policy, shop, &wishes, channel, None, moment("2026-03-06T12:00:00Z"));
    assert_eq!([receipt(Channel::Email), receipt(Channel::Sms)], [Ok(()), Err(Reason::ChannelRefused)]);
    assert_eq!(email(&wishes, None, 0), Err(Reason::QuietTime));
}
