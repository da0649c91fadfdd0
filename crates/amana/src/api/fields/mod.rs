//! Reading bodies and queries field by field: everything that is wrong is told at once, with the field's name and
//! what was expected, and never with the value that was sent.

mod raw;
#[cfg(test)]
mod tests;
mod unknown;

use super::problem::{Code, FieldError, Problem};
use amana_core::Moment;
use serde_json::{Map, Value as Json};

/// Bytes of a code.
pub(super) const CODE_BYTES_MAX: usize = 128;
/// How an instant is written, and which there are.
const INSTANT_IN_WORDS: &str = "RFC 3339 from 1970-01-01 to 9999-12-30, such as 2026-03-01T12:00:00Z";
/// How many entries of a page are told when nobody says how many.
const LIMIT_DEFAULT: usize = 100;

/// Fields of an object, taken out one by one.
pub(super) struct Fields {
    map: Map<String, Json>,
    prefix: String,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
    code: Code,
}

impl Fields {
    /// The fields of a body.
    #[must_use]
    pub(super) fn of_body(map: Map<String, Json>) -> Self {
        Self { map, prefix: String::new(), known: Vec::new(), errors: Vec::new(), code: Code::InvalidFields }
    }

    /// The parameters of a query.
    ///
    /// # Errors
    /// When one is named twice.
    pub(super) fn of_query(query: Option<&str>) -> Result<Self, Problem> {
        let mut map = Map::new();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if map.insert(name.clone().into_owned(), Json::String(value.into_owned())).is_some() {
                let name = unknown::shown(&name);
                let twice = FieldError::new(name, "named_twice", "the parameter is named twice", "each one once");
                let detail = format!("the parameter `{name}` is named twice; expected each one once");
                return Err(Problem::new(Code::BadQuery, detail).with(vec![twice]));
            }
        }
        Ok(Self { code: Code::BadQuery, ..Self::of_body(map) })
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, name: &'static str, bytes_max: usize) -> String {
        let text = self.optional_text(name, bytes_max);
        if text.is_none() && !self.is_wrong(name) {
            self.wrong(name, "missing_field", &format!("`{name}` is missing"), &text_of(bytes_max));
        }
        text.unwrap_or_default()
    }

    /// A text that may be left out.
    pub(super) fn optional_text(&mut self, name: &'static str, bytes_max: usize) -> Option<String> {
        match self.take(name)? {
            Json::String(text) if (1..=bytes_max).contains(&text.len()) && !text.contains('\0') => Some(text),
            Json::String(_) => {
                self.wrong(name, "out_of_range", "empty, too long or not text", &text_of(bytes_max));
                None
            }
            other => self.mistyped(name, &other, &text_of(bytes_max)),
        }
    }

    /// A text in which a value can be read.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        bytes_max: usize,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.optional_text(name, bytes_max)?;
        let value = read(&text);
        if value.is_none() {
            self.wrong(name, "unknown_word", "not a value that is understood", expected);
        }
        value
    }

    /// As [`Fields::optional`], for what must be there.
    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        bytes_max: usize,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.optional(name, bytes_max, expected, read);
        if value.is_none() && !self.is_wrong(name) {
            self.wrong(name, "missing_field", &format!("`{name}` is missing"), expected);
        }
        value
    }

    /// An instant.
    pub(super) fn optional_instant(&mut self, name: &'static str) -> Option<Moment> {
        self.optional(name, 64, INSTANT_IN_WORDS, |text| Moment::parse(text).filter(|moment| moment.0 >= 0))
    }

    /// A whole number; queries write it in digits.
    pub(super) fn optional_number(&mut self, name: &'static str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        let number = match self.take(name)? {
            Json::Number(number) => number.as_u64(),
            Json::String(text) if self.code == Code::BadQuery => text.parse().ok(),
            other => return self.mistyped(name, &other, &expected),
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.wrong(name, "out_of_range", "out of its range", &expected);
        }
        number
    }

    /// How many entries a page has at most.
    pub(super) fn limit(&mut self, most: usize) -> usize {
        let named = self.optional_number("limit", 1..=most as u64);
        named.map_or(LIMIT_DEFAULT, |named| usize::try_from(named).unwrap_or(most))
    }

    /// The code of what is saved: the path's where it has one, which a body may repeat and not change.
    pub(super) fn code(&mut self, of_path: Option<String>) -> String {
        let Some(code) = of_path else { return self.text("code", CODE_BYTES_MAX) };
        if self.optional_text("code", CODE_BYTES_MAX).is_some_and(|named| named != code) {
            self.wrong("code", "out_of_range", "another code than the path's", "the path's, or none");
        }
        code
    }

    /// A yes or no that is no when it is left out; queries write `true` or `false`.
    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        match self.take(name) {
            None => false,
            Some(Json::Bool(flag)) => flag,
            Some(Json::String(text)) if self.code == Code::BadQuery && matches!(text.as_str(), "true" | "1" | "") => {
                true
            }
            Some(Json::String(text)) if self.code == Code::BadQuery && matches!(text.as_str(), "false" | "0") => false,
            Some(other) => self.mistyped(name, &other, "true or false").unwrap_or_default(),
        }
    }

    /// Whether a field was sent, and not taken out yet.
    #[must_use]
    pub(super) fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| !value.is_null())
    }

    /// A list of texts, empty when it is left out.
    pub(super) fn texts(&mut self, name: &'static str, most: usize, bytes_max: usize) -> Vec<String> {
        let expected = format!("a list of at most {most} texts of at most {bytes_max} bytes");
        let list = match self.take(name) {
            None => return Vec::new(),
            Some(Json::Array(list)) if list.len() <= most => list,
            Some(other) => return self.mistyped(name, &other, &expected).unwrap_or_default(),
        };
        let fits = |json: &Json| json.as_str().filter(|text| (1..=bytes_max).contains(&text.len())).map(str::to_owned);
        let texts: Option<Vec<String>> = list.iter().map(fits).collect();
        if texts.is_none() {
            self.wrong(name, "wrong_type", "an entry is not such a text", &expected);
        }
        texts.unwrap_or_default()
    }

    /// An object below this one; whoever takes it gives it back with [`Fields::end`].
    pub(super) fn object(&mut self, name: &'static str) -> Option<Self> {
        match self.take(name)? {
            Json::Object(map) => Some(Self { prefix: format!("{}{name}.", self.prefix), ..Self::of_body(map) }),
            other => self.mistyped(name, &other, "an object"),
        }
    }

    /// A list of objects, empty when it is left out; each is given back with [`Fields::end`].
    pub(super) fn objects(&mut self, name: &'static str, most: usize) -> Vec<Self> {
        let expected = format!("a list of at most {most} objects");
        let list = match self.take(name) {
            None => return Vec::new(),
            Some(Json::Array(list)) if list.len() <= most => list,
            Some(other) => return self.mistyped(name, &other, &expected).unwrap_or_default(),
        };
        let mut objects = Vec::with_capacity(list.len());
        for (place, entry) in list.into_iter().enumerate() {
            match entry {
                Json::Object(map) => {
                    let prefix = format!("{}{name}[{place}].", self.prefix);
                    objects.push(Self { prefix, ..Self::of_body(map) });
                }
                other => drop(self.mistyped::<()>(name, &other, &expected)),
            }
        }
        objects
    }

    /// Takes over what is wrong with an object below this one.
    pub(super) fn end(&mut self, below: Self) {
        self.errors.extend(below.all_errors());
    }

    /// Notes that a field is wrong.
    pub(super) fn wrong(&mut self, name: &str, code: &str, message: &str, expected: &str) {
        self.errors.push(FieldError::new(&format!("{}{name}", self.prefix), code, message, expected));
    }

    /// Says whether everything was right and nothing was left over.
    ///
    /// # Errors
    /// Everything that was wrong.
    pub(super) fn finish(self) -> Result<(), Problem> {
        let code = self.code;
        let what = if code == Code::BadQuery { "parameters" } else { "fields" };
        let errors = self.all_errors();
        match errors.as_slice() {
            [] => Ok(()),
            [one] => {
                let detail = format!("{}: {}; expected {}", one.field, one.message, one.expected);
                Err(Problem::new(code, detail).with(errors))
            }
            several => Err(Problem::new(code, format!("{} {what} are wrong", several.len())).with(errors)),
        }
    }

    fn all_errors(mut self) -> Vec<FieldError> {
        let what = if self.code == Code::BadQuery { "parameter" } else { "field" };
        let unknown = unknown::errors(what, &self.prefix, self.map.keys().map(String::as_str), &self.known);
        self.errors.extend(unknown);
        self.errors
    }

    fn take(&mut self, name: &'static str) -> Option<Json> {
        self.known.push(name);
        self.map.shift_remove(name).filter(|value| !value.is_null())
    }

    fn is_wrong(&self, name: &str) -> bool {
        let field = format!("{}{name}", self.prefix);
        self.errors.iter().any(|error| error.field == field)
    }

    fn mistyped<T>(&mut self, name: &str, found: &Json, expected: &str) -> Option<T> {
        let found = match found {
            Json::Null => "nothing",
            Json::Bool(_) => "true or false",
            Json::Number(_) => "a number",
            Json::String(_) => "a text",
            Json::Array(_) => "a list",
            Json::Object(_) => "an object",
        };
        self.wrong(name, "wrong_type", &format!("found {found}"), expected);
        None
    }
}

fn text_of(bytes_max: usize) -> String {
    format!("a text of 1 to {bytes_max} bytes")
}
