//! The catalogue: everything an organisation declares, as one file that can be kept in git.
//!
//! [`model`] is the file as people write it, [`mod@file`] reads it and [`check`] says whether it makes sense together,
//! [`export`] writes it again. [`numbers`] gives declared things numbers that keys and hold classes can refer to,
//! [`compile`] makes the [`policy`] that every decision asks, [`mod@plan`] tells people what a new version would change.

pub mod affected;
mod begun;
pub mod builtin;
pub mod categories;
pub mod check;
pub mod columns;
pub mod compile;
pub mod divisor;
pub mod export;
pub mod file;
pub mod identity_proof;
pub mod json_schema;
pub mod model;
pub mod nearest;
pub mod numbers;
mod place;
pub mod plan;
pub mod policy;
pub mod problem;
pub mod registers;
pub mod served;
mod shape;
pub mod width;

pub use affected::{Affected, AffectedCounts, AffectedWhat, Effect};
pub use begun::BEGUN_VERSIONS_MAX;
pub use builtin::{Builtin, builtin};
pub use categories::{CATEGORIES_MAX, Categories, CategoryId, CategorySet, category_covers};
pub use columns::{Columns, Withheld, WithheldReason};
pub use divisor::zero_divisor;
pub use file::CATALOG_BYTES_MAX;
pub use identity_proof::{IdentityProof, PROOF_SECRET_BYTES_MIN, ProofKey, TokenProof, proof_secret};
pub use json_schema::catalog_json_schema;
pub use model::*;
pub use nearest::{closest, nearest};
pub use numbers::{Numbers, SlotEntry};
pub use plan::{Change, ChangeKind, FieldChange, Plan, SlotChange, SlotChangeKind, plan};
pub use policy::*;
pub use problem::{Path, Problem, ProblemCode};
pub use registers::{Dependence, Lapse};
pub use served::{SERVED_MAX, Served, ServedNotice};
