//! Whether a version of a purpose asks for more than an earlier one did.
//!
//! Who agreed to the earlier version did not agree to what was added, so a wider version asks people again.

use super::{Basis, Purpose, UseKind, category_covers};
use crate::permission::ages_between;
use jiff::{Span, civil::Date, civil::date};

/// In what the next version of a purpose is wider than the previous one: names of fields, empty when in nothing.
#[must_use]
pub fn widening(previous: &Purpose, next: &Purpose) -> Vec<&'static str> {
    let covered = |code: &String| previous.categories.iter().any(|above| category_covers(above, code));
    let wider = [
        ("basis", next.basis != previous.basis),
        ("categories", !next.categories.iter().all(covered)),
        ("keep", lasts_longer(&previous.keep, &next.keep)),
        ("direct_marketing", next.direct_marketing && !previous.direct_marketing),
        ("honours_gpc", honours_gpc(previous) && !honours_gpc(next)),
        ("uses", gained(&uses(previous), &uses(next))),
        ("recipients", next.recipients.iter().any(|recipient| !previous.recipients.contains(recipient))),
        ("device_ground", next.device_ground.is_some() && next.device_ground != previous.device_ground),
        ("mail_ground", next.mail_ground.is_some() && next.mail_ground != previous.mail_ground),
        ("special_condition", next.special_condition.is_some() && previous.special_condition.is_none()),
        ("regions", gained_unless_all(&previous.regions, &next.regions)),
        ("age_min", reaches_younger(previous, next)),
        ("age_required", previous.age_required && !next.age_required),
        ("double_opt_in", previous.double_opt_in && !next.double_opt_in),
        ("consent_expires_after", expires_later(previous, next)),
        ("ends_on", previous.ends_on.iter().any(|trigger| !next.ends_on.contains(trigger))),
    ];
    wider.into_iter().filter_map(|(field, wider)| wider.then_some(field)).collect()
}

/// In what fewer people come to be processed for the next version though it is no narrower in what it may do: names of
/// fields, empty when in nothing.
#[must_use]
pub fn fewer_beginnings(previous: &Purpose, next: &Purpose) -> Vec<&'static str> {
    let fewer = [
        ("starts_on", previous.starts_on.iter().any(|trigger| !next.starts_on.contains(trigger))),
        ("blocked_by", gained(&previous.blocked_by, &next.blocked_by)),
    ];
    fewer.into_iter().filter_map(|(field, fewer)| fewer.then_some(field)).collect()
}

/// Whether Global Privacy Control counts as an objection to the purpose.
#[must_use]
pub fn honours_gpc(purpose: &Purpose) -> bool {
    purpose.honours_gpc.unwrap_or(purpose.direct_marketing)
}

/// Whether the law says below which age a guardian decides for a purpose.
#[must_use]
pub fn leaves_age_to_law(purpose: &Purpose) -> bool {
    let by_basis = matches!(purpose.basis, Basis::Consent | Basis::LegitimateInterest);
    purpose.age_min.is_none() && (by_basis || purpose.direct_marketing || purpose.age_required)
}

/// Whether the next version may reach somebody younger. Where a purpose leaves the age to the law, it differs by
/// country: the lowest is what may be reached, the highest what people were promised.
fn reaches_younger(previous: &Purpose, next: &Purpose) -> bool {
    let by_law = leaves_age_to_law;
    if by_law(previous) && by_law(next) {
        return false;
    }
    let (lowest, highest) = ages_between();
    let reached = next.age_min.unwrap_or(if by_law(next) { lowest } else { 0 });
    let promised = previous.age_min.unwrap_or(if by_law(previous) { highest } else { 0 });
    reached < promised
}

/// Months and years differ in length, so two durations are compared from days where they differ most.
const REFERENCES: [Date; 3] = [date(2001, 1, 1), date(2000, 1, 31), date(2001, 2, 1)];

/// Whether the next duration is longer than the previous one from any of the reference days. What cannot be read
/// counts as longer, for then nobody knows what people agreed to.
fn lasts_longer(previous: &str, next: &str) -> bool {
    let (Ok(before), Ok(after)) = (previous.parse::<Span>(), next.parse::<Span>()) else {
        return previous != next;
    };
    REFERENCES.iter().any(|day| !matches!(after.compare((before, *day)), Ok(order) if order.is_le()))
}

fn expires_later(previous: &Purpose, next: &Purpose) -> bool {
    match (&previous.consent_expires_after, &next.consent_expires_after) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(before), Some(after)) => lasts_longer(before, after),
    }
}

/// An empty list of uses means all of them.
fn uses(purpose: &Purpose) -> Vec<UseKind> {
    if purpose.uses.is_empty() { UseKind::ALL.to_vec() } else { purpose.uses.clone() }
}

fn gained<T: PartialEq>(previous: &[T], next: &[T]) -> bool {
    next.iter().any(|item| !previous.contains(item))
}

/// An empty list means everything.
fn gained_unless_all<T: PartialEq>(previous: &[T], next: &[T]) -> bool {
    !previous.is_empty() && (next.is_empty() || gained(previous, next))
}
