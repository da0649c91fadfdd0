//! `amana apply` and `amana export`.

use super::installed::{exists, is_there, opened};
use super::local::{Local, in_file, not_applied};
use super::serve::config;
use super::{Apply, Failure, InFolder, say};
use crate::app::App;
use crate::govern::{Applied, CatalogRefused, Planned, apply_catalog, export_catalog, plan_catalog};
use crate::server::open_app;
use amana_core::catalog::{CATALOG_BYTES_MAX, Catalog, Problem};
use reqwest::Method;
use std::fmt::Write as _;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

/// Shows what a file would change and applies it: through the process that serves, or by itself where none does.
pub(super) async fn apply(arguments: Apply) -> Result<(), Failure> {
    let text = read(&arguments.file)?;
    let file = arguments.file.display().to_string();
    let catalog = Catalog::read(&text).map_err(|problems| in_words(&file, &text, problems))?;
    if let Some(local) = Local::find(&arguments.place.data).await? {
        return apply_through(&local, &file, &text, &arguments).await;
    }
    if !goes_on(&arguments)? {
        return Ok(());
    }
    let app = open_app(&config(&arguments.place)).await?;
    let outcome = apply_here(&app, &catalog, &file, &text, &arguments).await;
    app.store().clone().close().await;
    outcome
}

/// Applying may begin an installation where there is none, which whoever mistyped a folder is told first. A plan only looks.
fn goes_on(Apply { place, plan, yes, .. }: &Apply) -> Result<bool, Failure> {
    if *plan {
        exists(place)?;
    }
    if is_there(place)? {
        return Ok(true);
    }
    say(format!("there is no installation in {}: a new one begins", place.data.display()));
    Ok(*yes || confirmed("Begin it?")?)
}

async fn apply_through(local: &Local, file: &str, text: &str, arguments: &Apply) -> Result<(), Failure> {
    let planned = local.ask(Method::POST, "/api/v1/catalog/plan", Some(text.to_owned())).await?.json_about(file)?;
    let in_force = planned.get("base").and_then(serde_json::Value::as_u64);
    is_in_force(arguments.base, in_force.unwrap_or(0))?;
    say(planned.get("summary").and_then(|summary| summary.as_str()).unwrap_or("(the plan has no summary)"));
    let warnings = planned.get("warnings").and_then(serde_json::Value::as_array);
    warnings.into_iter().flatten().for_each(|warning| say(format!("note: {}", in_file(file, warning))));
    let base = arguments.base.or(in_force).unwrap_or(0);
    if arguments.plan || !(arguments.yes || confirmed("Apply this?")?) {
        return Ok(());
    }
    let path = format!("/api/v1/catalog?base={base}");
    let applied = local.ask(Method::PUT, &path, Some(text.to_owned())).await?.json_about(file)?;
    say(format!("version {} is in force", applied.get("version").unwrap_or(&serde_json::Value::Null)));
    Ok(())
}

async fn apply_here(app: &App, next: &Catalog, file: &str, text: &str, arguments: &Apply) -> Result<(), Failure> {
    let words = |refused| refused_in_words(file, text, refused);
    let Planned { base, plan, warnings } = plan_catalog(app, next).await.map_err(words)?;
    is_in_force(arguments.base, base)?;
    say(&plan);
    warnings.iter().for_each(|warning| say(format!("note: {}", warning.in_file(file))));
    if arguments.plan || plan.is_empty() || !(arguments.yes || confirmed("Apply this?")?) {
        return Ok(());
    }
    let words = |refused| refused_in_words(file, text, refused);
    let Applied { version, .. } = apply_catalog(app, next, arguments.base.or(Some(base))).await.map_err(words)?;
    say(format!("version {version} is in force"));
    Ok(())
}

/// Refuses before anything is shown, also where it is only looked: a plan against another version tells nothing about the
/// one that was named.
fn is_in_force(named: Option<u64>, current: u64) -> Result<(), CatalogRefused> {
    match named.filter(|base| *base != current) {
        Some(base) => Err(CatalogRefused::Outdated { base, current }),
        None => Ok(()),
    }
}

/// Applies a file without asking, as at the start of a server.
pub(crate) async fn apply_file(app: &App, path: &Path, base: Option<u64>) -> Result<Applied, Failure> {
    let text = read(path)?;
    let file = path.display().to_string();
    let catalog = Catalog::read(&text).map_err(|problems| in_words(&file, &text, problems))?;
    apply_catalog(app, &catalog, base).await.map_err(|refused| refused_in_words(&file, &text, refused))
}

/// Prints the catalogue in force.
pub(super) async fn export(place: InFolder) -> Result<(), Failure> {
    if let Some(local) = Local::find(&place.data).await? {
        let answer = local.ask(Method::GET, "/api/v1/catalog", None).await?;
        if answer.status.is_success() {
            say(answer.text.trim_end());
            return Ok(());
        }
        return answer.json().map(drop);
    }
    say(opened(&place, async |app| Ok(export_catalog(app))).await?.trim_end());
    Ok(())
}

fn read(path: &Path) -> Result<String, Failure> {
    let size = std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?.len();
    if size > CATALOG_BYTES_MAX as u64 {
        return Err(format!("{}: a catalogue has at most {CATALOG_BYTES_MAX} bytes", path.display()).into());
    }
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn refused_in_words(file: &str, text: &str, refused: CatalogRefused) -> Failure {
    match refused {
        CatalogRefused::Problems(problems) => in_words(file, text, problems),
        other => other.into(),
    }
}

fn in_words(file: &str, text: &str, problems: Vec<Problem>) -> Failure {
    let problems = Catalog::place(text, problems);
    let mut words = not_applied(file, problems.len());
    for problem in &problems {
        let _ = write!(words, "\n  {}", problem.in_file(file));
    }
    words.into()
}

fn confirmed(question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err("nobody can be asked here: add --yes to apply, or --plan to only look".into());
    }
    say(format!("{question} [y/N]"));
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
