//! Which identifiers of an event belong together, within limits.

use super::{BEARER_KIND, COMPONENT_MAX, Component, FragmentId, VISIT_KIND};
use crate::catalog::{IdentifierRule, Trust};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// One identifier of an event.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its kind.
    pub rule: &'a IdentifierRule,
    /// Its fragment, when it is known already.
    pub fragment: Option<FragmentId>,
    /// What its fragment is part of, when it is known already.
    pub component: Option<&'a Component>,
    /// The catalogue says that it is a device which many people use.
    pub shared: bool,
}

impl Candidate<'_> {
    /// Whether it joins nobody: staff banned it, or it is a device that several people use.
    #[must_use]
    pub fn joins_nobody(&self) -> bool {
        self.shared || self.component.is_some_and(|component| component.banned)
    }

    /// Whether it is a device that several people use, as they have shown or the catalogue says.
    fn is_shared(&self) -> bool {
        self.shared || self.component.is_some_and(|component| component.shared)
    }

    /// Whether it is joined to nobody.
    fn stands_alone(&self) -> bool {
        self.component.is_none_or(|component| component.banned || component.fragments.len() <= 1)
    }
}

/// Why an identifier of an event was left out. The order is stored: new reasons come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dropped {
    /// With it, one person would have more identifiers of a kind than the kind's limit.
    KindLimit,
    /// With it, one person would have more than [`COMPONENT_MAX`] fragments.
    SizeLimit,
    /// Staff split what it would join.
    Split,
    /// Staff banned it: it joins nobody.
    Banned,
    /// Several people sign in on it, or the catalogue says that many use it: it joins nobody.
    SharedDevice,
    /// The organisation's own systems know two people, or one and an account that is another's for all they know, and only a
    /// claim says that they are one.
    KnownApart,
}

/// Whether a kind names accounts: what a person has one of and signs in with. A device is none.
#[must_use]
pub fn is_account(rule: &IdentifierRule) -> bool {
    rule.limit == 1 && !rule.device && rule.code != BEARER_KIND
}

/// What an event's identifiers come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolution {
    /// Places of the identifiers that belong together, by descending priority.
    pub kept: Vec<usize>,
    /// Places of those that were left out.
    pub dropped: Vec<(usize, Dropped)>,
    /// Place of the identifier whose fragment the event belongs to.
    pub owner: Option<usize>,
}

/// Decides which identifiers belong together and whose the event is.
///
/// Where a limit would be passed the identifier of lowest priority is left out and the rest tried again, so a shared
/// tablet stays with whom it was first and the person who signed in on it keeps what they did. What joins nobody is left
/// out before anything is counted; where nothing else is named, the event is the highest one's, alone.
///
/// What a source only claims joins nobody to somebody else whom the organisation's own systems know, or whoever knows an
/// address would be read its owner's record; nor an account to somebody else whom they know, or whoever knows an account and
/// has an address of their own would be read the account's.
///
/// From a source that only claims, the event belongs to the *device* when it names itself: a public key can speak for
/// the device it is used on and for nobody's account, so neither data nor consents reach a fragment that somebody
/// merely named. From a source that verifies, it belongs to the highest identifier.
#[must_use]
pub fn resolve(candidates: &[Candidate<'_>], kinds: &[IdentifierRule], trust: Trust) -> Resolution {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse((candidates[*place].rule.priority, std::cmp::Reverse(*place))));
    let mut resolution = Resolution { kept: order, ..Resolution::default() };
    leave_out_what_joins_nobody(candidates, &mut resolution);
    if trust == Trust::Public {
        leave_out_known_apart(candidates, kinds, &mut resolution);
    }
    while resolution.kept.len() > 1 {
        match passed_limit(candidates, kinds, &resolution.kept) {
            None => break,
            Some(reason) => resolution.dropped.extend(resolution.kept.pop().map(|place| (place, reason))),
        }
    }
    let device = resolution.kept.iter().find(|place| candidates[**place].rule.code == BEARER_KIND);
    resolution.owner = match trust {
        Trust::Public => device.or(resolution.kept.first()).copied(),
        Trust::Server => resolution.kept.first().copied(),
    };
    resolution
}

/// Leaves out whom a visit cannot be one with: no event names it, so it is none of the candidates, and staff may have parted
/// it from its account or joined it to somebody else. Says how many.
pub fn leave_out_beside(
    visit: &Component,
    candidates: &[Candidate<'_>],
    kinds: &[IdentifierRule],
    resolution: &mut Resolution,
) -> usize {
    let Some(rule) = candidates.first().map(|candidate| candidate.rule) else { return 0 };
    let of_visit = Side::of(None, Some(visit), kinds);
    let apart = |place: usize| {
        let Candidate { rule, component, .. } = candidates[place];
        if component.is_some_and(|component| component.is_cut_from(visit)) {
            return Some(Dropped::Split);
        }
        Side::of(Some(rule), component, kinds).is_apart_from(&of_visit).then_some(Dropped::KnownApart)
    };
    let before = resolution.kept.len();
    for place in std::mem::take(&mut resolution.kept) {
        match apart(place) {
            Some(why) => resolution.dropped.push((place, why)),
            None => resolution.kept.push(place),
        }
    }
    let mut all = candidates.to_vec();
    all.push(Candidate { rule, fragment: visit.profile(), component: Some(visit), shared: false });
    while let Some(last) = resolution.kept.pop() {
        let together: Vec<usize> = resolution.kept.iter().copied().chain([last, candidates.len()]).collect();
        let Some(why) = passed_limit(&all, kinds, &together) else {
            resolution.kept.push(last);
            break;
        };
        resolution.dropped.push((last, why));
    }
    before - resolution.kept.len()
}

/// Leaves out what joins nobody: what staff banned, and devices that several people use, with whatever else is known of
/// these, for their advertising id would lead from one to the other. Where nothing else is named, one stays that is joined
/// to nobody: the highest, of a device the id that it made for itself.
fn leave_out_what_joins_nobody(candidates: &[Candidate<'_>], resolution: &mut Resolution) {
    let is_shared = candidates.iter().any(Candidate::is_shared);
    let why = |place: &usize| {
        let candidate = &candidates[*place];
        let shared = candidate.is_shared() || is_shared && candidate.rule.device;
        let banned = candidate.joins_nobody().then_some(Dropped::Banned);
        if shared { Some(Dropped::SharedDevice) } else { banned }
    };
    let by_preference = |place: &usize| {
        let rule = candidates[*place].rule;
        (rule.device, rule.code != BEARER_KIND)
    };
    let nothing_else = resolution.kept.iter().all(|place| why(place).is_some());
    let alone = resolution.kept.iter().copied().filter(|place| nothing_else && candidates[*place].stands_alone());
    let alone = alone.min_by_key(by_preference);
    for place in std::mem::take(&mut resolution.kept) {
        match why(&place).filter(|_| alone != Some(place)) {
            Some(why) => resolution.dropped.push((place, why)),
            None => resolution.kept.push(place),
        }
    }
}

/// Who an identifier is, as far as a claim may not make them somebody else.
struct Side {
    profile: Option<FragmentId>,
    /// The organisation's own systems know somebody of it.
    known: bool,
    /// It has an account, be it merely claimed.
    account: bool,
}

impl Side {
    fn of(rule: Option<&IdentifierRule>, component: Option<&Component>, kinds: &[IdentifierRule]) -> Self {
        let names_account = |kind: &String| kinds.iter().any(|rule| rule.code == *kind && is_account(rule));
        let has_account = |component: &Component| component.fragments.values().any(names_account);
        Self {
            profile: component.and_then(Component::profile),
            known: component.is_some_and(|component| component.known),
            account: component.map_or_else(|| rule.is_some_and(is_account), has_account),
        }
    }

    /// Whether a claim may not join them: one of them is known, and the other one is, too, or has an account.
    fn is_apart_from(&self, other: &Self) -> bool {
        let is_one = self.profile.is_some() && self.profile == other.profile;
        let is_kept = self.known && (other.known || other.account) || other.known && self.account;
        is_kept && !is_one
    }
}

/// Leaves out whom a claim may not join to whoever is believed first: it makes nobody of two whom the organisation's own
/// systems know, nor of one and an account. Whoever signs in is believed before the device, and that before what is typed
/// on it.
fn leave_out_known_apart(candidates: &[Candidate<'_>], kinds: &[IdentifierRule], resolution: &mut Resolution) {
    let is_known = |place: &usize| candidates[*place].component.is_some_and(|component| component.known);
    if !resolution.kept.iter().any(is_known) {
        return;
    }
    // What is believed least goes first, and one always stays.
    for place in resolution.kept.clone().into_iter().rev() {
        if is_beyond(candidates, &resolution.kept, place) {
            resolution.kept.retain(|kept| *kept != place);
            resolution.dropped.push((place, Dropped::KnownApart));
        }
    }
    let side = |place: &usize| Side::of(Some(candidates[*place].rule), candidates[*place].component, kinds);
    let sides: Vec<(usize, Side)> = resolution.kept.drain(..).map(|place| (place, side(&place))).collect();
    let weight = |(place, side): &&(usize, Side)| {
        let rule = candidates[*place].rule;
        (is_account(rule), rule.code == BEARER_KIND, rule.priority, side.known)
    };
    let first = sides.iter().filter(|(_, side)| side.known || side.account).max_by_key(weight);
    let is_apart = |side: &Side| first.is_some_and(|(_, person)| side.is_apart_from(person));
    for (place, side) in &sides {
        match is_apart(side) {
            true => resolution.dropped.push((*place, Dropped::KnownApart)),
            false => resolution.kept.push(*place),
        }
    }
}

/// Whether something that is typed would lead a claim too far: an address that is merely claimed, by another device, where
/// it or who is named beside it belongs to somebody known. What was done on one device would be read and stopped by who is
/// known on the other.
fn is_beyond(candidates: &[Candidate<'_>], kept: &[usize], place: usize) -> bool {
    let Candidate { rule, fragment, component, .. } = candidates[place];
    let (Some(fragment), Some(component)) = (fragment, component) else { return false };
    if is_account(rule) || rule.code == BEARER_KIND || component.knows.contains(&fragment) {
        return false;
    }
    let mut others = kept.iter().filter(|other| **other != place).map(|other| candidates[*other].component);
    let is_used = component.fragments.values().any(|kind| [BEARER_KIND, VISIT_KIND].contains(&kind.as_str()));
    let is_one = |other: &Component| other.profile() == component.profile();
    let (mut any, mut any_known) = (false, false);
    for other in others.by_ref() {
        if other.is_some_and(is_one) {
            return false;
        }
        (any, any_known) = (true, any_known || other.is_some_and(|other| other.known));
    }
    any && (component.known || is_used && any_known)
}

/// The limit that these identifiers together would pass, if any. Who has more than a limit already, since it was
/// lowered or the kind is declared no more, keeps what they have and gets no further one.
fn passed_limit(candidates: &[Candidate<'_>], kinds: &[IdentifierRule], kept: &[usize]) -> Option<Dropped> {
    let components = || kept.iter().filter_map(|place| candidates[*place].component);
    if components().enumerate().any(|(place, one)| components().skip(place + 1).any(|other| one.is_cut_from(other))) {
        return Some(Dropped::Split);
    }
    let mut counts = HashMap::<&str, u32>::new();
    let mut seen = HashSet::new();
    let kept = || kept.iter().map(|place| &candidates[*place]);
    for candidate in kept() {
        // A fragment seen before came with the whole of its component.
        match (candidate.fragment, candidate.component) {
            (Some(fragment), _) if seen.contains(&fragment) => {}
            (_, Some(component)) => {
                for (fragment, kind) in &component.fragments {
                    if seen.insert(*fragment) {
                        *counts.entry(kind).or_default() += 1;
                    }
                }
            }
            (fragment, None) => {
                seen.extend(fragment);
                *counts.entry(&candidate.rule.code).or_default() += 1;
            }
        }
    }
    if counts.values().sum::<u32>() as usize > COMPONENT_MAX {
        return Some(Dropped::SizeLimit);
    }
    let limit_of = |kind: &str| match kinds.iter().find(|rule| rule.code == kind) {
        Some(rule) => rule.limit,
        None if kind == VISIT_KIND => u32::MAX,
        None => 1,
    };
    let has_already = |kind: &str| {
        let components = kept().filter_map(|candidate| candidate.component);
        // What a device claims beyond is counted, and gives no right to have it.
        let proven = |component: &Component| {
            let fragments = component.fragments.iter().filter(|(id, _)| !component.claimed.contains(id));
            fragments.filter(|(_, known)| *known == kind).count()
        };
        let counted = components.map(proven);
        counted.max().unwrap_or_default()
    };
    let passed = |(kind, count): (&&str, &u32)| *count > limit_of(kind) && *count as usize > has_already(kind);
    counts.iter().any(passed).then_some(Dropped::KindLimit)
}
