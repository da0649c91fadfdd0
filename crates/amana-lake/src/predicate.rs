//! A predicate: SQL text that became an expression over some of a table's columns.
//!
//! On its way the text is scanned (tokens and depth), parsed (syntax), admitted (which constructs, columns and
//! functions), planned (types) and hardened (see `physical`). Each step refuses with the place in the text.

mod admit;
mod blame;
mod calls;
mod context;
mod functions;
mod grammar;
mod plan;
mod resolve;
mod scan;
mod simplify;
mod types;
mod weight;

use crate::{Columns, PredicateError, PredicateErrorCode};
use arrow::datatypes::SchemaRef;
pub(crate) use context::time_type;
use datafusion_physical_expr::PhysicalExpr;
use datafusion_sql::sqlparser::tokenizer::Location;
use std::sync::Arc;

/// How long the text of a predicate may be.
pub const PREDICATE_BYTES_MAX: usize = 8 * 1024;
/// How deeply parentheses, functions and operators may be nested. A chain of AND or OR is one level.
pub const NESTING_MAX: usize = 64;
/// How many values an IN list may have.
pub const IN_LIST_MAX: usize = 1000;
/// How long a regular expression may be.
pub const REGEX_BYTES_MAX: usize = 256;

/// What `now()` and its like become. No column that people declare can be reached by this name.
pub(crate) const NOW_COLUMN: &str = "now()";

/// Enough for the deepest text that `scan` and the parser's own limit let pass, in a build without optimisation. It is
/// reserved and not used: a usual predicate touches some kilobytes of it.
const PARSE_STACK_BYTES: usize = 64 * 1024 * 1024;

/// A condition on one row, parsed, typed and ready to be evaluated. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Predicate(Arc<Parsed>);

#[derive(Debug)]
struct Parsed {
    text: String,
    columns: Arc<Columns>,
    columns_used: Vec<usize>,
    depends_on_time: bool,
    /// The used columns in the order of `columns_used`, then the instant if the predicate depends on it.
    schema: SchemaRef,
    expression: Arc<dyn PhysicalExpr>,
}

impl Predicate {
    /// Parses and types a predicate over the columns of a slot. What is accepted can be evaluated for every row.
    ///
    /// A name is first looked for as it is written, then, when it is not in double quotes, in any case.
    ///
    /// # Errors
    /// Anything that is wrong with the text, with the place where.
    pub fn parse(sql: &str, columns: &Arc<Columns>) -> Result<Self, PredicateError> {
        // The parser and the planner recurse with large frames, and who calls may stand on a small stack.
        std::thread::scope(|scope| {
            let parsing = std::thread::Builder::new()
                .name("predicate".to_owned())
                .stack_size(PARSE_STACK_BYTES)
                .spawn_scoped(scope, || parse_here(sql, columns));
            let outcome = parsing.ok().and_then(|thread| thread.join().ok());
            outcome.unwrap_or_else(|| {
                let message = "The predicate could not be read. Write it in a simpler way.";
                Err(Place::START.error(PredicateErrorCode::Syntax, message))
            })
        })
    }

    /// The text that was parsed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The indexes of the visible columns that the text names, ascending, also where their value cannot change the
    /// outcome.
    #[must_use]
    pub fn columns_used(&self) -> &[usize] {
        &self.0.columns_used
    }

    /// Whether the outcome for a row may change by time alone (`now()`, `current_date` and their like).
    #[must_use]
    pub fn depends_on_time(&self) -> bool {
        self.0.depends_on_time
    }

    /// The columns that the predicate was parsed for.
    #[must_use]
    pub fn columns(&self) -> &Arc<Columns> {
        &self.0.columns
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.0.schema
    }

    pub(crate) fn expression(&self) -> &Arc<dyn PhysicalExpr> {
        &self.0.expression
    }
}

fn parse_here(sql: &str, columns: &Arc<Columns>) -> Result<Predicate, PredicateError> {
    let tokens = scan::scan(sql)?;
    let parsed = grammar::parse(tokens, scan::end_of(sql))?;
    let admitted = admit::admit(parsed, columns)?;
    let schema = plan::schema_of(columns, &admitted);
    let expression = plan::plan(&admitted.expression, &schema)?;
    Ok(Predicate(Arc::new(Parsed {
        text: sql.to_owned(),
        columns: Arc::clone(columns),
        columns_used: admitted.columns_used,
        depends_on_time: admitted.depends_on_time,
        schema,
        expression,
    })))
}

/// A place in the text of a predicate, both counted from 1.
#[derive(Clone, Copy, Debug)]
struct Place {
    line: u64,
    column: u64,
}

impl Place {
    const START: Self = Self { line: 1, column: 1 };

    fn error(self, code: PredicateErrorCode, message: impl Into<String>) -> PredicateError {
        let Self { line, column } = self;
        PredicateError { code, message: message.into(), line, column, existing: Vec::new() }
    }
}

impl From<Location> for Place {
    /// The parser's own mark for "nowhere" is line 0.
    fn from(location: Location) -> Self {
        Self { line: location.line.max(1), column: location.column.max(1) }
    }
}

fn too_deep(place: Place) -> PredicateError {
    let message = format!(
        "The predicate is nested more than {NESTING_MAX} levels deep here. Leave out parentheses that are not needed, \
         use IN for lists, or split it into several audiences."
    );
    place.error(PredicateErrorCode::TooDeep, message)
}
