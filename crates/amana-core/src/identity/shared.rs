//! Devices on which several people sign in. Who holds such a device without signing in nobody can know, so from the moment
//! it shows itself it is nobody's: its identifier gets a fragment that joins nobody, and what was done on it until then
//! stays with whom it was of. Of which the catalogue says that many use them never join anybody, and need not show it.

use super::{BEARER_KIND, Candidate, Component, Dropped, Resolution};
use crate::permission::{ActKind, Mark, Marks, Target};
use std::collections::BTreeSet;

/// The place of a device that an event shows to be several people's: it was left out, for it says that it belongs to an
/// account, and the event names another one. Accounts are what a person has one of. `itself` is, for a place, what the
/// device itself claims or is proven to be part of.
#[must_use]
pub fn shared_device<'c>(
    candidates: &[Candidate<'_>],
    resolution: &Resolution,
    itself: impl Fn(usize) -> Option<&'c Component>,
) -> Option<usize> {
    use Dropped::{KindLimit, KnownApart, SizeLimit, Split};
    let kept_apart = |why: &Dropped| matches!(why, KindLimit | SizeLimit | Split | KnownApart);
    let left_out = resolution.dropped.iter().filter(|(_, why)| kept_apart(why)).map(|(place, _)| *place);
    let mut devices = left_out.filter(|place| candidates[*place].rule.code == BEARER_KIND);
    devices.find(|place| {
        let is_another = |named: &Candidate<'_>| {
            let of = itself(*place).into_iter().flat_map(|of| of.fragments.iter());
            let mut accounts = of.filter(|(_, kind)| **kind == named.rule.code).map(|(id, _)| *id);
            named.rule.limit == 1 && accounts.any(|id| Some(id) != named.fragment)
        };
        resolution.kept.iter().any(|place| is_another(&candidates[*place]))
    })
}

/// Whether an act that names a shared device reaches what was done on it before as well: what takes something away, and
/// what takes that back where nothing proves whose it is. Who is proven to be somebody can be named themselves.
#[must_use]
pub fn goes_on(kind: ActKind, proven: bool) -> bool {
    use ActKind::{Invalidate, Lift, Object, Override, PrivacyControl, Refuse, Restrict, Uphold, Withdraw};
    match kind {
        Refuse | Withdraw | Object | Uphold | Invalidate | PrivacyControl | Restrict => true,
        Lift | Override => !proven,
        _ => false,
    }
}

/// What was said against something on a device: it goes on for whoever uses it without signing in. What was agreed to does
/// not, for nobody knows that they are who agreed.
#[must_use]
pub fn said_against(marks: &Marks) -> Vec<(Target, ActKind, Mark)> {
    use ActKind::{Invalidate, Lift, Object, PrivacyControl, Refuse, Restrict, Uphold, Withdraw};
    const AGAINST: [(ActKind, ActKind); 7] = [
        (Refuse, ActKind::Grant),
        (Withdraw, ActKind::Grant),
        (Object, ActKind::Grant),
        (Uphold, ActKind::Grant),
        (Invalidate, ActKind::Grant),
        (Restrict, Lift),
        // Nothing takes back what a browser says by itself.
        (PrivacyControl, PrivacyControl),
    ];
    let targets: BTreeSet<Target> = marks.iter().map(|(target, ..)| target).collect();
    let goes_on = |target: Target| {
        let stands = move |(kind, back): (ActKind, ActKind)| {
            let (said, taken_back) = (marks.get(target, kind)?, marks.get(target, back));
            taken_back.is_none_or(|back| back.at <= said.at).then_some((target, kind, said))
        };
        AGAINST.into_iter().filter_map(stands)
    };
    targets.into_iter().flat_map(goes_on).collect()
}
