//! Whether the acts of one person, as they were done, justify a processing: told from the acts themselves, without marks
//! and without the state machine, to hold both against it.

use super::act;
use amana_core::catalog::{Basis, SlotRule};
use amana_core::permission::ActKind::{
    self, Assert, End, Grant, Guardian, Inform, Invalidate, Object, Override, Refuse, Request, Start, Uphold, Withdraw,
};
use amana_core::permission::{Act, Target};
use amana_core::{Moment, Slot, SlotSet};
use proptest::prelude::*;
use proptest::sample::select;

const NOES: [ActKind; 3] = [Refuse, Object, Withdraw];

/// Acts that can move the state of slot 0, whose purpose had slots 1 and 2 before: many of them at the same instant.
pub(super) fn moving_act() -> impl Strategy<Value = Act> {
    let kinds = vec![
        Inform, Inform, Start, Start, End, Request, Grant, Grant, Grant, Refuse, Withdraw, Object, Uphold, Override,
        Override, Assert, Invalidate, Guardian,
    ];
    let slot = |number| Target::Slot(Slot(number));
    let targets = prop_oneof![
        8 => Just(slot(0)),
        4 => Just(slot(1)),
        1 => Just(slot(2)),
        1 => Just(Target::Person),
        1 => Just(Target::DirectMarketing),
    ];
    let until = prop::option::of((0..14_i64).prop_map(Moment));
    (select(kinds), targets, 0..8_i64, 0..5_i64, until, any::<u128>()).prop_map(
        |(kind, target, at, late, until, id)| Act {
            id: uuid::Uuid::from_u128(id),
            ..act(kind, target, at, at + late).until(until)
        },
    )
}

prop_compose! {
    /// A slot of any basis, some with an end by time, some of purposes that had other slots before.
    pub(super) fn any_rule()(
        basis in select(vec![
            Basis::Consent, Basis::Consent, Basis::Contract, Basis::LegalObligation, Basis::VitalInterest,
            Basis::PublicTask, Basis::LegitimateInterest, Basis::LegitimateInterest,
        ]),
        direct_marketing in any::<bool>(),
        before in select(vec![SlotSet::EMPTY, SlotSet::from_iter([Slot(1)]), SlotSet::from_iter([Slot(1), Slot(2)])]),
        expires in prop::option::weighted(0.4, 1..8_i64),
    ) -> SlotRule {
        let consent_expires_after = expires.map(|millis| jiff::Span::new().milliseconds(millis));
        SlotRule { direct_marketing, before, consent_expires_after, ..crate::support::rule(0, basis) }
    }
}

/// What one person did, and what is asked of it.
pub(super) struct Person<'a> {
    pub(super) rule: &'a SlotRule,
    pub(super) acts: Vec<&'a Act>,
    pub(super) of_age: Option<Moment>,
    pub(super) now: Moment,
}

impl<'a> Person<'a> {
    /// Whether the basis allows processing.
    pub(super) fn is_justified(&self) -> bool {
        let own = Target::Slot(self.rule.slot);
        match self.rule.basis {
            Basis::Consent => self.done(own, &[Grant]).any(|agreed| self.still_agrees(agreed)),
            Basis::Contract | Basis::LegalObligation => {
                self.done(own, &[Start]).any(|start| !self.is_answered(start.at, own, &[End]))
            }
            Basis::VitalInterest => self.last(own, Assert).is_some_and(|asserted| {
                asserted.until.is_some_and(|until| until > self.now) && !self.is_answered(asserted.at, own, &[End])
            }),
            Basis::PublicTask | Basis::LegitimateInterest => {
                self.is_informed() && (self.unanswered().is_none() || self.is_overridden())
            }
        }
    }

    /// Whether it lets data be kept: also while an objection is weighed, and not for whoever objects to all marketing.
    pub(super) fn is_held(&self) -> bool {
        let interest = matches!(self.rule.basis, Basis::PublicTask | Basis::LegitimateInterest);
        let weighed = interest && self.is_informed() && !self.rule.direct_marketing && !self.is_upheld();
        let agreed = |no: &Act| self.done(Target::Slot(self.rule.slot), &[Grant]).any(|yes| yes.at > no.at);
        let advertised = self.rule.direct_marketing && self.done(Target::DirectMarketing, &NOES).any(|no| !agreed(no));
        (self.is_justified() || weighed) && !advertised
    }

    fn done(&self, target: Target, kinds: &[ActKind]) -> impl Iterator<Item = &'a Act> {
        self.acts.iter().copied().filter(move |act| act.target == target && kinds.contains(&act.kind))
    }

    fn last(&self, target: Target, kind: ActKind) -> Option<&'a Act> {
        self.done(target, &[kind]).max_by_key(|act| (act.at, act.received, act.until))
    }

    /// Whether one of these was done at an instant or after it.
    fn is_answered(&self, at: Moment, target: Target, kinds: &[ActKind]) -> bool {
        self.done(target, kinds).any(|act| act.at >= at)
    }

    /// When somebody said no, to this slot, to everything, or to an earlier version and did not take that back.
    fn noes(&self) -> Vec<Moment> {
        let earlier = self.rule.before.iter().map(Target::Slot).flat_map(|target| {
            let stands = move |no: &&Act| !self.done(target, &[Grant]).any(|yes| yes.at > no.at);
            self.done(target, &NOES).filter(stands).collect::<Vec<_>>()
        });
        let own = self.done(Target::Slot(self.rule.slot), &NOES).chain(self.done(Target::Person, &NOES));
        own.chain(earlier).map(|no| no.at).collect()
    }

    fn still_agrees(&self, agreed: &Act) -> bool {
        let own = Target::Slot(self.rule.slot);
        let ended = self.is_answered(agreed.at, own, &[Invalidate, End]);
        let refused = self.noes().iter().any(|no| *no >= agreed.at);
        let expired = self.rule.consent_expires_after.is_some_and(|span| {
            let span = span.get_milliseconds();
            agreed.at.plus_millis(span) <= self.now
        });
        let childhood_end = self.of_age.or_else(|| self.last(own, Guardian)?.until);
        let grown_up = childhood_end.is_some_and(|end| agreed.at < end && end <= self.now);
        !ended && !refused && !expired && !grown_up
    }

    fn is_informed(&self) -> bool {
        let own = Target::Slot(self.rule.slot);
        let Some(told) = self.done(own, &[Inform]).map(|told| told.at).min() else { return false };
        let begun = self.done(own, &[Start]).map(|start| start.at).max().filter(|start| *start > told).unwrap_or(told);
        !self.is_answered(begun, own, &[End])
    }

    fn is_upheld(&self) -> bool {
        let mut slots = std::iter::once(self.rule.slot).chain(self.rule.before.iter()).map(Target::Slot);
        let upheld = |target| {
            let stands = |uphold: &Act| !self.done(target, &[Grant]).any(|yes| yes.at > uphold.at);
            self.done(target, &[Uphold]).any(stands)
        };
        slots.any(upheld)
    }

    /// The last no, or that one was upheld, after which nobody agreed.
    fn unanswered(&self) -> Option<Moment> {
        let own = Target::Slot(self.rule.slot);
        let against = self.noes().into_iter().chain(self.done(own, &[Uphold]).map(|uphold| uphold.at));
        against.filter(|at| !self.done(own, &[Grant]).any(|yes| yes.at > *at)).max()
    }

    fn is_overridden(&self) -> bool {
        let since = self.unanswered();
        let grounds = self.done(Target::Slot(self.rule.slot), &[Override]).any(|grounds| Some(grounds.at) > since);
        grounds && !self.is_upheld() && !self.rule.direct_marketing
    }
}
