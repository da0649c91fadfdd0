//! A person as a whole: the groups that are verified to be one, and what is known of all of them.

use super::facts::Facts;
use amana_core::catalog::{Policy, SlotRule};
use amana_core::identity::{Component, FragmentId};
use amana_core::permission::{Born, Marks, holds, of_age_at, protected_until};
use amana_core::permit::{Question, Reason, Use, explain, permit};
use amana_core::preferences::Wishes;
use amana_core::{Moment, Slot, SlotSet};
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
    /// Whether systems know somebody of the core; else staff joined what only claims have named.
    pub known: bool,
    /// On which side of staff's joins each group stands; none: it came after. Empty: staff joined nothing.
    pub(super) sides: Vec<Option<usize>>,
    /// Of which groups a system, or whoever records acts, has named an identifier, be it a device's.
    pub(super) named: Vec<bool>,
    /// Where one group is seen that only claims to belong to a core: what is asked of it is asked beside that core, whose
    /// word stops it.
    pub(super) beside: Option<Beside>,
    /// The marks of each group.
    pub marks: Vec<Marks>,
    /// Age and country of each group.
    pub(super) facts: Facts,
    /// How they want to be written to.
    pub wishes: Wishes,
}

/// The core and, last, a claim beside it.
#[derive(Clone, Debug)]
pub(super) struct Beside {
    marks: Vec<Marks>,
    births: Vec<Option<Born>>,
}

impl Whole {
    /// The fragment that names the profile: the oldest, of somebody whom systems know the oldest of the core. What only
    /// claims to be theirs names itself.
    #[must_use]
    pub fn profile(&self) -> Option<FragmentId> {
        match self.known {
            true => self.groups.iter().take(self.core).flatten().min().copied(),
            false => self.component.profile(),
        }
    }

    /// What only claims to be somebody whom systems know: of each the fragment that names it.
    pub fn claims(&self) -> impl Iterator<Item = FragmentId> + '_ {
        let groups = if self.known { &self.groups[self.core..] } else { &[] };
        groups.iter().filter_map(|group| group.first().copied())
    }

    /// What only claims to be somebody whom systems know, and has this fragment, by itself.
    #[must_use]
    pub fn claim(&self, id: FragmentId) -> Option<Self> {
        self.group_of(id).filter(|group| self.known && *group >= self.core).map(|group| self.only(group))
    }

    /// Whether this is only what claims to be somebody whom systems know.
    #[must_use]
    pub fn is_claim(&self) -> bool {
        self.beside.is_some()
    }

    /// One group by itself. Who claims to be nobody that is known is who they are, as far as systems have named them.
    pub(super) fn only(&self, group: usize) -> Self {
        let core = self.core;
        let beside = (1..=group).contains(&core).then(|| Beside {
            marks: self.marks[..core].iter().chain(&self.marks[group..=group]).cloned().collect(),
            births: self.facts.births_beside(core, group),
        });
        Self {
            beside,
            named: vec![self.named[group]],
            component: self.component_of(&self.groups[group]),
            groups: vec![self.groups[group].clone()],
            core: usize::from(group < core || core == 0 && self.named[group]),
            known: core == 0 && self.named[group],
            sides: Vec::new(),
            marks: vec![self.marks[group].clone()],
            facts: self.facts.only(group),
            wishes: self.wishes.clone(),
        }
    }

    /// For each group when they were born, where that is known.
    #[must_use]
    pub fn births(&self) -> &[Option<Born>] {
        &self.facts.births
    }

    /// The country of a group, else of the person as a whole: its ISO 3166-1 alpha-2 code, where it is known.
    #[must_use]
    pub fn region(&self, own: Option<usize>) -> Option<&str> {
        match own {
            Some(group) => self.facts.regions.get(group)?.as_deref(),
            None => self.facts.region.as_deref(),
        }
    }

    /// What decides when those of a group are old enough.
    #[must_use]
    pub fn of_age(&self, group: usize) -> OfAge<'_> {
        OfAge { born: self.births().get(group).copied().flatten(), region: self.region(Some(group)) }
    }

    /// Each group as a component of its own.
    #[must_use]
    pub fn group_components(&self) -> Vec<Component> {
        self.groups.iter().map(|group| self.component_of(group)).collect()
    }

    fn component_of(&self, group: &[FragmentId]) -> Component {
        let kind = |id: &FragmentId| Some((*id, self.component.fragments.get(id)?.clone()));
        Component {
            fragments: group.iter().filter_map(kind).collect(),
            cuts: self.component.cuts.clone(),
            banned: self.component.banned,
            shared: self.component.shared,
            known: self.component.known,
            knows: self.component.knows.clone(),
            ..Component::default()
        }
    }

    /// The group a fragment is in.
    #[must_use]
    pub fn group_of(&self, fragment: FragmentId) -> Option<usize> {
        self.groups.iter().position(|group| group.contains(&fragment))
    }

    /// The person as `permit` asks for them; `own` is the group whose data is at stake.
    #[must_use]
    pub fn person(&self, own: Option<usize>) -> amana_core::permit::Person<'_> {
        if let Some(beside) = &self.beside {
            let (core, region) = (beside.marks.len() - 1, self.region(Some(0)));
            let (groups, births, wishes) = (&beside.marks, &beside.births, Some(&self.wishes));
            return amana_core::permit::Person {
                groups,
                core,
                own: Some(core),
                births,
                wishes,
                region,
                ..Default::default()
            };
        }
        amana_core::permit::Person {
            groups: &self.marks,
            core: self.core,
            known: self.known,
            sides: &self.sides,
            own,
            births: self.births(),
            wishes: Some(&self.wishes),
            region: self.region(own),
            regions: &self.facts.regions,
        }
    }

    /// The same as whoever reads asks for them: where only claims allow it for somebody whom systems know, what came from
    /// these can be read, and nothing else.
    #[must_use]
    pub fn read_in_parts(&self) -> amana_core::permit::Person<'_> {
        amana_core::permit::Person { known: false, ..self.person(None) }
    }

    /// Whether a group has anything by which less may be done with its data than with that of the others: what somebody
    /// decided, an age or a country.
    pub(super) fn decides(&self, group: usize) -> bool {
        let known = self.births().get(group).is_some_and(Option::is_some) || self.region(Some(group)).is_some();
        known || self.marks[group].iter().any(|(_, kind, _)| kind.is_decision())
    }

    /// The slots for which one group's data may not be looked at though it is held, since that group objected, sends a
    /// privacy signal or is restricted, as far as that stops what it is looked at for. Where there is a core, its word
    /// decides for the person, and that of those who claim to belong to it for what came from them.
    pub(super) fn stopped(&self, group: usize, policy: &Policy, usage: Use<'_>, now: Moment) -> SlotSet {
        let permits = |rule: &&SlotRule| {
            let (person, context) = (self.person(Some(group)), amana_core::permit::Context::default());
            permit(&Question { policy, slot: Some(rule), person, usage, context, now, contact: None }).allow
        };
        let in_use = |rule: &&SlotRule| !rule.retired && (rule.uses.is_empty() || rule.uses.contains(&usage.kind()));
        policy.slots.iter().filter(in_use).filter(|rule| !permits(rule)).map(|rule| rule.slot).collect()
    }

    /// The slots for which they may be processed now, among those that hold data of any of their groups: what `permit`
    /// lets come in, for purposes that take nothing in what it would if they did. What blocks everybody is no matter of
    /// this person's, so that a register that lapses changes nothing that is written of anybody.
    #[must_use]
    pub fn permitted(&self, policy: &Policy, held: SlotSet, now: Moment) -> SlotSet {
        let permits = |slot: &Slot| {
            let (person, context) = (self.person(None), amana_core::permit::Context::default());
            let slot = policy.slot(*slot);
            let question = Question { policy, slot, person, usage: Use::Collect, context, now, contact: None };
            match permit(&question).reason {
                Reason::Permitted => true,
                Reason::UseNotDeclared | Reason::PurposeBlocked => explain(&question).iter().all(|(_, outcome)| {
                    matches!(outcome, Ok(()) | Err(Reason::UseNotDeclared | Reason::PurposeBlocked))
                }),
                _ => false,
            }
        };
        let pursued = |slot: &Slot| policy.slot(*slot).is_some_and(|rule| !rule.retired);
        held.iter().filter(pursued).filter(permits).collect()
    }
}

/// What decides when somebody is old enough to agree by themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct OfAge<'a> {
    born: Option<Born>,
    region: Option<&'a str>,
}

impl<'a> OfAge<'a> {
    /// Of somebody born on a day.
    #[must_use]
    pub fn of(birthday: Date, region: Option<&'a str>) -> Self {
        Self { born: Some(Born::On(birthday)), region }
    }

    /// When they are or were old enough for a purpose, where their birthday is known.
    #[must_use]
    pub fn at(self, policy: &Policy, rule: &SlotRule) -> Option<Moment> {
        self.at_home(&policy.catalog.organisation.country, rule)
    }

    /// The same, for an organisation of a country.
    #[must_use]
    pub fn at_home(self, country: &str, rule: &SlotRule) -> Option<Moment> {
        of_age_at(rule, self.born?.birthday()?, self.region, country)
    }

    /// Until when they are or were too young for any use at all for a purpose.
    #[must_use]
    pub fn protected_until(self, policy: &Policy, rule: &SlotRule) -> Option<Moment> {
        protected_until(rule, self.born?.latest(), self.region, &policy.catalog.organisation.country)
    }
}

/// The slots whose basis still justifies keeping the data of a group with these marks.
#[must_use]
pub fn held(policy: &Policy, marks: &Marks, of_age: OfAge<'_>, now: Moment) -> SlotSet {
    let holds = |rule: &&SlotRule| holds(rule, marks, of_age.at(policy, rule), now);
    policy.slots.iter().filter(holds).map(|rule| rule.slot).collect()
}
