//! Somebody who has everything: the store as it is, an older copy of it with its logs (the journal, the acts, what was set
//! aside, what waits for destinations), the acts that were shipped, today's root file and the master key. Of PostgreSQL
//! they have what `pg_dump` wrote.

use crate::support::{House, dump};
use amana::acts_log::{ActsKeys, Incoming, Record};
use amana::server::StoreFrom;
use amana_store::seal::{KeyId, MasterKey, Ring, Root, associated_data, open};
use amana_store::space::key;
use amana_store::{KeyRange, LogName, Space, Store};
use std::path::Path;

/// How many destinations a test has at most.
const DESTINATIONS_MAX: u32 = 8;

/// Everything that lies in a store, row by row and record by record, and the root file of then.
pub(crate) struct Loot {
    rows: Vec<(Space, Vec<u8>, Vec<u8>)>,
    logs: Vec<(String, Vec<u8>)>,
    /// The files of the folder to which acts are shipped, and the records in them.
    shipped: (Vec<Vec<u8>>, Vec<Vec<u8>>),
    root_file: Vec<u8>,
}

impl Loot {
    /// Takes everything. The house must have been left.
    pub(crate) async fn take(house: &House) -> Self {
        let root_file = std::fs::read(house.folder.path().join("root.keys")).unwrap();
        let shipped = house.acts.dir.as_deref().map(shipped).unwrap_or_default();
        let mut loot = Self { rows: Vec::new(), logs: Vec::new(), shipped, root_file };
        match house.engine.store() {
            StoreFrom::Embedded(options) => {
                let store = Store::open_embedded(&house.folder.path().join("store"), options).await.unwrap();
                loot.take_store(&store).await;
                store.close().await;
            }
            StoreFrom::Postgres(url, _) => loot.take_dump(&String::from_utf8(dump(&url)).unwrap()),
        }
        loot
    }

    async fn take_store(&mut self, store: &Store) {
        for space in Space::ALL {
            let mut range = KeyRange::all();
            loop {
                let page = store.scan(space, range.clone(), 1_000).await.unwrap();
                let Some((last, _)) = page.last() else { break };
                range = range.after(last);
                self.rows.extend(page.into_iter().map(|(key, row)| (space, key, row.value.to_vec())));
            }
        }
        for name in logs() {
            let log = LogName::new(&name).unwrap();
            let from = store.tail(&log).await.unwrap();
            let records = store.read(&log, from, usize::MAX).await.unwrap();
            self.logs.extend(records.into_iter().map(|(_, record)| (name.clone(), record.to_vec())));
        }
    }

    /// Lines such as `INSERT INTO amana.space_ring VALUES ('\x00', '\x01', 7);`.
    fn take_dump(&mut self, dump: &str) {
        for line in dump.lines() {
            let Some((table, values)) =
                line.strip_prefix("INSERT INTO amana.").and_then(|rest| rest.split_once(" VALUES "))
            else {
                continue;
            };
            let quoted: Vec<&str> = values.split('\'').skip(1).step_by(2).collect();
            let bytes = |place: usize| unhex(quoted[place].strip_prefix("\\x").unwrap());
            if table == "log_record" {
                self.logs.push((quoted[0].to_owned(), bytes(1)));
            } else if let Some(space) = Space::ALL.into_iter().find(|space| table == format!("space_{}", space.name()))
            {
                self.rows.push((space, bytes(0), bytes(1)));
            }
        }
        assert!(!self.rows.is_empty(), "nothing was found in the dump: look at the test");
    }

    /// Everything of both that can be read with today's root file, in one heap.
    pub(crate) fn read(&self, newer: &Self, folder: &Path) -> Vec<u8> {
        let root = opened(&std::fs::read(folder.join("root.keys")).unwrap(), folder);
        self.read_with(newer, &root)
    }

    /// What the journal in here says to who has the root file that was there when it was taken.
    pub(crate) fn journal_of_then(&self, folder: &Path) -> Vec<u8> {
        let root = opened(&self.root_file, folder);
        self.read_logs(&root, &rings(&root, &self.rows))
    }

    /// What the log of what was set aside says to who has today's root file and the rings of then.
    pub(crate) fn set_aside(&self, folder: &Path) -> Vec<u8> {
        let root = opened(&std::fs::read(folder.join("root.keys")).unwrap(), folder);
        let (rings, mut heap) = (rings(&root, &self.rows), Vec::new());
        for (name, record) in self.logs.iter().filter(|(name, _)| name.starts_with("aside")) {
            heap.extend(read_aside(&root, &rings, name, record));
        }
        heap
    }

    /// What the acts that were shipped say to who has today's root file.
    pub(crate) fn acts(&self, folder: &Path) -> Vec<u8> {
        let root = opened(&std::fs::read(folder.join("root.keys")).unwrap(), folder);
        self.shipped.1.iter().flat_map(|record| read_act(&root, record)).collect()
    }

    fn read_with(&self, newer: &Self, root: &Root) -> Vec<u8> {
        let all = || self.rows.iter().chain(&newer.rows);
        let rings = rings(root, all());
        assert!(!rings.is_empty(), "the burglar finds no ring at all: look at the test");
        let mut heap = Vec::new();
        for (space, key, value) in all() {
            let associated = associated_data(*space, key);
            heap.extend_from_slice(key);
            heap.extend_from_slice(value);
            for ring in &rings {
                for id in ring.ids() {
                    let data_key = ring.key(id).unwrap();
                    heap.extend(open(data_key.as_bytes(), &associated, value).unwrap_or_default());
                }
            }
            heap.extend(open(root.system_key().as_bytes(), &associated, value).unwrap_or_default());
        }
        heap.extend(self.read_logs(root, &rings));
        heap.extend(newer.read_logs(root, &rings));
        heap
    }

    /// What the logs say to who has a root file and the rings it opens, and what they say to everybody.
    fn read_logs(&self, root: &Root, rings: &[Ring]) -> Vec<u8> {
        let (files, records) = &self.shipped;
        let mut heap = files.concat();
        records.iter().for_each(|record| heap.extend(read_act(root, record)));
        for (name, record) in &self.logs {
            heap.extend_from_slice(record);
            if name == "journal" {
                let epoch = u32::from_be_bytes(record[1..5].try_into().unwrap());
                if let Ok(key) = root.journal_key(epoch) {
                    heap.extend(open(key.as_bytes(), b"journal", &record[5..]).unwrap());
                }
            } else if name == "acts" {
                heap.extend(read_act(root, record));
            } else if name.starts_with("aside") {
                heap.extend(read_aside(root, rings, name, record));
            }
        }
        heap
    }
}

/// Every log that there may be.
fn logs() -> impl Iterator<Item = String> {
    let outboxes = (0..DESTINATIONS_MAX).map(|number| format!("outbox/{number}"));
    ["journal", "acts", "aside", "aside/deleted"].map(str::to_owned).into_iter().chain(outboxes)
}

/// The rings that a root file opens, that of what was set aside among them.
fn rings<'r>(root: &Root, rows: impl IntoIterator<Item = &'r (Space, Vec<u8>, Vec<u8>)>) -> Vec<Ring> {
    let rings = rows.into_iter().filter(|(space, ..)| *space == Space::Ring);
    rings.filter_map(|(_, key, value)| root.unwrap_ring(key::fragment_of_ring(key)?, value).ok()).collect()
}

/// The files of a folder of shipped acts, and the records in them.
fn shipped(dir: &Path) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let files = std::fs::read_dir(dir).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    let (mut incoming, mut records) = (Incoming::open(dir).unwrap(), Vec::new());
    while let Some((_, record)) = incoming.next_record().unwrap() {
        records.push(record.to_vec());
    }
    (files, records)
}

fn read_act(root: &Root, record: &[u8]) -> Vec<u8> {
    format!("{:?}", Record::read(record).unwrap().open(&ActsKeys::of(root)).unwrap()).into_bytes()
}

/// A record of what was set aside, by whichever key there is: the root file's own, or that of its generation.
fn read_aside(root: &Root, rings: &[Ring], name: &str, record: &[u8]) -> Vec<u8> {
    const UNDER_GENERATION: u8 = 3;
    let system = root.system_key();
    let try_open = |key: &[u8; 32], about: &[u8], sealed: &[u8]| open(key, about, sealed).unwrap_or_default();
    if name == "aside/deleted" {
        return try_open(system.as_bytes(), b"set aside: deletions", record);
    }
    let (format, sealed) = record.split_first().unwrap();
    let (generation, under_generation) = sealed.split_first_chunk().unwrap();
    if *format != UNDER_GENERATION {
        return try_open(system.as_bytes(), b"set aside", sealed);
    }
    let id = KeyId::holding(u32::from_be_bytes(*generation));
    let keys = rings.iter().filter_map(|ring| ring.key(id));
    keys.flat_map(|key| try_open(key.as_bytes(), b"set aside", under_generation)).collect()
}

/// A root file by its bytes, with the master key of a folder.
fn opened(root_file: &[u8], folder: &Path) -> Root {
    let copy = tempfile::tempdir().unwrap();
    let path = copy.path().join("root.keys");
    std::fs::write(&path, root_file).unwrap();
    let master = MasterKey::from_file(&folder.join("master.key")).unwrap();
    Root::open(&path, &master).unwrap()
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
