//! The catalogue compiled: what every decision asks, with names resolved to numbers and sets.
//!
//! A policy is made from a checked catalogue and its [`Numbers`](super::Numbers) and never changes; a new version of
//! the catalogue makes a new policy.

use super::{Basis, Catalog, Categories, CategoryId, CategorySet, DeviceGround, MailGround, MetricFunction, Normalise};
use super::{Dependence, IDENTITY_SCOPE_DEFAULT, Role, Trust, UseKind};
use crate::permission::ActKind;
use crate::{FieldType, Moment, Slot, SlotSet};
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    /// Slots that are not blocked for everybody, retired or for want of a register: the global mask. What lapses by time
    /// is taken out by [`Policy::open_at`].
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
    /// What write keys open, by their SHA-256.
    pub sources_by_key: HashMap<[u8; 32], SourceKey>,
    /// Every identity scope that a source has or ever had.
    pub scopes: BTreeSet<String>,
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
    /// What they make of it.
    pub depends: Dependence,
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

/// What a write key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceKey {
    /// The source's place in [`Policy::sources`].
    pub source: usize,
    /// Whether the source has a newer key by now.
    pub previous: bool,
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
    /// What people see there, and saw, since when: the oldest first, and first what was before anybody knows.
    pub serves: Vec<ServedRule>,
    /// Consent category → slots.
    pub consent_categories: HashMap<String, SlotSet>,
    /// The law that applies there, for the evidence of acts.
    pub jurisdiction: Option<String>,
    /// Identifiers of different scopes never meet.
    pub identity_scope: String,
    /// Whether it reads or writes people's devices.
    pub reads_device: bool,
    /// Whether it runs on devices that many people use.
    pub shared_devices: bool,
}

impl SourceRule {
    /// What people saw there at an instant.
    #[must_use]
    pub fn served_at(&self, at: Moment) -> Option<&ServedRule> {
        self.serves.iter().rev().find(|served| served.since <= at)
    }
}

/// What people see at a source from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedRule {
    /// Since when.
    pub since: Moment,
    /// The notices, in the order in which they are declared; none of which only a version to come is known.
    pub notices: Vec<NoticeRule>,
    /// Slots that any of them informs about.
    pub informs: SlotSet,
    /// Slots whose basis any of them starts.
    pub starts: SlotSet,
}

/// A notice as a source served it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRule {
    /// Its number.
    pub number: Number,
    /// Its code.
    pub code: String,
    /// Its version, or [`NOTICE_VERSION_UNSAID`](crate::permission::NOTICE_VERSION_UNSAID) where nobody knows in which it
    /// was served; its text is not known either then.
    pub version: u32,
    /// Slots it informs about.
    pub informs: SlotSet,
    /// Slots whose basis it starts.
    pub starts: SlotSet,
    /// By language the SHA-256 of its text, in hex.
    pub texts: BTreeMap<String, String>,
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

    /// Whether there can be anybody under an identity scope: a source has or had it. Of others nobody comes and nobody is, so
    /// that whatever was said there would be said of nobody. Before any source is declared there is the one of those who
    /// name none.
    #[must_use]
    pub fn knows_scope(&self, scope: &str) -> bool {
        self.scopes.contains(scope) || self.scopes.is_empty() && scope == IDENTITY_SCOPE_DEFAULT
    }

    /// The identity scopes that sources declare today.
    #[must_use]
    pub fn declared_scopes(&self) -> BTreeSet<&str> {
        self.catalog.sources.iter().map(|source| source.identity_scope.as_str()).collect()
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
        self.sources_by_key.get(sha256).and_then(|key| self.sources.get(key.source))
    }

    /// Whether the write key of this hash opens a source that has a newer one by now.
    #[must_use]
    pub fn is_previous_write_key(&self, sha256: &[u8; 32]) -> bool {
        self.sources_by_key.get(sha256).is_some_and(|key| key.previous)
    }

    /// The source of that code.
    #[must_use]
    pub fn source(&self, code: &str) -> Option<&SourceRule> {
        self.sources.iter().find(|source| source.code == code)
    }

    /// The global mask at an instant.
    #[must_use]
    pub fn open_at(&self, now: Moment) -> SlotSet {
        let lapsed = self.slots.iter().filter(|rule| rule.depends.blocked_at(now).is_some());
        self.open.without(lapsed.map(|rule| rule.slot).collect())
    }

    /// Whether after `since`, and by `now`, a register has lapsed on which an audience's purpose depends: everybody in the
    /// audience has to leave.
    #[must_use]
    pub fn closed_an_audience(&self, since: Moment, now: Moment) -> bool {
        let lapsed = |rule: &SlotRule| rule.depends.lapses_after(since).is_some_and(|at| at <= now);
        self.audiences.iter().filter_map(|audience| self.slot(audience.slot)).any(lapsed)
    }

    /// The rule of an identifier kind.
    #[must_use]
    pub fn identifier(&self, kind: &str) -> Option<&IdentifierRule> {
        self.identifiers.iter().find(|rule| rule.code == kind)
    }
}
