//! Parts are the last one said; merged and split as permissions are; combined they are never wider than a part.

use super::{CHANNELS, at_most, quiet};
use amana_core::Moment;
use amana_core::permission::{Act, ActKind, Channel, Content, Evidence, Method, Target};
use amana_core::preferences::{AtMost, Change, Day, Period, Preferences, Quiet, Wish, Wishes, combine, quiet_until};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

fn any_quiet() -> impl Strategy<Value = Quiet> {
    let hours = (0..24_u8, 0..=24_u8).prop_filter("an hour is no stretch", |(from, to)| from != to);
    (subsequence(Day::ALL.to_vec(), 1..=7), hours).prop_map(|(days, (from, to))| quiet(&days, from, to))
}

fn any_measure() -> impl Strategy<Value = AtMost> {
    (1..5_u32, select(vec![1, 24, 168, 744]))
        .prop_map(|(count, hours)| AtMost { count, period: Period::hours(hours).unwrap() })
}

fn any_change() -> impl Strategy<Value = Change> {
    let words = |words: &'static [&'static str]| prop::option::of(select(words).prop_map(str::to_owned));
    prop_oneof![
        (select(vec!["tours", "repairs"]), select(vec![Wish::Wanted, Wish::Refused, Wish::Unsaid]))
            .prop_map(|(topic, wish)| Change::Topic { topic: topic.into(), wish }),
        prop::option::of(subsequence(CHANNELS.to_vec(), 1..=5).prop_shuffle()).prop_map(Change::Channels),
        prop::option::of(any_measure()).prop_map(Change::AtMost),
        prop::collection::vec(any_quiet(), 0..3).prop_map(Change::Quiet),
        words(&["Asia/Riyadh", "Europe/Berlin", "America/New_York"]).prop_map(Change::TimeZone),
        words(&["ar", "de", "th"]).prop_map(Change::Language),
    ]
}

fn said() -> impl Strategy<Value = Vec<(Change, i64, i64)>> {
    prop::collection::vec((any_change(), 0..4_i64, 0..3_i64), 0..10)
}

fn after(said: &[(Change, i64, i64)]) -> Preferences {
    let mut preferences = Preferences::default();
    for (change, at, late) in said {
        preferences.change(change, Moment(*at), Moment(at + late));
    }
    preferences
}

fn preferences() -> impl Strategy<Value = Preferences> {
    said().prop_map(|said| after(&said))
}

fn joined(one: &Preferences, other: &Preferences) -> Preferences {
    let mut both = one.clone();
    both.join(other);
    both
}

proptest! {
    #[test]
    fn joining_is_commutative_associative_and_idempotent(a in preferences(), b in preferences(), c in preferences()) {
        prop_assert_eq!(joined(&a, &b), joined(&b, &a));
        prop_assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)));
        prop_assert_eq!(joined(&a, &a), a.clone());
        prop_assert_eq!(joined(&a, &Preferences::default()), a);
    }

    #[test]
    fn any_order_of_changes_leaves_the_same(
        (forth, shuffled) in said().prop_flat_map(|said| (Just(said.clone()), Just(said).prop_shuffle())),
    ) {
        prop_assert_eq!(after(&forth), after(&shuffled));
        let (one, other) = forth.split_at(forth.len() / 2);
        prop_assert_eq!(joined(&after(one), &after(other)), after(&forth));
    }

    #[test]
    fn changing_tells_whether_anything_changed(before in preferences(), change in any_change(), at in 0..4_i64) {
        let mut changed = before.clone();
        prop_assert_eq!(changed.change(&change, Moment(at), Moment(at)), changed != before);
    }

    #[test]
    fn a_combination_does_not_depend_on_the_order_of_claims(
        proven in prop::option::of(preferences()), claimed in prop::collection::vec(preferences(), 0..4),
    ) {
        let forth = combine(proven.as_ref(), &claimed);
        prop_assert_eq!(&forth, &combine(proven.as_ref(), claimed.iter().rev()));
        prop_assert_eq!(&forth, &combine(proven.as_ref(), claimed.iter().chain(&claimed)));
        if let Some(proven) = &proven {
            prop_assert_eq!(Wishes::of(proven), combine(Some(proven), []));
            prop_assert_eq!(&forth, &combine(Some(proven), claimed.iter().chain([proven])));
        }
    }

    #[test]
    fn a_combination_is_never_wider_than_a_part(
        proven in preferences(), claimed in prop::collection::vec(preferences(), 0..3), hour in 0..400_i64,
    ) {
        let whole = combine(Some(&proven), &claimed);
        let now = Moment(1_800_000_000_000 + hour * 1_800_000);
        for part in claimed.iter().chain([&proven]).map(Wishes::of) {
            for (topic, wish) in &part.topics {
                prop_assert!(*wish == Wish::Wanted || whole.topics.get(topic) == Some(&Wish::Refused));
            }
            if let Some(channels) = &part.channels {
                prop_assert!(whole.channels.as_ref().is_some_and(|all| all.iter().all(|one| channels.contains(one))));
            }
            if let Some(measure) = part.at_most {
                let all = whole.at_most.expect("a measure stays one");
                prop_assert!(all.count <= measure.count && all.period >= measure.period);
            }
            let open = |wishes: &Wishes| quiet_until(wishes, "Asia/Riyadh", now) == Some(now);
            prop_assert!(open(&part) || !open(&whole));
        }
    }
}

proptest! {
    #[test]
    fn a_topic_that_is_taken_back_is_as_if_nothing_had_been_said_of_it(
        said in said(), others in prop::collection::vec(preferences(), 0..3), at in 10..20_i64,
    ) {
        let taken_back = Change::Topic { topic: "tours".into(), wish: Wish::Unsaid };
        let of_tours = |change: &Change| matches!(change, Change::Topic { topic, .. } if topic == "tours");
        let mut mine = after(&said);
        mine.change(&taken_back, Moment(at), Moment(at));
        let without: Vec<_> = said.iter().filter(|(change, ..)| !of_tours(change)).cloned().collect();
        prop_assert_eq!(Wishes::of(&mine), Wishes::of(&after(&without)));
        // Of the same person it takes back what they said before under another identifier, and nothing of anybody else.
        let whole = others.iter().fold(mine.clone(), |whole, other| joined(&whole, other));
        prop_assert!(!Wishes::of(&whole).topics.contains_key("tours"));
        let refuses = |other: &Preferences| Wishes::of(other).topics.get("tours") == Some(&Wish::Refused);
        let refused = others.iter().any(refuses);
        prop_assert_eq!(combine(Some(&mine), &others).topics.get("tours") == Some(&Wish::Refused), refused);
        // What is said afterwards counts, also by who said it before.
        mine.change(&Change::Topic { topic: "tours".into(), wish: Wish::Refused }, Moment(at + 1), Moment(at + 1));
        let wishes = Wishes::of(&mine);
        prop_assert_eq!(wishes.topics.get("tours"), Some(&Wish::Refused));
    }
}

#[test]
fn of_two_said_at_once_the_no_counts_and_a_word_before_none() {
    let at_once = |one: Wish, other: Wish| {
        let mut preferences = Preferences::default();
        for wish in [one, other] {
            preferences.change(&Change::Topic { topic: "tours".into(), wish }, Moment(1), Moment(1));
        }
        preferences.topics["tours"].value
    };
    for (one, other, counts) in [
        (Wish::Wanted, Wish::Refused, Wish::Refused),
        (Wish::Unsaid, Wish::Refused, Wish::Refused),
        (Wish::Unsaid, Wish::Wanted, Wish::Wanted),
    ] {
        assert_eq!([at_once(one, other), at_once(other, one)], [counts, counts]);
    }
}

#[test]
fn the_proven_part_leads_in_what_cannot_be_narrower() {
    let said = |changes: &[Change]| {
        let mut preferences = Preferences::default();
        changes.iter().for_each(|change| _ = preferences.change(change, Moment(1), Moment(1)));
        preferences
    };
    let channels = |of: &[Channel]| Change::Channels(Some(of.to_vec()));
    let proven = said(&[
        channels(&[Channel::Push, Channel::Email, Channel::Post]),
        Change::Language(Some("ar".into())),
        Change::AtMost(Some(at_most(4, "P1W"))),
    ]);
    let claimed = said(&[
        channels(&[Channel::Email, Channel::Sms, Channel::Push]),
        Change::Language(Some("de".into())),
        Change::TimeZone(Some("Europe/Berlin".into())),
        Change::AtMost(Some(at_most(2, "P1D"))),
    ]);
    let wishes = combine(Some(&proven), [&claimed]);
    assert_eq!(wishes.channels, Some(vec![Channel::Push, Channel::Email]));
    assert_eq!(wishes.language.as_deref(), Some("ar"));
    assert_eq!(wishes.time_zone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(wishes.at_most, Some(at_most(2, "P1W")));
}

#[test]
fn acts_leave_preferences_on_both_axes_and_nothing_else_does() {
    let act = |kind, change: Change, at: i64, received: i64| {
        let evidence = Evidence::new(Method::Portal, "portal", "person");
        Act::new(uuid::Uuid::nil(), kind, Target::Person, Moment(at), Moment(received), evidence)
            .saying(Content::Preference(change))
    };
    let language = |tag: &str| Change::Language(Some(tag.into()));
    let acts = [
        act(ActKind::Prefer, language("th"), 10, 10),
        act(ActKind::Prefer, language("ru"), 20, 50),
        act(ActKind::Grant, language("de"), 60, 60),
    ];
    let at = |as_of, known| Wishes::of(&Preferences::at(&acts, Moment(as_of), Moment(known))).language;
    assert_eq!(at(5, 99), None);
    assert_eq!(at(30, 30).as_deref(), Some("th"));
    assert_eq!(at(30, 60).as_deref(), Some("ru"));
    assert_eq!(at(99, 99).as_deref(), Some("ru"));
}
