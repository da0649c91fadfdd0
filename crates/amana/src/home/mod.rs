//! The home page: what is running and where to go. Figures of the whole installation, nothing about a person, and
//! nothing that would take a look at everybody to count.

mod examples;
mod figures;

use crate::api::metrics::uptime_seconds;
use crate::api::problem::{Code, Problem};
use crate::app::App;
use crate::deliver::totals;
use crate::govern::readiness;
use crate::pipeline::{Tally, TallyName};
use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Response};
use examples::Examples;
use figures::Figures;

/// Style sheet and mark change with the program only.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=300");

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    home: Home,
}

/// What the page shows, as it is written there.
struct Home {
    organisation: String,
    ready: Vec<&'static str>,
    received: String,
    kept: String,
    decision_only: String,
    bots: String,
    not_kept: String,
    set_aside: String,
    acts: String,
    memberships: String,
    audiences: String,
    destinations: String,
    delivered: String,
    withheld: String,
    waiting: String,
    more_waits: bool,
    catalog: String,
    purposes: usize,
    sources: usize,
    version: &'static str,
    engine: &'static str,
    uptime: String,
    address: String,
    examples: Examples,
}

/// What the page shows beside figures.
struct Surroundings {
    engine: &'static str,
    ready: Vec<&'static str>,
    sent: (u64, u64),
    address: String,
}

/// The home page.
pub(crate) async fn get_home(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let (tally, figures) = Figures::load(&app).await?;
    let engine = app.store().health().await.map_or("unreachable", |health| health.engine);
    let ready = readiness(&app).await.into_iter().map(|reason| reason.words()).collect();
    let sent = sent(&app).await?;
    let home = Home::of(&app, &tally, &figures, Surroundings { engine, ready, sent, address: address(&headers) });
    let page = Page { home }.render().map_err(|_| Problem::of(Code::Internal))?;
    Ok(Html(page).into_response())
}

impl Home {
    fn of(
        app: &App,
        tally: &Tally,
        figures: &Figures,
        Surroundings { engine, ready, sent: (delivered, withheld), address }: Surroundings,
    ) -> Self {
        let current = app.current();
        let catalog = &current.policy.catalog;
        let name = catalog.organisation.name.as_str();
        let count = |name| grouped(tally.get(name));
        let entered = tally.get(TallyName::AudienceEntered);
        Self {
            organisation: if name.is_empty() { "your organisation".into() } else { name.into() },
            ready,
            received: grouped(figures.received()),
            kept: grouped(figures.kept),
            decision_only: grouped(figures.decision_only),
            bots: grouped(figures.bots),
            not_kept: grouped(figures.not_kept),
            set_aside: count(TallyName::FieldsSetAside),
            acts: count(TallyName::Acts),
            memberships: grouped(entered.saturating_sub(tally.get(TallyName::AudienceExited))),
            audiences: grouped(catalog.audiences.len() as u64),
            destinations: grouped(catalog.destinations.len() as u64),
            delivered: grouped(delivered),
            withheld: grouped(withheld),
            waiting: grouped(figures.waiting),
            more_waits: figures.more_waits,
            catalog: current.policy.version.to_string(),
            purposes: catalog.purposes.len(),
            sources: catalog.sources.len(),
            version: env!("CARGO_PKG_VERSION"),
            engine,
            uptime: duration(uptime_seconds(app)),
            address,
            examples: Examples::of(catalog),
        }
    }
}

/// How many messages were delivered and withheld, to all destinations together.
async fn sent(app: &App) -> Result<(u64, u64), Problem> {
    let current = app.current();
    let (mut delivered, mut withheld) = (0, 0);
    for destination in &current.policy.destinations {
        let totals = totals(app, &destination.code).await?;
        delivered += totals.delivered;
        withheld += totals.withheld.values().sum::<u64>();
    }
    Ok((delivered, withheld))
}

/// Style sheet and mark.
pub(crate) async fn get_asset(file: Result<Path<String>, PathRejection>) -> Result<Response, Problem> {
    let file = file.map(|Path(file)| file).unwrap_or_default();
    let (content_type, text) = match file.as_str() {
        "amana.css" => ("text/css; charset=utf-8", include_str!("../../templates/assets/amana.css")),
        "amana.svg" => ("image/svg+xml", include_str!("../../templates/assets/amana.svg")),
        _ => return Err(Problem::of(Code::NotFound)),
    };
    let content_type = HeaderValue::from_static(content_type);
    Ok(([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, CACHE_CONTROL)], text).into_response())
}

/// Where the visitor found this page, so that the examples work for them.
fn address(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let plain = |host: &&str| {
        host.len() <= 255 && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    };
    let host = host.filter(plain).unwrap_or("localhost:8080");
    let forwarded = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme.as_bytes() == b"https");
    format!("{}://{host}", if forwarded { "https" } else { "http" })
}

/// A number with thin spaces between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A time in its two largest units.
fn duration(seconds: u64) -> String {
    let units = [("day", seconds / 86_400), ("hour", seconds / 3_600 % 24), ("minute", seconds / 60 % 60)];
    let told: Vec<String> = units
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .take(2)
        .map(|(unit, count)| format!("{count} {unit}{}", if count == 1 { "" } else { "s" }))
        .collect();
    if told.is_empty() { "less than a minute".into() } else { told.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_written_for_people() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(duration(59), "less than a minute");
        assert_eq!(duration(3_600 * 25 + 61), "1 day, 1 hour");
        assert_eq!(duration(121), "2 minutes");
    }
}
