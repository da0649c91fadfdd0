//! The person an event would belong to, before anything is written: asked what may be kept.

use amana_core::catalog::{Policy, SourceRule};
use amana_core::permission::{Act, Born, Marks};
use amana_core::permit::{Context, Person, Question, Use, permit};
use amana_core::{Moment, SlotSet};

/// A candidate person.
#[derive(Clone, Debug, Default)]
pub(super) struct Prospect {
    /// Marks by group, those of the core first.
    pub groups: Vec<Marks>,
    /// How many groups are the core.
    pub core: usize,
    /// The place of the group that the event would belong to.
    pub own: usize,
    /// For each group when they were born, where known.
    pub births: Vec<Option<Born>>,
    /// Country of that group, where known.
    pub region: Option<String>,
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
    /// The marks of the group that the event would belong to.
    #[must_use]
    pub(super) fn marks(&self) -> &Marks {
        &self.groups[self.own]
    }

    /// The same person after an act of theirs.
    pub(super) fn act(&mut self, act: &Act) {
        self.groups[self.own].add(act);
    }

    /// What a source may do with an event for this person now.
    #[must_use]
    pub(super) fn allowance(&self, policy: &Policy, source: &SourceRule, now: Moment) -> Allowance {
        let (core, region) = (self.core, self.region.as_deref());
        let (groups, births) = (&self.groups, &self.births);
        let person = Person { groups, core, own: Some(self.own), births, region, ..Person::default() };
        let allowed = |usage: Use<'_>| {
            let slots = source.collects.iter().filter_map(|slot| policy.slot(slot));
            let permitted = slots.filter(|rule| {
                let context = Context { device: source.reads_device, ..Context::default() };
                permit(&Question { policy, slot: Some(rule), person, usage, context, now, contact: None }).allow
            });
            permitted.map(|rule| rule.slot).collect::<SlotSet>()
        };
        let collect = allowed(Use::Collect);
        // Joining identifiers serves the purposes that may keep something; with none there is nothing to join for.
        let link = !collect.is_empty() && !allowed(Use::Link).is_empty();
        Allowance { collect, link }
    }
}
