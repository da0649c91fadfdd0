//! What happened, newest first, as one purpose may see it: events that are kept for it and held, field by field, and
//! what was decided about it.

mod month;
mod page;
mod shown;

pub use page::{Cursor, TIMELINE_ENTRIES_MAX};
pub use shown::{Timeline, TimelineAct, TimelineEntry, TimelineEvent};

use super::claimed::each_act_of;
use super::entry::Entry;
use super::events::KeptEvent;
use super::find::{FindError, FoundPerson, Sought, find};
use super::keeper::{KeepError, View};
use super::read::ReadRefused;
use super::slot::{SlotUnclear, slot_named};
use crate::app::App;
use amana_core::catalog::{CategoryId, CategorySet, Policy, SlotRule};
use amana_core::identity::FragmentId;
use amana_core::permission::{Act, Target, outlived};
use amana_core::permit::{Context, Person, Question, Reason, Rule, Use, permit};
use amana_core::profile::{end_of_epoch, epoch_of};
use amana_core::{Moment, SlotSet};
use month::{Source, read_month};
use page::{Found, Page};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct TimelineAsk<'a> {
    /// Who.
    pub sought: Sought<'a>,
    /// Code of the purpose.
    pub purpose: &'a str,
    /// Code of the brand, where the purpose has several.
    pub brand: Option<&'a str>,
    /// Only what lies before.
    pub before: Option<Cursor>,
    /// How many entries at most.
    pub limit: usize,
    /// What it is read for: [`Use::Profile`], or a disclosure to the person or for a legal claim.
    pub usage: Use<'a>,
    /// Whether the reader may learn why somebody is not shown, and sees acts about the whole person and notes of staff.
    pub sees_reasons: bool,
}

/// Reads a page of what happened.
///
/// # Errors
/// When it is not permitted or cannot be read.
pub async fn read_timeline(app: &App, ask: &TimelineAsk<'_>) -> Result<Timeline, ReadRefused> {
    let (current, now) = (app.current(), app.now());
    let policy = &*current.policy;
    let rule = slot_named(policy, ask.purpose, ask.brand).map_err(|unclear| match unclear {
        SlotUnclear::Unknown => ReadRefused::Denied { reason: Reason::PurposeUnknown, verdict: None },
        unclear @ SlotUnclear::BrandNeeded { .. } => ReadRefused::Slot(unclear),
    })?;
    let question = |person| {
        let (slot, usage, context) = (Some(rule), ask.usage, Context::default());
        Question { policy, slot, person, usage, context, contact: None, now }
    };
    // What is so for everybody says nothing about anybody, so everybody is told.
    let of_nobody = question(Person::default());
    let denied = |reason| ReadRefused::Denied { reason, verdict: None };
    Rule::Purpose.check(&of_nobody, &of_nobody.standing()).map_err(denied)?;
    let found = find(app, policy, ask.sought, now).await?;
    let reason = permit(&question(found.whole.read_in_parts())).reason;
    if found.whole.profile().is_none() || reason != Reason::Permitted && !ask.sees_reasons {
        return Err(ReadRefused::NotAvailable);
    }
    if reason != Reason::Permitted {
        return Err(denied(reason));
    }
    let mut sight = Sight { policy, rule, question: question(found.whole.read_in_parts()), verdicts: HashMap::new() };
    let page = read_page(app, ask, &found, &mut sight).await.map_err(FindError::from)?;
    let claims_left_out = page.left_out;
    let (entries, next) = page.entries(policy, ask.sees_reasons);
    let (purpose, brand) = (rule.purpose.clone(), rule.brand.clone());
    Ok(Timeline { purpose, brand, as_of: now.to_string(), entries, next, claims_left_out })
}

/// Reads month by month, newest first, and each from its latest day back, until there are enough entries. Acts stand in the
/// order in which they were learned, so all of them are looked at, and the newest kept.
async fn read_page(
    app: &App,
    ask: &TimelineAsk<'_>,
    found: &FoundPerson,
    sight: &mut Sight<'_>,
) -> Result<Page, KeepError> {
    let source = Source { keeper: app.keeper(), view: View::Still(&found.snapshot) };
    let places = places(found, sight);
    let newest = ask.before.map_or(u16::MAX, |before| epoch_of(before.at()));
    let mut page = Page::new(ask.before, ask.limit);
    let look = |_, act: Act| {
        if concerns(sight.rule, act.target, ask.sees_reasons) {
            page.add(Found::Act(Box::new(act)));
        }
    };
    page.left_out = each_act_of(app, found, |_| true, look).await?;
    for (month, places) in places.range(..=newest).rev() {
        if page.is_full() && page.oldest().is_some_and(|oldest| epoch_of(oldest.at()) > *month) {
            break;
        }
        read_month(source, *month, places, &mut page, |event| sight.show(event)).await?;
    }
    Ok(page)
}

/// Where events lie that the slot may see, by month: of whom, and in which class.
fn places<'a>(found: &'a FoundPerson, sight: &Sight<'_>) -> BTreeMap<u16, Vec<(&'a Entry, u32)>> {
    let (slot, now) = (sight.rule.slot, sight.question.now);
    let usage = sight.question.usage;
    let pieces = found.people.pieces_for(usage, &found.whole, sight.policy, &found.classes, now);
    let held: HashMap<FragmentId, SlotSet> = pieces.iter().map(|piece| (piece.fragment, piece.held)).collect();
    let alive = |month: &u16| !outlived(end_of_epoch(*month).plus_millis(-1), sight.rule.keep, now);
    let mut places = BTreeMap::<u16, Vec<_>>::new();
    for entry in found.whole.groups.iter().flatten().filter_map(|id| found.people.get(*id)) {
        if !held.get(&entry.id).is_some_and(|held| held.contains(slot)) {
            continue;
        }
        for class in entry.fragment.classes.iter().filter(|class| found.classes.slots(**class).contains(slot)) {
            let months: BTreeSet<u16> = entry.months(*class).filter(alive).collect();
            months.into_iter().for_each(|month| places.entry(month).or_default().push((entry, *class)));
        }
    }
    places
}

/// Whether an act is about a purpose, as far as a reader may know of it.
fn concerns(rule: &SlotRule, target: Target, whole: bool) -> bool {
    match target {
        Target::Slot(slot) => slot == rule.slot,
        Target::Person => whole,
        Target::DirectMarketing => whole && rule.direct_marketing,
        Target::Channel(_) => false,
    }
}

/// What the slot may see of events, category by category.
struct Sight<'a> {
    policy: &'a Policy,
    rule: &'a SlotRule,
    question: Question<'a>,
    verdicts: HashMap<CategoryId, bool>,
}

impl Sight<'_> {
    /// An event as far as it is shown. What the catalogue declares no more is of no known category, and not shown.
    fn show(&mut self, mut event: KeptEvent) -> Option<KeptEvent> {
        if outlived(event.row.origin.at, self.rule.keep, self.question.now) {
            return None;
        }
        let policy = self.policy;
        let declared = policy.events.get(&event.row.name)?;
        if !self.permits(declared.category?) {
            return None;
        }
        event
            .row
            .fields
            .retain(|(name, _)| declared.fields.get(name).is_some_and(|field| self.permits(field.category)));
        Some(event)
    }

    /// Asked at use, since a purpose may have become narrower after something was kept for it.
    fn permits(&mut self, category: CategoryId) -> bool {
        let question = self.question;
        *self.verdicts.entry(category).or_insert_with(|| {
            let mut categories = CategorySet::default();
            categories.insert(category);
            permit(&Question { context: Context { categories, ..question.context }, ..question }).allow
        })
    }
}

/// When something happened and when it was learned.
fn times(at: Moment, received: Moment) -> (String, String) {
    (at.to_string(), received.to_string())
}
