//! The problems of this door, for the reference: every code with its status and what to do.

use super::code::Code;
use super::refusal::MALFORMED;

/// A problem, as the reference lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Documented {
    /// Its code.
    pub code: &'static str,
    /// The status it is answered with. In the answer to a batch of which some is accepted it stands with its event.
    pub status: u16,
    /// A few words, the same for every case.
    pub title: &'static str,
    /// What it means and what to do.
    pub words: &'static str,
}

const OF_REQUESTS: [Documented; 8] = [
    problem("all_refused", 400, "Every event was refused", "`refused` tells of each event what was wrong with it."),
    problem(
        "unauthorized",
        401,
        "No valid write key",
        "Send the write key of a source as the user name of HTTP Basic, or in the body as `writeKey`.",
    ),
    problem("not_found", 404, "No such call", "Send to /v1/track and its like, to /v1/batch or to /b."),
    problem("method_not_allowed", 405, "Not with this method", "`Allow` lists the methods that the address knows."),
    problem("too_large", 413, "Too large", "A body, an event or a batch passes its limit: send smaller batches."),
    problem(
        "unsupported_encoding",
        415,
        "Unsupported content type or encoding",
        "Send JSON, plain or under gzip, deflate, br or zstd.",
    ),
    problem("too_far_behind", 429, "Too many events at the moment", "Send it again after `Retry-After`; SDKs do."),
    problem("unavailable", 503, "Not available at the moment", "Nothing can be stored now: send it again later."),
];

const fn problem(code: &'static str, status: u16, title: &'static str, words: &'static str) -> Documented {
    Documented { code, status, title, words }
}

/// All problems of this door.
pub fn documented() -> impl Iterator<Item = Documented> {
    let of_body = |code: &Code| Documented { code: code.as_str(), status: 400, title: MALFORMED, words: code.words() };
    OF_REQUESTS.into_iter().chain(Code::ALL.iter().map(of_body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::Refusal;

    #[test]
    fn every_refusal_is_documented_as_it_is_answered() {
        let malformed = |code| Refusal::Malformed { code, field: "", detail: String::new() };
        let refusals = [
            Refusal::AllRefused { items: Vec::new() },
            Refusal::Unauthorized { detail: "" },
            Refusal::NotFound,
            Refusal::MethodNotAllowed { allow: "" },
            Refusal::TooLarge { detail: String::new() },
            Refusal::UnsupportedEncoding { detail: "" },
            Refusal::too_far_behind(1),
            Refusal::Unavailable,
        ];
        assert_eq!(refusals.len(), OF_REQUESTS.len());
        for refusal in refusals.into_iter().chain(Code::ALL.iter().copied().map(malformed)) {
            let told = documented().find(|known| known.code == refusal.code());
            let told = told.unwrap_or_else(|| panic!("{} is not documented", refusal.code()));
            assert_eq!((told.status, told.title), (refusal.status(), refusal.title()), "{}", refusal.code());
        }
    }
}
