//! Each instant has the version that was in force then, whatever came later.

use super::super::current::{Stored, load_current, save};
use super::*;
use crate::dice::Dice;
use amana_store::seal::MasterKey;
use amana_store::space::key;
use amana_store::{Batch, EmbeddedOptions, Space};
use tempfile::TempDir;

/// A store in which versions of a catalogue come one after the other.
struct Bed {
    _folder: TempDir,
    store: Store,
    root: Root,
    current: Current,
}

impl Bed {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = EmbeddedOptions { free_space_floor_bytes: 0, ..EmbeddedOptions::default() };
        let store = Store::open_embedded(&folder.path().join("store"), options).await.unwrap();
        let master = MasterKey::random(&mut Dice::System);
        let root = Root::open_or_create(&folder.path().join("root.keys"), &master, &mut Dice::System).unwrap();
        let Ok(current) = Current::compile(0, Stored::default()) else { panic!("nothing is declared") };
        Self { _folder: folder, store, root, current }
    }

    /// Puts a catalogue in force, with what is stored of it changed.
    async fn apply(&mut self, catalog: &Catalog, now: i64, change: impl Fn(&mut Stored)) {
        let base = self.current.policy.version;
        let row = self.store.get(Space::Catalog, key::CATALOG_CURRENT.to_vec()).await.unwrap();
        let numbers = self.current.numbers.assign(catalog).unwrap();
        let mut stored = Stored::after(&self.current, catalog, numbers, Moment(now));
        change(&mut stored);
        let mut batch = Batch::new();
        save(&mut batch, &self.root, (base, row.map(|row| row.version)), &stored, &mut Dice::System);
        self.store.commit(batch).await.unwrap();
        let Ok(current) = Current::compile(base + 1, stored) else { panic!("it declares no audience") };
        self.current = current;
    }

    fn versions(&self) -> Versions<'_> {
        Versions { store: &self.store, root: &self.root, current: &self.current }
    }

    /// The number of the version in force; 0: none.
    async fn at(&self, instant: i64) -> u64 {
        self.versions().at(Moment(instant)).await.unwrap().map_or(0, |found| found.policy.version)
    }

    async fn judged(&self, from: i64, until: i64) -> Vec<(u64, Option<i64>)> {
        let found = self.versions().judgements(Moment(from), Moment(until)).await.unwrap();
        found.iter().map(|judgement| (judgement.version, judgement.since.map(|since| since.0))).collect()
    }
}

/// A catalogue of some name with a purpose that keeps for so many years.
fn catalog(name: &str, years: u8) -> Catalog {
    let text = format!(
        r#"
[organisation]
code = "shop"
name = "{name}"
country = "DE"
time_zone = "Europe/Berlin"

[[brands]]
code = "shop"
name = "Shop"

[[purposes]]
code = "news"
basis = "consent"
categories = ["contact"]
keep = "P{years}Y"
texts.en = {{ title = "News", text = "We write to you." }}
"#
    );
    Catalog::read(&text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn as_before(stored: &mut Stored) {
    (stored.applied, stored.judges_since) = (None, 0);
}

#[tokio::test]
async fn each_instant_has_the_version_that_was_in_force_then() {
    let mut bed = Bed::new().await;
    assert_eq!((bed.at(5).await, bed.judged(0, 5).await), (0, vec![(0, None)]), "nothing was ever declared");
    for version in 1..=40 {
        bed.apply(&catalog(&format!("Shop {version}"), 9), version * 100, |_| ()).await;
    }
    assert_eq!(bed.at(99).await, 0, "before the first nothing was");
    assert!(InForce::none().policy.slots.is_empty());
    for version in 1..=40_u64 {
        let from = i64::try_from(version * 100).unwrap();
        assert_eq!((bed.at(from).await, bed.at(from + 99).await), (version, version));
        let found = bed.versions().at(Moment(from)).await.unwrap().unwrap();
        assert_eq!(found.policy.catalog.organisation.name, format!("Shop {version}"));
        assert_eq!(found.since, Some(Moment(from)));
    }
    assert_eq!(bed.at(i64::MAX).await, 40);
    assert!(bed.current.read.0.lock().unwrap().len() <= VERSIONS_READ_MAX);
    // A name judges nobody.
    assert_eq!(bed.judged(0, 3_000).await, [(1, Some(100))]);
    assert_eq!(bed.judged(0, 50).await, [], "nobody judged");
}

#[tokio::test]
async fn what_judges_alike_is_one_judgement() {
    let mut bed = Bed::new().await;
    let (shop, store) = (catalog("Shop", 9), catalog("Store", 9));
    let shorter = catalog("Store", 2);
    for (place, next) in [&shop, &store, &shorter, &store.clone(), &shorter].into_iter().enumerate() {
        // A longer time is another permission, so the fourth keeps what it has.
        let next = if place == 3 {
            Catalog { organisation: shop.organisation.clone(), ..shorter.clone() }
        } else {
            next.clone()
        };
        bed.apply(&next, (i64::try_from(place).unwrap() + 1) * 100, |_| ()).await;
    }
    assert_eq!(bed.judged(0, 1_000).await, [(1, Some(100)), (3, Some(300))]);
    assert_eq!(bed.judged(300, 1_000).await, [(3, Some(300))], "only what is asked for");
    assert_eq!(bed.judged(299, 1_000).await, [(1, Some(100)), (3, Some(300))]);
    assert_eq!(bed.judged(0, 299).await, [(1, Some(100))]);
    let last = bed.versions().judgements(Moment(0), Moment(1_000)).await.unwrap().pop().unwrap();
    assert_eq!(last.slots[0].keep.get_years(), 2);
}

/// Versions of programs that did not note it come before all that do.
#[tokio::test]
async fn what_nobody_noted_was_before() {
    let mut bed = Bed::new().await;
    for (place, years) in [(1, 9), (2, 8)] {
        bed.apply(&catalog("Shop", years), place * 100, as_before).await;
    }
    assert_eq!((bed.at(i64::MIN).await, bed.judged(0, 1_000).await), (2, vec![(2, None)]));
    bed.apply(&catalog("Store", 8), 300, |_| ()).await;
    bed.apply(&catalog("Store", 7), 400, |_| ()).await;
    assert_eq!((bed.at(0).await, bed.at(299).await, bed.at(300).await, bed.at(400).await), (2, 2, 3, 4));
    assert_eq!(bed.judged(0, 1_000).await, [(2, None), (4, Some(400))]);
    let read: Stored = serde_json::from_str(
        r#"{"catalog": CATALOG, "numbers": {"slots": [], "sources": {}, "audiences": {}, "destinations": {}}}"#
            .replace("CATALOG", &serde_json::to_string(&catalog("Shop", 1)).unwrap())
            .as_str(),
    )
    .unwrap();
    assert_eq!((read.applied, read.judges_since), (None, 0));
}

#[tokio::test]
async fn a_clock_that_is_set_back_puts_no_version_before_the_one_it_comes_after() {
    let mut bed = Bed::new().await;
    for (years, now) in [(9, 500), (8, 200), (7, 600)] {
        bed.apply(&catalog("Shop", years), now, |_| ()).await;
    }
    assert_eq!(bed.current.applied, Some(Moment(600)));
    assert_eq!((bed.at(499).await, bed.at(500).await, bed.at(599).await, bed.at(600).await), (0, 2, 2, 3));
}

#[tokio::test]
async fn a_version_that_is_missing_is_told() {
    let mut bed = Bed::new().await;
    for version in 1..=3 {
        bed.apply(&catalog("Shop", 9 - version), i64::from(version) * 100, |_| ()).await;
    }
    let mut batch = Batch::new();
    batch.delete(Space::Catalog, key::catalog(2));
    bed.store.commit(batch).await.unwrap();
    let error = bed.versions().at(Moment(250)).await.unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
}

/// What versions of earlier programs did not note is read from them when they are loaded, and from then on goes along.
#[tokio::test]
async fn scopes_and_beginnings_that_nobody_noted_are_recalled() {
    let mut bed = Bed::new().await;
    let unnoted = |stored: &mut Stored| {
        stored.numbers.scopes.clear();
        stored.numbers.begun.clear();
    };
    for (scope, version) in [("web", 1), ("shops", 2), ("default", 3)] {
        let declared = format!(
            r#"
[[notices]]
code = "privacy"
version = {version}
purposes = ["news"]
texts.en = {{ title = "Privacy", text = "What we do." }}

[[sources]]
code = "site"
brand = "shop"
channel = "web"
trust = "server"
write_key = "a-write-key-of-the-site"
collects = ["news"]
identity_scope = "{scope}"
"#
        );
        let text = format!("{}{declared}", catalog("Shop", 9).to_toml());
        let next = Catalog::read(&text).unwrap_or_else(|problems| panic!("{problems:?}"));
        bed.apply(&next, i64::from(version) * 100, unnoted).await;
    }
    let Ok(bare) = Current::compile(3, bed.current.stored()) else { panic!("it declares no audience") };
    assert!(bare.policy.knows_scope("default") && !bare.policy.knows_scope("web"));
    let loaded = load_current(&bed.store, &bed.root).await.unwrap();
    for known in ["web", "shops", "default"] {
        assert!(loaded.policy.knows_scope(known), "{known}");
    }
    assert!(!loaded.policy.knows_scope("wep"));
    let begins = |version| loaded.numbers.begins_after("privacy", version, Moment(0));
    assert_eq!([1, 2, 3].map(begins), [None, Some(Moment(200)), Some(Moment(300))]);
    assert_eq!(loaded.stored().numbers.scopes.len(), 3, "stored with the next change");
}
