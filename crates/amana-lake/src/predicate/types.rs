//! Which values may be combined. DataFusion would read a text as a number at run time and fail for some rows, or
//! compare a number as a text and be wrong for all; here both are refused when the predicate is saved.

use super::blame::Fault;
use arrow::datatypes::DataType;
use datafusion_common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion_common::{DFSchema, Result, ScalarValue};
use datafusion_expr::expr::{Between, Case, InList, Like};
use datafusion_expr::{BinaryExpr, Expr, ExprSchemable, Operator};

/// What people take to be one type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    Number,
    Boolean,
    Time,
    /// Time between two instants: so many milliseconds.
    Duration,
    /// A number of months, days and nanoseconds, which have no order: a month is now longer, now shorter than 30 days.
    Interval,
    Null,
    Other,
}

impl Family {
    pub(super) fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            DataType::Boolean => Self::Boolean,
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Self::Time,
            DataType::Duration(_) => Self::Duration,
            DataType::Interval(_) => Self::Interval,
            DataType::Null => Self::Null,
            number if number.is_numeric() => Self::Number,
            _ => Self::Other,
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Time => "a time",
            Self::Duration => "a span of time",
            Self::Interval => "an interval",
            Self::Null => "NULL",
            Self::Other => "something else",
        }
    }
}

/// Looks at every operator as it was written, before the planner adds its casts.
pub(super) fn check(expression: &Expr, schema: &DFSchema) -> std::result::Result<(), Fault> {
    let mut fault = None;
    expression.apply(|node| {
        fault = Operators { schema }.fault(node)?;
        Ok(if fault.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    fault.map_or(Ok(()), |message| Err(Fault::Type(message)))
}

struct Operators<'a> {
    schema: &'a DFSchema,
}

impl Operators<'_> {
    fn family(&self, expression: &Expr) -> Result<Family> {
        Ok(Family::of(&expression.get_type(self.schema)?))
    }

    fn fault(&self, node: &Expr) -> Result<Option<String>> {
        match node {
            Expr::BinaryExpr(binary) => self.binary(binary),
            Expr::Between(Between { expr, low, high, .. }) => self.comparable(expr, [&**low, &**high]),
            Expr::InList(InList { expr, list, .. }) => self.comparable(expr, list),
            Expr::Case(Case { expr: Some(operand), when_then_expr, .. }) => {
                self.comparable(operand, when_then_expr.iter().map(|(when, _)| &**when))
            }
            Expr::Case(Case { expr: None, when_then_expr, .. }) => {
                self.all_of(when_then_expr.iter().map(|(when, _)| &**when), Family::Boolean, "CASE WHEN")
            }
            Expr::Like(Like { expr, .. }) => self.all_of([&**expr], Family::Text, "LIKE"),
            Expr::Not(inner) => self.all_of([&**inner], Family::Boolean, "NOT"),
            Expr::IsTrue(inner) | Expr::IsNotTrue(inner) | Expr::IsFalse(inner) | Expr::IsNotFalse(inner) => {
                self.all_of([&**inner], Family::Boolean, "IS TRUE or IS FALSE")
            }
            Expr::IsUnknown(inner) | Expr::IsNotUnknown(inner) => {
                self.all_of([&**inner], Family::Boolean, "IS UNKNOWN")
            }
            Expr::ScalarFunction(function) if function.name() == "nullif" => match function.args.as_slice() {
                [left, right] => self.comparable(left, [right]),
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn binary(&self, BinaryExpr { left, op, right }: &BinaryExpr) -> Result<Option<String>> {
        match op {
            Operator::And | Operator::Or => self.all_of([&**left, &**right], Family::Boolean, &op.to_string()),
            Operator::RegexMatch | Operator::RegexIMatch | Operator::RegexNotMatch | Operator::RegexNotIMatch => {
                self.all_of([&**left, &**right], Family::Text, &op.to_string())
            }
            Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Modulo => {
                for side in [left, right] {
                    let family = self.family(side)?;
                    if matches!(family, Family::Text | Family::Boolean) {
                        return Ok(Some(format!("`{op}` cannot compute with {}.{}", family.words(), hint(family))));
                    }
                }
                Ok(None)
            }
            Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom => self.comparable(left, [&**right]),
            _ => Ok(None),
        }
    }

    /// All of one family, or texts written out that stand for a time.
    fn comparable<'e>(&self, one: &Expr, others: impl IntoIterator<Item = &'e Expr>) -> Result<Option<String>> {
        let family = self.family(one)?;
        for other in others {
            let other_family = self.family(other)?;
            let fits = match (family, other_family) {
                (Family::Null, _) | (_, Family::Null) => true,
                (Family::Interval, _) | (_, Family::Interval) => false,
                (Family::Time, Family::Text) => is_literal(other),
                (Family::Text, Family::Time) => is_literal(one),
                (left, right) => left == right,
            };
            if !fits {
                let cause = if matches!(other_family, Family::Text | Family::Interval) { other_family } else { family };
                return Ok(Some(format!(
                    "This compares {} with {}.{}",
                    family.words(),
                    other_family.words(),
                    hint(cause)
                )));
            }
        }
        Ok(None)
    }

    fn all_of<'e>(
        &self,
        operands: impl IntoIterator<Item = &'e Expr>,
        wanted: Family,
        operator: &str,
    ) -> Result<Option<String>> {
        for operand in operands {
            let family = self.family(operand)?;
            if family != wanted && family != Family::Null {
                return Ok(Some(format!("`{operator}` needs {}, and this is {}.", wanted.words(), family.words())));
            }
        }
        Ok(None)
    }
}

fn is_literal(expression: &Expr) -> bool {
    matches!(expression, Expr::Literal(..))
}

fn hint(family: Family) -> &'static str {
    match family {
        Family::Text => " Write numbers, true and false without quotes, or CAST(… AS …) what is stored as a text.",
        Family::Boolean => " Compare it with true or false.",
        Family::Interval => " Compare times: `last_seen < now() - INTERVAL '7 days'`.",
        _ => "",
    }
}

/// How often the planner reads a text as something else, other than a text that stands in the predicate itself.
pub(super) fn text_casts(expression: &Expr, schema: &DFSchema) -> Result<usize> {
    let mut casts = 0;
    expression.apply(|node| {
        if let Expr::Cast(cast) = node
            && !is_literal(&cast.expr)
            && Family::of(&cast.expr.get_type(schema)?) == Family::Text
            && Family::of(cast.field.data_type()) != Family::Text
        {
            casts += 1;
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(casts)
}

/// A constant that could not be computed, found after everything constant was.
pub(super) fn bad_constant(expression: &Expr) -> Result<Option<String>> {
    let mut found = None;
    expression.apply(|node| {
        found = match node {
            Expr::Cast(cast) => match &*cast.expr {
                Expr::Literal(value, _) => {
                    let family = Family::of(cast.field.data_type());
                    Some(format!("{} cannot be read as {}.{}", quoted(value), family.words(), example(family)))
                }
                _ => None,
            },
            Expr::Literal(ScalarValue::Float64(Some(number)), _) if !number.is_finite() => {
                Some("This constant is not a finite number.".to_owned())
            }
            _ => None,
        };
        Ok(if found.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

fn quoted(value: &ScalarValue) -> String {
    match value.try_as_str().flatten() {
        Some(text) => format!("'{text}'"),
        None => value.to_string(),
    }
}

fn example(family: Family) -> &'static str {
    match family {
        Family::Time => " Write it as '2026-01-31' or '2026-01-31T12:00:00Z'.",
        _ => "",
    }
}
