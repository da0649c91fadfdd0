//! A question to `permit` that is answered yes, to be spoiled one way at a time.

use crate::support::{SLOT, marks, policy, rule};
use amana_core::Moment;
use amana_core::catalog::{Basis, SlotRule, Topic};
use amana_core::permission::{ActKind, Born, Channel, Marks, Target};
use amana_core::permit::{Context, Person, Question, Reason, Rule, Use, Verdict, explain, permit};
use amana_core::preferences::{ContactFacts, Wishes};

/// The one topic that is declared.
pub(crate) const TOPIC: &str = "tours";

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) rule: SlotRule,
    pub(crate) slot_known: bool,
    pub(crate) open: bool,
    pub(crate) groups: Vec<Marks>,
    pub(crate) core: usize,
    pub(crate) known: bool,
    pub(crate) own: Option<usize>,
    pub(crate) sides: Vec<Option<usize>>,
    pub(crate) age: Option<u16>,
    pub(crate) region: Option<&'static str>,
    pub(crate) usage: Use<'static>,
    pub(crate) context: Context,
    pub(crate) wishes: Wishes,
    pub(crate) contact: Option<ContactFacts<'static>>,
    pub(crate) now: i64,
}

impl Case {
    /// Consent, given at 10, asked for at 1,000 by segmenting.
    pub(crate) fn given() -> Self {
        Self::of(Basis::Consent, &[(SLOT, ActKind::Grant, 10)])
    }

    pub(crate) fn of(basis: Basis, acts: &[(Target, ActKind, i64)]) -> Self {
        Self {
            rule: rule(0, basis),
            slot_known: true,
            open: true,
            groups: vec![marks(acts)],
            core: 1,
            known: true,
            own: None,
            sides: Vec::new(),
            age: None,
            region: None,
            usage: Use::Segment,
            context: Context::default(),
            wishes: Wishes::default(),
            contact: None,
            now: 1_000,
        }
    }

    pub(crate) fn act(&mut self, target: Target, kind: ActKind, at: i64) {
        self.groups[0].mark(target, kind, crate::support::mark(at));
    }

    /// The use is a contact, on a channel where none is named.
    pub(crate) fn reach(&mut self, channel: Channel) {
        if !matches!(self.usage, Use::Contact(_)) {
            self.usage = Use::Contact(channel);
        }
    }

    pub(crate) fn with(mut self, spoil: impl FnOnce(&mut Self)) -> Self {
        spoil(&mut self);
        self
    }

    pub(crate) fn ask<T>(&self, answer: impl FnOnce(&Question<'_>) -> T) -> T {
        let mut policy = policy(vec![self.rule.clone()]);
        let topic = Topic { code: TOPIC.into(), purpose: None, name: [("en".into(), "Tours".into())].into() };
        policy.catalog.topics.push(topic);
        if !self.open {
            policy.open = amana_core::SlotSet::EMPTY;
        }
        // Questions are asked in the first second of 1970.
        let born = |age: u16| Born::On(jiff::civil::date(1_970 - i16::try_from(age).unwrap(), 1, 1));
        let births = vec![self.age.map(born); self.groups.len().max(self.own.map_or(0, |own| own + 1))];
        answer(&Question {
            policy: &policy,
            slot: self.slot_known.then_some(&policy.slots[0]),
            person: Person {
                groups: &self.groups,
                core: self.core,
                known: self.known && self.core > 0,
                own: self.own,
                sides: &self.sides,
                births: &births,
                region: self.region,
                regions: &[],
                wishes: Some(&self.wishes),
            },
            usage: self.usage,
            context: self.context,
            contact: self.contact,
            now: Moment(self.now),
        })
    }

    pub(crate) fn verdict(&self) -> Verdict {
        self.ask(permit)
    }

    pub(crate) fn reason(&self) -> Reason {
        self.verdict().reason
    }

    /// The rules that forbid, with their reasons, in their order.
    pub(crate) fn forbidding(&self) -> Vec<(Rule, Reason)> {
        self.ask(|question| {
            explain(question).into_iter().filter_map(|(rule, outcome)| Some((rule, outcome.err()?))).collect()
        })
    }
}

/// Makes one rule forbid and leaves the others as they were.
pub(crate) fn spoil(case: &mut Case, rule: Rule) {
    match rule {
        Rule::Erased => case.act(Target::Person, ActKind::Erase, 20),
        Rule::Restricted => case.act(Target::Person, ActKind::Restrict, 20),
        Rule::Purpose => case.rule.retired = true,
        Rule::Age => (case.rule.age_min, case.age) = (Some(16), Some(15)),
        Rule::Basis => case.act(SLOT, ActKind::Withdraw, 20),
        Rule::Objection => {
            case.rule.direct_marketing = true;
            case.act(Target::DirectMarketing, ActKind::Object, 20);
        }
        Rule::Signals => {
            case.rule.honours_gpc = true;
            case.act(Target::Person, ActKind::PrivacyControl, 20);
        }
        Rule::Device => case.context.device = true,
        Rule::Mail => case.usage = Use::Contact(Channel::Email),
        Rule::Category => case.context.unclassified = true,
        Rule::Recipient => case.usage = Use::Share("nobody"),
        Rule::Region => case.rule.regions = vec!["DE".into()],
        Rule::Channel => {
            case.usage = Use::Contact(Channel::Post);
            case.act(Target::Channel(Channel::Post), ActKind::Refuse, 20);
        }
        Rule::Preference => {
            case.reach(Channel::Post);
            case.contact = Some(ContactFacts { topic: Some("lottery"), contacted: 0 });
        }
    }
}
