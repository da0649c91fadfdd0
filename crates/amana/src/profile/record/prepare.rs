//! From what is asked to what is written: checked against the catalogue, the law and the person.

use super::content::contents;
use super::words::words;
use super::{About, ActAsk, ActRefused, batch, evidence, guardian, lifting, possible};
use crate::app::App;
use crate::journal::Decided;
use crate::profile::find::{FoundPerson, find, normalised};
use crate::profile::slot::{SlotUnclear, slot_named, slots_reached};
use amana_core::Moment;
use amana_core::catalog::{Policy, SlotRule};
use amana_core::permission::{ActKind, Evidence, Target};
use uuid::Uuid;

/// An act that can be recorded, and is not yet.
#[derive(Debug)]
pub struct Prepared {
    /// Names the act.
    pub id: Uuid,
    /// What it comes to: an agreement that still has to be confirmed is a request.
    pub act: ActKind,
    /// Whether nobody was known by the identifier.
    pub created: bool,
    /// Whether it was recorded already, under the same id.
    pub repeated: bool,
    /// When it was done.
    pub at: Moment,
    /// When it was learned.
    pub received: Moment,
    /// The purposes it is about: their slots.
    pub targets: Vec<Target>,
    /// What is to be written.
    pub(super) decided: Vec<Decided>,
}

/// Checks an act. Nothing is recorded.
pub(super) async fn prepare(app: &App, ask: &ActAsk<'_>, now: Moment) -> Result<Prepared, ActRefused> {
    let current = app.current();
    let policy = &*current.policy;
    let value = normalised(policy, ask.sought)?;
    let at = ask.at.unwrap_or(now);
    if at > now {
        return Err(ActRefused::InFuture);
    }
    let slots = slots(policy, ask)?;
    possible::check(ask, &slots, now)?;
    possible::meant(ask.act, at, &slots)?;
    let contents = contents(policy, ask)?;
    let evidence = evidence::evidence(&current, ask)?;
    let targets = targets(ask, &slots);
    let found = find(app, policy, ask.sought, now).await?;
    lifting::check(ask.act, at, &targets, &found.whole)?;
    let until = match ask.act {
        ActKind::Guardian => guardian::until(app, policy, ask, &slots, &found, now).await?,
        _ => ask.until,
    };
    let act = in_force(ask.act, &slots, &evidence);
    let mut dice = app.dice();
    let id = ask.id.unwrap_or_else(|| dice.id(now));
    let words = ask.id.map(|_| words(ask, &value, &contents));
    let decided = |(place, content)| Decided {
        id: batch::part_id(id, place),
        kind: ask.sought.kind.to_owned(),
        value: value.clone(),
        scope: ask.sought.scope.to_owned(),
        act,
        targets: targets.clone(),
        at,
        received_at: now,
        until,
        evidence: evidence.clone(),
        content,
        words,
    };
    let decided: Vec<Decided> = contents.into_iter().enumerate().map(decided).collect();
    let created = found.whole.profile().is_none();
    let repeated = is_repeated(&found, &decided[0])?;
    Ok(Prepared { id, act, created, repeated, at, received: now, targets, decided })
}

fn targets(ask: &ActAsk<'_>, slots: &[&SlotRule]) -> Vec<Target> {
    match ask.about {
        About::Purpose { .. } => slots.iter().map(|rule| Target::Slot(rule.slot)).collect(),
        About::DirectMarketing => vec![Target::DirectMarketing],
        About::Person => vec![Target::Person],
        About::Channel(channel) => vec![Target::Channel(channel)],
    }
}

/// The slots an act is about. Saying no to a purpose without naming a brand says no to all its brands, and to what is
/// still kept for its earlier versions, also when the purpose itself is gone; saying yes must be specific (GDPR
/// Art. 4(11)).
fn slots<'p>(policy: &'p Policy, ask: &ActAsk<'_>) -> Result<Vec<&'p SlotRule>, SlotUnclear> {
    use ActKind::{End, Invalidate, Object, Refuse, Restrict, Withdraw};
    let About::Purpose { purpose, brand } = ask.about else { return Ok(Vec::new()) };
    let named = slot_named(policy, purpose, brand);
    match (ask.act, &named) {
        (Refuse | Withdraw | Object | Invalidate, _) | (End, Ok(_)) => {
            let reached = slots_reached(policy, purpose, brand);
            if reached.is_empty() { named.map(|rule| vec![rule]) } else { Ok(reached) }
        }
        (Restrict, Err(SlotUnclear::BrandNeeded { .. })) => {
            Ok(policy.slots.iter().filter(|rule| !rule.retired && rule.purpose == purpose).collect())
        }
        _ => named.map(|rule| vec![rule]),
    }
}

/// What an act comes to: where a purpose asks for a second step, agreeing is a request until something proves who
/// agreed.
fn in_force(act: ActKind, slots: &[&SlotRule], evidence: &Evidence) -> ActKind {
    act.until_confirmed(slots.iter().any(|rule| rule.double_opt_in), evidence.confirms())
}

/// Whether the same act came within the last days under the same name. Something else under that name is refused: to call
/// it recorded would be untrue, and to record it would let the sender believe that it counts once.
fn is_repeated(found: &FoundPerson, decided: &Decided) -> Result<bool, ActRefused> {
    let seen = |name| found.people.iter().any(|entry| entry.has_seen(name));
    match decided.words {
        Some(_) if seen(decided.known_as()) => Ok(true),
        Some(_) if seen(decided.name_known_as()) => Err(ActRefused::NameUsed { id: decided.id }),
        _ => Ok(false),
    }
}
