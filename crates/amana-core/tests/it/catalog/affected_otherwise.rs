//! What is declared otherwise while people's data stands: types, metrics, what notices tell of, and whom a source's word
//! counts for.

use super::affected::affects;
use super::sample;
use amana_core::catalog::{
    AffectedCounts, AffectedWhat, Catalog, Effect, Field, MetricFunction, Purpose, Trust, category_covers,
};
use amana_core::{FieldType, SlotSet};

fn with(change: impl FnOnce(&mut Catalog)) -> Catalog {
    let mut catalog = sample();
    change(&mut catalog);
    catalog
}

/// What happens to which purposes, each told once however many brands it has.
fn told(base: &Catalog, next: &Catalog) -> Vec<(String, Effect, Vec<String>)> {
    let of_slot = |affected: amana_core::catalog::Affected| match affected.what {
        AffectedWhat::Slot { purpose, .. } => (purpose, affected.effect, affected.fields),
        other => panic!("{other:?} is affected, too"),
    };
    let mut told: Vec<_> = affects(base, next).into_iter().map(of_slot).collect();
    told.dedup();
    told
}

/// The same of everybody who may use a category.
fn to_all(category: &str, effect: Effect, name: &str) -> Vec<(String, Effect, Vec<String>)> {
    let may = |purpose: &&Purpose| purpose.categories.iter().any(|above| category_covers(above, category));
    let purposes = sample().purposes;
    let told = purposes.iter().filter(|purpose| !purpose.retired).filter(may);
    let told: Vec<_> = told.map(|purpose| (purpose.code.clone(), effect, vec![name.to_owned()])).collect();
    assert!(!told.is_empty());
    told
}

#[test]
fn what_was_kept_in_another_type_is_told_to_whoever_goes_on_seeing_it() {
    let of_trait = with(|next| next.traits[0].field_type = FieldType::Integer);
    let name = "traits.favourite_activity";
    assert_eq!(told(&sample(), &of_trait), to_all("preference.activity", Effect::Retypes, name));
    assert_eq!(affects(&sample(), &of_trait).len(), 2, "for each brand");
    let of_field = with(|next| next.events[0].fields[1].field_type = FieldType::Text);
    assert_eq!(told(&sample(), &of_field), to_all("commerce.order", Effect::Retypes, "events.Tour Booked.price"));
    // A built-in name is declared, too, and so is one that takes its place.
    let email = with(|next| {
        let category = "contact.email".to_owned();
        next.traits.push(Field { name: "email".into(), field_type: FieldType::Json, category });
    });
    assert_eq!(told(&sample(), &email), to_all("contact.email", Effect::Retypes, "traits.email"));
    // Whole numbers are numbers; fractions are no whole numbers.
    let number = with(|next| next.traits[0].field_type = FieldType::Number);
    assert_eq!(told(&of_trait, &number), []);
    assert_eq!(told(&number, &of_trait), to_all("preference.activity", Effect::Retypes, name));
    // Whoever sees it no longer has nothing to read in any type.
    let hidden = with(|next| {
        next.traits[0].field_type = FieldType::Integer;
        next.traits[0].category = "account.activity".into();
    });
    let (hides, takes): (Vec<_>, Vec<_>) =
        told(&sample(), &hidden).into_iter().partition(|told| told.1 == Effect::Hides);
    assert_eq!(hides, to_all("preference.activity", Effect::Hides, name));
    assert_eq!(takes, to_all("account.activity", Effect::Takes, name));
}

#[test]
fn what_was_counted_is_told_when_a_metric_counts_otherwise() {
    let orders = "metrics.orders";
    let first = with(|next| next.metrics[0].function = MetricFunction::First);
    assert_eq!(told(&sample(), &first), to_all("commerce.order", Effect::Restarts, orders));
    let tours = with(|next| next.metrics[0].event = "Tour Booked".into());
    assert_eq!(told(&sample(), &tours), to_all("commerce.order", Effect::Mixes, orders));
    let both = with(|next| {
        (next.metrics[0].event, next.metrics[0].function) = ("Tour Booked".into(), MetricFunction::First);
    });
    assert_eq!(told(&sample(), &both), to_all("commerce.order", Effect::Restarts, orders), "nothing of before is left");
    let total = with(|next| next.metrics[1].field = Some("total".into()));
    assert_eq!(told(&sample(), &total), to_all("commerce.order", Effect::Mixes, "metrics.revenue_total"));
    // Declared no longer: nobody sees it. Declared for the first time: nothing was counted yet.
    let gone = with(|next| drop(next.metrics.remove(1)));
    assert_eq!(told(&sample(), &gone), to_all("commerce.order", Effect::Hides, "metrics.revenue_total"));
    assert_eq!(told(&gone, &sample()), []);
    // Over an event of another category it is of another category, too: pages are behaviour.
    let seen = with(|next| next.metrics[2].event = "Order Completed".into());
    let effect = |purpose: &str| {
        let told = told(&sample(), &seen);
        told.iter().find(|told| told.0 == purpose).map(|told| told.1)
    };
    assert_eq!(effect("shop"), Some(Effect::Takes));
    assert_eq!(effect("recommendations"), Some(Effect::Mixes));
    assert_eq!(told(&seen, &sample()).iter().find(|told| told.0 == "shop").map(|told| told.1), Some(Effect::Hides));
}

#[test]
fn a_purpose_that_is_told_of_no_more_is_named_with_where() {
    let untold = |purposes: &[&str], field: &str| {
        let told = purposes.iter().map(|purpose| ((*purpose).to_owned(), Effect::Untold, vec![field.to_owned()]));
        told.collect::<Vec<_>>()
    };
    let taken_out = with(|next| next.notices[0].purposes.retain(|purpose| purpose != "recommendations"));
    assert_eq!(told(&sample(), &taken_out), untold(&["recommendations"], "notices.privacy"));
    assert_eq!(told(&taken_out, &sample()), [], "whoever is told of more loses nothing");
    let not_shown = with(|next| next.sources[0].notices.clear());
    let both = ["shop", "recommendations"];
    assert_eq!(told(&sample(), &not_shown), untold(&both, "sources.summit_web.notices"));
    let gone = with(|next| {
        next.notices.clear();
        next.sources[0].notices.clear();
    });
    assert_eq!(told(&sample(), &gone), untold(&both, "sources.summit_web.notices"));
    // Told of by another notice there, nobody misses anything; nor by one that nobody showed.
    let elsewhere = with(|next| {
        let mut other = next.notices[0].clone();
        (other.code, other.purposes) = ("offers".into(), vec!["recommendations".into()]);
        next.notices.push(other);
        next.notices[0].purposes.retain(|purpose| purpose != "recommendations");
        next.sources[0].notices.push("offers".into());
    });
    assert_eq!(told(&sample(), &elsewhere), []);
    let nobody_saw = with(|next| next.sources[0].notices.clear());
    let mut less = nobody_saw.clone();
    less.notices[0].purposes.clear();
    assert_eq!(told(&nobody_saw, &less), []);
    // Of a purpose that closes there is nothing to be told any more.
    let closed = with(|next| {
        next.purposes[3].retired = true;
        next.notices[0].purposes.retain(|purpose| purpose != "recommendations");
    });
    assert_eq!(told(&sample(), &closed), [("recommendations".to_owned(), Effect::Closes, vec![])]);
}

#[test]
fn a_source_whose_word_counts_for_less_or_more_is_told() {
    let trusted = with(|next| next.sources[0].trust = Trust::Server);
    for (base, next, effect) in
        [(sample(), trusted.clone(), Effect::Trusted), (trusted.clone(), sample(), Effect::Distrusted)]
    {
        let affects = affects(&base, &next);
        let [told] = &affects[..] else { panic!("{affects:?}") };
        let AffectedWhat::Source { code, slots, .. } = &told.what else { panic!("{told:?}") };
        assert_eq!((&**code, *slots, told.effect, &told.fields[..]), ("summit_web", SlotSet::ALL, effect, &[][..]));
    }
    let mut told = affects(&trusted, &sample()).remove(0);
    told.counts = Some(AffectedCounts { identifiers: 1_200, identifiers_holding: 7, ..AffectedCounts::default() });
    assert_eq!(
        told.to_string(),
        "source summit_web is believed less: who somebody is, it only claims from now on: 1,200 identifiers were seen \
         through it, and 7 of them hold something at stake"
    );
}
