//! Policies, people and events made by hand: nothing here goes through the catalogue's compiler.

use amana_core::catalog::{Basis, Catalog, Categories, CategoryId, CategorySet, Dependence, DestinationRule};
use amana_core::catalog::{
    EventRule, FieldRule, IdentifierRule, MetricFunction, MetricRule, Normalise, Policy, SlotRule, SourceRule, Trust,
};
use amana_core::permission::{ActKind, Mark, Marks, Target};
use amana_core::{Event, EventKind, FieldType, Moment, Slot, SlotSet};
use serde_json::{Map, Value as Json};
use std::collections::HashMap;

/// The slot most tests ask about.
pub(crate) const SLOT: Target = Target::Slot(Slot(0));
pub(crate) const EMAIL: CategoryId = CategoryId(1);
pub(crate) const BROWSING: CategoryId = CategoryId(3);
pub(crate) const HEALTH: CategoryId = CategoryId(4);

pub(crate) fn categories() -> Categories {
    let mut tree = Categories::default();
    for (code, special) in [
        ("contact", false),
        ("contact.email", false),
        ("behaviour", false),
        ("behaviour.browsing", false),
        ("health", true),
    ] {
        tree.add(code, code, special).expect("a new category below a known one");
    }
    tree
}

pub(crate) fn only(categories: &[CategoryId]) -> CategorySet {
    let mut set = CategorySet::default();
    categories.iter().for_each(|category| set.insert(*category));
    set
}

/// A slot for everything but special categories, without limits of its own.
pub(crate) fn rule(slot: u8, basis: Basis) -> SlotRule {
    SlotRule {
        slot: Slot(slot),
        purpose: format!("purpose-{slot}"),
        brand: None,
        since_version: 1,
        retired: false,
        before: SlotSet::EMPTY,
        opened: None,
        blocked_by: Vec::new(),
        depends: Dependence::default(),
        basis,
        categories: only(&[CategoryId(0), EMAIL, CategoryId(2), BROWSING, HEALTH]),
        keep: jiff::Span::new().years(1),
        direct_marketing: false,
        honours_gpc: false,
        uses: Vec::new(),
        recipients: vec!["mailer".into()],
        device_ground: None,
        mail_ground: None,
        special_condition: false,
        regions: Vec::new(),
        age_min: None,
        age_required: false,
        double_opt_in: false,
        consent_expires_after: None,
    }
}

/// A policy of these slots, all of them open.
pub(crate) fn policy(slots: Vec<SlotRule>) -> Policy {
    let categories = categories();
    let may_use = |category| slots.iter().filter(move |rule| rule.categories.contains(category)).map(|rule| rule.slot);
    let destination = |code: &str| DestinationRule { number: 0, code: code.into(), fields: Vec::new() };
    Policy {
        version: 1,
        catalog: Catalog::default(),
        slots_by_category: categories.iter().map(|category| may_use(category).collect()).collect(),
        categories,
        open: slots.iter().map(|rule| rule.slot).collect(),
        slots,
        traits: HashMap::new(),
        events: HashMap::new(),
        metrics: Vec::new(),
        identifiers: Vec::new(),
        sources: Vec::new(),
        scopes: std::collections::BTreeSet::new(),
        sources_by_key: HashMap::new(),
        audiences: Vec::new(),
        destinations: vec![destination("mailer"), destination("stranger")],
        api_keys: HashMap::new(),
    }
}

/// Marks of acts done and learned at these instants.
pub(crate) fn marks(acts: &[(Target, ActKind, i64)]) -> Marks {
    let mut marks = Marks::default();
    for (target, kind, at) in acts {
        marks.mark(*target, *kind, mark(*at));
    }
    marks
}

pub(crate) fn mark(at: i64) -> Mark {
    Mark { at: Moment(at), received: Moment(at), until: None }
}

pub(crate) fn moment(text: &str) -> Moment {
    Moment::parse(text).expect("an instant in RFC 3339")
}

pub(crate) fn slots(numbers: &[u8]) -> SlotSet {
    numbers.iter().map(|number| Slot(*number)).collect()
}

pub(crate) fn track(name: &str, properties: Json) -> Event {
    Event {
        message_id: "m".into(),
        kind: EventKind::Track { event: name.into() },
        at: moment("2026-03-10T12:00:00Z"),
        user_id: None,
        anonymous_id: None,
        properties: object(properties),
        traits: Map::new(),
        context: Map::new(),
    }
}

pub(crate) fn identify(traits: Json) -> Event {
    Event { kind: EventKind::Identify, traits: object(traits), ..track("", Json::Null) }
}

fn object(json: Json) -> Map<String, Json> {
    json.as_object().cloned().unwrap_or_default()
}

pub(crate) fn field(field_type: FieldType, category: CategoryId) -> FieldRule {
    FieldRule { field_type, category }
}

/// Declares an event of a category with these fields.
pub(crate) fn declare(policy: &mut Policy, name: &str, category: CategoryId, fields: &[(&str, FieldRule)]) {
    let fields = fields.iter().map(|(name, rule)| ((*name).to_owned(), rule.clone())).collect();
    policy.events.insert(name.into(), EventRule { category: Some(category), fields, ..EventRule::default() });
}

/// Declares a metric of a declared event.
pub(crate) fn measure(policy: &mut Policy, name: &str, event: &str, function: MetricFunction, field: Option<&str>) {
    let rule = policy.events.get_mut(event).expect("a declared event");
    rule.metrics.push(policy.metrics.len());
    let category = field.map_or(rule.category, |field| Some(rule.fields[field].category));
    policy.metrics.push(MetricRule {
        name: name.into(),
        event: event.into(),
        function,
        field: field.map(Into::into),
        category: category.expect("an event that is kept"),
        field_type: FieldType::Number,
    });
}

pub(crate) fn kind(code: &str, normalise: Normalise, priority: u32, limit: u32) -> IdentifierRule {
    IdentifierRule {
        code: code.into(),
        normalise,
        limit,
        priority,
        category: EMAIL,
        device: code == "anonymous_id",
        fields: Vec::new(),
        blocked: Vec::new(),
    }
}

/// A public source that maps these consent categories.
pub(crate) fn source(consent_categories: &[(&str, &[u8])]) -> SourceRule {
    SourceRule {
        number: 1,
        code: "web".into(),
        brand: "brand".into(),
        channel: "web".into(),
        trust: Trust::Public,
        collects: SlotSet::ALL,
        concerns: SlotSet::ALL,
        serves: Vec::new(),
        consent_categories: consent_categories.iter().map(|(code, to)| ((*code).to_owned(), slots(to))).collect(),
        jurisdiction: None,
        identity_scope: "default".into(),
        reads_device: false,
        shared_devices: false,
    }
}
