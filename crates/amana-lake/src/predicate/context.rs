//! What DataFusion's planner may know while it plans a predicate: the allowed functions and types, and no tables.

use super::functions;
use super::scan::CAST_TYPES;
use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion_common::config::ConfigOptions;
use datafusion_common::{Result, TableReference, plan_err};
use datafusion_expr::planner::{ContextProvider, ExprPlanner, TypePlanner};
use datafusion_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF, TableSource, WindowUDF};
use datafusion_functions::datetime::planner::DatetimeFunctionPlanner;
use datafusion_functions::unicode::planner::UnicodeFunctionPlanner;
use datafusion_sql::sqlparser::ast::DataType as SqlType;
use std::sync::Arc;

/// How an instant is kept in a column: milliseconds in UTC, as a `Moment`.
pub(crate) fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
}

/// The planner's surroundings.
#[derive(Debug)]
pub(super) struct Surroundings {
    options: ConfigOptions,
    planners: Vec<Arc<dyn ExprPlanner>>,
}

impl Surroundings {
    pub(super) fn new() -> Self {
        let planners: Vec<Arc<dyn ExprPlanner>> =
            vec![Arc::new(DatetimeFunctionPlanner), Arc::new(UnicodeFunctionPlanner)];
        Self { options: ConfigOptions::default(), planners }
    }
}

impl ContextProvider for Surroundings {
    fn get_table_source(&self, name: TableReference) -> Result<Arc<dyn TableSource>> {
        plan_err!("a predicate has no tables, and so no `{name}`")
    }

    fn get_expr_planners(&self) -> &[Arc<dyn ExprPlanner>] {
        &self.planners
    }

    fn get_type_planner(&self) -> Option<Arc<dyn TypePlanner>> {
        Some(Arc::new(Types))
    }

    fn get_function_meta(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        functions::find(name)
    }

    fn get_higher_order_meta(&self, _: &str) -> Option<Arc<HigherOrderUDF>> {
        None
    }

    fn get_aggregate_meta(&self, _: &str) -> Option<Arc<AggregateUDF>> {
        None
    }

    fn get_window_meta(&self, _: &str) -> Option<Arc<WindowUDF>> {
        None
    }

    fn get_variable_type(&self, _: &[String]) -> Option<DataType> {
        None
    }

    fn options(&self) -> &ConfigOptions {
        &self.options
    }

    fn udf_names(&self) -> Vec<String> {
        functions::names().map(str::to_owned).collect()
    }

    fn higher_order_function_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn udaf_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn udwf_names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// SQL types become the types that columns have, so that a cast value meets a column without another cast.
#[derive(Debug)]
struct Types;

impl TypePlanner for Types {
    fn plan_type_field(&self, sql_type: &SqlType) -> Result<Option<FieldRef>> {
        let data_type = match sql_type {
            SqlType::Text | SqlType::String(None) | SqlType::Varchar(None) => DataType::Utf8View,
            SqlType::BigInt(None) | SqlType::Int(None) | SqlType::Integer(None) | SqlType::SmallInt(None) => {
                DataType::Int64
            }
            SqlType::Double(_) | SqlType::DoublePrecision | SqlType::Float(_) | SqlType::Real => DataType::Float64,
            SqlType::Boolean | SqlType::Bool => DataType::Boolean,
            SqlType::Date => DataType::Date32,
            SqlType::Timestamp(None, _) => time_type(),
            other => return plan_err!("`{other}` is no type to cast to; the types are {CAST_TYPES}"),
        };
        Ok(Some(Arc::new(Field::new("cast", data_type, true))))
    }
}
