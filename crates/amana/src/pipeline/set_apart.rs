//! What of a batch is not worked on, and goes into the log of what was set aside ([`super::set_aside`]) in the commit that
//! passes it: whatever needs somebody who cannot be read. Of a request these are single events, and the others are worked on.

use super::aside_keys::aside_ring;
use super::commit::CONSUMER;
use super::error::PipelineError;
use super::resending::note_deletion;
use super::set_aside::{AsideReason, SetAside};
use super::task::{Place, Tasks};
use super::worker::Pipeline;
use crate::journal::{Collected, DeletedAside, Entry, Imported, Record};
use crate::profile::{People, View};
use amana_core::Moment;
use amana_core::identity::FragmentId;
use amana_store::space::key;
use amana_store::{Batch, Position, Space};
use bytes::Bytes;
use std::collections::{BTreeSet, HashMap};

/// Records to be worked on, each with where it came from.
#[derive(Default)]
pub(super) struct Taken {
    /// What they say.
    pub(super) entries: Vec<Entry>,
    /// Where each stood in the journal, and how often it was worked on again in vain.
    origins: Vec<(u64, u32)>,
    /// For what is worked on again, or deleted: how far the log is done with then.
    done: Option<u64>,
    /// What staff delete.
    deleted: Vec<DeletedAside>,
    /// What is not worked on.
    aside: Vec<SetAside>,
    /// Records of the log that cannot be opened.
    unopened: Vec<Bytes>,
}

impl Taken {
    /// Whether it is worked on again.
    pub(super) fn is_again(&self) -> bool {
        self.done.is_some()
    }

    /// Takes events and acts out, to be set aside.
    pub(super) fn take_out(&mut self, places: &BTreeSet<Place>, reason: AsideReason) {
        let records: BTreeSet<usize> = places.iter().map(|(record, _)| *record).collect();
        for record in records {
            let (Some(entry), Some((position, tries))) = (self.entries.get_mut(record), self.origins.get(record))
            else {
                continue;
            };
            let entry = parted(entry, |place| places.contains(&(record, place)));
            self.aside.push(SetAside { position: *position, reason, tries: *tries, entry });
        }
    }

    /// Takes everything out.
    fn take_all(&mut self, reason: AsideReason) {
        for (entry, (position, tries)) in std::mem::take(&mut self.entries).into_iter().zip(&self.origins) {
            self.aside.push(SetAside { position: *position, reason, tries: *tries, entry });
        }
    }

    /// How many records go into the log.
    fn records_aside(&self) -> u64 {
        (self.aside.len() + self.unopened.len()) as u64
    }

    fn events_aside(&self) -> usize {
        self.aside.iter().map(|aside| aside.entry.events()).sum()
    }
}

/// Parts what is at some places of a record from it.
fn parted(entry: &mut Entry, goes: impl Fn(usize) -> bool) -> Entry {
    match entry {
        Entry::Collected(collected) => {
            let (events, stay) = split(std::mem::take(&mut collected.events), goes);
            let aside = Collected { events, ..collected.clone() };
            collected.events = stay;
            Entry::Collected(aside)
        }
        Entry::Imported(imported) => {
            let (decisions, stay) = split(std::mem::take(&mut imported.decisions), goes);
            imported.decisions = stay;
            Entry::Imported(Imported { decisions })
        }
        whole => std::mem::replace(whole, Entry::Imported(Imported { decisions: Vec::new() })),
    }
}

fn split<T>(all: Vec<T>, goes: impl Fn(usize) -> bool) -> (Vec<T>, Vec<T>) {
    let (go, stay): (Vec<_>, Vec<_>) = all.into_iter().enumerate().partition(|(place, _)| goes(*place));
    let bare = |placed: Vec<(usize, T)>| placed.into_iter().map(|(_, each)| each).collect();
    (bare(go), bare(stay))
}

impl Pipeline {
    /// Puts what was set aside in the place of records that say it is to be worked on again.
    pub(super) async fn taken(&self, records: Vec<Record>) -> Result<Taken, PipelineError> {
        let mut taken = Taken::default();
        for (position, entry, _) in records {
            match entry {
                Entry::Again(again) => {
                    for record in again.records {
                        self.take_again(record.place, &mut taken).await?;
                    }
                }
                Entry::Deleted(deleted) => {
                    let done = taken.done.unwrap_or(self.aside.done());
                    taken.done = Some(done.max(deleted.until));
                    let records = deleted.until.saturating_sub(done);
                    if records > 0 {
                        taken.deleted.push(DeletedAside { records, ..*deleted });
                    }
                }
                entry => {
                    taken.entries.push(entry);
                    taken.origins.push((position.0, 0));
                }
            }
        }
        Ok(taken)
    }

    /// Takes a record of the log, unless it was worked on or deleted since somebody asked for it: they asked twice.
    async fn take_again(&self, place: u64, taken: &mut Taken) -> Result<(), PipelineError> {
        let done = taken.done.unwrap_or(self.aside.done());
        taken.done = Some(done.max(place + 1));
        if place < done {
            return Ok(());
        }
        let Some(stored) = SetAside::at(&self.store, place).await? else { return Ok(()) };
        match SetAside::open(self.keeper.root(), self.aside.keys(), &stored) {
            Some(aside) => {
                taken.entries.push(aside.entry);
                taken.origins.push((aside.position, aside.tries.saturating_add(1)));
            }
            None => taken.unopened.push(stored),
        }
        Ok(())
    }

    /// Notes who of those who were looked for cannot be read. The answer is everybody nothing may be done with; those too
    /// about whom something was set aside before, unless that is what is worked on now.
    pub(super) fn out_of_reach(&mut self, people: &People, again: bool) -> Result<BTreeSet<FragmentId>, PipelineError> {
        self.unreadable.meet(people.unreadable())?;
        Ok(if again {
            people.out_of_reach([])
        } else {
            people.out_of_reach(self.unreadable.waiting(self.aside.done()))
        })
    }

    /// Adds to the commit of a batch what is set aside of it, and how far the log is done with.
    pub(super) async fn put_aside(
        &mut self,
        taken: &Taken,
        about: &BTreeSet<FragmentId>,
        batch: &mut Batch,
    ) -> Result<(), PipelineError> {
        let count = taken.records_aside();
        if count == 0 && !taken.is_again() {
            return Ok(());
        }
        // Nobody but this worker appends to the log.
        let head = self.store.head(&SetAside::log()).await?.0;
        let root = self.keeper.root();
        let records = (taken.unopened.as_slice(), taken.aside.as_slice());
        self.aside.append(records, (head, taken.is_again()), (root, batch, &mut self.dice));
        let destroyed = taken.done.is_some_and(|done| self.aside.pass(done));
        self.aside.save(root, batch, &mut self.dice);
        for deleted in &taken.deleted {
            note_deletion(deleted, root, batch, &mut self.dice);
        }
        if destroyed {
            let ring = FragmentId(uuid::Uuid::from_bytes(*aside_ring().as_bytes()));
            self.rekeying.want(&[ring], self.clock.now(), batch);
        }
        self.unreadable.wait(about, head + count);
        Ok(())
    }

    /// Tells what was set aside, once it is committed, and lets go of what is done with.
    pub(super) async fn tell_aside(&mut self, taken: &Taken) -> Result<(), PipelineError> {
        for aside in &taken.aside {
            tracing::error!(
                position = aside.position,
                events = aside.entry.events(),
                tries = aside.tries,
                "a record of the journal, or events of it, {}: set aside and not worked on",
                aside.reason.words(),
            );
        }
        if !taken.unopened.is_empty() {
            tracing::error!(records = taken.unopened.len(), "what was set aside cannot be opened: it stays there");
        }
        for deleted in &taken.deleted {
            tracing::warn!(
                records = deleted.records,
                events = deleted.events,
                "what was set aside was deleted by staff"
            );
        }
        if let Some(done) = taken.done {
            tracing::info!(
                worked_on = taken.entries.iter().map(Entry::events).sum::<usize>(),
                set_aside = taken.events_aside(),
                "what was set aside was worked on again"
            );
            self.store.drop_before(&SetAside::log(), Position(done)).await?;
            self.unreadable.hurry();
        }
        Ok(())
    }

    /// Sets the record at the cursor aside and goes on behind it.
    pub(super) async fn set_aside(&mut self) -> Result<(), PipelineError> {
        let Some(record) = self.journal.read(self.cursor.0, 1).await?.into_iter().next() else {
            return Ok(());
        };
        let (end, bytes) = (Position(record.0.0 + 1), record.2 as u64);
        let mut taken = self.taken(vec![record]).await?;
        taken.take_all(AsideReason::TooLarge);
        let mut batch = Batch::new();
        self.put_aside(&taken, &BTreeSet::new(), &mut batch).await?;
        batch.expect(Space::Cursor, key::cursor(CONSUMER), self.cursor.1);
        batch.put(Space::Cursor, key::cursor(CONSUMER), end.0.to_be_bytes().to_vec());
        self.store.commit(batch).await.map_err(PipelineError::of_commit)?;
        self.cursor = super::commit::cursor(&self.store).await?;
        self.tell_aside(&taken).await?;
        self.journal.commit(end, bytes).await?;
        Ok(())
    }

    /// Looks from time to time whether whoever could not be read can be again. Everybody is gone over then, for what time
    /// and catalogue demanded of them meanwhile was not done.
    pub(super) async fn look_again(&mut self, now: Moment) -> Result<(), PipelineError> {
        let ids = self.unreadable.due(now);
        if ids.is_empty() {
            return Ok(());
        }
        let loaded = self.keeper.load_readable(View::Live(&self.store), &ids).await?;
        let still = loaded.unreadable.iter().map(|(id, _)| *id).collect();
        let people = self.unreadable.found(&still, self.aside.done());
        if people == 0 {
            return Ok(());
        }
        self.postponed.clear();
        self.sweep.begin(now);
        let secrets = self.keeper.root().index_secrets();
        if secrets.has_older() {
            self.reindexing.set_pass(secrets.newest_version(), Some(Vec::new()));
        }
        let mut batch = Batch::new();
        self.unreadable.save(&mut batch);
        self.sweep.save(&mut batch);
        self.reindexing.save(&mut batch);
        batch.expect(Space::Cursor, key::cursor(CONSUMER), self.cursor.1);
        self.store.commit(batch).await.map_err(PipelineError::of_commit)?;
        tracing::info!(people, "people who could not be read can be again, and everybody is gone over");
        Ok(())
    }

    /// Commits who cannot be read, where nothing else is to be committed.
    pub(super) async fn note_unreadable(&mut self) -> Result<(), PipelineError> {
        let mut batch = Batch::new();
        self.unreadable.save(&mut batch);
        if !batch.is_empty() {
            batch.expect(Space::Cursor, key::cursor(CONSUMER), self.cursor.1);
            self.store.commit(batch).await.map_err(PipelineError::of_commit)?;
        }
        Ok(())
    }
}

/// The places of tasks that need somebody of these.
pub(super) fn needing(
    tasks: &Tasks<'_>,
    out: &BTreeSet<FragmentId>,
    people: &People,
    index: &HashMap<[u8; 24], FragmentId>,
) -> BTreeSet<Place> {
    if out.is_empty() {
        return BTreeSet::new();
    }
    let led = |key: &[u8; 24]| index.get(key).copied();
    let needs = |place: &usize| {
        let task = &tasks.all[*place];
        let mut named = task.keys().into_iter().filter_map(|key| led(&key));
        // Whom an identifier was joined to before it was banned comes back when that is lifted.
        let mut lifted = people.banned_ends(task.lifts().and_then(|key| led(&key))).into_iter();
        named.any(|id| out.contains(&id)) || lifted.any(|id| out.contains(&id))
    };
    (0..tasks.all.len()).filter(needs).map(|place| tasks.places[place]).collect()
}
