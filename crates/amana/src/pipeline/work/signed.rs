//! Events that prove whom they are of: what else they name stays a claim.

use super::{Keyed, Work};
use crate::pipeline::acts::Arrival;
use crate::pipeline::task::Identified;
use amana_core::catalog::Trust;
use amana_core::identity::{Candidate, Dropped, FragmentId, Resolution, resolve};

/// What a signed event names besides whom it proves.
#[derive(Default)]
pub(super) struct Claims<'k> {
    /// What is joined to them by a claim.
    pub(super) kept: Vec<&'k Keyed<'k>>,
    /// What is somebody else's, with why it was left out.
    pub(super) dropped: Vec<(&'k Keyed<'k>, Dropped)>,
}

/// A signed event is of whom it proves, whatever else it names: where both pass a limit, the rest is left out.
pub(super) fn owns(resolution: &mut Resolution, of: &Identified<'_>) {
    let Some(proven) = of.proven else { return };
    if !resolution.kept.contains(&proven) {
        let why =
            resolution.dropped.iter().find(|(place, _)| *place == proven).map_or(Dropped::KindLimit, |(_, why)| *why);
        let others = resolution.kept.drain(..).map(|place| (place, why));
        resolution.dropped.retain(|(place, _)| *place != proven);
        resolution.dropped.extend(others);
        resolution.kept.push(proven);
    }
    resolution.owner = Some(proven);
}

impl Work<'_> {
    /// Which of the claims beside a proof may be joined to whom it proves: as with everything that is claimed, limits
    /// count whatever hangs on either. What else names a device that several people use is nobody's, as the device is.
    pub(super) fn claims<'k>(
        &mut self,
        arrival: &Arrival<'_>,
        of: &'k Identified<'k>,
        resolution: &Resolution,
    ) -> Claims<'k> {
        let Some(owner) = resolution.owner.filter(|_| of.proven.is_some() && !of.beside.is_empty()) else {
            return Claims::default();
        };
        let named: Vec<&Keyed<'_>> = std::iter::once(&of.keyed[owner]).chain(&of.beside).collect();
        let fragments: Vec<Option<FragmentId>> = named.iter().map(|(_, key)| self.index.get(key).copied()).collect();
        let knowns: Vec<_> = fragments.iter().map(|id| id.map(|id| self.know(id))).collect();
        let on_shared = resolution.dropped.iter().any(|(_, why)| *why == Dropped::SharedDevice);
        let candidates: Vec<Candidate<'_>> = (0..named.len())
            .map(|place| Candidate {
                rule: named[place].0.rule,
                fragment: fragments[place],
                component: knowns[place].as_ref().map(|known| &known.whole.component),
                shared: on_shared && named[place].0.rule.device
                    || self.is_shared(arrival, named[place].0.rule, fragments[place]),
            })
            .collect();
        let joined = resolve(&candidates, &self.policy.identifiers, Trust::Public);
        // Whoever is proven is the last to go.
        let kept = if joined.kept.contains(&0) { joined.kept } else { Vec::new() };
        let (keeps, drops): (Vec<usize>, Vec<usize>) = (1..named.len()).partition(|place| kept.contains(place));
        // What would have been kept was left out with whom it would have taken the place of.
        let reason = |place: usize| joined.dropped.iter().find(|(dropped, _)| *dropped == place).map(|(_, why)| *why);
        let why = |place: usize| reason(place).or_else(|| reason(0)).unwrap_or(Dropped::KindLimit);
        Claims {
            kept: keeps.into_iter().map(|place| named[place]).collect(),
            dropped: drops.into_iter().map(|place| (named[place], why(place))).collect(),
        }
    }
}
