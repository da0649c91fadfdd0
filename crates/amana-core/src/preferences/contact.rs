//! Whether a message may go to somebody now, by what they asked for.

use super::{Wish, Wishes, quiet_until};
use crate::Moment;
use crate::catalog::{MailGround, Policy, SlotRule};
use crate::permission::Channel;
use crate::permit::Reason;

/// What is known of a message that is about to be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContactFacts<'a> {
    /// Code of the topic it is about, if it is about one.
    pub topic: Option<&'a str>,
    /// How many contacts the person had in the period that ends now, for purposes that count.
    pub contacted: u32,
}

/// Whether a purpose's message may go to somebody on a channel now, by their wishes.
///
/// A message that is part of what the person asked for (a receipt, a code to sign in) is neither advertising nor news:
/// it keeps to their channels, and is not held back by topics, hours and counts.
///
/// # Errors
/// What they do not want. Where they set a measure and nobody counted, the measure is taken for full.
pub fn may_contact(
    policy: &Policy,
    rule: &SlotRule,
    wishes: &Wishes,
    channel: Channel,
    facts: Option<&ContactFacts<'_>>,
    now: Moment,
) -> Result<(), Reason> {
    let deny_if = |fails: bool, reason: Reason| if fails { Err(reason) } else { Ok(()) };
    let refused = wishes.channels.as_ref().is_some_and(|channels| !channels.contains(&channel));
    deny_if(refused, Reason::ChannelRefused)?;
    if rule.mail_ground == Some(MailGround::Service) {
        return Ok(());
    }
    if let Some(topic) = facts.and_then(|facts| facts.topic) {
        topic_wanted(policy, rule, wishes, topic)?;
    }
    let usual = &policy.catalog.organisation.time_zone;
    deny_if(quiet_until(wishes, usual, now) != Some(now), Reason::QuietTime)?;
    let enough = wishes.at_most.is_some_and(|measure| facts.is_none_or(|facts| facts.contacted >= measure.count));
    deny_if(enough, Reason::ContactedEnough)
}

fn topic_wanted(policy: &Policy, rule: &SlotRule, wishes: &Wishes, topic: &str) -> Result<(), Reason> {
    let declared = policy.catalog.topics.iter().find(|declared| declared.code == topic);
    let fits = declared.is_some_and(|topic| topic.purpose.as_ref().is_none_or(|purpose| *purpose == rule.purpose));
    match wishes.topics.get(topic) {
        _ if !fits => Err(Reason::TopicUnknown),
        Some(Wish::Refused) => Err(Reason::TopicRefused),
        Some(Wish::Wanted | Wish::Unsaid) | None => Ok(()),
    }
}
