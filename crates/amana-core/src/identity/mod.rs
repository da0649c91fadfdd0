//! Who somebody is: identifiers, the fragments that stand for them, and the graph that holds fragments together.
//!
//! Identity never destroys. What came under an identifier is one fragment, for ever; what joins fragments are edges with
//! evidence, and a person is what can be reached over them within limits. Taking an edge away gives both parts back. The
//! identifier of a device that turns out to be several people's leads to a fragment of its own from then on.

mod ban;
mod blocked;
mod component;
mod edge;
mod graph;
mod left_out;
mod normalise;
mod reach;
mod resolve;
mod shared;
mod staff;

pub use ban::{Ban, Banned, Lifted, ban, lift_ban};
pub use blocked::is_blocked;
pub use component::{COMPONENT_MAX, Component, Side, group, parts, sides};
pub use edge::{Bond, Cut, Edge, FORMER_MAX, Former};
pub use graph::Graph;
pub use left_out::{LEFT_OUT_MAX, LeftOut};
pub use normalise::{
    IDENTIFIER_BYTES_MAX, NORMALISER_VERSION, NORMALISERS, Normaliser, Unusable, normalise, older_forms,
};
pub use reach::{claims_beyond, component_of};
pub use resolve::{Candidate, Dropped, Resolution, is_account, leave_out_beside, resolve};
pub use shared::{goes_on, said_against, shared_device};
pub use staff::{Fragments, Joined, Parted, StaffAct, Unjoinable, join, split};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The identifier that a device makes for itself at random and tells nobody else: who sends it is that device. Other
/// device ids (advertising ids above all) are known to many, so naming one proves nothing.
pub const BEARER_KIND: &str = "anonymous_id";

/// The kind of fragment that stands for somebody on a device that is another's, as on a shared tablet: what a public
/// source says under an account it merely names. It has a fragment of its own, joined to the account by a claim, so
/// that what is claimed neither mixes with what is verified nor speaks for it. No declared kind can have this code.
pub const VISIT_KIND: &str = "~visit";

/// Names a fragment. Ids grow with time, so the smallest of a component is its oldest, which names the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FragmentId(pub Uuid);

impl std::fmt::Display for FragmentId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}
