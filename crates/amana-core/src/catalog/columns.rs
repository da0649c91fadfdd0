//! Which declared names a purpose sees as columns of its table, and which are withheld from it.

use super::{CategoryId, FieldOrigin, Policy, SlotRule, category_covers};
use crate::{FieldType, Slot};
use serde::Serialize;

/// Categories whose values say who somebody is. They never become columns: an audience is chosen by what people do
/// and are, not by who they are, and a query over names and addresses is a search for a person.
pub const DIRECT_IDENTIFIERS: [&str; 5] =
    ["contact.name", "contact.email", "contact.phone", "contact.third_party", "identity"];

/// What a slot sees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// Columns of its table, by name. Those of [`FieldType::Json`] can be delivered but not asked in a predicate.
    pub visible: Vec<(String, FieldType, FieldOrigin)>,
    /// Declared names that are not in its table, by name.
    pub withheld: Vec<Withheld>,
}

/// A declared name that a purpose does not see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Withheld {
    /// The trait or metric.
    pub name: String,
    /// Why.
    pub reason: WithheldReason,
}

/// Why a purpose does not see a declared name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum WithheldReason {
    /// The purpose does not name this category.
    NotInPurpose {
        /// The category of the field.
        category: String,
    },
    /// It says who somebody is.
    DirectIdentifier {
        /// The category of the field.
        category: String,
    },
    /// A special category (GDPR Art. 9), and the purpose records no condition.
    SpecialWithoutCondition {
        /// The category of the field.
        category: String,
    },
}

impl Policy {
    /// Where the value of a declared name comes from, with its type and category. A name that is both a trait and an
    /// identifier kind, as `email` is, is the trait: it is kept for purposes value by value.
    #[must_use]
    pub fn column_origin(&self, name: &str) -> Option<(FieldOrigin, FieldType, CategoryId)> {
        if let Some(rule) = self.traits.get(name) {
            return Some((FieldOrigin::Trait, rule.field_type, rule.category));
        }
        if let Some(rule) = self.metrics.iter().find(|rule| rule.name == name) {
            return Some((FieldOrigin::Metric, rule.field_type, rule.category));
        }
        self.identifier(name).map(|rule| (FieldOrigin::Identifier, FieldType::Text, rule.category))
    }

    /// The columns of a slot's table, and the declared names that are not in it. A slot that does not exist has no
    /// columns and nothing to withhold.
    #[must_use]
    pub fn columns(&self, slot: Slot) -> Columns {
        let Some(rule) = self.slot(slot) else { return Columns::default() };
        let traits =
            self.traits.iter().map(|(name, field)| (name, field.field_type, FieldOrigin::Trait, field.category));
        let metrics =
            self.metrics.iter().map(|metric| (&metric.name, metric.field_type, FieldOrigin::Metric, metric.category));
        let mut columns = Columns::default();
        for (name, field_type, origin, category) in traits.chain(metrics) {
            match self.withheld(rule, category) {
                Some(reason) => columns.withheld.push(Withheld { name: name.clone(), reason }),
                None => columns.visible.push((name.clone(), field_type, origin)),
            }
        }
        columns.visible.sort_by(|one, other| one.0.cmp(&other.0));
        columns.withheld.sort_by(|one, other| one.name.cmp(&other.name));
        columns
    }

    fn withheld(&self, rule: &SlotRule, category: CategoryId) -> Option<WithheldReason> {
        let code = self.categories.code(category);
        if DIRECT_IDENTIFIERS.iter().any(|above| category_covers(above, code)) {
            return Some(WithheldReason::DirectIdentifier { category: code.into() });
        }
        if !rule.categories.contains(category) {
            return Some(WithheldReason::NotInPurpose { category: code.into() });
        }
        (self.categories.is_special(category) && !rule.special_condition)
            .then(|| WithheldReason::SpecialWithoutCondition { category: code.into() })
    }
}
