//! Whether what a catalogue declares makes sense together.
//!
//! Every check says all it finds and none stops another. Audience predicates are checked by the server, which has
//! the SQL engine: it makes [`Problem`]s for `audiences.<code>.where` and finds their place with
//! [`Catalog::place_of`].

mod fields;
mod identity_proof;
mod lists;
mod purposes;
mod recipients;
mod registers;
mod sources;
mod topics;
mod warnings;
mod words;

pub use fields::IDENTIFIER_LIMIT_MAX;
pub use lists::*;
pub use recipients::{CONCURRENCY_MAX, CONTRACT_FIELDS_MAX, PREDICATE_BYTES_MAX};
pub use sources::{PREVIOUS_WRITE_KEYS_MAX, WRITE_KEY_BYTES_MAX, WRITE_KEY_BYTES_MIN};
pub use words::{CODE_BYTES_MAX, NAME_BYTES_MAX};
pub use words::{SIGNING_SECRETS_MAX, is_language};
pub(crate) use words::{is_country, is_time_zone};

use super::file::PROBLEMS_MAX;
use super::{Catalog, Categories, EventRule, FieldRule, Path, Problem, ProblemCode, Purpose, compile};
use std::collections::{BTreeMap, HashMap, HashSet};

impl Catalog {
    /// Everything that does not make sense together, at most [`PROBLEMS_MAX`]. [`Catalog::read`] has checked this;
    /// a catalogue that came in another way must be checked before it is compiled.
    #[must_use]
    pub fn check(&self) -> Vec<Problem> {
        let check = &mut Check::new(self);
        check.lists();
        check.organisation();
        check.categories();
        check.fields();
        check.metrics();
        check.identifiers();
        check.purposes();
        check.registers();
        check.notices();
        check.topics();
        check.sources();
        check.destinations();
        check.audiences();
        check.api_keys();
        std::mem::take(&mut check.problems)
    }
}

/// What the checks share: the catalogue, what its names resolve to, and what was found so far.
struct Check<'a> {
    catalog: &'a Catalog,
    tree: Categories,
    traits: HashMap<String, FieldRule>,
    events: HashMap<String, EventRule>,
    brands: HashSet<&'a str>,
    purposes: BTreeMap<&'a str, &'a Purpose>,
    notices: HashSet<&'a str>,
    destinations: HashSet<&'a str>,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn new(catalog: &'a Catalog) -> Self {
        let tree = compile::categories(catalog);
        Self {
            traits: compile::traits(catalog, &tree),
            events: compile::events(catalog, &tree),
            tree,
            brands: catalog.brands.iter().map(|brand| brand.code.as_str()).collect(),
            purposes: catalog.purposes.iter().map(|purpose| (purpose.code.as_str(), purpose)).collect(),
            notices: catalog.notices.iter().map(|notice| notice.code.as_str()).collect(),
            destinations: catalog.destinations.iter().map(|destination| destination.code.as_str()).collect(),
            problems: Vec::new(),
            catalog,
        }
    }

    fn say(&mut self, path: Path, code: ProblemCode, message: impl Into<String>, expected: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem::at(path, code, message, expected));
        }
    }

    /// A reference to something nobody declares.
    fn unknown(&mut self, path: Path, kind: &str, code: &str, table: &str) {
        let expected = format!("the code of an entry of `{table}`");
        self.say(path, ProblemCode::UnknownReference, format!("there is no {kind} {code:?}"), expected);
    }

    fn category(&mut self, path: Path, code: &str) {
        if self.tree.find(code).is_none() {
            let expected = "a built-in category, or one declared in `categories`";
            let message = format!("there is no data category {code:?}");
            self.say(path, ProblemCode::UnknownReference, message, expected);
        }
    }

    fn purpose_list(&mut self, path: &Path, codes: &[String]) {
        for (place, code) in codes.iter().enumerate() {
            if !self.purposes.contains_key(code.as_str()) {
                self.unknown(path.item(place, ""), "purpose", code, "purposes");
            }
        }
        self.no_doubles(path, codes);
    }

    fn destination_list(&mut self, path: &Path, codes: &[String]) {
        for (place, code) in codes.iter().enumerate() {
            if !self.destinations.contains(code.as_str()) {
                self.unknown(path.item(place, ""), "destination", code, "destinations");
            }
        }
        self.no_doubles(path, codes);
    }

    /// Says each entry of a list that stood there before.
    fn no_doubles(&mut self, path: &Path, entries: &[String]) {
        let mut seen = HashSet::new();
        for (place, entry) in entries.iter().enumerate() {
            if !seen.insert(entry) {
                let message = format!("{entry:?} stands here twice");
                self.say(path.item(place, ""), ProblemCode::Duplicate, message, "each entry once");
            }
        }
    }

    fn country(&mut self, path: Path, text: &str) {
        if !words::is_country(text) {
            let expected = "an ISO 3166-1 alpha-2 code in upper case, such as \"DE\"";
            self.say(path, ProblemCode::BadCountry, format!("{text:?} is not a country"), expected);
        }
    }

    fn organisation(&mut self) {
        let path = Path::root("organisation");
        let organisation = &self.catalog.organisation;
        if !words::is_code(&organisation.code) {
            self.bad_code(path.key("code"), &organisation.code);
        }
        self.country(path.key("country"), &organisation.country);
        if !words::is_time_zone(&organisation.time_zone) {
            let message = format!("{:?} is not a time zone", organisation.time_zone);
            let expected = "a name of the IANA database, such as \"Europe/Berlin\"";
            self.say(path.key("time_zone"), ProblemCode::BadTimeZone, message, expected);
        }
    }

    fn bad_code(&mut self, path: Path, code: &str) {
        let message = format!("{code:?} is not a code");
        self.say(path, ProblemCode::BadName, message, "1 to 64 of the characters a to z, 0 to 9, _ and -");
    }
}
