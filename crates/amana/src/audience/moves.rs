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

/// The memberships that members have now, each with whose it is, and the moves from those of before. `before` are also those
/// of profiles that have become part of a person: whoever was told of the other profile is told that it left. `belonging`
/// says who belongs to which audience now.
#[must_use]
pub fn settle(
    before: &[(FragmentId, Membership)],
    belonging: &[(FragmentId, Number)],
    now: Moment,
) -> (Vec<(FragmentId, Membership)>, Vec<Move>) {
    let of = |(profile, known): &(FragmentId, Membership)| (*profile, known.audience);
    let (mut moves, mut memberships) = (Vec::new(), Vec::with_capacity(belonging.len()));
    for (profile, audience) in belonging.iter().copied() {
        match before.iter().find(|known| of(known) == (profile, audience)) {
            Some(known) => memberships.push(*known),
            None => {
                memberships.push((profile, Membership { audience, since: now }));
                moves.push(Move { profile, audience, kind: MoveKind::Entered });
            }
        }
    }
    for (profile, audience) in before.iter().map(of).filter(|known| !belonging.contains(known)) {
        moves.push(Move { profile, audience, kind: MoveKind::Exited });
    }
    (memberships, moves)
}
