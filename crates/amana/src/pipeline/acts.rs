//! What an event means for permissions: consent signals, what starts and ends a basis, notices seen.

use super::evidence::evidence;
use amana_core::catalog::{NoticeRule, Number, Policy, ServedRule, SlotRule, SourceRule, Trust};
use amana_core::permission::{
    Act, ActKind, Mark, Marks, Method, NOTICE_VERSION_UNSAID, Signal, State, Target, signals, standing,
};
use amana_core::profile::Fragment;
use amana_core::{Event, Moment, Slot, SlotSet};
use std::borrow::Cow;

/// How far back a public source may claim that something was done. A phone that was offline for a season is believed;
/// a clock that is years off is not.
pub(super) const PUBLIC_CLAIM_MAX_MILLIS: i64 = 400 * 86_400_000;

/// What came with an event.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    /// The event.
    pub event: &'a Event,
    /// Its source.
    pub source: &'a SourceRule,
    /// How far it is believed who it is of: as its source, or more where the event carries a signed identity.
    pub trust: Trust,
    /// When it was received.
    pub received: Moment,
    /// Whether it came with Global Privacy Control.
    pub gpc: bool,
    /// Whether it has a name of its own, by which it is known for as long as anything of it is kept.
    pub named: bool,
    /// The slots of which its signals are not heard: see [`super::muted`].
    pub muted: SlotSet,
}

impl Arrival<'_> {
    /// When the event happened: as claimed, never after it was received, and for public sources not too long before.
    #[must_use]
    pub(super) fn at(&self) -> Moment {
        let at = self.event.at.min(self.received);
        match self.source.trust {
            Trust::Server => at,
            Trust::Public => at.max(self.received.plus_millis(-PUBLIC_CLAIM_MAX_MILLIS)),
        }
    }
}

/// What an event does to permissions.
#[derive(Clone, Debug, Default)]
pub(super) struct Doings {
    /// Acts.
    pub acts: Vec<Act>,
    /// What consent fields say of slots, to be known again when it is repeated.
    pub signalled: Vec<(Slot, bool)>,
    /// Notices that were shown, each with its version.
    pub told: Vec<(Number, u32)>,
}

/// Whose marks an event goes by.
#[derive(Clone, Copy)]
pub(super) struct Marked<'a> {
    /// Those of everybody whose own event it would be.
    pub all: &'a Marks,
    /// The fragment that the event belongs to, where it is known; its marks are among these.
    pub own: Option<&'a Fragment>,
}

/// The acts that an event is, given what is marked already and what its fragment last signalled.
///
/// What begins, what the person was told and what they say no to is marked with the fragment itself, also when others of
/// theirs have it marked: it stays when they are parted.
///
/// What only repeats is no act: a device that sends its stored preference with every event has not decided anew, and
/// must neither renew what has expired nor undo what the person decided elsewhere. Its consent fields count when they
/// change, and at first only where nothing is decided yet. An explicit change of preferences always counts.
#[must_use]
pub(super) fn doings(
    policy: &Policy,
    arrival: &Arrival<'_>,
    marked: Marked<'_>,
    last_signalled: impl Fn(Slot) -> Option<bool>,
    mut id: impl FnMut() -> uuid::Uuid,
) -> Doings {
    let at = arrival.at();
    let mut deeds = Deeds {
        policy,
        arrival,
        at,
        marks: Cow::Borrowed(marked.all),
        own: marked.own.map_or_else(Cow::default, |own| Cow::Borrowed(&own.marks)),
        told: marked.own,
        served: arrival.source.served_at(at),
        doings: Doings::default(),
        id: &mut id,
    };
    deeds.privacy_control();
    deeds.notice();
    deeds.begin_and_end();
    for signal in signals(arrival.event, arrival.source) {
        if let Some(rule) = policy.slot(signal.slot).filter(|_| !arrival.muted.contains(signal.slot)) {
            deeds.hear(signal, rule, &last_signalled);
        }
    }
    deeds.doings
}

/// The acts of one event, one after the other: what the first does to the marks, the next goes by.
struct Deeds<'a> {
    policy: &'a Policy,
    arrival: &'a Arrival<'a>,
    at: Moment,
    marks: Cow<'a, Marks>,
    own: Cow<'a, Marks>,
    /// Who knows what they were told.
    told: Option<&'a Fragment>,
    /// What people saw at the source when the event happened.
    served: Option<&'a ServedRule>,
    doings: Doings,
    id: &'a mut dyn FnMut() -> uuid::Uuid,
}

impl<'a> Deeds<'a> {
    fn act(&mut self, kind: ActKind, target: Target, method: Method, notice: Option<&NoticeRule>) {
        let (act, is_news) = self.mark(kind, target, method, notice);
        self.doings.acts.extend(is_news.then_some(act));
    }

    /// An act with its mark, and whether that says anything new.
    fn mark(&mut self, kind: ActKind, target: Target, method: Method, notice: Option<&NoticeRule>) -> (Act, bool) {
        let (received, evidence) = (self.arrival.received, evidence(self.policy, self.arrival, target, method, notice));
        // The browser's signal comes with the request, whenever the events in it happened.
        let at = if kind == ActKind::PrivacyControl { received } else { self.at };
        let act = Act { id: (self.id)(), kind, target, at, received, until: None, evidence, content: None };
        let is_news = self.marks.to_mut().add(&act) | self.own.to_mut().add(&act);
        (act, is_news)
    }

    /// What the request itself says.
    fn privacy_control(&mut self) {
        if self.arrival.gpc && self.own.get(Target::Person, ActKind::PrivacyControl).is_none() {
            self.act(ActKind::PrivacyControl, Target::Person, Method::Gpc, None);
        }
    }

    /// The notices that people saw at the source. Each version of each of them is evidence once, also for those who knew
    /// before; that somebody was told of a slot counts from the first one.
    fn notice(&mut self) {
        let Some(served) = self.served else { return };
        let untold = self.untold(served.informs);
        for notice in &served.notices {
            let is_known = notice.version != NOTICE_VERSION_UNSAID;
            let is_new = is_known && self.told.and_then(|own| own.told(notice.number)) < Some(notice.version);
            let slots = if is_new { self.told_by_now(notice.informs) } else { notice.informs.and(untold) };
            if is_new && !slots.is_empty() {
                self.doings.told.push((notice.number, notice.version));
            }
            for slot in slots.iter() {
                let (act, _) = self.mark(ActKind::Inform, Target::Slot(slot), Method::Notice, Some(notice));
                self.doings.acts.push(act);
            }
        }
    }

    /// Those of these slots of which this fragment can be told and was not yet.
    fn untold(&self, slots: SlotSet) -> SlotSet {
        let is_told = |slot| self.own.get(Target::Slot(slot), ActKind::Inform).is_some();
        slots.iter().filter(|slot| !is_told(*slot) && self.can_be_meant(*slot, ActKind::Inform)).collect()
    }

    /// Those of these slots of which this fragment can be told, and was not first told later: what comes late and is of
    /// before moves no state.
    fn told_by_now(&self, slots: SlotSet) -> SlotSet {
        let is_later = |first: Mark| first.at > self.at;
        let told_later = |slot| self.own.get(Target::Slot(slot), ActKind::Inform).is_some_and(is_later);
        slots.iter().filter(|slot| !told_later(*slot) && self.can_be_meant(*slot, ActKind::Inform)).collect()
    }

    /// The first notice of those that people saw which is about something.
    fn shown(&self, is_about: impl Fn(&NoticeRule) -> bool) -> Option<&'a NoticeRule> {
        self.served?.notices.iter().find(|notice| is_about(notice))
    }

    /// What begins and ends because the event happened.
    fn begin_and_end(&mut self) {
        let concerns = self.arrival.source.concerns;
        let rule = self.policy.events.get(self.arrival.event.name());
        let (starts, ends) = rule.map(|rule| (rule.starts, rule.ends)).unwrap_or_default();
        let by_notice = self.served.map_or(SlotSet::EMPTY, |served| served.starts);
        for (slots, method) in [(by_notice, Method::Notice), (starts.and(concerns), Method::Event)] {
            for slot in slots.iter() {
                let is_new = |marks| begins(self.policy, marks, slot, self.at);
                if (is_new(&self.marks) || is_new(&self.own)) && self.can_be_meant(slot, ActKind::Start) {
                    let notice = self.shown(|notice| method == Method::Notice && notice.starts.contains(slot));
                    self.act(ActKind::Start, Target::Slot(slot), method, notice);
                }
            }
        }
        for slot in ends.and(concerns).iter() {
            self.act(ActKind::End, Target::Slot(slot), Method::Event, None);
        }
    }

    /// What a consent field says of a slot.
    fn hear(&mut self, signal: Signal, rule: &SlotRule, last_signalled: &dyn Fn(Slot) -> Option<bool>) {
        let allowed = signal.kind == ActKind::Grant;
        let own = last_signalled(signal.slot);
        if own != Some(allowed) {
            self.doings.signalled.push((signal.slot, allowed));
        }
        // What was stored for an earlier version is stored still, and says nothing of a wider one.
        let last = own.or_else(|| rule.before.iter().filter_map(last_signalled).last());
        if !rule.can_be_meant(signal.kind, self.at) || !signal.explicit && self.is_no_news(allowed, rule, last) {
            return;
        }
        let target = Target::Slot(signal.slot);
        let notice = self.shown(|notice| notice.informs.contains(signal.slot));
        let confirmed = evidence(self.policy, self.arrival, target, Method::Sdk, notice).confirms();
        let kind = match signal.kind.until_confirmed(rule.double_opt_in, confirmed) {
            // A no after a yes takes the yes back.
            ActKind::Refuse if self.marks.get(target, ActKind::Grant).is_some() => ActKind::Withdraw,
            kind => kind,
        };
        self.act(kind.under(rule.basis), target, Method::Sdk, notice);
        if !allowed {
            for earlier in still_held(self.policy, &self.marks, rule, self.at) {
                self.act(ActKind::Withdraw.under(earlier.basis), Target::Slot(earlier.slot), Method::Sdk, notice);
            }
        }
    }

    /// Whether what a device has stored says nothing that counts. A stored yes is no answer to a no to everything: an
    /// import of last year's list would switch it on again.
    fn is_no_news(&self, allowed: bool, rule: &SlotRule, last: Option<bool>) -> bool {
        let known = last == Some(allowed) || last.is_none() && is_decided(&self.marks, rule);
        // A no that is the person's already becomes this fragment's own.
        let again = || {
            let state = standing(rule, &self.marks, self.at).state;
            let denied = matches!(state, State::Refused | State::Withdrawn | State::Objected | State::ObjectionPending);
            !allowed && last.is_none() && denied && !is_decided(&self.own, rule)
        };
        known && !again() || allowed && is_refused_at_large(&self.marks, rule)
    }

    fn can_be_meant(&self, slot: Slot, kind: ActKind) -> bool {
        self.policy.slot(slot).is_some_and(|rule| rule.can_be_meant(kind, self.at))
    }
}

/// The closed slots of a purpose's earlier versions for which data is still kept: a no reaches them, too.
fn still_held<'p>(policy: &'p Policy, marks: &Marks, rule: &SlotRule, at: Moment) -> Vec<&'p SlotRule> {
    let earlier = rule.before.iter().filter_map(|slot| policy.slot(slot));
    earlier.filter(|rule| standing(rule, marks, at).state.holds()).collect()
}

/// Whether the person has decided anything about a slot, or about an earlier version of its purpose.
fn is_decided(marks: &Marks, rule: &SlotRule) -> bool {
    use ActKind::{Grant, Invalidate, Object, Override, Refuse, Request, Uphold, Withdraw};
    const DECISIONS: [ActKind; 8] = [Request, Grant, Override, Uphold, Invalidate, Refuse, Object, Withdraw];
    let mut slots = std::iter::once(rule.slot).chain(rule.before.iter());
    slots.any(|slot| marks.latest(Target::Slot(slot), &DECISIONS).is_some())
}

/// Whether the person has said no to everything, or to all marketing where the slot is that (GDPR Art. 21(2)).
fn is_refused_at_large(marks: &Marks, rule: &SlotRule) -> bool {
    let no = |target| marks.latest(target, &[ActKind::Refuse, ActKind::Object, ActKind::Withdraw]).is_some();
    no(Target::Person) || rule.direct_marketing && no(Target::DirectMarketing)
}

/// Whether something that starts a basis is news: it does not run already, or nothing has started it so late.
fn begins(policy: &Policy, marks: &Marks, slot: Slot, at: Moment) -> bool {
    let Some(rule) = policy.slot(slot) else { return false };
    let started = marks.get(Target::Slot(slot), ActKind::Start);
    !standing(rule, marks, at).state.allows() && started.is_none_or(|started| started.at < at)
}
