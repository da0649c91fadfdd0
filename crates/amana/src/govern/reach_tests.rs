//! Counts are what counting everybody anew finds, whatever happened in between.

use super::*;
use crate::profile::Standing;
use amana_core::Moment;
use amana_core::identity::FragmentId;
use amana_store::EmbeddedOptions;
use proptest::prelude::*;

/// A fragment comes to be permitted and held for some slots, to hold data of some classes, and is seen through a source.
type Step = (usize, u8, u8, Vec<u8>, u8);

const FRAGMENTS: usize = 4;
const SLOTS: u8 = 4;

fn slots(bits: u8) -> SlotSet {
    (0..SLOTS).filter(|place| bits >> place & 1 == 1).map(Slot).collect()
}

fn fragment(number: usize) -> Entry {
    Entry::new(FragmentId(uuid::Uuid::from_u128(number as u128)), "user_id", "default", Moment(0), [1; 24])
}

/// What the worker does with a fragment of a batch.
fn work_on(
    entry: &mut Entry,
    (permitted, held, held_classes, source): (u8, u8, &[u8], u8),
    classes: &mut Classes,
    reach: &mut Reach,
) {
    let numbered = held_classes.iter().filter_map(|bits| classes.number(slots(*bits)));
    entry.fragment.classes = numbered.collect::<BTreeSet<u32>>().into_iter().collect();
    entry.changes.fragment |= entry.fragment.see(Number::from(source));
    entry.stand(slots(permitted), slots(held), classes);
    reach.count(entry, classes);
}

fn recounted(entries: &[Entry], classes: &Classes, slot: Slot, others: SlotSet) -> AffectedCounts {
    let counted = || entries.iter().filter_map(|entry| entry.counted.as_ref());
    let held = || {
        let held = |counted: &Counted| {
            counted.classes.iter().map(|class| classes.slots(*class).and(counted.standing.held)).collect::<Vec<_>>()
        };
        counted().flat_map(held).filter(|held| held.contains(slot))
    };
    AffectedCounts {
        people: counted().filter(|counted| counted.standing.permitted.contains(slot)).count() as u64,
        holdings: held().count() as u64,
        holdings_only: held().filter(|held| held.and(others).is_empty()).count() as u64,
        ..AffectedCounts::default()
    }
}

fn recounted_through(entries: &[Entry], source: Number, slots: SlotSet) -> AffectedCounts {
    let seen = || {
        let counted = entries.iter().filter_map(|entry| entry.counted.as_ref());
        counted.filter(move |counted| counted.sources.iter().flatten().any(|number| *number == source))
    };
    AffectedCounts {
        identifiers: seen().count() as u64,
        identifiers_holding: seen().filter(|counted| !counted.standing.held.and(slots).is_empty()).count() as u64,
        ..AffectedCounts::default()
    }
}

proptest! {
    #[test]
    fn counts_are_those_of_everybody(
        steps in prop::collection::vec((0..FRAGMENTS, 0..16_u8, 0..16_u8, prop::collection::vec(1..16_u8, 0..4), 0..3_u8), 1..40),
    ) {
        let steps: Vec<Step> = steps;
        let (mut reach, mut classes) = (Reach::default(), Classes::default());
        let mut entries: Vec<Entry> = (0..FRAGMENTS).map(fragment).collect();
        for (place, permitted, held, of, source) in &steps {
            let entry = &mut entries[*place];
            work_on(entry, (*permitted, *held, of, *source), &mut classes, &mut reach);
            let counted = entry.counted.as_ref().unwrap();
            prop_assert_eq!(counted.standing.permitted, slots(*permitted));
            prop_assert_eq!(&counted.classes, &entry.fragment.classes);
            // The same again is nothing new: neither the record nor a count is written for it.
            entry.changes = crate::profile::Changes::default();
            let before = reach.clone();
            work_on(entry, (*permitted, *held, of, *source), &mut classes, &mut reach);
            prop_assert!(!entry.changes.any());
            prop_assert_eq!(&reach, &before);
        }
        for (slot, others) in (0..SLOTS).flat_map(|slot| (0..16).map(move |others| (Slot(slot), slots(others)))) {
            prop_assert_eq!(reach.of(slot, others), recounted(&entries, &classes, slot, others));
        }
        for (source, of) in (0..3).flat_map(|source| (0..16).map(move |of| (source, slots(of)))) {
            prop_assert_eq!(reach.through(source, of), recounted_through(&entries, source, of));
        }
    }
}

#[tokio::test]
async fn counts_are_read_as_they_were_committed() {
    let dir = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions { free_space_floor_bytes: 0, ..EmbeddedOptions::default() };
    let store = Store::open_embedded(dir.path(), options).await.unwrap();
    let mut reach = Reach::load(&store).await.unwrap();
    assert!(reach.is_whole(), "of nobody, everybody is counted");
    let (mut classes, mut entry) = (Classes::default(), fragment(1));
    let mut kept = reach.clone();
    for (held, of) in [(0b11, &[0b01_u8, 0b11][..]), (0b01, &[0b01]), (0, &[])] {
        work_on(&mut entry, (held, held, of, 1), &mut classes, &mut reach);
        let mut batch = Batch::new();
        reach.save(&mut batch);
        store.commit(batch).await.unwrap();
        kept = Reach::load(&store).await.unwrap();
        assert_eq!(kept, reach);
    }
    assert_eq!(kept.of(Slot(0), SlotSet::EMPTY), AffectedCounts::default());
    let rows = store.scan(Space::Tally, KeyRange::prefix(key::tally(HOLDINGS)), 10).await.unwrap();
    assert!(rows.is_empty(), "nothing is written of what is not there");
}

#[tokio::test]
async fn a_store_in_which_nobody_was_counted_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions { free_space_floor_bytes: 0, ..EmbeddedOptions::default() };
    let store = Store::open_embedded(dir.path(), options).await.unwrap();
    let mut batch = Batch::new();
    batch.put(Space::Fragment, vec![1; 16], vec![0]);
    store.commit(batch).await.unwrap();
    let mut reach = Reach::load(&store).await.unwrap();
    assert!(!reach.is_whole());
    // Also when what has come in since is counted.
    let mut entry = fragment(1);
    entry.changes.standing = Some(Standing { permitted: slots(1), held: SlotSet::EMPTY });
    reach.count(&mut entry, &Classes::default());
    let mut batch = Batch::new();
    reach.save(&mut batch);
    store.commit(batch).await.unwrap();
    let mut reach = Reach::load(&store).await.unwrap();
    assert_eq!((reach.is_whole(), reach.of(Slot(0), SlotSet::EMPTY).people), (false, 1));
    reach.complete();
    let mut batch = Batch::new();
    reach.save(&mut batch);
    store.commit(batch).await.unwrap();
    assert!(Reach::load(&store).await.unwrap().is_whole());
}

/// Whoever was counted before sources were is counted once for them, wherever they are met first.
#[tokio::test]
async fn a_store_in_which_sources_were_not_counted_says_so_and_counts_them_once() {
    let dir = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions { free_space_floor_bytes: 0, ..EmbeddedOptions::default() };
    let store = Store::open_embedded(dir.path(), options).await.unwrap();
    let (mut reach, mut classes, mut entry) = (Reach::load(&store).await.unwrap(), Classes::default(), fragment(1));
    work_on(&mut entry, (1, 1, &[1], 2), &mut classes, &mut reach);
    let people = reach.of(Slot(0), SlotSet::EMPTY);
    let mut batch = Batch::new();
    reach.save(&mut batch);
    store.commit(batch).await.unwrap();
    // As an earlier program left it.
    let mut batch = Batch::new();
    for (key, _) in store.scan(Space::Tally, KeyRange::prefix(key::tally(SOURCES_WHOLE)), 10).await.unwrap() {
        batch.delete(Space::Tally, key);
    }
    store.commit(batch).await.unwrap();
    entry.counted.as_mut().unwrap().sources = None;
    entry.changes = crate::profile::Changes::default();

    let mut reach = Reach::load(&store).await.unwrap();
    assert_eq!((reach.is_whole(), reach.through(2, SlotSet::ALL)), (false, AffectedCounts::default()));
    for _ in 0..2 {
        reach.count(&mut entry, &classes);
        let seen = reach.through(2, slots(1));
        assert_eq!((seen.identifiers, seen.identifiers_holding), (1, 1));
    }
    assert!(entry.changes.fragment, "its record says so from now on");
    assert_eq!(reach.of(Slot(0), SlotSet::EMPTY), people, "and nobody is counted twice");
    reach.complete();
    let mut batch = Batch::new();
    reach.save(&mut batch);
    store.commit(batch).await.unwrap();
    assert_eq!(Reach::load(&store).await.unwrap(), Reach { changed: false, ..reach });
    assert!(Reach::load(&store).await.unwrap().is_whole());
}
