//! Whom a change concerns is found whatever changes, and nothing is said of what concerns nobody.

use super::sample;
use amana_core::catalog::{Affected, AffectedCounts, AffectedWhat, Basis, Catalog, Effect, Numbers, Purpose, plan};
use amana_core::{Moment, Slot, SlotSet};
use std::collections::BTreeSet;

pub(super) fn affects(base: &Catalog, next: &Catalog) -> Vec<Affected> {
    let before = Numbers::default().assign(base).unwrap();
    let after = before.assign(next).unwrap();
    plan(base, next, &before, &after, NOW).affects
}

/// When these changes are planned: the sample's register has not lapsed yet.
const NOW: Moment = Moment(1_772_366_400_000);

/// The sample with its newsletter (version 2, two brands) changed.
fn changed(change: impl Fn(&mut Purpose)) -> Catalog {
    let mut catalog = sample();
    change(&mut catalog.purposes[2]);
    catalog
}

/// What becomes of the newsletter's slots, and in which fields.
fn of_news(next: &Catalog) -> Vec<(Effect, Vec<String>)> {
    let affects = affects(&sample(), next);
    let of_slot =
        |affected: &Affected| matches!(&affected.what, AffectedWhat::Slot { purpose, .. } if purpose == "newsletter");
    affects.into_iter().filter(of_slot).map(|affected| (affected.effect, affected.fields)).collect()
}

type Change = (&'static str, fn(&mut Purpose));

const NARROWER: &[Change] = &[
    ("keep", |purpose| purpose.keep = "P1Y".into()),
    ("categories", |purpose| purpose.categories.truncate(1)),
    ("uses", |purpose| purpose.uses.truncate(2)),
    ("recipients", |purpose| purpose.recipients.clear()),
    ("mail_ground", |purpose| purpose.mail_ground = None),
    ("regions", |purpose| purpose.regions.truncate(1)),
    ("age_min", |purpose| purpose.age_min = Some(20)),
    ("consent_expires_after", |purpose| purpose.consent_expires_after = Some("P1M".into())),
    ("blocked_by", |purpose| purpose.blocked_by.push("rescue-assessment".into())),
];

#[test]
fn whatever_a_purpose_loses_is_named_for_each_of_its_slots() {
    for (field, change) in NARROWER {
        let mut told = of_news(&changed(change));
        told.retain(|(effect, _)| *effect != Effect::Lapses);
        assert_eq!(told, vec![(Effect::Narrows, vec![(*field).to_owned()]); 2], "{field}");
    }
    let other_words = changed(|purpose| purpose.texts.values_mut().for_each(|text| text.title.push('!')));
    assert_eq!(affects(&sample(), &other_words), []);
}

#[test]
fn who_is_asked_anew_and_who_is_left_alone_are_told_apart() {
    let wider = changed(|purpose| {
        purpose.version = 3;
        purpose.keep = "P3Y".into();
    });
    assert_eq!(of_news(&wider), vec![(Effect::Replaced, vec![]); 2]);
    let closed = changed(|purpose| purpose.retired = true);
    assert_eq!(of_news(&closed), vec![(Effect::Closes, vec![]); 2]);
    // Of a purpose that was closed before, what is kept may still go sooner.
    let before = Numbers::default().assign(&sample()).unwrap().assign(&closed).unwrap();
    let mut sooner = closed.clone();
    (sooner.purposes[2].keep, sooner.purposes[2].recipients) = ("P1M".into(), Vec::new());
    let affected = plan(&closed, &sooner, &before, &before.assign(&sooner).unwrap(), NOW).affects;
    assert!(affected.iter().all(|affected| affected.fields == ["keep"]), "{affected:?}");
    assert_eq!(affected.len(), 2);
}

/// What two slots that close together keep is kept for nothing else, though each has the other.
#[test]
fn what_closes_together_is_no_reason_to_keep() {
    let affects = affects(&sample(), &changed(|purpose| purpose.retired = true));
    for affected in affects {
        let AffectedWhat::Slot { slot, others, .. } = affected.what else { continue };
        assert!(![slot, Slot(2), Slot(3)].iter().any(|closing| others.contains(*closing)), "{others:?}");
        assert!(others.contains(Slot(0)));
    }
}

#[test]
fn audiences_that_change_or_go_are_told() {
    let effects = |change: &dyn Fn(&mut Catalog)| {
        let mut next = sample();
        change(&mut next);
        let audience =
            |affected: Affected| matches!(affected.what, AffectedWhat::Audience { .. }).then_some(affected.effect);
        affects(&sample(), &next).into_iter().filter_map(audience).collect::<Vec<_>>()
    };
    assert_eq!(effects(&|next| next.audiences[0].name.push('!')), []);
    assert_eq!(effects(&|next| next.audiences[0].predicate.push_str(" AND true")), [Effect::Changes]);
    assert_eq!(effects(&|next| drop(next.audiences.remove(0))), [Effect::Removed]);
    let serves = sample().audiences[0].purpose.clone();
    let emptied = effects(&|next| {
        let purpose = next.purposes.iter_mut().find(|purpose| purpose.code == serves).unwrap();
        purpose.version += 1;
        purpose.keep = "P90Y".into();
    });
    assert!(!emptied.is_empty() && emptied.iter().all(|effect| *effect == Effect::Emptied), "{emptied:?}");
}

#[test]
fn numbers_are_told_in_words_and_never_guessed() {
    let mut narrowed = affects(&sample(), &changed(|purpose| purpose.keep = "P1Y".into())).remove(0);
    assert_eq!(
        narrowed.to_string(),
        "slot 2 (newsletter for summit) becomes narrower (keep): still being counted: plan again when everybody was gone over"
    );
    narrowed.counts =
        Some(AffectedCounts { people: 12_300, holdings: 11_900, holdings_only: 300, ..AffectedCounts::default() });
    assert_eq!(
        narrowed.to_string(),
        "slot 2 (newsletter for summit) becomes narrower (keep): 12,300 people are processed for it now; 11,900 holdings \
         are kept for it, 300 of them for nothing else that goes on"
    );
}

/// What happens to the slot of the rescue, whose assessment the sample declares.
fn of_rescue(base: &Catalog, next: &Catalog) -> Vec<(Effect, Vec<String>)> {
    let of_slot = |affected: &Affected| matches!(&affected.what, AffectedWhat::Slot { purpose, .. } if purpose == "mountain_rescue");
    affects(base, next).into_iter().filter(of_slot).map(|affected| (affected.effect, affected.fields)).collect()
}

#[test]
fn a_register_tells_which_purposes_it_opens_and_closes() {
    let with = |change: &dyn Fn(&mut Catalog)| {
        let mut catalog = sample();
        change(&mut catalog);
        catalog
    };
    let named = |effect: Effect| vec![(effect, vec!["rescue-assessment".to_owned()])];
    let unsigned = with(&|catalog| catalog.registers[0].in_force = false);
    let lapsed = with(&|catalog| catalog.registers[0].until = Some("2026-03-01".into()));
    let sooner = with(&|catalog| catalog.registers[0].until = Some("2026-04-01".into()));
    let endless = with(&|catalog| catalog.registers[0].until = None);
    for closed in [&unsigned, &lapsed] {
        assert_eq!(of_rescue(&sample(), closed), named(Effect::Blocked));
        assert_eq!(of_rescue(closed, &sample()), named(Effect::Unblocked));
    }
    assert_eq!(of_rescue(&unsigned, &lapsed), []);
    assert_eq!(of_rescue(&sample(), &sooner), named(Effect::Lapses));
    assert_eq!(of_rescue(&endless, &sample()), named(Effect::Lapses));
    assert_eq!(of_rescue(&sooner, &sample()), []);
    // Who names another register that is not in force is told once, and in what else the purpose becomes narrower.
    let another = with(&|catalog| {
        let mut other = catalog.registers[0].clone();
        (other.code, other.in_force) = ("vendor".into(), false);
        catalog.registers.push(other);
        catalog.purposes[4].blocked_by.push("vendor".into());
        catalog.purposes[4].keep = "P1D".into();
    });
    let told = [(Effect::Narrows, vec!["keep".to_owned()]), (Effect::Blocked, vec!["vendor".to_owned()])];
    assert_eq!(of_rescue(&sample(), &another), told);
}

#[test]
fn a_source_that_collects_for_others_or_elsewhere_is_told() {
    let told = |change: &dyn Fn(&mut Catalog)| {
        let mut next = sample();
        change(&mut next);
        let of_source = |affected: Affected| match affected.what {
            AffectedWhat::Source { code, slots, .. } => Some((code, affected.effect, affected.fields, slots)),
            _ => None,
        };
        affects(&sample(), &next).into_iter().filter_map(of_source).collect::<Vec<_>>()
    };
    let code = sample().sources[0].code.clone();
    let said = |effect: Effect, fields: &[&str], slots: &[u8]| {
        let fields = fields.iter().map(|&field| field.to_owned()).collect();
        (code.clone(), effect, fields, slots.iter().copied().map(Slot).collect::<SlotSet>())
    };
    // The site of brand `summit`: of the newsletter, which each brand has for itself, it is that brand's slot alone.
    let less = told(&|next| next.sources[0].collects.retain(|purpose| purpose != "newsletter"));
    assert_eq!(less, [said(Effect::CollectsLess, &["newsletter"], &[2])]);
    let more = told(&|next| next.sources[0].collects.push("bookkeeping".into()));
    assert_eq!(more, [said(Effect::CollectsMore, &["bookkeeping"], &[1])]);
    let other_brand = told(&|next| next.sources[0].brand = "trail".into());
    let both = [said(Effect::CollectsLess, &["newsletter"], &[2]), said(Effect::CollectsMore, &["newsletter"], &[3])];
    assert_eq!(other_brand, both);
    let rescoped = told(&|next| next.sources[0].identity_scope = "elsewhere".into());
    let scope = vec!["elsewhere".to_owned()];
    assert_eq!(rescoped, [(code.clone(), Effect::Rescoped, scope, SlotSet::ALL)]);
    // Devices that are nobody's, and who signs in on one that is nobody's no more.
    let shared = told(&|next| next.sources[0].shared_devices = true);
    assert_eq!(shared, [(code.clone(), Effect::SharesDevices, Vec::new(), SlotSet::ALL)]);
    let mut declared = sample();
    declared.sources[0].shared_devices = true;
    let own = affects(&declared, &sample());
    assert_eq!(own.iter().map(|affected| affected.effect).collect::<Vec<_>>(), [Effect::JoinsDevices]);
    let removed = told(&|next| drop(next.sources.remove(0)));
    assert_eq!((removed[0].1, removed.len()), (Effect::Removed, 1));
    assert!(removed[0].3.contains(Slot(2)) && !removed[0].3.contains(Slot(3)), "{removed:?}");
    assert_eq!(told(&|next| next.sources[0].channel = "app".into()), []);
}

#[test]
fn data_of_another_category_is_told_to_whom_it_is_hidden_and_who_takes_it() {
    let told = |change: &dyn Fn(&mut Catalog)| {
        let mut next = sample();
        change(&mut next);
        let of_slot = |affected: Affected| match (affected.what, affected.effect) {
            (AffectedWhat::Slot { purpose, .. }, effect @ (Effect::Hides | Effect::Takes)) => {
                Some((purpose, effect, affected.fields))
            }
            _ => None,
        };
        let mut told: Vec<_> = affects(&sample(), &next).into_iter().filter_map(of_slot).collect();
        told.dedup();
        told
    };
    let first = sample().traits[0].clone();
    let name = vec![format!("traits.{}", first.name)];
    // To a category that nobody but the rescue may use.
    let hidden = told(&|next| next.traits[0].category = "health.injury".into());
    assert!(hidden.contains(&("mountain_rescue".into(), Effect::Takes, name.clone())), "{hidden:?}");
    let seen_before: Vec<_> = hidden.iter().filter(|told| told.1 == Effect::Hides).collect();
    let may = |purpose: &&Purpose| {
        purpose.categories.iter().any(|above| amana_core::catalog::category_covers(above, &first.category))
    };
    let expected: Vec<String> =
        sample().purposes.iter().filter(may).filter(|purpose| !purpose.retired).map(|p| p.code.clone()).collect();
    assert!(!expected.is_empty());
    assert_eq!(seen_before.iter().map(|told| told.0.clone()).collect::<Vec<_>>(), expected);
    // What is declared no longer is seen by nobody; what is new concerns nobody yet.
    let gone = told(&|next| drop(next.traits.remove(0)));
    assert!(gone.iter().all(|told| told.1 == Effect::Hides && told.2 == name), "{gone:?}");
    let new = told(&|next| next.traits.push(amana_core::catalog::Field { name: "shoe_size".into(), ..first.clone() }));
    assert_eq!(new, []);
    // An event with all its fields; a category that is held for special from now on.
    let event = sample().events[0].clone();
    let moved = told(&|next| next.events[0].category = "health.injury".into());
    assert!(moved.iter().any(|told| told.2 == [format!("events.{}", event.name)]), "{moved:?}");
    let special = told(&|next| next.categories.iter_mut().for_each(|category| category.special = true));
    assert!(special.iter().all(|told| told.1 == Effect::Hides) && !special.is_empty(), "{special:?}");
}

/// In Thailand a guardian decides below 20, in Germany below 16.
#[test]
fn another_country_of_the_organisation_narrows_what_leaves_the_age_to_its_law() {
    let (german, mut thai) = (sample(), sample());
    thai.organisation.country = "TH".into();
    let purposes = german.purposes.iter().filter(|purpose| purpose.age_min.is_none() && !purpose.retired);
    let by_law = purposes.filter(|purpose| matches!(purpose.basis, Basis::Consent | Basis::LegitimateInterest));
    let by_law: BTreeSet<&str> = by_law.map(|purpose| purpose.code.as_str()).collect();
    let told = affects(&german, &thai);
    let of_slot = |affected: &Affected| match &affected.what {
        AffectedWhat::Slot { purpose, .. } => {
            assert_eq!(
                (affected.effect, &*affected.fields),
                (Effect::Narrows, &["organisation.country".to_owned()][..])
            );
            purpose.clone()
        }
        other => panic!("{other:?}"),
    };
    let told: BTreeSet<String> = told.iter().map(of_slot).collect();
    assert!(!told.is_empty() && told.iter().eq(by_law.iter()), "{told:?} {by_law:?}");
    assert_eq!(affects(&thai, &german), [], "nobody loses anything the other way round");
}
