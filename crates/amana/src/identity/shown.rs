//! What those are shown who look at who is one person, or ask what a decision would change.

use serde::Serialize;
use utoipa::ToSchema;

/// Why somebody is taken for one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityGraph {
    /// Names the profile: the oldest of the fragments, of somebody whom systems know the oldest of the core.
    #[schema(example = "019577e0-7e5f-7c3e-9f0e-6b1d5a3c2f10")]
    pub profile_id: String,
    /// The purpose that identifiers are read for.
    #[schema(example = "orders")]
    pub purpose: String,
    /// The brand, where the purpose has a permission for each.
    pub brand: Option<String>,
    /// When it was read.
    pub as_of: String,
    /// What is held together: one fragment for each identifier, oldest first.
    pub fragments: Vec<IdentityFragment>,
    /// What holds them together, and what once did.
    pub edges: Vec<IdentityEdge>,
    /// What held them together before, or otherwise than now: what a split parted until staff joined it again, claims
    /// that were proven later or taken away. Of each fragment the last 256 are kept.
    pub former: Vec<IdentityFormer>,
    /// The splits that keep this person apart from others, whatever events say.
    pub cuts: Vec<IdentityCut>,
    /// Identifiers that events of this person named and that were left out: why somebody is not the same person. The
    /// newest first; of each fragment the last 20 are kept.
    pub left_out: Vec<IdentityLeftOut>,
    /// How many identifiers of each kind there are, and how many there may be.
    pub limits: Vec<KindCount>,
    /// How many fragments one person may have.
    #[schema(example = 1000)]
    pub fragments_max: usize,
    /// With `to`: why both identifiers are one person, or that they are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<IdentityPath>,
}

/// What came under one identifier.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityFragment {
    /// Its id.
    pub fragment: String,
    /// Code of its identifier's kind; `visit` for somebody whom a public source merely named on a device that is
    /// another's.
    #[schema(example = "email")]
    pub kind: String,
    /// The identity scope it belongs to.
    #[schema(example = "default")]
    pub scope: String,
    /// The identifier, where the purpose may see it.
    #[schema(example = "sam@example.com")]
    pub value: Option<String>,
    /// Why the identifier is not shown: `not_kept`, `claimed` (whoever only claims to be somebody is shown nobody
    /// else's), `not_kept_for_purpose`, `not_held`, `kept_long_enough`, or a reason of `permit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "not_kept_for_purpose")]
    pub hidden: Option<String>,
    /// When it was first seen.
    pub created: String,
    /// Codes of the sources it was seen through.
    pub sources: Vec<String>,
    /// Fragments of the same group are one person by proof. Group 0 comes first.
    pub group: usize,
    /// `core`: known to the organisation's own systems, or joined to such by staff. `claim`: only claimed, so it
    /// neither permits nor stops anything for the core.
    #[schema(example = "core")]
    pub standing: &'static str,
    /// Whether a source that verifies, a signed identity or staff has named it.
    pub vouched: bool,
    /// The act by which staff banned it: it joins nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banned: Option<IdentityAct>,
}

/// What joins two fragments.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityEdge {
    /// The fragments at its ends.
    pub between: [String; 2],
    /// How strongly it holds: `verified`, `asserted` (by staff) or `claimed`.
    #[schema(example = "verified")]
    pub bond: String,
    /// Code of the source that first said so; none: staff.
    pub source: Option<String>,
    /// Since when.
    pub since: String,
    /// Since when it holds nothing any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banned: Option<String>,
    /// The act of staff that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<IdentityAct>,
    /// The act of staff by which it holds no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banned_by: Option<IdentityAct>,
}

/// What joined two fragments for a time.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityFormer {
    /// The fragments at its ends.
    pub between: [String; 2],
    /// How strongly it held: `verified`, `asserted` (by staff) or `claimed`.
    #[schema(example = "claimed")]
    pub bond: String,
    /// Code of the source that first said so; none: staff.
    pub source: Option<String>,
    /// Since when it held.
    pub since: String,
    /// Until when.
    pub until: String,
    /// The act of staff that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<IdentityAct>,
    /// The act of staff by which it held no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banned_by: Option<IdentityAct>,
}

/// An identifier that an event of this person named and that was left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityLeftOut {
    /// The fragment whose event it was.
    pub fragment: String,
    /// Code of the identifier's kind.
    #[schema(example = "anonymous_id")]
    pub kind: String,
    /// The fragment it leads to; none where nobody was known by it.
    pub other: Option<String>,
    /// The identifier, where the purpose may see it of whose it is.
    pub value: Option<String>,
    /// Why the identifier is not shown, as with a fragment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "not_kept")]
    pub hidden: Option<String>,
    /// Why it was left out: `kind_limit`, `size_limit`, `split`, `banned`, `shared_device` or
    /// `known_apart`.
    #[schema(example = "kind_limit")]
    pub why: String,
    /// Code of the source that named it last.
    pub source: Option<String>,
    /// When it first came, by receipt.
    pub first: String,
    /// When it came first on the last day on which it came.
    pub last: String,
    /// On how many days it came.
    pub days: u32,
}

/// An act of staff about who is one person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct IdentityAct {
    /// Names the act.
    pub id: String,
    /// `join`, `split`, `ban` or `lift_ban`.
    #[schema(example = "join")]
    pub act: String,
    /// When it was decided.
    pub at: String,
    /// How it reached us.
    pub method: String,
    /// Name of the key it came with.
    pub source: String,
    /// The role of who decided.
    pub actor: String,
    /// Why.
    pub note: Option<String>,
}

/// A split that keeps apart.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityCut {
    /// Names the act.
    pub id: String,
    /// The act; none where it lies in the history of the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<IdentityAct>,
    /// Whether this is who went, or who stayed.
    pub parted: bool,
    /// The fragments on the other side.
    pub from: Vec<String>,
}

/// How many identifiers of a kind somebody has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct KindCount {
    /// Code of the kind.
    #[schema(example = "user_id")]
    pub kind: String,
    /// How many there are.
    pub count: usize,
    /// How many one person may have; none: as many as they like.
    pub limit: Option<u32>,
    /// Whether there are more than that, since staff joined them or the limit was lowered.
    pub passed: bool,
}

/// Why two identifiers are one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityPath {
    /// Whether they are.
    pub connected: bool,
    /// The fragments from one to the other, both included; places in `edges` follow from them.
    pub fragments: Vec<String>,
    /// Where they are not one person: the splits that keep them apart.
    pub parted_by: Vec<String>,
}

/// What a decision changes, side by side.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct IdentityChanges {
    /// `join`, `split`, `ban` or `lift_ban`.
    #[schema(example = "split")]
    pub act: String,
    /// Who is one person. Of a split: the persons after it, first who stays. Of a ban: the same, first the identifier by
    /// itself; nobody where nobody is known by it. Of a join, or of lifting a ban: the persons before it who are one
    /// after it, first the one that was named first.
    pub sides: Vec<IdentitySide>,
    /// Of a split or a ban: how many edges hold no longer.
    pub edges_banned: usize,
    /// Of lifting a ban: how many edges hold again.
    pub edges_restored: usize,
    /// Of lifting a ban: how many do not, since the other end is banned as well, they were split meanwhile, or the
    /// person would have more fragments than anybody may have.
    pub edges_still_banned: usize,
    /// Of a join: the earlier splits that no longer keep them apart.
    pub splits_lifted: Vec<String>,
    /// Kinds of which one person then has more identifiers than their limit. Staff may; events may not.
    pub limits_passed: Vec<KindCount>,
}

impl IdentityChanges {
    /// A decision that changes nothing.
    pub(super) fn of(act: &str) -> Self {
        Self { act: act.to_owned(), ..Self::default() }
    }
}

/// One side of a decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentitySide {
    /// Its fragments, oldest first. Values are shown by the graph, for a purpose.
    pub fragments: Vec<SideFragment>,
    /// Names its profile before.
    pub profile_before: String,
    /// Names its profile after.
    pub profile_after: String,
    /// The state of each permission before and after.
    pub permissions: Vec<PermissionShift>,
    /// Codes of the audiences it enters.
    pub enters: Vec<String>,
    /// Codes of the audiences it leaves.
    pub leaves: Vec<String>,
    /// What is destroyed of it with its keys, since no purpose of this side holds it any more, or keeps it for as long.
    /// Undoing the decision does not bring it back.
    pub destroys: Destroyed,
}

/// What is destroyed of a side.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Destroyed {
    /// Under how many of its identifiers something is destroyed.
    #[schema(example = 1)]
    pub identifiers: usize,
    /// Codes of the purposes that it was kept for.
    #[schema(example = json!(["news"]))]
    pub purposes: Vec<String>,
}

/// A fragment on a side.
#[derive(Debug, Serialize, ToSchema)]
pub struct SideFragment {
    /// Its id.
    pub fragment: String,
    /// Code of its identifier's kind.
    pub kind: String,
    /// Whether it was named; what was not goes along, since it hangs on those that were alone.
    pub named: bool,
}

/// A permission before and after.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PermissionShift {
    /// Code of the purpose.
    #[schema(example = "news")]
    pub purpose: String,
    /// The brand, where each has a permission of its own.
    pub brand: Option<String>,
    /// The state before.
    #[schema(example = "given")]
    pub before: String,
    /// The state after.
    #[schema(example = "withdrawn")]
    pub after: String,
    /// Whether reading the person for it is allowed before.
    pub allowed_before: bool,
    /// Whether it is after.
    pub allowed_after: bool,
}
