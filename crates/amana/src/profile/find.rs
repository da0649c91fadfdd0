//! Finding a person by an identifier, for those who read: one consistent state, whoever it is that is looked for.

use super::classes::Classes;
use super::keeper::{KeepError, READS_MAX, View};
use super::lookup::Lookup;
use super::people::People;
use super::whole::Whole;
use crate::app::App;
use amana_core::Moment;
use amana_core::catalog::Policy;
use amana_core::identity::{FragmentId, Unusable, normalise};
use amana_store::Snapshot;

/// Somebody looked for.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// Code of the identifier's kind.
    pub kind: &'a str,
    /// The value, in any form of its kind.
    pub value: &'a str,
    /// The identity scope it belongs to.
    pub scope: &'a str,
}

/// Who was found: a person, or nobody with the same shape.
pub struct FoundPerson {
    /// The state it was read from.
    pub snapshot: Snapshot,
    /// The fragments.
    pub people: People,
    /// The hold classes they have.
    pub classes: Classes,
    /// The person; without fragments when nobody is known by this identifier.
    pub whole: Whole,
    /// The fragment of the identifier, or of nobody.
    pub start: FragmentId,
}

/// Why somebody cannot be looked for.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The kind is not declared.
    #[error("no identifier kind of that code is declared")]
    KindUnknown {
        /// Those that are.
        kinds: Vec<String>,
        /// Which of several that were looked for has it.
        place: usize,
    },
    /// No source has or ever had the identity scope: nobody is found there, and whatever was said there would be said of
    /// nobody.
    #[error("no source has the identity scope")]
    ScopeUnknown {
        /// Those that are declared.
        scopes: Vec<String>,
        /// Which of several that were looked for has it.
        place: usize,
    },
    /// The value cannot be anybody's.
    #[error("the value is {0}")]
    Unusable(Unusable),
    /// Something cannot be read.
    #[error(transparent)]
    Keep(#[from] KeepError),
}

impl FindError {
    /// The same of one at another place among several.
    #[must_use]
    pub fn at(mut self, of: usize) -> Self {
        if let Self::KindUnknown { place, .. } | Self::ScopeUnknown { place, .. } = &mut self {
            *place = of;
        }
        self
    }
}

/// Brings an identifier into the one form of its kind. Everybody who is looked for goes through here, whoever looks.
///
/// # Errors
/// When the kind is not declared, no source has or had the scope, or the value cannot be anybody's.
pub fn normalised(policy: &Policy, sought: Sought<'_>) -> Result<String, FindError> {
    let rule = policy.identifier(sought.kind).ok_or_else(|| FindError::KindUnknown {
        kinds: policy.identifiers.iter().map(|rule| rule.code.clone()).collect(),
        place: 0,
    })?;
    if !policy.knows_scope(sought.scope) {
        let scopes = policy.declared_scopes().into_iter().map(str::to_owned).collect();
        return Err(FindError::ScopeUnknown { scopes, place: 0 });
    }
    normalise(rule, sought.value, &policy.catalog.organisation.country).map_err(FindError::Unusable)
}

/// Finds a person. For somebody unknown the store is asked the same questions as for somebody known of whom nothing
/// is kept, so that neither the answer nor the work tells who is known.
///
/// # Errors
/// When the identifier is not one, or something cannot be read.
pub async fn find(app: &App, policy: &Policy, sought: Sought<'_>, now: Moment) -> Result<FoundPerson, FindError> {
    for _ in 1..READS_MAX {
        let lookup = Lookup::of(app.root(), policy, &[sought])?;
        match found_by(app, policy, &lookup, now).await {
            Err(error) if error.is_superseded() => {}
            done => return Ok(done?),
        }
    }
    Ok(found_by(app, policy, &Lookup::of(app.root(), policy, &[sought])?, now).await?)
}

async fn found_by(app: &App, policy: &Policy, lookup: &Lookup, now: Moment) -> Result<FoundPerson, KeepError> {
    let snapshot = app.store().snapshot().await?;
    let view = View::Still(&snapshot);
    let known = lookup.find(app.keeper(), view).await?.into_iter().flatten().next();
    let start = known.unwrap_or_else(|| FragmentId(app.dice().id(now)));
    let people = People::load(app.keeper(), view, &[start]).await?;
    let numbers = people.iter().flat_map(|entry| entry.fragment.classes.iter().copied());
    let classes = Classes::of(view, numbers).await?;
    let whole = people.whole_seen_from(start, policy, now);
    Ok(FoundPerson { people, classes, whole, start, snapshot })
}
