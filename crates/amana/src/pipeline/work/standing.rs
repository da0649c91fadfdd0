//! Who an event would be of, as far as permissions go: asked before anything is written.

use super::Known;
use crate::pipeline::prospect::Prospect;
use amana_core::catalog::Trust;
use amana_core::identity::FragmentId;
use amana_core::permission::{Born, Marks};
use std::collections::BTreeSet;
use std::rc::Rc;

/// The candidate person, and where the answers about them are remembered when they are known as they are.
pub(super) struct Standing {
    pub(super) prospect: Rc<Prospect>,
    pub(super) again: Option<(Rc<Known>, usize)>,
}

/// The candidate person: whose marks count as the event's own, and whose beside them. With a source that verifies, the
/// groups of all its identifiers become one person; with one that claims, only the owner's is its own.
pub(super) fn stand(
    trust: Trust,
    owner: Option<&(FragmentId, Rc<Known>)>,
    kept: &[(FragmentId, Rc<Known>)],
) -> Standing {
    let parties = Parties::of(trust, owner, kept);
    let Some((known, group)) = parties.again(owner) else {
        return Standing { prospect: Rc::new(parties.prospect()), again: None };
    };
    let place = (group, parties.own_is_core);
    let remembered = known.prospects.borrow().get(&place).cloned();
    let prospect = remembered.unwrap_or_else(|| {
        let prospect = Rc::new(parties.prospect());
        known.prospects.borrow_mut().insert(place, prospect.clone());
        prospect
    });
    Standing { prospect, again: Some((known, group)) }
}

/// Everybody an event has to do with.
struct Parties<'a> {
    /// The people, each once.
    wholes: Vec<&'a Rc<Known>>,
    /// The groups whose own event it would be, each by its profile and place.
    joined: BTreeSet<(FragmentId, usize)>,
    own_is_core: bool,
}

impl<'a> Parties<'a> {
    fn of(trust: Trust, owner: Option<&'a (FragmentId, Rc<Known>)>, kept: &'a [(FragmentId, Rc<Known>)]) -> Self {
        let (mut wholes, mut joined) = (Vec::<&Rc<Known>>::new(), BTreeSet::new());
        for (id, known) in kept.iter().chain(owner) {
            if !wholes.iter().any(|whole| Rc::ptr_eq(whole, known)) {
                wholes.push(known);
            }
            let is_own = trust == Trust::Server || owner.is_some_and(|(owner, _)| owner == id);
            if is_own && let (Some(profile), Some(group)) = (known.whole.profile(), known.whole.group_of(*id)) {
                joined.insert((profile, group));
            }
        }
        let in_core =
            |(id, known): &(FragmentId, Rc<Known>)| known.whole.group_of(*id).is_some_and(|g| known.is_core(g));
        Self { wholes, joined, own_is_core: trust == Trust::Server || owner.is_some_and(in_core) }
    }

    /// The person and the group of theirs, where the event is of one that is known as it is.
    fn again(&self, owner: Option<&(FragmentId, Rc<Known>)>) -> Option<(Rc<Known>, usize)> {
        match (owner, self.wholes.as_slice(), self.joined.first()) {
            (Some((_, known)), [_], Some((_, group))) if self.joined.len() == 1 => Some((known.clone(), *group)),
            _ => None,
        }
    }

    fn prospect(&self) -> Prospect {
        let (mut own, mut own_births) = (Marks::default(), Vec::new());
        let (mut core, mut claims) = (Vec::new(), Vec::new());
        let (mut core_region, mut own_region) = (None, None);
        for known in &self.wholes {
            let Some(profile) = known.whole.profile() else { continue };
            for (group, marks) in known.whole.marks.iter().enumerate() {
                let (born, region) = (known.whole.births()[group], known.whole.region(Some(group)));
                let joined = self.joined.contains(&(profile, group));
                match (joined, known.is_core(group)) {
                    (true, _) => {
                        own.join(marks);
                        own_births.extend(born);
                    }
                    (false, true) => core.push((marks.clone(), born)),
                    (false, false) => claims.push((marks.clone(), born)),
                }
                if known.is_core(group) {
                    core_region = core_region.or(region);
                } else if joined {
                    own_region = own_region.or(region);
                }
            }
        }
        let place = core.len();
        // What the core says counts for whatever comes to stand beside it, and what a claim says for the claim.
        let born = Born::youngest(own_births.into_iter().chain(core.iter().filter_map(|(_, born)| *born)));
        let (groups, births) = core.into_iter().chain([(own, born)]).chain(claims).unzip();
        Prospect {
            core: place + usize::from(self.own_is_core),
            own: place,
            groups,
            births,
            region: core_region.or(own_region).map(str::to_owned),
        }
    }
}
