//! The person an event would belong to, before anything is written: asked what may be kept.

use amana_core::catalog::{Policy, SourceRule};
use amana_core::permission::Marks;
use amana_core::permit::{Context, Person, Question, Use, permit};
use amana_core::{Moment, SlotSet};

/// A candidate person.
#[derive(Clone, Debug, Default)]
pub(super) struct Prospect {
    /// Marks by group; the first is that of the fragment the event would belong to.
    pub groups: Vec<Marks>,
    /// Country, where known.
    pub region: Option<String>,
    /// Age, where known.
    pub age: Option<u16>,
}

/// What may be done with an event of a source for somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Allowance {
    /// The slots it may be kept for.
    pub collect: SlotSet,
    /// Whether its identifiers may be joined.
    pub link: bool,
}

impl Prospect {
    /// What a source may do with an event for this person now.
    #[must_use]
    pub(super) fn allowance(&self, policy: &Policy, source: &SourceRule, now: Moment) -> Allowance {
        let person = Person { groups: &self.groups, own: Some(0), age: self.age, region: self.region.as_deref() };
        let allowed = |usage: Use<'_>| {
            let slots = source.collects.iter().filter_map(|slot| policy.slot(slot));
            let permitted = slots.filter(|rule| {
                let context = Context { device: source.reads_device, ..Context::default() };
                permit(&Question { policy, slot: Some(rule), person, usage, context, now }).allow
            });
            permitted.map(|rule| rule.slot).collect::<SlotSet>()
        };
        let collect = allowed(Use::Collect);
        // Joining identifiers serves the purposes that may keep something; with none there is nothing to join for.
        let link = !collect.is_empty() && !allowed(Use::Link).is_empty();
        Allowance { collect, link }
    }
}
