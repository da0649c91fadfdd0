//! What the law of a country says where a purpose says nothing: below which age a guardian decides.
//!
//! The ages are data with a version and a source for every row, because they change.

mod ages;

pub use ages::{AGES, AGES_VERSION};

use super::lifetime::day_begins;
use crate::Moment;
use crate::catalog::check::is_country;
use crate::catalog::{Basis, SlotRule, UseKind};
use jiff::civil::Date;

/// The age where no law that is known says another (GDPR Art. 8(1)).
pub const AGE_OF_CONSENT: u8 = 16;

/// What the law of one country says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgeOfConsent {
    /// ISO 3166-1 alpha-2 code.
    pub country: &'static str,
    /// Below this age a guardian decides.
    pub years: u8,
    /// Where that is written.
    pub source: &'static str,
}

/// What a jurisdiction is written as, for those who are told that theirs is none.
pub const JURISDICTION_IN_WORDS: &str =
    "a country (ISO 3166-1 alpha-2, upper case), or a part of one (ISO 3166-2), such as DE or US-CA";

/// Whether a text names the law that applies: a country, or a part of one. Whether a country has that part is not looked
/// up, for parts change.
#[must_use]
pub fn is_jurisdiction(text: &str) -> bool {
    let (country, part) = text.split_once('-').map_or((text, None), |(country, part)| (country, Some(part)));
    let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    is_country(country) && part.is_none_or(|part| (1..=3).contains(&part.len()) && part.bytes().all(letter))
}

/// The law of a country, where it is known.
#[must_use]
pub fn age_of_consent(country: &str) -> Option<&'static AgeOfConsent> {
    AGES.iter().find(|row| row.country.eq_ignore_ascii_case(country))
}

/// The lowest and the highest age that any known law names.
#[must_use]
pub fn ages_between() -> (u8, u8) {
    AGES.iter().fold((AGE_OF_CONSENT, AGE_OF_CONSENT), |(low, high), row| (low.min(row.years), high.max(row.years)))
}

/// The age by the law where an organisation is: that of whoever lives nowhere that is known.
#[must_use]
pub fn age_at_home(country: &str) -> u8 {
    age_of_consent(country).map_or(AGE_OF_CONSENT, |row| row.years)
}

/// Below which age a guardian decides about a use for a purpose; none: nobody needs to.
///
/// The purpose's own age counts. Without one the law's does, wherever it protects children: for consent (GDPR
/// Art. 8(1)), for advertising, and for profiling that rests on an interest of somebody else (recital 38). It is the
/// law where the person lives, else where the organisation is, else [`AGE_OF_CONSENT`].
#[must_use]
pub fn age_limit(rule: &SlotRule, usage: UseKind, region: Option<&str>, country: &str) -> Option<u8> {
    let law = || region.and_then(age_of_consent).map_or_else(|| age_at_home(country), |row| row.years);
    rule.age_min.or_else(|| law_protects_children(rule, usage).then(law))
}

/// Whether the law's age applies to a use although the purpose names none.
fn law_protects_children(rule: &SlotRule, usage: UseKind) -> bool {
    let profiling = matches!(usage, UseKind::Segment | UseKind::Profile | UseKind::Decide);
    // Keeping, telling recipients and disclosing are neither advertising nor profiling.
    let exempt = matches!(usage, UseKind::Store | UseKind::Notify | UseKind::Disclose);
    rule.basis == Basis::Consent
        || rule.age_required
        || rule.direct_marketing && !exempt
        || rule.basis == Basis::LegitimateInterest && profiling
}

/// When somebody born on a day decides about the consent of a purpose alone; none where nobody else ever does.
///
/// The day begins in UTC. Who was born on 29 February comes of age on 1 March.
#[must_use]
pub fn of_age_at(rule: &SlotRule, birthday: Date, region: Option<&str>, country: &str) -> Option<Moment> {
    comes_of_age(birthday, age_limit(rule, UseKind::Collect, region, country)?).map(day_begins)
}

/// Until when somebody born on a day is too young for any use at all for a purpose: profiling and advertising protect
/// children also where keeping does not ask for their age. None where no use does.
#[must_use]
pub fn protected_until(rule: &SlotRule, birthday: Date, region: Option<&str>, country: &str) -> Option<Moment> {
    comes_of_age(birthday, age_limit(rule, UseKind::Segment, region, country)?).map(day_begins)
}

/// The day on which somebody born on a day is so many years old.
pub(super) fn comes_of_age(birthday: Date, years: u8) -> Option<Date> {
    let same_day = birthday.checked_add(jiff::Span::new().years(years)).ok()?;
    if same_day.day() == birthday.day() { Some(same_day) } else { same_day.tomorrow().ok() }
}

/// Age in whole years on the day of an instant, in UTC; none before the birthday.
#[must_use]
pub fn age_on(birthday: Date, now: Moment) -> Option<u16> {
    let today = jiff::tz::Offset::UTC.to_datetime(now.timestamp()).date();
    let had_birthday = (today.month(), today.day()) >= (birthday.month(), birthday.day());
    u16::try_from(i32::from(today.year()) - i32::from(birthday.year()) - i32::from(!had_birthday)).ok()
}
