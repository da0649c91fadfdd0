//! What sources serve, and since when: what an event shows its person to have been told (GDPR Art. 5(2), 13).
//!
//! An event may come long after it happened, so it is not enough to know what is served today.

use super::registers::day;
use super::{Catalog, Notice, Numbers, Source, Text};
use crate::Moment;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many changes of what a source serves are remembered; of what was before, nobody knows.
pub const SERVED_MAX: usize = 24;

/// What a source serves from an instant on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// Since when.
    pub since: Moment,
    /// The notices, in the order in which the source names them.
    pub notices: Vec<ServedNotice>,
}

/// A notice in the form in which it was served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedNotice {
    /// Its code.
    pub code: String,
    /// Its version.
    pub version: u32,
    /// Since when this version is in force, where that is declared.
    pub since: Option<Moment>,
    /// The purposes it informs about.
    pub purposes: Vec<String>,
    /// By language what names its text in evidence: see [`Text::sha256_hex`].
    pub texts: BTreeMap<String, String>,
}

impl Served {
    fn form(&self, code: &str) -> Option<&ServedNotice> {
        self.notices.iter().find(|notice| notice.code == code)
    }
}

impl ServedNotice {
    /// Whether a day is declared since which its version is in force, and has not begun at an instant.
    pub(super) fn is_announced(&self, at: Moment) -> bool {
        self.since.is_some_and(|since| since > at)
    }
}

impl Text {
    /// What names the text in evidence: SHA-256 of title, line feed and text, in hex.
    #[must_use]
    pub fn sha256_hex(&self) -> String {
        let digest = Sha256::digest(format!("{}\n{}", self.title, self.text));
        digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

impl Notice {
    /// When its version came in force, where that is declared: the beginning of that day where the organisation is.
    #[must_use]
    pub fn in_force(&self, time_zone: &str) -> Option<Moment> {
        let day = day(self.since.as_deref()?)?;
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(time_zone).ok()?;
        day.to_zoned(zone).ok().map(|begins| Moment(begins.timestamp().as_millisecond()))
    }
}

/// The notices that a source serves, as they are declared.
pub(super) fn served_by(catalog: &Catalog, source: &Source) -> Vec<ServedNotice> {
    let declared = source.notices.iter().filter_map(|code| catalog.notices.iter().find(|notice| notice.code == *code));
    let form = |notice: &Notice| ServedNotice {
        code: notice.code.clone(),
        version: notice.version,
        since: notice.in_force(&catalog.organisation.time_zone),
        purposes: notice.purposes.clone(),
        texts: notice.texts.iter().map(|(language, text)| (language.clone(), text.sha256_hex())).collect(),
    };
    declared.map(form).collect()
}

/// The form of a notice that people saw at an instant in the span at this place: until the day of a version that is only
/// announced, the one before it. None: nobody is known to have seen any.
pub(super) fn form_at<'s>(remembered: &'s [Served], place: usize, code: &str, at: Moment) -> Option<&'s ServedNotice> {
    let declared = remembered.get(place)?.form(code)?;
    if !declared.is_announced(at) {
        return Some(declared);
    }
    let spans = remembered.get(..=place)?.windows(2).rev();
    // What was taken away in between was not served on.
    let mut earlier = spans.map_while(|pair| match pair {
        [served, next] => Some((served.form(code)?, next.since)),
        _ => None,
    });
    let was_shown = |(form, replaced): &(&ServedNotice, Moment)| {
        // An announcement that was put off before its day came was never shown.
        let by = if form.version < declared.version { at } else { *replaced };
        !form.is_announced(by)
    };
    earlier.find(was_shown).map(|(form, _)| form)
}

impl Numbers {
    /// The form of a notice that people saw at an instant, where every source that served it is known to have served the
    /// same.
    #[must_use]
    pub fn shown_at(&self, code: &str, at: Moment) -> Option<&ServedNotice> {
        let mut forms = self.served.values().filter_map(|remembered| {
            let place = remembered.iter().rposition(|served| served.since <= at)?;
            form_at(remembered, place, code, at)
        });
        let first = forms.next()?;
        forms.all(|form| form == first).then_some(first)
    }

    /// Notes what the sources of the next catalogue serve from now on. A source that is no longer declared is forgotten:
    /// should it be declared again, nobody knows what it has served meanwhile.
    #[must_use]
    pub fn serving(mut self, next: &Catalog, now: Moment) -> Self {
        self.served.retain(|code, _| next.sources.iter().any(|source| source.code == *code));
        for source in &next.sources {
            let notices = served_by(next, source);
            let served = self.served.entry(source.code.clone()).or_default();
            if served.last().is_none_or(|last| last.notices != notices) {
                served.push(Served { since: now, notices });
            }
            served.drain(..served.len().saturating_sub(SERVED_MAX));
        }
        self
    }
}
