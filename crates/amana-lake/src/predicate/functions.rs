//! The functions that a predicate may call: an answer per row, from the row alone, in bounded time and space.
//!
//! Left out on purpose: what draws (`random`, `uuid`), what makes long texts out of short ones (`repeat`, `lpad`,
//! `regexp_replace`), what takes quadratic time (`levenshtein`), and what speaks of the engine (`version`, `arrow_cast`).

use datafusion_expr::{ScalarUDF, Volatility};
use datafusion_functions::{core, datetime, math, regex, string, unicode};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

const ALLOWED: &str = "
    coalesce greatest least nullif nvl nvl2
    ascii btrim character_length chr concat concat_ws contains ends_with find_in_set initcap left lower ltrim
    octet_length replace reverse right rtrim split_part starts_with strpos substr substr_index translate upper
    regexp_count regexp_like
    abs acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh cot degrees exp factorial floor gcd iszero lcm ln
    log log10 log2 pi power radians round signum sin sinh sqrt tan tanh trunc
    date_bin date_part date_trunc from_unixtime make_date to_char to_date to_timestamp to_timestamp_millis
    to_timestamp_seconds to_unixtime
";

const AGGREGATES: &str =
    "any_value approx_distinct array_agg avg bool_and bool_or count first_value last_value max mean
    median min stddev string_agg sum var variance";
const WINDOWS: &str = "cume_dist dense_rank lag lead nth_value ntile percent_rank rank row_number";
const VOLATILE: &str = "gen_random_uuid rand random uuid";
const COSTLY: &str = "levenshtein lpad overlay regexp_match regexp_replace repeat rpad";

fn lists(names: &str, name: &str) -> bool {
    names.split_whitespace().any(|listed| listed == name)
}

static FUNCTIONS: LazyLock<HashMap<String, Arc<ScalarUDF>>> = LazyLock::new(|| {
    let all = [
        core::functions(),
        string::functions(),
        unicode::functions(),
        regex::functions(),
        math::functions(),
        datetime::functions(),
    ];
    let allowed = all
        .into_iter()
        .flatten()
        .filter(|function| lists(ALLOWED, function.name()) && function.signature().volatility != Volatility::Volatile);
    let mut named = HashMap::new();
    for function in allowed {
        for alias in function.aliases() {
            named.insert(alias.clone(), Arc::clone(&function));
        }
        named.insert(function.name().to_owned(), function);
    }
    named
});

/// The allowed function of this lower-case name or alias.
pub(super) fn find(name: &str) -> Option<Arc<ScalarUDF>> {
    FUNCTIONS.get(name).cloned()
}

/// The names and aliases of all allowed functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.keys().map(String::as_str)
}

/// Whether SQL calls it an aggregate. DataFusion's own list is in a crate that predicates do without.
pub(super) fn is_aggregate(name: &str) -> bool {
    lists(AGGREGATES, name)
}

/// Whether SQL calls it a window function.
pub(super) fn is_window(name: &str) -> bool {
    lists(WINDOWS, name)
}

/// Whether its answer differs between calls.
pub(super) fn is_volatile(name: &str) -> bool {
    lists(VOLATILE, name)
}

/// Whether it can make a long text out of a short one, or takes time that grows with the square of a text.
pub(super) fn is_costly(name: &str) -> bool {
    lists(COSTLY, name)
}
