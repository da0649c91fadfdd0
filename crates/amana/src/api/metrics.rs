//! Metrics in the text format of Prometheus: what the pipeline counted, what waits, where its time goes, and what the
//! doors counted since the start. No label ever holds anything of a person.

use super::input::NoQuery;
use super::openapi::Refused;
use super::problem::Problem;
use crate::acts_log::{Head, Shipping};
use crate::app::App;
use crate::pipeline::{SetAside, Stage, Tally, TallyName, UnreadableRings};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use metrics::{counter, describe_counter, describe_gauge, gauge, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

/// What the text format calls itself.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Renders what the doors of this process have counted.
pub type Handle = PrometheusHandle;

/// The recorder of this process. The crate `metrics` has one for the whole process, so there can be only one here.
static INSTALLED: OnceLock<Option<Handle>> = OnceLock::new();

/// Makes the doors' counters count. Called once at the start of the process; further calls give the same handle.
/// `None` when something else in this process records already.
pub fn install() -> Option<Handle> {
    let install = || {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).is_ok().then(|| {
            describe();
            handle
        })
    };
    INSTALLED.get_or_init(install).clone()
}

fn describe() {
    describe_counter!("amana_http_requests_total", "Requests by route, method and status.");
    describe_counter!("amana_profile_reads_total", "Reads of a profile by key, role, purpose and outcome.");
    describe_counter!("amana_collect_refused_total", "Requests that the collect door refused, by the problem's code.");
    describe_counter!(
        crate::collect::PREVIOUS_KEY_METRIC,
        "Requests with a write key that is not the newest of its source, by source: take it out when there are none."
    );
    describe_counter!(
        "amana_deliveries_total",
        "Deliveries that came to stand somewhere, by destination, state and reason."
    );
}

/// Counts requests by their route, never by their path.
pub(super) async fn count_request(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = method(request.method());
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    counter!("amana_http_requests_total", "route" => route, "method" => method, "status" => status).increment(1);
    response
}

/// Anybody may invent a method, and must not make a counter by it.
fn method(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Read the metrics
///
/// For Prometheus: counters of the pipeline, what waits, nanoseconds by stage, and requests and reads by key and
/// purpose since the start.
#[utoipa::path(
    get,
    path = "/api/v1/metrics",
    tag = "Operation",
    responses((status = 200, description = "Text of version 0.0.4", body = String, content_type = "text/plain"), Refused),
)]
pub(super) async fn get_metrics(State(app): State<App>, _: NoQuery) -> Result<Response, Problem> {
    let tally = Tally::load(app.store()).await?;
    let acts = app.acts().head().await?;
    let unreadable_rings = UnreadableRings::load(app.store()).await?.count();
    let records_set_aside = SetAside::count(app.store()).await?;
    let mut text = of_installation(&app, &tally, &acts, (unreadable_rings as u64, records_set_aside));
    if let Some(handle) = INSTALLED.get().and_then(Option::as_ref) {
        handle.run_upkeep();
        text.push_str(&handle.render());
    }
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE))], text).into_response())
}

/// What belongs to one installation: a process may hold several, so it is recorded for each answer anew.
fn of_installation(app: &App, tally: &Tally, acts: &Head, (unreadable_rings, aside): (u64, u64)) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    with_local_recorder(&recorder, || {
        for name in TallyName::ALL {
            let metric = format!("amana_{}_total", name.name());
            counter!(metric.clone()).absolute(tally.get(name));
            describe_counter!(metric, help(name));
        }
        for stage in Stage::ALL {
            counter!("amana_pipeline_stage_nanoseconds_total", "stage" => stage.name())
                .absolute(app.stages().nanos(stage));
        }
        counter!("amana_pipeline_events_total").absolute(app.stages().events());
        counter!("amana_pipeline_batches_total").absolute(app.stages().batches());
        set("amana_journal_backlog_records", app.journal().backlog());
        set("amana_catalog_version", app.current().policy.version);
        set("amana_uptime_seconds", uptime_seconds(app));
        set("amana_unreadable_rings", unreadable_rings);
        set("amana_records_set_aside", aside);
        describe_gauge!("amana_records_set_aside", "Records of the journal that could not be worked on.");
        describe_gauge!(
            "amana_unreadable_rings",
            "Rings of keys, or records they open, that are damaged: nobody can read what is in them."
        );
        of_acts(app.acts().shipping(), acts);
        describe_counter!("amana_pipeline_stage_nanoseconds_total", "Time of the pipeline by stage since the start.");
        describe_counter!("amana_pipeline_events_total", "Events worked on since the start.");
        describe_counter!("amana_pipeline_batches_total", "Batches committed since the start.");
        describe_gauge!("amana_journal_backlog_records", "Records of the journal that wait for the pipeline.");
        describe_gauge!("amana_catalog_version", "Version of the catalogue in force.");
        describe_gauge!("amana_uptime_seconds", "Seconds since the process started.");
    });
    recorder.handle().render()
}

/// Where the acts log ends, and how far it is shipped where it is.
fn of_acts(shipping: &Shipping, head: &Head) {
    set("amana_acts_records", head.next);
    set("amana_acts_head_check", head.check());
    describe_gauge!("amana_acts_records", "Records in the acts log since its beginning.");
    describe_gauge!("amana_acts_head_check", "The first 48 bits of the SHA-256 of its last record.");
    if shipping.is_on() {
        set("amana_acts_shipped_behind", head.next.saturating_sub(shipping.shipped()));
        set("amana_acts_shipping_failing", u64::from(shipping.is_failing()));
        describe_gauge!("amana_acts_shipped_behind", "Records of the acts log that are not shipped yet.");
        describe_gauge!(
            "amana_acts_shipping_failing",
            "1 while the folder that acts are shipped to cannot be written."
        );
    }
}

/// What a counter of the pipeline counts, over the whole life of the installation.
fn help(name: TallyName) -> &'static str {
    match name {
        TallyName::EventsReceived => "Events taken from the journal, without those of bots and unknown sources.",
        TallyName::EventsKept => "Events of which at least something is kept.",
        TallyName::EventsDecisionOnly => "Events of which only the decision in them is kept.",
        TallyName::EventsDuplicate => "Events that came before.",
        TallyName::EventsUnnameable => "Imported events whose names cannot be remembered, and that are not kept.",
        TallyName::EventsBot => "Events of known bots.",
        TallyName::EventsUnpermitted => "Events of which no purpose may keep anything now.",
        TallyName::EventsUnidentified => "Events without a usable identifier.",
        TallyName::EventsSourceUnknown => "Events of sources that are no longer declared.",
        TallyName::FieldsUnpermitted => "Declared fields that no purpose may keep now.",
        TallyName::FieldsSetAside => "Fields set aside because no schema knows them.",
        TallyName::IdentifiersUnusable => "Identifiers that are nobody's or not of their form.",
        TallyName::IdentifiersDropped => "Identifiers left out because a limit would be passed.",
        TallyName::DevicesShared => "Devices that showed themselves to be several people's.",
        TallyName::ProofsAccepted => "Events whose signed identity proved who they are of.",
        TallyName::ProofsRefused => "Events whose signed identity proved nothing, and that count as mere claims.",
        TallyName::Acts => "Acts recorded.",
        TallyName::AudienceEntered => "Profiles that entered an audience.",
        TallyName::AudienceExited => "Profiles that left an audience.",
    }
}

#[expect(clippy::cast_precision_loss, reason = "gauges are floating point; these are far below 53 bits")]
fn set(name: &'static str, value: u64) {
    gauge!(name).set(value as f64);
}

/// Seconds since this process started.
pub(crate) fn uptime_seconds(app: &App) -> u64 {
    u64::try_from(app.now().since_millis(app.started_at()) / 1_000).unwrap_or_default()
}
