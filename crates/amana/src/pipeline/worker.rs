//! The worker: reads the journal, works on batches, commits, and remembers whom it has worked on lately.

use super::acts::Arrival;
use super::fragment_ids::FragmentIds;
use super::identify::{identifiers, visit};
use super::outbox::enqueue;
use super::quarantine::Quarantine;
use super::stages::{Lap, Stage, Stages};
use super::tally::{Tally, TallyName};
use super::work::{Books, Keyed, Work};
use crate::audience::{Move, MoveKind, Sweep, settle};
use crate::clock::Clock;
use crate::dice::Dice;
use crate::govern::Current;
use crate::journal::{self, Journal, JournalError};
use crate::profile::{Classes, Entry, KeepError, Keeper, People, View};
use amana_core::Moment;
use amana_core::catalog::{Policy, Trust};
use amana_core::identity::{FragmentId, NORMALISER_VERSION, VISIT_KIND, normalise};
use amana_store::space::key;
use amana_store::{Batch, CommitError, KeyRange, Position, Space, Store, StoreError};
use arc_swap::ArcSwap;
use quick_cache::Weighter;
use quick_cache::unsync::Cache;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

const CONSUMER: &str = "pipeline";

/// A record of the journal, with where it stands and how long it is.
type Record = (Position, journal::Entry, usize);

/// How the worker works.
#[derive(Clone, Copy, Debug)]
pub struct PipelineOptions {
    /// About how many bytes of the journal make a batch.
    pub batch_bytes: usize,
    /// About how many events make a batch: what they change must fit into one commit.
    pub batch_events: usize,
    /// About how many fragments are remembered.
    pub cache_fragments: usize,
    /// About how many bytes of fragments are remembered.
    pub cache_bytes_max: u64,
    /// How many fragments a sweep looks at in one go.
    pub sweep_fragments: usize,
}

impl Default for PipelineOptions {
    fn default() -> Self {
        Self {
            batch_bytes: 1 << 20,
            batch_events: 5_000,
            cache_fragments: 200_000,
            cache_bytes_max: 512 << 20,
            sweep_fragments: 2_000,
        }
    }
}

/// Why a batch could not be worked on.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A person's state cannot be read.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody else has worked on the same journal.
    #[error("another process has worked on the same journal: only one may")]
    Fenced,
    /// A bug; where it is was logged.
    #[error("the pipeline met a bug and stopped; starting again repeats its last batch")]
    Panicked,
}

impl PipelineError {
    /// Whether waiting or making space may help.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Store(error) | Self::Journal(JournalError::Store(error)) | Self::Keep(KeepError::Store(error)) => {
                error.is_temporary()
            }
            _ => false,
        }
    }
}

/// The pipeline's worker.
pub struct Pipeline {
    store: Store,
    keeper: Keeper,
    journal: Journal,
    clock: Clock,
    dice: Dice,
    current: Arc<ArcSwap<Current>>,
    options: PipelineOptions,
    /// How many events make a batch now: fewer after one that was too large for a commit.
    batch_events: usize,
    stages: Arc<Stages>,
    classes: Classes,
    tally: Tally,
    quarantine: Quarantine,
    sweep: Sweep,
    cursor: (Position, Option<u64>),
    ids: FragmentIds,
    /// Records that were read and not worked on yet.
    ahead: VecDeque<Record>,
    entries: Cache<FragmentId, Entry, ByWeight>,
    index: Cache<[u8; 24], FragmentId>,
}

/// Remembered fragments weigh what they hold in memory, roughly.
#[derive(Clone, Copy)]
struct ByWeight;

impl Weighter<FragmentId, Entry> for ByWeight {
    fn weight(&self, _: &FragmentId, entry: &Entry) -> u64 {
        entry.weight_bytes()
    }
}

fn remembered(options: &PipelineOptions) -> Cache<FragmentId, Entry, ByWeight> {
    Cache::with_weighter(options.cache_fragments, options.cache_bytes_max, ByWeight)
}

/// What the worker is given.
pub struct PipelineParts {
    /// The store.
    pub store: Store,
    /// Opens and seals.
    pub keeper: Keeper,
    /// The journal.
    pub journal: Journal,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub dice: Dice,
    /// The current catalogue.
    pub current: Arc<ArcSwap<Current>>,
    /// How to work.
    pub options: PipelineOptions,
    /// Where time is counted.
    pub stages: Arc<Stages>,
}

impl Pipeline {
    /// Where the pipeline stands in the journal.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn position(store: &Store) -> Result<Position, StoreError> {
        Ok(cursor(store).await?.0)
    }

    /// A worker that goes on where the last one stood.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(parts: PipelineParts) -> Result<Self, PipelineError> {
        let PipelineParts { store, keeper, journal, clock, dice, current, options, stages } = parts;
        let mut pipeline = Self {
            ahead: VecDeque::new(),
            entries: remembered(&options),
            index: Cache::new(options.cache_fragments * 2),
            classes: Classes::default(),
            tally: Tally::default(),
            quarantine: Quarantine::default(),
            sweep: Sweep::default(),
            cursor: (Position(0), None),
            ids: FragmentIds::default(),
            batch_events: options.batch_events,
            store,
            keeper,
            journal,
            clock,
            dice,
            current,
            options,
            stages,
        };
        pipeline.reload().await?;
        Ok(pipeline)
    }

    /// Forgets what is in memory and reads it anew: after a commit that failed nothing in memory can be trusted.
    async fn reload(&mut self) -> Result<(), PipelineError> {
        self.ahead.clear();
        self.entries = remembered(&self.options);
        self.index = Cache::new(self.options.cache_fragments * 2);
        self.classes = Classes::load(&self.store).await?;
        self.tally = Tally::load(&self.store).await?;
        self.quarantine = Quarantine::load(self.keeper.root(), View::Live(&self.store)).await?;
        self.sweep = Sweep::load(&self.store).await?;
        self.cursor = cursor(&self.store).await?;
        Ok(())
    }

    /// Works on what is there: a batch of the journal, a piece of a sweep. Says whether there was anything.
    ///
    /// # Errors
    /// When something cannot be read or committed; nothing is half-done then, and the worker can be asked again.
    pub async fn step(&mut self) -> Result<bool, PipelineError> {
        let error = match self.try_step().await {
            Err(error) => error,
            done => return done,
        };
        self.reload().await?;
        // What few events change may be more than a commit holds, for what they touch is written anew: repeating the
        // same batch would end the same way for ever.
        if matches!(error, PipelineError::Store(StoreError::Invalid(_))) && self.batch_events > 1 {
            self.batch_events /= 2;
            tracing::warn!(%error, events = self.batch_events, "a batch is tried again with fewer events");
            return Ok(true);
        }
        Err(error)
    }

    async fn try_step(&mut self) -> Result<bool, PipelineError> {
        let worked = self.work_on_journal().await?;
        let current = self.current.load_full();
        let now = self.clock.now();
        self.sweep.begin_if_due(current.policy.version, current.depends_on_time, now);
        let swept = self.sweep.is_under_way();
        if swept {
            self.work_on_sweep(&current, now).await?;
        }
        Ok(worked || swept)
    }

    /// Waits until there may be something to work on.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn wait(&self, at_most: std::time::Duration) -> Result<(), PipelineError> {
        self.journal.wait(self.cursor.0, at_most).await?;
        Ok(())
    }

    async fn work_on_journal(&mut self) -> Result<bool, PipelineError> {
        let stages = self.stages.clone();
        let mut lap = stages.start();
        let records = self.next_records().await?;
        let Some((last, ..)) = records.last() else { return Ok(false) };
        let (end, bytes) = (Position(last.0 + 1), records.iter().map(|(.., bytes)| *bytes as u64).sum());
        lap.done(Stage::Read);
        let current = self.current.load_full();
        let (policy, now) = (&current.policy, self.clock.now());
        let entries: Vec<journal::Entry> = records.into_iter().map(|(_, entry, _)| entry).collect();
        let prepared = self.prepare(policy, &entries);
        let (people, index) = self.load(&prepared).await?;
        lap.done(Stage::Load);
        let books = Books {
            classes: &mut self.classes,
            tally: &mut self.tally,
            quarantine: &mut self.quarantine,
            ids: &mut self.ids,
        };
        let mut work = Work::new(policy, now, self.dice.clone(), books);
        (work.people, work.index) = (people, index);
        let events = prepared.len() as u64;
        for task in &prepared {
            task.run(&mut work);
        }
        lap.done(Stage::Fold);
        let moves = audiences(&mut work, &current);
        lap.done(Stage::Audience);
        let (people, index) = (std::mem::take(&mut work.people), std::mem::take(&mut work.index));
        self.commit(people, index, &current.policy, &moves, Some(end), &mut lap).await?;
        self.stages.batch(events);
        self.batch_events = self.options.batch_events;
        self.journal.commit(end, bytes).await?;
        Ok(true)
    }

    /// The next batch's worth of records. What was read beyond it waits in memory, so that nothing is opened twice.
    async fn next_records(&mut self) -> Result<Vec<Record>, PipelineError> {
        if self.ahead.is_empty() {
            self.ahead = self.journal.read(self.cursor.0, self.options.batch_bytes).await?.into();
        }
        let count = within(self.ahead.iter().map(|(_, entry, _)| entry.events()), self.batch_events);
        Ok(self.ahead.drain(..count.min(self.ahead.len())).collect())
    }

    async fn work_on_sweep(&mut self, current: &Current, now: Moment) -> Result<(), PipelineError> {
        let from = self.sweep.at.clone().unwrap_or_default();
        let range = if from.is_empty() { KeyRange::all() } else { KeyRange::all().after(&from) };
        let rows = self.store.scan(Space::Fragment, range, self.options.sweep_fragments).await?;
        let through = rows.len() < self.options.sweep_fragments;
        self.sweep.at = rows.last().filter(|_| !through).map(|(key, _)| key.clone());
        let ids: Vec<FragmentId> =
            rows.iter().filter_map(|(key, _)| uuid::Uuid::from_slice(key).ok()).map(FragmentId).collect();
        let mut people = People::default();
        let entries = &mut self.entries;
        let known = |id| entries.remove(&id).map(|(_, entry)| entry);
        people.extend(&self.keeper, View::Live(&self.store), &ids, known).await?;
        let books = Books {
            classes: &mut self.classes,
            tally: &mut self.tally,
            quarantine: &mut self.quarantine,
            ids: &mut self.ids,
        };
        let mut work = Work::new(&current.policy, now, self.dice.clone(), books);
        work.people = people;
        work.touched.extend(ids);
        let moves = audiences(&mut work, current);
        let people = std::mem::take(&mut work.people);
        let stages = self.stages.clone();
        self.commit(people, HashMap::new(), &current.policy, &moves, None, &mut stages.start()).await
    }

    /// The identifiers of every event, in the form they are looked up by.
    fn prepare<'a>(&mut self, policy: &'a Policy, entries: &'a [journal::Entry]) -> Vec<Task<'a>> {
        let secrets = self.keeper.root().index_secrets();
        let mut tasks = Vec::new();
        for entry in entries {
            match entry {
                journal::Entry::Collected(collected) => {
                    let Some(source) = policy.source(&collected.source) else {
                        self.tally.add(TallyName::EventsSourceUnknown, collected.events.len());
                        continue;
                    };
                    if collected.bot {
                        self.tally.add(TallyName::EventsBot, collected.events.len());
                        continue;
                    }
                    for event in &collected.events {
                        let (found, unusable) = identifiers(event, policy);
                        self.tally.add(TallyName::IdentifiersUnusable, unusable);
                        let visit = visit(&found, &source.code).filter(|_| source.trust == Trust::Public);
                        let visit = visit
                            .map(|visit| secrets.key(&source.identity_scope, VISIT_KIND, NORMALISER_VERSION, &visit));
                        let keyed = found.into_iter().map(|found| {
                            let scope = &source.identity_scope;
                            let key = secrets.key(scope, &found.rule.code, NORMALISER_VERSION, &found.value);
                            (found, key)
                        });
                        let arrival = Arrival { event, source, received: collected.received_at, gpc: collected.gpc };
                        tasks.push(Task::Event(arrival, keyed.collect(), visit));
                    }
                }
                journal::Entry::Decided(decided) => {
                    let country = &policy.catalog.organisation.country;
                    let rule = policy.identifier(&decided.kind);
                    let value = rule.and_then(|rule| normalise(rule, &decided.value, country).ok());
                    // It was recorded in its form, and somebody was told so: that its kind is declared no longer, or
                    // blocks it now, takes nothing back.
                    let value = value.as_ref().unwrap_or(&decided.value);
                    let key = secrets.key(&decided.scope, &decided.kind, NORMALISER_VERSION, value);
                    tasks.push(Task::Decided(decided, key));
                }
            }
        }
        tasks
    }

    async fn load(&mut self, tasks: &[Task<'_>]) -> Result<(People, HashMap<[u8; 24], FragmentId>), PipelineError> {
        let mut index = HashMap::new();
        let mut unknown = Vec::new();
        for key in tasks.iter().flat_map(Task::keys) {
            match self.index.get(&key) {
                Some(id) => drop(index.insert(key, *id)),
                None => unknown.push(key),
            }
        }
        unknown.sort_unstable();
        unknown.dedup();
        let found = self.keeper.find(View::Live(&self.store), &unknown).await?;
        index.extend(unknown.into_iter().zip(found).filter_map(|(key, id)| Some((key, id?))));
        let ids: Vec<FragmentId> = index.values().copied().collect();
        let mut people = People::default();
        let entries = &mut self.entries;
        let known = |id| entries.remove(&id).map(|(_, entry)| entry);
        people.extend(&self.keeper, View::Live(&self.store), &ids, known).await?;
        Ok((people, index))
    }

    /// Commits everything that has changed, with the cursor, and remembers it.
    async fn commit(
        &mut self,
        mut people: People,
        index: HashMap<[u8; 24], FragmentId>,
        policy: &Policy,
        moves: &Moves,
        end: Option<Position>,
        lap: &mut Lap<'_>,
    ) -> Result<(), PipelineError> {
        let mut batch = Batch::new();
        let mut entries: Vec<Entry> = people.drain().collect();
        entries.sort_unstable_by_key(|entry| entry.id);
        for entry in entries.iter_mut().filter(|entry| entry.changes.any()) {
            self.keeper.save(entry, self.cursor.0, &mut batch, &mut self.dice);
        }
        moves.save(policy, &mut batch);
        self.classes.save(&mut batch);
        self.tally.save(&mut batch);
        self.quarantine.save(self.keeper.root(), &mut batch, &mut self.dice);
        match end {
            Some(end) => {
                batch.expect(Space::Cursor, key::cursor(CONSUMER), self.cursor.1);
                batch.put(Space::Cursor, key::cursor(CONSUMER), end.0.to_be_bytes().to_vec());
            }
            None => self.sweep.save(&mut batch),
        }
        lap.done(Stage::Seal);
        match self.store.commit(batch).await {
            Ok(()) => {}
            Err(CommitError::Conflict(_)) => return Err(PipelineError::Fenced),
            Err(CommitError::Store(error)) => return Err(error.into()),
        }
        self.classes.settle();
        if end.is_some() {
            self.cursor = cursor(&self.store).await?;
        }
        entries.into_iter().for_each(|entry| self.entries.insert(entry.id, entry));
        index.into_iter().for_each(|(key, id)| self.index.insert(key, id));
        lap.done(Stage::Commit);
        Ok(())
    }
}

/// How many of these come first until there are `most` events; one at least.
fn within(events: impl Iterator<Item = usize>, most: usize) -> usize {
    let mut sum = 0;
    let fits = events.take_while(|count| {
        sum += count;
        sum <= most
    });
    fits.count().max(1)
}

/// Something of the journal to be worked on.
enum Task<'a> {
    Event(Arrival<'a>, Vec<Keyed<'a>>, Option<[u8; 24]>),
    Decided(&'a journal::Decided, [u8; 24]),
}

impl Task<'_> {
    fn keys(&self) -> Vec<[u8; 24]> {
        match self {
            Self::Event(_, keyed, visit) => keyed.iter().map(|(_, key)| *key).chain(*visit).collect(),
            Self::Decided(_, key) => vec![*key],
        }
    }

    fn run(&self, work: &mut Work<'_>) {
        match self {
            Self::Event(arrival, keyed, visit) => work.event(arrival, keyed, *visit),
            Self::Decided(decided, key) => work.decided(decided, *key),
        }
    }
}

/// Moves of a batch, with the memberships that result.
#[derive(Default)]
struct Moves {
    moves: Vec<Move>,
    at: Moment,
}

impl Moves {
    fn save(&self, policy: &Policy, batch: &mut Batch) {
        for each in &self.moves {
            let key = key::member(each.audience, *each.profile.0.as_bytes());
            match each.kind {
                MoveKind::Entered => batch.put(Space::Member, key, self.at.0.to_be_bytes().to_vec()),
                MoveKind::Exited => batch.delete(Space::Member, key),
            };
        }
        enqueue(policy, &self.moves, self.at, batch);
    }
}

/// Puts everybody who was touched through the audiences.
fn audiences(work: &mut Work<'_>, current: &Current) -> Moves {
    let mut profiles = BTreeMap::new();
    for id in std::mem::take(&mut work.touched) {
        let whole = work.whole(id);
        if let Some(profile) = whole.profile() {
            profiles.insert(profile, whole);
        }
    }
    let (ids, wholes): (Vec<FragmentId>, Vec<Rc<_>>) = profiles.into_iter().unzip();
    let now = work.now;
    let belonging = current.audiences.belonging(&current.policy, &work.people, work.classes, &wholes, now);
    let mut moves = Moves { moves: Vec::new(), at: now };
    for ((profile, whole), belonging) in ids.iter().zip(&wholes).zip(belonging) {
        let members = || whole.component.fragments.keys();
        let of = |id: &FragmentId| work.people.get(*id).map_or(&[][..], |entry| &entry.fragment.memberships);
        let before: Vec<_> = members().flat_map(|id| of(id).iter().map(|membership| (*id, *membership))).collect();
        if before.is_empty() && belonging.is_empty() {
            continue;
        }
        let (memberships, moved) = settle(*profile, &before, &belonging, now);
        if moved.is_empty() {
            continue;
        }
        for id in members() {
            let Some(entry) = work.people.get_mut(*id) else { continue };
            let after = if id == profile { memberships.clone() } else { Vec::new() };
            entry.changes.fragment |= entry.fragment.memberships != after;
            entry.fragment.memberships = after;
        }
        for each in &moved {
            let name = match each.kind {
                MoveKind::Entered => TallyName::AudienceEntered,
                MoveKind::Exited => TallyName::AudienceExited,
            };
            work.tally.add(name, 1);
        }
        moves.moves.extend(moved);
    }
    moves
}

async fn cursor(store: &Store) -> Result<(Position, Option<u64>), StoreError> {
    let row = store.get(Space::Cursor, key::cursor(CONSUMER)).await?;
    Ok(row.map_or((Position(0), None), |row| {
        let bytes = row.value.first_chunk().copied().unwrap_or_default();
        (Position(u64::from_be_bytes(bytes)), Some(row.version))
    }))
}
