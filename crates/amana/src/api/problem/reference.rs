//! What every code of a problem means, whichever door answers with it: what `GET /problems/{code}` tells.

use super::{Code, NOT_PERMITTED, type_of};
use crate::collect::problems::documented;
use amana_core::permit::Reason;
use axum::http::StatusCode;
use serde::Serialize;

/// What a code means at one door. A code that several doors know means the same thing there, in their words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::api) struct Meaning {
    /// Who answers with it: `api`, `permit` (a use that is denied) or `collect`.
    pub(in crate::api) door: &'static str,
    /// The status.
    pub(in crate::api) status: u16,
    /// A few words.
    pub(in crate::api) title: &'static str,
    /// What it means and what to do.
    pub(in crate::api) words: String,
    /// Where the reference lists it.
    pub(in crate::api) reference: String,
}

/// A kind of problem, as it is told to programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::api) struct Kind {
    /// What problems of this kind have as their `type`.
    #[serde(rename = "type")]
    pub(in crate::api) uri: String,
    /// The code.
    pub(in crate::api) code: &'static str,
    /// What it means, door by door.
    pub(in crate::api) meanings: Vec<Meaning>,
}

impl Kind {
    /// The kind of a code, written with hyphens or underscores. `None` for one that no door answers with.
    #[must_use]
    pub(in crate::api) fn named(name: &str) -> Option<Self> {
        let name = name.replace('-', "_");
        let mut found = all().into_iter().filter(|(code, _)| *code == name).peekable();
        let code = found.peek()?.0;
        Some(Self { uri: type_of(code), code, meanings: found.map(|(_, meaning)| meaning).collect() })
    }
}

/// All codes with what they mean.
pub(in crate::api) fn all() -> Vec<(&'static str, Meaning)> {
    let of = |door, code: &'static str, status, title, words: &str, anchor: &str| {
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        (code, Meaning { door, status, title, words, reference: format!("/api/v1/docs#{anchor}{code}") })
    };
    let denied = StatusCode::FORBIDDEN.as_u16();
    let api =
        Code::ALL.iter().map(|code| of("api", code.as_str(), code.status().as_u16(), code.title(), code.words(), ""));
    let reasons = Reason::ALL.iter().filter(|reason| **reason != Reason::Permitted);
    let reasons = reasons.map(|reason| of("permit", reason.code(), denied, NOT_PERMITTED, reason.words(), ""));
    let collect =
        documented().map(|known| of("collect", known.code, known.status, known.title, known.words, "collect-"));
    api.chain(reasons).chain(collect).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_door_has_a_code_twice() {
        let mut seen = HashSet::new();
        for (code, meaning) in all() {
            assert!(seen.insert((code, meaning.door)), "{code} of {}", meaning.door);
            assert!(!meaning.words.is_empty() && Kind::named(code).is_some());
        }
        assert_eq!(Kind::named("bad-json").unwrap().meanings.len(), 2, "both doors read JSON");
        assert_eq!(Kind::named("permitted"), None);
    }
}
