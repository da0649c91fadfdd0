//! What people saw at a source when: the version that was served then, and none that nobody knows of (GDPR Art. 5(2)).

use super::{read, sample, sample_with};
use crate::support::moment;
use amana_core::catalog::{Catalog, Notice, Numbers, Policy, SERVED_MAX, ServedRule};
use amana_core::permission::NOTICE_VERSION_UNSAID;
use amana_core::{Moment, SlotSet};

const FIRST: &str = "2026-03-01T12:00:00Z";
const SECOND: &str = "2026-04-01T12:00:00Z";
/// The notice of the sample, in whichever version.
const UNSAID: [(&str, u32); 1] = [("privacy", NOTICE_VERSION_UNSAID)];

/// The numbers after these catalogues were put in force, each at its instant.
fn applied(catalogs: &[(&Catalog, Moment)]) -> Numbers {
    catalogs.iter().fold(Numbers::default(), |numbers, (next, at)| {
        numbers.assign(next).unwrap().opened(&numbers, *at).serving(next, *at)
    })
}

fn compiled(catalogs: &[(&Catalog, Moment)]) -> Policy {
    let (last, _) = catalogs.last().unwrap();
    Policy::compile(1, last, &applied(catalogs))
}

fn shown<'p>(policy: &'p Policy, at: &str) -> &'p ServedRule {
    policy.source("summit_web").unwrap().served_at(moment(at)).unwrap()
}

fn versions(shown: &ServedRule) -> Vec<(&str, u32)> {
    shown.notices.iter().map(|notice| (notice.code.as_str(), notice.version)).collect()
}

fn slots(policy: &Policy, purposes: &[&str]) -> SlotSet {
    purposes.iter().map(|purpose| policy.find_slot(purpose, Some("summit")).unwrap().slot).collect()
}

/// The sample without a day since which its notice is in force.
fn plain() -> Catalog {
    read(&sample_with("since = \"2025-05-01\"\n", ""))
}

fn changed(change: impl Fn(&mut Notice)) -> Catalog {
    let mut catalog = plain();
    change(&mut catalog.notices[0]);
    catalog
}

#[test]
fn each_notice_knows_what_it_is_about() {
    let mut catalog = plain();
    let mut club = catalog.notices[0].clone();
    (club.code, club.version, club.purposes) = ("club".into(), 1, vec!["newsletter".into(), "shop".into()]);
    catalog.notices.push(club);
    catalog.sources[0].notices.push("club".into());
    let policy = compiled(&[(&catalog, moment(FIRST))]);
    let shown = shown(&policy, FIRST);
    assert_eq!(versions(shown), [("privacy", 3), ("club", 1)]);
    assert_eq!(shown.notices[0].informs, slots(&policy, &["recommendations", "shop"]));
    assert_eq!(shown.notices[0].starts, slots(&policy, &["recommendations"]));
    assert_eq!(shown.notices[1].informs, slots(&policy, &["newsletter", "shop"]), "of the source's own brand");
    assert!(shown.notices[1].starts.is_empty());
    assert_eq!(shown.informs, slots(&policy, &["recommendations", "shop", "newsletter"]));
    assert_ne!(shown.notices[0].number, shown.notices[1].number);
    let elsewhere = policy.source("tills").unwrap().served_at(moment(FIRST)).unwrap();
    assert!(elsewhere.notices.is_empty() && elsewhere.informs.is_empty());
}

#[test]
fn what_was_served_is_known_for_each_instant_since_the_first_catalogue() {
    let wider = changed(|notice| {
        notice.version = 4;
        notice.purposes.push("bookkeeping".into());
        notice.texts.get_mut("en").unwrap().text = "What else we do.".into();
    });
    let policy = compiled(&[(&plain(), moment(FIRST)), (&wider, moment(SECOND))]);
    let before = shown(&policy, "2026-03-01T11:59:59Z");
    assert_eq!(versions(before), UNSAID, "nobody knows what was served");
    assert!(before.notices[0].texts.is_empty());
    let first = slots(&policy, &["recommendations", "shop"]);
    assert_eq!(before.informs, first, "as far as anybody knows");
    for at in [FIRST, "2026-04-01T11:59:59Z"] {
        assert_eq!((versions(shown(&policy, at)), shown(&policy, at).informs), (vec![("privacy", 3)], first));
    }
    for at in [SECOND, "2030-01-01T00:00:00Z"] {
        assert_eq!(versions(shown(&policy, at)), [("privacy", 4)]);
        assert_eq!(shown(&policy, at).informs, first.or(slots(&policy, &["bookkeeping"])));
    }
    let text = |at: &str| shown(&policy, at).notices[0].texts["en"].clone();
    assert_eq!(text(FIRST), plain().notices[0].texts["en"].sha256_hex());
    assert_eq!(text(SECOND), wider.notices[0].texts["en"].sha256_hex());
    assert_ne!(text(FIRST), text(SECOND));
}

#[test]
fn a_text_is_named_by_the_hash_of_title_and_text() {
    let text = plain().notices[0].texts["en"].clone();
    assert_eq!(format!("{}\n{}", text.title, text.text), "Privacy\nWhat we do with your data.");
    assert_eq!(text.sha256_hex(), "e05bf8b4668677d46cfddba4d13c4fe8328b428de123bd38266da515a4e71d03");
}

#[test]
fn a_declared_day_says_what_was_served_before_anybody_knew() {
    let day = "2025-04-30T22:00:00Z"; // Where the organisation is, the first of May began then.
    let policy = compiled(&[(&sample(), moment(FIRST))]);
    assert_eq!(versions(shown(&policy, day)), [("privacy", 3)]);
    assert_eq!(versions(shown(&policy, "2025-04-30T21:59:59Z")), UNSAID, "that was another version");
    // What was applied later is not what was served before, whatever it says of itself.
    let mut later = sample();
    (later.notices[0].version, later.notices[0].since) = (4, Some("2025-01-01".into()));
    let policy = compiled(&[(&plain(), moment(FIRST)), (&later, moment(SECOND))]);
    assert_eq!(versions(shown(&policy, FIRST)), [("privacy", 3)]);
    assert_eq!(versions(shown(&policy, SECOND)), [("privacy", 4)]);
    assert_eq!(versions(shown(&policy, day)), UNSAID, "and of then the earlier one says nothing");
}

/// A version of the notice of the sample that is in force from a day on.
fn announced(version: u32, since: &str) -> Catalog {
    changed(|notice| {
        (notice.version, notice.since) = (version, Some(since.into()));
        notice.texts.get_mut("en").unwrap().text = format!("Version {version}.");
    })
}

#[test]
fn the_version_before_an_announced_one_is_served_until_its_day() {
    let mut wider = announced(4, "2026-05-01");
    wider.notices[0].purposes.push("bookkeeping".into());
    let policy = compiled(&[(&plain(), moment(FIRST)), (&wider, moment(SECOND))]);
    let first = slots(&policy, &["recommendations", "shop"]);
    for at in [FIRST, SECOND, "2026-04-30T21:59:59Z"] {
        let shown = shown(&policy, at);
        assert_eq!((versions(shown), shown.informs), (vec![("privacy", 3)], first), "{at}");
        assert_eq!(shown.notices[0].texts["en"], plain().notices[0].texts["en"].sha256_hex(), "{at}");
    }
    let day = shown(&policy, "2026-04-30T22:00:00Z");
    assert_eq!((versions(day), day.informs), (vec![("privacy", 4)], first.or(slots(&policy, &["bookkeeping"]))));
    assert_eq!(versions(shown(&policy, "2026-02-01T00:00:00Z")), UNSAID);
}

#[test]
fn each_announced_version_begins_on_its_own_day() {
    let (fourth, fifth) = (announced(4, "2026-05-01"), announced(5, "2026-06-01"));
    let at = |policy: &Policy, day: &str| versions(shown(policy, day)).first().map(|(_, version)| *version);
    let policy =
        compiled(&[(&plain(), moment(FIRST)), (&fourth, moment(SECOND)), (&fifth, moment(SECOND).plus_millis(1))]);
    let days = ["2026-04-15T00:00:00Z", "2026-05-15T00:00:00Z", "2026-06-15T00:00:00Z"];
    assert_eq!(days.map(|day| at(&policy, day)), [Some(3), Some(4), Some(5)]);
    // What was put off before its day came was shown to nobody until the day it has now.
    let put_off = announced(4, "2026-06-01");
    let steps = [(&plain(), moment(FIRST)), (&fourth, moment(SECOND)), (&put_off, moment(SECOND).plus_millis(1))];
    assert_eq!(days.map(|day| at(&compiled(&steps), day)), [Some(3), Some(3), Some(4)]);
    // A source that shows it no longer does not go on with the one before.
    let mut without = plain();
    without.sources[0].notices.clear();
    let steps = [(&plain(), moment(FIRST)), (&without, moment(SECOND)), (&fourth, moment(SECOND).plus_millis(1))];
    assert_eq!(days.map(|day| at(&compiled(&steps), day)), [None, Some(4), Some(4)]);
}

#[test]
fn a_notice_that_was_never_in_force_informs_nobody() {
    let mut catalog = plain();
    let mut club = catalog.notices[0].clone();
    (club.code, club.version, club.since) = ("club".into(), 1, Some("2027-06-01".into()));
    club.purposes = vec!["newsletter".into(), "recommendations".into()];
    catalog.notices.push(club);
    catalog.sources[0].notices.push("club".into());
    let recommends = catalog.purposes.iter_mut().find(|purpose| purpose.code == "recommendations").unwrap();
    recommends.starts_on[0].notice = Some("club".into());
    let policy = compiled(&[(&plain(), moment(FIRST)), (&catalog, moment(SECOND))]);
    for at in [SECOND, "2027-05-31T21:59:59Z"] {
        let shown = shown(&policy, at);
        assert_eq!(versions(shown), [("privacy", 3)], "{at}");
        assert_eq!(
            (shown.informs, shown.starts),
            (slots(&policy, &["recommendations", "shop"]), SlotSet::EMPTY),
            "{at}"
        );
    }
    let day = shown(&policy, "2027-05-31T22:00:00Z");
    assert_eq!(versions(day), [("privacy", 3), ("club", 1)]);
    assert_eq!(day.starts, slots(&policy, &["recommendations"]));
    // Declared first with a day: before that day nothing was shown, and no earlier version either.
    let policy = compiled(&[(&announced(1, "2026-01-01"), moment(FIRST))]);
    assert!(shown(&policy, "2010-01-01T00:00:00Z").notices.is_empty());
    assert_eq!(shown(&policy, "2025-12-31T22:59:59Z").informs, SlotSet::EMPTY);
    assert_eq!(versions(shown(&policy, "2025-12-31T23:00:00Z")), [("privacy", 1)]);
    // Of an earlier version of one that is declared as announced, nothing is known since it is declared here.
    let policy = compiled(&[(&announced(2, "2026-05-01"), moment(FIRST))]);
    assert_eq!(
        (versions(shown(&policy, "2026-02-01T00:00:00Z")), versions(shown(&policy, FIRST))),
        (UNSAID.into(), vec![])
    );
    assert_eq!(versions(shown(&policy, "2026-05-01T00:00:00Z")), [("privacy", 2)]);
}

#[test]
fn what_all_sources_showed_at_an_instant_is_known_where_they_agree() {
    let mut catalogs = [plain(), announced(4, "2026-05-01")];
    let version = |catalogs: &[Catalog; 2], at: &str| {
        let numbers = applied(&[(&catalogs[0], moment(FIRST)), (&catalogs[1], moment(SECOND))]);
        numbers.shown_at("privacy", moment(at)).map(|form| form.version)
    };
    let days = ["2026-02-01T00:00:00Z", FIRST, SECOND, "2026-05-01T00:00:00Z"];
    assert_eq!(days.map(|at| version(&catalogs, at)), [None, Some(3), Some(3), Some(4)]);
    // Where one shows it only since it was announced, nobody has seen it there until then.
    let tills = |catalog: &mut Catalog| {
        catalog.sources.iter_mut().find(|source| source.code == "tills").unwrap().notices = vec!["privacy".into()];
    };
    tills(&mut catalogs[1]);
    assert_eq!(version(&catalogs, SECOND), Some(3));
    tills(&mut catalogs[0]);
    assert_eq!(version(&catalogs, SECOND), Some(3));
}

#[test]
fn what_does_not_concern_a_source_changes_nothing_it_served() {
    let first = applied(&[(&plain(), moment(FIRST))]);
    let mut other = plain();
    other.purposes[0].texts.get_mut("en").unwrap().text = "Other words.".into();
    other.sources[0].collects.pop();
    let again = first.assign(&other).unwrap().serving(&other, moment(SECOND));
    assert_eq!(again.served, first.served);
    // A text that is changed without raising the version is another one from then on.
    let reworded = changed(|notice| notice.texts.get_mut("en").unwrap().text = "Reworded.".into());
    let policy = compiled(&[(&plain(), moment(FIRST)), (&reworded, moment(SECOND))]);
    assert_ne!(shown(&policy, FIRST).notices[0].texts, shown(&policy, SECOND).notices[0].texts);
}

#[test]
fn a_source_that_was_gone_meanwhile_is_not_known_to_have_served_anything() {
    let mut without = plain();
    without.sources.remove(0);
    let policy =
        compiled(&[(&plain(), moment(FIRST)), (&without, moment(SECOND)), (&plain(), moment("2026-05-01T00:00:00Z"))]);
    assert_eq!((versions(shown(&policy, FIRST)), versions(shown(&policy, SECOND))), (UNSAID.into(), UNSAID.into()));
    assert_eq!(versions(shown(&policy, "2026-05-01T00:00:00Z")), [("privacy", 3)]);
}

#[test]
fn only_so_many_changes_are_remembered() {
    let catalogs: Vec<Catalog> = (0..40).map(|raise| changed(|notice| notice.version = 3 + raise)).collect();
    let instants: Vec<(&Catalog, Moment)> =
        catalogs.iter().zip(1..).map(|(catalog, day)| (catalog, Moment(day * 86_400_000))).collect();
    let numbers = applied(&instants);
    assert_eq!(numbers.served["summit_web"].len(), SERVED_MAX);
    let policy = compiled(&instants);
    let version = |day: i64| {
        let served = policy.source("summit_web").unwrap().served_at(Moment(day * 86_400_000)).unwrap();
        served.notices.first().map(|notice| notice.version)
    };
    assert_eq!((version(40), version(17), version(16)), (Some(42), Some(19), Some(NOTICE_VERSION_UNSAID)));
}

#[test]
fn a_jurisdiction_is_a_country_or_a_part_of_one() {
    for law in ["US-CA", "GB-SCT", "FR-2A", "CH"] {
        let catalog = read(&sample_with("jurisdiction = \"DE\"", &format!("jurisdiction = {law:?}")));
        assert_eq!(
            compiled(&[(&catalog, moment(FIRST))]).source("summit_web").unwrap().jurisdiction.as_deref(),
            Some(law)
        );
    }
    for law in ["US-", "us-ca", "XX", "US-CALI", "DE ", "-DE", ""] {
        let text = sample_with("jurisdiction = \"DE\"", &format!("jurisdiction = {law:?}"));
        let problems = Catalog::read(&text).unwrap_err();
        assert!(problems[0].expected.contains("ISO 3166"), "{law}: {problems:?}");
    }
}
