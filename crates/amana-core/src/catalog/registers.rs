//! Registers: papers that purposes depend on, and when they stop being in force.
//!
//! A register is no permission of anybody: it blocks a purpose for everybody at once, and takes nothing from anybody.

use super::Catalog;
use crate::Moment;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// What the registers that a purpose names make of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependence {
    /// The first of them that is not in force, whatever the time.
    pub blocked: Option<String>,
    /// The first of the others to lapse.
    pub lapse: Option<Lapse>,
}

/// A register that lapses by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lapse {
    /// The first instant at which it is in force no longer.
    pub at: Moment,
    /// Its code.
    pub register: String,
}

impl Dependence {
    /// The register that blocks at an instant.
    #[must_use]
    pub fn blocked_at(&self, now: Moment) -> Option<&str> {
        let lapsed = || self.lapse.as_ref().filter(|lapse| lapse.at <= now).map(|lapse| lapse.register.as_str());
        self.blocked.as_deref().or_else(lapsed)
    }

    /// When time alone will block next.
    #[must_use]
    pub fn lapses_after(&self, now: Moment) -> Option<Moment> {
        let lapse = self.lapse.as_ref().filter(|_| self.blocked.is_none())?;
        Some(lapse.at).filter(|at| *at > now)
    }
}

/// What the registers of these codes make of a purpose. One that nobody declares, and one whose day cannot be read, is
/// not in force.
pub(super) fn dependence(catalog: &Catalog, codes: &[String]) -> Dependence {
    let mut depends = Dependence::default();
    for code in codes {
        match lapse_of(catalog, code) {
            None => drop(depends.blocked.get_or_insert_with(|| code.clone())),
            Some(Some(at)) if depends.lapse.as_ref().is_none_or(|known| at < known.at) => {
                depends.lapse = Some(Lapse { at, register: code.clone() });
            }
            Some(_) => {}
        }
    }
    depends
}

/// Those of these registers that are not in force at an instant.
pub(super) fn not_in_force<'c>(catalog: &Catalog, codes: &'c [String], now: Moment) -> Vec<&'c str> {
    let lapsed = |code: &&String| lapse_of(catalog, code).is_none_or(|lapse| lapse.is_some_and(|at| at <= now));
    codes.iter().filter(lapsed).map(String::as_str).collect()
}

/// When a register that is in force lapses: `None` for one that is not in force at all.
fn lapse_of(catalog: &Catalog, code: &str) -> Option<Option<Moment>> {
    let register = catalog.registers.iter().find(|register| register.code == code).filter(|known| known.in_force)?;
    match &register.until {
        None => Some(None),
        Some(until) => Some(Some(begins(day(until)?, &catalog.organisation.time_zone))),
    }
}

/// A day as it is written, `2027-01-31`, and in no other form. The calendar ends with the year 9999, before its last day
/// is over everywhere.
pub(super) fn day(text: &str) -> Option<Date> {
    let day = text.parse::<Date>().ok()?;
    (day.to_string() == text && (1970..9999).contains(&day.year())).then_some(day)
}

/// The first instant of a day in a time zone of the database that is built in, else in UTC.
fn begins(day: Date, zone: &str) -> Moment {
    let zone = TimeZoneDatabase::bundled().get(zone).unwrap_or(TimeZone::UTC);
    // What has no beginning counts as past: it blocks.
    day.to_zoned(zone).map_or(Moment(i64::MIN), |begins| Moment(begins.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_where_the_organisation_is() {
        let begins = |text: &str, zone: &str| begins(day(text).unwrap(), zone).to_string();
        assert_eq!(begins("2026-07-01", "UTC"), "2026-07-01T00:00:00.000Z");
        assert_eq!(begins("2026-07-01", "Europe/Berlin"), "2026-06-30T22:00:00.000Z");
        assert_eq!(begins("2026-07-01", "Pacific/Auckland"), "2026-06-30T12:00:00.000Z");
        // In Beirut summer time began at midnight: the day began at one.
        assert_eq!(begins("2021-03-28", "Asia/Beirut"), "2021-03-27T22:00:00.000Z");
        assert_eq!(begins("2026-07-01", "Atlantis"), "2026-07-01T00:00:00.000Z");
    }

    #[test]
    fn a_day_is_written_in_one_way() {
        for wrong in [
            "",
            "soon",
            "2026-7-1",
            "20260701",
            "2026-07-01T00:00",
            "2026-02-30",
            " 2026-07-01",
            "2026-07",
            "9999-12-31",
            "1969-12-31",
        ] {
            assert_eq!(day(wrong), None, "{wrong:?}");
        }
        assert!(day("2026-07-01").is_some() && day("2028-02-29").is_some());
    }
}
