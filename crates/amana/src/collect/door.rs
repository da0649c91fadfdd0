//! The routes of the collect door: from HTTP to a durable record and back.

use super::answer;
use super::limits::BODY_BYTES_MAX;
use super::{Bots, Call, Decoded, Receipt, Refusal, Request, cors, decode, settings};
use crate::api::problem::{PROBLEM_JSON, type_of};
use crate::app::App;
use crate::journal::{Closed, Collected, Entry};
use crate::request_body::read_whole;
use amana_core::catalog::Policy;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::{Value as Json, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// How long a sender is asked to wait when the pipeline is too far behind.
const WAIT_SECONDS: u32 = 5;

/// What the door needs.
#[derive(Clone)]
struct Door {
    app: App,
    bots: Arc<Bots>,
}

/// The routes of the collect door.
pub fn router(app: App) -> axum::Router {
    let door = Door { app, bots: Arc::new(Bots::new()) };
    axum::Router::new()
        .route("/v1/{call}", post(collect).options(preflight))
        .route("/b", post(collect_batch).options(preflight))
        .route("/v1/projects/{write_key}/settings", get(segment_settings).options(preflight))
        .route("/sourceConfig", get(rudder_settings).options(preflight))
        .route("/sourceConfig/", get(rudder_settings).options(preflight))
        .method_not_allowed_fallback(other_method)
        .with_state(door)
}

/// Another method than the address knows. Where there is no such call at all, it is told to be nowhere.
async fn other_method(uri: Uri) -> Response {
    let call = uri.path().strip_prefix("/v1/").filter(|rest| !rest.contains('/'));
    let refusal = match call {
        Some(call) if Call::of_path(call).is_none() => Refusal::NotFound,
        Some(_) => Refusal::MethodNotAllowed { allow: "POST, OPTIONS" },
        None if uri.path() == "/b" => Refusal::MethodNotAllowed { allow: "POST, OPTIONS" },
        None => Refusal::MethodNotAllowed { allow: "GET, HEAD, OPTIONS" },
    };
    refused(&refusal)
}

async fn preflight(headers: HeaderMap) -> Response {
    let requested = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).map(HeaderValue::as_bytes);
    let mut response = StatusCode::NO_CONTENT.into_response();
    for (name, value) in cors::preflight_headers(requested) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn collect_batch(
    state: State<Door>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    collect(state, Path("batch".to_owned()), peer, headers, body).await
}

async fn collect(
    State(door): State<Door>,
    Path(call): Path<String>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |axum::Extension(ConnectInfo(peer))| peer.ip());
    match door.collect(&call, address, &headers, body).await {
        Ok(receipt) => answered(StatusCode::OK, &answer::accepted(&receipt)),
        Err(refusal) => refused(&refusal),
    }
}

impl Door {
    async fn collect(&self, call: &str, address: IpAddr, headers: &HeaderMap, body: Body) -> Result<Receipt, Refusal> {
        let call = Call::of_path(call).ok_or(Refusal::NotFound)?;
        // Whoever broke off does not hear the answer.
        let body = read_whole(body, BODY_BYTES_MAX).await.map_err(|_| Refusal::body_too_large(false))?;
        let all = |name| headers.get_all(name).iter().map(HeaderValue::as_bytes).collect::<Vec<_>>();
        let (encodings, signals) = (all("content-encoding"), all("sec-gpc"));
        let request = Request {
            call,
            authorization: headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes),
            content_type: headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes),
            content_encoding: &encodings,
            sec_gpc: &signals,
            user_agent: headers.get(header::USER_AGENT).map(HeaderValue::as_bytes),
            address,
            body: &body,
        };
        let decoded = decode(&request)?;
        let current = self.app.current();
        let source = find_source(&current.policy, decoded.write_key()?)?;
        self.store(decoded, &request, source.code.clone(), source.trust).await
    }

    async fn store(
        &self,
        decoded: Decoded,
        request: &Request<'_>,
        source: String,
        trust: amana_core::catalog::Trust,
    ) -> Result<Receipt, Refusal> {
        let received_at = self.app.now();
        let mut receipt = decoded.events(request, trust, &self.bots, received_at)?;
        if receipt.events.is_empty() {
            return Ok(receipt);
        }
        let entry = Entry::Collected(Collected {
            source,
            received_at,
            gpc: receipt.gpc,
            bot: receipt.bot,
            named: false,
            events: std::mem::take(&mut receipt.events),
        });
        self.app.journal().write(&entry, &mut self.app.dice()).await.map_err(|closed| unavailable(&closed))?;
        if let Entry::Collected(collected) = entry {
            receipt.events = collected.events;
        }
        Ok(receipt)
    }
}

fn find_source<'a>(policy: &'a Policy, key: &str) -> Result<&'a amana_core::catalog::SourceRule, Refusal> {
    super::source_of(policy, key)
        .ok_or(Refusal::Unauthorized { detail: "no source has this write key: copy it from the catalogue's source" })
}

fn unavailable(closed: &Closed) -> Refusal {
    match closed {
        Closed::Behind { .. } => Refusal::too_far_behind(WAIT_SECONDS),
        Closed::Store(error) => {
            tracing::error!(%error, "the journal takes nothing");
            Refusal::Unavailable
        }
    }
}

fn answered(status: StatusCode, body: &Json) -> Response {
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response();
    for (name, value) in cors::answer_headers() {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn refused(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    metrics::counter!("amana_collect_refused_total", "code" => refusal.code()).increment(1);
    let mut problem = json!({
        "type": type_of(refusal.code()),
        "title": refusal.title(),
        "status": refusal.status(),
        "detail": refusal.detail(),
        // Some SDKs take an error without these two for a lost connection, and try for ever.
        "code": refusal.code(),
        "message": refusal.detail(),
    });
    if let Some(field) = refusal.field() {
        problem["field"] = field.into();
    }
    if let Refusal::AllRefused { items } = refusal {
        problem["refused"] = answer::refused(items);
    }
    let mut response = answered(status, &problem);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    if let Some(seconds) = refusal.retry_after_seconds() {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if let Refusal::MethodNotAllowed { allow } = refusal {
        headers.insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"collect\""));
    }
    response
}

async fn segment_settings(State(door): State<Door>, Path(write_key): Path<String>, headers: HeaderMap) -> Response {
    site(&door, &write_key, &headers, settings::segment)
}

async fn rudder_settings(State(door): State<Door>, headers: HeaderMap) -> Response {
    match super::write_key(headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes)) {
        Ok(Some(write_key)) => site(&door, &write_key, &headers, settings::rudder),
        Ok(None) => refused(&Refusal::Unauthorized { detail: "send the write key as the user name of HTTP Basic" }),
        Err(refusal) => refused(&refusal),
    }
}

/// Settings are for public sources: a key that is secret has no business in a page.
fn site(door: &Door, write_key: &str, headers: &HeaderMap, document: impl Fn(&settings::Site<'_>) -> Json) -> Response {
    let current = door.app.current();
    let source = match find_source(&current.policy, write_key) {
        Ok(source) if source.trust == amana_core::catalog::Trust::Public => source,
        Ok(_) | Err(_) => return refused(&Refusal::NotFound),
    };
    let mut categories: Vec<&str> = source.consent_categories.keys().map(String::as_str).collect();
    categories.sort_unstable();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let plain = host.and_then(|host| host.rsplit_once(':').map_or(Some(host), |(name, _)| Some(name)));
    let local = plain.is_some_and(|name| matches!(name, "localhost" | "127.0.0.1" | "[::1]"));
    let api_host = host.map(|host| format!("{host}/v1"));
    answered(
        StatusCode::OK,
        &document(&settings::Site {
            write_key,
            source: &source.code,
            consent_categories: &categories,
            api_host: api_host.as_deref(),
            protocol: if local { "http" } else { "https" },
        }),
    )
}
