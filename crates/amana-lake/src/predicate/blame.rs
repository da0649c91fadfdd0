//! Where in the text a type is wrong. The planner's errors have no place, so the smallest part is searched that cannot
//! be planned by itself.

use super::admit::{children_mut, place_of};
use super::types::Family;
use crate::{PredicateError, PredicateErrorCode};
use datafusion_common::DataFusionError;
use datafusion_sql::sqlparser::ast::{BinaryOperator, Expr};

/// Why a part of a predicate cannot be planned.
pub(super) enum Fault {
    /// Types that do not go together, in words for people.
    Type(String),
    /// The engine's own words.
    Engine(Box<DataFusionError>),
}

impl From<DataFusionError> for Fault {
    fn from(error: DataFusionError) -> Self {
        Self::Engine(Box::new(error))
    }
}

impl Fault {
    pub(super) fn message(&self) -> String {
        match self {
            Self::Type(message) => message.clone(),
            Self::Engine(error) => {
                let message = error.find_root().strip_backtrace();
                let first = message.lines().next().unwrap_or_default();
                let (_, words) = first.split_once(": ").unwrap_or(("", first));
                format!("This cannot be computed: {words}")
            }
        }
    }
}

/// The error for the innermost part that `family_of` finds at fault.
pub(super) fn blame(whole: &Expr, fault: Fault, family_of: impl Fn(&Expr) -> Result<Family, Fault>) -> PredicateError {
    let (mut guilty, mut fault) = (whole.clone(), fault);
    while let Some(inner) =
        children_mut(&mut guilty).into_iter().find_map(|child| Some((family_of(child).err()?, child.clone())))
    {
        (fault, guilty) = inner;
    }
    place_of(culprit(&guilty, family_of)).error(PredicateErrorCode::Type, fault.message())
}

/// Of a comparison with something written out, the latter is what its author can change; of conditions that are
/// joined, the one that is no condition.
fn culprit(guilty: &Expr, family_of: impl Fn(&Expr) -> Result<Family, Fault>) -> &Expr {
    match guilty {
        Expr::BinaryOp { op, right, .. } if compares(op) && matches!(**right, Expr::Value(_)) => right,
        Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
            let is_condition = |side: &Expr| matches!(family_of(side), Ok(Family::Boolean | Family::Null));
            [left, right].into_iter().find(|side| !is_condition(side)).unwrap_or(left)
        }
        other => other,
    }
}

fn compares(operator: &BinaryOperator) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(operator, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}
