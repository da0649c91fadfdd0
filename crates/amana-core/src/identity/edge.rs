//! What joins two fragments, and what keeps two from being joined.

use super::FragmentId;
use crate::Moment;
use crate::catalog::Trust;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many former edges are remembered with one fragment; of more the oldest are forgotten.
pub const FORMER_MAX: usize = 256;

/// How strongly two fragments are held together. Ordered: a stronger bond takes the place of a weaker one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bond {
    /// Only a public write key said so, which everybody knows: data may be read together for what both sides permit,
    /// an act counts for its own side only.
    Claimed,
    /// Staff said so, with a reason: one record to read, while of what both sides decided the more restrictive counts.
    Asserted,
    /// A system of the organisation, a signed identity or a sign-in proved it: one person, whose later act counts.
    Verified,
}

impl From<Trust> for Bond {
    fn from(trust: Trust) -> Self {
        match trust {
            Trust::Public => Self::Claimed,
            Trust::Server => Self::Verified,
        }
    }
}

/// One end of what joins two fragments; the other end holds its twin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// The fragment at the other end.
    pub to: FragmentId,
    /// How strongly it holds.
    pub bond: Bond,
    /// Number of the source that first said so; 0 for staff.
    pub source: u32,
    /// When that was received.
    pub since: Moment,
    /// The act of staff that made it, whose evidence says why.
    pub act: Option<Uuid>,
    /// Since when it holds nothing any more. It is kept, so that what was once joined can be explained.
    pub banned: Option<Moment>,
}

impl Edge {
    /// An edge that holds.
    #[must_use]
    pub fn new(to: FragmentId, bond: Bond, source: u32, since: Moment) -> Self {
        Self { to, bond, source, since, act: None, banned: None }
    }

    /// Whether it holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.banned.is_none()
    }

    /// Whether it held at an instant, as far as was known then.
    #[must_use]
    pub fn held_at(&self, instant: Moment) -> bool {
        self.since <= instant && self.banned.is_none_or(|banned| banned > instant)
    }
}

/// A time in which two were held together otherwise than now, or at all: what was so then is told from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    /// The fragment at the other end.
    pub to: FragmentId,
    /// How strongly it held.
    pub bond: Bond,
    /// Number of the source that first said so; 0 for staff.
    pub source: u32,
    /// The act of staff that made it.
    pub act: Option<Uuid>,
    /// From when.
    pub from: Moment,
    /// Until when, not included.
    pub until: Moment,
}

impl Former {
    /// Notes in a list what an edge was that another one takes the place of at an instant, or nothing does. What never held
    /// is nothing to remember.
    pub(crate) fn note(list: &mut Vec<Self>, edge: &Edge, replaced: Moment) {
        let until = edge.banned.map_or(replaced, |banned| banned.min(replaced));
        if until <= edge.since {
            return;
        }
        if list.len() >= FORMER_MAX {
            list.drain(..=list.len() - FORMER_MAX);
        }
        let Edge { to, bond, source, since, act, .. } = *edge;
        list.push(Self { to, bond, source, act, from: since, until });
    }

    /// Whether it held at an instant.
    #[must_use]
    pub fn held_at(&self, instant: Moment) -> bool {
        self.from <= instant && instant < self.until
    }

    /// The edge that it was while it held.
    #[must_use]
    pub fn edge(&self) -> Edge {
        let Self { to, bond, source, act, from, .. } = *self;
        Edge { act, ..Edge::new(to, bond, source, from) }
    }
}

/// One side of a split: fragments of different sides of the same cut are never joined again by what events say
/// (*cannot-link*). Every fragment of both parts carries it, so whoever joins one of them comes to stand on its side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cut {
    /// The act that split.
    pub act: Uuid,
    /// On which side: whether it went.
    pub parted: bool,
    /// How many parts went, that hung together by whom they left alone: each is joined again by itself.
    pub parts: u32,
}
