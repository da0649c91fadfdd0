use super::super::{EVENTS_PER_PERSON, FactKind, SOURCES, Step, World};
use super::world;
use jiff::civil::date;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

fn digest<'a>(steps: impl Iterator<Item = &'a Step>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for step in steps {
        (step.source, step.at_ms, step.gpc, step.user_agent, step.repeated, step.json.to_string()).hash(&mut hasher);
    }
    hasher.finish()
}

fn text<'a>(step: &'a Step, field: &str) -> Option<&'a str> {
    step.json.get(field)?.as_str()
}

#[test]
fn the_same_seed_gives_the_same_year_in_any_pieces() {
    let whole: Vec<Step> = world().steps().collect();
    let mut pieces = Vec::new();
    let mut steps = world().steps();
    for size in [1, 7, 1000].into_iter().cycle() {
        let before = pieces.len();
        pieces.extend(steps.by_ref().take(size));
        if pieces.len() == before {
            break;
        }
    }
    assert_eq!(digest(whole.iter()), digest(pieces.iter()));
    assert_eq!(digest(whole.iter().skip(5_000)), digest(world().steps().skip(5_000).collect::<Vec<_>>().iter()));
    let other: Vec<Step> = World::new(8, 4_000, date(2024, 11, 21)).steps().collect();
    assert_ne!(digest(whole.iter()), digest(other.iter()));
}

#[test]
fn people_do_not_change_when_more_come() {
    // A person's year follows from their number, except that nobody shares a tablet with people who are not there.
    let of = |people| -> Vec<Step> {
        let steps = World::new(7, people, date(2024, 11, 21)).steps();
        steps.filter(|step| text(step, "messageId").is_some_and(|id| id.starts_with("demo-7-6a-"))).collect()
    };
    assert!(!of(500).is_empty());
    assert_eq!(of(500), of(2_000));
}

#[test]
fn every_step_is_an_item_that_the_tracking_api_takes() {
    let (from, until) = world().span_ms();
    let mut sent = HashMap::new();
    let mut before = i64::MIN;
    for step in world().steps() {
        assert!(SOURCES.contains(&step.source));
        assert!(before <= step.at_ms, "steps come in order of time");
        before = step.at_ms;
        assert!(text(&step, "userId").is_some() || text(&step, "anonymousId").is_some(), "{}", step.json);
        let at: jiff::Timestamp = text(&step, "timestamp").unwrap().parse().unwrap();
        assert!((from..until).contains(&at.as_millisecond()), "{}", step.json);
        let call = text(&step, "type").unwrap();
        assert!(["identify", "track", "page", "screen"].contains(&call));
        assert_eq!(call == "track", text(&step, "event").is_some());
        let id = text(&step, "messageId").unwrap().to_owned();
        assert!(id.len() < 100);
        assert!(step.json.to_string().len() < 32_768);
        if step.repeated {
            assert_eq!(sent.get(&id), Some(&digest_of(&step)), "a repetition is sent before, unchanged");
            assert!(step.at_ms > at.as_millisecond());
        } else {
            assert_eq!(step.at_ms / 1000, at.as_second());
            assert_eq!(sent.insert(id, digest_of(&step)), None, "no id is used twice: {}", step.json);
        }
    }
}

fn digest_of(step: &Step) -> u64 {
    let mut hasher = DefaultHasher::new();
    step.json.to_string().hash(&mut hasher);
    hasher.finish()
}

#[test]
fn what_is_held_does_not_grow_with_the_year() {
    let mut steps = World::new(7, 20_000, date(2024, 11, 21)).steps();
    let (bytes_at_start, _) = steps.held();
    assert!(bytes_at_start <= 2 * 20_000 * 16, "{bytes_at_start}");
    let mut waiting_max = 0;
    for _ in 0..50_000 {
        if steps.next().is_none() {
            break;
        }
        let (bytes, waiting) = steps.held();
        assert!(bytes <= bytes_at_start, "an actor is held once");
        waiting_max = waiting_max.max(waiting);
    }
    assert!(waiting_max < 2_000, "{waiting_max}");
}

#[test]
fn the_estimate_is_close_and_the_volume_as_asked() {
    let total = world().steps().count() as u64;
    let estimate = world().steps_total_estimate();
    assert!(estimate.abs_diff(total) * 20 < total, "{estimate} is not within 5 % of {total}");
    let usual = u64::from(EVENTS_PER_PERSON) * u64::from(world().people());
    assert!(total.abs_diff(usual) * 10 < usual, "{total} is not about {usual}");
    let busier = world().with_events_per_person(2 * EVENTS_PER_PERSON).steps().count() as u64;
    assert!((total * 17 / 10..total * 21 / 10).contains(&busier), "{busier}");
}

#[test]
fn answers_to_the_banner_are_spread_as_people_are() {
    let mut answers: HashMap<String, bool> = HashMap::new();
    for step in world().steps().filter(|step| step.source.starts_with("site")) {
        let Some(preferences) = step.json.pointer("/context/consent/categoryPreferences/advertising") else { continue };
        answers.entry(text(&step, "anonymousId").unwrap().into()).or_insert(preferences.as_bool().unwrap());
    }
    let all = answers.values().filter(|accepted| **accepted).count() * 100 / answers.len();
    assert!((40..=52).contains(&all), "{all} % accepted everything");
}

#[test]
fn bots_say_that_they_are_bots_and_nobody_else_does() {
    let known = isbot::Bots::default();
    let mut bots = 0;
    for step in world().steps().filter(|step| !step.user_agent.is_empty()) {
        assert_eq!(step.json.pointer("/context/userAgent").and_then(|json| json.as_str()), Some(step.user_agent));
        let crawls = step.user_agent.contains("example.com/bot") || step.user_agent.contains("bot/2");
        assert_eq!(known.is_bot(step.user_agent), crawls, "{}", step.user_agent);
        bots += u32::from(crawls);
    }
    assert!((100..4_000).contains(&bots), "{bots}");
}

#[test]
fn there_is_somebody_to_look_at_for_everything() {
    let world = World::new(7, 20_000, date(2024, 11, 21));
    for kind in FactKind::ALL {
        let fact = world.fact(kind).unwrap_or_else(|| panic!("nobody is an example of {kind:?}"));
        assert!(fact.sentence.starts_with(&fact.user_id));
        assert!(fact.user_id.ends_with(&fact.person.to_string()));
    }
    assert_eq!(World::new(7, 1, date(2024, 11, 21)).fact(FactKind::SharesTablet), None);
    assert_eq!(World::new(7, 0, date(2024, 11, 21)).fact(FactKind::Minor), None);
}

#[test]
fn a_shared_tablet_is_used_in_turns_under_one_anonymous_id() {
    let fact = world().fact(FactKind::SharesTablet).unwrap();
    let tablet = fact.sentence.split("the tablet ").nth(1).unwrap().split(':').next().unwrap().to_owned();
    let mut users: Vec<String> = Vec::new();
    for step in world().steps().filter(|step| text(step, "anonymousId") == Some(&tablet)) {
        users.extend(text(&step, "userId").map(str::to_owned));
    }
    users.sort();
    users.dedup();
    assert!(users.len() >= 2 && users.contains(&fact.user_id), "{users:?}");
}
