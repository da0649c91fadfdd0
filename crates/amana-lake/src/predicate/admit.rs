//! Which of SQL's expressions a predicate may hold. What is not listed here is refused.

use super::weight::{WRITTEN_OUT_MAX, weigh};
use super::{IN_LIST_MAX, NESTING_MAX, Place, calls, resolve, too_deep};
use crate::{Columns, Forbidden, PredicateError, PredicateErrorCode};
use datafusion_sql::sqlparser::ast::{
    BinaryOperator, CastKind, CeilFloorKind, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Spanned,
    UnaryOperator, Value, ValueWithSpan,
};
use datafusion_sql::sqlparser::tokenizer::Span;
use std::collections::BTreeSet;

/// An expression that holds only what it may, with every name resolved.
pub(super) struct Admitted {
    pub(super) expression: Expr,
    pub(super) columns_used: Vec<usize>,
    pub(super) depends_on_time: bool,
}

/// What was found on the way through an expression.
pub(super) struct Admission<'a> {
    pub(super) columns: &'a Columns,
    pub(super) columns_used: BTreeSet<usize>,
    pub(super) depends_on_time: bool,
}

pub(super) fn admit(mut expression: Expr, columns: &Columns) -> Result<Admitted, PredicateError> {
    let mut admission = Admission { columns, columns_used: BTreeSet::new(), depends_on_time: false };
    let weight = admission.expression(&mut expression, 0)?;
    if weight > WRITTEN_OUT_MAX {
        let message = "The predicate repeats itself too often when it is written out: coalesce, BETWEEN, IN or regular \
                       expressions stand inside each other. Take some of them apart.";
        return Err(place_of(&expression).error(PredicateErrorCode::TooDeep, message));
    }
    Ok(Admitted {
        expression,
        columns_used: admission.columns_used.into_iter().collect(),
        depends_on_time: admission.depends_on_time,
    })
}

/// Where an expression stands in the text.
pub(super) fn place_of(expression: &Expr) -> Place {
    Place::from(expression.span().start)
}

impl Admission<'_> {
    /// Admits the expression and everything in it, and says how large it is when written out.
    fn expression(&mut self, expression: &mut Expr, depth: usize) -> Result<usize, PredicateError> {
        if depth > NESTING_MAX {
            return Err(too_deep(place_of(expression)));
        }
        if let Expr::BinaryOp { op: operator @ (BinaryOperator::And | BinaryOperator::Or), .. } = expression {
            let operator = operator.clone();
            return self.chain(expression, &operator, depth);
        }
        resolve::resolve(self, expression)?;
        check(expression)?;
        // Parentheses were counted in the text, and leave no trace in what is evaluated.
        let depth = if matches!(expression, Expr::Nested(_)) { depth } else { depth + 1 };
        let children = children_mut(expression).into_iter();
        let weights = children.map(|child| self.expression(child, depth)).collect::<Result<Vec<_>, _>>()?;
        Ok(weigh(expression, weights.into_iter()))
    }

    /// `a AND b AND c …` is a ladder as deep as it is long. AND and OR are associative, so it is rebuilt as a tree of
    /// the least depth, in the same order.
    fn chain(
        &mut self,
        expression: &mut Expr,
        operator: &BinaryOperator,
        depth: usize,
    ) -> Result<usize, PredicateError> {
        let mut links = Vec::new();
        let mut rest = take(expression);
        loop {
            match rest {
                Expr::BinaryOp { left, op, right } if op == *operator => {
                    links.push(*right);
                    rest = *left;
                }
                first => {
                    links.push(first);
                    break;
                }
            }
        }
        links.reverse();
        let mut weight = links.len();
        for link in &mut links {
            weight = weight.saturating_add(self.expression(link, depth + 1)?);
        }
        *expression = balanced(&mut links, operator);
        Ok(weight)
    }
}

fn take(expression: &mut Expr) -> Expr {
    std::mem::replace(expression, Expr::Value(ValueWithSpan { value: Value::Null, span: Span::empty() }))
}

fn balanced(links: &mut [Expr], operator: &BinaryOperator) -> Expr {
    if let [link] = links {
        return take(link);
    }
    let (left, right) = links.split_at_mut(links.len() / 2);
    Expr::BinaryOp {
        left: Box::new(balanced(left, operator)),
        op: operator.clone(),
        right: Box::new(balanced(right, operator)),
    }
}

fn forbidden(expression: &Expr, what: Forbidden, message: impl Into<String>) -> Result<(), PredicateError> {
    Err(place_of(expression).error(PredicateErrorCode::Forbidden(what), message))
}

/// Refuses the expression itself; its children are looked at on their own.
fn check(expression: &Expr) -> Result<(), PredicateError> {
    match expression {
        Expr::Identifier(_) | Expr::Nested(_) | Expr::Case { .. } | Expr::Between { .. } => Ok(()),
        Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::IsTrue(_) | Expr::IsNotTrue(_) => Ok(()),
        Expr::IsFalse(_) | Expr::IsNotFalse(_) | Expr::IsUnknown(_) | Expr::IsNotUnknown(_) => Ok(()),
        Expr::IsDistinctFrom(..) | Expr::IsNotDistinctFrom(..) | Expr::Interval(_) => Ok(()),
        Expr::Extract { .. } | Expr::Substring { .. } | Expr::Trim { .. } | Expr::TypedString(_) => Ok(()),
        Expr::Value(value) => literal(expression, &value.value),
        Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::Minus | UnaryOperator::Plus, .. } => Ok(()),
        Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon | CastKind::TryCast, array, format, .. }
            if !array && format.is_none() =>
        {
            Ok(())
        }
        Expr::Ceil { field, .. } | Expr::Floor { field, .. }
            if matches!(
                field,
                CeilFloorKind::DateTimeField(datafusion_sql::sqlparser::ast::DateTimeField::NoDateTime)
            ) =>
        {
            Ok(())
        }
        Expr::InList { list, .. } => in_list(expression, list),
        Expr::Like { any: false, pattern, .. } | Expr::ILike { any: false, pattern, .. } => calls::like(pattern),
        Expr::BinaryOp { left, op, right } => binary(expression, left, op, right),
        Expr::Function(function) => calls::check(function),
        other => forbidden(other, Forbidden::Construct, format!("`{other}` cannot stand in a predicate.")),
    }
}

fn literal(expression: &Expr, value: &Value) -> Result<(), PredicateError> {
    match value {
        Value::Number(..) | Value::SingleQuotedString(_) | Value::Boolean(_) | Value::Null => Ok(()),
        other => forbidden(expression, Forbidden::Construct, format!("`{other}` is no value that a predicate knows.")),
    }
}

fn in_list(expression: &Expr, list: &[Expr]) -> Result<(), PredicateError> {
    if list.len() > IN_LIST_MAX {
        let message = format!(
            "The list has {} values; at most {IN_LIST_MAX} are allowed. Keep the answer as a trait of the profile.",
            list.len()
        );
        return Err(place_of(&list[IN_LIST_MAX]).error(PredicateErrorCode::TooLong, message));
    }
    list.iter().find(|item| is_null(item)).map_or(Ok(()), |null| never_equal(null, expression))
}

fn binary(whole: &Expr, left: &Expr, operator: &BinaryOperator, right: &Expr) -> Result<(), PredicateError> {
    use BinaryOperator::{
        Divide, Eq, Gt, GtEq, Lt, LtEq, Minus, Modulo, Multiply, NotEq, PGRegexIMatch, PGRegexMatch, PGRegexNotIMatch,
        PGRegexNotMatch, Plus, StringConcat,
    };
    match operator {
        Eq | NotEq | Lt | LtEq | Gt | GtEq => {
            [left, right].into_iter().find(|side| is_null(side)).map_or(Ok(()), |null| never_equal(null, whole))
        }
        Plus | Minus | Multiply | Divide | Modulo | StringConcat => Ok(()),
        PGRegexMatch | PGRegexIMatch | PGRegexNotMatch | PGRegexNotIMatch => calls::regex(right),
        other => forbidden(whole, Forbidden::Construct, format!("The operator `{other}` is not known here.")),
    }
}

fn is_null(expression: &Expr) -> bool {
    matches!(expression, Expr::Value(ValueWithSpan { value: Value::Null, .. }))
}

/// SQL allows it and never means what the author does: the comparison selects nobody, or nobody any more.
fn never_equal(null: &Expr, whole: &Expr) -> Result<(), PredicateError> {
    let message =
        format!("Nothing equals or differs from NULL, so `{whole}` never holds. Write IS NULL or IS NOT NULL.");
    Err(place_of(null).error(PredicateErrorCode::Type, message))
}

/// The parts of an expression that are expressions themselves.
pub(super) fn children_mut(expression: &mut Expr) -> Vec<&mut Expr> {
    match expression {
        Expr::Nested(only) | Expr::UnaryOp { expr: only, .. } | Expr::Cast { expr: only, .. } => vec![only],
        Expr::IsNull(only) | Expr::IsNotNull(only) | Expr::IsTrue(only) | Expr::IsNotTrue(only) => vec![only],
        Expr::IsFalse(only) | Expr::IsNotFalse(only) | Expr::IsUnknown(only) | Expr::IsNotUnknown(only) => vec![only],
        Expr::Extract { expr, .. } | Expr::Ceil { expr, .. } | Expr::Floor { expr, .. } => vec![expr],
        Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => vec![left, right],
        Expr::BinaryOp { left, right, .. } => vec![left, right],
        Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => vec![expr, pattern],
        Expr::Between { expr, low, high, .. } => vec![expr, low, high],
        Expr::InList { expr, list, .. } => std::iter::once(&mut **expr).chain(list).collect(),
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            std::iter::once(expr).chain(substring_from).chain(substring_for).map(|part| &mut **part).collect()
        }
        Expr::Trim { expr, trim_what, .. } => std::iter::once(expr).chain(trim_what).map(|part| &mut **part).collect(),
        Expr::Case { operand, conditions, else_result, .. } => {
            let branches = conditions.iter_mut().flat_map(|when| [&mut when.condition, &mut when.result]);
            operand
                .iter_mut()
                .map(|part| &mut **part)
                .chain(branches)
                .chain(else_result.iter_mut().map(|part| &mut **part))
                .collect()
        }
        Expr::Function(function) => arguments_mut(function),
        _ => Vec::new(),
    }
}

fn arguments_mut(function: &mut Function) -> Vec<&mut Expr> {
    let FunctionArguments::List(list) = &mut function.args else { return Vec::new() };
    let arguments = list.args.iter_mut().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Some(expression),
        _ => None,
    });
    arguments.collect()
}
