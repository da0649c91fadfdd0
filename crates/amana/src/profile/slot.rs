//! Which slot somebody means who names a purpose and perhaps a brand.

use amana_core::catalog::{Policy, SlotRule};

/// Why a purpose and brand name no slot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlotUnclear {
    /// No purpose of that name and brand is pursued.
    #[error("no purpose of that name and brand exists")]
    Unknown,
    /// Each brand has a permission of its own, and none was named.
    #[error("each brand has a permission of its own for this purpose: name the brand")]
    BrandNeeded {
        /// The brands that pursue it.
        brands: Vec<String>,
    },
}

/// The slots that a no to a purpose, or its end, reaches: those that are open, and closed ones, for which data may still
/// be kept.
#[must_use]
pub fn slots_reached<'a>(policy: &'a Policy, purpose: &str, brand: Option<&str>) -> Vec<&'a SlotRule> {
    let asked = |rule: &&SlotRule| brand.is_none() || rule.brand.is_none() || rule.brand.as_deref() == brand;
    let of_purpose = policy.slots.iter().filter(|rule| rule.purpose == purpose).filter(asked);
    let (closed, open): (Vec<_>, Vec<_>) = of_purpose.partition(|rule| rule.retired);
    open.into_iter().chain(closed).collect()
}

/// The current slot of a purpose and brand.
///
/// # Errors
/// When there is none, or when there are several and no brand was named.
pub fn slot_named<'a>(policy: &'a Policy, purpose: &str, brand: Option<&str>) -> Result<&'a SlotRule, SlotUnclear> {
    let current = policy.slots.iter().filter(|rule| !rule.retired && rule.purpose == purpose);
    let brands: Vec<String> = current.filter_map(|rule| rule.brand.clone()).collect();
    match policy.find_slot(purpose, brand) {
        Some(rule) => Ok(rule),
        None if brand.is_none() && !brands.is_empty() => Err(SlotUnclear::BrandNeeded { brands }),
        None => Err(SlotUnclear::Unknown),
    }
}
