//! `amana bench permit`: what a decision costs, and what a withdrawal costs until its keys are gone.

use super::Failure;
use super::house::{API_KEY, catalog, settle, start};
use super::sender::{SENDERS, Sender, percentile_ms};
use crate::clock::Clock;
use crate::server::Installation;
use amana_core::Moment;
use amana_core::catalog::{Numbers, Policy};
use amana_core::permission::{ActKind, Born, Mark, Marks, Target};
use amana_core::permit::{Context, Person, Question, Use};
use serde::Serialize;
use serde_json::json;
use std::hint::black_box;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What to measure.
#[derive(Clone, Debug)]
pub struct PermitOptions {
    /// How long to ask, each way.
    pub seconds: u64,
    /// How many people are loaded first.
    pub people: u32,
    /// How many people withdraw, one after the other.
    pub withdrawals: u32,
    /// The folder to work in; it is emptied.
    pub folder: PathBuf,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct PermitReport {
    /// People loaded.
    pub people: u32,
    /// Calls of the pure function a second, on one thread.
    pub pure_permits_per_s: f64,
    /// Nanoseconds of one such call.
    pub pure_ns: f64,
    /// Answers of `POST permit` a second, each about another of these people.
    pub api_permits_per_s: f64,
    /// Milliseconds of such an answer: half, and all but one in a hundred.
    pub api_ms: (f64, f64),
    /// Milliseconds until a withdrawal was in force and answered: half, and the slowest.
    pub withdrawal_answered_ms: (f64, f64),
    /// Milliseconds until its keys were gone from the root file: half, and the slowest. Destructions are gathered for
    /// a second.
    pub withdrawal_destroyed_ms: (f64, f64),
}

/// Measures the pure function, then the API, then withdrawals.
///
/// # Errors
/// When an installation does not start or refuses the load.
pub async fn permit(options: &PermitOptions, say: &(dyn Fn(String) + Sync)) -> Result<PermitReport, Failure> {
    say(format!("the pure function, {} s …", options.seconds));
    let policy = {
        let catalog = catalog()?;
        let numbers = Numbers::default().assign(&catalog).map_err(|problems| format!("{problems:?}"))?;
        Policy::compile(1, &catalog, &numbers)
    };
    let pure = pure(&policy, Duration::from_secs(options.seconds));
    let (installation, doors) = start(&options.folder.join("permit")).await?;
    say(format!("{:.0} permits/s; loading {} people …", pure, options.people));
    Sender::new(doors.address)?.load_people(options.people, &Clock::System).await?;
    settle(&installation).await?;
    say(format!("asking the API for {} s …", options.seconds));
    let mut asked = ask_for(doors.address, Duration::from_secs(options.seconds), options.people).await?;
    let answers = asked.len() as f64;
    say(format!("{} people withdraw …", options.withdrawals));
    let (mut answered, mut destroyed) = withdrawals(&installation, doors.address, options).await?;
    doors.close().await;
    installation.stop().await;
    Ok(PermitReport {
        people: options.people,
        pure_permits_per_s: pure.round(),
        pure_ns: (1e10 / pure).round() / 10.0,
        api_permits_per_s: (answers / options.seconds.max(1) as f64).round(),
        api_ms: (percentile_ms(&mut asked, 0.5), percentile_ms(&mut asked, 0.99)),
        withdrawal_answered_ms: (percentile_ms(&mut answered, 0.5), percentile_ms(&mut answered, 1.0)),
        withdrawal_destroyed_ms: (percentile_ms(&mut destroyed, 0.5), percentile_ms(&mut destroyed, 1.0)),
    })
}

/// How often a second one thread asks the pure function, over all purposes and several uses, about people with a
/// history of acts.
fn pure(policy: &Policy, time: Duration) -> f64 {
    let groups: Vec<[Marks; 1]> = (0..64).map(|seed| [history(policy, seed)]).collect();
    let uses = [Use::Collect, Use::Segment, Use::Profile, Use::Share("nobody")];
    let (began, mut asked) = (Instant::now(), 0_u64);
    while began.elapsed() < time {
        for groups in &groups {
            let births = &[Some(Born::On(jiff::civil::date(1985, 6, 1)))];
            let person = Person { groups, core: 1, births, region: Some("DE"), ..Person::default() };
            for rule in &policy.slots {
                for usage in uses {
                    let (context, now) = (Context::default(), Moment(1_800_000_000_000));
                    let question = Question { policy, slot: Some(rule), person, usage, context, now, contact: None };
                    black_box(amana_core::permit::permit(black_box(&question)));
                    asked += 1;
                }
            }
        }
    }
    asked as f64 / began.elapsed().as_secs_f64()
}

/// Marks as a year of visits leaves them.
fn history(policy: &Policy, seed: i64) -> Marks {
    use ActKind::{Grant, Inform, PrivacyControl, Start, Withdraw};
    let mut marks = Marks::default();
    let mark = |at| Mark { at: Moment(1_700_000_000_000 + at), received: Moment(1_700_000_000_000 + at), until: None };
    for (place, rule) in (0_i64..).zip(&policy.slots) {
        for (step, kind) in (0_i64..).zip([Inform, Start, Grant, Withdraw, Grant]) {
            if (seed >> ((place + step) % 6)) & 1 == 0 {
                marks.mark(Target::Slot(rule.slot), kind, mark(step * 1_000 + place));
            }
        }
    }
    if seed % 7 == 0 {
        marks.mark(Target::Person, PrivacyControl, mark(1));
    }
    marks
}

/// Asks about one person after the other from several connections; the answer is how long each answer took, in
/// microseconds.
async fn ask_for(address: SocketAddr, time: Duration, people: u32) -> Result<Vec<u64>, Failure> {
    let until = Instant::now() + time;
    let mut askers = tokio::task::JoinSet::new();
    for seed in 0..u32::try_from(SENDERS)? {
        let client = crate::http_client::client_builder().build()?;
        askers.spawn(async move {
            let (mut micros, mut number) = (Vec::new(), seed);
            while Instant::now() < until {
                number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let identifier = json!({"kind": "user_id", "value": format!("u{}", number % people.max(1))});
                let body = json!({"identifier": identifier, "purpose": "orders", "use": "profile"});
                let began = Instant::now();
                ask(&client, address, reqwest::Method::POST, "permit", &body).await?;
                micros.push(u64::try_from(began.elapsed().as_micros())?);
            }
            Ok::<_, Failure>(micros)
        });
    }
    let mut all = Vec::new();
    while let Some(done) = askers.join_next().await {
        all.extend(done??);
    }
    Ok(all)
}

/// People who agree, are seen and withdraw, one after the other: microseconds until it was answered, and until the keys
/// were gone.
async fn withdrawals(
    installation: &Installation,
    address: SocketAddr,
    options: &PermitOptions,
) -> Result<(Vec<u64>, Vec<u64>), Failure> {
    let client = crate::http_client::client_builder().build()?;
    let sender = Sender::new(address)?;
    let (mut answered, mut destroyed) = (Vec::new(), Vec::new());
    for number in 0..options.withdrawals {
        let person = format!("u{}", number % options.people.max(1));
        let path = format!("profiles/user_id/{person}/permissions");
        let act = |act: &str| json!({"act": act, "purpose": "personal-offers", "method": "form"});
        ask(&client, address, reqwest::Method::PUT, &path, &act("grant")).await?;
        sender.look(&person).await?;
        settle(installation).await?;
        let root = installation.app().root();
        let before = root.generation();
        let began = Instant::now();
        ask(&client, address, reqwest::Method::PUT, &path, &act("withdraw")).await?;
        answered.push(u64::try_from(began.elapsed().as_micros())?);
        // Two replacements: with old and new bucket keys, and without the old ones.
        while root.generation() < before + 2 || !root.rekeying().is_empty() {
            tokio::task::yield_now().await;
        }
        destroyed.push(u64::try_from(began.elapsed().as_micros())?);
        let mut caught_up = installation.app().stages().caught_up();
        let now = installation.app().now();
        caught_up.wait_for(|reached| *reached >= now).await?;
    }
    Ok((answered, destroyed))
}

async fn ask(
    client: &reqwest::Client,
    address: SocketAddr,
    method: reqwest::Method,
    path: &str,
    body: &serde_json::Value,
) -> Result<(), Failure> {
    let request = client.request(method, format!("http://{address}/api/v1/{path}")).bearer_auth(API_KEY);
    let response = request.header("content-type", "application/json").body(body.to_string()).send().await?;
    let status = response.status();
    let text = response.text().await?;
    if status.is_success() { Ok(()) } else { Err(format!("the API answered {status}: {text}").into()) }
}
