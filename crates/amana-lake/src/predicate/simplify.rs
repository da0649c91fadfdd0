//! Computes what is constant and brings functions into the form that can be evaluated, with DataFusion's simplifier.
//!
//! The simplifier is made for WHERE clauses, where NULL and false are the same, and is used on conditions that stand
//! under a NOT all the same: `t NOT IN ('x') OR t NOT IN ('y')` becomes true, also for those whose `t` is absent
//! (apache/datafusion#24258 mends it after 55.2). So it never gets to see an AND, an OR, or a CASE, which it would
//! make into them; what is between is simplified piece by piece.

use arrow::datatypes::{Field, FieldRef, Schema};
use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion_common::{Column, DFSchema, DFSchemaRef, Result};
use datafusion_expr::simplify::SimplifyContext;
use datafusion_expr::{BinaryExpr, Expr, ExprSchemable, Operator};
use datafusion_optimizer::simplify_expressions::ExprSimplifier;
use std::sync::Arc;

/// Simplifies a coerced expression over the columns of `schema`.
pub(super) fn simplify(expression: Expr, schema: &DFSchema) -> Result<Expr> {
    if stays(&expression) {
        return expression.map_children(|child| simplify(child, schema).map(Transformed::yes)).data();
    }
    let (shell, parts) = take_out(expression)?;
    let simplified = ExprSimplifier::new(context(schema, &parts)?).simplify(shell)?;
    put_back(simplified, parts, schema)
}

fn stays(expression: &Expr) -> bool {
    matches!(expression, Expr::Case(_) | Expr::BinaryExpr(BinaryExpr { op: Operator::And | Operator::Or, .. }))
}

/// The name of the column that stands for a part that was taken out. No column of a predicate has it: the names of
/// traits and metrics have no control characters.
fn stand_in(part: usize) -> String {
    format!("\u{1}{part}")
}

fn context(schema: &DFSchema, parts: &[Expr]) -> Result<SimplifyContext> {
    let mut fields: Vec<FieldRef> = schema.fields().iter().cloned().collect();
    for (index, part) in parts.iter().enumerate() {
        fields.push(Arc::new(Field::new(stand_in(index), part.get_type(schema)?, true)));
    }
    let names: DFSchemaRef = Arc::new(DFSchema::try_from(Schema::new(fields))?);
    Ok(SimplifyContext::builder().with_schema(names).build())
}

fn take_out(expression: Expr) -> Result<(Expr, Vec<Expr>)> {
    let mut parts = Vec::new();
    let shell = expression.transform_down(|node| {
        if !stays(&node) {
            return Ok(Transformed::no(node));
        }
        let name = stand_in(parts.len());
        parts.push(node);
        Ok(Transformed::new(Expr::Column(Column::new_unqualified(name)), true, TreeNodeRecursion::Jump))
    });
    Ok((shell.data()?, parts))
}

fn put_back(shell: Expr, parts: Vec<Expr>, schema: &DFSchema) -> Result<Expr> {
    if parts.is_empty() {
        return Ok(shell);
    }
    let parts = parts.into_iter().map(|part| simplify(part, schema)).collect::<Result<Vec<_>>>()?;
    let whole = shell.transform_up(|node| match &node {
        Expr::Column(column) => match (0..parts.len()).find(|part| column.name == stand_in(*part)) {
            Some(part) => Ok(Transformed::yes(parts[part].clone())),
            None => Ok(Transformed::no(node)),
        },
        _ => Ok(Transformed::no(node)),
    });
    whole.data()
}
