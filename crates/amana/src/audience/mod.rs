//! Audiences: people chosen by a predicate, for a purpose.
//!
//! A predicate sees the table of its slot: only people `permit` lets be put into audiences for it, only values kept
//! for it. [`Audiences`] holds the compiled predicates of a catalogue and says who belongs; who enters and leaves is
//! told by comparing with what was so before, and what destinations have to be told ([`announce`]) likewise.

mod announce;
mod candidates;
mod change;
mod compiled;
mod headcount;
mod listing;
mod member_row;
mod members;
mod moves;
mod sweep;

pub use announce::{Announced, ContentMark, Notice, NoticeKind, announce};
pub use change::{AudienceRefused, delete_audience, put_audience};
pub use compiled::{AudienceProblem, Audiences, check};
pub use headcount::Headcount;
pub use listing::{AudienceState, AudienceView, Counts, GROUP_SIZE_MIN, count_members, list_audiences, read_audience};
pub use member_row::MemberRow;
pub use members::{MEMBERS_PAGE_MAX, Member, Members, members};
pub use moves::{Move, MoveKind, settle};
pub use sweep::Sweep;
