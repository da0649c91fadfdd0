//! "Why one person?": fragments, what holds them together with its evidence, and what keeps them apart.

use super::left_out::LeftOuts;
use super::located::{Located, locate};
use super::shown::{IdentityAct, IdentityCut, IdentityFragment, IdentityGraph, IdentityPath, KindCount};
use crate::app::App;
use crate::profile::read::ReadRefused;
use crate::profile::spelling::word;
use crate::profile::{Entry, FindError, SlotUnclear, Sought, View, Whole, slot_named};
use amana_core::Moment;
use amana_core::catalog::{CategorySet, Policy, SlotRule};
use amana_core::identity::{COMPONENT_MAX, Component, Cut, Edge, FragmentId, VISIT_KIND};
use amana_core::permission::{Act, ActKind, Content};
use amana_core::permit::{Context, Question, Reason, Use, permit};
use amana_core::profile::{Piece, Reading, Sight};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct GraphAsk<'a> {
    /// Who.
    pub sought: Sought<'a>,
    /// The purpose for which identifiers are shown.
    pub purpose: &'a str,
    /// Code of the brand, where the purpose has several.
    pub brand: Option<&'a str>,
    /// What values are shown for: [`Use::Profile`], or a disclosure to the person or for a legal claim.
    pub usage: Use<'a>,
    /// Another identifier: why is it the same person?
    pub to: Option<Sought<'a>>,
}

/// Reads why somebody is one person.
///
/// # Errors
/// When nobody is known, the purpose is not one, or something cannot be read.
pub async fn read_graph(app: &App, ask: &GraphAsk<'_>) -> Result<IdentityGraph, ReadRefused> {
    let (current, now) = (app.current(), app.now());
    let policy = &*current.policy;
    let rule = slot_named(policy, ask.purpose, ask.brand).map_err(|unclear| match unclear {
        SlotUnclear::Unknown => ReadRefused::Denied { reason: Reason::PurposeUnknown, verdict: None },
        unclear @ SlotUnclear::BrandNeeded { .. } => ReadRefused::Slot(unclear),
    })?;
    let sought: Vec<Sought<'_>> = std::iter::once(ask.sought).chain(ask.to).collect();
    let mut located = locate(app, policy, &sought).await?;
    let start = located.found[0].1.ok_or(ReadRefused::NotAvailable)?;
    let whole = located.people.whole(start, policy, now);
    let acts = staff_acts(app, &located, &whole).await?;
    let left_out = LeftOuts::read(app, &mut located, &whole).await?;
    let usage = ask.usage;
    let looking = Looking { policy, rule, usage, located: &located, whole: &whole, acts: &acts, now };
    let members = || whole.component.fragments.keys().copied();
    let values = looking.values(start);
    Ok(IdentityGraph {
        profile_id: whole.profile().unwrap_or(start).to_string(),
        purpose: rule.purpose.clone(),
        brand: rule.brand.clone(),
        as_of: now.to_string(),
        fragments: members().filter_map(|id| looking.fragment(id, &values)).collect(),
        edges: looking.edges(),
        former: looking.former(),
        cuts: whole.component.cuts.iter().map(|cut| looking.cut(*cut)).collect(),
        left_out: left_out.shown(&looking, start),
        limits: counts(&whole.component, policy),
        fragments_max: COMPONENT_MAX,
        path: ask.to.map(|_| looking.path(start, located.found[1].1)),
    })
}

/// Acts of staff about who is one person, from the histories of fragments that carry any.
async fn staff_acts(app: &App, located: &Located, whole: &Whole) -> Result<HashMap<Uuid, Act>, FindError> {
    let mut acts = HashMap::new();
    let members = || whole.component.fragments.keys().filter_map(|id| located.people.get(*id));
    let is_plain = |edge: &Edge| edge.act.is_none() && edge.holds();
    let is_decided = |entry: &Entry| {
        let fragment = &entry.fragment;
        let was_decided = fragment.former.iter().any(|former| former.act.is_some());
        !fragment.cuts.is_empty() || fragment.ban.is_some() || was_decided || !fragment.edges.iter().all(is_plain)
    };
    // A side of a decision has it in the history of its oldest fragment, wherever its edges are.
    if !members().any(is_decided) {
        return Ok(acts);
    }
    for entry in members() {
        let look = |act: Act| {
            if matches!(act.kind, ActKind::Join | ActKind::Split | ActKind::Ban) {
                acts.insert(act.id, act);
            }
        };
        app.keeper().each_act(View::Still(&located.snapshot), entry, look).await?;
    }
    Ok(acts)
}

/// How many identifiers of each kind a component has.
pub(super) fn counts(component: &Component, policy: &Policy) -> Vec<KindCount> {
    let kinds: BTreeMap<&str, usize> = component.kinds().into_iter().collect();
    let count = |(kind, count): (&str, usize)| {
        let limit = policy.identifier(kind).map(|rule| rule.limit);
        let passed = limit.is_some_and(|limit| count > limit as usize);
        KindCount { kind: shown_kind(kind), count, limit, passed }
    };
    kinds.into_iter().map(count).collect()
}

/// The kind of a fragment, as people read it.
pub(super) fn shown_kind(kind: &str) -> String {
    if kind == VISIT_KIND { "visit".to_owned() } else { kind.to_owned() }
}

/// Somebody who is being looked at.
pub(super) struct Looking<'a> {
    policy: &'a Policy,
    rule: &'a SlotRule,
    usage: Use<'a>,
    located: &'a Located,
    pub(super) whole: &'a Whole,
    pub(super) acts: &'a HashMap<Uuid, Act>,
    now: Moment,
}

impl Looking<'_> {
    pub(super) fn entry(&self, id: FragmentId) -> Option<&Entry> {
        self.located.people.get(id)
    }

    /// The identifiers, each with its value or why it is not shown. Whoever is found by what only claims to be
    /// somebody's is shown no other identifier: a claim must not read who it claims to be.
    fn values(&self, start: FragmentId) -> BTreeMap<FragmentId, Result<String, String>> {
        let people = &self.located.people;
        let seen = people.whole_seen_from(start, self.policy, self.now);
        let pieces = people.pieces_for(self.usage, &seen, self.policy, &self.located.classes, self.now);
        let value = |id: &FragmentId| {
            let own: Vec<Piece<'_>> = pieces.iter().filter(|piece| piece.fragment == *id).copied().collect();
            let kind = self.whole.component.fragments.get(id).map_or("", String::as_str);
            let value = match seen.group_of(*id) {
                Some(_) => self.value(self.usage, &seen, kind, &own),
                None => Err("claimed".to_owned()),
            };
            (*id, value)
        };
        self.whole.component.fragments.keys().map(value).collect()
    }

    fn value(&self, usage: Use<'_>, seen: &Whole, kind: &str, pieces: &[Piece<'_>]) -> Result<String, String> {
        let reading = Reading { pieces, rule: self.rule, now: self.now };
        let value = match reading.identifier(kind) {
            Sight::Absent => return Err("not_kept".to_owned()),
            Sight::Hidden(reason) => return Err(word(&reason)),
            Sight::Value(value, _) => value,
        };
        let category = self.policy.identifier(kind).ok_or_else(|| Reason::CategoryUnknown.code().to_owned())?.category;
        let mut categories = CategorySet::default();
        categories.insert(category);
        let verdict = |usage| {
            let context = Context { categories, ..Context::default() };
            let (policy, slot, now) = (self.policy, Some(self.rule), self.now);
            permit(&Question { policy, slot, person: seen.read_in_parts(), usage, context, contact: None, now })
        };
        let shown = verdict(usage);
        // A purpose that links and reads nothing shows what it links. A restriction leaves linking and stops reading.
        let linked = || !matches!(shown.reason, Reason::Restricted) && verdict(Use::Link).allow;
        if !(shown.allow || linked()) {
            return Err(shown.reason.code().to_owned());
        }
        Ok(value.to_json().as_str().unwrap_or_default().to_owned())
    }

    fn fragment(
        &self,
        id: FragmentId,
        values: &BTreeMap<FragmentId, Result<String, String>>,
    ) -> Option<IdentityFragment> {
        let fragment = &self.entry(id)?.fragment;
        let group = self.whole.group_of(id)?;
        let value = values.get(&id)?;
        Some(IdentityFragment {
            fragment: id.to_string(),
            kind: shown_kind(&fragment.kind),
            scope: fragment.scope.clone(),
            value: value.as_ref().ok().cloned(),
            hidden: value.as_ref().err().cloned(),
            created: fragment.created.to_string(),
            sources: fragment.sources.iter().filter_map(|number| self.source(*number)).collect(),
            group,
            standing: if group < self.whole.core { "core" } else { "claim" },
            vouched: fragment.vouched,
            banned: fragment.ban.as_ref().and_then(|ban| self.acts.get(&ban.act)).map(told),
        })
    }

    /// Whether a fragment is of the core: whoever gives it is not merely somebody who claims to be this person.
    pub(super) fn is_core(&self, id: FragmentId) -> bool {
        self.whole.group_of(id).is_some_and(|group| group < self.whole.core)
    }

    /// The identifier of somebody else, for what the purpose may see of them, or why it is not shown. Whoever is told of
    /// themselves is told nothing of others by it.
    pub(super) fn value_of(&self, other: FragmentId) -> Result<String, String> {
        let people = &self.located.people;
        let entry = self.entry(other).ok_or("not_kept")?;
        let seen = people.whole_seen_from(other, self.policy, self.now);
        let mut pieces = people.pieces(&seen, self.policy, &self.located.classes, self.now);
        pieces.retain(|piece| piece.fragment == other);
        self.value(Use::Profile, &seen, &entry.fragment.kind, &pieces)
    }

    pub(super) fn source(&self, number: u32) -> Option<String> {
        self.policy.sources.iter().find(|source| source.number == number).map(|source| source.code.clone())
    }

    fn cut(&self, cut: Cut) -> IdentityCut {
        let act = self.acts.get(&cut.act);
        let from = match act.and_then(|act| act.content.as_ref()) {
            Some(Content::Identity { with, .. }) => with.iter().map(Uuid::to_string).collect(),
            _ => Vec::new(),
        };
        IdentityCut { id: cut.act.to_string(), act: act.map(told), parted: cut.parted, from }
    }

    fn path(&self, start: FragmentId, to: Option<FragmentId>) -> IdentityPath {
        let people = &self.located.people;
        let members: BTreeSet<FragmentId> = self.whole.component.fragments.keys().copied().collect();
        let path = to.and_then(|to| people.graph(&members).path(start, to));
        let apart = |to: FragmentId| {
            let other = people.component(to);
            let against = |cut: &&Cut| other.cuts.contains(&Cut { parted: !cut.parted, ..**cut });
            self.whole.component.cuts.iter().filter(against).map(|cut| cut.act.to_string()).collect()
        };
        IdentityPath {
            connected: path.is_some(),
            parted_by: to.filter(|_| path.is_none()).map(apart).unwrap_or_default(),
            fragments: path.unwrap_or_default().iter().map(FragmentId::to_string).collect(),
        }
    }
}

/// An act of staff as it is told.
pub(super) fn told(act: &Act) -> IdentityAct {
    IdentityAct {
        id: act.id.to_string(),
        act: word(&act.kind),
        at: act.at.to_string(),
        method: word(&act.evidence.method),
        source: act.evidence.source.clone(),
        actor: act.evidence.actor.clone(),
        note: act.evidence.note.clone(),
    }
}
