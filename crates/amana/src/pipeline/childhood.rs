//! What was agreed to as a child, when the birthday that would end it is destroyed (GDPR Art. 8(1)).
//!
//! A birthday that is known ends such an agreement on the day the child decides alone. Without it nothing would: what a
//! twelve-year-old clicked would hold again when nobody knows any more that it was one.

use super::tally::TallyName;
use super::work::Work;
use crate::profile::OfAge;
use amana_core::Moment;
use amana_core::catalog::{Basis, SlotRule};
use amana_core::identity::FragmentId;
use amana_core::permission::{Act, ActKind, Born, Evidence, Marks, Method, State, Target, standing};

/// Ends what a group agreed to as a child without a guardian, when its birthday goes or is gone. Who had a guardian is
/// asked anew when the guardian's decision ends. `before` is what was known until now.
pub(super) fn end_childhood(work: &mut Work<'_>, ids: &[FragmentId], before: Option<Born>, region: Option<&str>) {
    let after = work.people.born(ids, work.now);
    let (Some(before), None) = (before, after.and_then(Born::birthday)) else { return };
    let mut marks = Marks::default();
    ids.iter().filter_map(|id| work.people.get(*id)).for_each(|entry| marks.join(&entry.fragment.marks));
    let policy = work.policy;
    for rule in policy.slots.iter().filter(|rule| rule.basis == Basis::Consent) {
        let Some(of_age) = OfAge::of(before.latest(), region).at(policy, rule) else { continue };
        if agreed_alone(rule, &marks, of_age, work.now) {
            end(work, ids, rule, of_age);
        }
    }
}

/// Whether nothing but the birthday ends a consent that was given before somebody was of age.
fn agreed_alone(rule: &SlotRule, marks: &Marks, of_age: Moment, now: Moment) -> bool {
    let target = Target::Slot(rule.slot);
    let Some(given) = marks.get(target, ActKind::Grant).filter(|given| given.at < of_age) else { return false };
    let guarded = marks.get(target, ActKind::Guardian).and_then(|guardian| guardian.until);
    standing(rule, marks, now).state == State::Given && guarded.is_none_or(|until| until <= given.at)
}

fn end(work: &mut Work<'_>, ids: &[FragmentId], rule: &SlotRule, of_age: Moment) {
    let (target, now) = (Target::Slot(rule.slot), work.now);
    for id in ids {
        let name = work.dice.id(now);
        let Some(entry) = work.people.get_mut(*id) else { continue };
        if entry.fragment.marks.get(target, ActKind::Grant).is_some_and(|given| given.at < of_age) {
            // When it happened is when the birthday went, which tells nobody's age.
            let evidence = Evidence {
                purpose: Some(rule.purpose.clone()),
                brand: rule.brand.clone(),
                ..Evidence::new(Method::Event, "retention", "amana")
            };
            entry.act(Act::new(name, ActKind::End, target, now, now, evidence));
            work.tally.add(TallyName::Acts, 1);
            // What is no longer held for it goes with the next look.
            entry.set_due(Some(now));
        }
    }
}
