//! A guardian's decision for a child (GDPR Art. 8): verified, by somebody else than the child, and no longer than until
//! the child decides alone.

use super::{ActAsk, ActRefused};
use crate::app::App;
use crate::profile::find::{FindError, FoundPerson, Sought, normalised};
use crate::profile::keeper::View;
use crate::profile::lookup::Lookup;
use amana_core::Moment;
use amana_core::catalog::{Policy, SlotRule};

/// Until when a guardian's decision holds: the day from which the child decides alone.
pub(super) async fn until(
    app: &App,
    policy: &Policy,
    ask: &ActAsk<'_>,
    slots: &[&SlotRule],
    found: &FoundPerson,
    now: Moment,
) -> Result<Option<Moment>, ActRefused> {
    if let Some(guardian) = ask.guardian {
        is_somebody_else(app, policy, ask.sought, guardian, found).await?;
    }
    // What is found by an identifier stands first: the core, or the claim itself.
    let of_age = slots.iter().filter_map(|rule| found.whole.of_age(0).at(policy, rule)).min();
    match (of_age, ask.until) {
        (Some(of_age), _) if of_age <= now => Err(ActRefused::impossible(
            "act",
            "the person is old enough to decide alone (GDPR Art. 8(1))",
            "`grant` or `refuse`, by the person",
        )),
        (Some(of_age), until) => Ok(Some(until.map_or(of_age, |until| until.min(of_age)))),
        (None, Some(until)) if until > now => Ok(Some(until)),
        (None, _) => Err(ActRefused::Missing {
            field: "until",
            expected: "the day, still to come, from which the child decides alone: no birthday is known that would tell",
        }),
    }
}

/// The guardian's address must not be the child's: who reads the child's mail is the child.
async fn is_somebody_else(
    app: &App,
    policy: &Policy,
    child: Sought<'_>,
    guardian: Sought<'_>,
    found: &FoundPerson,
) -> Result<(), ActRefused> {
    let lookup = Lookup::of(app.root(), policy, &[guardian])?;
    let same_as_named = (child.kind, child.scope) == (guardian.kind, guardian.scope)
        && lookup.values().contains(&normalised(policy, child)?);
    let known = lookup.find(app.keeper(), View::Still(&found.snapshot)).await.map_err(FindError::from)?;
    let of_child = known.into_iter().flatten().any(|id| found.whole.component.fragments.contains_key(&id));
    if same_as_named || of_child {
        let why = "the guardian's address is the child's (GDPR Art. 8(2))";
        return Err(ActRefused::impossible("guardian", why, "an identifier of the guardian that is not the child's"));
    }
    Ok(())
}
