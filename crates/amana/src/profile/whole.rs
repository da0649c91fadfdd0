//! A person as a whole: the groups that are verified to be one, and what is known of all of them.

use amana_core::catalog::{Policy, SlotRule};
use amana_core::identity::{Component, FragmentId};
use amana_core::permission::{Marks, of_age_at, standing_of};
use amana_core::permit::{Question, Use, permit};
use amana_core::preferences::Wishes;
use amana_core::{Moment, SlotSet};
use jiff::civil::Date;

/// A person: a component, parted into the groups that are verified to be one.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The fragments.
    pub component: Component,
    /// For each group its fragments; those of the core come first.
    pub groups: Vec<Vec<FragmentId>>,
    /// How many groups are the core: known to the organisation's own systems, or joined to such by its staff.
    pub core: usize,
    /// The marks of each group.
    pub marks: Vec<Marks>,
    /// ISO 3166-1 alpha-2 code of the country, where known.
    pub region: Option<String>,
    /// Birthday, where known.
    pub birthday: Option<Date>,
    /// Age in whole years, where known.
    pub age: Option<u16>,
    /// How they want to be written to.
    pub wishes: Wishes,
}

impl Whole {
    /// The id of the profile.
    #[must_use]
    pub fn profile(&self) -> Option<FragmentId> {
        self.component.profile()
    }

    /// One group by itself.
    pub(super) fn only(&self, group: usize) -> Self {
        Self {
            component: self.group_components().swap_remove(group),
            groups: vec![self.groups[group].clone()],
            core: usize::from(group < self.core),
            marks: vec![self.marks[group].clone()],
            region: self.region.clone(),
            birthday: self.birthday,
            age: self.age,
            wishes: self.wishes.clone(),
        }
    }

    /// What decides when they are old enough.
    #[must_use]
    pub fn of_age(&self) -> OfAge<'_> {
        OfAge { birthday: self.birthday, region: self.region.as_deref() }
    }

    /// Each group as a component of its own.
    #[must_use]
    pub fn group_components(&self) -> Vec<Component> {
        let kind = |id: &FragmentId| Some((*id, self.component.fragments.get(id)?.clone()));
        let component = |group: &Vec<FragmentId>| Component {
            fragments: group.iter().filter_map(kind).collect(),
            cuts: self.component.cuts.clone(),
        };
        self.groups.iter().map(component).collect()
    }

    /// The group a fragment is in.
    #[must_use]
    pub fn group_of(&self, fragment: FragmentId) -> Option<usize> {
        self.groups.iter().position(|group| group.contains(&fragment))
    }

    /// The person as `permit` asks for them; `own` is the group whose data is at stake.
    #[must_use]
    pub fn person(&self, own: Option<usize>) -> amana_core::permit::Person<'_> {
        let (core, region) = (self.core, self.region.as_deref());
        let (age, birthday, wishes) = (self.age, self.birthday, Some(&self.wishes));
        amana_core::permit::Person { groups: &self.marks, core, own, age, birthday, wishes, region }
    }

    /// The slots for which one group's data may not be looked at though it is held, since that group objected, sends a
    /// privacy signal or is restricted. Where there is a core, its word decides for the person, and that of those who
    /// claim to belong to it for what came from them.
    pub(super) fn stopped(&self, group: usize, policy: &Policy, now: Moment) -> SlotSet {
        let permits = |rule: &&SlotRule| {
            let (person, context) = (self.person(Some(group)), amana_core::permit::Context::default());
            permit(&Question { policy, slot: Some(rule), person, usage: Use::Profile, context, now, contact: None })
                .allow
        };
        let in_use =
            |rule: &&SlotRule| !rule.retired && (rule.uses.is_empty() || rule.uses.contains(&Use::Profile.kind()));
        policy.slots.iter().filter(in_use).filter(|rule| !permits(rule)).map(|rule| rule.slot).collect()
    }
}

/// What decides when somebody is old enough to agree by themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct OfAge<'a> {
    birthday: Option<Date>,
    region: Option<&'a str>,
}

impl OfAge<'_> {
    /// When they are or were old enough for a purpose.
    #[must_use]
    pub fn at(self, policy: &Policy, rule: &SlotRule) -> Option<Moment> {
        of_age_at(rule, self.birthday?, self.region, &policy.catalog.organisation.country)
    }
}

/// The slots whose basis still justifies keeping the data of a group with these marks.
#[must_use]
pub fn held(policy: &Policy, marks: &Marks, of_age: OfAge<'_>, now: Moment) -> SlotSet {
    let holds = |rule: &&SlotRule| standing_of(rule, marks, of_age.at(policy, rule), now).state.holds();
    policy.slots.iter().filter(holds).map(|rule| rule.slot).collect()
}
