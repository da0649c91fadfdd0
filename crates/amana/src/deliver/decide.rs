//! Whether a delivery may go now, and what it says: asked at its turn, and again before each further attempt.

use super::content::Marker;
use super::contract;
use super::facts::Facts;
use super::message::{About, body};
use super::owed::UNREADABLE_MILLIS_MAX;
use super::reasons::{Why, Withheld};
use super::recipient_id::Called;
use super::record::{DeliveryState, Ground, Record, SentField};
use super::told::{Knows, Told};
use crate::audience::NoticeKind;
use crate::govern::Current;
use crate::profile::{Classes, Whole};
use amana_core::Moment;
use amana_core::catalog::{DestinationRule, SlotRule};
use amana_core::permit::{Context, Person, Question, Use, permit};
use amana_core::profile::Reading;
use amana_store::seal::Root;

/// What is decided.
pub(super) enum Decision {
    /// Nothing is sent, for good.
    Withhold(Withheld, Option<Ground>),
    /// Nothing can be decided now.
    Wait(Why),
    /// This is sent.
    Send(Draft),
}

/// What is to be sent.
pub(super) struct Draft {
    /// What it says, which may be another thing than what was to be told: whoever may not be told of any more is left
    /// where the recipient knows them, and who was told of already has not entered anew.
    pub(super) kind: NoticeKind,
    pub(super) body: Vec<u8>,
    pub(super) fields: Vec<SentField>,
    pub(super) ground: Ground,
    /// What the recipient knows when it has arrived.
    pub(super) told: Told,
}

type Refusal = (Withheld, Option<Ground>);

/// Whoever decides.
pub(super) struct Desk<'a> {
    pub(super) current: &'a Current,
    pub(super) destination: &'a DestinationRule,
    pub(super) facts: &'a Facts,
    pub(super) classes: &'a Classes,
    pub(super) root: &'a Root,
    pub(super) marker: &'a Marker,
    pub(super) now: Moment,
}

impl Desk<'_> {
    /// Decides about the delivery of a number.
    pub(super) fn decide(&self, sequence: u64, record: &Record) -> Decision {
        // What they said may be a no: not sent, and for long not given up.
        if !self.facts.is_readable(record.profile) {
            return if self.waited_long_enough(record) {
                Decision::Withhold(Withheld::PersonUnreadable, None)
            } else {
                Decision::Wait(Why::PersonUnreadable)
            };
        }
        // Who belongs to the audience still may go on belonging, when the register is in force again before everybody was
        // gone over: given up, they would never be told.
        if self.facts.is_member(record.profile, record.audience) && self.is_blocked(record) {
            return Decision::Wait(Why::PurposeBlocked);
        }
        let decided = match record.kind {
            NoticeKind::Entered | NoticeKind::Updated => self.belongs(sequence, record),
            NoticeKind::Exited => self.left(sequence, record),
        };
        decided.map_or_else(|(reason, ground)| Decision::Withhold(reason, ground), Decision::Send)
    }

    /// Whether the delivery about somebody who cannot be read has waited for as long as one does, or one before it has.
    fn waited_long_enough(&self, record: &Record) -> bool {
        let waits = match record.state {
            DeliveryState::Waiting { why: Why::PersonUnreadable | Why::OutcomeUnknown, .. } => {
                self.now.since_millis(record.at) >= UNREADABLE_MILLIS_MAX
            }
            _ => false,
        };
        waits || self.facts.is_owed(record.profile, record.audience)
    }

    /// Whether a register blocks what the audience is for.
    fn is_blocked(&self, record: &Record) -> bool {
        let policy = &*self.current.policy;
        let audience = policy.audiences.iter().find(|audience| audience.number == record.audience);
        let rule = audience.and_then(|audience| policy.slot(audience.slot));
        rule.is_some_and(|rule| !rule.retired && rule.depends.blocked_at(self.now).is_some())
    }

    /// Somebody belongs to the audience: what the contract allows now, unless the recipient was told just that.
    fn belongs(&self, sequence: u64, record: &Record) -> Result<Draft, Refusal> {
        let policy = &*self.current.policy;
        let audience = policy.audiences.iter().find(|audience| audience.number == record.audience);
        let audience = audience.ok_or((Withheld::AudienceRemoved, None))?;
        let fed =
            |place: &usize| policy.destinations.get(*place).is_some_and(|fed| fed.number == self.destination.number);
        if !audience.destinations.iter().any(fed) {
            return Err((Withheld::DestinationDetached, None));
        }
        let rule = policy.slot(audience.slot).ok_or((Withheld::AudienceRemoved, None))?;
        let whole = self.whole(record).ok_or((Withheld::ProfileGone, None))?;
        let question = self.question(rule, whole.person(None), Use::Share(&self.destination.code));
        let verdict = permit(&question);
        let ground = Ground::of(policy, rule, verdict.standing);
        let told = self.facts.told(record.profile, record.audience);
        let is_member = self.facts.is_member(record.profile, record.audience);
        // Asked before membership: who withdrew has also left, and the first is the reason for the second.
        if !verdict.allow {
            return match told {
                // Who stays and may not be told of any more leaves nothing that would tell the recipient so.
                Some(told) if is_member && told.last != sequence && told.knows != Knows::TheEnd => {
                    self.left(sequence, record)
                }
                _ => Err((Withheld::Denied(verdict.reason), Some(ground))),
            };
        }
        if !is_member {
            return Err((Withheld::LeftAudience, Some(ground)));
        }
        let pieces = self.facts.people.pieces(&whole, policy, self.classes, self.now);
        let reading = Reading { pieces: &pieces, rule, now: self.now };
        let (values, fields) = contract::fill(&self.destination.fields, &question, &whole, &reading);
        let mark = self.marker.mark(record.profile, rule, self.destination, Some(&values));
        if told.is_some_and(|told| told.last != sequence && told.knows == Knows::This(mark)) {
            return Err((Withheld::AlreadyTold, Some(ground)));
        }
        let before = told.filter(|told| told.knows != Knows::TheEnd && told.sequence != sequence);
        let kind = if before.is_some() { NoticeKind::Updated } else { NoticeKind::Entered };
        let called = match told.map(|told| told.called).filter(|called| called.is_somebody()) {
            Some(called) => called,
            // With nothing to say of somebody, there is no need to say whom.
            None if values.is_empty() => Called::Nobody,
            None => Called::Own,
        };
        // An earlier attempt that said something else may have arrived, and then this one is dropped as its repetition.
        let differs = record.disclosed && told.is_none_or(|told| told.knows != Knows::This(mark));
        let knows = if differs { Knows::Something } else { Knows::This(mark) };
        let (entry, at) = before.map_or((sequence, self.now), |told| (told.sequence, told.at));
        let told = Told { sequence: entry, slot: rule.slot, at, last: sequence, knows, called };
        let about = About { fields: Some(values), ..self.about(record, kind, &audience.code, rule, called) };
        Ok(Draft { kind, body: body(about, &policy.catalog), fields, ground, told })
    }

    /// Telling a recipient of a change rests on its having been told (GDPR Art. 19), not on what is permitted now.
    fn left(&self, sequence: u64, record: &Record) -> Result<Draft, Refusal> {
        let policy = &*self.current.policy;
        let told = self.facts.told(record.profile, record.audience).ok_or((Withheld::NeverDisclosed, None))?;
        let rule = policy.slot(told.slot).ok_or((Withheld::AudienceRemoved, None))?;
        // The audience may be declared no longer: its number keeps its name.
        let mut names = self.current.numbers.audiences.iter();
        let named = names.find(|(_, number)| **number == record.audience);
        let (code, _) = named.ok_or((Withheld::AudienceRemoved, None))?;
        let whole = self.whole(record);
        let person = whole.as_ref().map_or_else(Person::default, |whole| whole.person(None));
        let verdict = permit(&self.question(rule, person, Use::Notify));
        let ground = Ground::of(policy, rule, verdict.standing);
        if !verdict.allow {
            return Err((Withheld::Denied(verdict.reason), Some(ground)));
        }
        let kind = NoticeKind::Exited;
        let about = self.about(record, kind, code, rule, told.called);
        let told = Told { last: sequence, knows: Knows::TheEnd, ..told };
        Ok(Draft { kind, body: body(about, &policy.catalog), fields: Vec::new(), ground, told })
    }

    fn whole(&self, record: &Record) -> Option<Whole> {
        let people = &self.facts.people;
        people.get(record.profile).is_some().then(|| people.member(record.profile, &self.current.policy, self.now))
    }

    fn question<'q>(&'q self, rule: &'q SlotRule, person: Person<'q>, usage: Use<'q>) -> Question<'q> {
        let policy = &*self.current.policy;
        Question { policy, slot: Some(rule), person, usage, context: Context::default(), now: self.now, contact: None }
    }

    fn about<'b>(
        &self,
        record: &Record,
        kind: NoticeKind,
        audience: &'b str,
        slot: &'b SlotRule,
        called: Called,
    ) -> About<'b> {
        let profile = called.id(self.root, &self.destination.code, record.profile);
        About { kind, at: record.selected_at, audience, slot, profile, fields: None }
    }
}
