//! Whether an act can be recorded, whoever it is of: held against the catalogue and the law. The one way for every door
//! that brings acts, so that a file cannot say what a request could not.

use super::content::contents;
use super::{About, ActAsk, ActRefused, evidence, possible};
use crate::govern::Current;
use crate::profile::slot::{SlotUnclear, slot_named, slots_reached};
use amana_core::Moment;
use amana_core::catalog::{Policy, SlotRule};
use amana_core::permission::{ActKind, Content, Evidence, Target};

/// An act that can be recorded, as far as the catalogue and the law say.
#[derive(Debug)]
pub(crate) struct Checked {
    /// What it comes to: an agreement that still has to be confirmed is a request.
    pub(crate) act: ActKind,
    /// What it is about.
    pub(crate) targets: Vec<Target>,
    /// What it says, each to be written as an act of its own; one that says nothing more has one without content.
    pub(crate) contents: Vec<Option<Content>>,
    /// Why it is believed.
    pub(crate) evidence: Evidence,
}

/// Checks an act that was done at an instant and is about these slots.
pub(crate) fn checked(
    current: &Current,
    ask: &ActAsk<'_>,
    slots: &[&SlotRule],
    at: Moment,
    now: Moment,
) -> Result<Checked, ActRefused> {
    possible::check(ask, slots, now)?;
    let contents = contents(&current.policy, ask)?;
    let evidence = evidence::evidence(current, ask, at)?;
    possible::meant(ask, at, slots)?;
    // Where a purpose asks for a second step, agreeing is a request until something proves who agreed.
    let act = ask.act.until_confirmed(slots.iter().any(|rule| rule.double_opt_in), evidence.confirms());
    Ok(Checked { act, targets: targets(ask, slots), contents, evidence })
}

fn targets(ask: &ActAsk<'_>, slots: &[&SlotRule]) -> Vec<Target> {
    match ask.about {
        About::Purpose { .. } => slots.iter().map(|rule| Target::Slot(rule.slot)).collect(),
        About::DirectMarketing => vec![Target::DirectMarketing],
        About::Person => vec![Target::Person],
        About::Channel(channel) => vec![Target::Channel(channel)],
    }
}

/// The slots an act is about. Saying no to a purpose without naming a brand says no to all its brands, and to what is
/// still kept for its earlier versions, also when the purpose itself is gone; saying yes must be specific (GDPR
/// Art. 4(11)).
pub(crate) fn slots_meant<'p>(
    policy: &'p Policy,
    act: ActKind,
    about: About<'_>,
) -> Result<Vec<&'p SlotRule>, SlotUnclear> {
    use ActKind::{End, Invalidate, Object, Refuse, Restrict, Withdraw};
    let About::Purpose { purpose, brand } = about else { return Ok(Vec::new()) };
    let named = slot_named(policy, purpose, brand);
    match (act, &named) {
        (Refuse | Withdraw | Object | Invalidate, _) | (End, Ok(_)) => {
            let reached = slots_reached(policy, purpose, brand);
            if reached.is_empty() { named.map(|rule| vec![rule]) } else { Ok(reached) }
        }
        (Restrict, Err(SlotUnclear::BrandNeeded { .. })) => {
            Ok(policy.slots.iter().filter(|rule| !rule.retired && rule.purpose == purpose).collect())
        }
        _ => named.map(|rule| vec![rule]),
    }
}
