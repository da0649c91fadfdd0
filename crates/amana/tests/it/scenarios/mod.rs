//! Scenarios a privacy officer would try (`SCENARIOS.md`), under their names.

mod s10_prove_it;
mod s11_missing_context_denies;
mod s12_merge_and_split;
mod s2_withdrawal_during_retry;
mod s3_objection_to_direct_marketing_is_absolute;
mod s4_restriction;
