//! The rules, in the order they are asked (DESIGN §5).

use super::{Disclosure, Question, Reason, Use};
use crate::Moment;
use crate::catalog::{CategorySet, DeviceGround, MailGround, SlotRule};
use crate::permission::{ActKind, Born, Channel, Marks, Standing, State, Target, age_limit, objects_to_marketing};
use crate::preferences::may_contact;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule. Each can forbid, none can allow what another forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Nothing is done with somebody who was erased.
    Erased,
    /// Art. 18: storage, the subject, legal claims and what the person agrees to meanwhile.
    Restricted,
    /// The purpose exists, is pursued, is for this use, and no register blocks it.
    Purpose,
    /// Below the purpose's age, or else the law's, a guardian decides (Art. 8).
    Age,
    /// The lawful basis is in a state that allows processing (Art. 6).
    Basis,
    /// An objection to direct marketing is absolute (Art. 21(2), (3)).
    Objection,
    /// Global Privacy Control.
    Signals,
    /// Reading or writing a device has its own ground (ePrivacy Art. 5(3)).
    Device,
    /// Electronic mail nobody asked for has its own ground (ePrivacy Art. 13).
    Mail,
    /// Every category at stake is known and among the purpose's, special ones with a condition (Art. 9).
    Category,
    /// The recipient is named by the purpose.
    Recipient,
    /// The purpose is for people of this region.
    Region,
    /// The person may be reached this way.
    Channel,
    /// The message is what they want to hear about, and comes when and as often as they want.
    Preference,
}

/// Why a rule does not let a use pass.
pub(super) type Outcome = Result<(), Reason>;

impl Rule {
    /// All rules in their order.
    pub const ALL: [Self; 14] = [
        Self::Erased,
        Self::Restricted,
        Self::Purpose,
        Self::Age,
        Self::Basis,
        Self::Objection,
        Self::Signals,
        Self::Device,
        Self::Mail,
        Self::Category,
        Self::Recipient,
        Self::Region,
        Self::Channel,
        Self::Preference,
    ];

    /// Whether this rule alone lets the use pass.
    ///
    /// # Errors
    /// The reason why it does not.
    pub fn check(self, question: &Question<'_>, standing: &Standing) -> Outcome {
        match self {
            Self::Erased => erased(question),
            Self::Restricted => restricted(question),
            Self::Purpose => purpose(question),
            Self::Age => age(question),
            Self::Basis => basis(question, standing),
            Self::Objection => objection(question),
            Self::Signals => signals(question),
            Self::Device => device(question, standing),
            Self::Mail => mail(question, standing),
            Self::Category => category(question),
            Self::Recipient => recipient(question),
            Self::Region => region(question),
            Self::Channel => channel(question),
            Self::Preference => preference(question),
        }
    }
}

fn deny_if(fails: bool, reason: Reason) -> Outcome {
    if fails { Err(reason) } else { Ok(()) }
}

/// Whether in any group what was done stands: no answer to it was done later. At the same instant it stands.
fn stands<'a>(
    mut groups: impl Iterator<Item = &'a Marks>,
    done: (Target, &[ActKind]),
    answer: (Target, ActKind),
) -> bool {
    groups.any(|marks| {
        let Some((_, done)) = marks.latest(done.0, done.1) else { return false };
        marks.get(answer.0, answer.1).is_none_or(|answered| answered.at <= done.at)
    })
}

/// Holding, telling recipients and disclosing do not rest on a purpose's being pursued or welcome.
fn is_exempt(usage: Use<'_>) -> bool {
    matches!(usage, Use::Store | Use::Notify | Use::Disclose(_))
}

/// Recipients are told of an erasure after it (Art. 19); nothing else is done.
fn erased(question: &Question<'_>) -> Outcome {
    let slot = question.slot.map(|rule| Target::Slot(rule.slot));
    let erased = |marks: &Marks| {
        [Some(Target::Person), slot].into_iter().flatten().any(|target| marks.get(target, ActKind::Erase).is_some())
    };
    deny_if(question.usage != Use::Notify && question.groups_at_stake().any(erased), Reason::Erased)
}

/// Art. 18(2). Taking in what a basis demands is storage; using it is not. What the person agreed to after asking for
/// the restriction they agreed to in its knowledge, and only they: each group's own consent counts.
fn restricted(question: &Question<'_>) -> Outcome {
    let allowed = matches!(
        question.usage,
        Use::Store
            | Use::Collect
            | Use::Link
            | Use::Notify
            | Use::Disclose(Disclosure::Subject | Disclosure::LegalClaim)
    );
    if allowed {
        return Ok(());
    }
    let slot = question.slot.map(|rule| Target::Slot(rule.slot));
    let restricted = |(place, marks): (usize, &Marks)| {
        let since = [Some(Target::Person), slot].into_iter().flatten().filter_map(|target| {
            let since = marks.get(target, ActKind::Restrict)?.at;
            marks.get(target, ActKind::Lift).is_none_or(|lifted| lifted.at <= since).then_some(since)
        });
        since.max().is_some_and(|since| !agreed_after(question, (place, marks), since))
    };
    deny_if(question.places_at_stake().any(restricted), Reason::Restricted)
}

fn agreed_after(question: &Question<'_>, (place, marks): (usize, &Marks), instant: Moment) -> bool {
    question.slot.is_some_and(|rule| {
        let own = question.standing_of(rule, place, marks);
        own.state == State::Given && own.since > Some(instant)
    })
}

/// What a retired or blocked purpose left behind may still be held, shown to its subject and its recipients told.
fn purpose(question: &Question<'_>) -> Outcome {
    let rule = question.slot.ok_or(Reason::PurposeUnknown)?;
    if is_exempt(question.usage) {
        return Ok(());
    }
    deny_if(rule.retired, Reason::PurposeRetired)?;
    let blocked = rule.depends.blocked_at(question.now).is_some() || !question.policy.open.contains(rule.slot);
    deny_if(blocked, Reason::PurposeBlocked)?;
    let covered = rule.uses.is_empty() || rule.uses.contains(&question.usage.kind());
    deny_if(!covered, Reason::UseNotDeclared)
}

/// Below the age a guardian decides, and until one is verified profiling and advertising are off, too. A child's own
/// rights need no guardian. Of somebody whose age is not known nothing is assumed, unless the purpose asks for it.
fn age(question: &Question<'_>) -> Outcome {
    let Some(rule) = question.slot else { return Err(Reason::PurposeUnknown) };
    if matches!(question.usage, Use::Notify | Use::Disclose(_)) {
        return Ok(());
    }
    let country = &question.policy.catalog.organisation.country;
    let limit = age_limit(rule, question.usage.kind(), question.person.region, country);
    let Some(limit) = limit else { return Ok(()) };
    let age = |born: Born| born.age_at_least(question.now);
    let is_known = question.births_at_stake().any(|born| born.birthday().is_some() && age(born).is_some());
    let reason = match question.births_at_stake().filter_map(age).min() {
        Some(age) if age < u16::from(limit) => Reason::BelowAge,
        _ if rule.age_required && !is_known => Reason::AgeUnknown,
        _ => return Ok(()),
    };
    deny_if(!is_guarded(question, rule), reason)
}

/// A guardian's decision counts until somebody takes back what it allowed, and no longer than it says. It counts for
/// the data of the group that it was made for.
fn is_guarded(question: &Question<'_>, rule: &SlotRule) -> bool {
    use ActKind::{Guardian, Invalidate, Object, Refuse, Withdraw};
    let guarded = |marks: &Marks| {
        let last = marks.latest(Target::Slot(rule.slot), &[Guardian, Invalidate, Refuse, Object, Withdraw]);
        last.is_some_and(|(kind, mark)| kind == Guardian && mark.until.is_none_or(|until| until > question.now))
    };
    let own = question.person.own.is_none_or(|own| question.person.groups.get(own).is_some_and(guarded));
    own && question.groups_at_stake().any(guarded)
}

fn basis(question: &Question<'_>, standing: &Standing) -> Outcome {
    if question.slot.is_none() {
        return Err(Reason::PurposeUnknown);
    }
    let passes = match question.usage {
        // The subject's own rights, claims, and telling recipients do not rest on the purpose's basis.
        Use::Notify | Use::Disclose(_) => true,
        Use::Store => standing.state.holds(),
        _ => standing.state.allows(),
    };
    if !passes && !standing.says_something() && question.is_claimed_alone() {
        return Err(Reason::OnlyClaimed);
    }
    deny_if(!passes, Reason::of_state(standing.state))?;
    deny_if(matches!(question.usage, Use::Contact(_)) && question.is_of_claims(), Reason::OnlyClaimed)
}

/// The person may agree anew to one purpose after objecting to all marketing; nothing else outweighs the objection.
fn objection(question: &Question<'_>) -> Outcome {
    let Some(rule) = question.slot else { return Err(Reason::PurposeUnknown) };
    if !rule.direct_marketing || matches!(question.usage, Use::Notify | Use::Disclose(_)) {
        return Ok(());
    }
    let objected = question.groups_at_stake().any(|marks| objects_to_marketing(marks, rule));
    deny_if(objected, Reason::MarketingObjected)
}

fn signals(question: &Question<'_>) -> Outcome {
    let Some(rule) = question.slot else { return Err(Reason::PurposeUnknown) };
    if !rule.honours_gpc || is_exempt(question.usage) {
        return Ok(());
    }
    let answer = (Target::Slot(rule.slot), ActKind::Grant);
    let signalled = stands(question.groups_at_stake(), (Target::Person, &[ActKind::PrivacyControl]), answer);
    deny_if(signalled, Reason::PrivacySignal)
}

fn device(question: &Question<'_>, standing: &Standing) -> Outcome {
    if !question.context.device {
        return Ok(());
    }
    let Some(rule) = question.slot else { return Err(Reason::PurposeUnknown) };
    match rule.device_ground {
        None => Err(Reason::DeviceGroundMissing),
        Some(DeviceGround::StrictlyNecessary) => Ok(()),
        Some(DeviceGround::Consent) => deny_if(standing.state != State::Given, Reason::DeviceConsentMissing),
    }
}

fn mail(question: &Question<'_>, standing: &Standing) -> Outcome {
    if !matches!(question.usage, Use::Contact(Channel::Email | Channel::Sms | Channel::Push)) {
        return Ok(());
    }
    let Some(rule) = question.slot else { return Err(Reason::PurposeUnknown) };
    match rule.mail_ground {
        None => Err(Reason::MailGroundMissing),
        Some(MailGround::Service) => deny_if(rule.direct_marketing, Reason::MailGroundMissing),
        Some(MailGround::SoftOptIn) => deny_if(!standing.state.allows(), Reason::MailGroundMissing),
        Some(MailGround::Consent) => deny_if(standing.state != State::Given, Reason::MailConsentMissing),
    }
}

/// What was kept or handed out before its purpose became narrower is still the subject's to see and to have corrected.
fn category(question: &Question<'_>) -> Outcome {
    let Some(rule) = question.slot else { return Err(Reason::PurposeUnknown) };
    deny_if(question.context.unclassified, Reason::CategoryUnknown)?;
    let categories = &question.context.categories;
    let of_right = matches!(question.usage, Use::Notify | Use::Disclose(Disclosure::Subject | Disclosure::LegalClaim));
    if of_right || *categories == CategorySet::default() {
        return Ok(());
    }
    deny_if(!categories.is_subset(&rule.categories), Reason::CategoryNotInPurpose)?;
    let special = || categories.iter().any(|category| question.policy.categories.is_special(category));
    deny_if(!rule.special_condition && special(), Reason::SpecialCategory)
}

fn recipient(question: &Question<'_>) -> Outcome {
    let Use::Share(recipient) = question.usage else { return Ok(()) };
    let Some(rule) = question.slot else { return Err(Reason::PurposeUnknown) };
    let known = question.policy.destinations.iter().any(|destination| destination.code == recipient);
    deny_if(!known, Reason::RecipientUnknown)?;
    deny_if(!rule.recipients.iter().any(|named| named == recipient), Reason::RecipientNotNamed)
}

fn region(question: &Question<'_>) -> Outcome {
    let Some(rule) = question.slot else { return Err(Reason::PurposeUnknown) };
    if rule.regions.is_empty() || is_exempt(question.usage) {
        return Ok(());
    }
    let region = question.person.region.ok_or(Reason::RegionUnknown)?;
    deny_if(!rule.regions.iter().any(|named| named.eq_ignore_ascii_case(region)), Reason::RegionExcluded)
}

fn channel(question: &Question<'_>) -> Outcome {
    let Use::Contact(channel) = question.usage else { return Ok(()) };
    deny_if(question.context.address_claimed, Reason::AddressClaimed)?;
    let target = Target::Channel(channel);
    let refused = |marks: &Marks| {
        let latest = marks.latest(target, &[ActKind::Grant, ActKind::Refuse, ActKind::Withdraw, ActKind::Object]);
        latest.is_some_and(|(kind, _)| kind != ActKind::Grant)
    };
    deny_if(question.groups_at_stake().any(refused), Reason::ChannelRefused)
}

fn preference(question: &Question<'_>) -> Outcome {
    let Use::Contact(channel) = question.usage else { return Ok(()) };
    match (question.slot, question.person.wishes) {
        (Some(rule), Some(wishes)) => {
            may_contact(question.policy, rule, wishes, channel, question.contact.as_ref(), question.now)
        }
        _ => Ok(()),
    }
}
