//! Consent fields of SDKs, read as acts.
//!
//! Segment: `context.consent.categoryPreferences = { category: bool }` and the event of
//! [`PREFERENCE_EVENT`]. RudderStack: `context.consentManagement = { allowedConsentIds[], deniedConsentIds[] }`.
//! A source maps categories to slots; what it does not map permits nothing and is left out.

use super::ActKind;
use crate::catalog::SourceRule;
use crate::{Event, Slot};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The track event by which Segment's consent tools tell that somebody changed their mind.
pub const PREFERENCE_EVENT: &str = "Segment Consent Preference Updated";

/// What a signal says of one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// The slot.
    pub slot: Slot,
    /// [`ActKind::Grant`] or [`ActKind::Refuse`].
    pub kind: ActKind,
    /// Whether somebody just said so, in contrast to a device repeating what was said once.
    pub explicit: bool,
}

/// What an event's consent fields say, by slot. Where categories that share a slot disagree, no wins.
#[must_use]
pub fn signals(event: &Event, source: &SourceRule) -> Vec<Signal> {
    let explicit = event.name() == PREFERENCE_EVENT;
    let mut by_slot = BTreeMap::<Slot, bool>::new();
    for (category, allowed) in preferences(event) {
        for slot in source.consent_categories.get(category).into_iter().flat_map(|slots| slots.iter()) {
            by_slot.entry(slot).and_modify(|known| *known &= allowed).or_insert(allowed);
        }
    }
    let kind = |allowed| if allowed { ActKind::Grant } else { ActKind::Refuse };
    by_slot.into_iter().map(|(slot, allowed)| Signal { slot, kind: kind(allowed), explicit }).collect()
}

/// Category preferences as the event states them. Anything that is not a boolean says nothing.
pub fn preferences(event: &Event) -> impl Iterator<Item = (&str, bool)> {
    let segment = event.context.get("consent").and_then(|consent| consent.get("categoryPreferences"));
    let stated = segment.and_then(Json::as_object).into_iter().flatten();
    let stated = stated.filter_map(|(category, allowed)| Some((category.as_str(), allowed.as_bool()?)));
    let rudder = event.context.get("consentManagement");
    let listed =
        [("allowedConsentIds", true), ("deniedConsentIds", false)].into_iter().flat_map(move |(list, allowed)| {
            let ids = rudder.and_then(|consent| consent.get(list)).and_then(Json::as_array);
            ids.into_iter().flatten().filter_map(Json::as_str).map(move |id| (id, allowed))
        });
    stated.chain(listed)
}
