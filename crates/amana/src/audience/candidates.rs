//! Who can be a member of audiences: a person, and beside somebody whom systems know what only claims to be theirs.
//!
//! A public key grants nothing for somebody else. Where whoever is known has said nothing of a purpose, what came from a device
//! that agreed is not theirs to be chosen by, and neither is it lost: the device stands for itself, under an id of its own.

use crate::profile::{Classes, People, Whole};
use amana_core::Moment;
use amana_core::catalog::{Policy, SlotRule};
use amana_core::identity::FragmentId;
use amana_core::permit::{Context, Question, Reason, Use, permit};
use amana_core::profile::Piece;
use std::cell::OnceCell;

/// What people are asked with.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) policy: &'a Policy,
    pub(super) people: &'a People,
    pub(super) classes: &'a Classes,
    pub(super) now: Moment,
}

/// A person with what only claims to be theirs, looked at when it is asked for.
pub(super) struct Candidates<'a> {
    asking: Asking<'a>,
    whole: &'a Whole,
    person: Option<Candidate<'a>>,
    claims: OnceCell<Vec<(Whole, Candidate<'a>)>>,
}

/// Who may become a member.
pub(super) struct Candidate<'a> {
    /// The fragment that names them.
    pub(super) id: FragmentId,
    /// What is known of them.
    pub(super) pieces: Vec<Piece<'a>>,
}

impl<'a> Candidates<'a> {
    pub(super) fn of(asking: Asking<'a>, whole: &'a Whole) -> Self {
        let person = whole.profile().map(|id| asking.candidate(id, whole));
        Self { asking, whole, person, claims: OnceCell::new() }
    }

    /// Who of them may be put into audiences for a slot.
    pub(super) fn permitted<'s>(&'s self, rule: &'s SlotRule) -> impl Iterator<Item = &'s Candidate<'a>> {
        let (person, claims) = match self.asking.verdict(self.whole, rule) {
            Reason::Permitted => (self.person.as_ref(), &[][..]),
            Reason::OnlyClaimed => (None, self.claims()),
            _ => (None, &[][..]),
        };
        let permitted = |(claim, _): &&(Whole, Candidate<'a>)| self.asking.verdict(claim, rule) == Reason::Permitted;
        person.into_iter().chain(claims.iter().filter(permitted).map(|(_, candidate)| candidate))
    }

    fn claims(&self) -> &[(Whole, Candidate<'a>)] {
        self.claims.get_or_init(|| {
            let claim = |id: FragmentId| {
                let claim = self.whole.claim(id)?;
                let candidate = self.asking.candidate(id, &claim);
                Some((claim, candidate))
            };
            self.whole.claims().filter_map(claim).collect()
        })
    }
}

impl<'a> Asking<'a> {
    fn candidate(self, id: FragmentId, whole: &Whole) -> Candidate<'a> {
        Candidate { id, pieces: self.people.pieces(whole, self.policy, self.classes, self.now) }
    }

    fn verdict(self, whole: &Whole, rule: &SlotRule) -> Reason {
        let (person, context) = (whole.person(None), Context::default());
        let (policy, slot, now) = (self.policy, Some(rule), self.now);
        permit(&Question { policy, slot, person, usage: Use::Segment, context, now, contact: None }).reason
    }
}
