//! Who enters and leaves: what is so now, compared with what was so before.

use amana_core::Moment;
use amana_core::catalog::Number;
use amana_core::identity::FragmentId;
use amana_core::profile::Membership;
use serde::{Deserialize, Serialize};

/// A profile entering or leaving an audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The profile.
    pub profile: FragmentId,
    /// The audience's number.
    pub audience: Number,
    /// Which way.
    pub kind: MoveKind,
}

/// Which way a profile moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveKind {
    /// Into the audience.
    Entered,
    /// Out of it.
    Exited,
}

/// The memberships a profile has now, and the moves from those it had. `before` are its own and those of profiles
/// that have become part of it, each with the profile that had it: whoever was told of the other profile is told that
/// it left, and somebody who was a member through any of them does not enter anew.
#[must_use]
pub fn settle(
    profile: FragmentId,
    before: &[(FragmentId, Membership)],
    belonging: &[Number],
    now: Moment,
) -> (Vec<Membership>, Vec<Move>) {
    let mut moves = Vec::new();
    let mut memberships = Vec::with_capacity(belonging.len());
    for audience in belonging {
        let known = before.iter().find(|(owner, membership)| *owner == profile && membership.audience == *audience);
        match known {
            Some((_, membership)) => memberships.push(*membership),
            None => {
                memberships.push(Membership { audience: *audience, since: now });
                moves.push(Move { profile, audience: *audience, kind: MoveKind::Entered });
            }
        }
    }
    for (owner, membership) in before {
        let stays = *owner == profile && belonging.binary_search(&membership.audience).is_ok();
        if !stays {
            moves.push(Move { profile: *owner, audience: membership.audience, kind: MoveKind::Exited });
        }
    }
    (memberships, moves)
}
