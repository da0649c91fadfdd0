//! Calls of functions and patterns: what is known, and what is bounded.

use super::admit::place_of;
use super::{Place, REGEX_BYTES_MAX, functions};
use crate::{Forbidden, PredicateError, PredicateErrorCode, suggest};
use datafusion_sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Spanned, Value, ValueWithSpan,
};
use regex::RegexBuilder;

/// A compiled regular expression larger than this takes longer to compile, once for each batch, than to run.
const REGEX_COMPILED_BYTES_MAX: usize = 256 * 1024;

/// Refuses a call of what is not known, or is known for reading outside of the row or without bounds.
pub(super) fn check(function: &Function) -> Result<(), PredicateError> {
    let place = Place::from(function.name.span().start);
    let name = function.name.to_string().to_lowercase();
    let refuse = |what, message: String| Err(place.error(PredicateErrorCode::Forbidden(what), message));
    if function.over.is_some() || functions::is_window(&name) {
        return refuse(Forbidden::Window, format!("`{name}` looks at other rows; a predicate sees one profile only."));
    }
    if functions::is_aggregate(&name) {
        let message = format!(
            "`{name}` is computed over many rows; a predicate sees one profile only. Declare a metric for it, and \
             compare the metric."
        );
        return refuse(Forbidden::Aggregate, message);
    }
    if functions::is_volatile(&name) {
        return refuse(
            Forbidden::Volatile,
            format!("`{name}` gives another answer each time it is asked. Leave it out."),
        );
    }
    if functions::is_costly(&name) {
        return refuse(Forbidden::Growth, format!("`{name}` can take any amount of time or memory. Leave it out."));
    }
    if functions::find(&name).is_none() {
        let existing = suggest::closest(&name, functions::names());
        let message = format!("There is no function `{name}`.{}", suggest::did_you_mean(&name, &existing));
        return Err(PredicateError { existing, ..place.error(PredicateErrorCode::UnknownFunction, message) });
    }
    let Some(arguments) = plain_arguments(function) else {
        return refuse(Forbidden::Construct, format!("`{name}` takes plain values between its parentheses."));
    };
    match name.as_str() {
        "regexp_like" | "regexp_count" => arguments.get(1).map_or(Ok(()), |pattern| regex(pattern)),
        "replace" => replace(place, &arguments),
        _ => Ok(()),
    }
}

/// The arguments, or `None` when there is anything else than values in the call.
fn plain_arguments(function: &Function) -> Option<Vec<&Expr>> {
    let Function { filter: None, null_treatment: None, args, parameters: FunctionArguments::None, .. } = function
    else {
        return None;
    };
    let FunctionArguments::List(list) = args else { return None };
    if !function.within_group.is_empty() || !list.clauses.is_empty() || list.duplicate_treatment.is_some() {
        return None;
    }
    let arguments = list.args.iter().map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Some(expression),
        _ => None,
    });
    arguments.collect()
}

fn text_of(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => Some(text),
        _ => None,
    }
}

fn pattern_error(pattern: &Expr, message: impl Into<String>) -> PredicateError {
    place_of(pattern).error(PredicateErrorCode::Forbidden(Forbidden::Pattern), message)
}

/// A pattern out of a column would be compiled anew for each row, and be as long as somebody made it.
pub(super) fn like(pattern: &Expr) -> Result<(), PredicateError> {
    let message = "The pattern must stand here as a text, such as '%@example.com'. Use contains(a, b) or \
                   starts_with(a, b) for two columns.";
    text_of(pattern).map(|_| ()).ok_or_else(|| pattern_error(pattern, message))
}

/// Regular expressions run in time linear in the text; compiling one is what needs a bound.
pub(super) fn regex(pattern: &Expr) -> Result<(), PredicateError> {
    let Some(text) = text_of(pattern) else {
        return Err(pattern_error(pattern, "The regular expression must stand here as a text, such as '^A[0-9]+$'."));
    };
    if text.len() > REGEX_BYTES_MAX {
        let message =
            format!("The regular expression has {} bytes; at most {REGEX_BYTES_MAX} are allowed.", text.len());
        return Err(pattern_error(pattern, message));
    }
    match RegexBuilder::new(text).size_limit(REGEX_COMPILED_BYTES_MAX).build() {
        Ok(_) => Ok(()),
        Err(regex::Error::CompiledTooBig(_)) => {
            Err(pattern_error(pattern, "The regular expression repeats too much. Use smaller counts in braces."))
        }
        Err(error) => {
            Err(place_of(pattern)
                .error(PredicateErrorCode::Syntax, format!("The regular expression is wrong: {error}")))
        }
    }
}

/// Replacing by something longer, nested a few times, makes gigabytes out of a name.
fn replace(place: Place, arguments: &[&Expr]) -> Result<(), PredicateError> {
    match arguments.get(1..).map(|rest| rest.iter().map(|argument| text_of(argument)).collect::<Vec<_>>()).as_deref() {
        Some([Some(part), Some(by)]) if !part.is_empty() && by.len() <= part.len() => Ok(()),
        _ => {
            let message = "replace(text, part, by) takes `part` and `by` as texts, `by` not longer than `part`.";
            Err(place.error(PredicateErrorCode::Forbidden(Forbidden::Growth), message))
        }
    }
}
