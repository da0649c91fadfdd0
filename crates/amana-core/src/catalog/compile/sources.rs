//! Sources: the slots that what comes in there can concern.

use super::hash_from_hex;
use crate::catalog::served::{Served, ServedNotice, form_at, served_by};
use crate::catalog::{
    NoticeRule, Number, Numbers, Policy, Purpose, ServedRule, SlotRule, Source, SourceKey, SourceRule,
};
use crate::{Moment, SlotSet};
use sha2::{Digest, Sha256};

impl Policy {
    pub(super) fn add_sources(&mut self, numbers: &Numbers) {
        self.scopes.extend(self.catalog.sources.iter().map(|source| source.identity_scope.clone()));
        for source in &self.catalog.sources {
            let (Some(number), Some(key)) = (numbers.sources.get(&source.code), key_of(source)) else { continue };
            // The check refuses a key that two sources share; here the first keeps it.
            let place = self.sources.len();
            self.sources_by_key.entry(key).or_insert(SourceKey { source: place, previous: false });
            for key in previous_keys_of(source).flatten() {
                self.sources_by_key.entry(key).or_insert(SourceKey { source: place, previous: true });
            }
            self.sources.push(self.source_rule(source, *number, numbers));
        }
    }

    fn source_rule(&self, source: &Source, number: u32, numbers: &Numbers) -> SourceRule {
        let categories = source.consent_categories.iter();
        SourceRule {
            number,
            code: source.code.clone(),
            brand: source.brand.clone(),
            channel: source.channel.clone(),
            trust: source.trust,
            collects: self.current(source, |purpose| source.collects.iter().any(|code| code == purpose)),
            concerns: self.of_brand(source, |_| true),
            serves: self.serves(source, numbers),
            consent_categories: categories
                .map(|(category, purposes)| {
                    (category.clone(), self.current(source, |purpose| purposes.iter().any(|code| code == purpose)))
                })
                .collect(),
            jurisdiction: source.jurisdiction.clone(),
            identity_scope: source.identity_scope.clone(),
            reads_device: source.reads_device,
            shared_devices: source.shared_devices,
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

    /// What a source served since when. Of what was before the first change that is remembered, only what is declared to
    /// have been in force is known.
    fn serves(&self, source: &Source, numbers: &Numbers) -> Vec<ServedRule> {
        let current = served_by(&self.catalog, source);
        let remembered = numbers.served.get(&source.code).map_or(&[][..], Vec::as_slice);
        let earliest = remembered.first().map_or(&current, |first| &first.notices);
        let begins = begins(remembered, &current);
        let rule = |since: Moment| {
            let place = remembered.iter().rposition(|served| served.since <= since);
            let notices = match place.and_then(|place| Some((place, remembered.get(place)?))) {
                None => earliest.iter().filter_map(|notice| self.before(source, notice, numbers, since)).collect(),
                Some((place, served)) => {
                    let shown = |notice: &ServedNotice| {
                        let form = form_at(remembered, place, &notice.code, since)?;
                        Some(self.shown(source, notice, form, numbers))
                    };
                    served.notices.iter().filter_map(shown).collect()
                }
            };
            served_rule(since, notices)
        };
        begins.into_iter().map(rule).collect()
    }

    /// A notice as it was served before the first change that is remembered. Of a later version than the first, that is not
    /// in force yet, an earlier one surely was; of a first version nobody can have seen anything.
    fn before(&self, source: &Source, notice: &ServedNotice, numbers: &Numbers, at: Moment) -> Option<NoticeRule> {
        let announced = notice.is_announced(at);
        let number = numbers.notices.get(&notice.code).copied().filter(|_| notice.since.is_some() && !announced);
        (!announced || notice.version > 1).then(|| self.notice_rule(source, notice, number))
    }

    /// A notice that is declared, in the form in which it was shown.
    fn shown(&self, source: &Source, declared: &ServedNotice, form: &ServedNotice, numbers: &Numbers) -> NoticeRule {
        let rule = self.notice_rule(source, form, numbers.notices.get(&form.code).copied());
        // What only the version to come tells of begins with that one.
        let to_come = self.informed_by(source, declared).without(rule.informs);
        NoticeRule { starts: rule.starts.without(to_come), ..rule }
    }

    /// A notice with its number; none: nobody knows in which version it was served.
    fn notice_rule(&self, source: &Source, notice: &ServedNotice, number: Option<Number>) -> NoticeRule {
        let (version, texts) = number.map(|_| (notice.version, notice.texts.clone())).unwrap_or_default();
        NoticeRule {
            number: number.unwrap_or_default(),
            code: notice.code.clone(),
            version,
            informs: self.informed_by(source, notice),
            starts: self.started_by(source, notice),
            texts,
        }
    }

    fn informed_by(&self, source: &Source, notice: &ServedNotice) -> SlotSet {
        self.current(source, |purpose| notice.purposes.iter().any(|code| code == purpose))
    }

    fn started_by(&self, source: &Source, notice: &ServedNotice) -> SlotSet {
        let starts =
            |purpose: &Purpose| purpose.starts_on.iter().any(|trigger| trigger.notice.as_ref() == Some(&notice.code));
        self.current(source, |code| self.catalog.purposes.iter().any(|purpose| purpose.code == code && starts(purpose)))
    }
}

/// When what people see at a source can become another: with each change, and with each day since which a version is in
/// force.
fn begins(remembered: &[Served], current: &[ServedNotice]) -> Vec<Moment> {
    let notices = remembered.iter().flat_map(|served| &served.notices).chain(current);
    let days = notices.filter_map(|notice| notice.since);
    let changes = remembered.iter().map(|served| served.since);
    let mut begins: Vec<Moment> = days.chain(changes).chain([Moment(i64::MIN)]).collect();
    begins.sort_unstable();
    begins.dedup();
    begins
}

fn served_rule(since: Moment, notices: Vec<NoticeRule>) -> ServedRule {
    let all = |slots: fn(&NoticeRule) -> SlotSet| notices.iter().map(slots).fold(SlotSet::EMPTY, SlotSet::or);
    let (informs, starts) = (all(|notice| notice.informs), all(|notice| notice.starts));
    ServedRule { since, notices, informs, starts }
}

/// The hash of the key a source sends. A source with no key, or with two, cannot be reached.
pub(in crate::catalog) fn key_of(source: &Source) -> Option<[u8; 32]> {
    match (&source.write_key, &source.write_key_sha256) {
        (Some(key), None) => Some(Sha256::digest(key.as_bytes()).into()),
        (None, Some(hash)) => hash_from_hex(hash),
        _ => None,
    }
}

/// The hashes of the keys that still count, in the order in which they are declared; none for what is no hash.
pub(in crate::catalog) fn previous_keys_of(source: &Source) -> impl Iterator<Item = Option<[u8; 32]>> {
    source.previous_write_keys_sha256.iter().map(|hash| hash_from_hex(hash))
}
