//! Before a restriction is lifted the person is told (GDPR Art. 18(3)).

use super::ActRefused;
use crate::profile::Whole;
use crate::profile::restricted::{Restriction, restriction};
use amana_core::Moment;
use amana_core::permission::{ActKind, Target};

/// Whether a restriction may be lifted, or somebody told that it is about to be.
pub(super) fn check(act: ActKind, at: Moment, targets: &[Target], whole: &Whole) -> Result<(), ActRefused> {
    if !matches!(act, ActKind::Lift | ActKind::Told) {
        return Ok(());
    }
    let of = |target: &Target| whole.marks.iter().filter_map(|marks| restriction(marks, *target)).collect::<Vec<_>>();
    let in_force: Vec<Restriction> = targets.iter().flat_map(of).collect();
    let expected = "what is restricted: `person`, or a purpose, as it stands in the list of restrictions";
    if in_force.is_empty() {
        let why = "nothing of this is restricted (GDPR Art. 18)";
        return Err(ActRefused::impossible("act", why, expected));
    }
    if in_force.iter().any(|one| one.since > at) {
        let why = "the restriction began later";
        return Err(ActRefused::impossible("at", why, "an instant after the restriction began"));
    }
    let untold = |one: &Restriction| one.told.is_none_or(|told| told > at);
    if act == ActKind::Lift && in_force.iter().any(untold) {
        let why = "the person has to be told before the restriction is lifted (GDPR Art. 18(3))";
        return Err(ActRefused::impossible("act", why, "`told` first, with when and how"));
    }
    Ok(())
}
