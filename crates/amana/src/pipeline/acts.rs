//! What an event means for permissions: consent signals, what starts and ends a basis, notices seen.

use amana_core::catalog::check::is_language;
use amana_core::catalog::{Policy, SlotRule, SourceRule, Trust};
use amana_core::permission::{Act, ActKind, Evidence, Marks, Method, Signal, State, Target, signals, standing};
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
}

/// Whose marks an event goes by.
#[derive(Clone, Copy)]
pub(super) struct Marked<'a> {
    /// Those of everybody whose own event it would be.
    pub all: &'a Marks,
    /// Of these, those of the fragment that the event belongs to.
    pub own: &'a Marks,
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
    let (marks, own) = (Cow::Borrowed(marked.all), Cow::Borrowed(marked.own));
    let mut deeds = Deeds { policy, arrival, at: arrival.at(), marks, own, doings: Doings::default(), id: &mut id };
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
    doings: Doings,
    id: &'a mut dyn FnMut() -> uuid::Uuid,
}

impl Deeds<'_> {
    fn act(&mut self, kind: ActKind, target: Target, method: Method) {
        let (received, evidence) = (self.arrival.received, evidence(self.policy, self.arrival, target, method));
        // The browser's signal comes with the request, whenever the events in it happened.
        let at = if kind == ActKind::PrivacyControl { received } else { self.at };
        let act = Act { id: (self.id)(), kind, target, at, received, until: None, evidence, content: None };
        if self.marks.to_mut().add(&act) | self.own.to_mut().add(&act) {
            self.doings.acts.push(act);
        }
    }

    /// What the request itself says, and the notices that the source serves.
    fn notice(&mut self) {
        if self.arrival.gpc && self.own.get(Target::Person, ActKind::PrivacyControl).is_none() {
            self.act(ActKind::PrivacyControl, Target::Person, Method::Gpc);
        }
        for slot in self.arrival.source.informs.iter() {
            let is_told = self.own.get(Target::Slot(slot), ActKind::Inform).is_some();
            if !is_told && self.can_be_meant(slot, ActKind::Inform) {
                self.act(ActKind::Inform, Target::Slot(slot), Method::Notice);
            }
        }
    }

    /// What begins and ends because the event happened.
    fn begin_and_end(&mut self) {
        let source = self.arrival.source;
        let rule = self.policy.events.get(self.arrival.event.name());
        let (starts, ends) = rule.map(|rule| (rule.starts, rule.ends)).unwrap_or_default();
        for (slots, method) in [(source.starts, Method::Notice), (starts.and(source.concerns), Method::Event)] {
            for slot in slots.iter() {
                let is_new = |marks| begins(self.policy, marks, slot, self.at);
                if (is_new(&self.marks) || is_new(&self.own)) && self.can_be_meant(slot, ActKind::Start) {
                    self.act(ActKind::Start, Target::Slot(slot), method);
                }
            }
        }
        for slot in ends.and(source.concerns).iter() {
            self.act(ActKind::End, Target::Slot(slot), Method::Event);
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
        let confirmed = evidence(self.policy, self.arrival, target, Method::Sdk).confirms();
        let kind = match signal.kind.until_confirmed(rule.double_opt_in, confirmed) {
            // A no after a yes takes the yes back.
            ActKind::Refuse if self.marks.get(target, ActKind::Grant).is_some() => ActKind::Withdraw,
            kind => kind,
        };
        self.act(kind.under(rule.basis), target, Method::Sdk);
        if !allowed {
            for earlier in still_held(self.policy, &self.marks, rule, self.at) {
                self.act(ActKind::Withdraw.under(earlier.basis), Target::Slot(earlier.slot), Method::Sdk);
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

fn evidence(policy: &Policy, arrival: &Arrival<'_>, target: Target, method: Method) -> Evidence {
    let purpose = match target {
        Target::Slot(slot) => policy.slot(slot),
        _ => None,
    };
    // Which text was shown, in which version, nobody has said: an event may come long after another one is in force.
    Evidence {
        notice: arrival.source.notice.clone(),
        purpose: purpose.map(|rule| rule.purpose.clone()),
        brand: purpose.and_then(|rule| rule.brand.clone()),
        verified: verified(arrival, purpose).filter(|_| method == Method::Sdk),
        language: language(arrival.event),
        ..Evidence::new(method, &arrival.source.code, "person")
    }
}

/// The language that a client says it has. What it calls so is kept in a log for ever, so that of anything but a language
/// tag, however it begins, nothing is kept.
fn language(event: &Event) -> Option<String> {
    let tag = event.context.get("locale").and_then(serde_json::Value::as_str)?.replace('_', "-");
    let primary = tag.split('-').next().filter(|_| is_language(&tag))?;
    Some(primary.to_lowercase())
}

/// What proves who agreed, for a purpose that asks for a second step: a system of the organisation that verifies, or a
/// signed identity. A public source only claims.
fn verified(arrival: &Arrival<'_>, purpose: Option<&SlotRule>) -> Option<String> {
    let proves = arrival.trust == Trust::Server && purpose.is_some_and(|rule| rule.double_opt_in);
    proves.then(|| format!("by the source {}, which verifies who it is of", arrival.source.code))
}
