//! A fragment as it is worked on: everything known under one identifier, decoded, with what has changed.

use super::counted::{Counted, Standing};
use super::named::{NamedPlace, Names};
use amana_core::catalog::Number;
use amana_core::identity::FragmentId;
use amana_core::permission::{Act, Mark};
use amana_core::profile::{Fragment, Holding, Part, SEEN_DAYS, TraitValue, epoch_of};
use amana_core::{Moment, Value};
use amana_store::seal::{KeyId, Ring};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The key under which a fragment's own record and its acts are sealed; data classes start at 1.
pub(super) const RECORD: KeyId = KeyId::holding(0);
/// How many message ids are remembered per fragment and day; beyond, the oldest half is forgotten.
const SEEN_PER_DAY_MAX: usize = 10_000;

const DAY_MILLIS: i64 = 86_400_000;

/// A fragment with all that hangs on it.
#[derive(Debug)]
pub struct Entry {
    /// Its id.
    pub id: FragmentId,
    /// The index key that leads to it; none while a program that did not note it has stored it last.
    pub index: Option<[u8; 24]>,
    /// What it is counted as; none while it was not counted yet.
    pub counted: Option<Counted>,
    /// Edges, marks, where its data lies.
    pub fragment: Fragment,
    /// Its keys.
    pub ring: Ring,
    /// What it holds, by hold class.
    pub holdings: BTreeMap<u32, Holding>,
    /// Short hashes of message ids, by day of receipt.
    pub seen: BTreeMap<i32, SeenDay>,
    /// The names of its imported events; none while nobody had to read them.
    pub names: Option<Names>,
    /// What has changed since it was loaded.
    pub changes: Changes,
}

/// Short hashes of one day's message ids: sorted, for finding one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenDay(Vec<u64>);

/// What has changed in an entry.
#[derive(Debug, Default)]
pub struct Changes {
    /// The fragment's own record.
    pub fragment: bool,
    /// The ring has a new key.
    pub ring: bool,
    /// Holdings.
    pub holdings: BTreeSet<u32>,
    /// Days of message ids.
    pub seen: BTreeSet<i32>,
    /// Days of message ids that are forgotten.
    pub forgotten: BTreeSet<i32>,
    /// Classes and months of whose imported events the names are others, or are forgotten.
    pub names: BTreeSet<NamedPlace>,
    /// Acts to be written down.
    pub acts: Vec<Act>,
    /// Events to be written down, by hold class and epoch.
    pub events: BTreeMap<(u32, u16), Vec<EventRow>>,
    /// Hold classes, or single epochs of their events, whose keys are destroyed.
    pub destroyed: Vec<(u32, Option<u16>)>,
    /// A holding's key was replaced, since some of what it opened has gone.
    pub rekeyed: bool,
    /// For what it counts, when that is something else than before.
    pub standing: Option<Standing>,
    /// Whether its processing is restricted, when that is to be noted.
    pub restricted: Option<bool>,
    /// Where it stood in the index of due moments, when it stands elsewhere now.
    pub due: Option<Option<Moment>>,
    /// The index key that leads to it, when it is new.
    pub index: Option<[u8; 24]>,
    /// The index key that led to it until now, when another has taken its place.
    pub moved: Option<[u8; 24]>,
}

/// An event as it is kept for one hold class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventRow {
    /// When it happened, when we learned of it, and through which source.
    pub origin: amana_core::profile::Origin,
    /// Its name.
    pub name: String,
    /// The fields kept for this class.
    pub fields: Vec<(String, amana_core::Value)>,
}

impl Changes {
    /// Whether there is something to write.
    #[must_use]
    pub fn any(&self) -> bool {
        self.fragment
            || self.ring
            || self.due.is_some()
            || self.restricted.is_some()
            || !self.destroyed.is_empty()
            || !(self.holdings.is_empty() && self.seen.is_empty() && self.acts.is_empty() && self.names.is_empty())
    }

    /// Whether keys are destroyed.
    #[must_use]
    pub fn destroys(&self) -> bool {
        self.rekeyed || !self.destroyed.is_empty()
    }
}

impl Entry {
    /// A fragment that was never seen before.
    #[must_use]
    pub fn new(id: FragmentId, kind: &str, scope: &str, now: Moment, index: [u8; 24]) -> Self {
        let fragment = Fragment { kind: kind.into(), scope: scope.into(), created: now, ..Fragment::default() };
        let changes = Changes { fragment: true, ring: true, index: Some(index), ..Changes::default() };
        Self {
            id,
            index: Some(index),
            counted: None,
            fragment,
            ring: Ring::default(),
            holdings: BTreeMap::new(),
            seen: BTreeMap::new(),
            names: None,
            changes,
        }
    }

    /// Notes that this index key leads to it, under which it was looked for and which is the newest; it was found under
    /// `older` if that is given. Says whether it moves to the key, which takes the place of the one before in the index.
    pub fn lead(&mut self, key: [u8; 24], older: Option<[u8; 24]>) -> bool {
        // What an earlier program stored does not say under which key it stands.
        let stood = self.index.replace(key).or(older);
        let Some(stood) = stood.filter(|stood| *stood != key) else { return false };
        self.changes.moved.get_or_insert(stood);
        self.changes.index = Some(key);
        self.changes.fragment = true;
        true
    }

    /// No identifier leads to it any more, only its edges do: it stands under its own id instead of `key`, which another
    /// one may take. Returns where it stands.
    pub fn stand_by_itself(&mut self, key: [u8; 24]) -> [u8; 24] {
        let own = self.own_key(key[0]);
        if self.changes.index.is_some() && self.changes.moved.is_none() {
            // It never stood under the one before.
            (self.index, self.changes.index) = (Some(own), Some(own));
        } else {
            self.lead(own, None);
        }
        own
    }

    /// Takes over which message ids came lately.
    pub fn take_seen(&mut self, seen: BTreeMap<i32, SeenDay>) {
        self.changes.seen.extend(seen.keys());
        self.fragment.seen_days = seen.keys().copied().collect();
        self.seen = seen;
    }

    /// The key of what no identifier leads to, for a version of the index secret.
    #[must_use]
    pub fn own_key(&self, version: u8) -> [u8; 24] {
        let mut key = [0; 24];
        key[0] = version;
        key[8..].copy_from_slice(self.id.0.as_bytes());
        key
    }

    /// About how many bytes it takes in memory.
    #[must_use]
    pub fn weight_bytes(&self) -> u64 {
        let text = |value: &TraitValue| match &value.value {
            Value::Text(text) | Value::Json(text) => NAME_BYTES + text.len(),
            _ => NAME_BYTES,
        };
        let holding = |holding: &Holding| {
            let traits: usize = holding.traits.values().map(text).sum();
            let metrics: usize = holding.metrics.values().map(|state| NAME_BYTES + 40 * state.len()).sum();
            traits + metrics + tree_bytes(&holding.traits) + tree_bytes(&holding.metrics)
        };
        let holdings: usize = self.holdings.values().map(holding).sum();
        let seen: usize = self.seen.values().map(|day| 8 * day.0.capacity()).sum();
        let trees = tree_bytes(&self.holdings) + tree_bytes(&self.seen);
        let edges = self.fragment.edges.len() + self.fragment.former.len();
        let single = size_of::<Self>() + 64 * (edges + self.ring.len());
        (single + holdings + seen + trees + self.names_weight_bytes()) as u64
    }

    /// Whether a message id came within the last days; notes it when it did not.
    pub fn see(&mut self, message: u64, received: Moment) -> bool {
        let today = received.day();
        let oldest = today - SEEN_DAYS + 1;
        if self.seen.range(oldest..).any(|(_, day)| day.contains(message)) {
            return true;
        }
        let stale: Vec<i32> = self.seen.range(..oldest).map(|(day, _)| *day).collect();
        for day in stale {
            self.seen.remove(&day);
            self.changes.forgotten.insert(day);
        }
        self.seen.entry(today).or_default().insert(message);
        self.changes.seen.insert(today);
        if !self.fragment.seen_days.iter().eq(self.seen.keys()) {
            self.fragment.seen_days = self.seen.keys().copied().collect();
            self.changes.fragment = true;
        }
        false
    }

    /// Forgets the days whose message ids nobody has to know again. Returns when the next one is to be forgotten: some time
    /// in the day after its last one, another for each fragment, so that not everybody's are forgotten at midnight.
    pub fn forget_seen(&mut self, now: Moment) -> Option<Moment> {
        let id = self.id.0.as_u128();
        let part_of_day = i64::try_from(id % DAY_MILLIS.unsigned_abs() as u128).unwrap_or_default();
        let ends = |day: i32| Moment((i64::from(day) + i64::from(SEEN_DAYS)) * DAY_MILLIS + part_of_day);
        while let Some(day) = self.fragment.seen_days.first().copied().filter(|day| ends(*day) <= now) {
            self.fragment.seen_days.remove(0);
            self.seen.remove(&day);
            self.changes.forgotten.insert(day);
            self.changes.fragment = true;
        }
        self.fragment.seen_days.first().map(|day| ends(*day))
    }

    /// Whether a message id came within the last days.
    #[must_use]
    pub fn has_seen(&self, message: u64) -> bool {
        self.seen.values().any(|day| day.contains(message))
    }

    /// Takes an act into account and writes it down.
    pub fn act(&mut self, act: Act) {
        self.fragment.marks.add(&act);
        self.fragment.preferences.add(&act);
        self.changes.fragment = true;
        self.changes.acts.push(act);
    }

    /// Notes that a version of a notice was shown.
    pub fn tell(&mut self, notice: Number, version: u32) {
        self.changes.fragment |= self.fragment.tell(notice, version);
    }

    /// Takes an act's mark into account without writing the act down: what only repeats what is known.
    pub fn remark(
        &mut self,
        target: amana_core::permission::Target,
        kind: amana_core::permission::ActKind,
        mark: Mark,
    ) {
        self.changes.fragment |= self.fragment.marks.mark(target, kind, mark);
    }

    /// Forgets what a trait was in every holding, and the keys under which older copies of it lie.
    pub fn forget_trait(&mut self, name: &str) {
        self.forget_traits(|known, _| known == name);
    }

    /// The same for every trait that is one of these. Says whether there was any.
    pub fn forget_traits(&mut self, is_one: impl Fn(&str, &Value) -> bool) -> bool {
        let mut any = false;
        for (class, holding) in &mut self.holdings {
            let before = holding.traits.len();
            holding.traits.retain(|name, known| !is_one(name, &known.value));
            if holding.traits.len() < before {
                self.ring.destroy(KeyId::holding(*class));
                self.changes.holdings.insert(*class);
                (self.changes.ring, self.changes.rekeyed, any) = (true, true, true);
            }
        }
        any
    }

    /// Puts a trait right in the holding of a class.
    pub fn correct(
        &mut self,
        class: u32,
        name: &str,
        value: Option<Value>,
        wrong: &[Value],
        (at, received): (Moment, Moment),
    ) {
        self.changes.fragment |= self.fragment.hold(class);
        self.holdings.entry(class).or_default().correct(name, value, wrong, at, received);
        self.changes.holdings.insert(class);
    }

    /// Folds a part of an event into the holding of its class. What a correction of any class forbids to believe is not
    /// kept in another one, either: it would take the place of what is right there.
    pub fn fold(&mut self, class: u32, mut part: Part, origin: amana_core::profile::Origin) {
        let rejects = |holding: &Holding, name: &str, value: &Value| holding.is_rejected(name, value, origin);
        part.traits.retain(|(name, value)| !self.holdings.values().any(|holding| rejects(holding, name, value)));
        self.changes.fragment |= self.fragment.hold(class) | self.fragment.see(origin.source);
        self.holdings.entry(class).or_default().fold(&part, origin);
        self.changes.holdings.insert(class);
        if let Some(name) = part.event {
            let rows = self.changes.events.entry((class, epoch_of(origin.at))).or_default();
            rows.push(EventRow { origin, name, fields: part.fields });
        }
    }

    /// Notes when time alone will next change something about it.
    pub fn set_due(&mut self, due: Option<Moment>) {
        if self.fragment.due != due {
            self.changes.due.get_or_insert(self.fragment.due);
            self.fragment.due = due;
            self.changes.fragment = true;
        }
    }
}

/// What a short name takes beside its place.
const NAME_BYTES: usize = 32;

/// About what the nodes of a map take: each has room for eleven and is half full at least.
fn tree_bytes<K, V>(map: &BTreeMap<K, V>) -> usize {
    map.len().div_ceil(6) * 11 * size_of::<(K, V)>()
}

impl SeenDay {
    fn contains(&self, message: u64) -> bool {
        self.0.binary_search(&message).is_ok()
    }

    fn insert(&mut self, message: u64) {
        if self.0.len() >= SEEN_PER_DAY_MAX {
            // The hashes have no order in time, so any half is as good: a retry comes within minutes, and a sender of
            // this many events a day to one identifier is no person.
            let mut keep = false;
            self.0.retain(|_| {
                keep = !keep;
                keep
            });
        }
        if let Err(place) = self.0.binary_search(&message) {
            self.0.insert(place, message);
        }
    }
}
