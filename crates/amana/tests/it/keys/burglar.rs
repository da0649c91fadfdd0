//! Somebody who has everything: the store as it is, an older copy of it, today's root file and the master key.

use crate::support::House;
use amana::server::StoreFrom;
use amana_store::seal::{MasterKey, Ring, Root, associated_data, open};
use amana_store::space::key;
use amana_store::{KeyRange, Position, Space, Store};
use std::path::Path;

/// Everything that lies in a store, row by row, and its journal.
pub(super) struct Loot {
    rows: Vec<(Space, Vec<u8>, Vec<u8>)>,
    journal: Vec<Vec<u8>>,
}

impl Loot {
    /// Takes everything. The house must have been left.
    pub(super) async fn take(house: &House) -> Self {
        let store = open_store(house).await;
        let mut rows = Vec::new();
        for space in Space::ALL {
            let mut range = KeyRange::all();
            loop {
                let page = store.scan(space, range.clone(), 1_000).await.unwrap();
                let Some((last, _)) = page.last() else { break };
                range = range.after(last);
                rows.extend(page.into_iter().map(|(key, row)| (space, key, row.value.to_vec())));
            }
        }
        let log = amana::journal::Journal::log();
        // Whole segments are dropped behind the pipeline, so the oldest position may be gone.
        let journal = match store.read(&log, Position(0), usize::MAX).await {
            Ok(records) => records.into_iter().map(|(_, record)| record.to_vec()).collect(),
            Err(_) => Vec::new(),
        };
        store.close().await;
        Self { rows, journal }
    }

    /// Everything of both that can be read with today's root file, in one heap.
    pub(super) fn read(&self, newer: &Self, folder: &Path) -> Vec<u8> {
        let master = MasterKey::from_file(&folder.join("master.key")).unwrap();
        let root = Root::open(&folder.join("root.keys"), &master).unwrap();
        let all = || self.rows.iter().chain(&newer.rows);
        let rings: Vec<Ring> = all()
            .filter(|(space, ..)| *space == Space::Ring)
            .filter_map(|(_, key, value)| root.unwrap_ring(key::fragment_of_ring(key)?, value).ok())
            .collect();
        assert!(!rings.is_empty(), "the burglar finds no ring at all: look at the test");
        let mut heap = Vec::new();
        for (space, key, value) in all() {
            let associated = associated_data(*space, key);
            heap.extend_from_slice(value);
            for ring in &rings {
                for id in ring.ids() {
                    let data_key = ring.key(id).unwrap();
                    heap.extend(open(data_key.as_bytes(), &associated, value).unwrap_or_default());
                }
            }
            heap.extend(open(root.system_key().as_bytes(), &associated, value).unwrap_or_default());
        }
        for record in self.journal.iter().chain(&newer.journal) {
            let epoch = u32::from_be_bytes(record[1..5].try_into().unwrap());
            if let Ok(key) = root.journal_key(epoch) {
                heap.extend(open(key.as_bytes(), b"journal", &record[5..]).unwrap());
            }
        }
        heap
    }
}

async fn open_store(house: &House) -> Store {
    match house.engine.store() {
        StoreFrom::Embedded(options) => {
            Store::open_embedded(&house.folder.path().join("store"), options).await.unwrap()
        }
        StoreFrom::Postgres(url, options) => Store::open_postgres(&url, options).await.unwrap(),
    }
}
