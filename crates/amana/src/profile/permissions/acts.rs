//! The acts behind a permission, as they are told.

use super::ACTS_TOLD_MAX;
use super::shown::{PermissionAct, RecordedElsewhere, ShownNotice};
use super::texts::Texts;
use crate::app::App;
use crate::profile::claimed::each_act_of;
use crate::profile::find::FoundPerson;
use crate::profile::keeper::KeepError;
use crate::profile::preferences::part_of;
use crate::profile::read::written;
use crate::profile::spelling::word;
use amana_core::catalog::SlotRule;
use amana_core::permission::{Act, ActKind, Content, Mark, Marks, NOTICE_VERSION_UNSAID, Standing, State, Target};

/// The acts of a person that left a mark which still counts.
pub(in crate::profile) struct CountingActs {
    /// The acts, newest first.
    pub(in crate::profile) acts: Vec<Act>,
    /// How many groups that only claim to belong to the person have too many to be read.
    pub(in crate::profile) left_out: usize,
}

/// The acts of a person that left a mark which still counts, newest first.
pub(in crate::profile) async fn counting_acts(app: &App, found: &FoundPerson) -> Result<CountingActs, KeepError> {
    let (mut acts, marks) = (Vec::new(), &found.whole.marks);
    let look = |group: usize, act: Act| acts.extend(Some(act).filter(|act| counts(&marks[group], act)));
    let left_out = each_act_of(app, found, |_| true, look).await?;
    newest_first(&mut acts);
    Ok(CountingActs { acts, left_out })
}

/// Whether an act left the mark that counts.
pub(in crate::profile) fn counts(marks: &Marks, act: &Act) -> bool {
    let mark = Mark { at: act.at, received: act.received, until: act.until };
    marks.get(act.target, act.kind) == Some(mark)
}

pub(in crate::profile) fn newest_first(acts: &mut [Act]) {
    // Of one instant what somebody decided comes before what merely happened.
    acts.sort_by_key(|act| std::cmp::Reverse((act.at, act.received, act.kind.is_decision(), act.id)));
}

/// The acts behind the state of a slot, newest first; the one it rests on is marked. Notes of staff are for who may
/// see the `whole`.
pub(in crate::profile) fn acts_behind(
    rule: &SlotRule,
    acts: &[Act],
    standing: &Standing,
    whole: bool,
) -> Vec<PermissionAct> {
    acts_of(rule, acts, standing, Told { texts: None, whole })
}

pub(super) fn acts_of(rule: &SlotRule, acts: &[Act], standing: &Standing, told: Told<'_>) -> Vec<PermissionAct> {
    let mut behind: Vec<(&Act, bool)> = Vec::new();
    for act in acts.iter().filter(|act| concerns(rule, act)) {
        let decides = decides(act, standing);
        // One act about several versions of a purpose is told once, as what it says of this one where it does.
        if let Some(known) = behind.iter_mut().find(|(known, _)| says_the_same(known, act)) {
            let about = if act.target == Target::Slot(rule.slot) { act } else { known.0 };
            *known = (about, known.1 || decides);
        } else if decides || act.target == Target::Slot(rule.slot) || !taken_back(act, acts) {
            behind.push((act, decides));
        }
    }
    // However much came after it, what the state rests on is told.
    if let Some(decider) = behind.iter().position(|(_, decides)| *decides).filter(|place| *place >= ACTS_TOLD_MAX) {
        behind.swap(ACTS_TOLD_MAX - 1, decider);
    }
    behind.into_iter().take(ACTS_TOLD_MAX).map(|(act, decides)| told.act(act, decides)).collect()
}

/// Whether an act is about a slot: about the slot itself, about everything or, of a no and of what staff found of it, about
/// an earlier version of the purpose, which it is as the act says and not only as its number says.
fn concerns(rule: &SlotRule, act: &Act) -> bool {
    use ActKind::{Object, Refuse, Uphold, Withdraw};
    match act.target {
        Target::Slot(slot) if slot == rule.slot => true,
        Target::Slot(slot) => {
            let same = act.evidence.purpose.as_ref().is_none_or(|purpose| *purpose == rule.purpose);
            rule.before.contains(slot) && same && matches!(act.kind, Refuse | Object | Withdraw | Uphold)
        }
        Target::Person => true,
        Target::DirectMarketing => rule.direct_marketing,
        Target::Channel(_) => false,
    }
}

/// Whether two acts are one that somebody did, about several versions of a purpose: each is written down by itself.
fn says_the_same(one: &Act, other: &Act) -> bool {
    let of_slots = matches!((one.target, other.target), (Target::Slot(one), Target::Slot(other)) if one != other);
    let said = |act: &Act| (act.kind, act.at, act.received);
    of_slots && said(one) == said(other) && one.evidence == other.evidence
}

/// Whether what was said of an earlier version was followed by a yes to that version, so that it says nothing of later ones.
fn taken_back(act: &Act, acts: &[Act]) -> bool {
    let is_of_a_slot = matches!(act.target, Target::Slot(_));
    let yes = |later: &Act| later.kind == ActKind::Grant && later.target == act.target && later.at > act.at;
    is_of_a_slot && acts.iter().any(yes)
}

fn decides(act: &Act, standing: &Standing) -> bool {
    let about = matches!(act.target, Target::Slot(_) | Target::Person);
    about && standing.since == Some(act.at) && brings_about(act.kind, standing.state)
}

/// Whether an act of a kind can be what a state rests on: of several acts of one instant only such.
fn brings_about(kind: ActKind, state: State) -> bool {
    use ActKind::{Assert, End, Grant, Inform, Invalidate, Object, Override, Refuse, Request, Start, Uphold, Withdraw};
    match state {
        State::Unknown | State::None => false,
        State::Requested => kind == Request,
        State::Given => kind == Grant,
        State::Refused | State::Withdrawn | State::ObjectionPending => matches!(kind, Refuse | Object | Withdraw),
        State::Objected => matches!(kind, Refuse | Object | Withdraw | Uphold),
        State::Expired | State::Ended | State::Completed | State::NotInformed => kind == End,
        State::Invalidated => kind == Invalidate,
        State::Active | State::Ongoing => kind == Start,
        State::Asserted => kind == Assert,
        State::Informed => matches!(kind, Inform | Start),
        State::Overridden => kind == Override,
    }
}

/// How much of an act is told.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    /// The texts that were shown.
    pub(super) texts: Option<&'a Texts>,
    /// Whether also what staff wrote down.
    pub(super) whole: bool,
}

impl Told<'_> {
    /// An act behind a permission, with its text where the state rests on it.
    pub(super) fn act(self, act: &Act, decides: bool) -> PermissionAct {
        let texts = self.texts.filter(|_| decides);
        Told { texts, ..self }.of_history(act, decides)
    }

    /// An act as a history tells it: whether or not it moved anything, with its text.
    pub(super) fn of_history(self, act: &Act, decides: bool) -> PermissionAct {
        let evidence = act.evidence.clone();
        let text = evidence.text_sha256.as_ref().zip(self.texts);
        let of_staff = |words: Option<String>| words.filter(|_| self.whole);
        PermissionAct {
            id: act.id.to_string(),
            act: word(&act.kind),
            target: match act.target {
                Target::Slot(_) => "purpose".into(),
                Target::Person => "person".into(),
                Target::DirectMarketing => "direct_marketing".into(),
                Target::Channel(channel) => format!("channel:{}", word(&channel)),
            },
            field: part(act.content.as_ref()),
            decides,
            at: act.at.to_string(),
            received: act.received.to_string(),
            until: written(act.until),
            method: word(&evidence.method),
            source: evidence.source,
            actor: evidence.actor,
            notice: evidence.notice.map(|(code, version)| ShownNotice {
                code,
                version: Some(version).filter(|version| *version != NOTICE_VERSION_UNSAID),
            }),
            purpose_version: evidence.purpose_version,
            language: evidence.language,
            text: text.and_then(|(hash, texts)| texts.get(hash)),
            text_sha256: evidence.text_sha256,
            jurisdiction: evidence.jurisdiction,
            document: of_staff(evidence.document),
            verified: of_staff(evidence.verified),
            system: evidence.system.map(|(name, id)| RecordedElsewhere { name, id }),
            note: of_staff(evidence.note),
        }
    }
}

/// What an act about no purpose is about: the trait, or the part of the preferences. Never the value.
fn part(content: Option<&Content>) -> Option<String> {
    match content? {
        Content::Correction { field, .. } => Some(field.clone()),
        Content::Preference(change) => Some(part_of(change)),
        Content::Identity { .. } => None,
    }
}
