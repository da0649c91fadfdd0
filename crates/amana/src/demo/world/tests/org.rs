use super::super::{FactKind, SOURCES, Step, World};
use super::world;
use amana_core::catalog::{Basis, Catalog, Numbers, Policy, Trust};
use amana_core::identity::normalise;
use jiff::civil::date;
use std::collections::{BTreeSet, HashSet};

/// The sample organisation with its markers filled in.
fn organisation() -> Catalog {
    let mut text = include_str!("../../org.toml").to_owned();
    let mut number = 0;
    while let Some(start) = text.find("\"@@") {
        let end = start + 3 + text[start + 3..].find("@@\"").unwrap() + 3;
        number += 1;
        let value = if text[start..end].contains("sha256") {
            format!("\"{number:064x}\"")
        } else {
            format!("\"whsec_{}\"", "AAAA".repeat(10))
        };
        text.replace_range(start..end, &value);
    }
    Catalog::read(&text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn policy() -> Policy {
    let catalog = organisation();
    let numbers = Numbers::default().assign(&catalog).unwrap();
    Policy::compile(1, &catalog, &numbers)
}

#[test]
fn the_sample_organisation_can_be_applied_without_a_warning() {
    let catalog = organisation();
    assert_eq!(catalog.warnings(), []);
    assert_eq!(catalog.brands.len(), 2);
    assert_eq!(catalog.purposes.len(), 8);
    let bases: HashSet<Basis> = catalog.purposes.iter().map(|purpose| purpose.basis).collect();
    assert!(bases.len() >= 5);
    let codes: Vec<&str> = catalog.sources.iter().map(|source| source.code.as_str()).collect();
    assert_eq!(codes, SOURCES);
}

#[test]
fn what_is_asked_of_people_can_be_read_in_english_german_and_arabic() {
    for purpose in organisation().purposes {
        let languages = if purpose.basis == Basis::Consent { &["en", "de", "ar"][..] } else { &["en", "de"] };
        assert!(languages.iter().all(|language| purpose.texts.contains_key(*language)), "{}", purpose.code);
    }
}

#[test]
fn an_audience_asks_only_for_columns_of_its_purpose() {
    let policy = policy();
    for audience in &policy.catalog.audiences {
        let rule = policy.find_slot(&audience.purpose, audience.brand.as_deref()).unwrap();
        let columns = policy.columns(rule.slot);
        let words = audience.predicate.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let mut asked = 0;
        for word in words {
            assert!(columns.withheld.iter().all(|withheld| withheld.name != word), "{}: {word}", audience.code);
            asked += usize::from(columns.visible.iter().any(|(name, _, _)| name == word));
        }
        assert!(asked > 0, "{}", audience.code);
    }
}

#[test]
fn every_purpose_that_sends_mail_or_shares_has_what_the_contract_needs() {
    let policy = policy();
    for audience in &policy.catalog.audiences {
        let rule = policy.find_slot(&audience.purpose, audience.brand.as_deref()).unwrap();
        for code in &audience.destinations {
            let destination = policy.destinations.iter().find(|destination| destination.code == *code).unwrap();
            assert!(rule.recipients.contains(code), "{} may not receive {}", code, audience.code);
            assert!(destination.fields.iter().any(|field| rule.categories.contains(field.category)));
        }
    }
}

#[test]
fn the_world_sends_what_the_organisation_declares_and_little_else() {
    let policy = policy();
    let mut unknown = BTreeSet::new();
    for step in world().steps() {
        unknown.extend(undeclared(&policy, &step));
    }
    let unknown: Vec<&str> = unknown.iter().map(String::as_str).collect();
    let expected = ["Carousel Swiped", "Product Viewed.scroll_depth", "traits.partner_score", "traits.staff_note"];
    assert_eq!(unknown, expected);
}

fn undeclared(policy: &Policy, step: &Step) -> Vec<String> {
    let mut found = Vec::new();
    let name = match (step.json["type"].as_str(), step.json["event"].as_str()) {
        (_, Some(event)) => event,
        (Some("page"), _) => "Page",
        (Some("screen"), _) => "Screen",
        _ => "Identify",
    };
    let Some(event) = policy.events.get(name) else { return vec![name.to_owned()] };
    let keys =
        |path: &str| step.json.pointer(path).and_then(|json| json.as_object()).into_iter().flat_map(|map| map.keys());
    found.extend(keys("/properties").filter(|key| !event.fields.contains_key(*key)).map(|key| format!("{name}.{key}")));
    for path in ["/traits", "/context/traits"] {
        found.extend(keys(path).filter(|key| !policy.traits.contains_key(*key)).map(|key| format!("traits.{key}")));
    }
    found
}

#[test]
fn consent_answers_mean_something_at_the_source_they_come_from() {
    let policy = policy();
    for step in world().steps() {
        let source = policy.source(step.source).unwrap();
        let stated = step.json.pointer("/context/consent/categoryPreferences").and_then(|json| json.as_object());
        for category in stated.into_iter().flat_map(|map| map.keys()) {
            assert!(!source.consent_categories[category].is_empty(), "{} does not map {category}", step.source);
        }
        assert_eq!(source.trust == Trust::Public, !step.user_agent.is_empty());
    }
}

#[test]
fn every_telephone_number_reads_as_the_same_however_it_is_written() {
    let policy = policy();
    let rule = policy.identifier("phone").unwrap();
    let mut written = 0;
    for step in world().steps() {
        for path in ["/traits/phone", "/context/traits/phone"] {
            let Some(phone) = step.json.pointer(path).and_then(|json| json.as_str()) else { continue };
            let number = normalise(rule, phone, "DE").unwrap_or_else(|error| panic!("{phone}: {error}"));
            written += usize::from(number != phone);
        }
    }
    assert!(written > 100, "{written}");
}

#[test]
fn addresses_are_unique_and_typos_are_nobodys() {
    let world = World::new(7, 4_000, date(2024, 11, 21));
    let own: HashSet<String> = (0..4_000).map(|index| super::super::person::Person::new(&world, index).email).collect();
    assert_eq!(own.len(), 4_000);
    let policy = policy();
    let rule = policy.identifier("email").unwrap();
    let mut typos = 0;
    for step in world.steps() {
        for path in ["/traits/email", "/context/traits/email"] {
            let Some(email) = step.json.pointer(path).and_then(|json| json.as_str()) else { continue };
            typos += usize::from(!own.contains(&normalise(rule, email, "DE").unwrap()));
        }
    }
    assert!((20..500).contains(&typos), "{typos}");
    assert!(World::new(7, 20_000, date(2024, 11, 21)).fact(FactKind::MistypedAtTill).is_some());
}
