//! A page is what going through everything makes, and reads no day that it does not touch.

use super::*;
use crate::dice::Dice;
use crate::profile::timeline::page::Cursor;
use amana_core::catalog::{Catalog, Numbers, Policy};
use amana_core::identity::FragmentId;
use amana_core::profile::{Origin, Part, epoch_of};
use amana_core::{Moment, SlotSet};
use amana_store::seal::{MasterKey, Root};
use amana_store::{Batch, EmbeddedOptions, KeyRange, Position, Space, Store};
use proptest::prelude::*;
use std::sync::Arc;
use tempfile::TempDir;

/// 2026-03-01T00:00:00Z.
const MARCH: i64 = 1_772_323_200_000;
const HOUR: i64 = 3_600_000;

/// A store of one person with two identifiers, and what opens it.
struct Shelf {
    _folder: TempDir,
    store: Store,
    keeper: Keeper,
    entries: [Entry; 2],
    position: u64,
}

/// An event: of which fragment, in which classes, when (hours of March), what it says.
type Told = (usize, u8, i64, u8);

impl Shelf {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = EmbeddedOptions { free_space_floor_bytes: 0, ..EmbeddedOptions::default() };
        let store = Store::open_embedded(&folder.path().join("store"), options).await.unwrap();
        let mut dice = Dice::seeded(7);
        let master = MasterKey::random(&mut dice);
        let root = Root::open_or_create(&folder.path().join("root.keys"), &master, &mut dice).unwrap();
        let entry = |number| Entry::new(FragmentId(uuid::Uuid::from_u128(number)), "user_id", "d", Moment(0), [0; 24]);
        let entries = [entry(1), entry(2)];
        Self { _folder: folder, store, keeper: Keeper::new(Arc::new(root)), entries, position: 0 }
    }

    /// Keeps events that came in one batch.
    fn keep(&mut self, events: &[Told], batch: &mut Batch) {
        for (fragment, classes, hour, name) in events {
            let at = Moment(MARCH + hour * HOUR);
            let origin = Origin { at, received: Moment(MARCH + 31 * 24 * HOUR), source: 1 };
            for class in (0..3).filter(|class| classes >> class & 1 == 1) {
                let part = Part {
                    class: SlotSet::EMPTY,
                    event: Some(format!("event {name}")),
                    fields: vec![(format!("field {class}"), amana_core::Value::Integer(*hour))],
                    traits: Vec::new(),
                    metrics: Vec::new(),
                    identifier: None,
                };
                self.entries[*fragment].fold(class + 1, part, origin);
            }
        }
        for entry in &mut self.entries {
            let span = Position(self.position)..Position(self.position + 1);
            self.keeper.save(entry, span, batch, &mut Dice::seeded(self.position));
        }
        self.position += 1;
    }

    async fn commit(&self, batch: Batch) {
        self.store.commit(batch).await.unwrap();
    }

    fn places(&self, month: u16) -> Vec<Place<'_>> {
        let classes = |entry: &Entry| entry.fragment.classes.clone();
        let of = |entry: &Entry, class: &u32| entry.months(*class).any(|known| known == month);
        let places =
            |entry| classes(entry).into_iter().filter(move |class| of(entry, class)).map(move |class| (entry, class));
        self.entries.iter().flat_map(places).collect()
    }

    fn source(&self) -> Source<'_> {
        Source { keeper: &self.keeper, view: View::Live(&self.store) }
    }

    async fn read(&self, page: &mut Page) {
        read_month(self.source(), epoch_of(Moment(MARCH)), &self.places(epoch_of(Moment(MARCH))), page, Some)
            .await
            .unwrap();
    }

    /// The same by going through everything.
    async fn read_all(&self, page: &mut Page) {
        let month = epoch_of(Moment(MARCH));
        for (entry, class) in self.places(month) {
            let mut days = Days::of(entry, (class, month), 31);
            while days.left().is_some() {
                let look = |event: &crate::profile::events::StoredEvent<'_>| page.event(entry.id, event.kept());
                self.keeper.next_events(View::Live(&self.store), entry, &mut days, look).await.unwrap();
            }
        }
    }
}

fn policy() -> Policy {
    let text = "[organisation]\ncode = \"o\"\nname = \"O\"\ncountry = \"DE\"\n[[brands]]\ncode = \"b\"\nname = \"B\"\n";
    let catalog = Catalog::read(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let numbers = Numbers::default().assign(&catalog).unwrap();
    Policy::compile(1, &catalog, &numbers)
}

fn told(page: Page, policy: &Policy) -> (String, Option<String>) {
    let (entries, next) = page.entries(policy, true);
    (serde_json::to_string(&entries).unwrap(), next)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn pages_are_what_going_through_everything_makes(
        batches in prop::collection::vec(prop::collection::vec((0..2_usize, 1..8_u8, 0..744_i64, 0..3_u8), 1..12), 1..60),
        crowd in 0..450_u64, limit in 15..60_usize,
    ) {
        let policy = policy();
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mut shelf = Shelf::new().await;
            let mut batch = Batch::new();
            batches.iter().for_each(|events| shelf.keep(events, &mut batch));
            // More rows of one day than are read at a time, and as many of the day before.
            for number in 0..crowd {
                shelf.keep(&[(0, 1, 240 + (number as i64 * 7) % 48, 0)], &mut batch);
            }
            shelf.commit(batch).await;
            let mut before = None;
            loop {
                let (mut page, mut all) = (Page::new(before, limit), Page::new(before, limit));
                shelf.read(&mut page).await;
                shelf.read_all(&mut all).await;
                let (page, all) = (told(page, &policy), told(all, &policy));
                assert_eq!(page, all);
                let Some(next) = page.1 else { break };
                before = Cursor::read(&next);
                assert!(before.is_some());
            }
        });
    }
}

#[tokio::test]
async fn what_lies_on_earlier_days_is_not_opened() {
    let mut shelf = Shelf::new().await;
    let mut batch = Batch::new();
    for number in 0..3_100 {
        shelf.keep(&[(0, 0b111, number * 744 / 3_100, 0)], &mut batch);
    }
    shelf.commit(batch).await;
    let rows = shelf.store.scan(Space::Event, KeyRange::all(), usize::MAX).await.unwrap();
    let mut damage = Batch::new();
    for (key, _) in rows.iter().filter(|(key, _)| amana_store::space::key::day_of_event(key).unwrap() < 28) {
        damage.put(Space::Event, key.clone(), vec![0; 60]);
    }
    shelf.commit(damage).await;
    let mut page = Page::new(None, 50);
    shelf.read(&mut page).await;
    assert!(page.is_full());
    let (_, next) = page.entries(&policy(), true);
    let mut page = Page::new(Cursor::read(&next.unwrap()), 50);
    shelf.read(&mut page).await;
    assert!(page.is_full(), "and the next one, too");
}
