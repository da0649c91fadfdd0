//! A store with its root file, and fragments whose values are sealed in it.

use amana_store::{
    Batch, CommitError, Dice as _, FragmentId, KeyRange, Space, Store, SystemDice,
    seal::{self, KeyId, MasterKey, Ring, Root, associated_data, open, seal},
    space::key,
};
use tempfile::TempDir;

use crate::bed::{Bed, folder};

pub(crate) struct People<'a> {
    pub(crate) bed: &'a mut Bed,
    pub(crate) root: Root,
    pub(crate) master: MasterKey,
    pub(crate) dir: TempDir,
}

impl<'a> People<'a> {
    /// Faults of the store are faults of its root file too.
    pub(crate) fn new(bed: &'a mut Bed) -> Self {
        let (dir, master) = (folder(), MasterKey::random(&mut SystemDice));
        let root = open_root(bed, &dir, &master);
        Self { bed, root, master, dir }
    }

    /// Ends as a killed process does, and starts again.
    pub(crate) async fn kill_and_reopen(&mut self) {
        self.bed.kill();
        self.bed.reopen().await;
        self.root = open_root(self.bed, &self.dir, &self.master);
    }

    pub(crate) fn store(&self) -> &Store {
        self.bed.store()
    }

    /// Stores a fragment with a ring of these keys, and with a value under each of them.
    pub(crate) async fn add(&self, fragment: FragmentId, ids: &[KeyId]) {
        let (mut ring, mut batch) = (Ring::new(), Batch::new());
        for id in ids {
            let place = place(fragment, *id);
            let plain = plain(fragment, *id);
            let data_key = ring.key_or_new(*id, &mut SystemDice);
            let sealed = seal(data_key.as_bytes(), &associated_data(Space::Block, &place), &plain, &mut SystemDice);
            batch.put(Space::Block, place, sealed);
        }
        self.root.put_ring(&mut batch, fragment, &ring, &mut SystemDice);
        self.store().commit(batch).await.unwrap();
    }

    pub(crate) async fn ring(&self, fragment: FragmentId) -> Ring {
        loop {
            let stored = self.store().get(Space::Ring, key::ring(fragment)).await.unwrap().unwrap();
            match self.root.unwrap_ring(fragment, &stored.value) {
                // It was read before it was wrapped anew, and is opened after that was finished.
                Err(error) if error.is_forgotten() => {}
                ring => return ring.unwrap(),
            }
        }
    }

    pub(crate) async fn put_ring(&self, fragment: FragmentId, ring: &Ring) -> Result<(), CommitError> {
        let mut batch = Batch::new();
        self.root.put_ring(&mut batch, fragment, ring, &mut SystemDice);
        self.store().commit(batch).await
    }

    /// What the house itself can read.
    pub(crate) async fn can_read(&self, fragment: FragmentId, id: KeyId) -> bool {
        let ring = self.ring(fragment).await;
        let stored = self.store().get(Space::Block, place(fragment, id)).await.unwrap().unwrap();
        let associated = associated_data(Space::Block, &place(fragment, id));
        ring.key(id).is_some_and(|key| open(key.as_bytes(), &associated, &stored.value).unwrap() == plain(fragment, id))
    }
}

fn open_root(bed: &Bed, dir: &TempDir, master: &MasterKey) -> Root {
    let path = dir.path().join("root");
    Root::open_or_create_with_faults(&path, master, &mut SystemDice, bed.faults.clone()).unwrap()
}

/// Where a value lies, and what it says.
pub(crate) fn place(fragment: FragmentId, id: KeyId) -> Vec<u8> {
    key::events_of_epoch(fragment, id.class, id.epoch)
}

pub(crate) fn plain(fragment: FragmentId, id: KeyId) -> Vec<u8> {
    format!("the value of {fragment} under {id:?}").into_bytes()
}

/// So many fragments that share a bucket.
pub(crate) fn neighbours(count: usize) -> Vec<FragmentId> {
    let random = || {
        let mut id = [0; 16];
        SystemDice.fill(&mut id);
        FragmentId::from_bytes(id)
    };
    let first = random();
    let bucket = seal::bucket(first);
    let others = std::iter::repeat_with(random).filter(|id| seal::bucket(*id) == bucket);
    std::iter::once(first).chain(others).take(count).collect()
}

/// Every value that somebody can open who has these stores, the root and the master key, and tries everything with
/// everything.
pub(crate) async fn reachable(stores: &[&Store], root: &Root) -> Vec<Vec<u8>> {
    let mut keys = vec![*root.system_key().as_bytes()];
    for epoch in root.summary().journal_epochs {
        keys.push(*root.journal_key(epoch).unwrap().as_bytes());
    }
    for store in stores {
        for (ring_key, stored) in store.scan(Space::Ring, KeyRange::all(), usize::MAX).await.unwrap() {
            let fragment = key::fragment_of_ring(&ring_key).unwrap();
            if let Ok(ring) = root.unwrap_ring(fragment, &stored.value) {
                keys.extend(ring.ids().map(|id| *ring.key(id).unwrap().as_bytes()));
            }
        }
    }
    let mut opened = Vec::new();
    for store in stores {
        for (place, stored) in store.scan(Space::Block, KeyRange::all(), usize::MAX).await.unwrap() {
            let associated = associated_data(Space::Block, &place);
            opened.extend(keys.iter().filter_map(|key| open(key, &associated, &stored.value).ok()));
        }
    }
    opened
}
