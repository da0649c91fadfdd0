//! Sources: what is collected for other purposes from now on, whose word counts for more or for less, whose devices are many
//! people's, and whose identifiers meet nobody any more.

use super::slots::numbered;
use super::{Affected, AffectedWhat, Effect};
use crate::SlotSet;
use crate::catalog::{Catalog, Numbers, Source, Trust};

/// Slots are told by the numbers they had before: there alone something can have been kept.
pub(super) fn affected(base: &Catalog, next: &Catalog, before: &Numbers) -> Vec<Affected> {
    let mut found = Vec::new();
    for source in &base.sources {
        let Some(number) = before.sources.get(&source.code).copied() else { continue };
        let mut say = |effect, fields: Vec<String>, slots| {
            let what = AffectedWhat::Source { code: source.code.clone(), number, slots };
            found.push(Affected { what, effect, fields, counts: None });
        };
        let Some(new) = next.sources.iter().find(|known| known.code == source.code) else {
            say(Effect::Removed, Vec::new(), collected(source, &source.collects, before));
            continue;
        };
        let less = only_in(source, new, before);
        if !less.is_empty() {
            let slots = collected(source, &less, before);
            say(Effect::CollectsLess, less, slots);
        }
        let more = only_in(new, source, before);
        if !more.is_empty() {
            let slots = collected(new, &more, before);
            say(Effect::CollectsMore, more, slots);
        }
        match (source.trust, new.trust) {
            (Trust::Server, Trust::Public) => say(Effect::Distrusted, Vec::new(), SlotSet::ALL),
            (Trust::Public, Trust::Server) => say(Effect::Trusted, Vec::new(), SlotSet::ALL),
            (Trust::Public, Trust::Public) | (Trust::Server, Trust::Server) => {}
        }
        match (source.shared_devices, new.shared_devices) {
            (false, true) => say(Effect::SharesDevices, Vec::new(), SlotSet::ALL),
            (true, false) => say(Effect::JoinsDevices, Vec::new(), SlotSet::ALL),
            (false, false) | (true, true) => {}
        }
        if new.identity_scope != source.identity_scope {
            say(Effect::Rescoped, vec![new.identity_scope.clone()], SlotSet::ALL);
        }
    }
    found
}

/// The purposes that one source collects for and the other does not, or does for another brand.
fn only_in(one: &Source, other: &Source, numbers: &Numbers) -> Vec<String> {
    let slots = |source: &Source, purpose: &String| collected(source, std::slice::from_ref(purpose), numbers);
    let lost = |purpose: &&String| {
        !other.collects.contains(purpose) || !slots(one, purpose).without(slots(other, purpose)).is_empty()
    };
    one.collects.iter().filter(lost).cloned().collect()
}

/// The current slots of these purposes for the source's brand or all brands.
fn collected(source: &Source, purposes: &[String], numbers: &Numbers) -> SlotSet {
    let current = numbered(numbers).filter(|(_, entry)| !entry.retired && purposes.contains(&entry.purpose.code));
    let here = current.filter(|(_, entry)| entry.brand.as_ref().is_none_or(|brand| *brand == source.brand));
    here.map(|(slot, _)| slot).collect()
}
