//! What DataFusion's physical expressions lack for predicates, and where it is put into a planned expression.

mod finite;
mod guarded;
mod instant;

use crate::predicate::NOW_COLUMN;
use arrow::datatypes::{DataType, Schema};
use datafusion_common::Result;
use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion_expr::Operator;
use datafusion_physical_expr::expressions::{BinaryExpr, CastExpr, Column};
use datafusion_physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use finite::Finite;
use guarded::Guarded;
use instant::Instant;
use std::sync::Arc;

/// Makes a planned expression keep the promises of a predicate: the instant is one value and not a column of them,
/// whole numbers do not wrap, numbers stay finite, and `x <> 0 AND y / x > 1` divides only where it may.
pub(crate) fn harden(expression: Arc<dyn PhysicalExpr>, schema: &Schema) -> Result<Arc<dyn PhysicalExpr>> {
    expression.transform_up(|node| harden_node(node, schema)).data()
}

fn harden_node(node: Arc<dyn PhysicalExpr>, schema: &Schema) -> Result<Transformed<Arc<dyn PhysicalExpr>>> {
    if let Some(column) = node.downcast_ref::<Column>() {
        return Ok(match column.name() == NOW_COLUMN {
            true => Transformed::yes(Arc::new(Instant::new(column.index()))),
            false => Transformed::no(node),
        });
    }
    let mut hardened = Arc::clone(&node);
    if let Some(binary) = node.downcast_ref::<BinaryExpr>() {
        let (left, right) = (Arc::clone(binary.left()), Arc::clone(binary.right()));
        if is_arithmetic(*binary.op()) {
            hardened = Arc::new(BinaryExpr::new(left, *binary.op(), right).with_fail_on_overflow(true));
        } else if matches!(binary.op(), Operator::And | Operator::Or) && can_fail(&right)? {
            return Ok(Transformed::yes(Arc::new(Guarded::new(left, *binary.op(), right))));
        }
    }
    if computes(&node) && node.data_type(schema)? == DataType::Float64 {
        return Ok(Transformed::yes(Arc::new(Finite::new(hardened))));
    }
    Ok(Transformed::yes(hardened))
}

fn is_arithmetic(operator: Operator) -> bool {
    use Operator::{Divide, Minus, Modulo, Multiply, Plus};
    matches!(operator, Plus | Minus | Multiply | Divide | Modulo)
}

/// Whether the node itself makes a new value that may not exist.
fn computes(node: &Arc<dyn PhysicalExpr>) -> bool {
    node.downcast_ref::<BinaryExpr>().is_some_and(|binary| is_arithmetic(*binary.op()))
        || node.is::<ScalarFunctionExpr>()
        || node.is::<CastExpr>()
}

/// Whether some rows may have no value for the expression. What does not read the row, such as
/// `now() - INTERVAL '7 days'`, fails for all rows or for none and needs no guard.
fn can_fail(expression: &Arc<dyn PhysicalExpr>) -> Result<bool> {
    let mut found = false;
    expression.apply(|node| {
        if computes(node) && reads_the_row(node)? {
            found = true;
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

fn reads_the_row(expression: &Arc<dyn PhysicalExpr>) -> Result<bool> {
    expression.exists(|node| Ok(node.is::<Column>()))
}
