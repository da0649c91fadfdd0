//! Banning an identifier that is many people's, and taking that back, as staff ask for it.
//!
//! It needs nobody to be known by it, and answers the same whoever is: what it changes tells who was.

use super::decide::{DecidedIdentity, IdentityRefused, put_in_force};
use super::located::{Located, locate};
use super::preview::Preview;
use super::shown::IdentityChanges;
use crate::app::App;
use crate::journal::{IdentityDecision, Named};
use crate::profile::Sought;
use crate::profile::spelling::word;
use amana_core::catalog::Role;
use amana_core::identity::{Ban, FragmentId, StaffAct};
use amana_core::permission::{ActKind, Evidence, Method};
use std::collections::BTreeSet;

/// A ban to be decided, or lifted.
#[derive(Clone, Copy, Debug)]
pub struct BanAsk<'a> {
    /// Whether a ban is taken back.
    pub lifts: bool,
    /// The identifier.
    pub identifier: Sought<'a>,
    /// Why.
    pub note: &'a str,
    /// Name of the key it came with.
    pub key: &'a str,
    /// Role of that key.
    pub role: Role,
}

/// Says what a ban, or lifting it, would change. Nothing is recorded.
///
/// # Errors
/// When it could not be decided.
pub async fn look_ahead_ban(app: &App, ask: &BanAsk<'_>) -> Result<IdentityChanges, IdentityRefused> {
    let now = app.now();
    let mut located = locate(app, &app.current().policy, &[ask.identifier]).await?;
    change(app, &mut located, ask, StaffAct { id: app.dice().id(now), at: now })
}

/// Bans an identifier or lifts its ban. When this returns, it is in force.
///
/// # Errors
/// When it is so already, or nothing can be recorded now.
pub async fn decide_ban(app: &App, ask: &BanAsk<'_>) -> Result<DecidedIdentity, IdentityRefused> {
    let now = app.now();
    let act = StaffAct { id: app.dice().id(now), at: now };
    let mut located = locate(app, &app.current().policy, &[ask.identifier]).await?;
    let changes = change(app, &mut located, ask, act)?;
    let mut evidence = Evidence::new(Method::Staff, ask.key, &word(&ask.role));
    evidence.note = Some(ask.note.to_owned());
    let Sought { kind, scope, .. } = ask.identifier;
    let value = located.found.first().map(|(value, _)| value.clone()).unwrap_or_default();
    let decision = IdentityDecision {
        id: act.id,
        act: if ask.lifts { ActKind::LiftBan } else { ActKind::Ban },
        anchor: Named { kind: kind.to_owned(), value, scope: scope.to_owned() },
        others: Vec::new(),
        fragments: Vec::new(),
        received_at: now,
        evidence,
    };
    put_in_force(app, decision).await?;
    // Whoever decided just before has the first word, and this one came to nothing.
    let after = locate(app, &app.current().policy, &[ask.identifier]).await?;
    let is_so = match ban_of(&after) {
        Some(ban) => !ask.lifts && ban.act == act.id,
        None => ask.lifts,
    };
    if is_so { Ok(DecidedIdentity { id: act.id, received: now, changes }) } else { Err(IdentityRefused::Overtaken) }
}

/// Does it on what was read, when it can be done.
fn change(
    app: &App,
    located: &mut Located,
    ask: &BanAsk<'_>,
    act: StaffAct,
) -> Result<IdentityChanges, IdentityRefused> {
    let current = app.current();
    let id = located.found.first().and_then(|(_, fragment)| *fragment);
    let is_banned = ban_of(located).is_some();
    if is_banned != ask.lifts {
        let (why, expected) = match is_banned {
            true => ("it is banned already", "an identifier that is not banned"),
            false => ("it is not banned", "an identifier that is banned"),
        };
        return Err(IdentityRefused::Ban { why, expected });
    }
    let named: BTreeSet<FragmentId> = id.into_iter().collect();
    let preview = Preview { current: &current, now: act.at, named };
    Ok(if ask.lifts { preview.lift_ban(located, id) } else { preview.ban(located, act, id) })
}

fn ban_of(located: &Located) -> Option<&Ban> {
    let (_, fragment) = located.found.first()?;
    located.people.get((*fragment)?)?.fragment.ban.as_ref()
}
