//! What is written is read again as the same catalogue.

use super::{SAMPLE, policy, read, sample};
use amana_core::catalog::{Catalog, catalog_json_schema};
use proptest::prelude::*;

#[test]
fn the_sample_survives_export() {
    let catalog = sample();
    let text = catalog.to_toml();
    assert_eq!(read(&text), catalog, "{text}");
    assert_eq!(read(&text).to_toml(), text, "exporting twice changes nothing");
    assert!(!text.contains("[]"), "no empty lists");
    assert_eq!(policy(&read(&text)).events.len(), policy(&catalog).events.len());
}

#[test]
fn an_export_is_tidy() {
    insta::assert_snapshot!(sample().to_toml());
}

#[test]
fn the_json_schema_describes_every_field() {
    let schema = catalog_json_schema();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        for (field, property) in definition["properties"].as_object().into_iter().flatten() {
            assert!(property["description"].is_string(), "{name}.{field}");
        }
    }
    assert_eq!(schema["additionalProperties"], false);
}

/// Text that people might write, with everything that TOML has to escape.
fn words() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{1,20}", "[\"'\\\\#\\[\\]=\t\n\r\u{0}-\u{1f}\u{7f}\u{85}a]{1,12}"]
        .prop_filter("texts have words", |text| !text.trim().is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_right_catalogue_survives_export(
        names in prop::collection::vec(words(), 6),
        codes in prop::collection::btree_set("[a-z0-9_-]{1,64}", 1..6),
        keep in 1_u32..400,
        flags in prop::collection::vec(any::<bool>(), 4),
    ) {
        let mut catalog = sample();
        catalog.organisation.name.clone_from(&names[0]);
        catalog.organisation.privacy_contact = flags[0].then(|| names[1].clone());
        catalog.purposes[2].keep = format!("P{keep}D");
        catalog.purposes[2].double_opt_in = flags[1];
        catalog.purposes[2].honours_gpc = flags[2].then_some(flags[3]);
        for text in catalog.purposes[2].texts.values_mut() {
            text.title.clone_from(&names[2]);
            text.text.clone_from(&names[3]);
        }
        let categories = codes.iter().map(|code| (format!("{}{code}", names[4]), vec!["shop".into()]));
        catalog.sources[0].consent_categories = categories.collect();
        catalog.audiences[0].predicate.clone_from(&names[5]);
        let template = catalog.brands[0].clone();
        for code in codes.iter().filter(|code| *code != "summit" && *code != "trail") {
            let mut brand = template.clone();
            brand.code.clone_from(code);
            catalog.brands.push(brand);
        }
        if flags[0] {
            catalog.destinations.remove(0);
            catalog.audiences.clear();
            catalog.purposes[2].recipients.clear();
        }
        prop_assert_eq!(catalog.check(), vec![]);
        let text = catalog.to_toml();
        prop_assert_eq!(Catalog::read(&text), Ok(catalog), "{}", text);
    }

    #[test]
    fn no_text_makes_reading_panic(cut in 0..SAMPLE.len(), length in 0_usize..40, filling in "[\\[\\]{}\"'=.,#\n a-z0-9_-]{0,12}") {
        let end = (cut + length).min(SAMPLE.len());
        let text = format!("{}{filling}{}", &SAMPLE[..cut], &SAMPLE[end..]);
        if let Err(problems) = Catalog::read(&text) {
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|problem| problem.line.is_some()));
        }
    }
}
