//! A person as one slot may see them: kept for it, held by it, not older than it keeps; hidden is not absent.

use crate::support::{moment, rule, slots};
use amana_core::catalog::{Basis, CategoryId, MetricFunction, MetricRule, SlotRule};
use amana_core::identity::FragmentId;
use amana_core::profile::{Figure, Hidden, Holding, Origin, Part, Piece, Reading, Sight};
use amana_core::{FieldType, Moment, SlotSet, Value};
use proptest::prelude::*;

fn holding(at: Moment, city: &str) -> Holding {
    let mut holding = Holding::default();
    let part = Part {
        class: SlotSet::ALL,
        event: Some("Order".into()),
        fields: Vec::new(),
        traits: vec![("city".into(), Value::Text(city.into()))],
        metrics: vec![("orders".into(), Figure::Count(1))],
        identifier: Some(format!("{city}@example.com")),
    };
    holding.fold(&part, Origin { at, received: at, source: 1 });
    holding
}

fn piece<'a>(number: u128, class: &[u8], held: &[u8], holding: &'a Holding) -> Piece<'a> {
    let fragment = FragmentId(uuid::Uuid::from_u128(number));
    Piece { fragment, kind: "email", proven: true, class: slots(class), held: slots(held), holding }
}

fn kept_for(span: jiff::Span) -> SlotRule {
    SlotRule { keep: span, ..rule(0, Basis::Consent) }
}

fn orders(function: MetricFunction) -> MetricRule {
    MetricRule {
        name: "orders".into(),
        event: "Order".into(),
        function,
        field: None,
        category: CategoryId(0),
        field_type: FieldType::Integer,
    }
}

fn shown(sight: &Sight) -> Result<String, Option<Hidden>> {
    match sight {
        Sight::Value(Value::Text(text), _) => Ok(text.clone()),
        Sight::Value(value, _) => Ok(value.to_json().to_string()),
        Sight::Hidden(reason) => Err(Some(*reason)),
        Sight::Absent => Err(None),
    }
}

#[test]
fn hidden_is_not_absent() {
    let (now, rule) = (moment("2026-03-10T00:00:00Z"), kept_for(jiff::Span::new().years(1)));
    let (fresh, old) = (holding(now, "bonn"), holding(moment("2025-03-10T00:00:00Z"), "ulm"));
    for (piece, expected) in [
        (piece(1, &[0], &[0], &fresh), Ok("bonn".to_owned())),
        (piece(1, &[1], &[0], &fresh), Err(Some(Hidden::NotKeptForPurpose))),
        (piece(1, &[0], &[1], &fresh), Err(Some(Hidden::NotHeld))),
        (piece(1, &[0], &[0], &old), Err(Some(Hidden::KeptLongEnough))),
    ] {
        let pieces = [piece];
        let reading = Reading { pieces: &pieces, rule: &rule, now };
        assert_eq!(shown(&reading.trait_named("city")), expected);
        assert_eq!(shown(&reading.identifier("email")), expected.clone().map(|city| format!("{city}@example.com")));
        assert_eq!(reading.identifiers().count(), usize::from(expected.is_ok()));
        let count = expected.map(|_| "1".to_owned());
        assert_eq!(shown(&reading.metric(&orders(MetricFunction::Count))), count);
        assert_eq!(reading.trait_named("shoe"), Sight::Absent);
        assert_eq!(reading.identifier("phone"), Sight::Absent);
    }
}

#[test]
fn the_newest_value_kept_for_the_slot_is_shown() {
    let (now, rule) = (moment("2026-03-10T00:00:00Z"), kept_for(jiff::Span::new().years(1)));
    let (older, newer) = (holding(now.plus_millis(-5), "ulm"), holding(now, "bonn"));
    let read = |pieces: &[Piece<'_>]| shown(&Reading { pieces, rule: &rule, now }.trait_named("city"));
    assert_eq!(read(&[piece(1, &[0], &[0], &older), piece(2, &[0], &[0], &newer)]).as_deref(), Ok("bonn"));
    assert_eq!(read(&[piece(1, &[0], &[0], &older), piece(2, &[1], &[0], &newer)]).as_deref(), Ok("ulm"));
}

#[test]
fn nothing_counted_is_zero_and_something_hidden_is_not() {
    let rule = kept_for(jiff::Span::new().years(1));
    let empty = Holding::default();
    let pieces = [piece(1, &[1], &[], &empty)];
    let reading = Reading { pieces: &pieces, rule: &rule, now: moment("2026-03-10T00:00:00Z") };
    let of = |function| shown(&reading.metric(&orders(function)));
    assert_eq!((of(MetricFunction::Count).as_deref(), of(MetricFunction::Sum).as_deref()), (Ok("0"), Ok("0.0")));
    assert_eq!((of(MetricFunction::Min), of(MetricFunction::Last)), (Err(None), Err(None)));
}

#[test]
fn a_datum_lives_until_the_instant_its_keep_has_passed() {
    for (born, span, end) in [
        ("2026-01-31T12:00:00Z", jiff::Span::new().months(1), "2026-02-28T12:00:00Z"),
        ("2024-02-29T00:00:00Z", jiff::Span::new().years(1), "2025-02-28T00:00:00Z"),
        ("2026-03-28T23:00:00Z", jiff::Span::new().days(30), "2026-04-27T23:00:00Z"),
        ("2026-03-01T00:00:00Z", jiff::Span::new().hours(1), "2026-03-01T01:00:00Z"),
        ("2026-03-01T00:00:00Z", jiff::Span::new(), "2026-03-01T00:00:00Z"),
    ] {
        let (holding, rule) = (holding(moment(born), "bonn"), kept_for(span));
        let pieces = [piece(1, &[0], &[0], &holding)];
        let read = |now: Moment| shown(&Reading { pieces: &pieces, rule: &rule, now }.trait_named("city"));
        assert_eq!(read(moment(end).plus_millis(-1)).as_deref(), Ok("bonn"), "{born}");
        assert_eq!(read(moment(end)), Err(Some(Hidden::KeptLongEnough)), "{born}");
    }
}

#[test]
fn a_days_figure_goes_with_its_beginning_and_never_later() {
    let rule = kept_for(jiff::Span::new().years(1));
    let mut counted = holding(moment("2025-03-31T12:00:00Z"), "bonn");
    let april = holding(moment("2025-04-01T00:00:00Z"), "ulm");
    counted.metrics.get_mut("orders").unwrap().join(&april.metrics["orders"]);
    let pieces = [piece(1, &[0], &[0], &counted)];
    let count = |now: &str| {
        shown(&Reading { pieces: &pieces, rule: &rule, now: moment(now) }.metric(&orders(MetricFunction::Count)))
    };
    assert_eq!(count("2026-03-30T23:59:59.999Z").as_deref(), Ok("2"));
    assert_eq!(count("2026-03-31T00:00:00Z").as_deref(), Ok("1"));
    assert_eq!(count("2026-04-01T00:00:00Z"), Err(Some(Hidden::KeptLongEnough)));
}

/// What is proven wins over what is claimed, however new; of equals the older fragment has it.
#[test]
fn the_newest_that_is_proven_is_shown_and_says_where_it_comes_from() {
    let (now, rule) = (moment("2026-03-10T00:00:00Z"), kept_for(jiff::Span::new().years(1)));
    let (older, newer) = (holding(now.plus_millis(-5), "ulm"), holding(now, "bonn"));
    let claimed = |number, holding| Piece { proven: false, ..piece(number, &[0], &[0], holding) };
    let read = |pieces: &[Piece<'_>]| Reading { pieces, rule: &rule, now }.trait_named("city");
    let proven = piece(2, &[0], &[0], &older);
    for pieces in [[claimed(1, &newer), proven], [proven, claimed(1, &newer)]] {
        assert_eq!(shown(&read(&pieces)).as_deref(), Ok("ulm"));
    }
    assert_eq!(shown(&read(&[claimed(1, &newer)])).as_deref(), Ok("bonn"), "where nothing is proven");
    let alike = [piece(1, &[0], &[0], &newer), piece(2, &[0], &[0], &newer)];
    for pieces in [alike, [alike[1], alike[0]]] {
        let Sight::Value(_, Some(from)) = read(&pieces) else { panic!("it is known") };
        assert_eq!((from.fragment, from.proven), (alike[0].fragment, true));
    }
}

#[test]
fn figures_of_all_fragments_are_one_and_of_reasons_to_hide_the_last_is_told() {
    let (now, rule) = (moment("2026-03-10T00:00:00Z"), kept_for(jiff::Span::new().years(1)));
    let (fresh, old) = (holding(now, "bonn"), holding(moment("2025-03-10T00:00:00Z"), "ulm"));
    let metric =
        |pieces: &[Piece<'_>]| shown(&Reading { pieces, rule: &rule, now }.metric(&orders(MetricFunction::Count)));
    let two = [piece(1, &[0], &[0], &fresh), piece(2, &[0], &[0], &fresh)];
    assert_eq!(metric(&two).as_deref(), Ok("2"));
    let hidden = [piece(1, &[1], &[0], &fresh), piece(2, &[0], &[1], &fresh), piece(3, &[0], &[0], &old)];
    let city = |pieces: &[Piece<'_>]| shown(&Reading { pieces, rule: &rule, now }.trait_named("city"));
    for (count, why) in [(1, Hidden::NotKeptForPurpose), (2, Hidden::NotHeld), (3, Hidden::KeptLongEnough)] {
        let mut pieces = hidden[..count].to_vec();
        for _ in 0..2 {
            pieces.reverse();
            assert_eq!((metric(&pieces), city(&pieces)), (Err(Some(why)), Err(Some(why))));
        }
    }
    let last = |of: &Holding| {
        shown(&Reading { pieces: &[piece(1, &[0], &[0], of)], rule: &rule, now }.metric(&orders(MetricFunction::Last)))
    };
    assert_eq!(last(&fresh), Err(Some(Hidden::CountedOtherwise)), "another function has begun no figure of its own");
    assert_eq!(last(&old), Err(Some(Hidden::KeptLongEnough)));
    // That somebody was counted for another purpose is hidden even where nothing is left of it.
    let mut emptied = Holding::default();
    emptied.metrics.insert("orders".into(), amana_core::profile::MetricState::default());
    assert_eq!(metric(&[piece(1, &[1], &[0], &emptied)]), Err(Some(Hidden::NotKeptForPurpose)));
    assert_eq!(metric(&[piece(1, &[0], &[0], &emptied)]).as_deref(), Ok("0"));
}

/// A public key could else throw somebody out of an audience: whatever it claims without a consent is hidden.
#[test]
fn what_only_claims_to_be_somebodys_hides_nothing_of_who_is_proven() {
    let (now, rule) = (moment("2026-03-10T00:00:00Z"), kept_for(jiff::Span::new().years(1)));
    let (fresh, old) = (holding(now, "bonn"), holding(moment("2025-03-10T00:00:00Z"), "ulm"));
    let empty = Holding::default();
    let proven = piece(1, &[0], &[0], &empty);
    let claims = [piece(2, &[1], &[0], &fresh), piece(3, &[0], &[1], &fresh), piece(4, &[0], &[0], &old)];
    for claim in claims.map(|claim| Piece { proven: false, ..claim }) {
        for pieces in [vec![proven, claim], vec![claim, proven]] {
            let reading = Reading { pieces: &pieces, rule: &rule, now };
            let of = |function| shown(&reading.metric(&orders(function)));
            assert_eq!(
                (of(MetricFunction::Count).as_deref(), of(MetricFunction::Sum).as_deref()),
                (Ok("0"), Ok("0.0"))
            );
            assert_eq!(of(MetricFunction::Max), Err(None));
            assert_eq!((reading.trait_named("city"), reading.identifier("email")), (Sight::Absent, Sight::Absent));
        }
        // Where nothing is proven it is somebody's who is known by claims alone.
        let pieces = [claim];
        let reading = Reading { pieces: &pieces, rule: &rule, now };
        assert!(matches!(reading.metric(&orders(MetricFunction::Count)), Sight::Hidden(_)));
        assert!(matches!(reading.trait_named("city"), Sight::Hidden(_)));
        assert!(matches!(reading.identifier("email"), Sight::Hidden(_)));
    }
    // What is theirs and hidden stays hidden, and what a claim may tell is told.
    let hidden = piece(1, &[1], &[0], &fresh);
    let pieces = [hidden, Piece { proven: false, ..piece(2, &[1], &[0], &old) }];
    let reading = Reading { pieces: &pieces, rule: &rule, now };
    assert_eq!(shown(&reading.metric(&orders(MetricFunction::Count))), Err(Some(Hidden::NotKeptForPurpose)));
    let pieces = [proven, Piece { proven: false, ..piece(2, &[0], &[0], &fresh) }];
    let reading = Reading { pieces: &pieces, rule: &rule, now };
    assert_eq!(shown(&reading.metric(&orders(MetricFunction::Count))).as_deref(), Ok("1"));
    assert_eq!(shown(&reading.trait_named("city")).as_deref(), Ok("bonn"));
}

proptest! {
    #[test]
    fn keeping_is_calendar_arithmetic_in_utc(born in 0..4_000_000_000_000_i64, years in 0..3_i64, months in 0..14_i64, days in 0..40_i64, age_days in -1..1_600_i64, millis in -2..3_i64) {
        let span = jiff::Span::new().years(years).months(months).days(days);
        let (rule, born) = (kept_for(span), Moment(born));
        let end = born.timestamp().to_zoned(jiff::tz::TimeZone::UTC).checked_add(span).unwrap().timestamp().as_millisecond();
        let holding = holding(born, "bonn");
        let pieces = [piece(1, &[0], &[0], &holding)];
        for now in [Moment(end + millis), born.plus_millis(age_days * 86_400_000)] {
            let sight = Reading { pieces: &pieces, rule: &rule, now }.trait_named("city");
            prop_assert_eq!(sight == Sight::Hidden(Hidden::KeptLongEnough), end <= now.0);
        }
    }

    /// Whatever hidden claims are added, everything is seen as without them where anything is proven.
    #[test]
    fn hidden_claims_change_nothing_of_who_is_proven(known in prop::collection::vec((0..3_i64, "[ab]", any::<bool>()), 1..4), claimed in prop::collection::vec((0..800_i64, "[ab]"), 0..4)) {
        let (now, rule) = (moment("2026-03-10T00:00:00Z"), kept_for(jiff::Span::new().years(1)));
        let day = |days: i64| now.plus_millis(-days * 86_400_000);
        let own: Vec<_> = known.iter().map(|(age, city, _)| holding(day(*age), city)).collect();
        let foreign: Vec<_> = claimed.iter().map(|(age, city)| holding(day(*age), city)).collect();
        let kept = |kept: bool| if kept { &[0] } else { &[1] };
        let mut pieces: Vec<_> = (1..).zip(&own).zip(&known).map(|((number, holding), (.., class))| piece(number, kept(*class), &[0], holding)).collect();
        let seen = |pieces: &[Piece<'_>]| {
            let reading = Reading { pieces, rule: &rule, now };
            (reading.trait_named("city"), reading.identifier("email"), reading.metric(&orders(MetricFunction::Count)))
        };
        let alone = seen(&pieces);
        pieces.extend((100..).zip(&foreign).map(|(number, holding)| Piece { proven: false, ..piece(number, &[1], &[0], holding) }));
        prop_assert_eq!(&alone, &seen(&pieces));
        pieces.reverse();
        prop_assert_eq!(&alone, &seen(&pieces));
    }

    #[test]
    fn the_order_of_pieces_changes_nothing_that_is_seen(ages in prop::collection::vec((0..3_i64, "[ab]", any::<bool>()), 0..5)) {
        let (now, rule) = (moment("2026-03-10T00:00:00Z"), kept_for(jiff::Span::new().years(1)));
        let holdings: Vec<_> = ages.iter().map(|(age, city, _)| holding(now.plus_millis(-age), city)).collect();
        let mut pieces: Vec<_> = (1..).zip(&holdings).zip(&ages).map(|((number, holding), (.., kept))| piece(number, if *kept { &[0] } else { &[1] }, &[0], holding)).collect();
        let seen = |pieces: &[Piece<'_>]| {
            let reading = Reading { pieces, rule: &rule, now };
            (reading.trait_named("city"), reading.identifier("email"), reading.metric(&orders(MetricFunction::Count)))
        };
        let forth = seen(&pieces);
        pieces.reverse();
        prop_assert_eq!(forth, seen(&pieces));
    }
}
