//! What can be wrong with a predicate, and with evaluating one. `PredicateError` is for the people who write
//! predicates; `EvaluationError` means that two parts of the program disagree, never that a row is bad.

/// Why a predicate was refused: where, what was expected and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct PredicateError {
    /// The kind of mistake.
    pub code: PredicateErrorCode,
    /// What is wrong, what was expected and what to do, in sentences.
    pub message: String,
    /// The line of the offending token, from 1.
    pub line: u64,
    /// The column of the offending token in characters, from 1.
    pub column: u64,
    /// When a name is unknown: the names that exist, closest first. Withheld columns are never among them.
    pub existing: Vec<String>,
}

/// The kinds of mistakes in a predicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PredicateErrorCode {
    /// The text is not an SQL expression.
    Syntax,
    /// No column has this name.
    UnknownColumn,
    /// No function has this name.
    UnknownFunction,
    /// The column exists, and the purpose may not use it.
    WithheldColumn {
        /// The data category that the purpose does not have.
        category: String,
    },
    /// Values of these types cannot be combined so.
    Type,
    /// The expression is something else than true or false.
    NotBoolean,
    /// SQL knows it, and a predicate may not use it.
    Forbidden(Forbidden),
    /// The text or a list in it is longer than allowed.
    TooLong,
    /// Parentheses, operators or functions are nested deeper than allowed.
    TooDeep,
}

/// What a predicate may not use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forbidden {
    /// A query inside of the predicate: it would read outside of the row.
    Subquery,
    /// A function over several rows.
    Aggregate,
    /// A function over a window of rows.
    Window,
    /// A function whose answer differs between calls.
    Volatile,
    /// A column of JSON.
    JsonColumn,
    /// A pattern (`LIKE`, regular expression) that is not a literal, or that is too costly.
    Pattern,
    /// A function that can make a long text out of a short one.
    Growth,
    /// Anything else that predicates do without.
    Construct,
}

impl PredicateErrorCode {
    /// The code as answers and documentation name it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::UnknownColumn => "unknown_column",
            Self::UnknownFunction => "unknown_function",
            Self::WithheldColumn { .. } => "withheld_column",
            Self::Type => "type",
            Self::NotBoolean => "not_boolean",
            Self::Forbidden(_) => "forbidden",
            Self::TooLong => "too_long",
            Self::TooDeep => "too_deep",
        }
    }
}

/// Why a table could not be asked. It never depends on what stands in a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// The predicate was parsed for another set of columns; parse it again for these.
    #[error("the predicate was parsed for other columns than the table has")]
    OtherColumns,
    /// The table was built without a column that the predicate uses; add the predicate to the mask.
    #[error("the table was built without column `{0}`, which the predicate uses")]
    NotBuilt(String),
    /// The engine refused the batch itself.
    #[error("the expression engine failed: {0}")]
    Engine(String),
}
