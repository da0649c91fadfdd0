//! Joining and splitting as staff ask for it: checked against who is one person now, written to the journal, answered
//! when it is in force.

use super::located::{Located, locate};
use super::preview::Preview;
use super::shown::IdentityChanges;
use crate::app::App;
use crate::journal::{Closed, Entry, IdentityDecision, Named};
use crate::profile::record::IN_FORCE_WAIT_MAX;
use crate::profile::spelling::word;
use crate::profile::{FindError, Sought};
use amana_core::Moment;
use amana_core::catalog::Role;
use amana_core::identity::{COMPONENT_MAX, FragmentId, StaffAct, Unjoinable};
use amana_core::permission::{ActKind, Evidence, Method};
use std::collections::BTreeSet;
use uuid::Uuid;

/// How many one decision may name beside the person.
pub const OTHERS_MAX: usize = 50;

/// What staff decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// These are one person.
    Join,
    /// These are another person, or none of this one.
    Split,
}

/// Somebody who is joined, or goes.
#[derive(Clone, Copy, Debug)]
pub enum Other<'a> {
    /// By an identifier.
    Identifier(Sought<'a>),
    /// By a fragment of the person, as the graph names it: for what has no identifier that could be named.
    Fragment(Uuid),
}

/// A decision to be made.
#[derive(Clone, Debug)]
pub struct IdentityAsk<'a> {
    /// What is decided.
    pub decision: Decision,
    /// The person.
    pub person: Sought<'a>,
    /// Who is joined to them, or goes.
    pub others: Vec<Other<'a>>,
    /// Why.
    pub note: &'a str,
    /// Name of the key it came with.
    pub key: &'a str,
    /// Role of that key.
    pub role: Role,
}

/// A decision that is in force.
#[derive(Debug)]
pub struct DecidedIdentity {
    /// Names the act.
    pub id: Uuid,
    /// When it was decided.
    pub received: Moment,
    /// What it has changed.
    pub changes: IdentityChanges,
}

/// Why a decision was not made.
#[derive(Debug, thiserror::Error)]
pub enum IdentityRefused {
    /// An identifier is not one.
    #[error(transparent)]
    Find(#[from] FindError),
    /// Nobody is known by an identifier.
    #[error("nobody is known by this identifier")]
    Unknown {
        /// The one of the others; none: the person.
        other: Option<usize>,
    },
    /// It cannot be so; nothing was recorded.
    #[error("{why}")]
    Impossible {
        /// The one of the others.
        other: usize,
        /// Why.
        why: &'static str,
        /// What is possible.
        expected: String,
    },
    /// A ban cannot be made or lifted; nothing was recorded.
    #[error("{why}")]
    Ban {
        /// Why.
        why: &'static str,
        /// What is possible.
        expected: &'static str,
    },
    /// The journal takes nothing now; nothing was recorded.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// It is durable and not yet in force.
    #[error("the decision is recorded durably and takes effect when what came before it is worked off")]
    NotYetInForce {
        /// Names the act.
        id: Uuid,
    },
    /// Somebody decided otherwise just before, so that this one came to nothing.
    #[error("who is one person has changed meanwhile")]
    Overtaken,
}

/// Says what a decision would change. Nothing is recorded.
///
/// # Errors
/// When it could not be made.
pub async fn look_ahead(app: &App, ask: &IdentityAsk<'_>) -> Result<IdentityChanges, IdentityRefused> {
    let now = app.now();
    let mut found = Found::of(app, ask).await?;
    found.change(app, ask, StaffAct { id: app.dice().id(now), at: now })
}

/// Decides. When this returns, it is in force.
///
/// # Errors
/// When it is impossible, or nothing can be recorded now.
pub async fn decide(app: &App, ask: &IdentityAsk<'_>) -> Result<DecidedIdentity, IdentityRefused> {
    let now = app.now();
    let act = StaffAct { id: app.dice().id(now), at: now };
    let mut found = Found::of(app, ask).await?;
    let changes = found.change(app, ask, act)?;
    let mut evidence = Evidence::new(Method::Staff, ask.key, &word(&ask.role));
    evidence.note = Some(ask.note.to_owned());
    let decision = IdentityDecision {
        id: act.id,
        act: if ask.decision == Decision::Join { ActKind::Join } else { ActKind::Split },
        anchor: found.named(ask.person, 0),
        others: found.identified.iter().enumerate().map(|(place, sought)| found.named(*sought, place + 1)).collect(),
        fragments: found.fragments.iter().map(|id| id.0).collect(),
        received_at: now,
        evidence,
    };
    put_in_force(app, decision).await?;
    // Whoever decided otherwise just before has the first word, and this one came to nothing.
    let after = locate(app, &app.current().policy, &[ask.person]).await?;
    let one = after.people.component(found.anchor);
    let wanted = ask.decision == Decision::Join;
    if found.others.iter().any(|other| one.fragments.contains_key(other) != wanted) {
        return Err(IdentityRefused::Overtaken);
    }
    Ok(DecidedIdentity { id: act.id, received: now, changes })
}

/// Records a decision and waits until it is in force.
pub(super) async fn put_in_force(app: &App, decision: IdentityDecision) -> Result<(), IdentityRefused> {
    let id = decision.id;
    let position = app.journal().write(&Entry::Identity(Box::new(decision)), &mut app.dice()).await?;
    let waited = tokio::time::timeout(IN_FORCE_WAIT_MAX, app.journal().committed(position)).await;
    waited.map_err(|_| IdentityRefused::NotYetInForce { id })
}

/// Whom a decision is about, as they are now.
struct Found<'a> {
    located: Located,
    anchor: FragmentId,
    /// All others, in the order they were named.
    others: Vec<FragmentId>,
    identified: Vec<Sought<'a>>,
    fragments: Vec<FragmentId>,
}

impl<'a> Found<'a> {
    async fn of(app: &App, ask: &IdentityAsk<'a>) -> Result<Self, IdentityRefused> {
        let current = app.current();
        let identified: Vec<Sought<'a>> = ask
            .others
            .iter()
            .filter_map(|other| match other {
                Other::Identifier(sought) => Some(*sought),
                Other::Fragment(_) => None,
            })
            .collect();
        let sought: Vec<Sought<'a>> = std::iter::once(ask.person).chain(identified.iter().copied()).collect();
        let located = locate(app, &current.policy, &sought).await?;
        let mut found = located.found.iter().map(|(_, fragment)| *fragment);
        let anchor = found.next().flatten().ok_or(IdentityRefused::Unknown { other: None })?;
        let (mut others, mut fragments) = (Vec::new(), Vec::new());
        for (place, other) in ask.others.iter().enumerate() {
            let id = match other {
                Other::Identifier(_) => found.next().flatten(),
                Other::Fragment(id) => {
                    let id = FragmentId(*id);
                    fragments.push(id);
                    located.people.get(id).map(|entry| entry.id)
                }
            };
            others.push(id.ok_or(IdentityRefused::Unknown { other: Some(place) })?);
        }
        Ok(Self { located, anchor, others, identified, fragments })
    }

    /// Does the decision on what was read, when it is one that can be made.
    fn change(&mut self, app: &App, ask: &IdentityAsk<'_>, act: StaffAct) -> Result<IdentityChanges, IdentityRefused> {
        let current = app.current();
        let named: BTreeSet<FragmentId> = self.others.iter().copied().collect();
        if let Some(other) = self.others.iter().position(|other| *other == self.anchor) {
            let why = "the person is named on both sides";
            let expected = "identifiers of the person other than the one they are named by".to_owned();
            return Err(IdentityRefused::Impossible { other, why, expected });
        }
        let (anchor, others) = (self.anchor, self.others.clone());
        let preview = Preview { current: &current, now: act.at, named };
        match ask.decision {
            Decision::Split => {
                self.are_of_the_person()?;
                let nothing = || IdentityRefused::Impossible {
                    other: 0,
                    why: "nothing would go",
                    expected: "at least one identifier of the person".to_owned(),
                };
                preview.split(&mut self.located, act, anchor).ok_or_else(nothing)
            }
            Decision::Join => preview
                .join(&mut self.located, act, anchor, &others)
                .map_err(|(other, why)| IdentityRefused::unjoinable(other, why)),
        }
    }

    fn are_of_the_person(&self) -> Result<(), IdentityRefused> {
        let person = self.located.people.component(self.anchor);
        match self.others.iter().position(|other| !person.fragments.contains_key(other)) {
            None => Ok(()),
            Some(other) => {
                let why = "it is not this person's already";
                let expected = "an identifier that is held together with the person's".to_owned();
                Err(IdentityRefused::Impossible { other, why, expected })
            }
        }
    }

    fn named(&self, sought: Sought<'_>, place: usize) -> Named {
        let value = self.located.found.get(place).map(|(value, _)| value.clone()).unwrap_or_default();
        Named { kind: sought.kind.to_owned(), value, scope: sought.scope.to_owned() }
    }
}

impl IdentityRefused {
    fn unjoinable(other: usize, why: Unjoinable) -> Self {
        let (why, expected) = match why {
            Unjoinable::Gone => return Self::Unknown { other: Some(other) },
            Unjoinable::Already => ("they are one person already", "an identifier of another person".to_owned()),
            Unjoinable::Scopes => (
                "identifiers of different identity scopes never meet",
                "an identifier of the person's own scope".to_owned(),
            ),
            Unjoinable::Banned => (
                "it is banned, so that it joins nobody, or the person is named by what is",
                "identifiers that are not banned; `identity/ban/lift` takes a ban back".to_owned(),
            ),
            Unjoinable::Size => (
                "one person would have more fragments than anybody may have",
                format!("two persons with at most {COMPONENT_MAX} fragments together"),
            ),
        };
        Self::Impossible { other, why, expected }
    }
}
