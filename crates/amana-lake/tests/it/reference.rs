//! Random predicates over random rows, compared with an evaluator that is small enough to be seen to be right.

use crate::people::{NOON, column};
use amana_core::{FieldType, Value};
use amana_lake::{Cell, Columns, Predicate, Rows};
use proptest::prelude::*;
use std::sync::Arc;

#[derive(Clone, Debug)]
enum Stored {
    Absent,
    Hidden,
    Value(Value),
}

impl Stored {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Absent => Cell::Absent,
            Self::Hidden => Cell::Hidden,
            Self::Value(value) => Cell::Value(value),
        }
    }

    fn value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// Columns: `a` and `b` whole numbers, `t` a text, `f` true or false.
#[derive(Clone, Debug)]
enum Condition {
    Compare(usize, &'static str, i64),
    CompareColumns(&'static str),
    TextIs(&'static str, bool),
    TextIn(Vec<&'static str>, bool),
    Like(&'static str, bool),
    Itself(usize, bool),
    Flag,
    IsNull(usize, bool),
    Ratio(i64),
    Between(usize, i64, i64),
    Case(Box<Condition>, Box<Condition>, Box<Condition>),
    Coalesce(Box<Condition>, bool),
    Not(Box<Condition>),
    Both(Box<Condition>, Box<Condition>),
    Either(Box<Condition>, Box<Condition>),
}

const NAMES: [&str; 4] = ["a", "b", "t", "f"];

/// Truth, or that the row has no answer at all.
type Truth = Result<Option<bool>, ()>;

impl Condition {
    fn sql(&self) -> String {
        let not = |negated: &bool| if *negated { "NOT " } else { "" };
        match self {
            Self::Compare(column, operator, number) => format!("{} {operator} {number}", NAMES[*column]),
            Self::CompareColumns(operator) => format!("a {operator} b"),
            Self::TextIs(text, negated) => format!("t {} '{text}'", if *negated { "<>" } else { "=" }),
            Self::TextIn(texts, negated) => format!("t {}IN ('{}')", not(negated), texts.join("', '")),
            Self::Like(pattern, negated) => format!("t {}LIKE '{pattern}'", not(negated)),
            Self::Itself(column, negated) => {
                format!("{name} {} {name}", if *negated { "<>" } else { "=" }, name = NAMES[*column])
            }
            Self::Flag => "f".to_owned(),
            Self::IsNull(column, negated) => format!("{} IS {}NULL", NAMES[*column], not(negated)),
            Self::Ratio(number) => format!("a / b > {number}"),
            Self::Between(column, low, high) => format!("{} BETWEEN {low} AND {high}", NAMES[*column]),
            Self::Case(when, then, other) => {
                format!("CASE WHEN {} THEN {} ELSE {} END", when.sql(), then.sql(), other.sql())
            }
            Self::Coalesce(inner, otherwise) => format!("coalesce({}, {otherwise})", inner.sql()),
            Self::Not(inner) => format!("NOT ({})", inner.sql()),
            Self::Both(left, right) => format!("({}) AND ({})", left.sql(), right.sql()),
            Self::Either(left, right) => format!("({}) OR ({})", left.sql(), right.sql()),
        }
    }

    fn names(&self, used: &mut [bool; 4]) {
        match self {
            Self::Compare(column, ..)
            | Self::Itself(column, _)
            | Self::IsNull(column, _)
            | Self::Between(column, ..) => used[*column] = true,
            Self::CompareColumns(_) | Self::Ratio(_) => (used[0], used[1]) = (true, true),
            Self::TextIs(..) | Self::TextIn(..) | Self::Like(..) => used[2] = true,
            Self::Flag => used[3] = true,
            Self::Not(inner) | Self::Coalesce(inner, _) => inner.names(used),
            Self::Case(when, then, other) => [when, then, other].iter().for_each(|part| part.names(used)),
            Self::Both(left, right) | Self::Either(left, right) => {
                left.names(used);
                right.names(used);
            }
        }
    }

    fn truth(&self, row: &[Stored; 4]) -> Truth {
        let number = |column: usize| match row[column].value() {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        };
        let text = match row[2].value() {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        Ok(match self {
            Self::Compare(column, operator, right) => number(*column).map(|left| compare(left, operator, *right)),
            Self::CompareColumns(operator) => {
                number(0).zip(number(1)).map(|(left, right)| compare(left, operator, right))
            }
            Self::TextIs(wanted, negated) => text.map(|text| (text == *wanted) != *negated),
            Self::TextIn(wanted, negated) => text.map(|text| wanted.contains(&text) != *negated),
            Self::Like(pattern, negated) => text.map(|text| like(text, pattern) != *negated),
            Self::Itself(column, negated) => row[*column].value().map(|_| !negated),
            Self::Flag => match row[3].value() {
                Some(Value::Boolean(flag)) => Some(*flag),
                _ => None,
            },
            Self::IsNull(column, negated) => Some(row[*column].value().is_none() != *negated),
            Self::Ratio(than) => match (number(0), number(1)) {
                (Some(left), Some(right)) => Some(left.checked_div(right).ok_or(())? > *than),
                _ => None,
            },
            Self::Between(column, low, high) => number(*column).map(|number| *low <= number && number <= *high),
            Self::Case(when, then, other) => match when.truth(row)? {
                Some(true) => then.truth(row)?,
                _ => other.truth(row)?,
            },
            Self::Coalesce(inner, otherwise) => inner.truth(row)?.or(Some(*otherwise)),
            Self::Not(inner) => inner.truth(row)?.map(|truth| !truth),
            Self::Both(left, right) => match left.truth(row)? {
                Some(false) => Some(false),
                left => kleene(left, right.truth(row)?, false),
            },
            Self::Either(left, right) => match left.truth(row)? {
                Some(true) => Some(true),
                left => kleene(left, right.truth(row)?, true),
            },
        })
    }

    fn matches(&self, row: &[Stored; 4]) -> bool {
        let mut used = [false; 4];
        self.names(&mut used);
        let hides = row.iter().zip(used).any(|(cell, used)| used && matches!(cell, Stored::Hidden));
        !hides && self.truth(row) == Ok(Some(true))
    }
}

/// Patterns here have their `%` at the ends only.
fn like(text: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('%'), pattern.strip_suffix('%')) {
        (Some(_), Some(_)) => text.contains(pattern.trim_matches('%')),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == pattern,
    }
}

fn compare(left: i64, operator: &str, right: i64) -> bool {
    match operator {
        "=" => left == right,
        "<>" => left != right,
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        _ => left >= right,
    }
}

/// Three-valued AND (`absorbing` false) and OR (`absorbing` true).
fn kleene(left: Option<bool>, right: Option<bool>, absorbing: bool) -> Option<bool> {
    match (left, right) {
        (Some(side), _) | (_, Some(side)) if side == absorbing => Some(absorbing),
        (Some(_), Some(_)) => Some(!absorbing),
        _ => None,
    }
}

fn operator() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["=", "<>", "<", "<=", ">", ">="])
}

fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["x", "y", "a text longer than twelve bytes"])
}

fn condition(with_division: bool) -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        3 => (0..2_usize, operator(), -2..3_i64).prop_map(|(column, op, number)| Condition::Compare(column, op, number)),
        1 => operator().prop_map(Condition::CompareColumns),
        2 => (word(), any::<bool>()).prop_map(|(text, negated)| Condition::TextIs(text, negated)),
        1 => (prop::collection::vec(word(), 1..5), any::<bool>()).prop_map(|(texts, no)| Condition::TextIn(texts, no)),
        1 => (prop::sample::select(vec!["%", "x", "a text%", "%bytes", "%than%", "%%"]), any::<bool>())
            .prop_map(|(pattern, negated)| Condition::Like(pattern, negated)),
        1 => (0..4_usize, any::<bool>()).prop_map(|(column, negated)| Condition::Itself(column, negated)),
        1 => Just(Condition::Flag),
        2 => (0..4_usize, any::<bool>()).prop_map(|(column, negated)| Condition::IsNull(column, negated)),
        1 => (0..2_usize, -2..1_i64, 0..3_i64).prop_map(|(column, low, high)| Condition::Between(column, low, high)),
        u32::from(with_division) => (-1..2_i64).prop_map(Condition::Ratio),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            2 => inner.clone().prop_map(|inner| Condition::Not(Box::new(inner))),
            1 => (inner.clone(), any::<bool>()).prop_map(|(inner, otherwise)| Condition::Coalesce(Box::new(inner), otherwise)),
            1 => (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(when, then, other)| Condition::Case(Box::new(when), Box::new(then), Box::new(other))),
            2 => (inner.clone(), inner.clone()).prop_map(|(l, r)| Condition::Both(Box::new(l), Box::new(r))),
            2 => (inner.clone(), inner).prop_map(|(l, r)| Condition::Either(Box::new(l), Box::new(r))),
        ]
    })
}

fn stored(value: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Stored> {
    prop_oneof![1 => Just(Stored::Absent), 1 => Just(Stored::Hidden), 5 => value.prop_map(Stored::Value)]
}

fn row() -> impl Strategy<Value = [Stored; 4]> {
    let number = || stored((-2..3_i64).prop_map(Value::Integer));
    let text = stored(word().prop_map(|word| Value::Text(word.to_owned())));
    (number(), number(), text, stored(any::<bool>().prop_map(Value::Boolean))).prop_map(|(a, b, t, f)| [a, b, t, f])
}

fn columns() -> Arc<Columns> {
    let types = [FieldType::Integer, FieldType::Integer, FieldType::Text, FieldType::Boolean];
    Arc::new(Columns::new(NAMES.iter().zip(types).map(|(name, kind)| column(name, kind)).collect(), Vec::new()))
}

fn ask(predicate: &Predicate, rows: &[[Stored; 4]]) -> Vec<bool> {
    let mut builder = Rows::with_capacity(predicate.columns(), rows.len());
    for row in rows {
        builder.push(row.iter().map(Stored::cell));
    }
    let matches = builder.finish().matches(predicate, NOON).unwrap();
    (0..rows.len()).map(|row| matches.get(row)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_agrees_with_the_reference(condition in condition(false), rows in prop::collection::vec(row(), 1..40)) {
        let predicate = Predicate::parse(&condition.sql(), &columns()).unwrap();
        let expected: Vec<bool> = rows.iter().map(|row| condition.matches(row)).collect();
        prop_assert_eq!(ask(&predicate, &rows), expected, "{}", condition.sql());
    }

    #[test]
    fn rows_in_one_batch_match_as_each_row_alone(condition in condition(true), rows in prop::collection::vec(row(), 1..40)) {
        let predicate = Predicate::parse(&condition.sql(), &columns()).unwrap();
        let alone: Vec<bool> = rows.iter().flat_map(|row| ask(&predicate, std::slice::from_ref(row))).collect();
        prop_assert_eq!(ask(&predicate, &rows), alone, "{}", condition.sql());
    }

    /// Where something divides, the simplifier may drop or reorder it, and so save a row that the reference gives up.
    #[test]
    fn a_division_never_makes_a_wrong_match(condition in condition(true), rows in prop::collection::vec(row(), 1..40)) {
        let predicate = Predicate::parse(&condition.sql(), &columns()).unwrap();
        for (row, found) in rows.iter().zip(ask(&predicate, &rows)) {
            let hides = !condition.matches(row) && row.iter().any(|cell| matches!(cell, Stored::Hidden));
            if condition.truth(row).is_ok() && !hides {
                prop_assert_eq!(found, condition.matches(row), "{}", condition.sql());
            }
        }
    }
}
