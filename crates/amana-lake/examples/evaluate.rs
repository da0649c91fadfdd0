//! Nanoseconds per row and audience, by the size of the batch: `cargo run --release -p amana-lake --example evaluate`.
//!
//! DESIGN §8 budgets 18 ns at 1,000 rows and 500 ns for one row. The floor is a loop over the same rows that compares
//! a value of each by hand.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "an example prints, and stops at the first surprise")]

use amana_core::{FieldType, Moment, Value};
use amana_lake::{Cell, Column, ColumnMask, Columns, Predicate, Rows, Table};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

const NOW: Moment = Moment(1_772_366_400_000);
const DAY_MILLIS: i64 = 86_400_000;

const AUDIENCES: [&str; 12] = [
    "country = 'DE'",
    "country = 'DE' AND orders_30d >= 2 AND last_seen > now() - INTERVAL '7 days'",
    "country IN ('DE', 'AT', 'CH', 'FR', 'IT') AND newsletter",
    "spent > 100.0 AND orders_30d > 3",
    "last_seen < now() - INTERVAL '90 days' AND spent > 250",
    "orders_30d > 0 AND spent / orders_30d > 50",
    "lower(city) = 'berlin' OR city LIKE 'Mün%'",
    "favourite IS NOT NULL AND favourite <> 'shoes'",
    "coalesce(orders_30d, 0) = 0 AND visits >= 5",
    "CASE WHEN spent > 1000 THEN 'gold' WHEN spent > 100 THEN 'silver' ELSE 'none' END = 'silver'",
    "newsletter AND NOT country = 'US' AND visits BETWEEN 3 AND 30",
    "date_trunc('month', last_seen) = date_trunc('month', now())",
];

fn main() {
    let columns = columns();
    let started = Instant::now();
    let predicates: Vec<Predicate> = AUDIENCES.iter().map(|sql| Predicate::parse(sql, &columns).unwrap()).collect();
    let parse_micros = started.elapsed().as_micros() / AUDIENCES.len() as u128;
    println!("parse: {parse_micros} µs per audience");
    println!("{:>8} {:>14} {:>18} {:>12}", "rows", "build ns/row", "ns/row/audience", "floor ns/row");
    for rows in [1, 100, 1_000, 10_000] {
        let people: Vec<[Value; 8]> = (0..rows).map(person).collect();
        let build = fastest(rows, || drop(black_box(table(&columns, &predicates, &people))));
        let table = table(&columns, &predicates, &people);
        let evaluate = fastest(rows * predicates.len(), || {
            for predicate in &predicates {
                black_box(table.matches(predicate, NOW).unwrap().count());
            }
        });
        let floor = fastest(rows, || {
            black_box(people.iter().filter(|person| matches!(&person[0], Value::Text(text) if text == "DE")).count());
        });
        println!("{rows:>8} {build:>14.1} {evaluate:>18.1} {floor:>12.1}");
    }
    let people: Vec<[Value; 8]> = (0..1_000).map(person).collect();
    let table = table(&columns, &predicates, &people);
    println!("each audience at 1,000 rows and at one row:");
    let one = self::table(&columns, &predicates, &people[..1]);
    for predicate in &predicates {
        let many = fastest(1_000, || drop(black_box(table.matches(predicate, NOW).unwrap())));
        let single = fastest(1, || drop(black_box(one.matches(predicate, NOW).unwrap())));
        println!("{many:>8.1} ns {single:>8.0} ns  {}", predicate.text());
    }
}

fn columns() -> Arc<Columns> {
    let column = |name: &str, field_type| Column { name: name.to_owned(), field_type };
    let visible = vec![
        column("country", FieldType::Text),
        column("city", FieldType::Text),
        column("orders_30d", FieldType::Integer),
        column("spent", FieldType::Number),
        column("newsletter", FieldType::Boolean),
        column("last_seen", FieldType::Time),
        column("favourite", FieldType::Text),
        column("visits", FieldType::Integer),
    ];
    Arc::new(Columns::new(visible, Vec::new()))
}

fn person(n: usize) -> [Value; 8] {
    let countries = ["DE", "FR", "US", "TH", "AT"];
    let cities = ["Berlin", "München", "Bangkok", "a rather long name of a city"];
    let whole = i64::try_from(n).unwrap();
    [
        Value::Text(countries[n % countries.len()].to_owned()),
        Value::Text(cities[n % cities.len()].to_owned()),
        Value::Integer(whole % 7),
        Value::Number(f64::from(u32::try_from(n % 500).unwrap()) * 2.5),
        Value::Boolean(n.is_multiple_of(2)),
        Value::Time(NOW.plus_millis(-(whole % 120) * DAY_MILLIS)),
        Value::Text(if n.is_multiple_of(3) { "shoes" } else { "garden furniture" }.to_owned()),
        Value::Integer(whole % 40),
    ]
}

fn table(columns: &Arc<Columns>, predicates: &[Predicate], people: &[[Value; 8]]) -> Table {
    let mask = ColumnMask::of(columns, predicates);
    let mut rows = Rows::with_mask(columns, &mask, people.len());
    for (n, person) in people.iter().enumerate() {
        // Every ninth profile lacks a favourite, and every fiftieth hides its city.
        rows.push_with(|column| match column {
            6 if n % 9 == 0 => Cell::Absent,
            1 if n % 50 == 49 => Cell::Hidden,
            _ => Cell::Value(&person[column]),
        });
    }
    rows.finish()
}

/// Nanoseconds per unit of the fastest of the rounds that fit into a third of a second.
fn fastest(units: usize, mut work: impl FnMut()) -> f64 {
    let started = Instant::now();
    let mut best = Duration::MAX;
    while started.elapsed() < Duration::from_millis(300) {
        let round = Instant::now();
        work();
        best = best.min(round.elapsed());
    }
    best.as_secs_f64() * 1e9 / f64::from(u32::try_from(units).unwrap_or(u32::MAX))
}
