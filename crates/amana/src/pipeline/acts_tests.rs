//! What an event says of the notices that people saw: each version once, and none that was not served then.

use super::acts::{Arrival, Doings, Marked, doings};
use amana_core::catalog::{Catalog, Numbers, Policy, Trust};
use amana_core::permission::{Act, ActKind, Evidence, Method, NOTICE_VERSION_UNSAID, Target};
use amana_core::profile::Fragment;
use amana_core::{Event, EventKind, Moment, Slot, SlotSet};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use uuid::Uuid;

const CATALOG: &str = r#"
[organisation]
code = "shop"
name = "Shop"
country = "DE"
[[brands]]
code = "shop"
name = "Shop"
[[purposes]]
code = "offers"
basis = "legitimate_interest"
categories = ["behaviour"]
starts_on = [{ notice = "site" }]
keep = "P1Y"
texts.en = { title = "Offers", text = "Offers." }
[[purposes]]
code = "club"
basis = "legitimate_interest"
categories = ["behaviour"]
keep = "P1Y"
texts.en = { title = "Club", text = "Club." }
[[purposes]]
code = "news"
basis = "consent"
categories = ["contact"]
keep = "P1Y"
texts.en = { title = "News", text = "News." }
[[purposes]]
code = "orders"
basis = "contract"
categories = ["commerce"]
starts_on = [{ event = "Order Completed" }]
keep = "P1Y"
texts.en = { title = "Orders", text = "Orders." }
[[notices]]
code = "site"
purposes = ["offers"]
texts.de = { title = "Seite", text = "Was wir tun." }
texts.pt-BR = { title = "Site", text = "O que fazemos." }
[[notices]]
code = "members"
purposes = ["club", "news", "offers"]
texts.en = { title = "Members", text = "What the club does." }
[[sources]]
code = "web"
brand = "shop"
channel = "web"
trust = "public"
write_key = "0123456789abcdef"
collects = ["offers", "club", "news", "orders"]
consent_categories = { news = ["news"], orders = ["orders"] }
notices = ["site", "members"]
jurisdiction = "AT"
"#;

const DAY: i64 = 86_400_000;
/// When the second version came in force; the first did on day 10.
const SECOND: i64 = 20 * DAY;
const RECEIVED: Moment = Moment(30 * DAY);

/// With the second version of the notice of the site, which is about the club as well.
fn policy() -> Policy {
    policy_with("version = 2")
}

/// The same with what the second version says of itself.
fn policy_with(version: &str) -> Policy {
    let first = Catalog::read(CATALOG).unwrap();
    let second = format!("{version}\npurposes = [\"offers\", \"club\"]\ntexts.de");
    let wider = CATALOG.replace("purposes = [\"offers\"]\ntexts.de", &second);
    let second = Catalog::read(&wider).unwrap();
    let numbers = Numbers::default().assign(&first).unwrap().serving(&first, Moment(10 * DAY));
    let numbers = numbers.assign(&second).unwrap().serving(&second, Moment(SECOND));
    Policy::compile(2, &second, &numbers)
}

fn event(at: i64, name: &str, context: Json) -> Event {
    Event {
        message_id: "m".into(),
        kind: EventKind::Track { event: name.into() },
        at: Moment(at),
        user_id: None,
        anonymous_id: Some("d".into()),
        properties: serde_json::Map::new(),
        traits: serde_json::Map::new(),
        context: context.as_object().cloned().unwrap_or_default(),
    }
}

/// Somebody whose events come one after the other.
struct Visitor {
    policy: Policy,
    fragment: Fragment,
    count: u128,
}

impl Visitor {
    fn new() -> Self {
        Self { policy: policy(), fragment: Fragment::default(), count: 0 }
    }

    fn sends(&mut self, event: &Event) -> Vec<Act> {
        let source = self.policy.source("web").unwrap();
        let (trust, gpc, named, muted) = (Trust::Public, false, true, SlotSet::EMPTY);
        let arrival = Arrival { event, source, trust, received: RECEIVED, gpc, named, muted };
        let marked = Marked { all: &self.fragment.marks, own: Some(&self.fragment) };
        let (last, count) = (|slot| self.fragment.signalled(slot, source.number), &mut self.count);
        let id = || {
            *count += 1;
            Uuid::from_u128(*count)
        };
        let Doings { acts, signalled, told } = doings(&self.policy, &arrival, marked, last, id);
        let number = source.number;
        for act in &acts {
            self.fragment.marks.add(act);
        }
        signalled.into_iter().for_each(|(slot, allowed)| {
            self.fragment.signal(slot, number, allowed);
        });
        told.into_iter().for_each(|(notice, version)| {
            self.fragment.tell(notice, version);
        });
        acts
    }

    fn visits(&mut self, at: i64) -> Vec<Act> {
        self.sends(&event(at, "Page", json!({})))
    }

    fn slot(&self, purpose: &str) -> Slot {
        self.policy.find_slot(purpose, None).unwrap().slot
    }

    fn purpose(&self, act: &Act) -> String {
        let Target::Slot(slot) = act.target else { return "person".into() };
        self.policy.slot(slot).unwrap().purpose.clone()
    }

    /// What was done, to what, and by which notice.
    fn told(&self, acts: &[Act]) -> Vec<String> {
        let told = |act: &Act| {
            let notice =
                act.evidence.notice.as_ref().map_or("nothing".into(), |(code, version)| format!("{code} {version}"));
            format!("{:?} {} by {notice}", act.kind, self.purpose(act))
        };
        acts.iter().map(told).collect()
    }
}

fn evidence_of(acts: &[Act], kind: ActKind) -> &Evidence {
    &acts.iter().find(|act| act.kind == kind).unwrap().evidence
}

#[test]
fn each_act_names_the_notice_that_is_about_it() {
    let mut visitor = Visitor::new();
    let acts = visitor.visits(15 * DAY);
    let expected = [
        "Inform offers by site 1",
        "Inform offers by members 1",
        "Inform club by members 1",
        "Inform news by members 1",
    ];
    assert_eq!(visitor.told(&acts), expected, "being told is all that starting an interest means");
    assert!(acts.iter().all(|act| act.evidence.method == Method::Notice && act.at == Moment(15 * DAY)));
    assert!(visitor.visits(15 * DAY).is_empty(), "once");
    assert!(visitor.visits(16 * DAY).is_empty(), "once");
}

#[test]
fn an_event_that_starts_a_purpose_names_no_notice() {
    let mut visitor = Visitor::new();
    visitor.visits(15 * DAY);
    let acts = visitor.sends(&event(16 * DAY, "Order Completed", json!({"locale": "de"})));
    assert_eq!(visitor.told(&acts), ["Start orders by nothing"]);
    assert_eq!((&acts[0].evidence.language, &acts[0].evidence.text_sha256), (&Some("de".into()), &None));
}

#[test]
fn a_consent_field_names_a_notice_about_its_purpose_and_no_text() {
    let mut visitor = Visitor::new();
    let context = json!({"consent": {"categoryPreferences": {"news": true, "orders": false}}, "locale": "en"});
    let acts = visitor.sends(&event(25 * DAY, "Page", context));
    let said: Vec<Act> = acts.into_iter().filter(|act| act.evidence.method == Method::Sdk).collect();
    assert_eq!(visitor.told(&said), ["Grant news by members 1", "Refuse orders by nothing"]);
    let grant = evidence_of(&said, ActKind::Grant);
    assert_eq!((&grant.text_sha256, &grant.purpose_version), (&None, &None), "which text was shown nobody has said");
}

#[test]
fn a_new_version_is_shown_once_and_moves_nothing() {
    let mut visitor = Visitor::new();
    visitor.visits(15 * DAY);
    let first = visitor.fragment.marks.get(Target::Slot(visitor.slot("offers")), ActKind::Inform);
    let acts = visitor.visits(SECOND);
    assert_eq!(visitor.told(&acts), ["Inform offers by site 2", "Inform club by site 2"]);
    let still = visitor.fragment.marks.get(Target::Slot(visitor.slot("offers")), ActKind::Inform);
    assert_eq!(still, first, "they have known since the first");
    assert!(visitor.visits(SECOND + DAY).is_empty());
    // What a phone kept back from before is nothing new.
    assert!(visitor.visits(15 * DAY).is_empty() && visitor.visits(5 * DAY).is_empty());
}

#[test]
fn an_announced_version_is_shown_from_its_day_on_and_the_one_before_it_until_then() {
    let policy = policy_with("version = 2\nsince = \"1970-01-29\"");
    let mut visitor = Visitor { policy, ..Visitor::new() };
    let acts = visitor.visits(SECOND + DAY);
    assert_eq!(visitor.told(&acts)[0], "Inform offers by site 1");
    assert!(!visitor.told(&acts).contains(&"Inform club by site 1".to_owned()), "the first is not about it");
    assert!(visitor.visits(26 * DAY).is_empty());
    let acts = visitor.visits(29 * DAY);
    assert_eq!(visitor.told(&acts), ["Inform offers by site 2", "Inform club by site 2"]);
}

#[test]
fn what_happened_before_claims_no_version_of_later() {
    let mut visitor = Visitor::new();
    let acts = visitor.visits(SECOND - 1);
    assert!(acts.iter().all(|act| act.evidence.notice.as_ref().is_some_and(|(_, version)| *version == 1)));
    assert!(!visitor.told(&acts).contains(&"Inform club by site 1".to_owned()), "the first was not about it");
    // Of the time before the first catalogue nobody knows what was served. They count as told, as of then.
    let mut visitor = Visitor::new();
    let acts = visitor.visits(9 * DAY);
    let expected = [
        "Inform offers by site 0",
        "Inform offers by members 0",
        "Inform club by members 0",
        "Inform news by members 0",
    ];
    assert_eq!(visitor.told(&acts), expected);
    assert!(visitor.visits(9 * DAY).is_empty());
    let known = visitor.visits(15 * DAY);
    assert_eq!(known.len(), 4, "and each notice is evidence as soon as it is known: {known:?}");
}

#[test]
fn a_text_is_claimed_in_the_language_that_the_client_names_and_no_other() {
    let text = |locale: &str| {
        let mut visitor = Visitor::new();
        let acts = visitor.sends(&event(15 * DAY, "Page", json!({ "locale": locale })));
        let informed = evidence_of(&acts, ActKind::Inform).clone();
        assert_eq!(informed.notice, Some(("site".into(), 1)));
        (informed.language, informed.text_sha256)
    };
    let policy = policy();
    let texts = &policy.catalog.notices[0].texts;
    let (german, portuguese) = (texts["de"].sha256_hex(), texts["pt-BR"].sha256_hex());
    for (locale, language, hash) in [
        ("de", Some("de"), Some(&german)),
        ("de_AT", Some("de"), Some(&german)),
        ("pt-br", Some("pt-BR"), Some(&portuguese)),
        ("pt-PT", Some("pt"), None),
        ("en", Some("en"), None),
        ("Ann Smith", None, None),
    ] {
        assert_eq!(text(locale), (language.map(Into::into), hash.cloned()), "{locale}");
    }
}

#[test]
fn every_act_says_which_law_applied() {
    let mut visitor = Visitor::new();
    let context = json!({"consent": {"categoryPreferences": {"news": true}}});
    let acts = visitor.sends(&event(25 * DAY, "Order Completed", context));
    assert!(acts.len() > 5);
    assert!(acts.iter().all(|act| act.evidence.jurisdiction.as_deref() == Some("AT")), "{acts:?}");
}

proptest! {
    /// Whatever order events come in: each version of a notice is shown once for each purpose, the first time that
    /// somebody was told of a purpose never moves back for a later act, and what comes again does nothing.
    #[test]
    fn repeated_events_add_no_acts(days in prop::collection::vec(0..30_i64, 1..30)) {
        let (mut visitor, mut seen) = (Visitor::new(), BTreeSet::new());
        for day in days {
            let acts = visitor.visits(day * DAY);
            for act in acts.iter().filter(|act| act.kind == ActKind::Inform) {
                let shown = (visitor.purpose(act), act.evidence.notice.clone());
                prop_assert!(seen.insert(shown.clone()), "twice: {shown:?}");
                let first = visitor.fragment.marks.get(act.target, ActKind::Inform).unwrap();
                prop_assert!(first.at <= act.at);
                let served = act.evidence.notice.as_ref().map(|(code, version)| (code.as_str(), *version));
                let known = match day {
                    ..10 => served.is_some_and(|(_, version)| version == NOTICE_VERSION_UNSAID),
                    10..20 => served.is_some_and(|(_, version)| version == 1),
                    _ => served.is_some_and(|(code, version)| version == if code == "site" { 2 } else { 1 }),
                };
                prop_assert!(known, "{served:?} on day {day}");
            }
            prop_assert!(visitor.visits(day * DAY).is_empty(), "it came before");
        }
    }
}
