//! Numbers are given once: what they meant stays true, whatever is declared later.

use super::{SAMPLE, sample};
use amana_core::catalog::{Basis, Catalog, Numbers, ProblemCode, Purpose, UseKind};
use proptest::prelude::*;

fn first() -> Numbers {
    Numbers::default().assign(&sample()).unwrap()
}

/// The sample with its newsletter (version 2) changed.
fn changed(change: impl Fn(&mut Purpose)) -> Catalog {
    let mut catalog = sample();
    change(&mut catalog.purposes[2]);
    catalog
}

type Change = (&'static str, fn(&mut Purpose));

const WIDER: &[Change] = &[
    ("basis", |purpose| purpose.basis = Basis::LegitimateInterest),
    ("categories", |purpose| purpose.categories.push("health".into())),
    ("categories", |purpose| purpose.categories.push("contact".into())),
    ("keep", |purpose| purpose.keep = "P25M".into()),
    ("keep", |purpose| purpose.keep = "P732D".into()),
    ("uses", |purpose| purpose.uses.clear()),
    ("uses", |purpose| purpose.uses.push(UseKind::Decide)),
    ("recipients", |purpose| purpose.recipients.push("warehouse".into())),
    ("device_ground", |purpose| purpose.device_ground = Some(amana_core::catalog::DeviceGround::Consent)),
    ("mail_ground", |purpose| purpose.mail_ground = Some(amana_core::catalog::MailGround::SoftOptIn)),
    ("special_condition", |purpose| purpose.special_condition = Some("9(2)(a)".into())),
    ("regions", |purpose| purpose.regions.clear()),
    ("regions", |purpose| purpose.regions.push("CH".into())),
    ("age_min", |purpose| purpose.age_min = Some(13)),
    ("age_min", |purpose| purpose.age_min = Some(16)),
    ("double_opt_in", |purpose| purpose.double_opt_in = false),
    ("consent_expires_after", |purpose| purpose.consent_expires_after = None),
    ("consent_expires_after", |purpose| purpose.consent_expires_after = Some("P3Y".into())),
    ("honours_gpc", |purpose| purpose.honours_gpc = Some(false)),
];

const NOT_WIDER: &[Change] = &[
    ("categories below", |purpose| purpose.categories[2] = "location.city".into()),
    ("fewer categories", |purpose| purpose.categories.truncate(1)),
    ("keep shorter", |purpose| purpose.keep = "P1Y".into()),
    ("keep as long", |purpose| purpose.keep = "P24M".into()),
    ("fewer uses", |purpose| purpose.uses.truncate(2)),
    ("no recipients", |purpose| purpose.recipients.clear()),
    ("no mail", |purpose| purpose.mail_ground = None),
    ("fewer regions", |purpose| purpose.regions.truncate(1)),
    ("older than any law asks", |purpose| purpose.age_min = Some(20)),
    ("ends on more", |purpose| {
        purpose.ends_on.push(amana_core::catalog::Trigger { event: Some("Moved".into()), notice: None });
    }),
    ("other words", |purpose| purpose.texts.clear()),
    ("no marketing", |purpose| {
        purpose.direct_marketing = false;
        purpose.honours_gpc = Some(true);
    }),
];

#[test]
fn a_wider_version_gets_new_slots_and_closes_the_old_ones() {
    for (field, change) in WIDER {
        let problems = first().assign(&changed(change)).unwrap_err();
        assert_eq!(problems.len(), 1, "{field}: {problems:?}");
        assert_eq!(problems[0].code, ProblemCode::WiderWithoutVersion);
        assert_eq!(problems[0].path.to_string(), "purposes.newsletter.version");
        assert!(problems[0].message.contains(field), "{}", problems[0].message);
        let raised = changed(|purpose| {
            change(purpose);
            purpose.version = 3;
        });
        let numbers = first().assign(&raised).unwrap();
        assert_eq!(numbers.slots.len(), 8, "{field}");
        assert!(numbers.slots[2].retired && numbers.slots[3].retired);
        assert_eq!(numbers.current("newsletter", Some("summit")), Some(6));
        assert_eq!(numbers.slots[2].purpose, sample().purposes[2], "what people agreed to is not rewritten");
    }
}

#[test]
fn a_version_that_is_not_wider_keeps_its_slots() {
    for (name, change) in NOT_WIDER {
        for version in [2, 3] {
            let next = changed(|purpose| {
                change(purpose);
                purpose.version = version;
            });
            let numbers = first().assign(&next).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
            assert_eq!(numbers.slots.len(), 6, "{name}");
            assert_eq!(numbers.slots[2].purpose, next.purposes[2]);
            assert_eq!(numbers.slots[2].since_version, 2);
        }
    }
}

#[test]
fn a_version_never_goes_back() {
    let problems = first().assign(&changed(|purpose| purpose.version = 1)).unwrap_err();
    assert_eq!(problems[0].code, ProblemCode::VersionLower);
    let placed = Catalog::place(SAMPLE, problems);
    let line = SAMPLE[..SAMPLE.find("version = ").unwrap()].matches('\n').count() + 1;
    assert_eq!((placed[0].line, placed[0].column), (Some(line), Some(11)));
}

#[test]
fn what_is_narrowed_and_widened_again_asks_again() {
    let narrowed = first().assign(&changed(|purpose| purpose.keep = "P1Y".into())).unwrap();
    assert!(narrowed.assign(&sample()).is_err(), "people were last told of one year");
    let back = narrowed.assign(&changed(|purpose| purpose.version = 3)).unwrap();
    assert_eq!(back.current("newsletter", Some("trail")), Some(7));
}

#[test]
fn a_purpose_that_comes_back_gets_a_new_slot() {
    let mut without = sample();
    without.purposes.remove(0);
    let gone = first().assign(&without).unwrap();
    assert!(gone.slots[0].retired && gone.current("shop", None).is_none());
    let back = gone.assign(&sample()).unwrap();
    assert_eq!(back.current("shop", None), Some(6));
    let mut retired = sample();
    retired.purposes[0].retired = true;
    retired.purposes[0].keep = "P1Y".into();
    let ended = first().assign(&retired).unwrap();
    assert_eq!((ended.slots[0].retired, ended.slots[0].purpose.keep.as_str()), (true, "P1Y"), "and runs out sooner");
}

#[test]
fn a_brand_that_joins_leaves_the_others_alone() {
    let one = changed(|purpose| purpose.brands.truncate(1));
    let numbers = Numbers::default().assign(&one).unwrap();
    let both = numbers.assign(&sample()).unwrap();
    assert_eq!(both.slots[..5], first().slots[..3].iter().chain(&first().slots[4..]).cloned().collect::<Vec<_>>()[..]);
    assert_eq!(both.current("newsletter", Some("trail")), Some(5));
    assert_eq!(both.current("newsletter", None), None);
}

/// A catalogue of a few purposes, sources and brands in any combination.
fn any_catalog() -> impl Strategy<Value = Catalog> {
    let purpose = (0..4_usize, 1..5_u32, 0..3_usize, 1..4_u32, any::<bool>());
    (prop::collection::vec(purpose, 0..4), prop::collection::vec(0..5_usize, 0..4)).prop_map(|(purposes, sources)| {
        let mut catalog = sample();
        let template = catalog.purposes[2].clone();
        catalog.purposes.clear();
        for (code, version, brands, keep, retired) in purposes {
            let mut purpose = template.clone();
            purpose.code = format!("purpose{code}");
            purpose.version = version;
            purpose.brands.truncate(brands);
            purpose.keep = format!("P{keep}Y");
            purpose.retired = retired;
            if catalog.purposes.iter().all(|other| other.code != purpose.code) {
                catalog.purposes.push(purpose);
            }
        }
        let template = catalog.sources[0].clone();
        catalog.sources = sources
            .into_iter()
            .map(|code| amana_core::catalog::Source { code: format!("source{code}"), ..template.clone() })
            .collect();
        catalog
    })
}

proptest! {
    #[test]
    fn numbers_are_never_shifted_and_never_given_twice(catalogs in prop::collection::vec(any_catalog(), 1..12)) {
        let mut numbers = Numbers::default();
        for catalog in catalogs {
            let Ok(next) = numbers.assign(&catalog) else { continue };
            prop_assert!(next.slots.len() >= numbers.slots.len());
            for (before, after) in numbers.slots.iter().zip(&next.slots) {
                prop_assert_eq!((&before.purpose.code, &before.brand), (&after.purpose.code, &after.brand));
                prop_assert_eq!(before.since_version, after.since_version);
                prop_assert!(!before.retired || after.retired, "a closed slot stays closed");
                let wider = amana_core::catalog::width::widening(&before.purpose, &after.purpose);
                prop_assert!(wider.is_empty(), "a slot never grows: {:?}", wider);
            }
            for purpose in catalog.purposes.iter().filter(|purpose| !purpose.retired) {
                let open = next.slots.iter().filter(|entry| !entry.retired && entry.purpose.code == purpose.code);
                prop_assert_eq!(open.count(), purpose.brands.len().max(1));
            }
            for (code, number) in &numbers.sources {
                prop_assert_eq!(next.sources.get(code), Some(number));
            }
            let mut given: Vec<_> = next.sources.values().collect();
            given.sort();
            given.dedup();
            prop_assert_eq!(given.len(), next.sources.len());
            prop_assert_eq!(&next.assign(&catalog), &Ok(next.clone()), "applying twice changes nothing");
            numbers = next;
        }
    }
}
