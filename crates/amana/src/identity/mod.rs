//! Who is one person: looked at with the reasons, and decided by staff.
//!
//! Nothing here joins or parts anybody. A decision goes through the journal like every act, and the pipeline carries it
//! out; a preview does the same deed on a copy and says what would be other.

mod bans;
mod decide;
mod edges;
mod graph;
mod left_out;
mod located;
mod preview;
pub mod shown;

pub use bans::{BanAsk, decide_ban, look_ahead_ban};
pub use decide::{DecidedIdentity, Decision, IdentityAsk, IdentityRefused, OTHERS_MAX, Other, decide, look_ahead};
pub use graph::{GraphAsk, read_graph};
