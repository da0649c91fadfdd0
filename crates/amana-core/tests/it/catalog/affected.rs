//! Whom a change concerns is found whatever changes, and nothing is said of what concerns nobody.

use super::sample;
use amana_core::Slot;
use amana_core::catalog::{Affected, AffectedCounts, AffectedWhat, Catalog, Effect, Numbers, Purpose, plan};

fn affects(base: &Catalog, next: &Catalog) -> Vec<Affected> {
    let before = Numbers::default().assign(base).unwrap();
    let after = before.assign(next).unwrap();
    plan(base, next, &before, &after).affects
}

/// The sample with its newsletter (version 2, two brands) changed.
fn changed(change: impl Fn(&mut Purpose)) -> Catalog {
    let mut catalog = sample();
    change(&mut catalog.purposes[2]);
    catalog
}

/// What becomes of the newsletter's slots, and in which fields.
fn of_news(next: &Catalog) -> Vec<(Effect, Vec<&'static str>)> {
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
    ("blocked_by", |purpose| purpose.blocked_by.push("dpia-1".into())),
];

#[test]
fn whatever_a_purpose_loses_is_named_for_each_of_its_slots() {
    for (field, change) in NARROWER {
        assert_eq!(of_news(&changed(change)), vec![(Effect::Narrows, vec![*field]); 2], "{field}");
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
    let affected = plan(&closed, &sooner, &before, &before.assign(&sooner).unwrap()).affects;
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
    narrowed.counts = Some(AffectedCounts { people: 12_300, holdings: 11_900, holdings_only: 300 });
    assert_eq!(
        narrowed.to_string(),
        "slot 2 (newsletter for summit) becomes narrower (keep): 12,300 people are processed for it now; 11,900 holdings \
         are kept for it, 300 of them for nothing else that goes on"
    );
}
