//! The catalogue compiled: what every decision asks, with names resolved to numbers and sets.
//!
//! A policy is made from a checked catalogue and its [`Numbers`](super::Numbers) and never changes; a new version of
//! the catalogue makes a new policy.

use super::{Basis, Catalog, Categories, CategoryId, CategorySet, DeviceGround, MailGround, MetricFunction, Normalise};
use super::{Role, Trust, UseKind};
use crate::permission::ActKind;
use crate::{FieldType, Moment, Slot, SlotSet};
use std::collections::{BTreeSet, HashMap};

/// The number of a source, an audience or a destination: given once, kept in the stored catalogue.
pub type Number = u32;

/// A compiled catalogue.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The version of the catalogue it was made from.
    pub version: u64,
    /// The catalogue as declared.
    pub catalog: Catalog,
    /// The tree of data categories, built-in ones included.
    pub categories: Categories,
    /// The rule of each slot, at the slot's number. Retired and replaced slots stay.
    pub slots: Vec<SlotRule>,
    /// Slots that are not blocked for everybody (retired, register lapsed): the global mask.
    pub open: SlotSet,
    /// For each category the slots that may use it, at the category's number.
    pub slots_by_category: Vec<SlotSet>,
    /// Declared traits, built-in ones included, by name.
    pub traits: HashMap<String, FieldRule>,
    /// Declared events, built-in ones included, by name.
    pub events: HashMap<String, EventRule>,
    /// Metrics, in declared order; a metric's place is its number within this policy.
    pub metrics: Vec<MetricRule>,
    /// Identifier kinds by descending priority.
    pub identifiers: Vec<IdentifierRule>,
    /// Sources.
    pub sources: Vec<SourceRule>,
    /// Place in `sources` by SHA-256 of the write key.
    pub sources_by_key: HashMap<[u8; 32], usize>,
    /// Audiences.
    pub audiences: Vec<AudienceRule>,
    /// Destinations.
    pub destinations: Vec<DestinationRule>,
    /// API keys by SHA-256.
    pub api_keys: HashMap<[u8; 32], KeyRule>,
}

/// What `permit` asks of a slot.
#[derive(Clone, Debug)]
pub struct SlotRule {
    /// Its number.
    pub slot: Slot,
    /// The purpose's code.
    pub purpose: String,
    /// The brand, or all.
    pub brand: Option<String>,
    /// The version of the purpose that opened this slot; wider versions open a new one.
    pub since_version: u32,
    /// Replaced by a wider version, or its purpose is gone or retired.
    pub retired: bool,
    /// Closed slots of the same purpose, which stood for its earlier versions: a no to one of them is a no to this, and
    /// a yes is none.
    pub before: SlotSet,
    /// When it was opened, where the purpose had a slot before.
    pub opened: Option<Moment>,
    /// Registers that must be in force.
    pub blocked_by: Vec<String>,
    /// A register that is not in force blocks it: the register's name.
    pub blocked: Option<String>,
    /// The lawful basis.
    pub basis: Basis,
    /// What it may use.
    pub categories: CategorySet,
    /// How long a datum lives.
    pub keep: jiff::Span,
    /// Direct marketing.
    pub direct_marketing: bool,
    /// Whether Global Privacy Control counts as an objection.
    pub honours_gpc: bool,
    /// The uses it is for.
    pub uses: Vec<UseKind>,
    /// Codes of the destinations it names.
    pub recipients: Vec<String>,
    /// Ground of ePrivacy Art. 5(3).
    pub device_ground: Option<DeviceGround>,
    /// Ground of ePrivacy Art. 13.
    pub mail_ground: Option<MailGround>,
    /// Whether a condition of GDPR Art. 9(2) is recorded.
    pub special_condition: bool,
    /// Countries, empty for all.
    pub regions: Vec<String>,
    /// Below this age a guardian decides; none: as the law says.
    pub age_min: Option<u8>,
    /// Whether an unknown age denies.
    pub age_required: bool,
    /// Given only after a second step.
    pub double_opt_in: bool,
    /// When consent expires.
    pub consent_expires_after: Option<jiff::Span>,
}

impl SlotRule {
    /// Whether an act can be about this slot. What was agreed to, told or begun before a wider version was declared is
    /// about an earlier one; a no is always about this one, too.
    #[must_use]
    pub fn can_be_meant(&self, kind: ActKind, at: Moment) -> bool {
        use ActKind::{Grant, Inform, Request, Start};
        !matches!(kind, Grant | Inform | Request | Start) || self.opened.is_none_or(|opened| at >= opened)
    }
}

/// A declared field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRule {
    /// What it holds.
    pub field_type: FieldType,
    /// What kind of data it is.
    pub category: CategoryId,
}

/// A declared event.
#[derive(Clone, Debug, Default)]
pub struct EventRule {
    /// What kind of data it is that it happened. `None` for a name that only triggers refer to: never kept.
    pub category: Option<CategoryId>,
    /// Its properties.
    pub fields: HashMap<String, FieldRule>,
    /// Slots whose basis it starts, of all brands.
    pub starts: SlotSet,
    /// Slots whose basis it ends, of all brands.
    pub ends: SlotSet,
    /// Places of the metrics that look at it.
    pub metrics: Vec<usize>,
}

/// A metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricRule {
    /// Its name.
    pub name: String,
    /// The event.
    pub event: String,
    /// What it computes.
    pub function: MetricFunction,
    /// The field it looks at.
    pub field: Option<String>,
    /// The category of that field, or of the event.
    pub category: CategoryId,
    /// The type of its value.
    pub field_type: FieldType,
}

/// An identifier kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentifierRule {
    /// Its code.
    pub code: String,
    /// How values are brought into one form.
    pub normalise: Normalise,
    /// How many one person may have.
    pub limit: u32,
    /// Where limits collide, the lower number gives way.
    pub priority: u32,
    /// What kind of data a value is.
    pub category: CategoryId,
    /// Names a device.
    pub device: bool,
    /// Traits and fields it is read from.
    pub fields: Vec<String>,
    /// Declared blocked values, in lower case.
    pub blocked: Vec<String>,
}

/// A source.
#[derive(Clone, Debug)]
pub struct SourceRule {
    /// Its number.
    pub number: Number,
    /// Its code.
    pub code: String,
    /// Its brand.
    pub brand: String,
    /// Its channel.
    pub channel: String,
    /// How far it is believed.
    pub trust: Trust,
    /// Slots it collects for.
    pub collects: SlotSet,
    /// Slots of its brand or of all brands that are current: whatever happens here can concern only these.
    pub concerns: SlotSet,
    /// Slots it informs about, by the notices people see there.
    pub informs: SlotSet,
    /// Slots whose basis seeing its notices starts.
    pub starts: SlotSet,
    /// Consent category → slots.
    pub consent_categories: HashMap<String, SlotSet>,
    /// The first notice it serves, with its version: evidence of what was read.
    pub notice: Option<(String, u32)>,
    /// Identifiers of different scopes never meet.
    pub identity_scope: String,
    /// Whether it reads or writes people's devices.
    pub reads_device: bool,
}

/// An audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceRule {
    /// Its number.
    pub number: Number,
    /// Its code.
    pub code: String,
    /// The slot it serves.
    pub slot: Slot,
    /// The predicate as written.
    pub predicate: String,
    /// Places of the destinations it feeds.
    pub destinations: Vec<usize>,
}

/// A destination.
#[derive(Clone, Debug, PartialEq)]
pub struct DestinationRule {
    /// Its number.
    pub number: Number,
    /// Its code: the recipient that purposes name.
    pub code: String,
    /// What it may receive.
    pub fields: Vec<ContractRule>,
}

/// One field of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractRule {
    /// The trait, metric or identifier kind.
    pub from: String,
    /// Where the value comes from.
    pub origin: FieldOrigin,
    /// Its name in the message.
    pub name: String,
    /// Sent as SHA-256 in hex.
    pub hashed: bool,
    /// What kind of data it is.
    pub category: CategoryId,
}

/// Where a column's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldOrigin {
    /// A trait.
    Trait,
    /// A metric.
    Metric,
    /// An identifier kind.
    Identifier,
}

/// An API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRule {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The purposes it may name; empty: all.
    pub purposes: Vec<String>,
}

impl Policy {
    /// The rule of a slot, also of a retired one.
    #[must_use]
    pub fn slot(&self, slot: Slot) -> Option<&SlotRule> {
        self.slots.get(usize::from(slot.0))
    }

    /// The current slot of a purpose for a brand. `brand` may be left out when the purpose has one slot only;
    /// a purpose for all brands is found under any brand that is declared.
    #[must_use]
    pub fn find_slot(&self, purpose: &str, brand: Option<&str>) -> Option<&SlotRule> {
        if brand.is_some_and(|brand| !self.catalog.brands.iter().any(|declared| declared.code == brand)) {
            return None;
        }
        let mut current = self.slots.iter().filter(|rule| {
            !rule.retired
                && rule.purpose == purpose
                && (rule.brand.is_none() || brand.is_none() || rule.brand.as_deref() == brand)
        });
        let first = current.next()?;
        (current.next().is_none()).then_some(first)
    }

    /// All current slots of a purpose.
    pub fn slots_of<'a>(&'a self, purpose: &'a str) -> impl Iterator<Item = &'a SlotRule> {
        self.slots.iter().filter(move |rule| !rule.retired && rule.purpose == purpose)
    }

    /// The slots that may use a category.
    #[must_use]
    pub fn slots_for(&self, category: CategoryId) -> SlotSet {
        self.slots_by_category.get(usize::from(category.0)).copied().unwrap_or_default()
    }

    /// The source of a write key's hash.
    #[must_use]
    pub fn source_by_key(&self, sha256: &[u8; 32]) -> Option<&SourceRule> {
        self.sources_by_key.get(sha256).and_then(|place| self.sources.get(*place))
    }

    /// The source of that code.
    #[must_use]
    pub fn source(&self, code: &str) -> Option<&SourceRule> {
        self.sources.iter().find(|source| source.code == code)
    }

    /// Says which registers are in force (an assessment approved, a contract valid). A slot whose purpose names a
    /// register that is not among them is blocked for everybody; a freshly compiled policy assumes that none is.
    pub fn set_in_force(&mut self, registers: &BTreeSet<String>) {
        self.open = SlotSet::EMPTY;
        for rule in &mut self.slots {
            rule.blocked = rule.blocked_by.iter().find(|register| !registers.contains(*register)).cloned();
            if !rule.retired && rule.blocked.is_none() {
                self.open.insert(rule.slot);
            }
        }
    }

    /// The rule of an identifier kind.
    #[must_use]
    pub fn identifier(&self, kind: &str) -> Option<&IdentifierRule> {
        self.identifiers.iter().find(|rule| rule.code == kind)
    }
}
