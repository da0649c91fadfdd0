//! What protects somebody by their age and country: looked at whatever purpose it was kept for.
//!
//! What only claims to belong to a person says how old *it* is and where: it is held against what the core says, and
//! says nothing for the core or for another claim, or a public key could end a stranger's consent with a birthday.

use super::entry::Entry;
use amana_core::permission::Born;
use amana_core::{Moment, Value};
use jiff::civil::Date;
use jiff::tz::Offset;

/// The trait that says when somebody was born.
const BIRTHDAY: &str = "birthday";
/// The traits that say in which country somebody lives.
const COUNTRIES: [&str; 2] = ["address.country", "country"];

/// Of each group, and of the person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// For each group when they were born.
    pub(super) births: Vec<Option<Born>>,
    /// For each group the country.
    pub(super) regions: Vec<Option<String>>,
    /// The country of the person as a whole.
    pub(super) region: Option<String>,
}

impl Facts {
    /// Of groups of which the first `core` are the core. Of several birthdays the youngest protects most; where several
    /// that weigh the same name different countries none is known.
    pub(super) fn of(groups: &[Vec<&Entry>], core: usize, now: Moment) -> Self {
        let births: Vec<Option<Born>> = groups.iter().map(|group| born(group, now)).collect();
        let regions: Vec<Option<String>> = groups.iter().map(|group| region(group)).collect();
        let of_core = (Born::youngest(births[..core].iter().copied().flatten()), agreed(&regions[..core]));
        let claimed = |own: &Option<Born>| Born::youngest(of_core.0.into_iter().chain(*own));
        let (first, claims) = births.split_at(core);
        let births = first.iter().map(|_| of_core.0).chain(claims.iter().map(claimed)).collect();
        let region = if core > 0 { of_core.1.clone() } else { agreed(&regions) };
        let (first, claims) = regions.split_at(core);
        let claimed = |own: &Option<String>| of_core.1.clone().or_else(|| own.clone());
        let regions = first.iter().map(|_| of_core.1.clone()).chain(claims.iter().map(claimed)).collect();
        Self { births, regions, region }
    }

    /// Of the core and one claim beside it, when each group was born.
    pub(super) fn births_beside(&self, core: usize, claim: usize) -> Vec<Option<Born>> {
        self.births[..core].iter().chain(&self.births[claim..=claim]).copied().collect()
    }

    /// Of one group by itself.
    pub(super) fn only(&self, group: usize) -> Self {
        let region = self.regions[group].clone();
        Self { births: vec![self.births[group]], regions: vec![region.clone()], region }
    }
}

impl Entry {
    /// The birthday it holds.
    pub(crate) fn birthday(&self) -> Option<Date> {
        birthday(&[self])
    }
}

/// When a group was born: as was said last, else as what is left of a birthday says until it has passed.
pub(super) fn born(group: &[&Entry], now: Moment) -> Option<Born> {
    let left = || group.iter().filter_map(|entry| entry.fragment.of_age).max().filter(|of_age| *of_age > now);
    birthday(group).map(Born::On).or_else(|| Born::by_adulthood(left()?))
}

fn birthday(group: &[&Entry]) -> Option<Date> {
    match newest(group, &[BIRTHDAY])? {
        Value::Time(born) => Some(Offset::UTC.to_datetime(born.timestamp()).date()),
        _ => None,
    }
}

fn region(group: &[&Entry]) -> Option<String> {
    match newest(group, &COUNTRIES)? {
        Value::Text(text) => Some(text.to_uppercase()),
        _ => None,
    }
}

/// Of traits of these names the value that was said last.
fn newest<'e>(group: &[&'e Entry], names: &[&str]) -> Option<&'e Value> {
    let holdings = group.iter().flat_map(|entry| entry.holdings.values());
    let found = holdings.flat_map(|holding| names.iter().filter_map(|name| holding.traits.get(*name)));
    found.max_by_key(|found| found.origin).map(|found| &found.value)
}

fn agreed(regions: &[Option<String>]) -> Option<String> {
    let mut known = regions.iter().flatten();
    known.next().filter(|first| known.all(|other| other == *first)).cloned()
}
