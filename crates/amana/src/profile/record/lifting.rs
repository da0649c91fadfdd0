//! Before a restriction is lifted the person is told (GDPR Art. 18(3)).

use super::earlier::marks_before;
use super::{ActRefused, Prepared};
use crate::journal::Decided;
use crate::profile::find::FoundPerson;
use crate::profile::restricted::{Restriction, restriction};
use amana_core::permission::{ActKind, Target};

/// Whether a restriction may be lifted, or somebody told that it is about to be.
pub(super) fn check(act: &Decided, found: &FoundPerson, earlier: &[Prepared]) -> Result<(), ActRefused> {
    if !matches!(act.act, ActKind::Lift | ActKind::Told) {
        return Ok(());
    }
    let marks = marks_before(act, found, earlier);
    let of = |target: &Target| marks.iter().filter_map(|marks| restriction(marks, *target)).collect::<Vec<_>>();
    let in_force: Vec<Restriction> = act.targets.iter().flat_map(of).collect();
    let expected = "what is restricted: `person`, or a purpose, as it stands in the list of restrictions";
    if in_force.is_empty() {
        let why = "nothing of this is restricted (GDPR Art. 18)";
        return Err(ActRefused::impossible("act", why, expected));
    }
    let is_lift = act.act == ActKind::Lift;
    // What is lifted at the very instant at which it was restricted stays restricted.
    if in_force.iter().any(|one| one.since > act.at || is_lift && one.since == act.at) {
        let why = "the restriction did not begin earlier";
        return Err(ActRefused::impossible("at", why, "an instant after the restriction began"));
    }
    let untold = |one: &Restriction| one.told.is_none_or(|told| told > act.at);
    if is_lift && in_force.iter().any(untold) {
        let why = "the person has to be told before the restriction is lifted (GDPR Art. 18(3))";
        return Err(ActRefused::impossible("act", why, "`told` first, with when and how"));
    }
    Ok(())
}
