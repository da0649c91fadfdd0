//! From an admitted expression to one that can be evaluated: DataFusion plans, coerces, simplifies.

use super::admit::Admitted;
use super::blame::{Fault, blame};
use super::context::{Surroundings, time_type};
use super::simplify::simplify;
use super::types::{Family, bad_constant, check, text_casts};
use super::{NOW_COLUMN, Place};
use crate::{Columns, PredicateError, PredicateErrorCode, physical};
use amana_core::FieldType;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion_common::{DFSchema, DFSchemaRef};
use datafusion_expr::execution_props::ExecutionProps;
use datafusion_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion_expr::simplify::SimplifyContext;
use datafusion_expr::{Expr, ExprSchemable};
use datafusion_optimizer::simplify_expressions::ExprSimplifier;
use datafusion_physical_expr::{PhysicalExpr, create_physical_expr};
use datafusion_sql::planner::{PlannerContext, SqlToRel};
use datafusion_sql::sqlparser::ast::Expr as SqlExpr;
use std::sync::Arc;

/// The columns that the predicate uses, and the instant if it does.
pub(super) fn schema_of(columns: &Columns, admitted: &Admitted) -> SchemaRef {
    let used = admitted.columns_used.iter().map(|index| &columns.visible()[*index]);
    let mut fields: Vec<_> =
        used.map(|column| Field::new(&column.name, data_type_of(column.field_type), true)).collect();
    if admitted.depends_on_time {
        fields.push(Field::new(NOW_COLUMN, time_type(), false));
    }
    Arc::new(Schema::new(fields))
}

fn data_type_of(field_type: FieldType) -> DataType {
    match field_type {
        FieldType::Text | FieldType::Json => DataType::Utf8View,
        FieldType::Integer => DataType::Int64,
        FieldType::Number => DataType::Float64,
        FieldType::Boolean => DataType::Boolean,
        FieldType::Time => time_type(),
    }
}

/// Plans the expression; what cannot be planned is blamed on the innermost part that cannot.
pub(super) fn plan(expression: &SqlExpr, schema: &SchemaRef) -> Result<Arc<dyn PhysicalExpr>, PredicateError> {
    let engine_failed = |fault: Fault| Place::START.error(PredicateErrorCode::Type, fault.message());
    let planner = Planner::new(schema).map_err(engine_failed)?;
    match planner.plan(expression) {
        Ok((planned, Family::Boolean)) => Ok(planned),
        Ok((_, family)) => {
            let message = format!(
                "A predicate is true or false for each profile, and this is {}. Compare it with something.",
                family.words()
            );
            Err(super::admit::place_of(expression).error(PredicateErrorCode::NotBoolean, message))
        }
        Err(fault) => Err(blame(expression, fault, |part| planner.plan(part).map(|(_, family)| family))),
    }
}

struct Planner<'a> {
    schema: &'a SchemaRef,
    names: DFSchemaRef,
    surroundings: Surroundings,
    coercer: ExprSimplifier,
}

impl<'a> Planner<'a> {
    fn new(schema: &'a SchemaRef) -> Result<Self, Fault> {
        let names: DFSchemaRef = Arc::new(DFSchema::try_from(Arc::clone(schema))?);
        let context = SimplifyContext::builder().with_schema(Arc::clone(&names)).build();
        let coercer = ExprSimplifier::new(context);
        Ok(Self { schema, names, surroundings: Surroundings::new(), coercer })
    }

    fn plan(&self, expression: &SqlExpr) -> Result<(Arc<dyn PhysicalExpr>, Family), Fault> {
        let written = SqlToRel::new(&self.surroundings).sql_to_expr(
            expression.clone(),
            &self.names,
            &mut PlannerContext::new(),
        )?;
        check(&written, &self.names)?;
        let coerced = self.coerced(&written)?;
        let family = Family::of(&coerced.get_type(&self.names)?);
        let simple = simplify(coerced, &self.names)?;
        if let Some(message) = bad_constant(&simple)? {
            return Err(Fault::Type(message));
        }
        let props = ExecutionProps::new();
        let planned = create_physical_expr(&simple, &self.names, &props, &PhysicalPlanningContext::default())?;
        Ok((physical::harden(planned, self.schema)?, family))
    }

    /// Adds the casts that make operands alike, but none that reads a text out of a row as something else.
    fn coerced(&self, written: &Expr) -> Result<Expr, Fault> {
        let coerced = self.coercer.coerce(written.clone(), &self.names)?;
        if text_casts(&coerced, &self.names)? > text_casts(written, &self.names)? {
            let message = "A text stands where something else is needed. CAST(… AS …) it, if all profiles have it in \
                           that form.";
            return Err(Fault::Type(message.to_owned()));
        }
        Ok(coerced)
    }
}
