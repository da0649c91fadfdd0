//! What became of everything that was received: counters that are committed with what they count.

use amana_store::space::key;
use amana_store::{Batch, Space, Store, StoreError};
use std::collections::BTreeMap;

const KEY: &str = "pipeline";

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TallyName {
    /// Events taken from the journal.
    EventsReceived,
    /// Events of which at least something is kept.
    EventsKept,
    /// Events of which only the decision in them is kept.
    EventsDecisionOnly,
    /// Events that came before.
    EventsDuplicate,
    /// Imported events whose names cannot be remembered: they are not kept, for they would count again.
    EventsUnnameable,
    /// Events of known bots.
    EventsBot,
    /// Events of which no purpose may keep anything now.
    EventsUnpermitted,
    /// Events without a usable identifier.
    EventsUnidentified,
    /// Events of sources that are no longer declared.
    EventsSourceUnknown,
    /// Declared fields that no purpose may keep now.
    FieldsUnpermitted,
    /// Fields set aside because no schema knows them.
    FieldsSetAside,
    /// Identifiers that are nobody's or not of their form.
    IdentifiersUnusable,
    /// Identifiers left out because a limit would be passed.
    IdentifiersDropped,
    /// Devices that showed themselves to be several people's.
    DevicesShared,
    /// Events whose signed identity proved who they are of.
    ProofsAccepted,
    /// Events whose signed identity proved nothing: wrong, expired, or of somebody else. They count as mere claims.
    ProofsRefused,
    /// Acts recorded.
    Acts,
    /// Profiles that entered an audience.
    AudienceEntered,
    /// Profiles that left one.
    AudienceExited,
}

impl TallyName {
    /// All names.
    pub const ALL: [Self; 19] = [
        Self::EventsReceived,
        Self::EventsKept,
        Self::EventsDecisionOnly,
        Self::EventsDuplicate,
        Self::EventsUnnameable,
        Self::EventsBot,
        Self::EventsUnpermitted,
        Self::EventsUnidentified,
        Self::EventsSourceUnknown,
        Self::FieldsUnpermitted,
        Self::FieldsSetAside,
        Self::IdentifiersUnusable,
        Self::IdentifiersDropped,
        Self::DevicesShared,
        Self::ProofsAccepted,
        Self::ProofsRefused,
        Self::Acts,
        Self::AudienceEntered,
        Self::AudienceExited,
    ];

    /// The name as metrics and answers have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EventsReceived => "events_received",
            Self::EventsKept => "events_kept",
            Self::EventsDecisionOnly => "events_decision_only",
            Self::EventsDuplicate => "events_duplicate",
            Self::EventsUnnameable => "events_unnameable",
            Self::EventsBot => "events_bot",
            Self::EventsUnpermitted => "events_unpermitted",
            Self::EventsUnidentified => "events_unidentified",
            Self::EventsSourceUnknown => "events_source_unknown",
            Self::FieldsUnpermitted => "fields_unpermitted",
            Self::FieldsSetAside => "fields_set_aside",
            Self::IdentifiersUnusable => "identifiers_unusable",
            Self::IdentifiersDropped => "identifiers_dropped",
            Self::DevicesShared => "devices_shared",
            Self::ProofsAccepted => "proofs_accepted",
            Self::ProofsRefused => "proofs_refused",
            Self::Acts => "acts",
            Self::AudienceEntered => "audience_entered",
            Self::AudienceExited => "audience_exited",
        }
    }
}

/// The counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    counts: BTreeMap<TallyName, u64>,
}

impl Tally {
    /// Loads the counters.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let row = store.get(Space::Tally, key::tally(KEY)).await?;
        let Some(row) = row else { return Ok(Self::default()) };
        let read = postcard::from_bytes::<BTreeMap<String, u64>>(&row.value);
        let mut stored = read.map_err(|_| StoreError::Invalid("the counters cannot be read".into()))?;
        let known = TallyName::ALL.into_iter().filter_map(|name| Some((name, stored.remove(name.name())?)));
        Ok(Self { counts: known.collect() })
    }

    /// Counts.
    pub fn add(&mut self, name: TallyName, count: usize) {
        if count > 0 {
            *self.counts.entry(name).or_default() += count as u64;
        }
    }

    /// A count.
    #[must_use]
    pub fn get(&self, name: TallyName) -> u64 {
        self.counts.get(&name).copied().unwrap_or_default()
    }

    /// Adds the counters to a batch, by name: a place in a list would mean another counter tomorrow.
    pub fn save(&self, batch: &mut Batch) {
        let named: BTreeMap<&str, u64> = self.counts.iter().map(|(name, count)| (name.name(), *count)).collect();
        let bytes = postcard::to_allocvec(&named).expect("counters are names and numbers");
        batch.put(Space::Tally, key::tally(KEY), bytes);
    }
}
