//! Computed traits: figures over the events kept for a class, by day.

use crate::catalog::MetricFunction;
use crate::{Moment, Value};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

/// The figure of one day. Joining figures is commutative and associative, so the order of events can't matter;
/// sums are exact decimals, since floating point would make them depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Figure {
    /// How often.
    Count(u64),
    /// How much, exactly.
    Sum(#[serde(with = "decimal_bytes")] Decimal),
    /// The smallest.
    Min(f64),
    /// The largest.
    Max(f64),
    /// The earliest.
    First(Moment),
    /// The latest.
    Last(Moment),
}

impl Figure {
    /// The figure of one event. `None` when the function needs a number and there is none.
    #[must_use]
    pub fn of(function: MetricFunction, at: Moment, field: Option<&Value>) -> Option<Self> {
        let number = || match field {
            // Zero has one form: which of two would stay depended on the order of events.
            Some(Value::Number(number)) => Some(*number + 0.0).filter(|number| number.is_finite()),
            #[expect(clippy::cast_precision_loss, reason = "whole numbers beyond 53 bits are no amounts")]
            Some(Value::Integer(integer)) => Some(*integer as f64),
            _ => None,
        };
        Some(match function {
            MetricFunction::Count => Self::Count(1),
            MetricFunction::Sum => Self::Sum(amount(field?)?),
            MetricFunction::Min => Self::Min(number()?),
            MetricFunction::Max => Self::Max(number()?),
            MetricFunction::First => Self::First(at),
            MetricFunction::Last => Self::Last(at),
        })
    }

    /// Both figures as one. Figures of different functions do not mix: that of the function named later stays.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Count(one), Self::Count(other)) => Self::Count(one.saturating_add(other)),
            (Self::Sum(one), Self::Sum(other)) => Self::Sum(one.saturating_add(other)),
            (Self::Min(one), Self::Min(other)) => Self::Min(one.min(other)),
            (Self::Max(one), Self::Max(other)) => Self::Max(one.max(other)),
            (Self::First(one), Self::First(other)) => Self::First(one.min(other)),
            (Self::Last(one), Self::Last(other)) => Self::Last(one.max(other)),
            (one, other) => std::cmp::max_by_key(one, other, |figure| figure.rank()),
        }
    }

    /// The place of its function, so that figures of one name and several functions have an order.
    fn rank(self) -> u8 {
        match self {
            Self::Count(_) => 0,
            Self::Sum(_) => 1,
            Self::Min(_) => 2,
            Self::Max(_) => 3,
            Self::First(_) => 4,
            Self::Last(_) => 5,
        }
    }

    /// The figure as a value of its metric's column.
    #[must_use]
    pub fn value(self) -> Value {
        match self {
            Self::Count(count) => Value::Integer(i64::try_from(count).unwrap_or(i64::MAX)),
            Self::Sum(sum) => Value::Number(sum.to_f64().unwrap_or_default()),
            Self::Min(number) | Self::Max(number) => Value::Number(number),
            Self::First(moment) | Self::Last(moment) => Value::Time(moment),
        }
    }

    fn is_of(self, function: MetricFunction) -> bool {
        matches!(
            (self, function),
            (Self::Count(_), MetricFunction::Count)
                | (Self::Sum(_), MetricFunction::Sum)
                | (Self::Min(_), MetricFunction::Min)
                | (Self::Max(_), MetricFunction::Max)
                | (Self::First(_), MetricFunction::First)
                | (Self::Last(_), MetricFunction::Last)
        )
    }
}

/// The figures of one metric in one holding, by day (UTC), so that what has outlived its purpose can be left out: a
/// day's figure goes when its beginning does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MetricState {
    /// In the order of days, and within a day of functions: one name may stand for another function tomorrow.
    days: Vec<(i32, Figure)>,
}

impl MetricState {
    /// Takes a figure of an event into account.
    pub fn add(&mut self, at: Moment, figure: Figure) {
        let day = at.day();
        let place = self.days.binary_search_by_key(&(day, figure.rank()), |(day, known)| (*day, known.rank()));
        match place {
            Ok(place) => self.days[place].1 = self.days[place].1.join(figure),
            Err(place) => self.days.insert(place, (day, figure)),
        }
    }

    /// Takes all figures of another state into account.
    pub fn join(&mut self, other: &Self) {
        other.days.iter().for_each(|(day, figure)| self.add(begin(*day), *figure));
    }

    /// The figure over all days whose beginning `alive` accepts, which accepts every day after one it accepts.
    /// Figures of another function are left out.
    pub fn total(&self, function: MetricFunction, alive: impl Fn(Moment) -> bool) -> Option<Figure> {
        let oldest = self.days.partition_point(|(day, _)| !alive(begin(*day)));
        let fitting = self.days[oldest..].iter().filter(|(_, figure)| figure.is_of(function));
        fitting.map(|(_, figure)| *figure).reduce(Figure::join)
    }

    /// Whether there is a figure of a day whose beginning `alive` accepts, by whatever function.
    pub(super) fn is_alive(&self, alive: impl Fn(Moment) -> bool) -> bool {
        self.days.last().is_some_and(|(day, _)| alive(begin(*day)))
    }

    /// Lets go of the days whose beginning `keeps` does not accept.
    pub(super) fn let_go(&mut self, keeps: impl Fn(Moment) -> bool) {
        let gone = self.days.partition_point(|(day, _)| !keeps(begin(*day)));
        self.days.drain(..gone);
    }

    /// The beginning of the oldest day.
    #[must_use]
    pub fn oldest(&self) -> Option<Moment> {
        self.days.first().map(|(day, _)| begin(*day))
    }

    /// How many figures there are, one for each day and function.
    #[must_use]
    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// Whether nothing was taken into account.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }
}

/// The largest amount that is added up. With [`DECIMALS_MAX`] it leaves room for some 80,000 of the largest a day
/// before a sum of 28 digits would have to be rounded and so depend on the order of events.
const AMOUNT_MAX: f64 = 1e15;
/// Decimal places of an amount: more than any currency has, fewer than binary fractions pretend to.
const DECIMALS_MAX: u32 = 9;

/// A number as the decimal that its sender wrote.
fn amount(value: &Value) -> Option<Decimal> {
    match value {
        Value::Integer(integer) => {
            Some(*integer).filter(|whole| whole.unsigned_abs() as f64 <= AMOUNT_MAX).map(Into::into)
        }
        Value::Number(number) if number.abs() <= AMOUNT_MAX => {
            // The shortest text that reads back as this number; the library's own conversion keeps 15 digits only.
            let decimal: Decimal = number.to_string().parse().ok()?;
            Some(decimal.round_dp(DECIMALS_MAX))
        }
        _ => None,
    }
}

/// The first instant of a day.
fn begin(day: i32) -> Moment {
    Moment(i64::from(day) * 86_400_000)
}

/// A decimal as its sixteen bytes: compact, and read back as it was.
mod decimal_bytes {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(decimal: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        decimal.normalize().serialize().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        <[u8; 16]>::deserialize(deserializer).map(Decimal::deserialize)
    }
}
