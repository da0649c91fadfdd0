//! The columns of one slot's table: which exist, which the purpose may use, and how a name finds its column.

use crate::Predicate;
use crate::predicate::NOW_COLUMN;
use amana_core::FieldType;
use std::collections::HashMap;

/// A trait or metric that predicates of a slot may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name, which may contain dots (`address.city`).
    pub name: String,
    /// What its values are.
    pub field_type: FieldType,
}

/// The columns of one slot's table. The order of the visible ones is the order of the cells of a row.
#[derive(Debug)]
pub struct Columns {
    visible: Vec<Column>,
    withheld: Vec<(String, String)>,
    exact: HashMap<String, usize>,
    folded: HashMap<String, Vec<usize>>,
}

/// What a name in a predicate stands for.
pub(crate) enum Lookup<'a> {
    Visible(usize),
    Withheld { category: &'a str },
    Ambiguous(Vec<String>),
    Unknown,
}

impl Columns {
    /// The `visible` columns may be used; the `withheld` ones exist, but the purpose may not use them (name → data
    /// category). When two visible columns have the same name, the first is meant.
    #[must_use]
    pub fn new(visible: Vec<Column>, withheld: Vec<(String, String)>) -> Self {
        let mut exact = HashMap::with_capacity(visible.len());
        let mut folded: HashMap<String, Vec<usize>> = HashMap::with_capacity(visible.len());
        for (index, column) in visible.iter().enumerate().filter(|(_, column)| column.name != NOW_COLUMN) {
            if let std::collections::hash_map::Entry::Vacant(slot) = exact.entry(column.name.clone()) {
                slot.insert(index);
                folded.entry(column.name.to_lowercase()).or_default().push(index);
            }
        }
        Self { visible, withheld, exact, folded }
    }

    /// The columns that may be used, in the order of a row's cells.
    #[must_use]
    pub fn visible(&self) -> &[Column] {
        &self.visible
    }

    /// The columns that exist and may not be used, with their data categories.
    #[must_use]
    pub fn withheld(&self) -> &[(String, String)] {
        &self.withheld
    }

    /// An exact name wins over one that differs in case, so that a name always means the same column however many
    /// others are added.
    pub(crate) fn find(&self, name: &str, case_sensitive: bool) -> Lookup<'_> {
        if let Some(index) = self.exact.get(name) {
            return Lookup::Visible(*index);
        }
        if let Some((_, category)) = self.withheld.iter().find(|(withheld, _)| withheld == name) {
            return Lookup::Withheld { category };
        }
        if case_sensitive {
            return Lookup::Unknown;
        }
        let folded = name.to_lowercase();
        match self.folded.get(&folded).map(Vec::as_slice) {
            Some([index]) => Lookup::Visible(*index),
            Some(several) => Lookup::Ambiguous(several.iter().map(|index| self.visible[*index].name.clone()).collect()),
            None => match self.withheld.iter().find(|(withheld, _)| withheld.to_lowercase() == folded) {
                Some((_, category)) => Lookup::Withheld { category },
                None => Lookup::Unknown,
            },
        }
    }

    /// Whether a predicate parsed for one of them means the same for the other.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.visible == other.visible
    }
}

/// Which of the visible columns a table has to be built with. Columns that no predicate uses cost nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnMask(Vec<bool>);

impl ColumnMask {
    /// No column.
    #[must_use]
    pub fn none(columns: &Columns) -> Self {
        Self(vec![false; columns.visible.len()])
    }

    /// Every column.
    #[must_use]
    pub fn all(columns: &Columns) -> Self {
        Self(vec![true; columns.visible.len()])
    }

    /// The columns that at least one of the predicates uses.
    pub fn of<'a>(columns: &Columns, predicates: impl IntoIterator<Item = &'a Predicate>) -> Self {
        let mut mask = Self::none(columns);
        for predicate in predicates {
            mask.add(predicate);
        }
        mask
    }

    /// Adds the columns that the predicate uses.
    pub fn add(&mut self, predicate: &Predicate) {
        for index in predicate.columns_used() {
            if let Some(needed) = self.0.get_mut(*index) {
                *needed = true;
            }
        }
    }

    /// Whether the visible column `index` is needed.
    #[must_use]
    pub fn contains(&self, index: usize) -> bool {
        self.0.get(index).copied().unwrap_or(false)
    }

    /// The indexes of the needed columns, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().filter_map(|(index, needed)| needed.then_some(index))
    }
}
