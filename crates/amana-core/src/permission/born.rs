//! When somebody was born, as far as it is known.

use super::jurisdiction::{age_on, comes_of_age};
use super::lifetime::day_begins;
use crate::Moment;
use jiff::Span;
use jiff::civil::Date;
use jiff::tz::Offset;

/// Below this age somebody is a child, whatever a purpose or the law of a country says of consent (Convention on the
/// Rights of the Child Art. 1).
pub const ADULT_YEARS: u8 = 18;

/// When somebody was born.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Born {
    /// On this day.
    On(Date),
    /// On this day or up to a month before: the birthday itself is kept no longer, and what is left of it only protects.
    /// It makes nobody's age known.
    By(Date),
}

impl Born {
    /// The birthday, where it is known.
    #[must_use]
    pub fn birthday(self) -> Option<Date> {
        match self {
            Self::On(day) => Some(day),
            Self::By(_) => None,
        }
    }

    /// The latest day on which they may have been born.
    #[must_use]
    pub fn latest(self) -> Date {
        let (Self::On(day) | Self::By(day)) = self;
        day
    }

    /// The least age that they may have at an instant, in whole years; none for a birthday that is still to come.
    #[must_use]
    pub fn age_at_least(self, now: Moment) -> Option<u16> {
        match self {
            Self::On(day) => age_on(day, now),
            Self::By(day) => Some(age_on(day, now).unwrap_or_default()),
        }
    }

    /// Of several the youngest: it protects most.
    #[must_use]
    pub fn youngest(several: impl IntoIterator<Item = Self>) -> Option<Self> {
        several.into_iter().max_by_key(|born| (born.latest(), born.birthday().is_none()))
    }

    /// What is left of somebody's birthday when they come of age at an instant that was [rounded](adult_by).
    #[must_use]
    pub fn by_adulthood(adult: Moment) -> Option<Self> {
        let day = Offset::UTC.to_datetime(adult.timestamp()).date();
        day.checked_sub(Span::new().years(ADULT_YEARS)).ok().map(Self::By)
    }
}

/// When somebody is an adult, rounded up to the beginning of a month.
#[must_use]
pub fn adult_by(birthday: Date) -> Option<Moment> {
    let day = comes_of_age(birthday, ADULT_YEARS)?;
    let month = if day.day() == 1 { day } else { day.last_of_month().tomorrow().ok()? };
    Some(day_begins(month))
}
