//! From the text of a catalogue file to a catalogue that makes sense, or to everything that is wrong with it.

use super::place::Places;
use super::shape::Shape;
use super::{Catalog, Path, Problem, ProblemCode};
use serde::Deserialize;
use toml::de::{DeTable, Deserializer, Error};

/// How large a catalogue file may be.
pub const CATALOG_BYTES_MAX: usize = 1024 * 1024;

/// How many problems are told at once.
pub const PROBLEMS_MAX: usize = 200;

impl Catalog {
    /// Reads and checks a catalogue file.
    ///
    /// # Errors
    /// All problems found, in the order of the file, at most [`PROBLEMS_MAX`]: first those of syntax; if there are
    /// none, fields that are unknown, missing or of another type; if there are none, what does not make sense.
    pub fn read(text: &str) -> Result<Self, Vec<Problem>> {
        if text.len() > CATALOG_BYTES_MAX {
            return Err(vec![too_big(text.len())]);
        }
        let places = Places::new(text);
        let (root, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let problems = errors.iter().take(PROBLEMS_MAX);
            return Err(in_order(problems.map(|error| syntax(&places, error)).collect()));
        }
        let problems = Shape::check(&places, root.get_ref());
        if !problems.is_empty() {
            return Err(in_order(problems));
        }
        let catalog =
            Self::deserialize(Deserializer::from(root.clone())).map_err(|error| vec![unreadable(&places, &error)])?;
        let problems = catalog.check();
        if problems.is_empty() {
            return Ok(catalog);
        }
        Err(in_order(problems.into_iter().map(|problem| places.put_by_path(root.get_ref(), problem)).collect()))
    }
}

fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems
}

fn too_big(bytes: usize) -> Problem {
    Problem::at(
        Path::default(),
        ProblemCode::TooBig,
        format!("the file has {bytes} bytes"),
        format!("at most {CATALOG_BYTES_MAX} bytes"),
    )
}

fn syntax(places: &Places<'_>, error: &Error) -> Problem {
    let problem = Problem::at(Path::default(), ProblemCode::Syntax, error.message(), "TOML 1.0 (https://toml.io)");
    places.put(problem, error.span().unwrap_or_default())
}

/// The shape was right and the value still could not be read: kept as an error of its own so that a rule that the
/// JSON Schema cannot express does not become a panic.
fn unreadable(places: &Places<'_>, error: &Error) -> Problem {
    let problem = Problem::at(Path::default(), ProblemCode::WrongType, error.message(), "what the JSON Schema says");
    places.put(problem, error.span().unwrap_or_default())
}
