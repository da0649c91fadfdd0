//! How large a predicate becomes when it is written out: some forms repeat a part of theirs when they are planned, and
//! a few of them inside each other make millions of expressions out of a line.

use datafusion_sql::sqlparser::ast::{BinaryOperator, Expr};

/// How many expressions a predicate may be written out to. The longest text without repetition has some thousands.
pub(super) const WRITTEN_OUT_MAX: usize = 20_000;

/// The size of an expression whose children have these sizes, in the order of `admit::children_mut`.
pub(super) fn weigh(expression: &Expr, children: impl Iterator<Item = usize>) -> usize {
    let repeated = children.enumerate().map(|(child, weight)| weight.saturating_mul(repeats(expression, child)));
    repeated.fold(1, usize::saturating_add)
}

/// How often the planned form holds a child.
fn repeats(expression: &Expr, child: usize) -> usize {
    use BinaryOperator::{PGRegexIMatch, PGRegexMatch, PGRegexNotIMatch, PGRegexNotMatch};
    match expression {
        // `low <= x AND x <= high`
        Expr::Between { .. } if child == 0 => 2,
        // Up to three values are compared one by one.
        Expr::InList { list, .. } if child == 0 && list.len() <= 3 => list.len(),
        // `~ 'a|b|c|d'` is compared one by one too.
        Expr::BinaryOp { op: PGRegexMatch | PGRegexIMatch | PGRegexNotMatch | PGRegexNotIMatch, .. } => 4,
        // `floor(x) = 3` is looked for as `3 <= x AND x < 4`, and the parts of dates alike.
        Expr::Floor { .. } | Expr::Ceil { .. } | Expr::Extract { .. } => 2,
        Expr::Function(function) => match function.name.to_string().to_lowercase().as_str() {
            "regexp_like" => 4,
            // `CASE WHEN x IS NOT NULL THEN x …`
            "coalesce" | "nvl" | "ifnull" | "nvl2" | "floor" | "date_part" | "datepart" | "date_trunc" => 2,
            _ => 1,
        },
        _ => 1,
    }
}
