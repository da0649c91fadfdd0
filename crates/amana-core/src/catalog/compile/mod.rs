//! From a checked catalogue to the policy that every decision asks.
//!
//! Compiling cannot fail. What does not resolve (a category, a purpose, a slot without a number) is left out, and
//! what is left out is denied.

mod schema;
mod slots;
mod sources;

pub(super) use schema::{categories, events, metrics, traits};
pub(super) use sources::{key_of, previous_keys_of};

use super::{AudienceRule, Catalog, ContractRule, DestinationRule, KeyRule, Numbers, Policy};
use std::collections::HashMap;

impl Policy {
    /// Compiles a version of the catalogue with the numbers given to it.
    #[must_use]
    pub fn compile(version: u64, catalog: &Catalog, numbers: &Numbers) -> Self {
        let categories = schema::categories(catalog);
        let slots = slots::rules(catalog, numbers, &categories);
        let traits = schema::traits(catalog, &categories);
        let mut events = schema::events(catalog, &categories);
        let metrics = schema::metrics(catalog, &mut events);
        let mut policy = Self {
            version,
            catalog: catalog.clone(),
            slots_by_category: slots::by_category(&slots, &categories),
            identifiers: schema::identifiers(catalog, &categories),
            categories,
            open: slots::open(&slots),
            slots,
            traits,
            events,
            metrics,
            sources: Vec::new(),
            sources_by_key: HashMap::new(),
            scopes: numbers.scopes.clone(),
            audiences: Vec::new(),
            destinations: Vec::new(),
            api_keys: HashMap::new(),
        };
        policy.trigger_events();
        policy.add_sources(numbers);
        policy.add_destinations(numbers);
        policy.add_audiences(numbers);
        policy.add_api_keys();
        policy
    }

    fn add_destinations(&mut self, numbers: &Numbers) {
        for declared in &self.catalog.destinations {
            let Some(number) = numbers.destinations.get(&declared.code) else { continue };
            let field = |field: &super::ContractField| {
                let (origin, _, category) = self.column_origin(&field.from)?;
                let name = field.name.clone().unwrap_or_else(|| field.from.clone());
                Some(ContractRule { from: field.from.clone(), origin, name, hashed: field.hashed, category })
            };
            let fields = declared.fields.iter().filter_map(field).collect();
            self.destinations.push(DestinationRule { number: *number, code: declared.code.clone(), fields });
        }
    }

    fn add_audiences(&mut self, numbers: &Numbers) {
        for declared in &self.catalog.audiences {
            let Some(number) = numbers.audiences.get(&declared.code) else { continue };
            let Some(slot) = self.find_slot(&declared.purpose, declared.brand.as_deref()) else { continue };
            let place = |code: &String| self.destinations.iter().position(|destination| destination.code == *code);
            self.audiences.push(AudienceRule {
                number: *number,
                code: declared.code.clone(),
                slot: slot.slot,
                predicate: declared.predicate.clone(),
                destinations: declared.destinations.iter().filter_map(place).collect(),
            });
        }
    }

    fn add_api_keys(&mut self) {
        for declared in &self.catalog.api_keys {
            let Some(hash) = hash_from_hex(&declared.sha256) else { continue };
            let rule =
                KeyRule { name: declared.name.clone(), role: declared.role, purposes: declared.purposes.clone() };
            self.api_keys.insert(hash, rule);
        }
    }
}

/// Reads a SHA-256 in hex, in either case.
pub(super) fn hash_from_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}
