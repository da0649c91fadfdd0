//! Finding several identifiers in one consistent state, with everybody they lead to.

use crate::app::App;
use crate::profile::{Classes, FindError, KeepError, Lookup, People, READS_MAX, Sought, View};
use amana_core::catalog::Policy;
use amana_core::identity::FragmentId;
use amana_store::Snapshot;

/// Identifiers that were looked for, and all fragments that can be reached from those that are known.
pub(super) struct Located {
    /// The state it was read from.
    pub(super) snapshot: Snapshot,
    /// The fragments.
    pub(super) people: People,
    /// The hold classes they have.
    pub(super) classes: Classes,
    /// For each identifier its value in the one form of its kind, and its fragment where there is one.
    pub(super) found: Vec<(String, Option<FragmentId>)>,
}

impl Located {
    /// Reads further fragments from the same state, with everybody they lead to.
    pub(super) async fn reach(&mut self, app: &App, ids: &[FragmentId]) -> Result<(), FindError> {
        let view = View::Still(&self.snapshot);
        self.people.extend(app.keeper(), view, ids, |_| None).await?;
        let numbers = self.people.iter().flat_map(|entry| entry.fragment.classes.iter().copied());
        self.classes = Classes::of(view, numbers).await.map_err(KeepError::from)?;
        Ok(())
    }
}

/// Looks for identifiers.
pub(super) async fn locate(app: &App, policy: &Policy, sought: &[Sought<'_>]) -> Result<Located, FindError> {
    for _ in 1..READS_MAX {
        match located(app, &Lookup::of(app.root(), policy, sought)?).await {
            Err(error) if error.is_superseded() => {}
            done => return Ok(done?),
        }
    }
    Ok(located(app, &Lookup::of(app.root(), policy, sought)?).await?)
}

async fn located(app: &App, lookup: &Lookup) -> Result<Located, KeepError> {
    let snapshot = app.store().snapshot().await?;
    let view = View::Still(&snapshot);
    let fragments = lookup.find(app.keeper(), view).await?;
    let starts: Vec<FragmentId> = fragments.iter().flatten().copied().collect();
    let mut people = People::load(app.keeper(), view, &starts).await?;
    let ends = people.banned_ends(starts);
    people.extend(app.keeper(), view, &ends, |_| None).await?;
    let numbers = people.iter().flat_map(|entry| entry.fragment.classes.iter().copied());
    let classes = Classes::of(view, numbers).await?;
    Ok(Located { people, classes, found: lookup.values().iter().cloned().zip(fragments).collect(), snapshot })
}
