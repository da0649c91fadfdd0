//! What a record of the journal asks to be done, with its identifiers in the form they are looked up by.

use super::acts::Arrival;
use super::identify::{Found, identifiers, visit};
use super::indexing::Indexing;
use super::muted::mute;
use super::proof::{Proofs, TakenProofs};
use super::tally::{Tally, TallyName};
use super::work::{Keyed, Work};
use crate::journal::{Collected, Decided, Entry, IdentityDecision, Named};
use amana_core::SlotSet;
use amana_core::catalog::{Policy, Trust};
use amana_core::identity::{BEARER_KIND, NORMALISERS, VISIT_KIND, normalise, older_forms};
use amana_core::permission::ActKind;

/// Something of the journal to be worked on.
pub(super) enum Task<'a> {
    /// An event, with whom it names.
    Event(Arrival<'a>, Identified<'a>),
    /// An act of a person or of staff.
    Decided(&'a Decided, [u8; 24]),
    /// An act of a row of a file.
    Imported(&'a Decided, [u8; 24]),
    /// A decision of staff about who is one person: the person's key, then those of the others.
    Identity(&'a IdentityDecision, Vec<[u8; 24]>),
}

impl Task<'_> {
    /// The index keys it needs.
    pub(super) fn keys(&self) -> Vec<[u8; 24]> {
        match self {
            Self::Event(_, of) => of.keyed.iter().chain(&of.beside).map(|(_, key)| *key).chain(of.visit).collect(),
            Self::Decided(_, key) | Self::Imported(_, key) => vec![*key],
            Self::Identity(_, keys) => keys.clone(),
        }
    }

    /// Whether it is an event that its file names.
    pub(super) fn is_named(&self) -> bool {
        matches!(self, Self::Event(arrival, _) if arrival.named)
    }

    /// The key of the identifier whose ban it lifts.
    pub(super) fn lifts(&self) -> Option<[u8; 24]> {
        match self {
            Self::Identity(decision, keys) if decision.act == ActKind::LiftBan => keys.first().copied(),
            _ => None,
        }
    }

    /// Does it.
    pub(super) fn run(&self, work: &mut Work<'_>) {
        match self {
            Self::Event(arrival, of) => work.event(arrival, of),
            Self::Decided(decided, key) => work.decided(decided, *key),
            Self::Imported(decided, key) => work.imported(decided, *key),
            Self::Identity(decision, keys) => work.identity(decision, keys),
        }
    }
}

/// Where a task stands: the place of its record, and its own place in that.
pub(super) type Place = (usize, usize);

/// What records ask to be done, in their order.
#[derive(Default)]
pub(super) struct Tasks<'a> {
    /// The tasks.
    pub(super) all: Vec<Task<'a>>,
    /// Where each stands.
    pub(super) places: Vec<Place>,
}

impl<'a> Tasks<'a> {
    fn push(&mut self, place: Place, task: Task<'a>) {
        self.all.push(task);
        self.places.push(place);
    }
}

/// Whom an event names.
pub(super) struct Identified<'a> {
    /// The identifiers that are as true as the event is trusted.
    pub(super) keyed: Vec<Keyed<'a>>,
    /// The place among them of the one that a signed identity proves.
    pub(super) proven: Option<usize>,
    /// What a signed event names besides whom it proves, another one of the same kind included: claims still. A proof is
    /// of one identifier, and whoever signed in could else give somebody else's account or address for theirs.
    pub(super) beside: Vec<Keyed<'a>>,
    /// The index key for somebody who is merely named on a device that is another's.
    pub(super) visit: Option<[u8; 24]>,
}

impl<'a> Identified<'a> {
    /// What an event names, where a proof proves the one at a place: that one alone, and the device it came from.
    fn of(
        found: Vec<Found<'a>>,
        proof: Option<usize>,
        visit: Option<[u8; 24]>,
        key: impl Fn(&str, &str, &[(u8, String)]) -> [u8; 24],
    ) -> Self {
        let mut of = Self { keyed: Vec::new(), proven: None, beside: Vec::new(), visit };
        for (place, found) in found.into_iter().enumerate() {
            let key = key(&found.rule.code, &found.value, &found.older);
            if proof == Some(place) {
                of.proven = Some(of.keyed.len());
            }
            let counts = proof.is_none_or(|proven| proven == place) || found.rule.code == BEARER_KIND;
            let list = if counts { &mut of.keyed } else { &mut of.beside };
            list.push((found, key));
        }
        of
    }
}

/// What identifiers are looked up by, and believed for.
#[derive(Clone, Copy)]
pub(super) struct Believed<'a> {
    /// What makes index keys.
    pub(super) index: &'a Indexing<'a>,
    /// What proves something to each source.
    pub(super) proofs: &'a Proofs,
    /// The proofs that came.
    pub(super) taken: &'a TakenProofs,
}

/// What records ask to be done. Events that cannot be worked on are counted.
pub(super) fn tasks<'a>(
    policy: &'a Policy,
    entries: &'a [Entry],
    believed: Believed<'_>,
    tally: &mut Tally,
) -> Tasks<'a> {
    let mut tasks = Tasks::default();
    let index = believed.index;
    for (record, entry) in entries.iter().enumerate() {
        match entry {
            Entry::Collected(collected) => events(policy, (record, collected), believed, tally, &mut tasks),
            Entry::Decided(decided) => {
                let named = (decided.kind.as_str(), decided.value.as_str(), decided.scope.as_str());
                tasks.push((record, 0), Task::Decided(decided, key_of(policy, named, index)));
            }
            Entry::Imported(imported) => {
                for (place, decided) in imported.decisions.iter().enumerate() {
                    let named = (decided.kind.as_str(), decided.value.as_str(), decided.scope.as_str());
                    tasks.push((record, place), Task::Imported(decided, key_of(policy, named, index)));
                }
            }
            Entry::Identity(decision) => {
                let all = std::iter::once(&decision.anchor).chain(&decision.others);
                let key = |named: &Named| key_of(policy, (&named.kind, &named.value, &named.scope), index);
                tasks.push((record, 0), Task::Identity(decision, all.map(key).collect()));
            }
            // What it names has taken its place by now.
            Entry::Again(_) | Entry::Deleted(_) => {}
        }
    }
    tasks
}

fn events<'a>(
    policy: &'a Policy,
    (record, collected): (usize, &'a Collected),
    believed: Believed<'_>,
    tally: &mut Tally,
    tasks: &mut Tasks<'a>,
) {
    let Some(source) = policy.source(&collected.source) else {
        tally.add(TallyName::EventsSourceUnknown, collected.events.len());
        return;
    };
    if collected.bot {
        tally.add(TallyName::EventsBot, collected.events.len());
        return;
    }
    let (scope, received, first) = (&source.identity_scope, collected.received_at, tasks.all.len());
    let key = |kind: &str, value: &str, older: &[(u8, String)]| believed.index.key((scope, kind), value, older);
    for (place, event) in collected.events.iter().enumerate() {
        let (found, unusable) = identifiers(event, policy);
        tally.add(TallyName::IdentifiersUnusable, unusable);
        let proof = believed.taken.get(record, place).filter(|_| source.trust == Trust::Public);
        let proven =
            proof.and_then(|proof| believed.proofs.proven(&source.code, proof, event, (&found, policy), received));
        if proof.is_some() {
            tally.add(if proven.is_some() { TallyName::ProofsAccepted } else { TallyName::ProofsRefused }, 1);
        }
        let claimed = source.trust == Trust::Public && proven.is_none();
        let visit = visit(&found, &source.code).filter(|_| claimed).map(|visit| key(VISIT_KIND, &visit, &[]));
        let of = Identified::of(found, proven, visit, key);
        let trust = if claimed { Trust::Public } else { Trust::Server };
        let arrival = Arrival {
            event,
            source,
            trust,
            received,
            gpc: collected.gpc,
            named: collected.named,
            muted: SlotSet::EMPTY,
        };
        tasks.push((record, place), Task::Event(arrival, of));
    }
    mute(&mut tasks.all[first..]);
}

fn key_of(policy: &Policy, (kind, given, scope): (&str, &str, &str), index: &Indexing<'_>) -> [u8; 24] {
    let country = &policy.catalog.organisation.country;
    let rule = policy.identifier(kind);
    let value = rule.and_then(|rule| normalise(rule, given, country).ok());
    let older = rule.map(|rule| older_forms(NORMALISERS, rule, given, country)).unwrap_or_default();
    // It was recorded in its form, and somebody was told so: that its kind is declared no longer, or blocks it now,
    // takes nothing back.
    index.key((scope, kind), value.as_deref().unwrap_or(given), &older)
}
