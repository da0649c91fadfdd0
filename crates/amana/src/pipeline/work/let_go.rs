//! What a claim leaves behind that is taken away since systems know whom it named: nothing of theirs as a trait, and what they
//! said against something until then.

use super::Work;
use crate::pipeline::identify::is_read_from;
use crate::profile::{Entry, Whole, index_keys};
use amana_core::catalog::{IdentifierRule, Number};
use amana_core::identity::{BEARER_KIND, FragmentId, NORMALISERS, VISIT_KIND, normalise, older_forms, said_against};
use amana_core::permission::{ActKind, Evidence, Mark, Method, Target};
use amana_core::{Moment, Value};
use std::collections::BTreeSet;

/// What evidence says that a taken claim left.
const SOURCE: &str = "known_apart";

/// Whom a claim named, with what was said against something under them until it was taken away.
pub(super) struct Named {
    id: FragmentId,
    said: Vec<(Target, ActKind, Mark)>,
}

impl Named {
    /// Somebody whom a claim named; `part` is who is held together with them by more than claims.
    pub(super) fn of(id: FragmentId, part: &BTreeSet<FragmentId>, whole: &Whole) -> Self {
        let groups = whole.groups.iter().zip(&whole.marks);
        let theirs = groups.filter(|(group, _)| group.iter().any(|id| part.contains(id)));
        Self { id, said: theirs.flat_map(|(_, marks)| said_against(marks)).collect() }
    }
}

impl Work<'_> {
    /// What one holds since it named somebody is none of its data any more: the address is somebody else's, and whoever is
    /// written to at it must be written to as them. It goes like what was put right, with the keys of older copies.
    pub(super) fn let_go(&mut self, claimant: FragmentId, named: &Named) {
        self.let_go_of(claimant, named.id);
    }

    /// Who is parted from others holds nothing as a trait that names these: a mistyped address would go on being written to.
    pub(super) fn let_go_between(&mut self, one: &BTreeSet<FragmentId>, other: &BTreeSet<FragmentId>) {
        let both = [(one, other), (other, one)];
        for (claimant, named) in both.into_iter().flat_map(|(one, other)| one.iter().map(move |id| (*id, other))) {
            let has_traits = |entry: &Entry| entry.holdings.values().any(|holding| !holding.traits.is_empty());
            if self.people.get(claimant).is_some_and(has_traits) {
                named.iter().for_each(|named| self.let_go_of(claimant, *named));
            }
        }
    }

    fn let_go_of(&mut self, claimant: FragmentId, named: FragmentId) {
        let Some(theirs) = self.people.get(named) else { return };
        let Some(rule) = self.policy.identifier(&theirs.fragment.kind) else { return };
        let (index, scope) = (theirs.index, theirs.fragment.scope.clone());
        let is_theirs = |value: &Value| self.stands_under(index, (&scope, rule), value);
        let held = self.people.get(claimant).into_iter().flat_map(|entry| entry.holdings.values());
        let read = held.flat_map(|holding| &holding.traits).filter(|(name, _)| is_read_from(rule, name));
        let gone: Vec<(String, Value)> = read
            .filter(|(_, known)| is_theirs(&known.value))
            .map(|(name, known)| (name.clone(), known.value.clone()))
            .collect();
        if let Some(entry) = self.people.get_mut(claimant).filter(|_| !gone.is_empty()) {
            entry.forget_traits(|name, value| gone.iter().any(|(gone, was)| gone == name && was == value));
        }
    }

    /// Whether a value is the identifier that stands under an index key. Where that cannot be told, it is.
    fn stands_under(&self, index: Option<[u8; 24]>, (scope, rule): (&str, &IdentifierRule), value: &Value) -> bool {
        let (Some(index), Some(secrets)) = (index, self.secrets) else { return true };
        let given = match value {
            Value::Text(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            _ => return true,
        };
        let country = &self.policy.catalog.organisation.country;
        // An earlier normaliser may have taken what this one refuses.
        let Ok(form) = normalise(rule, &given, country) else { return true };
        let older = older_forms(NORMALISERS, rule, &given, country);
        index_keys(secrets, (scope, &rule.code), &form, &older).any(|key| key == index)
    }

    /// What was said against something under whom a device or a visit named stopped what came from there, for it said that
    /// it was theirs. It goes on stopping that, and nothing that was agreed to goes along.
    pub(super) fn carry_on(&mut self, claimant: FragmentId, named: &Named, source: Number, received: Moment) {
        let Some(entry) = self.people.get(claimant) else { return };
        if ![BEARER_KIND, VISIT_KIND].contains(&entry.fragment.kind.as_str()) {
            return;
        }
        let marks = &entry.fragment.marks;
        let is_new = |(target, kind, mark): &(Target, ActKind, Mark)| marks.get(*target, *kind) < Some(*mark);
        let said: Vec<_> = named.said.iter().copied().filter(is_new).collect();
        let from = self.policy.sources.iter().find(|rule| rule.number == source);
        let mut evidence = Evidence::new(Method::Event, from.map_or(SOURCE, |rule| &rule.code), "amana");
        evidence.note = Some(SOURCE.to_owned());
        for said in said {
            let act = self.carried_on(said, received, &evidence);
            self.write_down(claimant, act);
        }
    }
}
