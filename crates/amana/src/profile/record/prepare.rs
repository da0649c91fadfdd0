//! From what is asked to what is written: checked against the catalogue, the law and the person.

use super::checked::{Checked, checked, slots_meant};
use super::earlier::check_guardian;
use super::words::words;
use super::{ActAsk, ActRefused, batch, guardian, lifting};
use crate::app::App;
use crate::journal::Decided;
use crate::profile::find::{FoundPerson, find, normalised};
use amana_core::Moment;
use amana_core::identity::FragmentId;
use amana_core::permission::{ActKind, Target};
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
    /// The fragment whose act it is, where there was one.
    pub(super) fragment: Option<FragmentId>,
    /// What is to be written.
    pub(super) decided: Vec<Decided>,
}

/// Checks an act, when `earlier` ones of the same request will be recorded before it. Nothing is recorded.
pub(super) async fn prepare(
    app: &App,
    ask: &ActAsk<'_>,
    earlier: &[Prepared],
    now: Moment,
) -> Result<Prepared, ActRefused> {
    let current = app.current();
    let policy = &*current.policy;
    let value = normalised(policy, ask.sought)?;
    let at = ask.at.unwrap_or(now);
    if at > now {
        return Err(ActRefused::InFuture);
    }
    let slots = slots_meant(policy, ask.act, ask.about)?;
    let Checked { act, targets, contents, evidence } = checked(&current, ask, &slots, at, now)?;
    let found = find(app, policy, ask.sought, now).await?;
    let until = match ask.act {
        ActKind::Guardian => guardian::until(app, policy, ask, &slots, &found, now).await?,
        _ => ask.until,
    };
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
    let repeated = is_repeated(&found, &decided[0])?;
    // What was recorded before was possible then, and what it says is in force is told by the answer.
    if !repeated {
        lifting::check(&decided[0], &found, earlier)?;
        check_guardian(ask, &decided[0], &found, earlier)?;
    }
    let created = found.whole.profile().is_none();
    let fragment = Some(found.start).filter(|_| !created);
    Ok(Prepared { id, act, created, repeated, at, received: now, targets, fragment, decided })
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
