//! What the names in a predicate stand for: columns of the slot, and the instant.

use super::NOW_COLUMN;
use super::admit::{Admission, place_of};
use crate::columns::Lookup;
use crate::{Forbidden, PredicateError, PredicateErrorCode, suggest};
use amana_core::FieldType;
use datafusion_sql::sqlparser::ast::{CastKind, DataType, Expr, Function, FunctionArguments, Ident};
use datafusion_sql::sqlparser::tokenizer::Span;

/// Replaces a name by the exact name of its column, and every way to ask for the time by the bound column.
pub(super) fn resolve(admission: &mut Admission<'_>, expression: &mut Expr) -> Result<(), PredicateError> {
    let resolved = match &*expression {
        Expr::Identifier(name) => column(admission, std::slice::from_ref(name), expression)?,
        Expr::CompoundIdentifier(names) => column(admission, names, expression)?,
        Expr::Function(function) => match clock(function) {
            Some(Clock::Instant) => now(admission, function),
            Some(Clock::Date) => Expr::Cast {
                kind: CastKind::Cast,
                expr: Box::new(now(admission, function)),
                data_type: DataType::Date,
                array: false,
                format: None,
            },
            None => return Ok(()),
        },
        _ => return Ok(()),
    };
    *expression = resolved;
    Ok(())
}

enum Clock {
    Instant,
    Date,
}

fn clock(function: &Function) -> Option<Clock> {
    let empty = match &function.args {
        FunctionArguments::None => true,
        FunctionArguments::List(list) => list.args.is_empty() && list.clauses.is_empty(),
        FunctionArguments::Subquery(_) => false,
    };
    let plain = empty && function.over.is_none() && function.filter.is_none() && function.within_group.is_empty();
    match function.name.to_string().to_lowercase().as_str() {
        "now" | "current_timestamp" if plain => Some(Clock::Instant),
        "current_date" | "today" if plain => Some(Clock::Date),
        _ => None,
    }
}

fn now(admission: &mut Admission<'_>, function: &Function) -> Expr {
    use datafusion_sql::sqlparser::ast::Spanned;
    admission.depends_on_time = true;
    exact(NOW_COLUMN, function.name.span())
}

/// The planner takes a quoted name as it is.
fn exact(name: &str, span: Span) -> Expr {
    Expr::Identifier(Ident::with_quote_and_span('"', span, name))
}

fn column(admission: &mut Admission<'_>, names: &[Ident], whole: &Expr) -> Result<Expr, PredicateError> {
    // A bound instant passes here a second time, below the cast that made it a date.
    if admission.depends_on_time && matches!(names, [name] if name.value == NOW_COLUMN && name.quote_style.is_some()) {
        return Ok(whole.clone());
    }
    let name = names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(".");
    let case_sensitive = names.iter().any(|name| name.quote_style.is_some());
    let refuse = |code, message: String, existing: Vec<String>| {
        Err(PredicateError { existing, ..place_of(whole).error(code, message) })
    };
    let index = match admission.columns.find(&name, case_sensitive) {
        Lookup::Visible(index) => index,
        Lookup::Withheld { category } => {
            let message = format!(
                "The purpose may not use `{name}`: it is `{category}`, which is not among the purpose's data \
                 categories. Leave it out, or choose a purpose that covers it."
            );
            return refuse(PredicateErrorCode::WithheldColumn { category: category.to_owned() }, message, Vec::new());
        }
        Lookup::Ambiguous(names) => {
            let message =
                format!("`{name}` may be any of `{}`. Write the one you mean in double quotes.", names.join("`, `"));
            return refuse(PredicateErrorCode::UnknownColumn, message, names);
        }
        Lookup::Unknown => {
            let visible = admission.columns.visible();
            let existing = suggest::closest(&name, visible.iter().map(|column| column.name.as_str()));
            let hint = suggest::did_you_mean(&name, &existing);
            let message = format!("There is no column `{name}`.{hint} Text is written in single quotes: '{name}'.");
            return refuse(PredicateErrorCode::UnknownColumn, message, existing);
        }
    };
    let column = &admission.columns.visible()[index];
    if column.field_type == FieldType::Json {
        let message = format!(
            "`{name}` holds JSON, which predicates cannot look into. Declare the part you need as a trait of its own."
        );
        return refuse(PredicateErrorCode::Forbidden(Forbidden::JsonColumn), message, Vec::new());
    }
    admission.columns_used.insert(index);
    let span = names.first().map_or(Span::empty(), |first| first.span);
    Ok(exact(&column.name, span))
}
