//! Whether a delivery may go now, and what it says: asked at its turn, and again before each further attempt.

use super::contract;
use super::facts::Facts;
use super::message::{About, body};
use super::reasons::Withheld;
use super::record::{Ground, Record, SentField};
use crate::audience::MoveKind;
use crate::govern::Current;
use crate::profile::{Classes, Whole};
use amana_core::Moment;
use amana_core::catalog::{DestinationRule, SlotRule};
use amana_core::permit::{Context, Person, Question, Use, permit};
use amana_core::profile::Reading;
use serde_json::Map;

/// What is decided.
pub(super) enum Decision {
    /// Nothing is sent, for good.
    Withhold(Withheld, Option<Ground>),
    /// This is sent.
    Send(Draft),
}

/// What is to be sent.
pub(super) struct Draft {
    pub(super) body: Vec<u8>,
    pub(super) fields: Vec<SentField>,
    pub(super) ground: Ground,
}

/// Whoever decides.
pub(super) struct Desk<'a> {
    pub(super) current: &'a Current,
    pub(super) destination: &'a DestinationRule,
    pub(super) facts: &'a Facts,
    pub(super) classes: &'a Classes,
    pub(super) now: Moment,
}

impl Desk<'_> {
    /// Decides about a delivery.
    pub(super) fn decide(&self, record: &Record) -> Decision {
        let decided = match record.kind {
            MoveKind::Entered => self.entered(record),
            MoveKind::Exited => self.exited(record),
        };
        decided.map_or_else(|(reason, ground)| Decision::Withhold(reason, ground), Decision::Send)
    }

    fn entered(&self, record: &Record) -> Result<Draft, (Withheld, Option<Ground>)> {
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
        // Asked before membership: who withdrew has also left, and the first is the reason for the second.
        if !verdict.allow {
            return Err((Withheld::Denied(verdict.reason), Some(ground)));
        }
        if !self.facts.is_member(record.profile, record.audience) {
            return Err((Withheld::LeftAudience, Some(ground)));
        }
        let pieces = self.facts.people.pieces(&whole, policy, self.classes, self.now);
        let reading = Reading { pieces: &pieces, rule, now: self.now };
        let (values, fields) = contract::fill(&self.destination.fields, &question, &reading);
        let about = self.about(record, &audience.code, rule, values);
        Ok(Draft { body: body(about, &policy.catalog), fields, ground })
    }

    /// Telling a recipient of a change rests on its having been told (GDPR Art. 19), not on what is permitted now.
    fn exited(&self, record: &Record) -> Result<Draft, (Withheld, Option<Ground>)> {
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
        let about = self.about(record, code, rule, Map::new());
        Ok(Draft { body: body(about, &policy.catalog), fields: Vec::new(), ground })
    }

    fn whole(&self, record: &Record) -> Option<Whole> {
        let people = &self.facts.people;
        people.get(record.profile).is_some().then(|| people.whole(record.profile, self.now))
    }

    fn question<'q>(&'q self, rule: &'q SlotRule, person: Person<'q>, usage: Use<'q>) -> Question<'q> {
        let policy = &*self.current.policy;
        Question { policy, slot: Some(rule), person, usage, context: Context::default(), now: self.now }
    }

    fn about<'b>(
        &self,
        record: &Record,
        audience: &'b str,
        slot: &'b SlotRule,
        fields: Map<String, serde_json::Value>,
    ) -> About<'b> {
        About { kind: record.kind, at: record.selected_at, audience, slot, profile: record.profile, fields }
    }
}
