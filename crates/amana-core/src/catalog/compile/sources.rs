//! Sources: the slots that what comes in there can concern.

use super::hash_from_hex;
use crate::SlotSet;
use crate::catalog::{Numbers, Policy, SlotRule, Source, SourceRule};
use sha2::{Digest, Sha256};

impl Policy {
    pub(super) fn add_sources(&mut self, numbers: &Numbers) {
        for source in &self.catalog.sources {
            let (Some(number), Some(key)) = (numbers.sources.get(&source.code), key_of(source)) else { continue };
            // The check refuses a key that two sources share; here the first keeps it.
            self.sources_by_key.entry(key).or_insert(self.sources.len());
            self.sources.push(self.source_rule(source, *number));
        }
    }

    fn source_rule(&self, source: &Source, number: u32) -> SourceRule {
        let notices = || source.notices.iter().filter_map(|code| self.catalog.notices.iter().find(|n| n.code == *code));
        let categories = source.consent_categories.iter();
        SourceRule {
            number,
            code: source.code.clone(),
            brand: source.brand.clone(),
            channel: source.channel.clone(),
            trust: source.trust,
            collects: self.current(source, |purpose| source.collects.iter().any(|code| code == purpose)),
            concerns: self.of_brand(source, |_| true),
            informs: self
                .current(source, |purpose| notices().any(|notice| notice.purposes.iter().any(|code| code == purpose))),
            starts: self.current(source, |purpose| self.starts_with_notice(source, purpose)),
            consent_categories: categories
                .map(|(category, purposes)| {
                    (category.clone(), self.current(source, |purpose| purposes.iter().any(|code| code == purpose)))
                })
                .collect(),
            notice: notices().next().map(|notice| (notice.code.clone(), notice.version)),
            identity_scope: source.identity_scope.clone(),
            reads_device: source.reads_device,
        }
    }

    /// Current slots of the source's brand or of all brands, of the purposes asked for.
    fn current(&self, source: &Source, wanted: impl Fn(&str) -> bool) -> SlotSet {
        self.of_brand(source, |rule| !rule.retired && wanted(&rule.purpose))
    }

    /// Slots of the source's brand or of all brands.
    fn of_brand(&self, source: &Source, wanted: impl Fn(&SlotRule) -> bool) -> SlotSet {
        let here = self.slots.iter().filter(|rule| rule.brand.as_ref().is_none_or(|brand| *brand == source.brand));
        here.filter(|rule| wanted(rule)).map(|rule| rule.slot).collect()
    }

    fn starts_with_notice(&self, source: &Source, purpose: &str) -> bool {
        let Some(declared) = self.catalog.purposes.iter().find(|declared| declared.code == purpose) else {
            return false;
        };
        declared
            .starts_on
            .iter()
            .filter_map(|trigger| trigger.notice.as_ref())
            .any(|code| source.notices.contains(code))
    }
}

/// The hash of the key a source sends. A source with no key, or with two, cannot be reached.
pub(in crate::catalog) fn key_of(source: &Source) -> Option<[u8; 32]> {
    match (&source.write_key, &source.write_key_sha256) {
        (Some(key), None) => Some(Sha256::digest(key.as_bytes()).into()),
        (None, Some(hash)) => hash_from_hex(hash),
        _ => None,
    }
}
