//! What is wrong with a catalogue, told so that whoever wrote it can put it right.

use serde::Serialize;
use std::fmt;

/// Something wrong with a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Line in the file, from 1; none when the catalogue did not come as text.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// The field, as in `purposes.newsletter.keep`.
    pub path: Path,
    /// Which rule it breaks.
    pub code: ProblemCode,
    /// What was found.
    pub message: String,
    /// What was expected, or what to do.
    pub expected: String,
}

/// The rules a catalogue can break: a closed set, and every one has a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// Not TOML.
    Syntax,
    /// Larger or nested deeper than is read.
    TooBig,
    /// A field nobody reads.
    UnknownField,
    /// A field that must be there.
    MissingField,
    /// A value of another type.
    WrongType,
    /// A word that is not one of those possible.
    UnknownWord,
    /// More entries than allowed.
    TooMany,
    /// A code or name that is not well formed.
    BadName,
    /// The same code, name or key twice.
    Duplicate,
    /// Two names that would be one column.
    Collision,
    /// A reference to something nobody declares.
    UnknownReference,
    /// Not an ISO 8601 duration.
    BadDuration,
    /// Not a day.
    BadDate,
    /// A register that is not in force and blocks a purpose: allowed, and told.
    NotInForce,
    /// A trigger that names neither or both of event and notice.
    BadTrigger,
    /// Fields that the basis of a purpose rules out.
    BasisMismatch,
    /// A basis that nothing ever starts.
    NothingStarts,
    /// No text people could read.
    MissingText,
    /// A special category without a condition.
    MissingCondition,
    /// A ground that must be named, or does not fit.
    Ground,
    /// A write key that is missing, doubled or too short.
    BadWriteKey,
    /// Not a SHA-256 in hex.
    BadHash,
    /// A metric over a field of a type that does not fit.
    FieldType,
    /// A destination with no target.
    NoTarget,
    /// A URL that cannot be reached safely.
    BadUrl,
    /// Not a network in CIDR form.
    BadNetwork,
    /// A signing secret that is not one.
    BadSecret,
    /// A brand that does not fit the purpose.
    BrandMismatch,
    /// A destination that the purpose does not name as a recipient.
    RecipientNotNamed,
    /// A number out of its range.
    OutOfRange,
    /// Not an ISO 3166-1 alpha-2 code.
    BadCountry,
    /// Not an IANA time zone.
    BadTimeZone,
    /// Not a BCP 47 language tag.
    BadLanguage,
    /// An audience predicate that does not hold. Found by the SQL engine, not here.
    BadPredicate,
    /// A purpose's version that went back.
    VersionLower,
    /// A purpose that became wider while its version stayed.
    WiderWithoutVersion,
}

impl ProblemCode {
    /// All rules.
    pub const ALL: [Self; 36] = [
        Self::Syntax,
        Self::TooBig,
        Self::UnknownField,
        Self::MissingField,
        Self::WrongType,
        Self::UnknownWord,
        Self::TooMany,
        Self::BadName,
        Self::Duplicate,
        Self::Collision,
        Self::UnknownReference,
        Self::BadDuration,
        Self::BadDate,
        Self::NotInForce,
        Self::BadTrigger,
        Self::BasisMismatch,
        Self::NothingStarts,
        Self::MissingText,
        Self::MissingCondition,
        Self::Ground,
        Self::BadWriteKey,
        Self::BadHash,
        Self::FieldType,
        Self::NoTarget,
        Self::BadUrl,
        Self::BadNetwork,
        Self::BadSecret,
        Self::BrandMismatch,
        Self::RecipientNotNamed,
        Self::OutOfRange,
        Self::BadCountry,
        Self::BadTimeZone,
        Self::BadLanguage,
        Self::BadPredicate,
        Self::VersionLower,
        Self::WiderWithoutVersion,
    ];
}

impl Problem {
    /// A problem of a field whose place is not known yet; [`Catalog::place_of`](super::Catalog::place_of) finds it.
    #[must_use]
    pub fn at(path: Path, code: ProblemCode, message: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { line: None, column: None, path, code, message: message.into(), expected: expected.into() }
    }

    /// This problem as a line that editors understand: `org.toml:12:8: purposes.newsletter.keep: …`.
    #[must_use]
    pub fn in_file<'a>(&'a self, file: &'a str) -> impl fmt::Display + 'a {
        InFile { problem: self, file }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(formatter, "{line}:{column}: ")?;
        }
        if !self.path.is_root() {
            write!(formatter, "{}: ", self.path)?;
        }
        write!(formatter, "{}; expected {}", self.message, self.expected)
    }
}

struct InFile<'a> {
    problem: &'a Problem,
    file: &'a str,
}

impl fmt::Display for InFile<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gap = if self.problem.line.is_some() { "" } else { " " };
        write!(formatter, "{}:{gap}{}", self.file, self.problem)
    }
}

/// The way to a field: `purposes.newsletter.keep`, `events."Order Completed".fields.total.type`. An entry of a list
/// goes by its code or name where it has one, by its place from 0 (`starts_on[0]`) otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(pub(crate) Vec<Step>);

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A field of a table, or the entry of a list that has this code or name.
    Key(String),
    /// An entry of a list, with its code or name.
    Item(usize, String),
}

impl Path {
    /// The path of a table of the file.
    #[must_use]
    pub fn root(table: &str) -> Self {
        Self::default().key(table)
    }

    /// The path of a field below this one.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.into()))
    }

    /// The path of an entry of this list: its place and its code or name, empty when it has none.
    #[must_use]
    pub fn item(&self, place: usize, name: &str) -> Self {
        self.with(Step::Item(place, name.into()))
    }

    /// Whether it stands for the whole file.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads a path as it is written; `None` when quotes or brackets do not match.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut path = Self::default();
        let mut rest = text;
        while !rest.is_empty() {
            let (step, after) = if let Some(bracketed) = rest.strip_prefix('[') {
                let (place, after) = bracketed.split_once(']')?;
                (Step::Item(place.parse().ok()?, String::new()), after)
            } else if let Some(quoted) = rest.strip_prefix('"') {
                let (name, after) = quoted.split_once('"')?;
                (Step::Key(name.into()), after)
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                (Step::Key(rest[..end].into()), &rest[end..])
            };
            path.0.push(step);
            rest = after.strip_prefix('.').unwrap_or(after);
        }
        Some(path)
    }

    fn with(&self, step: Step) -> Self {
        let mut path = self.clone();
        path.0.push(step);
        path
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            let name = match step {
                Step::Item(index, name) if name.is_empty() => {
                    write!(formatter, "[{index}]")?;
                    continue;
                }
                Step::Key(name) | Step::Item(_, name) => name,
            };
            let dot = if place == 0 { "" } else { "." };
            let bare = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
            if !name.is_empty() && name.chars().all(bare) {
                write!(formatter, "{dot}{name}")?;
            } else {
                write!(formatter, "{dot}\"{}\"", name.escape_debug())?;
            }
        }
        Ok(())
    }
}

impl Serialize for Path {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
