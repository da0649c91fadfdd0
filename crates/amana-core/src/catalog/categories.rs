//! The tree of data categories, numbered, so that a set of them is a few words of bits.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How many data categories an organisation may have, built-in ones included.
pub const CATEGORIES_MAX: usize = 512;

/// A category's number within one compiled catalogue. Never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CategoryId(pub u16);

/// A set of categories.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CategorySet([u64; CATEGORIES_MAX / 64]);

impl CategorySet {
    /// Adds a category.
    pub fn insert(&mut self, category: CategoryId) {
        self.0[usize::from(category.0 >> 6)] |= 1 << (category.0 & 63);
    }

    /// Whether the category is in the set.
    #[must_use]
    pub fn contains(&self, category: CategoryId) -> bool {
        self.0[usize::from(category.0 >> 6)] & (1 << (category.0 & 63)) != 0
    }

    /// Categories in either set.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    /// Whether every category of this set is in the other.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(mine, theirs)| mine & !theirs == 0)
    }

    /// The categories in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = CategoryId> {
        (0..self.0.len() as u16 * 64).map(CategoryId).filter(|category| self.contains(*category))
    }
}

impl std::fmt::Debug for CategorySet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.iter().map(|category| category.0)).finish()
    }
}

/// The compiled tree. A parent always has a lower number than its children.
#[derive(Clone, Debug, Default)]
pub struct Categories {
    nodes: Vec<Node>,
    by_code: HashMap<String, CategoryId>,
}

#[derive(Clone, Debug)]
struct Node {
    code: String,
    name: String,
    special: bool,
    below: CategorySet,
}

impl Categories {
    /// Adds a category below its parent; `special` is inherited. `None` when the parent is missing, the code exists
    /// already or the tree is full.
    pub fn add(&mut self, code: &str, name: &str, special: bool) -> Option<CategoryId> {
        let parent = match code.rsplit_once('.') {
            Some((parent, _)) => Some(self.find(parent)?),
            None => None,
        };
        if self.by_code.contains_key(code) || self.nodes.len() >= CATEGORIES_MAX {
            return None;
        }
        let id = CategoryId(u16::try_from(self.nodes.len()).ok()?);
        let special = special || parent.is_some_and(|parent| self.is_special(parent));
        self.nodes.push(Node { code: code.into(), name: name.into(), special, below: CategorySet::default() });
        self.by_code.insert(code.into(), id);
        let mut ancestor = Some(code);
        while let Some(path) = ancestor {
            let above = self.by_code[path];
            self.nodes[usize::from(above.0)].below.insert(id);
            ancestor = path.rsplit_once('.').map(|(parent, _)| parent);
        }
        Some(id)
    }

    /// The category of that code.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<CategoryId> {
        self.by_code.get(code).copied()
    }

    /// The code of a category.
    #[must_use]
    pub fn code(&self, category: CategoryId) -> &str {
        &self.nodes[usize::from(category.0)].code
    }

    /// The name of a category, as people know it.
    #[must_use]
    pub fn name(&self, category: CategoryId) -> &str {
        &self.nodes[usize::from(category.0)].name
    }

    /// Whether it is a special category of GDPR Art. 9.
    #[must_use]
    pub fn is_special(&self, category: CategoryId) -> bool {
        self.nodes[usize::from(category.0)].special
    }

    /// The category and everything below it.
    #[must_use]
    pub fn with_below(&self, category: CategoryId) -> CategorySet {
        self.nodes[usize::from(category.0)].below
    }

    /// All categories.
    pub fn iter(&self) -> impl Iterator<Item = CategoryId> {
        (0..self.nodes.len() as u16).map(CategoryId)
    }
}

/// Whether a category includes another: it is the same or above it.
#[must_use]
pub fn category_covers(above: &str, code: &str) -> bool {
    code.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
