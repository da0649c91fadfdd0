//! A person as one slot may see them.

use super::Figure;
use super::correction::Correction;
use super::holding::{Holding, TraitValue};
use crate::catalog::{MetricFunction, MetricRule, SlotRule};
use crate::identity::FragmentId;
use crate::permission::outlived;
use crate::{Moment, SlotSet, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One holding of a person, with what decides whether it may be looked at.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The fragment.
    pub fragment: FragmentId,
    /// Code of the fragment's identifier kind.
    pub kind: &'a str,
    /// Whether the fragment belongs to the group that is the person by proof, in contrast to a claim.
    pub proven: bool,
    /// The slots its data is kept for.
    pub class: SlotSet,
    /// The slots whose basis still justifies keeping this fragment's data.
    pub held: SlotSet,
    /// The data.
    pub holding: &'a Holding,
}

/// Why a value that exists is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hidden {
    /// It was not kept for this purpose.
    NotKeptForPurpose,
    /// The purpose no longer holds the data it was kept with.
    NotHeld,
    /// It is older than the purpose keeps data.
    KeptLongEnough,
    /// It is a figure by another function than its metric has now.
    CountedOtherwise,
}

/// Where a shown value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The fragment it came under.
    pub fragment: FragmentId,
    /// Whether that fragment is the person's by proof, in contrast to a claim.
    pub proven: bool,
    /// The datum's own time, when it was learned, and its source. `None` for metrics, which are of many events.
    pub origin: Option<super::Origin>,
}

/// What a slot sees at one name. Hidden is not absent; what only claims to be somebody's hides nothing of who is proven.
#[derive(Clone, Debug, PartialEq)]
pub enum Sight {
    /// Nothing is known.
    Absent,
    /// Something is known, but not for this slot.
    Hidden(Hidden),
    /// This is known.
    Value(Value, Option<Provenance>),
}

/// A person as one slot may see them at an instant. Whether the slot may be used at all for the person is `permit`'s
/// to say; a reading shows nothing that was not kept for the slot.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// What the person's fragments hold.
    pub pieces: &'a [Piece<'a>],
    /// The slot.
    pub rule: &'a SlotRule,
    /// The instant.
    pub now: Moment,
}

impl Reading<'_> {
    /// A trait: the newest candidate kept for the slot, of those that are proven where there are any.
    #[must_use]
    pub fn trait_named(&self, name: &str) -> Sight {
        let candidates = || self.pieces.iter().filter_map(|piece| Some((piece, piece.holding.traits.get(name)?)));
        let corrections: Vec<_> = self.pieces.iter().filter_map(|piece| self.correction(piece, name)).collect();
        if corrections.is_empty() {
            return self.newest(candidates());
        }
        self.newest(candidates().filter(|(_, value)| !corrections.iter().any(|known| known.rejects(value))))
    }

    /// A correction that may be looked at. One that somebody merely claims to be the person's corrects nothing.
    fn correction<'b>(&self, piece: &'b Piece<'_>, name: &str) -> Option<&'b Correction> {
        let correction = piece.holding.corrections.get(name).filter(|_| piece.proven)?;
        self.hidden(piece, correction.at).is_none().then_some(correction)
    }

    /// The newest identifier of a kind.
    #[must_use]
    pub fn identifier(&self, kind: &str) -> Sight {
        let of_kind = self.pieces.iter().filter(|piece| piece.kind == kind);
        self.newest(of_kind.filter_map(|piece| Some((piece, piece.holding.identifier.as_ref()?))))
    }

    /// All identifiers the slot may see, with their kinds.
    pub fn identifiers(&self) -> impl Iterator<Item = (&str, &TraitValue, FragmentId)> {
        self.pieces.iter().filter_map(|piece| {
            let identifier = piece.holding.identifier.as_ref()?;
            self.hidden(piece, identifier.origin.at).is_none().then_some((piece.kind, identifier, piece.fragment))
        })
    }

    /// A metric over what is kept for the slot. Where nothing was ever counted, counts and sums are zero.
    #[must_use]
    pub fn metric(&self, metric: &MetricRule) -> Sight {
        let (mut total, mut hidden, any_proven) = (None, None, self.any_proven());
        let alive = |beginning: Moment| !outlived(beginning, self.rule.keep, self.now);
        for piece in self.pieces {
            let Some(state) = piece.holding.metrics.get(&metric.name) else { continue };
            let reason = self.barred(piece);
            match if reason.is_none() { state.total(metric.function, alive) } else { None } {
                Some(figure) => total = Some(total.map_or(figure, |total: Figure| total.join(figure))),
                None if state.is_empty() && reason.is_none() => {}
                None if any_proven && !piece.proven => {}
                None => {
                    let old = if state.is_alive(alive) { Hidden::CountedOtherwise } else { Hidden::KeptLongEnough };
                    hidden = hidden.max(Some(reason.unwrap_or(old)));
                }
            }
        }
        match (total, hidden, metric.function) {
            (Some(figure), ..) => Sight::Value(figure.value(), None),
            (None, Some(reason), _) => Sight::Hidden(reason),
            (None, None, MetricFunction::Count) => Sight::Value(Value::Integer(0), None),
            (None, None, MetricFunction::Sum) => Sight::Value(Value::Number(0.0), None),
            (None, None, _) => Sight::Absent,
        }
    }

    fn newest<'b>(&self, candidates: impl Iterator<Item = (&'b Piece<'b>, &'b TraitValue)>) -> Sight {
        let (mut best, mut hidden, any_proven) = (None::<(&Piece<'_>, &TraitValue)>, None, self.any_proven());
        for (piece, candidate) in candidates {
            match self.hidden(piece, candidate.origin.at) {
                Some(_) if any_proven && !piece.proven => {}
                Some(reason) => hidden = hidden.max(Some(reason)),
                None if best.is_none_or(|known| wins((piece, candidate), known)) => best = Some((piece, candidate)),
                None => {}
            }
        }
        match (best, hidden) {
            (Some((piece, found)), _) => {
                let provenance =
                    Provenance { fragment: piece.fragment, proven: piece.proven, origin: Some(found.origin) };
                Sight::Value(found.value.clone(), Some(provenance))
            }
            (None, Some(reason)) => Sight::Hidden(reason),
            (None, None) => Sight::Absent,
        }
    }

    /// Whether anything is the person's by proof. What merely claims to be theirs then hides nothing of them: it may be a
    /// stranger's, and whoever knows a public key could else throw them out of an audience.
    fn any_proven(&self) -> bool {
        self.pieces.iter().any(|piece| piece.proven)
    }

    /// Why a piece may not be looked at, whatever its age.
    fn barred(&self, piece: &Piece<'_>) -> Option<Hidden> {
        if !piece.class.contains(self.rule.slot) {
            Some(Hidden::NotKeptForPurpose)
        } else if !piece.held.contains(self.rule.slot) {
            Some(Hidden::NotHeld)
        } else {
            None
        }
    }

    fn hidden(&self, piece: &Piece<'_>, at: Moment) -> Option<Hidden> {
        self.barred(piece).or_else(|| outlived(at, self.rule.keep, self.now).then_some(Hidden::KeptLongEnough))
    }
}

/// Whether a candidate wins over another. What is proven to be the person's wins over whatever somebody claims, or a
/// public key could change an address. What two fragments know alike is the older fragment's.
fn wins(one: (&Piece<'_>, &TraitValue), other: (&Piece<'_>, &TraitValue)) -> bool {
    if one.0.proven != other.0.proven {
        return one.0.proven;
    }
    one.1.is_newer_than(other.1) || one.0.fragment < other.0.fragment && !other.1.is_newer_than(one.1)
}
