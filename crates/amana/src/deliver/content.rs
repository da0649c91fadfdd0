//! Marks of what a destination may be told: two that are equal say that there is nothing new, and neither can be read.
//!
//! The pipeline compares marks to know when something has to be said, deliveries to know whether it was said already.
//! Both ask the same contract, and keep the hash in place of what they would otherwise have to keep.

use super::contract;
use crate::audience::ContentMark;
use crate::profile::Whole;
use amana_core::Moment;
use amana_core::catalog::{DestinationRule, Policy, SlotRule};
use amana_core::identity::FragmentId;
use amana_core::permit::{Context, Question, Use, permit};
use amana_core::profile::{Piece, Reading};
use amana_store::seal::Root;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value as Json};
use sha2::Sha256;

/// Makes marks, under a key derived from the installation's.
pub(crate) struct Marker {
    state: Hmac<Sha256>,
}

/// Somebody, as they may be told of.
pub(crate) struct Subject<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) profile: FragmentId,
    pub(crate) whole: &'a Whole,
    pub(crate) pieces: &'a [Piece<'a>],
    pub(crate) now: Moment,
}

impl Marker {
    /// The marks of an installation.
    pub(crate) fn of(root: &Root) -> Self {
        let state = Hmac::<Sha256>::new_from_slice(root.system_key().as_bytes());
        let mut state = state.expect("a key of any length is allowed");
        state.update(b"amana message contents");
        Self { state }
    }

    /// The mark of all that a destination may be told of somebody for a slot now.
    pub(crate) fn of_subject(&self, subject: &Subject<'_>, rule: &SlotRule, to: &DestinationRule) -> ContentMark {
        let question = Question {
            policy: subject.policy,
            slot: Some(rule),
            person: subject.whole.person(None),
            usage: Use::Share(&to.code),
            context: Context::default(),
            now: subject.now,
            contact: None,
        };
        if !permit(&question).allow {
            return self.mark(subject.profile, rule, to, None);
        }
        let reading = Reading { pieces: subject.pieces, rule, now: subject.now };
        let (fields, _) = contract::fill(&to.fields, &question, subject.whole, &reading);
        self.mark(subject.profile, rule, to, Some(&fields))
    }

    /// The mark of the fields of a message; `None` for somebody of whom nothing may be said.
    pub(super) fn mark(
        &self,
        profile: FragmentId,
        rule: &SlotRule,
        to: &DestinationRule,
        fields: Option<&Map<String, Json>>,
    ) -> ContentMark {
        let mut state = self.state.clone();
        // Whom and for what, so that marks of two people or purposes are never alike.
        state.update(&to.number.to_be_bytes());
        state.update(profile.0.as_bytes());
        for part in [rule.purpose.as_str(), rule.brand.as_deref().unwrap_or_default()] {
            state.update(&(part.len() as u64).to_be_bytes());
            state.update(part.as_bytes());
        }
        if let Some(fields) = fields {
            state.update(&serde_json::to_vec(fields).expect("fields have text keys"));
        }
        let mut mark = [0; 16];
        mark.copy_from_slice(&state.finalize().into_bytes()[..16]);
        ContentMark(mark)
    }
}
