//! Who an event would be of, as far as permissions go: asked before anything is written.

use super::Known;
use crate::pipeline::prospect::Prospect;
use amana_core::catalog::Trust;
use amana_core::identity::FragmentId;
use amana_core::permission::Marks;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The candidate person, and where the answers about them are remembered when they are known as they are.
pub(super) struct Standing {
    pub(super) prospect: Prospect,
    pub(super) again: Option<(Rc<Known>, usize)>,
}

/// The candidate person: whose marks count as the event's own, and whose beside them. With a source that verifies, the
/// groups of all its identifiers become one person; with one that claims, only the owner's is its own.
pub(super) fn stand(
    trust: Trust,
    owner: Option<&(FragmentId, Rc<Known>)>,
    kept: &[(FragmentId, Rc<Known>)],
) -> Standing {
    let mut own = Marks::default();
    let mut wholes = Vec::<&Rc<Known>>::new();
    let mut joined = BTreeSet::<(FragmentId, usize)>::new();
    for (id, known) in kept.iter().chain(owner) {
        if !wholes.iter().any(|whole| Rc::ptr_eq(whole, known)) {
            wholes.push(known);
        }
        let is_own = trust == Trust::Server || owner.is_some_and(|(owner, _)| owner == id);
        if is_own
            && let (Some(profile), Some(group)) = (known.whole.profile(), known.whole.group_of(*id))
            && joined.insert((profile, group))
        {
            own.join(&known.whole.marks[group]);
        }
    }
    let again = match (owner, wholes.as_slice(), joined.first()) {
        (Some((_, known)), [_], Some((_, group))) if joined.len() == 1 => Some((known.clone(), *group)),
        _ => None,
    };
    let joined = &joined;
    let is_core = |known: &Known, group: usize| group < known.whole.core;
    let own_is_core = trust == Trust::Server
        || owner.is_some_and(|(id, known)| known.whole.group_of(*id).is_some_and(|group| is_core(known, group)));
    let beside = wholes.iter().flat_map(|known| {
        let profile = known.whole.profile();
        let others =
            (0..known.whole.marks.len()).filter(move |group| profile.is_some_and(|id| !joined.contains(&(id, *group))));
        others.map(move |group| (is_core(known, group), &known.whole.marks[group]))
    });
    let (core, claims): (Vec<_>, Vec<_>) = beside.partition(|(core, _)| *core);
    let marks_of = |(_, marks): (bool, &Marks)| marks.clone();
    let mut groups: Vec<Marks> = core.into_iter().map(marks_of).collect();
    let place = groups.len();
    groups.push(own);
    groups.extend(claims.into_iter().map(marks_of));
    let region = wholes.iter().find_map(|known| known.whole.region.clone());
    let (age, birthday) =
        (wholes.iter().find_map(|known| known.whole.age), wholes.iter().find_map(|known| known.whole.birthday));
    Standing {
        prospect: Prospect { core: place + usize::from(own_is_core), own: place, groups, region, age, birthday },
        again,
    }
}
