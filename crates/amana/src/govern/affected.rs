//! How many people and how much data a change of the catalogue affects, before anybody says yes to it.

use super::current::Current;
use super::reach::Reach;
use crate::app::App;
use crate::audience::{Headcount, Sweep};
use amana_core::catalog::{AffectedCounts, AffectedWhat, Plan};
use amana_store::StoreError;

/// Counts what a plan affects. What is still being counted stays uncounted: a number would be partly that of the
/// version before.
///
/// # Errors
/// When the store cannot be read.
pub(super) async fn count_affected(app: &App, current: &Current, plan: &mut Plan) -> Result<(), StoreError> {
    if plan.affects.is_empty() {
        return Ok(());
    }
    // Where the sweep stands is read first, so that no count is from before the end of the sweep that it needs.
    let through = Sweep::load(app.store()).await?.through();
    let (reach, headcount) = (Reach::load(app.store()).await?, Headcount::load(app.store()).await?);
    let counted = reach.is_whole() && through >= current.policy.version;
    for affected in &mut plan.affects {
        affected.counts = match &affected.what {
            AffectedWhat::Slot { slot, others, .. } => counted.then(|| reach.of(*slot, *others)),
            AffectedWhat::Source { number, slots, .. } => counted.then(|| reach.through(*number, *slots)),
            AffectedWhat::Audience { code, number } => {
                let since = current.audiences_since.get(code).copied().unwrap_or(current.policy.version);
                let members = || AffectedCounts { people: headcount.of(*number), ..AffectedCounts::default() };
                (through >= since).then(members)
            }
        };
    }
    Ok(())
}
